"""Random networks as text, for hypothesis: levels, rules, wiring, inputs, weights, starts and orders are drawn; the laws come from a template.

Within a template everything drawn is data to the kernel (its sizes and tables), so that a template compiles once. Where edges are amplified, how many
there are between two levels stands in the kernel: it is the same for all of them.
"""

from dataclasses import dataclass

from hypothesis import strategies as st

BOTTOM, MIDDLE = [f"e[{i}]" for i in range(1, 6)], [f"m{i}" for i in range(1, 5)]


@dataclass(frozen=True)
class Template:
    """What decides the kernel's text: laws, `update` statements with `{…}` for numbers, batch, and which records there are.

    `edges`: they are amplified, in place of nodes.
    """

    name: str
    updates: str
    laws: str = ""
    batch: str = "1"
    records: str = ""
    fickle: bool = False  # rules with `maybe` and `strong`, inputs with `crop`
    edges: bool = False


@st.composite
def programs(draw: st.DrawFn, template: Template, steps: int = 30) -> str:
    """A whole file with one experiment."""
    return "\n".join([template.laws, draw(networks(template)), draw(experiments(template, steps)), ""])


@st.composite
def networks(draw: st.DrawFn, template: Template) -> str:
    above = [2] if template.edges else [2, 3] if template.fickle else [0, 2, 3]
    top = [f"t{i}" for i in range(1, draw(st.sampled_from(above)) + 1)]
    last = top or MIDDLE
    how = fickle_rules if template.fickle else threefold_rules if template.edges else plain_rules
    lines = ["network net {", "  level bottom_level { e[i in 1..5] }", "  level middle {"]
    lines += [f"    {m} = {rule}" for m, rule in zip(MIDDLE, draw(how(BOTTOM, len(MIDDLE))))] + ["  }"]
    if top:
        # A level may skip one: its rules read all levels below.
        given = draw(how(MIDDLE + BOTTOM[:2], len(top)))
        lines += ["  level above {", *(f"    {t} = {rule}" for t, rule in zip(top, given)), "  }"]
    parts = [
        *lines,
        *draw(_pairs(last) if template.edges else _classes(last)),
        *draw(_inputs(template.fickle)),
        draw(_starts(template)),
        draw(_updates(template)),
    ]
    return "\n".join([*parts, "}"])


@st.composite
def plain_rules(draw: st.DrawFn, below: list[str], count: int) -> list[str]:
    return [draw(rules(below)) for _ in range(count)]


@st.composite
def threefold_rules(draw: st.DrawFn, below: list[str], count: int) -> list[str]:
    """Rules over three nodes each."""
    return [draw(rules(below, three=True)) for _ in range(count)]


@st.composite
def fickle_rules(draw: st.DrawFn, below: list[str], count: int) -> list[str]:
    """Rules that ask for draws and for strong nodes, on top of others and within them. The first two see to it that each level has a draw, a
    contest and a negative weight, whatever the others are: else the kernel would have another text."""

    def form(which: int) -> str:
        one, other = draw(rules(below)), draw(rules(below))
        p, share = draw(st.sampled_from(["0", "0.3", "0.75", "1"])), draw(st.sampled_from(["0", "0.2", "0.9", "1"]))
        forms = [
            f"strong(maybe({p}, {one}), {share})",
            f"{below[0]} or not maybe({p}, {one})",
            f"maybe({p}, {one})",
            f"strong({one}, {share})",
            one,
            f"maybe({p}, strong({one}, {share}))",
            f"maybe({p}, {one}) or not strong({other}, {share})",
            f"at_least(2, {below[0]}, maybe({p}, {one}), maybe(0.5, {below[1]}))",
        ]
        return forms[which] if which < 2 else draw(st.sampled_from(forms[2:]))

    return [form(which) for which in range(count)]


@st.composite
def rules(draw: st.DrawFn, below: list[str], three: bool = False) -> str:
    some = draw(st.lists(st.sampled_from(below), min_size=3 if three else 2, max_size=3 if three else 4, unique=True))
    a, b = some[:2]
    listed, k = ", ".join(some), draw(st.integers(1, len(some)))
    forms = [
        f"any({listed})",
        f"any({listed})",
        f"at_least({k}, {listed})",
        f"at_most({k - 1}, {listed})",
        f"exactly({k}, {listed})",
        f"majority({listed})",
        f"({a} or {b}) and not all({listed})",
        f"2*{a} + {b} - {some[-1] if len(some) > 2 else a} >= {min(k, 2)}",
    ]
    of_two = [f"all({a}, {b})", f"none({a}, {b})", f"{a} or not {b}"]
    of_three = [f"all({listed})", f"none({listed})", f"{a} or not ({b} and {some[-1]})"]
    return draw(st.sampled_from([*forms, *(of_three if three else of_two)]))


@st.composite
def _classes(draw: st.DrawFn, last: list[str]) -> list[str]:
    """Two or three classes; two different votes at least, lest a table have one value and the kernel another text."""
    subsets = st.lists(st.sampled_from(last), min_size=1, max_size=3, unique=True)
    into = [draw(subsets) for _ in range(draw(st.integers(2, 3)))]
    if len(last) > 1:
        into[0] = list(dict.fromkeys([last[0], *into[0]]))
        into[1] = list(dict.fromkeys([last[-1], *into[1]]))
    return ["  classes {", *(f"    c{i + 1} <- {', '.join(nodes)}" for i, nodes in enumerate(into)), "  }"]


@st.composite
def _pairs(draw: st.DrawFn, last: list[str]) -> list[str]:
    """Two classes with two votes each."""
    pairs = st.permutations(last).map(lambda nodes: nodes[:2])
    return ["  classes {", *(f"    c{i} <- {', '.join(draw(pairs))}" for i in (1, 2)), "  }"]


@st.composite
def _inputs(draw: st.DrawFn, cropped: bool = False) -> list[str]:
    count = draw(st.integers(3, 6))
    lines = ["  inputs {"]
    for i in range(count):
        on = draw(st.lists(st.sampled_from(BOTTOM), min_size=1, max_size=4, unique=True))
        label = ("c1", "c2")[i] if i < 2 else draw(st.sampled_from(["c1", "c2"]))
        weight = draw(st.sampled_from(["", "", " weight 2", " weight 3"]))
        crop = (
            draw(st.sampled_from([" crop 0.5", " crop 1 keep 0.2", " crop 0"][i > 0 :] + [""] * i)) if cropped else ""
        )
        lines.append(f"    x{i + 1}: {', '.join(on)} -> {label}{weight}{crop}")
    return [*lines, "  }"]


@st.composite
def _starts(draw: st.DrawFn, template: Template) -> str:
    start = st.sampled_from(
        [
            "= 1",
            "= 0.005",
            "= 0",
            "~ uniform(0, 0.01)",
            "~ exponential(3)",
            "~ lognormal(0, 2)",
            "~ normal(1, 0.1, clip: 3)",
        ]
    )
    places = ("λ", "λ[middle]", "λ[e[1..3]]", "η", "η[c2]")
    if template.edges:
        places = ("κ", "κ[middle]", "κ[e[1..3]]", "κ[bottom_level -> middle]", "κ[c2]")
    amplify = ["  amplify edges"] * template.edges
    return "\n".join([*amplify, *(f"  init {place} {draw(start)}" for place in places)])


@st.composite
def _updates(draw: st.DrawFn, template: Template) -> str:
    """Growth in 1.01..1.5, decay in 0.5..0.999, another decay below 0.5, amounts in 0.01..1; all of them different."""
    numbers = {
        "a": draw(st.floats(1.01, 1.2)),
        "b": draw(st.floats(0.8, 0.999)),
        "a2": draw(st.floats(1.3, 1.5)),
        "b2": draw(st.floats(0.5, 0.7)),
        "c": draw(st.floats(0.01, 1)),
        "r": draw(st.floats(0.01, 0.5)),
    }
    return template.updates.format(**numbers)


@st.composite
def experiments(draw: st.DrawFn, template: Template, steps: int) -> str:
    given = "[" + ", ".join(draw(st.lists(st.sampled_from(["x1", "x2", "x3"]), min_size=1, max_size=5))) + "]"
    order = draw(st.sampled_from(["cyclic", "shuffled", "independent", given]))
    run = f"steps: {steps}, batch: {template.batch}" + ("" if template.batch == "all" else f", order: {order}")
    return f"""experiment trial {{
  model  net
  run    {run}
  repeat 2, seed: {draw(st.integers(0, 2**31))}
{EDGES if template.edges else NODES}
{template.records}
}}"""


NODES = """  record log_strength[n in node] = log(λ[n]) every 1
  record log_weight[e in vote] = log(η[e]) every 1"""
EDGES = "  record log_strength[e in edge] = log(κ[e]) every 1"

MEASURES = """
  record strength = amplification(middle) every 1
  record into1 = weight(c1) every 1
  record inner = score(middle) every 1
  record z = logit() every 1
  record p = probability() every 1
  record sure = probability(label) every 1
  record right = accuracy() every 1
  record wrong = loss() every 1
"""

MIXED = """
  update λ by multiplicative({a}, {b})
  update λ[e[2], m1, m2] by multiplicative({a2}, {b2})
  update λ[e[3..4]] by additive({c}, {b})
  update λ[m3] by saturating({r}, 1, {b})
  update η by additive({c}, {b})
  update η[c2] by multiplicative({a2}, {b2}) when both
"""

FICKLE = (
    Template(
        "fickle",
        "  update λ by multiplicative({a}, {b})\n  update η by multiplicative({a}, {b2})",
        batch="2",
        records="  record lit[n in node] = any(shown[i, n] for i in item) every 1\n"
        "  record z = logit() every 1\n  record path = pathway() every 1",
        fickle=True,
    ),
    Template(
        "fickle in a full batch",
        "  update λ by additive({c}, {b})\n  update η by noisy(mu: 0.1, fade: {b2}) when both",
        "law noisy(mu, fade) {\n  fire(x) = x * exp(mu + ~normal(0, 0.2))\n  rest(x) = fade * x\n}",
        batch="all",
        records="  record p = probability() every 1",
        fickle=True,
    ),
)

TEMPLATES = (
    Template(
        "multiplicative",
        "  update λ by multiplicative({a}, {b})\n  update η by multiplicative({a}, {b2})",
        records=MEASURES,
    ),
    Template("three laws", MIXED, batch="3", records=MEASURES),
    Template(
        "nonlinear",
        "  update λ by squashed({a})\n  update η by additive({c}, {b}) when both",
        "unchecked law squashed(a) {\n  fire(x) = a * x + 0.1\n  rest(x) = x / (1 + x)\n}",
        batch="2",
        records="  record z = logit() every 1\n  record wrong = loss() every 1",
    ),
    Template(
        "worn",  # numbers held as logarithms, two forms of `rest`
        "  update λ by worn({a}, {c})\n  update λ[m1, e[2]] by relaxing({a2}, {r}, {c})\n  update η by multiplicative({a}, {b})",
        "law worn(a, b) {\n  fire(x) = a * x\n  rest(x) = 0.9 * x / (1 + b * x)\n}\n"
        "unchecked law relaxing(a, rate, floor) {\n  fire(x) = a * x\n  rest(x) = (1 - rate) * x + rate * floor\n}",
        records="  record z = logit() every 1\n  record wrong = loss() every 1",
    ),
    Template(
        "without a closed form",
        "  update λ by waning({c}, {r})\n  update η by additive({c}, {b})",
        "unchecked law waning(c, b) {\n  fire(x) = x + c * exp(-x)\n  rest(x) = x / (1 + b * x * x)\n}",
        batch="2",
        records="  record z = logit() every 1",
    ),
    Template(
        "by the clock",
        "  update λ by cooling({a}, {b})\n  update η by multiplicative({a}, {b})",
        "law cooling(a, b) {\n  fire(x) = x * (1 + (a - 1) / (1 + step))\n  rest(x) = b ^ (1 / (1 + step)) * x\n}",
        records="  record z = logit() every 1\n  record sure = probability(label) every 1",
    ),
    Template(
        "noisy",
        "  update λ by noisy(mu: {c}, fade: {b})\n  update η by noisy(mu: 0.1, fade: {b2})",
        "law noisy(mu, fade, spread = 0.2) {\n"
        "  fire(x) = x * exp(mu + ~normal(0, spread))\n  rest(x) = fade * x * exp(~normal(0, spread / 2, clip: 1.5))\n}",
        batch="2",
        records="  record z = logit() every 1\n  record right = accuracy() every 1",
    ),
    Template(
        "full batch",
        "  update λ by additive({c}, {b})\n  update λ[middle] by multiplicative({a}, {b2})\n  update η by saturating({r}, 2, {b})\n"
        "  update η[c1] by multiplicative({a}, {b}) when both",
        batch="all",
        records="  record z = logit() every 1\n  record p = probability() every 1",
    ),
    Template(
        "edges",
        "  update κ by multiplicative({a}, {b})\n  update κ[middle, c2] by multiplicative({a2}, {b2})",
        batch="2",
        records="  record strength = amplification(edges(middle)) every 1\n  record into1 = weight(c1) every 1\n"
        "  record z = logit() every 1\n  record wrong = loss() every 1",
        edges=True,
    ),
    Template(
        "edges of all kinds",
        "  update κ by additive({c}, {b}) when tied\n  update κ[c1] by multiplicative({a}, {b2})\n"
        "  update κ[bottom_level -> middle] by saturating({r}, 2, {b}) when both",
        batch="3",
        records="  record z = logit() every 1\n  record p = probability() every 1",
        edges=True,
    ),
)
