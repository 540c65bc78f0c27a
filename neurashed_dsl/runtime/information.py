"""Mutual information of a level with the inputs and with their labels (facts/neurashed.md, "Mutual information").

T = a + s·ξ with a_F(x) = λ_F where F fires on x, and 0 elsewhere: a Gaussian mixture. Its entropy has no closed form; the mean over scrambled Sobol'
points has an error of at most 0.0017 bit with 4096 of them. Everything is in units of s, so that nothing overflows.
"""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from neurashed_dsl.ir.circuit import Words, unpack
from neurashed_dsl.ir.system import System
from neurashed_dsl.values import frozen

Values = npt.NDArray[np.float64]

FAR = 50.0  # in units of the noise: mixtures so far apart don't overlap in any float
MOST = 1e4  # a larger activity, in these units, tells apart no better, and would round what is added to it
SPAN = 600.0  # e to this is a float, and so is its inverse
ROOM = 1 << 16  # numbers that are worked on at a time: they stay in the cache


@frozen
class Channel:
    """What a level shows of the inputs that are trained on, whatever λ is.

    Nodes that fire alike, or one where the other doesn't, are one group: only one direction of their noise tells inputs apart. Inputs on which
    the same nodes fire are one pattern.
    """

    group: npt.NDArray[np.int64]  # of each node of the level
    lit: npt.NDArray[np.bool_]  # node: fires for any input
    variance: Values  # group: of "fires" over the inputs
    patterns: npt.NDArray[np.bool_]  # pattern × group
    joint: Values  # pattern × class: the probability of both


def channel_of(system: System, fires: Words, nodes: slice, classes: int) -> Channel:
    """From what fires, uint64[node, word], and the system's tables."""
    labels, weights = system.tables["label"].data, system.tables["weight_of"].data
    trained = ~system.tables["held"].data
    lit = unpack(fires[nodes], len(labels))[trained].T
    share = weights[trained] / weights[trained].sum()
    columns, group = np.unique(lit ^ lit[:, :1], axis=0, return_inverse=True)
    patterns, which = np.unique(columns.T, axis=0, return_inverse=True)
    joint = np.zeros((len(patterns), classes))
    np.add.at(joint, (which.reshape(-1), labels[trained]), share)
    p = columns @ share
    return Channel(group.reshape(-1), lit.any(axis=1), p * (1 - p), patterns, joint)


def normal_points(dimensions: int, count: int, rng: np.random.Generator) -> Values:
    """[dimension, point]: quantiles of the normal distribution at scrambled Sobol' points. `count` is a power of 2."""
    from scipy.stats import qmc

    drawn = qmc.MultivariateNormalQMC(np.zeros(dimensions), rng=rng).random(count)
    return np.ascontiguousarray(drawn.T)


def strengths(channel: Channel, logs: Values, options: Mapping[str, Any]) -> Values:
    """λ of each group in units of the noise, from the logarithms of the level's λ."""
    squares = np.full(len(channel.variance), -np.inf)
    np.logaddexp.at(squares, channel.group, 2 * logs)
    with np.errstate(divide="ignore"):
        if options["relative_to"] == "max":
            size = 2 * np.max(logs[channel.lit], initial=-np.inf)
        else:
            size = np.logaddexp.reduce(squares + np.log(channel.variance))
        noise = np.logaddexp(2 * np.log(options["floor"]), 2 * np.log(options["relative"]) + size) / 2
    with np.errstate(invalid="ignore"):
        units = np.minimum(squares / 2 - noise, np.log(MOST))
    return np.where(np.isneginf(squares), 0.0, np.exp(units))


def marks_of(activities: Values, share: Values, options: Mapping[str, Any]) -> Values:
    """Activities [input, node], as logarithms, in units of the noise; `share`: of each input."""
    with np.errstate(divide="ignore", invalid="ignore"):
        largest = np.max(activities, initial=-np.inf)
        relative = np.exp(activities - largest) if np.isfinite(largest) else np.zeros_like(activities)
        spread = (share @ relative**2 - (share @ relative) ** 2).clip(0).sum()
        size = 2 * largest + (0.0 if options["relative_to"] == "max" else np.log(spread))
        noise = np.logaddexp(2 * np.log(options["floor"]), 2 * np.log(options["relative"]) + size) / 2
        return np.where(np.isneginf(activities), 0.0, np.exp(np.minimum(activities - noise, np.log(MOST))))


def information(marks: Values, joint: Values, points: Values) -> Values:
    """[with the input or the label; lower bound, estimate, upper bound], in bits. The bounds are Kolchinsky and Tracey's.

    `marks`: what each pattern shows, [pattern, dimension], in units of the noise; `joint`: the probability of pattern and class.
    """
    whole = joint.sum(axis=1)
    within = joint / np.maximum(joint.sum(axis=0), np.finfo(float).tiny)  # pattern × class: among those of the class
    labels = joint.sum(axis=0)
    gaps = np.array([((marks - own) ** 2).sum(axis=1) for own in marks])
    near = gaps < FAR**2
    alone = near.sum(axis=1) == 1
    of_all = np.full(3, _entropy(whole[alone], whole[alone]))
    of_classes = np.full(3, _entropy(joint[alone], within[alone]))
    for cluster in _clusters(near[np.ix_(~alone, ~alone)]):
        k = np.flatnonzero(~alone)[cluster]
        noise = np.einsum("kg,gp->kp", marks[k], points)
        all_of, classes_of = _shares(gaps[np.ix_(k, k)], noise, joint[k], within[k])
        of_all += all_of
        of_classes += classes_of
    return _within_bounds(of_all, of_classes, labels)


def _entropy(share: Values, probability: Values) -> float:
    """Of patterns that no other overlaps: nothing hangs on the noise."""
    seen = share > 0
    return -float((share[seen] * np.log2(probability[seen])).sum())


def _shares(gaps: Values, noise: Values, joint: Values, within: Values) -> tuple[Values, Values]:
    """What patterns that overlap add to the surprise of t, and to that of t among those of its class."""
    whole = joint.sum(axis=1)
    # A row of weights for each pattern among all, and for each of its classes, among the patterns of that class.
    pattern, label = np.nonzero(joint)
    rows = np.concatenate([np.arange(len(joint)), pattern])
    weights = np.concatenate([np.tile(whole, (len(joint), 1)), within.T[label]])
    bits = _surprises(gaps[rows], noise, rows, weights)
    return bits[:, : len(joint)] @ whole, bits[:, len(joint) :] @ joint[pattern, label]


def _clusters(reach: npt.NDArray[np.bool_]) -> list[npt.NDArray[np.int64]]:
    """Patterns that overlap, or are linked by some that do."""
    while not np.array_equal(further := reach @ reach, reach):
        reach = further
    return [np.flatnonzero(row) for row in np.unique(reach, axis=0)]


def _surprises(gaps: Values, noise: Values, rows: npt.NDArray[np.int64], weights: Values) -> Values:
    """-log2 p(t)/p(t|x): [lower bound, mean over the points, upper bound; row] for row r's pattern x = rows[r] and weights [row, pattern].

    The ratio is a sum of w·exp(-gap/2)·exp(noise of the other - noise of x): what hangs on the point is worked out once for each pattern.
    """
    bounds = [np.log2((np.exp(-gaps / a) * weights).sum(axis=1)) for a in (8, 2)]
    size, count = max(1, ROOM // len(rows)), noise.shape[1]
    total = np.zeros(len(rows))
    for at in range(0, count, size):
        here = noise[:, at : at + size]
        if np.ptp(here, axis=0).max() > SPAN:
            total += [_far_apart(g, here - here[k], w) for g, k, w in zip(gaps, rows, weights, strict=True)]
            continue
        level = here - here.mean(axis=0)
        ratios = np.einsum("rj,jp->rp", np.exp(-gaps / 2) * weights, np.exp(level))
        total += np.log2(ratios).sum(axis=1) - level[rows].sum(axis=1) / math.log(2)
    return -np.array([bounds[0], total / count, bounds[1]])


def _far_apart(gaps: Values, noise: Values, weights: Values) -> float:
    """The same for one row, summed over the points, where the patterns at the ends of a chain are beyond what a float holds."""
    return float(np.log2(np.einsum("j,jp->p", weights, np.exp(np.minimum(noise - gaps[:, None] / 2, SPAN)))).sum())


def _within_bounds(of_all: Values, of_classes: Values, labels: Values) -> Values:
    """I(T;Y) = I(T;X) - I(T;X|Y), and it is at most the entropy of the labels."""
    seen = labels[labels > 0]
    found = np.array([of_all, of_all - of_classes[::-1]])
    found[1, 1] = of_all[1] - of_classes[1]
    found[:, 0] = np.maximum(found[:, 0], 0)
    found[1, 2] = min(found[1, 2], found[0, 2], -(seen * np.log2(seen)).sum())
    found[:, 1] = np.clip(found[:, 1], found[:, 0], found[:, 2])
    return found
