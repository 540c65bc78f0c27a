"""Where two classes differ: what each last node gives to the one logit and to the other."""

import math

import numpy as np

from neurashed_dsl.model.graph import Graph
from neurashed_dsl.why.scores import Scores, Strengths


def contributions(
    graph: Graph, strengths: Strengths, scores: Scores, one: int, other: int
) -> list[tuple[int, tuple[float, float]]]:
    """log η·S of each node that gives to one of the classes, for both; the largest difference first."""
    found: dict[int, list[float]] = {}
    for place, c in enumerate((one, other)):
        for v in np.flatnonzero(graph.vote_targets == c).tolist():
            node = int(graph.vote_sources[v])
            value = float(scores.nodes[0, node] + strengths.votes[v])
            if value > -math.inf:
                found.setdefault(node, [-math.inf, -math.inf])[place] = value
    pairs = [(node, (values[0], values[1])) for node, values in found.items()]
    return sorted(pairs, key=lambda pair: -difference(*pair[1])[0])


def difference(one: float, other: float) -> tuple[float, int]:
    """log |x - y| of numbers that are given by their logarithms, and the sign."""
    if one == other:
        return -math.inf, 0
    low, high = sorted((one, other))
    return high + math.log(-math.expm1(low - high)), 1 if one > other else -1
