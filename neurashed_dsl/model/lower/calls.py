"""Calls: functions inlined, reducers, scalar functions, indices made of integers."""

from dataclasses import replace

from neurashed_dsl.builtins.after import AFTER
from neurashed_dsl.ir.expr import Const, tree_size
from neurashed_dsl.ir.operators import FUNCTIONS, OPERATORS, REDUCERS
from neurashed_dsl.model import arithmetic, errors
from neurashed_dsl.model.arguments import bind_arguments
from neurashed_dsl.model.bounds import guarded
from neurashed_dsl.model.demands import (
    MAX_OPERATIONS,
    described,
    may_inline,
    report_no_function,
    report_overgrown,
    single,
    wanted,
)
from neurashed_dsl.model.lower import expressions, gradients, indices, measures, sets
from neurashed_dsl.model.scope import (
    UNKNOWN,
    FunctionOf,
    Lowering,
    MacroOf,
    Meaning,
    MeasureOf,
    Scope,
    SetOf,
    Typed,
)
from neurashed_dsl.syntax import ast


def call(x: ast.Call, scope: Scope, to: Lowering) -> Typed:
    name = x.function.name
    meaning = scope.find(name + "()") or scope.find(name)
    match meaning:
        case FunctionOf(ast.Function() as function):
            return _inlined(x, function, meaning.scope, scope, to)
        case MacroOf():
            return meaning.call(to, scope, x)
        case MeasureOf():
            array = measures.measured(x, meaning, scope, to)
            return expressions.whole_array(array, x.span, to) if array else UNKNOWN
        case SetOf() if len(x.arguments) == 1:
            return positioned(x, meaning, scope, to)
        case None if name == "grad":
            return gradients.gradient(x, scope, to)
        case None if name in sets.OF_SETS:
            return sets.of_set(x, scope, to)
        case Typed(_, "unknown"):
            return UNKNOWN  # reported where it is declared
        case None if name in REDUCERS or name in FUNCTIONS:
            return _builtin(x, scope, to)
        case None if name in AFTER:
            to.report.add(errors.OF_RECORDS.at(x.span, name=name))
        case None:
            report_no_function(x.function, [*scope.all(), *FUNCTIONS, *REDUCERS, *sets.OF_SETS, "grad"], to)
        case _:
            what, hint = described(name, meaning)
            to.report.add(
                errors.NOT_A_FUNCTION.at(x.function.span, name=name, what=what, hint=hint if "call" not in hint else "")
            )
    return UNKNOWN


def _builtin(x: ast.Call, scope: Scope, to: Lowering) -> Typed:
    name = x.function.name
    only = x.arguments[0].value if len(x.arguments) == 1 else None
    if name in REDUCERS and name != "log_sum" and only is not None and x.arguments[0].name is None:
        return _reducer(x, only, scope, to)
    if name in FUNCTIONS:
        return _scalar_function(x, scope, to)
    to.report.add(
        errors.WRONG_COUNT.at(
            x.span, function=name, given=errors.many(len(x.arguments), "argument"), takes="`e for i in …`, or one array"
        )
    )
    return UNKNOWN


def _scalar_function(x: ast.Call, scope: Scope, to: Lowering) -> Typed:
    name, arity = x.function.name, OPERATORS[x.function.name].arity
    takes = {1: "one number", 2: "two numbers", 3: "a number and two bounds"}[arity]
    for argument in x.arguments:
        if argument.name is not None:
            to.report.add(
                errors.UNKNOWN_ARGUMENT.at(argument.span, function=name, name=argument.name, near="", takes=takes)
            )
            return UNKNOWN
    given = len(x.arguments)
    many = name in ("min", "max") and given >= 2
    if given != arity and not many:
        to.report.add(errors.WRONG_COUNT.at(x.span, function=name, given=errors.many(given, "argument"), takes=takes))
        return UNKNOWN
    args = [wanted(expressions.lower(a.value, scope, to), "number", a.value.span, to) for a in x.arguments]
    args = [arithmetic.integer(to, a) for a in args]
    result = arithmetic.call(name, args[:arity], x.span, to)
    for other in args[arity:]:
        result = arithmetic.call(name, [result, other], x.span, to)
    return result


def _reducer(x: ast.Call, only: ast.Expr, scope: Scope, to: Lowering) -> Typed:
    name = x.function.name
    truths = name in ("any", "all", "count")
    if isinstance(only, ast.Comprehension):
        inner, binders = indices.bound(only.binders, scope, to)
        where = (
            single(wanted(expressions.lower(only.where, inner, to), "bool", only.where.span, to), only.where.span, to)
            if only.where
            else None
        )
        with guarded(where or UNKNOWN, to):
            value = expressions.lower(only.body, inner, to)
        body = single(wanted(value, "bool" if truths else "number", only.body.span, to), only.body.span, to)
        if where is not None and where.kind == "unknown":
            return UNKNOWN
        return arithmetic.reduced(name, body, binders, where.expr if where else None, x.span, to)
    body = wanted(expressions.lower(only, scope, to), "bool" if truths else "number", only.span, to)
    if body.kind == "unknown":
        return UNKNOWN
    if not body.dims:
        to.report.add(
            errors.WRONG_TYPE.at(
                only.span, wanted="an array", got="a number", hint=f"`{name}(e for i in …)` runs over indices"
            )
        )
        return UNKNOWN
    return arithmetic.reduced(name, replace(body, dims=()), body.dims, None, x.span, to)


def _inlined(x: ast.Call, function: ast.Function, home: Scope, scope: Scope, to: Lowering) -> Typed:
    """A user's function: its body, with its parameters standing for the arguments."""
    values = bind_arguments(x, function.name.name, function.parameters, to.report)
    if values is None or not may_inline(x, function, to):
        return UNKNOWN
    names: dict[str, Meaning] = {}
    for parameter in function.parameters:
        given = values.get(parameter.name.name)
        where = scope if given is not None else home.child(names)
        names[parameter.name.name] = expressions.lower(given or parameter.default or x, where, to)
    to.depth += 1
    result = expressions.lower(function.body, home.child(names), to)
    to.depth -= 1
    if tree_size(result.expr) > MAX_OPERATIONS:
        report_overgrown(to)
        return UNKNOWN
    return result


def positioned(x: ast.Call, axis: SetOf, scope: Scope, to: Lowering) -> Typed:
    """`coord(k)`: an index of an axis from an integer."""
    found = indices.integer_expr(x.arguments[0].value, scope, to)
    if found is None:
        return UNKNOWN
    known = to.axes[axis.axis]
    at = arithmetic.shifted(found, -known.origin)
    if isinstance(at, Const) and not 0 <= at.value < known.size:
        ends = {"low": known.origin, "high": known.origin + known.size - 1}
        to.report.add(errors.OUT_OF_AXIS.at(x.arguments[0].span, index=at.value + known.origin, axis=axis.axis, **ends))
        return UNKNOWN
    return Typed(indices.inside(at, axis.axis, to), "int", axis.axis)
