"""An expression's value for many bindings of its variables at once.

`column_of` agrees with `ir.evaluate` on each row. It takes NumPy's way only for whole numbers that provably stay
below 2^62 and operations that give whole numbers or truths; anything else (decimals, fractions, a division by zero in
a branch that isn't taken) goes row by row.
"""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

from neurashed_dsl.ir.evaluate import MEMORY, Memory, closure
from neurashed_dsl.ir.expr import Apply, Const, Expr, Select, Var, free
from neurashed_dsl.ir.operators import OPERATORS

Ints = npt.NDArray[np.int64]
FAST = ("+", "-", "*", "//", "%", "neg", "==", "!=", "<", "<=", ">", ">=", "and", "or", "not", "abs", "min", "max")
LARGEST = 2**62


class _RowByRow(Exception):
    """NumPy's way isn't safe for this expression."""


def column_of(expr: Expr, env: Mapping[str, npt.NDArray[Any]], count: int, memory: Memory) -> npt.NDArray[Any]:
    """int64, bool or object (exact numbers and floats) of length `count`. Raises ZeroDivisionError, and KeyError for
    an array not in memory.
    """
    if not free(expr):
        return tidy([closure(expr)({MEMORY: memory})]).repeat(count)
    try:
        return _whole(expr, env, memory)[0]
    except _RowByRow:
        pass
    names = [n for n in free(expr) if n in env]
    value = closure(expr)
    columns = [env[n].tolist() for n in names]
    return tidy([value({MEMORY: memory, **dict(zip(names, row))}) for row in zip(*columns)])


def tidy(values: list[Any]) -> npt.NDArray[Any]:
    """A column of bools, of int64, or of objects."""
    if all(isinstance(v, bool | np.bool_) for v in values):
        return np.array(values, np.bool_)
    if all(_is_small(v) for v in values):
        return np.array([int(v) for v in values], np.int64)
    column = np.empty(len(values), object)
    column[:] = values
    return column


def _is_small(value: Any) -> bool:
    if isinstance(value, Fraction):
        return value.denominator == 1 and abs(value) < LARGEST
    return isinstance(value, int | np.integer) and not isinstance(value, bool) and abs(int(value)) < LARGEST


def _whole(expr: Expr, env: Mapping[str, npt.NDArray[Any]], memory: Memory) -> tuple[npt.NDArray[Any], int]:
    """The column, and a bound of its absolute values."""
    match expr:
        case Var(name) if name in env and env[name].dtype != object:
            return env[name], int(np.abs(env[name]).max(initial=0)) if env[name].dtype != np.bool_ else 1
        case Const() | Apply() | Select() if not free(expr):
            value = tidy([closure(expr)({MEMORY: memory})])
            if value.dtype == object:
                raise _RowByRow
            return value, abs(int(value[0]))
        case Apply(op, args) if op in FAST:
            return _applied(op, [_whole(a, env, memory) for a in args])
        case Apply("/", (a, b)):
            return _divided(_whole(a, env, memory), _whole(b, env, memory))
        case Select(condition, yes, no):
            test, (one, most), (other, more) = (
                _whole(condition, env, memory)[0],
                _whole(yes, env, memory),
                _whole(no, env, memory),
            )
            return np.where(test, one, other), max(most, more)
        case _:
            raise _RowByRow


def _applied(op: str, operands: list[tuple[npt.NDArray[Any], int]]) -> tuple[npt.NDArray[Any], int]:
    columns = [c for c, _ in operands]
    bounds = [b for _, b in operands]
    if op in ("//", "%") and not columns[1].all():
        raise _RowByRow
    if op in "+-*" and any(c.dtype == np.bool_ for c in columns):
        raise _RowByRow
    largest = bounds[0] * bounds[1] if op == "*" else sum(bounds) + 1
    if largest >= LARGEST:
        raise _RowByRow
    return OPERATORS[op].array(*columns), largest


def _divided(a: tuple[npt.NDArray[Any], int], b: tuple[npt.NDArray[Any], int]) -> tuple[npt.NDArray[Any], int]:
    if not b[0].all() or (a[0] % b[0]).any():
        raise _RowByRow
    return a[0] // b[0], a[1]
