"""Kernels against a second implementation in plain Python and real numbers."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import plain
import pytest
import xarray
from hypothesis import given, settings
from hypothesis import strategies as st
from thorough import examples

import neurashed_dsl as nshed

HERE = Path(__file__).parent
TOLERANCE = 1e-9
# A difference of logits of 10^4 has lost so much in real numbers, and p is a function of it.
ABSOLUTE = 1e-9


def at(found: xarray.DataArray, **labels: str) -> float:
    return float(found.sel(labels))


def agree(net: plain.Network, batches: Sequence[Sequence[str]], found: xarray.Dataset) -> None:
    """Every record at every step, from the very start that the run drew."""
    start = found.isel(step=0)
    lam = {n: at(start["strength"], node=n) for n in net.laws}
    eta = {(f, c): at(start["edge_weight"], edge=f"{f} -> {c}") for c, nodes in net.votes.items() for f in nodes}
    for number, batch in enumerate([*batches, None]):
        compare(net, lam, eta, found.isel(step=number))
        if batch is not None:
            lam, eta = plain.step(net, batch, lam, eta)


def compare(net: plain.Network, lam: plain.Values, eta: plain.Weights, now: xarray.Dataset) -> None:
    close(now["strength"], [lam[str(n)] for n in now["node"].values])
    close(now["edge_weight"], [eta[tuple(str(e).split(" -> "))] for e in now["edge"].values])  # type: ignore[index]
    wrong, right = [], []
    for x, (_, label) in net.inputs.items():
        score, z = plain.scores(net, x, lam), plain.logits(net, x, lam, eta)
        p = plain.softmax(z)
        close(now["inner"].sel(input=x), [score[str(n)] for n in now["node"].values])
        close(now["z"].sel(input=x), [z[str(c)] for c in now["class"].values])
        close(now["p"].sel(input=x), [p[str(c)] for c in now["class"].values], ABSOLUTE)
        wrong.append(plain.surprise(z, label))
        right.append(all(z[c] < z[label] for c in z if c != label))
    close(now["wrong"], np.mean(wrong), ABSOLUTE)
    assert float(now["right"]) == pytest.approx(np.mean(right))


def close(found: xarray.DataArray, expected: object, absolute: float = 0.0) -> None:
    np.testing.assert_allclose(found.values, expected, rtol=TOLERANCE, atol=absolute)


def test_figure4() -> None:
    net = plain.figure4()
    found = nshed.load(HERE / "figure4.nshed").run("trained")
    agree(net, [[f"s{t % 8 + 1}"] for t in range(400)], found)


@dataclass(frozen=True)
class Drawn:
    text: str
    net: plain.Network
    batches: list[list[str]]


MULTIPLICATIVE, ADDITIVE, SATURATING = "multiplicative", "additive", "saturating"


def law(kind: str, u: float, b: float) -> tuple[str, tuple[plain.Law, plain.Law]]:
    """As text and as functions."""
    match kind:
        case "multiplicative":
            return f"multiplicative({1 + u}, {b})", (lambda v: (1 + u) * v, lambda v: b * v)
        case "additive":
            return f"additive({u}, {b})", (lambda v: v + u, lambda v: b * v)
        case _:
            return f"saturating({u}, 2, {b})", (lambda v: v + u * (2 - v), lambda v: b * v)


@st.composite
def networks(draw: st.DrawFn, batch: str, both: bool) -> Drawn:
    bottom = [f"e[{i}]" for i in range(1, 6)]
    middle, top = [f"m{i}" for i in range(1, 5)], [f"t{i}" for i in range(1, 4)]
    rules = {m: _rule(draw, bottom) for m in middle} | {t: _rule(draw, middle) for t in top}
    votes = {"c1": ["t1", "t2"], "c2": ["t3", *draw(st.sampled_from([[], ["t1"], ["t1", "t2"]]))]}
    inputs = {f"x{i}": (_some(draw, bottom, 4), ("c1", "c2")[i % 2]) for i in range(draw(st.integers(2, 5)))}
    some = draw(st.floats(0.01, 0.1)), draw(st.floats(0.7, 0.99))
    forms = [
        law(MULTIPLICATIVE, *some),
        law(ADDITIVE, *some),
        law(SATURATING, *some),
        law(MULTIPLICATIVE, some[0] / 2, some[1]),
    ]
    laws = dict.fromkeys([*bottom, *middle, *top], forms[0][1]) | dict.fromkeys(["e[1]", "m1"], forms[1][1])
    laws |= dict.fromkeys(["e[2]", "m2", "t1"], forms[2][1])
    order = draw(st.lists(st.sampled_from(sorted(inputs)), min_size=1, max_size=7))
    size = len(inputs) if batch == "all" else int(batch)
    sequence = list(inputs) if batch == "all" else order
    batches = [[sequence[(t * size + i) % len(sequence)] for i in range(size)] for t in range(40)]
    lines = ["network net {", "  level low { e[i in 1..5] }", "  level middle {"]
    lines += [f"    {n} = at_least({k}, {', '.join(of)})" for n, (k, of) in rules.items()]
    lines.insert(3 + len(middle), "  }\n  level top {")
    lines += ["  }", "  classes {", *(f"    {c} <- {', '.join(of)}" for c, of in votes.items()), "  }", "  inputs {"]
    lines += [f"    {x}: {', '.join(on)} -> {c}" for x, (on, c) in inputs.items()] + ["  }"]
    lines += [
        "  init λ ~ uniform(0, 1)",
        "  init η ~ uniform(0, 2)",
        f"  update λ by {forms[0][0]}",
        f"  update λ[e[1], m1] by {forms[1][0]}",
    ]
    lines += [
        f"  update λ[e[2], m2, t1] by {forms[2][0]}",
        f"  update η by {forms[3][0]} when {'both' if both else 'together'}",
        "}",
    ]
    run = "batch: all" if batch == "all" else f"batch: {batch}, order: [{', '.join(order)}]"
    records = (
        (HERE / "figure4.nshed").read_text("utf-8").partition("experiment trained")[2].partition("}")[0].split("\n")[3:]
    )
    lines += ["experiment trial {", "  model net", f"  run steps: 40, {run}", *records, "}"]
    return Drawn("\n".join(lines), plain.Network(bottom, rules, votes, inputs, laws, forms[3][1], both), batches)


def _some(draw: st.DrawFn, of: list[str], most: int) -> list[str]:
    return draw(st.lists(st.sampled_from(of), min_size=1, max_size=most, unique=True))


def _rule(draw: st.DrawFn, below: list[str]) -> tuple[int, list[str]]:
    of = _some(draw, below, 4)
    return draw(st.integers(1, len(of))), of


@pytest.mark.parametrize(("batch", "both"), [("1", False), ("2", False), ("2", True), ("all", False)])
def test_networks(batch: str, both: bool) -> None:
    @settings(max_examples=examples(4), deadline=None)
    @given(networks(batch, both))
    def agrees(drawn: Drawn) -> None:
        agree(drawn.net, drawn.batches, nshed.loads(drawn.text).run())

    agrees()
