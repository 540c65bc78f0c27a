"""Operators on typed operands: what kind comes out, and how numbers held as logarithms are computed with (language.md 4, 8).

A `log` number is nonnegative and held as its logarithm: products add, powers scale, sums are log-sum-exp, comparisons compare logarithms, 0 is
-inf. It becomes real where it must (a difference, a function of it), and only there can it overflow.
"""

import math
import sys
from dataclasses import replace
from fractions import Fraction

from neurashed_dsl.diagnostics import Span
from neurashed_dsl.ir.evaluate import evaluate
from neurashed_dsl.ir.expr import Apply, Binder, Const, Expr, Read, Reduce, Select, Var, substitute
from neurashed_dsl.ir.operators import OPERATORS
from neurashed_dsl.model.scope import UNKNOWN, Lowering, Typed

NUMBERS = ("int", "real", "log", "bool")
LOG_FORMS = {
    "*": "+",
    "/": "-",
    "+": "log_sum",
    "min": "min",
    "max": "max",
}  # an operator, and what it is on logarithms
LARGEST = Fraction(sys.float_info.max)
WHOLE = 2**62  # whole numbers beyond it are reals: a kernel's integers end at 2^63
COMPARISONS = ("==", "!=", "<", "<=", ">", ">=")


def number(expr: Expr) -> float | None:
    """The value of a constant, else None."""
    return float(expr.value) if isinstance(expr, Const) and not isinstance(expr.value, bool) else None


def as_float(value: int | float | Fraction) -> float:
    """The nearest float; infinite beyond the largest one."""
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def integer(lowering: Lowering, x: Typed) -> Typed:
    """An index as its integer; anything else as it is."""
    if x.axis is None:
        return x
    axis = lowering.axes.get(x.axis)
    return replace(x, axis=None, expr=shifted(x.expr, axis.origin if axis else 0))


def shifted(expr: Expr, by: int) -> Expr:
    if by == 0:
        return expr
    match expr:
        case Const(int() as value):
            return replace(expr, value=value + by)
        case Apply("+", (inner, Const(int() as value))):
            return shifted(inner, by + value)
        case Apply("-", (inner, Const(int() as value))):
            return shifted(inner, by - value)
    return Apply("+", (expr, Const(by))) if by > 0 else Apply("-", (expr, Const(-by)))


def as_real(x: Typed) -> Expr:
    """The number itself, where it is held as a logarithm."""
    return exp(x.expr) if x.kind == "log" else x.expr


def exp(expr: Expr) -> Expr:
    if isinstance(expr, Apply) and expr.op == "log":
        return expr.args[0]
    return Apply("exp", (expr,), expr.span)


def nonnegative(x: Typed, to: Lowering) -> bool:
    """Is it known before the run that the number isn't below 0, so that it has a logarithm?"""
    return x.kind == "log" or _nonnegative(x.expr, to.nonnegative)


def _nonnegative(e: Expr, known: set[str]) -> bool:
    match e:
        case Const(value):
            return value >= 0
        case Read(array, _):
            return array in known
        case Apply("exp" | "sqrt" | "abs" | "relu" | "sigmoid" | "softplus", _):
            return True
        case Apply("+" | "*" | "/" | "min" | "max", args):
            return all(_nonnegative(a, known) for a in args)
        case Apply("^" | "real", args):
            return _nonnegative(args[0], known)
        case Select(_, yes, no):
            return _nonnegative(yes, known) and _nonnegative(no, known)
        case _:
            return False


def as_log(x: Typed) -> Expr:
    """The logarithm of a number."""
    return x.expr if x.kind == "log" else log(x.expr)


def log(expr: Expr) -> Expr:
    """ln of an expression, by rules that keep powers and exponentials from overflowing."""
    match expr:
        case Const(value) if not isinstance(value, bool) and value >= 0:
            return Const(_log_of(value), expr.span)
        case Apply("exp", (inner,)):
            return inner
        case Apply("^", (base, exponent)) if (number(base) or 0) > 0 or not isinstance(base, Const):
            return Apply("log_power", (log(base), exponent), expr.span)
        case Apply("*", (a, b)):
            return Apply("+", (log(a), log(b)), expr.span)
        case Apply("/", (a, b)):
            return Apply("-", (log(a), log(b)), expr.span)
        case Apply("log_difference", (a, b)):
            return Apply("log", (expr,), expr.span)
        case Select(condition, yes, no):
            return Select(condition, log(yes), log(no), expr.span)
        case _:
            return Apply("log", (expr,), expr.span)


def _log_of(value: int | float | Fraction) -> float:
    if value == 0:
        return -math.inf
    # A fraction may be smaller than any float.
    return math.log(value.numerator) - math.log(value.denominator) if isinstance(value, Fraction) else math.log(value)


def binary(lowering: Lowering, op: str, a: Typed, b: Typed, span: Span) -> Typed:
    """`a op b`, elementwise where they are arrays. Kinds have been checked to be numbers or bools."""
    if UNKNOWN in (a, b) or "unknown" in (a.kind, b.kind):
        return UNKNOWN
    b, dims = aligned(a, b)
    if a.axis is not None and a.axis == b.axis and op in COMPARISONS:
        return Typed(Apply(op, (a.expr, b.expr), span), "bool", dims=dims)
    kept = a.axis if op in ("+", "-") and b.axis is None and b.kind == "int" else None
    if kept is not None:
        return Typed(Apply(op, (a.expr, b.expr), span), "int", kept, dims)
    a, b = integer(lowering, a), integer(lowering, b)
    if "log" in (a.kind, b.kind):
        return replace(_on_logs(lowering, op, a, b, span), dims=dims)
    if op in ("and", "or"):
        return Typed(Apply(op, (a.expr, b.expr), span), "bool", dims=dims)
    expr = folded(Apply(op, (a.expr, b.expr), span))
    whole = isinstance(expr, Const) and isinstance(expr.value, int) and not isinstance(expr.value, bool)
    return settled(Typed(expr, "int" if whole else result_kind(op, a.kind, b.kind), dims=dims))


def settled(x: Typed) -> Typed:
    """A constant that kernels have no integer for is a real number."""
    if x.kind == "int" and isinstance(x.expr, Const) and not -WHOLE < x.expr.value < WHOLE:
        return replace(x, expr=replace(x.expr, value=Fraction(x.expr.value)), kind="real")
    return x


def result_kind(op: str, *kinds: str) -> str:
    rule = OPERATORS[op].kind
    if rule != "same":
        return rule
    return "real" if "real" in kinds else "int"


def folded(expr: Apply) -> Expr:
    """Exact arithmetic on constants: `/` and `^` of whole numbers stay exact (language.md 8)."""
    if all(
        isinstance(a, Const) and isinstance(a.value, int | Fraction) and not isinstance(a.value, bool)
        for a in expr.args
    ):
        try:
            value = evaluate(expr)
        except (ZeroDivisionError, OverflowError):
            return expr
        if isinstance(value, int | Fraction) and not -LARGEST <= value <= LARGEST:
            value = math.inf if value > 0 else -math.inf
        return Const(value, expr.span, _still_of(expr))
    return expr


def _still_of(e: Apply) -> str:
    """The axis whose size is in a sum of that and a number, or in a difference of that and one."""
    axes = [a.of for a in e.args if isinstance(a, Const) and a.of]
    of_first = isinstance(e.args[0], Const) and bool(e.args[0].of)
    return axes[0] if len(axes) == 1 and (e.op == "+" or (e.op == "-" and of_first)) else ""


def _on_logs(to: Lowering, op: str, a: Typed, b: Typed, span: Span) -> Typed:
    if op == "^" and a.kind == "log" and b.kind != "log":
        return Typed(Apply("log_power", (a.expr, b.expr), span), "log")
    if op in LOG_FORMS and nonnegative(a, to) and nonnegative(b, to):
        return Typed(Apply(LOG_FORMS[op], (as_log(a), as_log(b)), span), "log")
    if op == "-" and nonnegative(a, to) and nonnegative(b, to):
        return Typed(Apply("log_difference", (as_log(a), as_log(b)), span), "real")
    if op in COMPARISONS:
        return Typed(_compared(op, a, b, span), "bool")
    return Typed(Apply(op, (as_real(a), as_real(b)), span), result_kind(op, "real", "real"))


def _compared(op: str, a: Typed, b: Typed, span: Span) -> Expr:
    both = a.kind == b.kind == "log"
    known = number(b.expr if a.kind == "log" else a.expr)
    if both or (known is not None and known >= 0):
        return Apply(op, (as_log(a), as_log(b)), span)
    return Apply(op, (as_real(a), as_real(b)), span)


def call(op: str, args: list[Typed], span: Span, lowering: Lowering) -> Typed:
    """A scalar function, elementwise. `log` and `sqrt` of a log number are exact at any size."""
    if any(a.kind == "unknown" for a in args):
        return UNKNOWN
    dims: tuple[Binder, ...] = ()
    first, *others = args
    moved = [first]
    for other in others:
        other, dims = aligned(replace(first, dims=first.dims or dims), other)
        moved.append(other)
    dims = dims or first.dims
    if len(args) == 1 and first.kind == "log":
        special = {
            "log": (first.expr, "real"),
            "abs": (first.expr, "log"),
            "sqrt": (Apply("*", (Const(0.5), first.expr)), "log"),
        }
        if op in special:
            expr, kind = special[op]
            return Typed(expr, kind, dims=dims)
    if (
        op in ("min", "max", "clip")
        and any(a.kind == "log" for a in args)
        and all(nonnegative(a, lowering) for a in args)
    ):
        return Typed(Apply(op, tuple(as_log(a) for a in moved), span), "log", dims=dims)
    if op in ("sign", "clip") and all(a.kind == "int" for a in args):
        return Typed(Apply("int", (Apply(op, tuple(a.expr for a in moved), span),)), "int", dims=dims)
    return Typed(Apply(op, tuple(as_real(a) for a in moved), span), result_kind(op, *(a.kind for a in args)), dims=dims)


def choose(condition: Typed, yes: Typed, no: Typed, span: Span, lowering: Lowering) -> Typed:
    """`if condition then yes else no`; a log if either branch is one and the other is known not to be negative."""
    if "unknown" in (condition.kind, yes.kind, no.kind):
        return UNKNOWN
    yes, dims = aligned(condition, yes)
    no, dims = aligned(replace(condition, dims=dims), no)
    if yes.axis is not None and yes.axis == no.axis:
        return Typed(Select(condition.expr, yes.expr, no.expr, span), "int", yes.axis, dims)
    yes, no = integer(lowering, yes), integer(lowering, no)
    if "log" in (yes.kind, no.kind) and nonnegative(yes, lowering) and nonnegative(no, lowering):
        return Typed(Select(condition.expr, as_log(yes), as_log(no), span), "log", dims=dims)
    kind = yes.kind if yes.kind == no.kind else "real"
    return Typed(Select(condition.expr, as_real(yes), as_real(no), span), kind, dims=dims)


def reduced(
    op: str, body: Typed, binders: tuple[Binder, ...], where: Expr | None, span: Span, lowering: Lowering
) -> Typed:
    """A reducer over binders, on logs where the body is one."""
    body = integer(lowering, body)
    if body.kind == "unknown":
        return UNKNOWN
    if body.kind == "log" and op in ("sum", "prod", "mean"):
        if op == "prod":
            return Typed(Reduce("sum", body.expr, binders, where, span), "log")
        total = Reduce("log_sum", body.expr, binders, where, span)
        if op == "sum":
            return Typed(total, "log")
        size = Reduce("count", Const(True), binders, where, span)
        return Typed(Apply("-", (total, Apply("log", (Apply("real", (size,)),))), span), "log")
    kinds = {"mean": "real", "prod": "real", "any": "bool", "all": "bool", "count": "int"}
    kind = kinds.get(op, body.kind if body.kind != "bool" else "int")
    if op in ("max", "min") and kind == "int":
        return Typed(Apply("int", (Reduce(op, Apply("real", (body.expr,)), binders, where, span),)), "int")
    return Typed(Reduce(op, body.expr, binders, where, span), kind)


def aligned(a: Typed, b: Typed) -> tuple[Typed, tuple[Binder, ...]]:
    """`b` with its array dimensions renamed to those of `a` that run over the same domain; and the dimensions of both together."""
    if not b.dims:
        return b, a.dims
    names: dict[str, Expr] = {}
    free = list(a.dims)
    extra: list[Binder] = []
    for binder in b.dims:
        same = next((d for d in free if d.domain == binder.domain), None)
        if same is None:
            extra.append(binder)
        else:
            free.remove(same)
            names[binder.name] = Var(same.name)
    return replace(b, expr=substitute(b.expr, names)), (*a.dims, *extra)
