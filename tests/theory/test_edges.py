"""`amplify edges`: against a second implementation in plain Python, and against the node model that it is when factors are tied."""

from collections.abc import Sequence
from types import SimpleNamespace

import numpy as np
import plain
import pytest
from reference_run import Values, reference_run, study_of

import neurashed_dsl as nshed
from neurashed_dsl.driver.running import firing_table_of
from neurashed_dsl.ir.circuit import unpack
from neurashed_dsl.ir.evaluate import Memory
from neurashed_dsl.passes import lower
from neurashed_dsl.runtime.activity import log_activities
from neurashed_dsl.runtime.information import channel_of, information, marks_of, normal_points, strengths
from neurashed_dsl.runtime.probe import measure, prober_of
from neurashed_dsl.runtime.start import starts_of

Factors = dict[tuple[str, str], float]  # by both ends; a sensor is ""

# `top` reads a node of the first level, too; `c` fires alone for x3, so that of the edges into m2 not all fire where it does.
NETWORK = """
network net {{
  level low {{ a, b, c, d }}
  level middle {{
    m1 = any(a, b)
    m2 = at_least(1, b, c, d)
  }}
  level top {{
    t1 = all(m1, a)
    t2 = any(m1, m2)
  }}
  classes {{
    one <- t1, t2
    two <- top
  }}
  inputs {{
    x1: a, b -> one
    x2: b, d -> two
    x3: c    -> two
  }}
{training}
}}
experiment trial {{
  model  net
  run    steps: 60, {run}
  record z = logit() every 1
  record p = probability() every 1
{records}
}}
"""
# Dependents in the order of the levels, as the edges come.
RULES = {"m1": (1, ("a", "b")), "m2": (1, ("b", "c", "d")), "t1": (2, ("a", "m1")), "t2": (1, ("m1", "m2"))}
VOTES = {"one": ("t1", "t2"), "two": ("t1", "t2")}
INPUTS = {"x1": (("a", "b"), "one"), "x2": (("b", "d"), "two"), "x3": (("c",), "two")}
ORDER = ["x1", "x3", "x2", "x3"]


def trial(training: str, run: str, records: str = "") -> list[Values]:
    """By the evaluator; that kernels have its bits is tested on generated networks."""
    return reference_run(study_of(nshed.loads(NETWORK.format(training=training, run=run, records=records))))


def edges() -> list[tuple[str, str]]:
    inner = [(f, n) for n, (_, below) in RULES.items() for f in below]
    return [("", n) for n in "abcd"] + inner + [(f, c) for c, nodes in VOTES.items() for f in nodes]


def network() -> plain.Network:
    return plain.Network("abcd", RULES, VOTES, INPUTS, {}, (float, float))


def scores(x: str, factors: Factors) -> plain.Values:
    """S_F = [F fires]·Σ κ_{fF} S_f; a class adds up what it gets, whether it fires or not: facts/neurashed.md, "Beyond the core" 1."""
    firing, score = plain.pathway(network(), x) | set(VOTES), {"": 1.0}
    for f, n in edges():
        score[n] = score.get(n, 0.0) + (factors[f, n] * score[f] if n in firing else 0.0)
    return score


def step(batch: Sequence[str], factors: Factors, when: str) -> Factors:
    """Factors fire by ×1.1, into m1 by +0.2, and rest by ×0.9."""
    paths = [plain.pathway(network(), x) | {"", INPUTS[x][1]} for x in batch]

    def fires(f: str, n: str) -> bool:
        if when == "both":
            return any(f in p for p in paths) and any(n in p for p in paths)
        tied = when == "tied" and n not in VOTES
        return any((tied or f in p) and n in p for p in paths)

    def grown(n: str, v: float) -> float:
        return v + 0.2 if n == "m1" else v * 1.1

    return {(f, n): grown(n, v) if fires(f, n) else v * 0.9 for (f, n), v in factors.items()}


@pytest.mark.parametrize(
    ("when", "run", "size"),
    [("together", "batch: 1", 1), ("together", "batch: 2", 2), ("both", "batch: 2", 2), ("tied", "batch: 2", 2)],
)
def test_second_implementation(when: str, run: str, size: int) -> None:
    training = f"""  amplify edges
  init   κ ~ uniform(0.5, 1)
  update κ by multiplicative(1.1, 0.9) when {when}
  update κ[m1] by additive(0.2, 0.9) when {when}"""
    records = "  record factor = weight() every 1\n  record inner = score(node) every 1"
    run = f"{run}, order: [{', '.join(ORDER)}]"
    found = trial(training, run, records)
    factors = dict(zip(edges(), found[0]["factor"].tolist()))
    for t, now in enumerate(found):
        np.testing.assert_allclose(now["factor"], list(factors.values()), rtol=1e-12)
        for number, x in enumerate(INPUTS):
            score = scores(x, factors)
            np.testing.assert_allclose(now["inner"][number], [score[n] for n in [*"abcd", *RULES]], rtol=1e-12)
            np.testing.assert_allclose(now["z"][number], [score["one"], score["two"]], rtol=1e-12)
        factors = step([ORDER[(t * size + i) % 4] for i in range(size)], factors, when)


@pytest.mark.parametrize("batch", ["1", "2", "all"])
def test_tied_factors_are_the_node_model(batch: str) -> None:
    """With κ_{fF} = λ_F, from equal starts under equal laws, all that the network answers is the same to rounding, over the whole run."""
    nodes = """  init   λ = 0.2
  init   λ[m2] = 0.7
  init   η[two] = 0.4
  update λ by multiplicative(1.1, 0.9)
  update λ[middle] by additive(0.1, 0.8)
  update λ[t1] by saturating(0.1, 3, 0.9)
  update η by multiplicative(1.2, 0.95)"""
    edges = """  amplify edges
  init   κ = 0.2
  init   κ[m2] = 0.7
  init   κ[one] = 1
  init   κ[two] = 0.4
  update κ by multiplicative(1.1, 0.9) when tied
  update κ[middle] by additive(0.1, 0.8) when tied
  update κ[t1] by saturating(0.1, 3, 0.9) when tied
  update κ[one, two] by multiplicative(1.2, 0.95)"""
    run = f"batch: {batch}" + (", order: shuffled" if batch != "all" else "")
    by_nodes, by_edges = (trial(training, run) for training in (nodes, edges))
    for one, other in zip(by_nodes, by_edges):
        for name in one:
            np.testing.assert_allclose(other[name], one[name], rtol=1e-9, atol=1e-12)
    assert abs(by_nodes[-1]["z"] - by_nodes[0]["z"]).max() > 0.1


def test_untied_factors_are_another_model() -> None:
    """An edge of a node that fires rests where its other end doesn't: each alternative way into a node learns for itself."""
    training = "  amplify edges\n  update κ by multiplicative(1.1, 0.9)"
    last = trial(training, "order: [x3]", "  record factor = weight() every 1")[-1]["factor"]
    grown = {e for e, v in zip(edges(), last) if v > 1}
    assert grown == {("", "c"), ("c", "m2"), ("m2", "t2"), ("t2", "two")}
    np.testing.assert_allclose(last, [1.1**60 if e in grown else 0.9**60 for e in edges()], rtol=1e-9)


def test_a_step_costs_what_fires() -> None:
    """Factors that rest are postponed like λ: nothing but the edges of the pathway is touched."""
    program = nshed.loads(
        NETWORK.format(training="  amplify edges\n  update κ by multiplicative", run="batch: 2", records="")
    )
    notes = lower(study_of(program).system).notes
    assert [note for note in notes if note.startswith("κ: a step touches what fires")]


# --- mutual information ---------------------------------------------------------------------------------------------------

UNTIED = """
  amplify edges
  init   κ = 1
  update κ by multiplicative(1.1, 0.9)
"""


def test_an_activity_is_the_score_by_what_it_is_made_of() -> None:
    """S_F/Σ S_f, by the second implementation's scores; with one factor for all edges into a node it is that factor."""
    graph = nshed.loads(NETWORK.format(training=UNTIED, run="batch: 1", records="")).graph("net")
    rng = np.random.default_rng(4)
    factors = dict(zip(edges(), rng.uniform(0.5, 2, len(edges()))))
    fires = firing_table_of(graph)
    found = np.exp(log_activities(graph, fires, np.log(list(factors.values()))))
    for row, x in enumerate(graph.inputs.names):
        score = scores(x, factors)
        for node, name in enumerate(graph.nodes):
            below = sum(score[f] for f in (RULES[name][1] if name in RULES else ("",)))
            wanted = score[name] / below if name in plain.pathway(network(), x) else 0.0
            assert np.isclose(found[row, node], wanted)
    tied = {n: rng.uniform(0.5, 2) for n in graph.nodes}
    same = [np.log(tied.get(n, 1.0)) for _, n in edges()]
    lit = unpack(fires, len(graph.inputs.names))
    assert np.allclose(np.exp(log_activities(graph, fires, np.array(same))), lit * np.array(list(tied.values())))


def test_what_activities_tell_is_what_factors_of_nodes_tell() -> None:
    """Bounds have a closed form: from activities they are those of the node model, from λ; the estimates agree to their error."""
    rng = np.random.default_rng(1)
    lit, labels = rng.random((6, 4)) < 0.5, np.array([0, 0, 1, 1, 2, 2])
    logs = np.log(rng.uniform(0.01, 0.04, 4))
    table = np.ascontiguousarray(np.packbits(np.pad(lit.T, ((0, 0), (0, 58))), axis=1, bitorder="little")).view(
        np.uint64
    )
    tables = {"label": labels, "weight_of": np.ones(6), "held": np.zeros(6, bool)}
    system = SimpleNamespace(tables={n: SimpleNamespace(data=d) for n, d in tables.items()})
    channel = channel_of(system, table, slice(0, 4), 3)  # type: ignore[arg-type]
    joint = np.eye(3)[labels] / 6
    for relative_to in ("spread", "max"):
        options = {"floor": 0.01, "relative": 0.1, "relative_to": relative_to}
        points = normal_points(4, 4096, np.random.default_rng(0))
        strength = strengths(channel, logs, options)
        by_nodes = information(channel.patterns * strength, channel.joint, points[: len(channel.variance)])
        with np.errstate(divide="ignore"):
            shown = np.where(lit, logs, -np.inf)
        by_edges = information(marks_of(shown, np.full(6, 1 / 6), options), joint, points)
        assert np.allclose(by_nodes[:, [0, 2]], by_edges[:, [0, 2]])
        assert np.allclose(by_nodes[:, 1], by_edges[:, 1], atol=0.004)


@pytest.mark.parametrize("level", ["low", "middle", "top"])
def test_mutual_information_with_tied_factors_is_that_of_the_node_model(level: str) -> None:
    found = []
    for array, when, more in (("λ", "", ""), ("κ", " when tied", "  amplify edges\n")):
        start = f"  init {array} = 0.02\n  init {array}[b, m2, t1] = 0.05\n"
        training = f"{more}{start}  update {array} by multiplicative(1.1, 0.9){when}"
        record = f"  record told = mutual_information({level}, input, bounds: true) at start"
        study = study_of(nshed.loads(NETWORK.format(training=training, run="batch: 1", records=record)))
        memory = Memory(study.system)
        starts_of(study.system, memory, lambda name: np.random.default_rng(0))
        (values,) = measure(prober_of(study, study.system, None), memory.arrays, 0, {}).values()
        found.append(values)
    assert np.allclose(found[0][[0, 2]], found[1][[0, 2]])
    assert np.isclose(found[0][1], found[1][1], atol=0.004)
    assert 0 < found[0][1] < np.log2(3) + 1e-9
