"""How likely each node fires in a presentation of each input, where firing is drawn: exact, or NaN where it isn't known.

What a gate reads may depend on the same draws (two rules over one `maybe`). Where its sources have no draw in common, their sum has a
distribution, added up source by source; else its probability is known only where it is 0 or 1. What λ decides isn't known.
"""

from collections.abc import Sequence
from functools import reduce
from operator import or_

import numpy as np
import numpy.typing as npt

from neurashed_dsl.ir.circuit import unpack
from neurashed_dsl.model.graph import Graph

Reals = npt.NDArray[np.float64]
MOST_SUMS = 256  # different sums of a gate that are followed
MOST_DRAWS = 1000  # beyond, it isn't followed who depends on which draw


def odds(graph: Graph) -> Reals:
    """float[sample, node]."""
    circuit = graph.circuit
    chance = np.zeros((circuit.wires, len(graph.inputs.names)))
    chance[: circuit.bottom] = _shown(graph)
    # The draws that a wire depends on, as bits: the first is the crop, which all sensors share.
    depends = [int(graph.inputs.crops is not None)] * circuit.bottom + [0] * (circuit.wires - circuit.bottom)
    drawing = {int(g): (k, p) for k, (g, p) in enumerate(zip(circuit.chances.gates, circuit.chances.chance))}
    contested = set(circuit.contests.gates.tolist())
    few = len(drawing) <= MOST_DRAWS
    for gate, wire in enumerate(circuit.target.tolist()):
        edges = slice(circuit.offsets[gate], circuit.offsets[gate + 1])
        sources, weights = circuit.sources[edges].tolist(), circuit.weights[edges]
        found = _of_gate(chance[sources], weights, int(circuit.low[gate]), int(circuit.high[gate]))
        if np.isnan(found).any() and few and _apart([depends[s] for s in sources]):
            followed = _added_up(chance[sources], weights.tolist(), int(circuit.low[gate]), int(circuit.high[gate]))
            found = np.where(np.isnan(found), followed, found)
        depends[wire] = reduce(or_, (depends[s] for s in sources), 0) if few else 0
        if gate in drawing:
            number, p = drawing[gate]
            depends[wire] |= 2 << number if few else 0
            found = found * p
        # Who is the strongest isn't known; whoever's rule doesn't hold isn't.
        chance[wire] = np.where(found == 0, 0.0, np.nan) if gate in contested else found
    return np.ascontiguousarray(chance[: circuit.nodes].T)


def _shown(graph: Graph) -> Reals:
    """Of the first level: float[sensor, sample]. A part keeps each node with its share, and at least one."""
    pattern = unpack(graph.inputs.bits, len(graph.inputs.names)).T.astype(np.float64)
    crops, keeps = graph.inputs.crops, graph.inputs.keeps
    if crops is None or keeps is None:
        return pattern
    size = np.maximum(pattern.sum(axis=0), 1)
    kept = keeps + (1 - keeps) ** size / size
    return np.asarray(pattern * (1 - crops + crops * kept))


def _apart(depends: Sequence[int]) -> bool:
    """Has no draw an influence on two of them?"""
    seen = 0
    for bits in depends:
        if seen & bits:
            return False
        seen |= bits
    return True


def _of_gate(chance: Reals, weights: npt.NDArray[np.int64], low: int, high: int) -> Reals:
    """[sample]: 1 where the sum must lie within the bounds, 0 where it can't, NaN elsewhere. `chance` [source, sample]."""
    sure, open_ = chance == 1, ~np.isin(chance, (0, 1))
    least = weights @ sure + np.minimum(weights, 0) @ open_
    most = weights @ sure + np.maximum(weights, 0) @ open_
    found = np.where((most < low) | (least > high), 0.0, np.nan)
    return np.asarray(np.where((least >= low) & (most <= high), 1.0, found))


def _added_up(chance: Reals, weights: Sequence[int], low: int, high: int) -> Reals:
    """[sample]: the probability that the sum of independent sources lies within the bounds; NaN where one of them has none."""
    sums: dict[int, Reals] = {0: np.ones(chance.shape[1])}
    for p, weight in zip(chance, weights):
        after: dict[int, Reals] = {}
        for value, before in sums.items():
            for reached, share in ((value, 1 - p), (value + weight, p)):
                after[reached] = after.get(reached, 0.0) + before * share
        sums = after
        if len(sums) > MOST_SUMS:
            return np.full(chance.shape[1], np.nan)
    return sum((p for value, p in sums.items() if low <= value <= high), np.zeros(chance.shape[1]))
