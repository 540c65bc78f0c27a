"""A small network under any experiment."""

import neurashed_dsl as nshed

NETWORK = """
param base = 1.1
param spread = 0

law race(up = 1, down = 1/2) {
  fire(x) = base^up * x
  rest(x) = base^(-down) * x
}

law noisy(mu = 0.05, sd = 0.2) {
  fire(x) = x * exp(mu + ~normal(0, sd))
  rest(x) = 0.99 * x
}

fn times(x, by = 2) = x * by
fn above_start(value) = times(value) / base^2 / 2

law jumpy(sd = 0.3) {
  fire(x) = x * exp(0.01 + ~normal(0, sd))
  rest(x) = x
}

network net {
  level low { a, b, c }
  level high {
    ha = any(a, c)
    hb = any(b, c)
  }
  classes {
    one <- ha, hb
    two <- hb
  }
  inputs {
    x1: a    -> one
    x2: b, c -> two
    x3: c    -> one
  }
  init   λ ~ uniform(0.5, 1)
  init   η ~ uniform(0.5, 1)
  update λ by LAW
  update η by race
EXTRA
}
"""


def program(experiment: str, law: str = "race", extra: str = "", unchecked: bool = False) -> nshed.Program:
    network = NETWORK.replace("LAW", law).replace("EXTRA", extra)
    network = network.replace("law race", "unchecked law race") if unchecked else network
    return nshed.loads(f"{network}\nexperiment trial {{\n  model net\n{experiment}\n}}\n")
