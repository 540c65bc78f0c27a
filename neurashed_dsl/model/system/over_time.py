"""A function of time that another experiment's trajectory gives, `alpha: measured.strengths[alpha]`: linear between its times, constant beyond them.

Its numbers are two arrays of the system; its text sums, over the spaces between the times, how far each has been passed.
"""

from collections.abc import Mapping
from fractions import Fraction

import numpy as np

from neurashed_dsl.model.results_given import Result, members, text_of
from neurashed_dsl.syntax import ast


def over_time(parameter: ast.Parameter, given: ast.Expr | None, results: Mapping[str, Result]) -> Result | None:
    """The trajectory that is given for a function of one argument; None if it is given something else."""
    if given is None or parameter.arguments is None or len(parameter.arguments) != 1 or not members(given):
        return None
    found = results.get(text_of(given))
    return found if found is not None and found.times is not None and found.data.ndim == 1 else None


def tables_of(parameter: ast.Parameter, given: ast.Expr, found: Result) -> list[ast.Node]:
    """The axis of the times, the times and the values."""
    axis, times, values = _names(parameter, given)
    span, binders = given.span, (ast.Binder(span=given.span, name=axis.name, domain=None),)
    real = ast.Name(span=span, name="real")
    moments = np.asarray(found.times, np.float64)
    listed = ast.ListOf(span=span, items=tuple(_number(Fraction(t), given) for t in moments.tolist()))
    ends = ast.Interval(span=span, low=_number(0, given), high=_number(len(moments) - 1, given))
    arrays = ((times, listed), (values, given))
    consts = (ast.Const(span=span, name=n, binders=binders, type=real, drawn=False, value=x) for n, x in arrays)
    return [ast.Axis(span=span, name=axis, domain=ends), *consts]


def between(parameter: ast.Parameter, given: ast.Expr, found: Result) -> ast.Expr:
    """The text of the function."""
    _, times, values = _names(parameter, given)
    assert parameter.arguments is not None
    span, now, i = given.span, parameter.arguments[0], ast.Name(span=given.span, name="space of it")
    first = _element(values, _number(0, given))
    if len(found.data) == 1:
        return first
    after = _operated("+", i, _number(1, given))

    def rise(array: ast.Name) -> ast.Expr:
        return _operated("-", _element(array, after), _element(array, i))

    passed = _operated("/", _operated("-", now, _element(times, i)), rise(times))
    arguments = tuple(
        ast.Argument(span=span, name=None, value=v) for v in (passed, _number(0, given), _number(1, given))
    )
    share = ast.Call(span=span, function=ast.Name(span=span, name="clip"), arguments=arguments)
    spaces = ast.Interval(span=span, low=_number(0, given), high=_number(len(found.data) - 2, given))
    binder = ast.Binder(span=span, name=i.name, domain=spaces)
    each = ast.Comprehension(span=span, body=_operated("*", rise(values), share), binders=(binder,), where=None)
    total = ast.Call(
        span=span, function=ast.Name(span=span, name="sum"), arguments=(ast.Argument(span=span, name=None, value=each),)
    )
    return _operated("+", first, total)


def _names(parameter: ast.Parameter, given: ast.Expr) -> tuple[ast.Name, ast.Name, ast.Name]:
    name = parameter.name.name
    axis, times, values = (
        ast.Name(span=given.span, name=f"{what} of {name}") for what in ("moments", "times", "values")
    )
    return axis, times, values


def _number(value: int | Fraction, given: ast.Expr) -> ast.Number:
    return ast.Number(span=given.span, value=value, text=str(value))


def _element(array: ast.Name, at: ast.Expr) -> ast.Index:
    return ast.Index(span=at.span, base=array, arguments=(ast.Argument(span=at.span, name=None, value=at),))


def _operated(op: str, a: ast.Expr, b: ast.Expr) -> ast.Binary:
    return ast.Binary(span=a.span, op=op, left=a, right=b)
