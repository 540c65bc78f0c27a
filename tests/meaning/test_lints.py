"""Warnings about networks: each is true where it is given, and given where it is true."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from written_networks import made

import neurashed_dsl as nshed
from neurashed_dsl.diagnostics import Report
from neurashed_dsl.ir.circuit import unpack
from neurashed_dsl.model.frequency import one_at_a_time
from neurashed_dsl.model.graph import Graph
from neurashed_dsl.model.growth import largest_rates, rates_of
from neurashed_dsl.model.lints import lint
from neurashed_dsl.model.network import firing_words
from neurashed_dsl.model.scope import Lowering


def warnings_of(graph: Graph) -> list[str]:
    report = Report()
    lint(graph, firing_words(graph), Lowering(report))
    assert all(d.severity == "warning" for d in report.found)
    return [d.code for d in report.found]


def network(common: int, rare: int, up: float = 1.02, down: float = 0.99, law: str = "multiplicative") -> str:
    return f"""network n {{
  level base {{ a, b, shared }}
  level top {{ t = all(a, shared)
    u = all(b, shared) }}
  classes {{ k <- top
    l <- top }}
  inputs {{ x: a, shared -> k weight {common}
    y: b, shared -> l weight {rare} }}
  update λ by {law}({up}, {down})
  update η by {law}({up}, {down})
}}
"""


def test_a_healthy_network_is_not_warned_about() -> None:
    assert warnings_of(made(network(1, 1))) == []


@pytest.mark.parametrize("rare", [1, 10, 30, 33, 34, 40])
def test_a_node_fades_below_the_frequency_of_the_theory(rare: int) -> None:
    least = math.log(1 / 0.99) / math.log(1.02 / 0.99)  # p* of facts/neurashed.md: 0.3366
    graph = made(network(100 - rare, rare))
    assert ("fades" in warnings_of(graph)) == (rare / 100 < least)


def test_additive_laws_don_t_fade_and_say_nothing() -> None:
    assert warnings_of(made(network(99, 1, 0.02, 0.99, "additive"))) == []


def by_hand(graph: Graph, batch: int, seed: int, steps: int) -> np.ndarray:
    """log λ and log η after a run written out step by step, divided by the number of steps."""
    fires = unpack(firing_words(graph), len(graph.inputs.names))
    rng = np.random.default_rng(seed)
    shares = graph.inputs.weights / graph.inputs.weights.sum()
    node, vote = np.zeros(len(graph.nodes)), np.zeros(len(graph.vote_sources))
    up, down = (math.log(f) for f in graph.amplification.laws[0].arguments.values())
    for x in rng.choice(len(shares), size=steps, p=shares):
        node += np.where(fires[x], up, down)
        bright = fires[x][graph.vote_sources] & (graph.vote_targets == graph.inputs.labels[x])
        vote += np.where(bright, up, down)
    return np.concatenate([node, vote]) / steps


def test_rates_are_those_of_a_run() -> None:
    graph = made(network(3, 1))
    fires = unpack(firing_words(graph), 2)
    rates = rates_of(graph, fires, one_at_a_time(graph.inputs.weights), Lowering(Report()))
    run = by_hand(graph, 1, 3, 40_000)
    assert rates.complete
    assert np.allclose(np.concatenate([rates.nodes.rate, rates.votes.rate]), run, atol=2e-4)


def test_logits_grow_at_the_rate_of_their_best_path() -> None:
    graph = made(network(3, 1))
    fires = unpack(firing_words(graph), 2)
    rates = rates_of(graph, fires, one_at_a_time(graph.inputs.weights), Lowering(Report()))
    found = largest_rates(graph, fires, rates).rate
    node = {name: rates.nodes.rate[i] for i, name in enumerate(graph.nodes)}
    vote = {
        (graph.nodes[s], graph.classes[t]): r
        for s, t, r in zip(graph.vote_sources, graph.vote_targets, rates.votes.rate)
    }
    for row, (own, top) in enumerate([("a", "t"), ("b", "u")]):
        for column, name in enumerate(graph.classes):
            best = max(node[own], node["shared"]) + node[top] + vote[top, name]
            assert found[row, column] == pytest.approx(best)


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 99), st.floats(1.001, 1.2), st.floats(0.9, 0.999))
def test_a_class_is_called_unlearnable_where_its_logit_is_left_behind(common: int, up: float, down: float) -> None:
    up, down, late = round(up, 4), round(down, 4), 1e9

    def grown(frequency: float) -> float:
        """log of a value that started at 1 and fired so often, late."""
        return late * (frequency * math.log(up) + (1 - frequency) * math.log(down))

    def logit(seen: float, label_seen: float) -> float:
        """log Z of the input whose own nodes fire with frequency `seen`, for a class that is its label or never is."""
        return grown(label_seen) + grown(seen) + np.logaddexp(grown(seen), grown(1.0))

    share = common / 100
    left_behind = any(logit(p, p) < max(0.0, logit(p, 0.0)) for p in (share, 1 - share))
    graph = made(network(common, 100 - common, up, down))
    assert ("not-learned" in warnings_of(graph)) == left_behind


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (("level base { a, b, shared }", "level base { a, b, shared, idle }"), "unreachable"),
        (("u = all(b, shared) }", "u = all(b, shared)\n    w = all(a, b) }"), "unreachable"),
        (("k <- top", "k <- t"), "leads-nowhere"),
        (("l <- top }", "l <- top\n    m <- top }"), "class-without-input"),
        (("y: b, shared -> l weight 1 }", "y: b, shared -> l weight 1\n    z: b, shared -> k }"), "same-pattern"),
        (("  update η", "  init λ[a] = 0\n  update η"), "stays-zero"),
        (("  update η", "  init η[k] = 0\n  update η"), "stays-zero"),
    ],
)
def test_each_flaw_has_its_warning(change: tuple[str, str], code: str) -> None:
    text = network(1, 1).replace(*change)
    text = text.replace("l <- top }", "l <- t }") if code == "leads-nowhere" else text
    assert text != network(1, 1)
    assert code in warnings_of(made(text))


def test_a_start_above_zero_or_a_law_that_leaves_it_says_nothing() -> None:
    assert (
        warnings_of(made(network(1, 1).replace("  update η", "  init λ = 0\n  init λ ~ uniform(0, 1)\n  update η")))
        == []
    )
    assert (
        warnings_of(made(network(1, 1, 0.02, 0.99, "additive").replace("  update η", "  init λ = 0\n  update η"))) == []
    )


def test_a_class_whose_inputs_never_reach_it_is_named() -> None:
    text = network(1, 1).replace("k <- top", "k <- t").replace("l <- top", "l <- t")
    assert "not-reached" in warnings_of(made(text))


@pytest.mark.parametrize(
    ("runs", "told"),
    [
        ("", True),
        ("run steps: 9", True),
        ("run steps: 9, batch: 1", True),
        ("run steps: 9, batch: 3", False),
        ("run steps: 9, batch: all", False),
        ("stage one {\n run steps: 9, batch: 3\n}\nstage two {\n run steps: 9\n}", True),
        ("stage one {\n run steps: 9, batch: 3\n}\nstage two {\n run steps: 9, batch: 2\n}", False),
    ],
)
def test_learning_is_judged_where_inputs_come_one_by_one(runs: str, told: bool) -> None:
    """With three of four at a time each node fires in 3/4 of the steps, and grows."""
    names = "abcd"
    text = "network rare {\n  level t { a, b, c, d }\n  classes {\n" + "".join(f"    {n}{n} <- {n}\n" for n in names)
    text += "  }\n  inputs {\n" + "".join(f"    x{n}: {n} -> {n}{n}\n" for n in names) + "  }\n"
    text += "  update λ by multiplicative(1.02, 0.99)\n}\n"
    text += f"experiment e {{\n  model rare\n  {runs}\n  record p = probability(label)\n}}\n" if runs else ""
    codes = {w.code for w in nshed.loads(text).warnings}
    assert codes == ({"fades", "not-learned"} if told else set())
