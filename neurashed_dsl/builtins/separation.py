"""Which pairs of classes a hyperplane keeps apart: a linear program for each pair that the direction of its means doesn't settle."""

from itertools import combinations

import numpy as np
import numpy.typing as npt

Values = npt.NDArray[np.float64]


def separability(x: Values) -> float:
    """The share of pairs of classes that some hyperplane separates; `x` [class, coordinate, sample]. NaN where a number isn't finite."""
    if not np.isfinite(x).all() or len(x) < 2:
        return float("nan")
    return float(np.mean([separable(a, b) for a, b in combinations(x, 2)]))


def separable(a: Values, b: Values) -> bool:
    """Is there a ν with ⟨x − y, ν⟩ > 0 for every sample x of `a` and y of `b`, [coordinate, sample] both?"""
    middle = (a.mean(axis=1) + b.mean(axis=1)) / 2
    a, b = a - middle[:, None], b - middle[:, None]
    scale = max(np.abs(a).max(), np.abs(b).max())
    if scale == 0:
        return False
    a, b = a / scale, b / scale
    return _apart(a.mean(axis=1) - b.mean(axis=1), a, b) or _by_program(a, b)


def _apart(normal: Values, a: Values, b: Values) -> bool:
    return bool((normal @ a).min() > (normal @ b).max())


def _by_program(a: Values, b: Values) -> bool:
    """Any ν and c with ⟨x, ν⟩ ≥ c + 1 and ⟨y, ν⟩ ≤ c − 1. What is found is tried: the program knows its bounds to 1e-7 only."""
    from scipy.optimize import linprog

    rows = np.concatenate([-a.T, b.T])
    offsets = np.concatenate([np.ones(a.shape[1]), -np.ones(b.shape[1])])
    unknowns = rows.shape[1] + 1
    found = linprog(
        np.zeros(unknowns),
        A_ub=np.column_stack([rows, offsets]),
        b_ub=-np.ones(len(rows)),
        bounds=[(None, None)] * unknowns,
        method="highs",
    )
    return found.status == 0 and _apart(found.x[:-1], a, b)
