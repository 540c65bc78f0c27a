"""Truths with gaps: a comparison with a missing number is missing itself, neither true nor false.

A number is missing where a run had stopped already, or where there is none, as of 0/0. Where nothing is missing truths are what they always are, else
reals: 1, 0 and NaN.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from neurashed_dsl.ir.operators import OPERATORS


def missing(x: Any) -> Any:
    return x != x  # NaN alone differs from itself


def sure(truth: Any) -> Any:
    """Where it is true, and not missing."""
    return truth == 1


def _where(condition: Any, yes: Any, no: Any) -> Any:
    import xarray

    where: Any = xarray.where
    return where(condition, yes, no)


def _compared(op: str) -> Callable[[Any, Any], Any]:
    def compared(a: Any, b: Any) -> Any:
        truth, gaps = OPERATORS[op].array(a, b), missing(a) | missing(b)
        return _where(gaps, np.nan, truth) if np.any(gaps) else truth

    return compared


def _not(a: Any) -> Any:
    return 1 - a if np.any(missing(a)) else np.logical_not(a)


def _both(a: Any, b: Any) -> Any:
    """False where either is, missing where that isn't known."""
    if not np.any(missing(a)) and not np.any(missing(b)):
        return np.logical_and(a, b)
    return _where((a == 0) | (b == 0), 0.0, a * 1.0 * b)


def _either(a: Any, b: Any) -> Any:
    return _not(_both(_not(a), _not(b)))


TRUTHS: dict[str, Callable[..., Any]] = {
    **{op: _compared(op) for op in ("==", "!=", "<", "<=", ">", ">=")},
    "not": _not,
    "and": _both,
    "or": _either,
}
