"""Parameters with their values: type and bounds checked, wherever the value comes from."""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from neurashed_dsl.diagnostics import nearest
from neurashed_dsl.ir.evaluate import Memory
from neurashed_dsl.ir.expr import Const
from neurashed_dsl.model.network import errors
from neurashed_dsl.model.network.rows import Rows, column, shown, single
from neurashed_dsl.model.parameter_types import TYPES, fits, kind_of
from neurashed_dsl.model.scope import UNKNOWN, Lowering, Scope, Typed
from neurashed_dsl.syntax import ast

Number = Any  # int, float, Fraction or bool: exact where it was written so


def bind_parameters(
    parameters: tuple[ast.Parameter, ...],
    given: Mapping[str, Any],
    owner: str,
    scope: Scope,
    memory: Memory,
    to: Lowering,
) -> dict[str, Number | None]:
    """The value of each parameter: given, or its default, which may read those before it. Adds them to `scope`.

    None for one that was reported.
    """
    values: dict[str, Number | None] = {}
    for parameter in parameters:
        name = parameter.name.name
        if name in values:
            to.report.add(errors.DECLARED_TWICE.at(parameter.span, name=name, first=""))
            continue
        value = _value(parameter, given, owner, scope, memory, to)
        values[name] = value = None if value is None else checked(parameter, value, scope, memory, to)
        scope.names[name] = UNKNOWN if value is None else typed(value)
    return values


def typed(value: Number) -> Typed:
    if isinstance(value, bool):
        return Typed(Const(value), "bool")
    return Typed(Const(value), "int" if isinstance(value, int) else "real")


def _value(
    parameter: ast.Parameter, given: Mapping[str, Any], owner: str, scope: Scope, memory: Memory, to: Lowering
) -> Number | None:
    name = parameter.name.name
    if parameter.arguments is not None or parameter.rest:
        what = "any number of arguments" if parameter.rest else "a function"
        to.report.add(errors.NOT_A_NUMBER_HERE.at(parameter.span, name=name, what=what))
        return None
    if name in given:
        value = given[name]
        return Fraction(repr(value)) if isinstance(value, float) and abs(value) < float("inf") else value
    if parameter.default is None:
        to.report.add(errors.UNBOUND_PARAMETER.at(parameter.span, network=owner, name=name))
        return None
    kind = "bool" if parameter.type and parameter.type.name == "bool" else "number"
    return number_of(parameter.default, single(scope), memory, to, kind)


def number_of(x: ast.Expr, rows: Rows, memory: Memory, to: Lowering, kind: str = "number") -> Number | None:
    """The exact value of an expression in the only row that there is. None after a report."""
    values = column(x, kind, rows, memory, to)
    return None if values is None else values.tolist()[0]


def checked(parameter: ast.Parameter, value: Number, scope: Scope, memory: Memory, to: Lowering) -> Number | None:
    """The value as its type wants it. None after a report: not of the type, or out of the bounds."""
    name = parameter.name.name
    kind = kind_of(parameter)
    if parameter.type and kind not in TYPES:
        to.report.add(errors.UNKNOWN_TYPE.at(parameter.type.span, name=kind, near=nearest(kind, TYPES)))
        return None
    if not fits(value, kind):
        to.report.add(errors.NOT_OF_TYPE.at(parameter.span, name=name, wanted=TYPES[kind], value=shown(value)))
        return None
    if parameter.bound is not None:
        ends = [number_of(e, single(scope), memory, to) for e in (parameter.bound.low, parameter.bound.high)]
        low, high = ends
        if low is None or high is None:
            return None
        if not low <= value <= high:
            bounds = {"low": shown(low), "high": shown(high)}
            to.report.add(errors.OUT_OF_BOUNDS.at(parameter.bound.span, name=name, value=shown(value), **bounds))
            return None
    return int(value) if kind == "int" else value


def machine(value: Number) -> int | float:
    """As kernels see it: an int, or the nearest float."""
    return value if isinstance(value, int) else float(value)
