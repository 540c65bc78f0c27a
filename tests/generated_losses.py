"""Random systems with a loss, for hypothesis: lets of any rank, reducers of every kind with filters, scans both ways, boundaries, indices with
offsets, from constants, through `if`. Only `floor` is left out: it has no derivative."""

from generated_systems import Names, numbers
from hypothesis import strategies as st

SCALARS = Names(["rate", "z", "x[1]", "y[2, 0]", "c"], ["strong", "z > 0"])
ROW = SCALARS.more(
    "x[i]",
    "x[i - 1]",
    "x[i + 1]",
    "x[row(i % 4 + 1)]",
    "x[partner[i]]",
    "y[i, 1]",
    "b[i]",
    truths=("x[i] > 0.1", "i == 2"),
)
BOTH = ROW.more(
    "y[i, k]", "y[i + 1, k]", "(if k < 2 then y[i, k + 1] else y[i, 0])", "a[i]", "s[i]", "k", truths=("y[i, k] < 0.1",)
)
REDUCED = (
    "sum({} for i in row, k in column)",
    "sum({} for i in row, k in column if i != k)",
    "mean({} for i in row, k in column)",
    "mean({} for i in row, k in column if y[i, k] > 0)",
    "max({} for i in row, k in column)",
    "min({} for i in row, k in 0..2)",
    "prod(1 + {} / 10 for i in row, k in 1..2)",
    "sum(relu(sum({} for k in column)) * x[i] for i in row)",
    "sum(tanh(sum({} for k in 0..min(i, 2))) for i in row)",
)


@st.composite
def losses(draw: st.DrawFn) -> str:
    """A file with a system that has the states x[row], y[row, column], z, a constant c and a scalar let `loss`."""
    row = ROW.more()
    row.arrays = True
    before, at_end = draw(st.sampled_from([("i - 1", "i == 1"), ("i + 1", "i == rows")]))
    last = draw(st.sampled_from([f"s[{before}]", f"q[1, {before}]", f"sum(q[k, {before}] * y[i, k] for k in column)"]))
    both = BOTH.more("q[k, i]", "u[i, k]", "u[2, k]")
    terms = [draw(st.sampled_from(REDUCED)).format(draw(numbers(both, 2))) for _ in range(draw(st.integers(1, 2)))]
    lines = [
        "system made(rows: int = 4, rate = 0.3, strong: bool = true) {",
        "  axis row = 1..rows",
        "  axis column = 0..2",
        "  const b[row] = [0.5, -1, 2/3, 1e-2]",
        "  const w[i in row, k in column] = b[i] + k / 3",
        "  const partner[i in row] = row(5 - i)",
        "  const c ~ normal(0, 1)",
        "  state x[row] ~ normal(0, 1)",
        "  state y[row, column] ~ normal(0, 1)",
        "  state z ~ normal(0, 1)",
        "  boundary x[0] = 0, x[rows + 1] = z",
        "  boundary y[rows + 1, *] = x[2]",
        f"  let a[i in row] = {draw(numbers(row, 3))}",
        f"  let s[i in row] = if {at_end} then {draw(numbers(row, 1))} else tanh(0.5 * {last} + {draw(numbers(row, 1))} * a[i])",
        f"  let q[k in column, i in row] = {draw(numbers(row.more('k'), 1))} + sin(k * s[i])",
        f"  let u[i in row, k in column] = {draw(numbers(BOTH, 2))}",
        f"  let loss = {' + '.join(terms)} + sum(x[i] * s[i] for i in row) + z * c",
        "  x[i in row] <- x[i]",
        "  y[i in row, k in column] <- y[i, k]",
        "  z <- z",
        "}",
        "experiment trial {",
        "  model made",
        f"  run steps: 1\n  repeat 1, seed: {draw(st.integers(0, 2**31))}",
        *(f"  record g{n} = grad(loss, {n}) at start" for n in "xyzc"),
        "}",
    ]
    return "\n".join(lines).replace("floor(", "cos(") + "\n"
