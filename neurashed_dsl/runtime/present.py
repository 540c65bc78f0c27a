"""Mini-batches, one after another. What comes doesn't depend on how many are asked for at a time."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from neurashed_dsl.ir.plan import Presentation

Ids = npt.NDArray[np.int64]
BLOCK = 1 << 16  # presentations made at a time by `shuffled`


def presenter(how: Presentation, rng: np.random.Generator) -> Callable[[int], Ids]:
    """A function that gives the next `count` batches as samples[count, batch] (facts: cyclic, shuffled, independent)."""
    supply = {"cyclic": _cyclic, "shuffled": _shuffled, "independent": _independent}[how.order](how, rng)
    return lambda count: supply(count * how.batch).reshape(count, how.batch)


def _cyclic(how: Presentation, rng: np.random.Generator) -> Callable[[int], Ids]:
    at = 0

    def supply(count: int) -> Ids:
        nonlocal at
        found = how.samples[(at + np.arange(count)) % len(how.samples)]
        at = (at + count) % len(how.samples)
        return found

    return supply


def _shuffled(how: Presentation, rng: np.random.Generator) -> Callable[[int], Ids]:
    left = np.empty(0, np.int64)
    size = len(how.samples)
    passes = max(1, BLOCK // size)

    def supply(count: int) -> Ids:
        nonlocal left
        parts = [left]
        have = len(left)
        while have < count:
            block = rng.permuted(np.broadcast_to(how.samples, (passes, size)), axis=1).ravel()
            parts.append(block)
            have += len(block)
        everything = np.concatenate(parts)
        left = everything[count:]
        return everything[:count]

    return supply


def _independent(how: Presentation, rng: np.random.Generator) -> Callable[[int], Ids]:
    cumulative = np.cumsum(how.weights)
    cumulative[-1] = 1.0

    def supply(count: int) -> Ids:
        return how.samples[np.searchsorted(cumulative, rng.random(count), side="right")]

    return supply
