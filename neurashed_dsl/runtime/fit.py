"""Nonlinear least squares in a box, by SciPy's trust-region method, from one start or several.

Parameters are scaled to 0..1 between their bounds. What is fitted may be computed from fixed random numbers: then it is a function like any other,
with corners where a threshold is met, and differences over a small step are its derivative almost everywhere.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from neurashed_dsl.runtime.streams import stream
from neurashed_dsl.values import frozen

Floats = npt.NDArray[np.float64]
Residuals = Callable[[Sequence[Floats]], list[Floats]]
"""Of each point, float64[parameter] in 0..1, the residuals, float64[datum]; NaN where the model fails."""

STEP = 1e-6  # of differences on the way, and wider ones for standard errors, where accuracy counts and not time
WIDE_STEP = 1e-4
TOLERANCE = 1e-10
MOST = 100  # steps from one start
SAME = 1e-6  # singular values below that part of the largest say that parameters can't be told apart
EDGE = 1e-6  # as near to a bound as that is at it


def most_evaluations(parameters: int) -> int:
    """From one start: a step works out the derivatives, too."""
    return MOST * (1 + parameters)


class Fails(Exception):
    """The model gives no numbers at any start."""


@frozen
class Nearest:
    """`place` in 0..1, where it started, `errors` likewise (NaN at a bound, infinite where the data don't tell), the residuals there."""

    place: Floats
    start: Floats
    errors: Floats
    residuals: Floats
    evaluations: int
    converged: bool


def nearest_fit(residuals: Residuals, first: Floats, starts: int, seed: int, known: bool) -> Nearest:
    """The best fit from `first` and starts - 1 Sobol' points. `known`: residuals are in units of their deviations, and aren't scaled by what is left.

    Raises Fails.
    """
    counted = _Counted(residuals)
    points = starting_points(first, starts, seed)
    found = [(start, made) for start in points if (made := _descended(counted, start)) is not None]
    if not found:
        raise Fails
    start, best = min(found, key=lambda each: float(each[1].cost))
    place, left = np.asarray(best.x), np.asarray(best.fun)
    place = np.where(place < EDGE, 0.0, np.where(place > 1 - EDGE, 1.0, place))
    if (place != best.x).any():
        (moved,) = counted([place])
        place, left = (place, moved) if _squares(moved) <= _squares(left) * (1 + EDGE) else (np.asarray(best.x), left)
    errors = standard_errors(counted, place, left, known)
    return Nearest(place, start, errors, left, counted.count, best.status > 0)


def starting_points(first: Floats, count: int, seed: int) -> list[Floats]:
    """`first`, then points that fill the box evenly."""
    if count == 1:
        return [first]
    from scipy.stats import qmc

    drawn = qmc.Sobol(len(first), rng=stream(seed, 0, "starts of a fit")).random_base2((count - 1).bit_length())
    return [first, *drawn[: count - 1]]


class _Counted:
    """Residuals by their points, each worked out once."""

    def __init__(self, residuals: Residuals) -> None:
        self.residuals, self.count = residuals, 0
        self.known: dict[bytes, Floats] = {}

    def __call__(self, points: Sequence[Floats]) -> list[Floats]:
        new = {p.tobytes(): p for p in points if p.tobytes() not in self.known}
        self.known |= zip(new, self.residuals(list(new.values())))
        self.count += len(new)
        return [self.known[p.tobytes()] for p in points]


def _descended(counted: _Counted, start: Floats) -> Any:
    """SciPy's result; None where the model fails at the start, or beside the way."""
    from scipy.optimize import least_squares

    def fun(place: Floats) -> Floats:
        return counted([place])[0]

    def slopes(place: Floats, *_: object) -> Floats:
        return _slopes(counted, place, STEP)

    inside = np.clip(start, STEP, 1 - STEP)
    if not np.isfinite(fun(inside)).all():
        return None
    tolerances = {"ftol": TOLERANCE, "xtol": TOLERANCE, "gtol": TOLERANCE**1.2}
    try:
        return least_squares(fun, inside, slopes, bounds=(0, 1), max_nfev=MOST, **tolerances)
    except (ValueError, np.linalg.LinAlgError):  # a derivative that is no number
        return None


def _slopes(counted: _Counted, place: Floats, step: float) -> Floats:
    """Differences forward, or backward at the upper bound: float64[datum, parameter]."""
    steps = np.where(place + step <= 1, step, -step)
    here, *there = counted([place, *(place + row for row in np.diag(steps))])
    return np.stack([(r - here) / h for r, h in zip(there, steps)], axis=1)


def standard_errors(counted: _Counted, place: Floats, left: Floats, known: bool) -> Floats:
    """From the curvature at the nearest point, parameters at their bounds held fixed: √diag(s² (JᵀJ)⁻¹), s² what is left by degree of freedom."""
    errors = np.full(len(place), np.nan)
    free = (place > 0) & (place < 1)
    degrees = len(left) - int(free.sum())
    if not free.any():
        return errors
    slopes = _centred(counted, place, np.flatnonzero(free))
    if not np.isfinite(slopes).all():
        return errors
    _, sizes, directions = np.linalg.svd(slopes, full_matrices=False)
    told = sizes > SAME * max(float(sizes[0]), SAME)
    vague = (np.abs(directions[~told]) > np.sqrt(SAME)).any(axis=0)
    scale = 1.0 if known else _squares(left) / degrees if degrees else np.nan
    variances = scale * np.square(directions[told] / sizes[told, None]).sum(axis=0)
    errors[free] = np.where(vague, np.inf, np.sqrt(variances))
    return errors


def _centred(counted: _Counted, place: Floats, which: npt.NDArray[np.int64]) -> Floats:
    steps = np.minimum(WIDE_STEP, np.minimum(place, 1 - place))[which]
    moves = [np.eye(len(place))[i] * h for i, h in zip(which, steps)]
    ends = counted([place + sign * move for move in moves for sign in (1, -1)])
    return np.stack([(a - b) / (2 * h) for a, b, h in zip(ends[::2], ends[1::2], steps)], axis=1)


def _squares(residuals: Floats) -> float:
    return float(residuals @ residuals)
