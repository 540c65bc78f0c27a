"""Nodes that fire by a draw: exact probabilities by enumeration, growth rates, streams; and what measures see of them."""

from itertools import product
from math import log

import numpy as np
import pytest

import neurashed_dsl as nshed
from neurashed_dsl.diagnostics import Report
from neurashed_dsl.model.frequency import one_at_a_time
from neurashed_dsl.model.graph import Graph
from neurashed_dsl.model.growth import rates_of
from neurashed_dsl.model.lints import lint
from neurashed_dsl.model.network import firing_words
from neurashed_dsl.model.odds import odds
from neurashed_dsl.model.scope import Lowering
from neurashed_dsl.passes import lower

Q, CHAIN, STEPS, UP, DOWN = 0.3, 0.7, 4000, 1.03, 0.98
SOURCE = f"""
network lucky {{
  level low {{ a, b }}
  level parts {{
    m[i in 1..3] = maybe({Q}, any(a))
    c1 = maybe({CHAIN}, any(a))
  }}
  level pairs {{
    some = any(m)
    few = exactly(1, m[1], m[2], m[3])
    left = m[1] and m[2]
    right = any(m[2..3])
    c2 = maybe({CHAIN}, c1 and a)
  }}
  level top {{
    shared = left and right
    spoilt = right and not left
    c3 = maybe({CHAIN}, c2) and not b
  }}
  classes {{
    one <- top
    two <- top
  }}
  inputs {{
    x: a    -> one
    y: a, b -> two
  }}
  init   λ ~ uniform(0, 1)
  update λ by multiplicative({UP}, {DOWN})
  update η by multiplicative({UP}, {DOWN})
}}
experiment trial {{
  model  lucky
  run    steps: {STEPS}, batch: 2, order: cyclic
  record first[n in node]  = shown[1, n] every 1
  record second[n in node] = shown[2, n] every 1
  record path     = pathway() at end
  record size[n in node] = log(λ[n]) every {STEPS}
}}
"""


def fires(m1: bool, m2: bool, m3: bool, c1: bool, c2: bool, c3: bool, b: bool) -> dict[str, bool]:
    """The network, from what its draws come to; written by hand."""
    left, right = m1 and m2, m2 or m3
    nodes = {"a": True, "b": b, "m[1]": m1, "m[2]": m2, "m[3]": m3, "c1": c1, "some": m1 or m2 or m3}
    nodes |= {"few": m1 + m2 + m3 == 1, "left": left, "right": right, "c2": c1 and c2}
    return nodes | {"shared": left and right, "spoilt": right and not left, "c3": c1 and c2 and c3 and not b}


def enumerated(b: bool) -> dict[str, float]:
    """The probability that each node fires: a sum over all outcomes of the draws."""
    total: dict[str, float] = {}
    for draws in product([False, True], repeat=6):
        shares = [(p if hit else 1 - p) for hit, p in zip(draws, [Q, Q, Q, CHAIN, CHAIN, CHAIN])]
        for node, lit in fires(*draws, b=b).items():
            total[node] = total.get(node, 0.0) + float(np.prod(shares)) * lit
    return total


def graph_of(source: str) -> Graph:
    study, _ = nshed.loads(source).study("trial")
    graph: Graph = study.facts
    return graph


def test_by_hand() -> None:
    """The enumeration against what one knows: any of m is 1 - (1 - q)^m, a chain q^depth."""
    exact = enumerated(b=False)
    assert exact["some"] == pytest.approx(1 - (1 - Q) ** 3)
    assert exact["few"] == pytest.approx(3 * Q * (1 - Q) ** 2)
    assert exact["c3"] == pytest.approx(CHAIN**3)
    assert exact["shared"] == pytest.approx(Q * Q)


def test_nodes_fire_as_often_as_enumerated_and_values_grow_accordingly() -> None:
    found = nshed.loads(SOURCE).run()
    nodes = found["node"].values.tolist()
    at_places = [found[name].values[:STEPS].astype(bool) for name in ("first", "second")]
    for lit, b in zip(at_places, (False, True)):
        exact = enumerated(b)
        for k, node in enumerate(nodes):
            p = exact[node]
            assert abs(lit[:, k].mean() - p) <= 4.5 * (p * (1 - p) / STEPS) ** 0.5, node
    # Places of a batch draw for themselves, and so do nodes.
    m1, m2 = nodes.index("m[1]"), nodes.index("m[2]")
    for pair in (at_places[0][:, m1] & at_places[1][:, m1], at_places[0][:, m1] & at_places[0][:, m2]):
        assert abs(pair.mean() - Q * Q) <= 4.5 * (Q * Q * (1 - Q * Q) / STEPS) ** 0.5
    # One that fires at one of the places grows: at a rate of r = p·ln a + (1 - p)·ln b a step, exactly so for the share seen.
    lit = (at_places[0] | at_places[1]).sum(axis=0)
    grown = found["size"].values[-1] - found["size"].values[0]
    np.testing.assert_allclose(grown, lit * log(UP) + (STEPS - lit) * log(DOWN), rtol=1e-9)
    # Measures see every `maybe` fire where its rule holds.
    seen = {n: bool(v) for n, v in zip(nodes, found["path"].sel(input="x").values)}
    assert seen == fires(True, True, True, True, True, True, b=False)


def test_odds_are_exact_where_they_are_known() -> None:
    graph = graph_of(SOURCE)
    found, unknown = odds(graph), set()
    for row, b in zip(found, (False, True)):
        for node, p in enumerated(b).items():
            value = row[list(graph.nodes).index(node)]
            unknown |= {node} if np.isnan(value) else set()
            assert np.isnan(value) or value == pytest.approx(p), node
    assert unknown == {"shared", "spoilt"}  # of two nodes that both depend on m[2]


RARE = """
network rare {{
  level low {{ a }}
  level parts {{ p = maybe({p}, any(a)) }}
  classes {{ one <- p }}
  inputs {{ x: a -> one }}
  update λ by multiplicative(1.02, 0.99)
  update η by multiplicative(1.02, 0.99)
}}
experiment trial {{
  model rare
  run steps: 1
}}
"""


@pytest.mark.parametrize("p", [0.05, 0.33, 0.34, 0.9])
def test_a_node_that_fires_too_seldom_fades(p: float) -> None:
    """The threshold is p* = ln(1/b)/ln(a/b), 0.3366 here; and the rate is that of the theory."""
    graph, report = graph_of(RARE.format(p=p)), Report()
    lint(graph, firing_words(graph), Lowering(report))
    assert ("fades" in [d.code for d in report.found]) == (p < log(1 / 0.99) / log(1.02 / 0.99))
    rates = rates_of(graph, odds(graph), one_at_a_time(graph.inputs.weights), Lowering(Report()))
    assert rates.nodes.rate[1] == pytest.approx(p * log(1.02) + (1 - p) * log(0.99))
    assert rates.complete


def test_what_may_fire_isn_t_called_unreachable() -> None:
    """`not maybe(…)` never fires as measures see it, and does in training."""
    graph, report = (
        graph_of(RARE.format(p=0.5).replace("any(a)) }", "any(a))\n    q = a and not maybe(0.5, a) }")),
        Report(),
    )
    lint(graph, firing_words(graph), Lowering(report))
    assert "unreachable" not in [d.code for d in report.found]


def test_other_streams_stay_as_they_are() -> None:
    """Random starts, and the order of the inputs, are those of the network without draws; with p = 1 its numbers, too."""
    source = RARE.replace("one <- p", "one <- p\n    two <- p").replace(
        "x: a", "y: a -> two\n    z: a -> two\n    x: a"
    )
    source = source.replace("update η", "init λ ~ uniform(0, 1)\n  update η").replace(
        "run steps: 1",
        "run steps: 30\n  record size[n in node] = log(λ[n]) every 1\n  record now[i in item] = batch[i] every 1\n"
        "  record le = local_elasticity() at start",
    )
    plain = nshed.loads(source.format(p=1).replace("maybe(1, any(a))", "any(a)")).run()
    sure, unsure = (nshed.loads(source.format(p=p)).run() for p in (1, 0.5))
    for drawn in (sure, unsure):
        assert np.array_equal(drawn["now"], plain["now"])
        assert np.array_equal(drawn["size"].isel(step=0), plain["size"].isel(step=0))
        assert np.array_equal(drawn["le"], plain["le"])  # it steps as measures see it, without draws
    np.testing.assert_allclose(sure["size"], plain["size"], rtol=1e-12)
    assert not np.allclose(unsure["size"], plain["size"])


def test_draws_take_the_road_of_every_step() -> None:
    study, _ = nshed.loads(SOURCE).study("trial")
    made = lower(study.system)
    assert made.tabulated == ()
    assert any("worked out at each step" in note for note in made.notes)
