"""Systems as users write them, to be drawn."""

import neurashed_dsl as nshed

SMALL = """
param warmth = 0.5
param loss = 0.1

fn leak(y) = y * loss

system small(rate = 0.1, size: int = 4, push(t) = 1) {
  axis cell = 1..size
  axis side = ["a<b>", "c & d"]
  const near[c in cell, k in cell] = if c == k then 1 else 0
  state u[cell] ~ normal(0, warmth)
  state w[side, cell] = 0
  boundary u[0] = rate
  draw  kick[cell] ~ uniform(0, rate)
  let   total = sum(u[w] for w in cell)
  let   pull[c in cell] = sum(near[c, k] * u[k] for k in cell if k != size) + push(t)
  u[c in cell] <- u[c] + leak(pull[c]) + total + kick[c]
  w[s in side, c in cell] <- w[s, c] * dt
  observe edge[i in 0..size] = u[i] - step
}
"""

# By hand. (read, by whom, how); `u <-` is the equation that moves u.
SMALL_ARROWS = {
    ("warmth", "u", "starts"), ("rate", "u", "starts"),
    ("rate", "kick", "reads"),
    ("u", "total", "reads"),
    ("near", "pull", "reads"), ("u", "pull", "reads"), ("size", "pull", "reads"), ("push", "pull", "reads"),
    ("u", "u <-", "reads"), ("pull", "u <-", "reads"), ("loss", "u <-", "reads"), ("total", "u <-", "reads"),
    ("kick", "u <-", "reads"),
    ("w", "w <-", "reads"),
    ("u", "edge", "reads"),
    ("u <-", "u", "moves"), ("w <-", "w", "moves"),
}  # fmt: skip

# Equations 5 and 6 of the spring chain.
CHAIN_ARROWS = {
    ("target", "x", "starts"),
    ("noise", "xi", "reads"), ("clip", "xi", "reads"), ("noise", "common", "reads"), ("clip", "common", "reads"),
    ("k", "force", "reads"), ("x", "force", "reads"), ("shared", "force", "reads"),
    ("common", "force", "reads"), ("xi", "force", "reads"),
    ("force", "d/dt x", "reads"), ("mu_right", "d/dt x", "reads"), ("mu_left", "d/dt x", "reads"),
    ("target", "load", "reads"), ("x", "load", "reads"), ("x", "stretch", "reads"),
    ("d/dt x", "x", "moves"),
}  # fmt: skip


def program() -> nshed.Program:
    return nshed.loads(SMALL)
