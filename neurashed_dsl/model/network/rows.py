"""Rows: a declaration and all its repetitions at once, one row for each binding of the indices around it.

`x[i in 1..n] = any(y[j] for j in i..i+9)` is looked at once, with i a column of n numbers and j one of 10 n. Columns
are worked out with NumPy where whole numbers are added, multiplied, divided and compared, by `ir.evaluate` row by row
otherwise: same meaning, other speed.
"""

from collections.abc import Iterable, Mapping
from dataclasses import field, replace
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

from neurashed_dsl.diagnostics import Span, nearest
from neurashed_dsl.ir.evaluate import MEMORY, Memory, closure
from neurashed_dsl.ir.expr import Expr, Var
from neurashed_dsl.model import arithmetic, errors
from neurashed_dsl.model.demands import wanted
from neurashed_dsl.model.lower import lower
from neurashed_dsl.model.network.columns import Ints, column_of
from neurashed_dsl.model.network.errors import NOT_A_RANGE, NOT_A_SHARE, TOO_MANY_ROWS
from neurashed_dsl.model.scope import Lowering, Scope, SetOf, Typed
from neurashed_dsl.syntax import ast
from neurashed_dsl.values import frozen

# Some hundred bytes are needed for each: what is refused beyond would not fit, or was never meant.
MOST_ROWS = 20_000_000


@frozen
class Rows:
    """`env`: a column for each variable. `scope`: what names mean here. `origin`: the row of the declaration that
    each row comes from.
    """

    count: int
    scope: Scope
    env: Mapping[str, npt.NDArray[Any]] = field(default_factory=dict)
    origin: Ints = field(default_factory=lambda: np.zeros(1, np.int64))


def single(scope: Scope) -> Rows:
    """One row, nothing bound."""
    return Rows(1, scope)


def taken(rows: Rows, at: Ints, scope: Scope | None = None) -> Rows:
    """The rows at these places, in this order, repeated as often as they stand there."""
    return Rows(len(at), scope or rows.scope, {k: v[at] for k, v in rows.env.items()}, rows.origin[at])


def bound_to(rows: Rows, name: str, values: npt.NDArray[Any], kind: str, to: Lowering) -> Rows:
    """The same rows with one more name, whose values are a column."""
    variable = to.fresh(name)
    scope = rows.scope.child({name: Typed(Var(variable), kind)})
    return replace(rows, scope=scope, env={**rows.env, variable: values})


def column(x: ast.Expr, kind: str, rows: Rows, memory: Memory, to: Lowering) -> npt.NDArray[Any] | None:
    """The values of a "number" or "bool" known before the run, one for each row. None after a report."""
    found = arithmetic.integer(to, wanted(lower(x, rows.scope, to), kind, x.span, to))
    return None if found.kind == "unknown" else column_of_expr(arithmetic.as_real(found), x.span, rows, memory, to)


def column_of_expr(expr: Expr, span: Span, rows: Rows, memory: Memory, to: Lowering) -> npt.NDArray[Any] | None:
    try:
        return column_of(expr, rows.env, rows.count, memory)
    except ZeroDivisionError:
        to.report.add(errors.DIVIDED_BY_ZERO.at(span))
    except KeyError as unknown:
        to.report.add(errors.NOT_CONSTANT.at(span, what=f"`{unknown.args[0]}`"))
    except (OverflowError, ValueError, TypeError):
        to.report.add(errors.NOT_WHOLE.at(span, value="a number that is not finite"))
    return None


def whole(x: ast.Expr, rows: Rows, memory: Memory, to: Lowering) -> Ints | None:
    """The values of a whole number, one for each row. None after a report."""
    values = column(x, "number", rows, memory, to)
    if values is None or values.dtype == np.int64:
        return values
    for value in values:
        if not abs(value) < 2**62 or value != int(value):
            to.report.add(errors.NOT_WHOLE.at(x.span, value=shown(value)))
            return None
    return values.astype(np.int64)


def share_of(x: ast.Expr, what: str, rows: Rows, memory: Memory, to: Lowering) -> npt.NDArray[np.float64] | None:
    """The values of a number within 0..1, one for each row. None after a report."""
    values = column(x, "number", rows, memory, to)
    if values is None:
        return None
    wrong = next((v for v in values if not 0 <= v <= 1), None)
    if wrong is not None:
        to.report.add(NOT_A_SHARE.at(x.span, what=what, value=shown(wrong)))
        return None
    return values.astype(np.float64)


LARGEST_SHOWN = 10**15


def shown(value: Any) -> str:
    """A number as a reader expects it: 0.5, 3, 1/3, about 1.000e+30."""
    if isinstance(value, int | Fraction) and not -LARGEST_SHOWN < value < LARGEST_SHOWN:
        return f"about {float(value):.3e}" if -(10**300) < value < 10**300 else "beyond 1e300"
    if isinstance(value, Fraction):
        short = repr(float(value))
        return str(value) if Fraction(short) != value else short.removesuffix(".0")
    return str(value)


def expand(
    binders: Iterable[ast.Binder], where: ast.Expr | None, rows: Rows, memory: Memory, to: Lowering
) -> tuple[Rows, Ints] | None:
    """A row for each binding that `where` lets through, in order, and the row that each comes from. None after a
    report.
    """
    parent = np.arange(rows.count)
    seen: set[str] = set()
    for binder in binders:
        if binder.name in seen:
            to.report.add(errors.BOUND_TWICE.at(binder.span, name=binder.name))
            return None
        seen.add(binder.name)
        found = _values(binder, rows, memory, to)
        if found is None:
            return None
        values, above = found
        rows = bound_to(taken(rows, above), binder.name, values, "int", to)
        parent = parent[above]
    if where is None:
        return rows, parent
    kept = column(where, "bool", rows, memory, to)
    if kept is None:
        return None
    at = np.flatnonzero(kept)
    return taken(rows, at), parent[at]


def _values(binder: ast.Binder, rows: Rows, memory: Memory, to: Lowering) -> tuple[Ints, Ints] | None:
    """What a binder's index runs over: its values, and the row of each."""
    domain = binder.domain
    if domain is None:  # `z[i] = …` inside of `for i in …`
        index = whole(ast.Name(span=binder.span, name=binder.name), rows, memory, to)
        return None if index is None else (index, np.arange(rows.count))
    if isinstance(domain, ast.Interval):
        ends = [whole(e, rows, memory, to) for e in (domain.low, domain.high)]
        return None if ends[0] is None or ends[1] is None else ranges(ends[0], ends[1], domain.span, to)
    if isinstance(domain, ast.ListOf):
        columns = [whole(e, rows, memory, to) for e in domain.items]
        if any(c is None for c in columns):
            return None
        stacked = (
            np.stack([c for c in columns if c is not None], axis=1) if columns else np.zeros((rows.count, 0), np.int64)
        )
        return stacked.reshape(-1), np.repeat(np.arange(rows.count), len(columns))
    if domain is None or isinstance(domain, ast.Name):
        return _named(binder, rows, memory, to)
    to.report.add(NOT_A_RANGE.at(domain.span, near=""))
    return None


def _named(binder: ast.Binder, rows: Rows, memory: Memory, to: Lowering) -> tuple[Ints, Ints] | None:
    """`left[c]` where c is bound around it: that one value."""
    name = binder.domain if isinstance(binder.domain, ast.Name) else ast.Name(span=binder.span, name=binder.name)
    meaning = rows.scope.find(name.name)
    if not isinstance(meaning, Typed):
        near = nearest(name.name, [n for n in rows.scope.all() if isinstance(rows.scope.find(n), SetOf | Typed)])
        to.report.add(NOT_A_RANGE.at(name.span, near=near))
        return None
    values = whole(name, rows, memory, to)
    return None if values is None else (values, np.arange(rows.count))


def ranges(low: Ints, high: Ints, span: Span, to: Lowering) -> tuple[Ints, Ints] | None:
    """The numbers low..high of each row, one after another, and the row of each."""
    sizes = np.maximum(high - low + 1, 0)
    total = float(sizes.astype(np.float64).sum())
    if too_many(total, span, to):
        return None
    above = np.repeat(np.arange(len(low)), sizes)
    starts = np.cumsum(sizes) - sizes
    return low[above] + (np.arange(len(above)) - starts[above]), above


def too_many(total: float, span: Span, to: Lowering) -> bool:
    if total > MOST_ROWS:
        to.report.add(TOO_MANY_ROWS.at(span, size=f"{total:.4g}", most=MOST_ROWS))
    return total > MOST_ROWS


def exact(memory: Memory) -> Memory:
    """The same memory with decimals as the exact numbers that their shortest spelling means: 0.7 is 7/10, so that 0.7
    * 10 is 7.
    """

    def meant(value: Any) -> Any:
        number = value.item() if isinstance(value, np.ndarray | np.generic) and np.ndim(value) == 0 else value
        return Fraction(repr(number)) if isinstance(number, float) and abs(number) < float("inf") else number

    return Memory(arrays={name: meant(v) for name, v in memory.arrays.items()})


def constant(expr: Expr, memory: Memory) -> Any:
    """The value of an expression without variables."""
    return closure(expr)({MEMORY: memory})
