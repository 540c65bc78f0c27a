"""Surface expressions to typed IR: names found, logs made logarithms, arrays given their dimensions.

`lower` never raises for a user's mistake: it reports it and returns UNKNOWN, which agrees with everything.
"""

from dataclasses import replace
from fractions import Fraction
from typing import assert_never

from neurashed_dsl.diagnostics import Span
from neurashed_dsl.ir.expr import (
    Apply,
    Binder,
    Const,
    Read,
    Var,
    Whole,
)
from neurashed_dsl.model import arithmetic, errors
from neurashed_dsl.model.bounds import guarded
from neurashed_dsl.model.demands import (
    axis_words,
    described,
    misplaced,
    number_held,
    report_unknown,
    wanted,
)
from neurashed_dsl.model.lower import calls, elements, indices, measures
from neurashed_dsl.model.scope import (
    UNKNOWN,
    ArrayOf,
    Lowering,
    MacroOf,
    MeasureOf,
    Scope,
    SetOf,
    Typed,
)
from neurashed_dsl.syntax import ast


def lower(x: ast.Expr, scope: Scope, to: Lowering) -> Typed:
    """The typed IR of a surface expression."""
    match x:
        case ast.Number():
            return _number(x, to)
        case ast.Truth():
            return Typed(Const(x.value, x.span), "bool")
        case ast.Text() | ast.Star() | ast.ListOf() | ast.Interval() | ast.EdgeRef() | ast.Comprehension():
            return misplaced(x, to)
        case ast.Name():
            return value_of(x, scope, to)
        case ast.Unary():
            return _unary(x, scope, to)
        case ast.Binary(op="in"):
            return _membership(x, scope, to)
        case ast.Binary():
            return _binary(x, scope, to)
        case ast.If():
            return _if(x, scope, to)
        case ast.Call():
            return calls.call(x, scope, to)
        case ast.Index():
            return elements.element(x, scope, to)
        case ast.Drawn() if to.draw is not None:
            return to.draw(x.distribution, scope)
        case ast.Drawn():
            to.report.add(errors.DRAW_NOT_HERE.at(x.span))
            return UNKNOWN
        case ast.Member() | ast.DataFile() | ast.Pick():
            return misplaced(x, to)
        case _:
            assert_never(x)


def _number(x: ast.Number, to: Lowering) -> Typed:
    if not number_held(x, to):
        return UNKNOWN
    return arithmetic.settled(Typed(Const(x.value, x.span), "real" if isinstance(x.value, Fraction) else "int"))


# --- names --------------------------------------------------------------------------------------------------------------


def value_of(x: ast.Name, scope: Scope, to: Lowering) -> Typed:
    meaning = scope.find(x.name) or scope.find(x.name + "()")
    match meaning:
        case Typed():
            return meaning
        case ArrayOf():
            return whole_array(meaning, x.span, to)
        case MeasureOf() | MacroOf() if scope.find(x.name) is None:
            return calls.call(ast.Call(span=x.span, function=x, arguments=()), scope, to)
        case None:
            report_unknown(x, scope, to)
        case _:
            what, hint = described(x.name, meaning)
            to.report.add(errors.NOT_A_VALUE.at(x.span, name=x.name, what=what, hint=hint))
    return UNKNOWN


def whole_array(array: ArrayOf, span: Span, to: Lowering) -> Typed:
    """An array without its indices: its dimensions are those of its axes."""
    domains = array.domains or tuple(map(Whole, array.axes))
    dims = tuple(Binder(to.fresh(axis), domain) for axis, domain in zip(array.axes, domains))
    to.domains |= {d.name: d.domain for d in dims}
    return Typed(Read(array.name, (*array.at, *(Var(d.name) for d in dims)), span), array.kind, array.element, dims)


# --- operators ----------------------------------------------------------------------------------------------------------


def _unary(x: ast.Unary, scope: Scope, to: Lowering) -> Typed:
    operand = lower(x.operand, scope, to)
    if operand.kind == "unknown":
        return UNKNOWN
    if x.op == "not":
        operand = wanted(operand, "bool", x.operand.span, to)
        return replace(operand, expr=Apply("not", (operand.expr,), x.span)) if operand.kind != "unknown" else UNKNOWN
    operand = arithmetic.integer(to, wanted(operand, "number", x.operand.span, to))
    if operand.kind == "unknown":
        return UNKNOWN
    expr = arithmetic.folded(Apply("neg", (arithmetic.as_real(operand),), x.span))
    return Typed(expr, arithmetic.result_kind("neg", operand.kind), dims=operand.dims)


def _binary(x: ast.Binary, scope: Scope, to: Lowering) -> Typed:
    # A long sum leans to the left; a loop keeps the stack flat.
    chain: list[ast.Binary] = []
    first: ast.Expr = x
    while isinstance(first, ast.Binary) and first.op != "in":
        chain.append(first)
        first = first.left
    result = lower(first, scope, to)
    for part in reversed(chain):
        known = result if part.op == "and" else replace(result, expr=Apply("not", (result.expr,)))
        with guarded(known if part.op in ("and", "or") else UNKNOWN, to):
            right = lower(part.right, scope, to)
        result = _operated(part, result, right, to)
    return result


def _operated(x: ast.Binary, a: Typed, b: Typed, to: Lowering) -> Typed:
    if x.op in ("and", "or"):
        a, b = wanted(a, "bool", x.left.span, to), wanted(b, "bool", x.right.span, to)
    elif not (x.op in ("==", "!=") and a.kind == b.kind == "bool"):
        a, b = wanted(a, "number", x.left.span, to), wanted(b, "number", x.right.span, to)
    if x.op in ("/", "%", "//") and isinstance(b.expr, Const) and b.expr.value == 0 and b.kind in ("int", "real"):
        to.report.add(errors.DIVIDED_BY_ZERO.at(x.right.span))
        return UNKNOWN
    return arithmetic.binary(to, x.op, a, b, x.span)


def _membership(x: ast.Binary, scope: Scope, to: Lowering) -> Typed:
    left = lower(x.left, scope, to)
    meaning = scope.find(x.right.name) if isinstance(x.right, ast.Name) else None
    if isinstance(x.right, ast.Interval):
        low, high = lower(x.right.low, scope, to), lower(x.right.high, scope, to)
        above = arithmetic.binary(to, ">=", left, low, x.span)
        return arithmetic.binary(to, "and", above, arithmetic.binary(to, "<=", left, high, x.span), x.span)
    if isinstance(x.right, ast.Call):
        meaning = measures.members(x.right, scope, to)
    if not isinstance(meaning, SetOf):
        if not isinstance(x.right, ast.Call) and indices.domain_of(x.right, scope, to) is not None:
            to.report.add(errors.NOT_A_DOMAIN.at(x.right.span, near=""))
        return UNKNOWN
    if left.kind == "unknown":
        return UNKNOWN
    if left.axis != meaning.axis:
        to.report.add(errors.WRONG_AXIS.at(x.left.span, name="in", wanted=meaning.axis, got=axis_words(left)))
        return UNKNOWN
    return Typed(meaning.holds(left.expr), "bool", dims=left.dims)


def _if(x: ast.If, scope: Scope, to: Lowering) -> Typed:
    condition = wanted(lower(x.condition, scope, to), "bool", x.condition.span, to)
    with guarded(condition, to):
        yes = lower(x.yes, scope, to)
    with guarded(replace(condition, expr=Apply("not", (condition.expr,))), to):
        no = lower(x.no, scope, to)
    if "bool" in (yes.kind, no.kind) and yes.kind != no.kind:
        yes, no = wanted(yes, "number", x.yes.span, to), wanted(no, "number", x.no.span, to)
    return arithmetic.choose(condition, yes, no, x.span, to)
