"""What `nshed why` takes apart, against every path written out, every pattern tried, every factor applied (generated networks)."""

import itertools
import math

import numpy as np
import pytest
from generated_networks import Template, programs
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

import neurashed_dsl as nshed
from neurashed_dsl.ir.circuit import reference
from neurashed_dsl.ir.plan import Intervention, Plan, Presentation
from neurashed_dsl.model.graph import Graph
from neurashed_dsl.runtime.present import Presenter
from neurashed_dsl.runtime.streams import Numbers
from neurashed_dsl.why.factors import factors_of
from neurashed_dsl.why.flips import NO_CLASS, flips_of
from neurashed_dsl.why.history import counts_of
from neurashed_dsl.why.scores import Strengths, probabilities, scores_of, shares_of, strands

LAWS = Template("parts", "  update λ by multiplicative({a}, {b})\n  update η by multiplicative({a}, {b2})")
QUICK = settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))


@st.composite
def questions(draw: st.DrawFn, scale: float = 1.0) -> tuple[Graph, Strengths, np.ndarray]:
    """A network, its strengths and a pattern that fires something."""
    graph = nshed.loads(draw(programs(LAWS))).graph()
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    strengths = Strengths(scale * rng.normal(size=len(graph.nodes)), scale * rng.normal(size=len(graph.vote_sources)))
    return graph, strengths, rng.random(graph.circuit.bottom) < 0.6


def paths(graph: Graph, strengths: Strengths, fires: np.ndarray) -> list[tuple[tuple[int, ...], int, float]]:
    """Every firing path to a class: nodes from the bottom up, vote, log of the product of its factors."""
    down = [((int(graph.vote_sources[v]),), v) for v in range(len(graph.vote_sources))]
    found = []
    while down:
        nodes, vote = down.pop()
        if not fires[nodes[0]]:
            continue
        if nodes[0] < graph.levels[0].stop:
            found.append((nodes, vote, strengths.votes[vote] + sum(strengths.nodes[list(nodes)])))
            continue
        below = graph.into_members[graph.into_offsets[nodes[0]] : graph.into_offsets[nodes[0] + 1]]
        down += [((int(f), *nodes), vote) for f in below]
    return found


def logits(graph: Graph, strengths: Strengths, pattern: np.ndarray) -> np.ndarray:
    fires = reference(graph.circuit, pattern[None])[0]
    z = np.full(len(graph.classes), -np.inf)
    for _, vote, log in paths(graph, strengths, fires):
        z[graph.vote_targets[vote]] = np.logaddexp(z[graph.vote_targets[vote]], log)
    return z


def leader(z: np.ndarray) -> int:
    top = np.flatnonzero(z >= z.max() - 1e-9)
    return int(top[0]) if len(top) == 1 else NO_CLASS


@QUICK
@given(questions(scale=100.0))
def test_a_logit_is_the_sum_of_its_paths_and_each_has_its_share(question) -> None:
    graph, strengths, pattern = question
    fires = reference(graph.circuit, pattern[None])
    scores = scores_of(graph, strengths, fires)
    np.testing.assert_allclose(scores.logits[0], logits(graph, strengths, pattern), rtol=1e-12)
    every = paths(graph, strengths, fires[0])
    for target in range(len(graph.classes)):
        mine = {(n, v): log for n, v, log in every if graph.vote_targets[v] == target}
        shares = shares_of(graph, strengths, scores, target)
        found = list(strands(graph, shares))
        assert all(a.share >= b.share * (1 - 1e-9) for a, b in itertools.pairwise(found))
        assert {(s.nodes, s.vote) for s in found} <= set(mine)
        for strand in found:
            expected = math.exp(mine[strand.nodes, strand.vote] - scores.logits[0, target])
            assert strand.share == pytest.approx(expected, rel=1e-9, abs=1e-15)
        if mine:
            assert sum(s.share for s in found) == pytest.approx(1)
        for node in range(len(graph.nodes)):
            through = sum(math.exp(log - scores.logits[0, target]) for (n, _), log in mine.items() if node in n)
            assert shares.nodes[node] == pytest.approx(through, rel=1e-6, abs=1e-12)


def test_probabilities_at_any_size() -> None:
    """The table of facts: log Z of 1000 and 1000, 1e4 and 9.9e3, 5 and 4.9."""
    assert probabilities(np.array([1000.0, 1000.0])).tolist() == [0.5, 0.5]
    assert probabilities(np.array([1e4, 9.9e3])).tolist() == [1, 0]
    assert probabilities(np.array([5, 4.9])) == pytest.approx([0.999999264988839, 7.3501116e-7], rel=1e-7)
    assert probabilities(np.full(3, -np.inf)) == pytest.approx(np.full(3, 1 / 3))
    assert probabilities(np.array([0.0, -np.inf])) == pytest.approx([math.e / (1 + math.e), 1 / (1 + math.e)])


@QUICK
@given(questions())
def test_no_smaller_change_of_the_pattern_does(question) -> None:
    """All 32 patterns of five sensors are tried."""
    graph, strengths, pattern = question
    first = leader(logits(graph, strengths, pattern))
    assume(first != NO_CLASS)
    leads = {
        bits: leader(logits(graph, strengths, np.array(bits))) for bits in itertools.product([False, True], repeat=5)
    }
    apart = {bits: int((np.array(bits) != pattern).sum()) for bits in leads}
    taken = min((apart[b] for b, c in leads.items() if c not in (first, NO_CLASS)), default=None)
    lost = min((apart[b] for b, c in leads.items() if c == NO_CLASS), default=None)
    flips, lose = flips_of(graph, strengths, pattern, first)
    assert bool(flips.found) == (taken is not None)
    for flip in flips.found:
        changed = pattern.copy()
        changed[list(flip.sensors)] ^= True
        assert len(flip.sensors) == taken
        assert leads[tuple(changed.tolist())] == flip.leads
        assert flips.smallest
    if lost is not None and (taken is None or lost < taken):
        assert [len(f.sensors) for f in lose.found][:1] == [lost]
    else:
        assert lose.found == ()


def test_wide_patterns_are_searched_step_by_step() -> None:
    """The class needs 12 of 40 sensors: too many sets to try, and one after another finds them."""
    text = """network wide {
  level base { x[i in 1..400], y }
  level top {
    many = at_least(12, x[1..400])
    one  = y
  }
  classes {
    a <- one
    b <- many
  }
  inputs {
    i: y -> a
    j: x[1..12] -> b
  }
  init η[b] = 100
  update λ by multiplicative
}
"""
    graph = nshed.loads(text).graph()
    strengths = Strengths(np.zeros(len(graph.nodes)), np.log([1.0, 100.0]))
    pattern = np.zeros(401, bool)
    pattern[400] = True
    flips, lost = flips_of(graph, strengths, pattern, 0)
    assert not flips.smallest
    assert flips.tried >= 1
    assert [f.sensors for f in lost.found] == [(400,)]
    assert [len(f.sensors) for f in flips.found] == [12]


@QUICK
@given(questions())
def test_beyond_the_factor_the_two_change_places(question) -> None:
    graph, strengths, pattern = question
    fires = reference(graph.circuit, pattern[None])
    scores = scores_of(graph, strengths, fires)
    order = np.argsort(-scores.logits[0]).tolist()
    assume(leader(scores.logits[0]) != NO_CLASS)
    one, two = (shares_of(graph, strengths, scores, c) for c in order[:2])
    found = factors_of(graph, strengths, fires, scores, one, two)
    assert all(abs(a.log) <= abs(b.log) for a, b in itertools.pairwise(found))
    for factor in found:
        assume(abs(factor.log) > 1e-6)
        for slack, first in ((0.999, True), (1.001, False)):
            nodes, votes = strengths.nodes.copy(), strengths.votes.copy()
            (nodes if factor.vote < 0 else votes)[max(factor.node, factor.vote)] += factor.log * slack
            z = logits(graph, Strengths(nodes, votes), pattern)
            assert (z[order[0]] > z[order[1]]) == first
    told = {(f.node, f.vote) for f in found}
    for node in range(len(graph.nodes)):  # nothing that would do is missing
        for log in (-30.0, 30.0):
            nodes = strengths.nodes.copy()
            nodes[node] += log
            z = logits(graph, Strengths(nodes, strengths.votes), pattern)
            if z[order[0]] < z[order[1]] - 1e-3:
                assert (node, -1) in told


@pytest.mark.parametrize(("order", "batch"), [("cyclic", 1), ("shuffled", 1), ("shuffled", 3), ("independent", 2)])
def test_counts_are_those_of_the_batches_that_were_drawn(order: str, batch: int) -> None:
    how = Presentation(order, np.array([0, 1, 1, 3, 4]), np.full(5, 0.2), batch)
    later = Presentation("cyclic", np.array([4, 2]), np.ones(2), 1)
    changes = (Intervention(10, rewind=True), Intervention(30, presentation=later))
    plan = Plan(50, how, 3, 11, interventions=changes)
    lights = np.random.default_rng(1).random((5, 4)) < 0.5
    first = Presenter(how, Numbers(11, 2, "presentation"))
    shown = [*first.batches(0, 30), *first.then(later, 30).batches(0, 15)]
    counts = counts_of(plan, 2, 45, lights)
    assert (counts.since, counts.steps) == (10, 35)
    for place in range(4):
        lit = [b for b in shown[10:] if lights[b, place].any()]
        assert counts.lit[place] == len(lit)
        by = np.zeros(5)
        for b in lit:
            for x in b[lights[b, place]]:
                by[x] += 1 / lights[b, place].sum()
        np.testing.assert_allclose(counts.by[place], by)
