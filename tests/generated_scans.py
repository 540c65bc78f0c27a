"""Random layered systems, for hypothesis: scans up and down over a short axis with sums of products inside, circles of several lets, layers of unequal width, filters, a
loss and its gradients, other lets and equations along the axis. No draws: their kernels run without being compiled."""

import re

from hypothesis import strategies as st

FORWARD = (
    "sum(W[l, j, i] * h[l - 1, n, i] for i in unit)",
    "sum(h[l - 1, n, i] * W[l, i, j] for i in unit)",
    "sum(W[l, j, i] * h[l - 1, n, i] for i in unit if i != 2)",
    "sum(W[l, j, i] * (h[l - 1, n, i] + x[n, i]) for i in unit) / l",
    "sum(W[l, i, j] * tanh(h[l - 1, n, i]) * b[i] for i in unit)",
)
FIRST = ("sum(W[1, j, i] * x[n, i] for i in unit)", "x[n, j]", "b[j] * x[n, j]")
BACK = (
    "sum(W[l + 1, i, j] * e[l + 1, n, i] for i in unit)",
    "sum(W[l + 1, i, j] * (if h[l + 1, n, i] > 0 then e[l + 1, n, i] else 0) for i in unit)",
    "sum(W[l + 1, i, j] * q[n, l + 1, i] for i in unit)",
)
ACT = ("tanh", "relu", "sigmoid")
LOSS = (
    "sum(h[depth, n, j]^2 for n in item, j in unit)",
    "mean((h[depth, n, j] - x[n, j])^2 for n in item, j in unit) + sum(h[l, 1, j] * b[j] for l in 1..depth - 1, j in unit)",
    "sum(c[l] * h[l, n, j] for l in layer, n in item, j in unit if l >= 2)",
)
ALONG = (
    "mean(h[l, n, 1] for n in item)",
    "sum(h[l, n, j] * e[l, n, j] for n in item, j in unit)",
    "c[l] * sum(v[n] * h[l, n, 2] for n in item)",
)


@st.composite
def scans(draw: st.DrawFn) -> str:
    """A file with one system and one experiment."""
    masked = draw(st.booleans())
    normed = draw(st.booleans())
    z = f"if l == 1 then {draw(st.sampled_from(FIRST))} else {draw(st.sampled_from(FORWARD))}"
    h = f"{draw(st.sampled_from(ACT))}({'z[l, n, j] - middle[l, j]' if normed else z})"
    if masked:
        h = f"if j > wide[l] then 0 else {h}"
    circle = [
        f"  let z[l in layer, n in item, j in unit] = {z}",
        "  let middle[l in layer, j in unit] = mean(z[l, n, j] for n in item)",
    ]
    turned = draw(st.booleans())
    order = "l in layer, n in item, j in unit" if not turned else "n in item, l in layer, j in unit"
    lines = [
        "system made(depth: int = 3, units: int = 4, wide[l in layer]: int = if l == 2 then 3 else 4) {",
        "  axis layer = 1..depth",
        "  axis unit = 1..units",
        "  axis item = 1..5",
        "  const b[unit] = [0.5, -1, 2, 0.25]",
        "  const c[l in layer] = l / 3",
        "  const x[item, unit] ~ normal(0, 1)",
        "  state W[layer, unit, unit] ~ normal(0, 0.7)",
        "  state v[item] ~ normal(0, 1)",
        *(circle if normed else []),
        f"  let h[{order}] = {h}",
        "  let q[n in item, l in layer, i in unit] = if h[l, n, i] > 0 then e[l, n, i] else 0.5",
        f"  let e[l in layer, n in item, j in unit] = if l == depth then h[l, n, j] - x[n, j] else {draw(st.sampled_from(BACK))}",
        f"  let loss = {draw(st.sampled_from(LOSS))}",
        f"  let along[l in layer] = {draw(st.sampled_from(ALONG))}",
        "  W[l in layer, j in unit, i in unit] <- W[l, j, i] - 0.1 * tanh(grad(loss, W[l, j, i]) + along[l] * W[l, i, j])",
        "  v[n in item] <- 0.5 * v[n] + tanh(sum(along[l] for l in layer) + e[1, n, 1])",
        "}",
        "experiment trial {",
        "  model made",
        "  run steps: 2",
        f"  repeat 1, seed: {draw(st.integers(0, 2**31))}",
        "  record W every 1",
        "  record v every 1",
        "  record h every 1",
        "  record level = e[2, 1, 3] + q[1, 2, 1] every 1",
        "}",
    ]
    text = "\n".join(lines) + "\n"
    return turned_round(text) if turned else text


def turned_round(text: str) -> str:
    """h with its item before its layer."""
    return re.sub(r"h\[(l - 1|l \+ 1|l|depth), (n|1), ", r"h[\2, \1, ", text)
