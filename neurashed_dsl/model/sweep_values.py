"""The values that a `sweep` goes through: lists, ranges, `linspace` and friends, as expressions that could have been written instead.

A number that isn't whole becomes the decimal that its nearest float is shown as. So what a result says of a cell is what the cell was run with,
and a run with that value `--set` gives the same numbers.
"""

from collections.abc import Callable, Sequence
from fractions import Fraction
from math import inf, isfinite
from typing import Any

import numpy as np

from neurashed_dsl.diagnostics import Span
from neurashed_dsl.model import sweep_errors as errors
from neurashed_dsl.model.arithmetic import WHOLE, as_float
from neurashed_dsl.model.constant import constant_number, shown, whole
from neurashed_dsl.model.scope import Lowering, Scope
from neurashed_dsl.syntax import ast

MOST_CELLS = 100_000
Numbers = tuple[Fraction, Fraction, int]


def _linear(a: Fraction, b: Fraction, n: int) -> list[Fraction]:
    return [a + (b - a) * k / max(n - 1, 1) for k in range(n)]


def _powers(a: Fraction, b: Fraction, n: int) -> list[Fraction]:
    """10^a … 10^b, exact where the exponent is whole."""
    return [Fraction(10) ** int(e) if e.denominator == 1 else Fraction(10.0 ** float(e)) for e in _linear(a, b, n)]


def _geometric(a: Fraction, b: Fraction, n: int) -> list[Fraction]:
    """a … b, each the same multiple of the one before. Both ends are as they were given."""
    inner = [Fraction(float(a) * float(b / a) ** (k / (n - 1))) for k in range(1, n - 1)]
    return [a, *inner, b][: max(n, 1)]


# name -> (its values, what its first two arguments must be)
SPACES: dict[str, tuple[Callable[[Fraction, Fraction, int], list[Fraction]], Callable[[Any], bool], str]] = {
    "linspace": (_linear, lambda x: abs(x) < inf, "finite numbers"),
    "logspace": (_powers, lambda x: abs(x) <= 300, "exponents of 10 from -300 to 300"),
    "geomspace": (_geometric, lambda x: 0 < x < inf, "finite numbers above 0"),
}


def values_of(x: ast.Expr, words: bool, scope: Scope, to: Lowering) -> tuple[ast.Expr, ...] | None:
    """Literals: numbers, truths, and where `words` are allowed names and lists of names. None after a report."""
    match x:
        case ast.ListOf(items=items):
            found = [_literal(item, words, scope, to) for item in items]
            return None if any(f is None for f in found) else _alike([f for f in found if f is not None])
        case ast.Interval():
            return _range(x, scope, to)
        case ast.Call(function=ast.Name(name=name)) if name in SPACES:
            return _space(x, scope, to)
        case _:
            to.report.add(errors.NOT_VALUES.at(x.span, text=short(x.span), hint="not a list of values"))
            return None


def _literal(x: ast.Expr, words: bool, scope: Scope, to: Lowering) -> ast.Expr | None:
    if isinstance(x, ast.Truth) or (words and isinstance(x, ast.ListOf | ast.Text)):
        return x
    if words and isinstance(x, ast.Name) and scope.find(x.name) is None:
        return x
    value = constant_number(x, scope, to)
    return None if value is None else literal(value, x.span)


def literal(value: int | float | Fraction, span: Span) -> ast.Expr:
    """A number as an expression at some place."""
    near = as_float(value)
    if not isfinite(near):
        word = ast.Name(span=span, name="inf")
        return word if value > 0 else ast.Unary(span=span, op="-", operand=word)
    exact = value if isinstance(value, int) and abs(value) < WHOLE else Fraction(repr(near))
    return ast.Number(span=span, value=exact, text=shown(value))


def _alike(found: Sequence[ast.Expr]) -> tuple[ast.Expr, ...]:
    """All whole or none: a parameter that is whole in one cell and not in the next would be two kernels."""
    numbers = [x for x in found if isinstance(x, ast.Number)]
    if all(isinstance(x.value, int) or x.value.denominator == 1 for x in numbers):
        kind: Callable[[Any], Any] = int
    else:
        kind = Fraction
    return tuple(
        ast.Number(span=x.span, value=kind(x.value), text=x.text) if isinstance(x, ast.Number) else x for x in found
    )


def _range(x: ast.Interval, scope: Scope, to: Lowering) -> tuple[ast.Expr, ...] | None:
    low, high = (whole(end, "an end of a range", -(2**62), scope, to) for end in (x.low, x.high))
    if low is None or high is None or not few(high - low + 1, x.span, to):
        return None
    return tuple(literal(value, x.span) for value in range(low, high + 1))


def _space(x: ast.Call, scope: Scope, to: Lowering) -> tuple[ast.Expr, ...] | None:
    make, allowed, wanted = SPACES[x.function.name]
    if len(x.arguments) != 3 or any(a.name is not None for a in x.arguments):
        hint = "it takes a first value, a last one, and how many"
        to.report.add(errors.NOT_VALUES.at(x.span, text=short(x.span), hint=hint))
        return None
    ends = [constant_number(a.value, scope, to) for a in x.arguments[:2]]
    count = whole(x.arguments[2].value, "the number of values", 1, scope, to)
    if count is None or any(e is None for e in ends) or not few(count, x.span, to):
        return None
    bad = [a.value for a, e in zip(x.arguments, ends) if not allowed(e)]
    for end in bad:
        to.report.add(errors.NOT_VALUES.at(end.span, text=short(end.span), hint=f"it takes {wanted}"))
    if bad:
        return None
    low, high = (Fraction(e) for e in ends if e is not None)
    return _alike([literal(value, x.span) for value in make(low, high, count)])


def few(count: int, span: Span, to: Lowering) -> bool:
    """Not more cells than a sweep may have; says so otherwise."""
    if count > MOST_CELLS:
        to.report.add(errors.TOO_MANY_CELLS.at(span, count=shown(count), most=MOST_CELLS))
    return count <= MOST_CELLS


def short(span: Span) -> str:
    text = " ".join(span.text.split())
    return text if len(text) <= 40 else text[:37] + "…"


# --- what a result calls them ---------------------------------------------------------------------------------------------


def labels_of(values: Sequence[ast.Expr]) -> np.ndarray:
    """Coordinates: int64, float64, or words where one of them is a word."""
    if all(isinstance(x, ast.Number | ast.Unary) or (isinstance(x, ast.Name) and x.name == "inf") for x in values):
        numbers = [label_of(x) for x in values]
        return np.array(numbers, np.int64 if all(isinstance(n, int) for n in numbers) else np.float64)
    return np.array([str(label_of(x)) for x in values])


def label_of(x: ast.Expr) -> int | float | str:
    match x:
        case ast.Number(value=value):
            return value if isinstance(value, int) else as_float(value)
        case ast.Unary():
            return -inf
        case ast.Name(name="inf"):
            return inf
        case ast.Truth(value=value):
            return "true" if value else "false"
        case ast.Text(value=text):
            return text
        case _:
            return "".join(x.span.text.split())


def setting_of(x: ast.Expr) -> object:
    """The value as `--set` would give it."""
    return x.value if isinstance(x, ast.Truth | ast.Number) else label_of(x)
