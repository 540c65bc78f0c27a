"""From a rule, as written, to a `Part`: a condition in each row. What stands inside becomes helper gates.

A rule may be nested as one likes. What doesn't depend on nodes is worked out now; the rest must be truths, or sums of
truths with weights known now, compared with numbers. Reports every mistake it finds and returns None then.
"""

from typing import Any, assert_never

import numpy as np

from neurashed_dsl.ir.expr import Apply, Var
from neurashed_dsl.ir.operators import OPERATORS
from neurashed_dsl.model.demands import misplaced
from neurashed_dsl.model.errors import DIVIDED_BY_ZERO
from neurashed_dsl.model.lower import lower
from neurashed_dsl.model.network import errors
from neurashed_dsl.model.network.building import Building, is_constant
from neurashed_dsl.model.network.columns import column_of
from neurashed_dsl.model.network.formulas import (
    HIGHEST,
    Linear,
    Many,
    Part,
    Truths,
    Values,
    Window,
    Wire,
    compared,
    linear_of,
    negated,
    scaled,
    total,
)
from neurashed_dsl.model.network.gates import helper
from neurashed_dsl.model.network.merge import merge
from neurashed_dsl.model.network.names import Nodes
from neurashed_dsl.model.network.refs import members
from neurashed_dsl.model.network.rows import Rows, column_of_expr, taken
from neurashed_dsl.model.scope import FunctionOf
from neurashed_dsl.syntax import ast

COMPARISONS = ("==", "!=", "<", "<=", ">", ">=")


def part(x: ast.Expr, rows: Rows, b: Building) -> Part | None:
    """What `x` is in each row; None after a report."""
    if is_constant(x, rows):
        return _constant(x, rows, b)
    match x:
        case ast.Name() | ast.Index():
            return _reference(x, rows, b)
        case ast.Unary(op="not"):
            operand = condition(x.operand, rows, b)
            return None if operand is None else _not(operand, x, rows, b)
        case ast.Unary():
            return _product(number(x.operand, rows, b), Values(np.full(rows.count, -1)), x, b)
        case ast.Binary(op="and" | "or"):
            return _chain(x, rows, b)
        case ast.Binary(op="+" | "-"):
            return _sum(x, rows, b)
        case ast.Binary():
            return _binary(x, rows, b)
        case ast.If():
            return _if(x, rows, b)
        case ast.Call():
            return b.call(x, rows, b)
        case _:
            misplaced(x, b.to)
            return None


def _constant(x: ast.Expr, rows: Rows, b: Building) -> Truths | Values | None:
    found = lower(x, rows.scope, b.to)
    if found.kind == "unknown":
        return None
    values = column_of_expr(found.expr, x.span, rows, b.memory, b.to)
    if values is None:
        return None
    if found.kind == "bool":
        return Truths(values.astype(np.bool_))
    if values.dtype == object:
        wrong = next((v for v in values if isinstance(v, float) and not abs(v) < float("inf")), None)
        if wrong is not None:
            b.to.report.add(errors.NO_INFINITY.at(x.span, value=wrong))
            return None
    return Values(values)


def _reference(x: ast.Name | ast.Index, rows: Rows, b: Building) -> Part | None:
    meaning = rows.scope.find(x.name) if isinstance(x, ast.Name) else None
    if isinstance(meaning, FunctionOf) and isinstance(meaning.declaration, Part):
        return meaning.declaration
    found = members(x, rows, b.wanted, b.memory, b.to)
    if found is None:
        return None
    b.mentions.append((rows.origin[found.parent], found.ids))
    if _is_one(x, meaning):
        return Wire(found.ids)
    ones = np.ones(len(found.ids), np.int64)
    size = np.bincount(found.parent, minlength=rows.count)
    return Many(Linear(found.parent, found.ids, ones, np.zeros(rows.count, np.int64)), size)


def _is_one(x: ast.Name | ast.Index, meaning: object) -> bool:
    if isinstance(x, ast.Index):
        return not any(isinstance(a.value, ast.Star | ast.Interval | ast.ListOf) for a in x.arguments)
    nodes = meaning.declaration if isinstance(meaning, FunctionOf) else None
    return isinstance(nodes, Nodes) and nodes.rank == 0


# --- one condition, one number --------------------------------------------------------------------------------------


def condition(x: ast.Expr, rows: Rows, b: Building) -> Truths | Wire | Window | None:
    """A part that must be one truth in each row."""
    found = part(x, rows, b)
    match found:
        case None | Truths() | Wire() | Window():
            return found
        case Many():
            _report_many(x, found, b)
        case Values() | Linear():
            hint = "compare it: `… >= 1`"
            b.to.report.add(errors.NOT_A_CONDITION.at(x.span, got="a number", hint=hint))
        case _:
            assert_never(found)
    return None


def number(x: ast.Expr, rows: Rows, b: Building) -> Values | Linear | None:
    """A part that must be a number in each row; a node counts 1 where it fires."""
    found = part(x, rows, b)
    match found:
        case None | Values() | Linear():
            return found
        case Many():
            _report_many(x, found, b)
            return None
        case Truths() | Wire() | Window():
            return literal(found, x, rows, b)
        case _:
            assert_never(found)


def literal(found: Truths | Wire | Window, x: ast.Expr, rows: Rows, b: Building) -> Linear | None:
    """A truth as a number, through a helper gate where it is a condition itself."""
    if isinstance(found, Window):
        wires = helper(b.gates, found, x.span, b.to)
        return None if wires is None else linear_of(Wire(wires))
    return linear_of(found)


def _report_many(x: ast.Expr, found: Many, b: Building) -> None:
    b.to.report.add(errors.MANY_NODES.at(x.span, name=x.span.text, count=int(found.size.max(initial=0))))


# --- operators ------------------------------------------------------------------------------------------------------


def _not(operand: Truths | Wire | Window, x: ast.Unary, rows: Rows, b: Building) -> Part | None:
    match operand:
        case Truths(values):
            return Truths(~values)
        case Wire(wires, positive):
            return Wire(wires, not positive)
        case Window():
            opposite = negated(operand, rows.count)
            if opposite is not None:
                return opposite
            hidden = helper(b.gates, operand, x.span, b.to)
            return None if hidden is None else Wire(hidden, positive=False)
        case _:
            assert_never(operand)


def operands(x: ast.Binary, ops: tuple[str, ...]) -> list[tuple[str, ast.Expr]]:
    """The operands of a chain of these operators, each with the operator before it."""
    found: list[tuple[str, ast.Expr]] = []
    waiting: list[tuple[str, ast.Expr]] = [(ops[0], x)]
    while waiting:
        op, here = waiting.pop()
        # The right side of a minus is one operand: a - (b - c).
        if isinstance(here, ast.Binary) and here.op in ops and op == ops[0]:
            waiting += [(here.op, here.right), (op, here.left)]
        else:
            found.append((op, here))
    return found


def _chain(x: ast.Binary, rows: Rows, b: Building) -> Part | None:
    """`and`, `or` of any length: one gate over truths and their opposites."""
    parts = [(e, condition(e, rows, b)) for _, e in operands(x, (x.op,))]
    literals = [literal(p, e, rows, b) for e, p in parts if p is not None]
    known = [a for a in literals if a is not None]
    if len(known) < len(parts):
        return None
    a = total(known, rows.count)
    wanted = len(known) if x.op == "and" else 1
    low = np.full(rows.count, wanted) - a.constant
    bare = Linear(a.parent, a.wires, a.weights, np.zeros(rows.count, np.int64))
    return Window(bare, low, np.full(rows.count, HIGHEST))


def _sum(x: ast.Binary, rows: Rows, b: Building) -> Part | None:
    parts = [(op, number(e, rows, b)) for op, e in operands(x, ("+", "-"))]
    known = [(op, p) for op, p in parts if p is not None]
    if len(known) < len(parts):
        return None
    minus = np.full(rows.count, -1)
    terms = [linear_of(p) if op == "+" else scaled(linear_of(p), minus) for op, p in known]
    a = total(terms, rows.count)
    return a if len(a.wires) else Values(a.constant)


def _binary(x: ast.Binary, rows: Rows, b: Building) -> Part | None:
    if x.op == "in":
        b.to.report.add(errors.NOT_LINEAR.at(x.span, what="use `in` on nodes"))
        return None
    left, right = number(x.left, rows, b), number(x.right, rows, b)
    if left is None or right is None:
        return None
    if isinstance(left, Values) and isinstance(right, Values):
        return _worked_out(x, left, right, rows, b)
    if x.op in COMPARISONS:
        difference = total([linear_of(left), scaled(linear_of(right), np.full(rows.count, -1))], rows.count)
        window = compared(x.op, difference, rows.count)
        return window if x.op != "!=" else _not(window, ast.Unary(span=x.span, op="not", operand=x), rows, b)
    if x.op == "*":
        return _product(left, right, x, b)
    if x.op == "/" and isinstance(right, Values):
        one = _worked_out(x, Values(np.ones(rows.count, np.int64)), right, rows, b)
        return _product(left, one if isinstance(one, Values) else None, x, b)
    b.to.report.add(errors.NOT_LINEAR.at(x.span, what=f"apply `{x.op}` to nodes"))
    return None


def _product(left: Values | Linear | None, right: Values | Linear | None, x: ast.Expr, b: Building) -> Part | None:
    if left is None or right is None:
        return None
    if isinstance(left, Values):
        left, right = right, left
    if isinstance(left, Linear) and isinstance(right, Values):
        return scaled(left, right.values)
    if isinstance(left, Values) and isinstance(right, Values):
        return Values(scaled(linear_of(left), right.values).constant)
    b.to.report.add(errors.NOT_LINEAR.at(x.span, what="multiply nodes with each other"))
    return None


def _worked_out(x: ast.Binary, left: Values, right: Values, rows: Rows, b: Building) -> Truths | Values | None:
    """An operator on numbers that are known, such as `share * size(deps)`."""
    expr = Apply(x.op, (Var("left"), Var("right")))
    try:
        values: Any = column_of(expr, {"left": left.values, "right": right.values}, rows.count, b.memory)
    except ZeroDivisionError:
        b.to.report.add(DIVIDED_BY_ZERO.at(x.right.span))
        return None
    return Truths(values.astype(np.bool_)) if OPERATORS[x.op].kind == "bool" else Values(values)


def _if(x: ast.If, rows: Rows, b: Building) -> Part | None:
    test = condition(x.condition, rows, b)
    if test is None:
        return None
    if not isinstance(test, Truths):
        b.to.report.add(errors.CONDITION_ON_NODES.at(x.condition.span, name=x.condition.span.text))
        return None
    places = [np.flatnonzero(test.values), np.flatnonzero(~test.values)]
    branches = [(e, at) for e, at in zip((x.yes, x.no), places) if len(at)]
    found = [part(e, rows if len(at) == rows.count else taken(rows, at), b) for e, at in branches]
    known = [p for p in found if p is not None]
    if len(known) < len(found):
        return None
    if len(known) < 2:
        return known[0] if known else Truths(test.values)
    both = merge(known, [at for _, at in branches], rows.count)
    if both is None:
        b.to.report.add(
            errors.NOT_A_CONDITION.at(x.no.span, got=known[1].what, hint=f"the other branch is {known[0].what}")
        )
    return both
