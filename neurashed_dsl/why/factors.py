"""By which factor a λ or an η would have to differ for two classes to change places.

Each logit is a line in each λ and each η, Z(m) = m·A + B, as a path meets a node at most once: A is what goes through it, B what goes by.
"""

import math
from collections.abc import Sequence

import numpy as np

from neurashed_dsl.model.graph import Graph
from neurashed_dsl.values import frozen
from neurashed_dsl.why.scores import Scores, Shares, Strengths, Truths, log_sums, scores_of

TRIED = 60  # nodes whose λ is tried, those with the largest share first


@frozen
class Factor:
    """λ of `node`, or η of `vote`, times e^`log` makes the two logits alike; beyond, they have changed places. The other one is -1."""

    node: int
    vote: int
    log: float


def factors_of(
    graph: Graph, strengths: Strengths, fires: Truths, scores: Scores, first: Shares, second: Shares
) -> list[Factor]:
    """What alone would do, the smallest change first. `first` and `second`: shares of the logit that leads, and of the other."""
    found = [*_nodes(graph, strengths, fires, scores, first, second), *_votes(graph, strengths, scores, first, second)]
    return sorted(found, key=lambda f: (abs(f.log), f.vote >= 0))


def _nodes(
    graph: Graph, strengths: Strengths, fires: Truths, scores: Scores, first: Shares, second: Shares
) -> list[Factor]:
    apart = np.abs(first.nodes - second.nodes) + 1e-9 * (first.nodes + second.nodes)
    tried = [int(n) for n in np.argsort(-apart, kind="stable")[:TRIED] if apart[n] > 0]
    if not tried:
        return []
    without = np.repeat(fires, len(tried), axis=0)
    whole, by = scores.logits[0], _logits_without(graph, strengths, without, tried)
    pair = [first.target, second.target]
    found = [(n, _factor(*whole[pair], *by[row, pair])) for row, n in enumerate(tried)]
    return [Factor(n, -1, log) for n, log in found if log is not None]


def _logits_without(graph: Graph, strengths: Strengths, fires: Truths, gone: Sequence[int]) -> np.ndarray:
    """log Z with λ of one node taken as 0 in each row: the node keeps firing, and others with it."""
    fires[np.arange(len(gone)), list(gone)] = False
    return scores_of(graph, strengths, fires).logits


def _votes(graph: Graph, strengths: Strengths, scores: Scores, first: Shares, second: Shares) -> list[Factor]:
    found = []
    for shares, leads in ((first, True), (second, False)):
        for vote in np.flatnonzero(shares.votes > 0).tolist():
            mine = np.flatnonzero(graph.vote_targets == shares.target)
            left = mine[mine != vote]
            values = scores.nodes[0, graph.vote_sources[left]] + strengths.votes[left]
            by = float(log_sums(values[None], np.zeros(len(left), np.int64), 1)[0, 0])
            pair = (float(scores.logits[0, first.target]), float(scores.logits[0, second.target]))
            log = _factor(*pair, *((by, pair[1]) if leads else (pair[0], by)))
            found += [] if log is None else [Factor(-1, vote, log)]
    return found


def _factor(one: float, two: float, one_by: float, two_by: float) -> float | None:
    """log m with m·A₁ + B₁ = m·A₂ + B₂, from log Z and log B of both; None where no m > 0 does it."""
    through = _difference(_difference((one, 1.0), (one_by, 1.0)), _difference((two, 1.0), (two_by, 1.0)))
    by = _difference((two_by, 1.0), (one_by, 1.0))
    if through[1] * by[1] <= 0:
        return None
    log = by[0] - through[0]
    return log if math.isfinite(log) else None


def _difference(one: tuple[float, float], two: tuple[float, float]) -> tuple[float, float]:
    """(log |x - y|, its sign) of numbers that are given so."""
    (a, s), (b, t) = one, two
    if s == 0 or t == 0 or math.isinf(a) or math.isinf(b):
        return (a, s) if t == 0 or math.isinf(b) else (b, -t) if s == 0 or math.isinf(a) else (-math.inf, 0.0)
    if s != t:
        return float(np.logaddexp(a, b)), s
    if a == b:
        return -math.inf, 0.0
    return max(a, b) + math.log(-math.expm1(-abs(a - b))), s if a > b else -t
