"""Random plain systems as text, for hypothesis: parameters that are arrays, axes, states of every kind and rank, constants, boundaries, draws, lets, scans, maps and flows.

Numbers stay bounded by construction (states are pulled back, what drives them is squashed), so that a run says something at every step.
"""

from dataclasses import dataclass, field

from hypothesis import strategies as st


@dataclass
class Names:
    """What an expression may read where it stands: texts of numbers, texts of conditions."""

    numbers: list[str] = field(default_factory=list)
    truths: list[str] = field(default_factory=list)
    arrays: bool = False  # are there arrays to reduce?

    def more(self, *numbers: str, truths: tuple[str, ...] = ()) -> "Names":
        return Names([*self.numbers, *numbers], [*self.truths, *truths], self.arrays)


NUMBER = st.sampled_from(["0", "1", "-1", "0.5", "2", "0.3", "1/3", "-0.7", "1e-3"])
SCALARS = Names(["rate", "gain", "count"], ["strong", "true"])
CLOCK = ("t", "dt", "step", "drive(t)", "drive(2 * t)")
# Reads of x along its axis: guarded, within its boundary, round in a circle, from a constant that is an index.
X_AT = (
    "x[i]",
    "x[i - 1]",
    "x[i + 1]",
    "x[row(i % 4 + 1)]",
    "x[partner[i]]",
    "x[2]",
    "x[rows]",
    "(if i < 4 then b[i + 1] else b[i])",
)
Y_AT = ("y[i, k]", "y[i + 1, k]", "y[i - 1, k]", "y[i, k - 1]", "(if k < 2 then y[i, k + 1] else y[i, 0])", "w[i, k]")
ROW_TRUTHS = ("i % 2 == 0", "x[i] > 0", "flag[i]", "i == pick")
BOTH_TRUTHS = ("k == i", "y[i, k] < 0.1", "flag[i]")


@st.composite
def numbers(draw: st.DrawFn, names: Names, depth: int = 3) -> str:
    """An expression that is a number."""
    if depth == 0:
        return draw(st.one_of(NUMBER, st.sampled_from(names.numbers), st.sampled_from(names.numbers)))
    inner = numbers(names, depth - 1)
    match draw(st.integers(0, 9)):
        case 0 | 1:
            return f"({draw(inner)} {draw(st.sampled_from('+-*'))} {draw(inner)})"
        case 2:
            return f"({draw(inner)} / (1.5 + {draw(inner)}^2))"
        case 3:
            return f"{draw(st.sampled_from(['sin', 'cos', 'tanh', 'relu', 'abs', 'sigmoid', 'erf', 'floor', 'sign']))}({draw(inner)})"
        case 4:
            return f"{draw(st.sampled_from(['min', 'max']))}({draw(inner)}, {draw(inner)})"
        case 5:
            return f"(if {draw(truths(names, depth - 1))} then {draw(inner)} else {draw(inner)})"
        case 6:
            return draw(reduced(names, depth - 1))
        case 7:
            return f"-{draw(inner)}"
        case 8:
            return f"exp(-abs({draw(inner)}))"
        case _:
            return draw(st.sampled_from(names.numbers))


@st.composite
def truths(draw: st.DrawFn, names: Names, depth: int) -> str:
    if depth == 0:
        return draw(st.sampled_from(names.truths))
    match draw(st.integers(0, 4)):
        case 0 | 1:
            compare = draw(st.sampled_from(["<", "<=", ">", ">=", "==", "!="]))
            return f"{draw(numbers(names, depth - 1))} {compare} {draw(numbers(names, depth - 1))}"
        case 2:
            return f"(({draw(truths(names, depth - 1))}) {draw(st.sampled_from(['and', 'or']))} ({draw(truths(names, depth - 1))}))"
        case 3:
            return f"not ({draw(truths(names, depth - 1))})"
        case _:
            return draw(st.sampled_from(names.truths))


@st.composite
def reduced(draw: st.DrawFn, names: Names, depth: int) -> str:
    """A reducer over an axis or a range, with a filter now and then."""
    if not names.arrays:
        return f"sum({draw(numbers(names.more('p'), depth))} for p in 1..3)"
    over, own = draw(
        st.sampled_from(
            [
                ("r in row", ("r", "b[r]", "b[row(r % 4 + 1)]")),
                ("c in column", ("c", "2 - c")),
                ("p in 1..3", ("p", "b[p]", "b[p + 1]")),
                ("r in row, c in column", ("r * c", "w[r, c]")),
            ]
        )
    )
    op = draw(st.sampled_from(["sum", "mean", "max", "min"]))
    where = draw(st.sampled_from(["", "", f" if {own[0]} != 2"])) if op == "sum" else ""
    return f"{op}({draw(numbers(names.more(*own), depth))} for {over}{where})"


@st.composite
def programs(draw: st.DrawFn, steps: int = 12) -> str:
    """A file with one system and one experiment."""
    flows = draw(st.booleans())
    head = [
        f"fn bent(u, v = 0.5) = {draw(numbers(Names(['u', 'v'], ['u > v']), 2))}",
        "system made(rows: int = 4, rate = 0.3, gain = 2.5, count: int = 3, drive(t) = 0.1 * cos(t), strong: bool = true, "
        f"tilt[i in row] = {draw(numbers(SCALARS.more('i'), 1))}) {{",
        "  axis row = 1..rows",
        "  axis column = 0..2",
        '  require all(abs(tilt[i]) < 1e6 for i in row) and rows == size(row) "tilts are bounded"',
        "  const b[row] = [0.5, -1, 2/3, 1e-2]",
        f"  const w[i in row, k in column] = {draw(numbers(SCALARS.more('i', 'k', 'b[i]'), 2))}",
        f"  const m[row] ~ {draw(st.sampled_from(['normal(0, 1)', 'uniform(-1, rate)', 'poisson(2)', 'lognormal(0, 0.5)']))}",
        f"  const v[i in row] = if i == 1 then b[1] else v[i - 1] / 2 + tanh({draw(numbers(SCALARS.more('i', 'b[i]', 'm[i]'), 1))})",
        "  const partner[i in row] = row(5 - i)",
        "  const flag[i in row] = i > 2",
        f"  state x[i in row] = {draw(numbers(SCALARS.more('i', 'b[i]', 'm[i]', 'v[i]', 'w[i, 1]'), 2))}",
        f"  state y[row, column] ~ {draw(st.sampled_from(['normal(0, 0.3)', 'uniform(-1, rate)', 'exponential(2)']))}",
        f"  state z = {draw(NUMBER)}",
        "  state g[i in row]: log = i * rate",
        "  boundary x[0] = 0, x[rows + 1] = " + draw(numbers(SCALARS.more("z", "t", "x[1]"), 1)),
        "  boundary y[0, *] = 0.25, y[rows + 1, *] = " + draw(st.sampled_from(["rate", "z", "x[2]"])),
        "  boundary y[*, -1] = " + draw(st.sampled_from(["0", "gain", "total"])),
        f"  draw xi[i in row] ~ {draw(st.sampled_from(['normal(0, 0.2)', 'normal(x[i] / (1 + x[i]^2), rate, clip: 1.5)', 'uniform(-1, 1)', 'poisson(rate * i)']))}",
        f"  draw both ~ {draw(st.sampled_from(['normal(0, 0.1)', 'bernoulli(rate)', 'exponential(1 + z^2)']))}",
        "  draw pick ~ choice(row)",
    ]
    return "\n".join([*head, *draw(_equations(flows)), "}", draw(_experiment(flows, steps)), ""])


@st.composite
def _equations(draw: st.DrawFn, flows: bool) -> list[str]:
    early = SCALARS.more(*CLOCK, "x[1]", "y[2, 0]", "z", "both", "pick", "x[pick]", truths=("pick == 2",))
    early.arrays = True
    row = early.more(
        "i", "b[i]", "v[i]", "g[i]", "xi[i]", "m[i]", "tilt[i]", "tilt[partner[i]]", *X_AT, truths=ROW_TRUTHS
    )
    lines = [f"  let total = {draw(numbers(early, 2))}"] if draw(st.booleans()) else ["  let total = sum(x)"]
    row = row.more("total")
    lines += [f"  let a[i in row] = {draw(numbers(row, 3))}"]
    row = row.more("a[i]", "a[2]", "bent(a[i])", "bent(x[i], v: rate)")
    forward = draw(st.booleans())
    before, at_end = ("i - 1", "i == 1") if forward else ("i + 1", "i == rows")
    last = draw(st.sampled_from([f"s[{before}]", f"q[1, {before}]", f"mean(q[k, {before}] for k in column)"]))
    scan = f"if {at_end} then {draw(numbers(row, 1))} else 0.5 * {last} + {draw(numbers(row, 1))}"
    lines += [
        f"  let s[i in row] = {scan}",
        f"  let q[k in column, i in row] = sin(k + s[i]) + {draw(numbers(row.more('k'), 1))}",
        f"  let u[i in row, k in column] = {draw(numbers(row.more('k', 's[i]', 'q[k, i]', *Y_AT), 2))}",
    ]
    row, once = (
        row.more("s[i]", "sum(u[i, c] for c in column)"),
        early.more("total", "a[3]", "mean(s)", "max(u[r, 1] for r in row)"),
    )
    lines += [
        "  observe wide[i in 0..rows + 1] = x[i]",
        f"  observe span[i in row, j in 1..2] = {draw(numbers(row.more('j'), 1))}",
    ]
    # What the loss depends on is rounded nowhere.
    smooth = SCALARS.more("i", "k", "b[i]", "v[i]", "x[i]", "x[i + 1]", "x[partner[i]]", "y[i, k]", "y[i + 1, k]", "z")
    cost = draw(numbers(smooth, 3)).replace("floor(", "cos(")
    lines += [f"  let cost = mean({cost} for i in row, k in column)"]
    row = row.more("grad(cost, x[i])")
    both = row.more("k", "u[i, k]", *Y_AT, "grad(cost, y[i, k])", truths=BOTH_TRUTHS)
    x, y, z = draw(numbers(row, 3)), draw(numbers(both, 2)), draw(numbers(once, 2))
    if flows:
        noise = draw(
            st.sampled_from(
                [
                    "",
                    " + 0.1 * W[i]",
                    " + exp(-t) * V",
                    " - (if i > 2 then W[i] else 2 * V)",
                    " + mean(W[r] for r in row) * b[i]",
                ]
            )
        )
        return [
            *lines,
            "  white W[row]",
            "  white V",
            f"  d/dt x[i in row] = -x[i] + tanh({x}){noise}",
            f"  d/dt y[i in row, k in column] = -y[i, k] + tanh({y})",
            f"  d/dt z = tanh({z}) - z",
            f"  d/dt g[i in row] = g[i] * tanh({draw(numbers(row, 1))})",
        ]
    return [
        *lines,
        "  state n: int = 2",
        "  state on: bool = false",
        f"  x[i in row] <- 0.5 * x[i] + tanh({x}) + (if on then 0.1 else 0)",
        f"  y[i in row, k in column] <- tanh({y}) + xi[i]",
        f"  z <- tanh({z} + n)",
        f"  g[i in row] <- (g[i] + 0.1) / (1 + g[i]) * exp(tanh({draw(numbers(row, 1))}))",
        "  n <- (n + 1 + pick) % count",
        f"  on <- {draw(truths(once, 2))}",
    ]


@st.composite
def _experiment(draw: st.DrawFn, flows: bool, steps: int) -> str:
    method = draw(st.sampled_from(["euler", "heun", "rk4"])) if flows else ""
    run = (
        f"until: {steps}/8, dt: 0.125, method: {method}"
        if flows
        else f"steps: {steps}" + draw(st.sampled_from(["", ", dt: 0.25"]))
    )
    given = draw(
        st.sampled_from(
            [
                "",
                "(rate: 0.7, strong: false, tilt: [0.1, -1, 1/3, 2])",
                "(drive: sin(t) / 2, tilt: i / 3)",
                "(drive: sin, gain: -1, tilt: t - i)",
            ]
        )
    )
    every = {"": "1", "u": "0.125", ", ": "0.25"}[("u" if flows else "") or ", " * ("dt" in run)]
    more = "" if flows else f"  record rn = n every {every}\n  record ron = on every {every}\n"
    return f"""experiment trial {{
  model made{given}
  run {run}
  repeat 2, seed: {draw(st.integers(0, 2**31))}
  record rx = x every {every}
  record ry = y every {every}
  record rz = z every {every}
  record rg = log(g) every {every}
  record rwide = wide every {every}
  record rspan = span every {every}
  record rlets[i in row] = a[i] + s[i] + xi[i] every {every}
  record rpick = pick every {every}
  record rcost = grad(cost, y) every {every}
  record rtime = t + dt * step every {every}
  record rend = sum(x) + both at end
{more}}}"""
