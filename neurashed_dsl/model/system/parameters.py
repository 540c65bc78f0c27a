"""Parameters of a system: numbers that stay arguments of the kernel, truths that choose among equations, functions of time."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from neurashed_dsl.ir.expr import Const, Read
from neurashed_dsl.ir.operators import FUNCTIONS
from neurashed_dsl.model.constant import constant_number, evaluated
from neurashed_dsl.model.demands import single
from neurashed_dsl.model.load_errors import PARAMETER_WITHOUT_VALUE
from neurashed_dsl.model.lower import lower
from neurashed_dsl.model.parameter import Scalar, Value, checked, of_text
from neurashed_dsl.model.results_given import Result
from neurashed_dsl.model.scope import UNKNOWN, FunctionOf, Lowering, Meaning, Scope, Typed
from neurashed_dsl.model.system import errors
from neurashed_dsl.model.system.over_time import between, over_time
from neurashed_dsl.syntax import ast


def bind_system_parameters(
    system: ast.System,
    arguments: Mapping[str, ast.Expr],
    settings: Mapping[str, Any],
    scope: Scope,
    caller: Scope,
    to: Lowering,
    results: Mapping[str, Result],
) -> dict[str, Value]:
    """The parameters' values by their names in the IR; `scope` gains their names. Those of `settings` win over `arguments`.

    Defaults may read the parameters before them. Values are in `to.memory`, too, so that sizes can be worked out from them.
    """
    values: dict[str, Value] = {}
    for parameter in system.parameters:
        name = parameter.name.name
        given = arguments.get(name)
        if parameter.arguments is not None:
            found = over_time(parameter, given, results)
            table = None if found is None or given is None else between(parameter, given, found)
            scope.names[name] = (
                _function(replace(parameter, default=table), None, scope, scope)
                if table
                else _function(parameter, given, scope, caller)
            )
            continue
        if parameter.binders:
            continue  # it is an array of the system
        value = _value(parameter, given, settings.get(name), scope, caller, to)
        if value is None:
            scope.names[name] = UNKNOWN
            continue
        scope.names[name] = _meaning(parameter, value, system, values, to)
    return values


def refuse_parameter_names(system: ast.System, parameters: Mapping[str, Value], caller: Scope, to: Lowering) -> None:
    """The IR has one name space: an array can't have the name of a parameter of the file that runs it."""
    arrays = (i for i in system.items if isinstance(i, ast.State | ast.Const | ast.Draw | ast.White | ast.Let))
    for item in arrays:
        name = item.name.name
        found = caller.find(name)
        if name in parameters:
            spot = found.expr.span if isinstance(found, Typed) else item.name.span
            values = {"name": name, "system": system.name.name, "place": item.name.span.place}
            to.report.add(errors.NAME_OF_PARAMETER.at(spot, **values))


def _function(parameter: ast.Parameter, given: ast.Expr | None, scope: Scope, caller: Scope) -> Meaning:
    """`alpha(t) = 1`: the caller gives an expression in `t`, or the name of a function."""
    if isinstance(given, ast.Name):
        named = caller.find(given.name)
        if isinstance(named, FunctionOf) and isinstance(named.declaration, ast.Function):
            return named
        if named is None and given.name in FUNCTIONS:
            values = tuple(ast.Argument(span=a.span, name=None, value=a) for a in parameter.arguments or ())
            given = ast.Call(span=given.span, function=given, arguments=values)
    body = given if given is not None else parameter.default
    assert body is not None, "an argument that is missing was reported"
    names = tuple(ast.Parameter(span=a.span, name=a) for a in parameter.arguments or ())
    function = ast.Function(span=body.span, name=parameter.name, parameters=names, body=body)
    return FunctionOf(function, caller if given is not None else scope, parameter.name.span)


def _value(
    parameter: ast.Parameter, given: ast.Expr | None, setting: Any, scope: Scope, caller: Scope, to: Lowering
) -> Value | None:
    if setting is not None:
        return checked(of_text(setting), parameter, scope, to, "it was given by `--set`, a sweep, or a `set … at step`")
    written, home = (parameter.default, scope) if given is None else (given, caller)
    if written is None:
        to.report.add(PARAMETER_WITHOUT_VALUE.at(parameter.span, name=parameter.name.name))
        return None
    value = _truth_or_number(written, home, to)
    if value is None:
        return None
    if isinstance(value, bool) and parameter.type is None and not isinstance(parameter.default, ast.Truth | None):
        parameter = replace(parameter, type=ast.Name(span=parameter.name.span, name="real"))
    return checked(value, parameter, scope, to, "", given)


def _truth_or_number(x: ast.Expr, scope: Scope, to: Lowering) -> Any:
    typed = single(lower(x, scope, to), x.span, to)
    if typed.kind == "bool":
        return evaluated(typed.expr, x.span, to)
    return None if typed.kind == "unknown" else constant_number(x, scope, to)


def _meaning(
    parameter: ast.Parameter, value: Value, system: ast.System, values: dict[str, Value], to: Lowering
) -> Typed:
    if isinstance(value, bool):
        return Typed(Const(value), "bool")
    name = parameter.name.name
    whole = parameter.type is not None and parameter.type.name == "int"
    key = name if name not in to.memory.arrays else f"{name} of {system.name.name}"
    stored = int(value) if whole else float(value)
    values[key] = stored
    to.memory.arrays[key] = Scalar(stored)
    to.nonnegative |= {key} if stored >= 0 else set()
    return Typed(Read(key, (), parameter.name.span), "int" if whole else "real")
