"""Which nodes a pruning leaves, and what becomes of the others (facts/neurashed.md, "Lottery ticket")."""

import math
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

from neurashed_dsl.ir.plan import Pruning
from neurashed_dsl.ir.system import System

Ids = npt.NDArray[np.int64]
States = Mapping[str, npt.NDArray[Any]]
STRENGTH = "λ"


def staying(pruning: Pruning, there: Ids, states: States, system: System, rng: np.random.Generator) -> Ids:
    """The nodes that stay, of those that are `there`. Of nodes that are equally strong the earlier ones stay."""
    if pruning.keep == 0:
        return there[:0]
    if pruning.above is not None:
        return there[_above(pruning, states[STRENGTH][there], system.slots[STRENGTH].log)]
    if pruning.by == "random":
        # A number for each node, whether it is still there or not: what stays of fewer is a part of what stays of more.
        rank = np.zeros(system.axes["node"].size)
        rank[pruning.among] = rng.random(len(pruning.among))
        rank = rank[there]
    else:
        rank = states[STRENGTH][there] * (1 if pruning.by == "weakest" else -1)
    return there[np.argsort(rank, kind="stable")[: _count(pruning, len(there))]]


def _count(pruning: Pruning, size: int) -> int:
    if pruning.keep is not None:
        return min(pruning.keep, size)
    assert pruning.share is not None
    return max(math.floor(pruning.share * size + Fraction(1, 2)), 1 if pruning.share > 0 else 0)


def _above(pruning: Pruning, values: npt.NDArray[np.float64], logarithms: bool) -> npt.NDArray[np.bool_]:
    assert pruning.above is not None
    if not logarithms:
        return values > pruning.above * (values.max(initial=0.0) if pruning.relative else 1.0)
    bound = math.log(pruning.above) if pruning.above > 0 else -math.inf
    return values > bound + (values.max(initial=-math.inf) if pruning.relative else 0.0)


def emptied(slots: States, system: System, lost: Mapping[str, npt.NDArray[np.bool_]]) -> None:
    """States are 0 at the places that are lost, by axis."""
    for slot in system.slots.values():
        for place, axis in enumerate(slot.axes):
            if axis in lost:
                np.moveaxis(slots[slot.name], place, 0)[lost[axis]] = -np.inf if slot.log else 0
