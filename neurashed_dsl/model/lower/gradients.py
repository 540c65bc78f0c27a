"""`grad(loss, W[i, j])`: a read of an array that `differentiate` will make."""

from neurashed_dsl.ir.expr import Read
from neurashed_dsl.ir.system import Gradient
from neurashed_dsl.model import errors
from neurashed_dsl.model.demands import report_unknown
from neurashed_dsl.model.lower import expressions, measures
from neurashed_dsl.model.scope import UNKNOWN, ArrayOf, Lowering, MeasureOf, Scope, Typed
from neurashed_dsl.syntax import ast

TAKES = "a loss and an element: `grad(loss, W[i, j])`"


def gradient(x: ast.Call, scope: Scope, to: Lowering) -> Typed:
    """The derivative of a scalar let by an element of an array, or by all of them."""
    named = next((a for a in x.arguments if a.name is not None), None)
    if named is not None:
        to.report.add(errors.UNKNOWN_ARGUMENT.at(named.span, function="grad", name=named.name, near="", takes=TAKES))
        return UNKNOWN
    if len(x.arguments) != 2:
        given = errors.many(len(x.arguments), "argument")
        to.report.add(errors.WRONG_COUNT.at(x.span, function="grad", given=given, takes=TAKES))
        return UNKNOWN
    loss = _loss(x.arguments[0].value, scope, to)
    by = expressions.lower(x.arguments[1].value, scope, to)
    if loss is None or by.kind == "unknown":
        return UNKNOWN
    of = by.expr
    if not isinstance(of, Read) or by.axis is not None or by.kind not in ("real", "log"):
        to.report.add(errors.NO_ELEMENT.at(x.arguments[1].span, text=x.arguments[1].span.text, what=_what(by)))
        return UNKNOWN
    name = f"grad({loss}, {of.array})"
    to.gradients.setdefault(name, Gradient(name, loss, of.array, x.span))
    return Typed(Read(name, of.index, x.span), "real", dims=by.dims)


def _loss(x: ast.Expr, scope: Scope, to: Lowering) -> str | None:
    """The name of the let that is differentiated."""
    name = x if isinstance(x, ast.Name) else x.function if isinstance(x, ast.Call) else None
    meaning = None if name is None else scope.find(name.name)
    if name is not None and (meaning is None or isinstance(x, ast.Call)):
        meaning = scope.find(name.name + "()") or meaning
    if isinstance(x, ast.Name) and meaning is None:
        report_unknown(x, scope, to)
        return None
    if name is not None and isinstance(meaning, MeasureOf):
        call = x if isinstance(x, ast.Call) else ast.Call(span=x.span, function=name, arguments=())
        meaning = measures.measured(call, meaning, scope, to) or UNKNOWN
    match meaning:
        case Typed(kind="unknown"):
            return None
        case ArrayOf(array, (), "real" | "log" | "int"):
            return array
        case ArrayOf(_, axes) if axes:
            what = f"`{x.span.text}` has {errors.many(len(axes), 'axis', 'axes')}"
        case _:
            what = f"`{x.span.text}` isn't the name of one"
    to.report.add(errors.NO_LOSS.at(x.span, what=what))
    return None


def _what(by: Typed) -> str:
    if by.axis is not None:
        return "an index"
    return {"int": "a whole number", "bool": "true or false"}.get(by.kind, "an expression")
