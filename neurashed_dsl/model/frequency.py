"""How often a place fires: the share of the mini-batches, in the long run, that hold at least one of the samples that light it.

Exact for every order. `independent` draws with replacement, `shuffled` without: a batch that runs over the end of a pass is made of parts of
two permutations, which know nothing of each other. Under `cyclic` the batches are windows that go round, and come back after
N/gcd(N, B) of them.
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from neurashed_dsl.ir.plan import Presentation

Reals = npt.NDArray[np.float64]
Truths = npt.NDArray[np.bool_]
Odds = npt.NDArray[Any]  # truths, or probabilities (NaN where they aren't known), drawn anew for each presentation
ROOM = 10**7  # numbers that are worked on at a time


def one_at_a_time(weights: Reals) -> Presentation:
    """Inputs presented singly, each as often as its weight says: what every order comes to with batches of 1."""
    shown = np.flatnonzero(weights > 0)
    return Presentation("independent", shown, weights[shown] / weights.sum(), 1)


def share_with(how: Presentation, sets: Odds) -> Reals:
    """The share of the batches that hold at least one sample of each set; `sets`: [sample, set], truths, or how likely a presentation
    of the sample counts as one of the set. NaN where that isn't known."""
    return 1.0 - share_without(how, sets)


def share_with_both(how: Presentation, one: Odds, other: Truths) -> Reals:
    """The share of the batches that hold a sample of the one set and a sample of the other, perhaps the same."""
    either = one | other if one.dtype == bool else np.where(other, 1.0, one)
    both = 1.0 - share_without(how, one) - share_without(how, other) + share_without(how, either)
    return np.clip(both, 0.0, 1.0)


def share_without(how: Presentation, sets: Odds) -> Reals:
    """The share of the batches that hold no sample of each set."""
    if sets.dtype != bool:
        return _at_random(how, sets)
    if how.order == "all":
        return np.asarray(~sets[how.samples].any(axis=0), np.float64)
    if how.batch == 1:
        return 1.0 - _drawn(how, sets)
    return ORDERS[how.order](how, sets)


def _at_random(how: Presentation, odds: Reals) -> Reals:
    """Where it is drawn whether a presentation counts. In a shuffled or cyclic batch of several it is known only of truths."""
    shown = odds[how.samples]
    truths = np.asarray(((shown == 0) | (shown == 1)).all(axis=0))
    found = np.full(odds.shape[1], np.nan)
    found[truths] = share_without(how, odds[:, truths] == 1)
    drawn = ~truths
    if how.order == "all":
        found[drawn] = np.prod(1.0 - shown[:, drawn], axis=0)
    elif how.batch == 1 or how.order == "independent":
        found[drawn] = (1.0 - (how.weights / how.weights.sum()) @ shown[:, drawn]) ** how.batch
    return found


def _independent(how: Presentation, sets: Truths) -> Reals:
    return np.asarray((1.0 - _drawn(how, sets)) ** how.batch)


def _drawn(how: Presentation, sets: Truths) -> Reals:
    """The chance that one presentation is of each set: 1 for all samples, however their shares are rounded."""
    rows = sets[how.samples]
    return np.where(rows.all(axis=0), 1.0, np.minimum((how.weights / how.weights.sum()) @ rows, 1.0))


def _shuffled(how: Presentation, sets: Truths) -> Reals:
    """Hypergeometric: of N places in a pass, k of the set, none of m that are taken is one with C(N - k, m)/C(N, m)."""
    size, batch = len(how.samples), how.batch
    counts, which = np.unique(_of_samples(how, sets).sum(axis=0), return_inverse=True)
    logs = np.concatenate([[0.0], np.cumsum(np.log(np.arange(1, size + 1)))])  # of factorials

    def none(taken: int) -> Reals:
        left = size - counts - taken
        missed = logs[size - counts] - logs[np.maximum(left, 0)] - (logs[size] - logs[size - taken])
        return np.where(left < 0, 0.0, np.exp(missed))

    step = math.gcd(size, batch)
    over = range(size - batch + step, size, step)  # starts of the batches that run over the end of the pass
    total = (size // step - len(over)) * none(batch)
    for start in over:
        total = total + none(size - start) * none(batch - (size - start))
    return np.asarray((total / (size // step))[which.reshape(-1)])


def _cyclic(how: Presentation, sets: Truths) -> Reals:
    size, batch = len(how.samples), how.batch
    starts = np.arange(0, size, math.gcd(size, batch))
    width = max(1, ROOM // (2 * size))
    found = []
    for first in range(0, sets.shape[1], width):
        rows = _of_samples(how, sets[:, first : first + width])
        sums = np.cumsum(np.concatenate([np.zeros_like(rows[:1]), rows, rows]), axis=0)
        found.append((sums[starts + batch] == sums[starts]).mean(axis=0))
    return np.concatenate([np.zeros(0), *found])


def _of_samples(how: Presentation, sets: Truths) -> npt.NDArray[np.int32]:
    return sets[how.samples].astype(np.int32)


ORDERS: dict[str, Callable[[Presentation, Truths], Reals]] = {
    "independent": _independent,
    "shuffled": _shuffled,
    "cyclic": _cyclic,
}
