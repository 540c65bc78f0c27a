"""What is asked of an expression where it stands, and what is said where it isn't that: a number, a condition, whole, one, known, not too large."""

import math
from collections.abc import Iterable, Sequence
from fractions import Fraction

from neurashed_dsl.diagnostics import Span, nearest
from neurashed_dsl.ir.evaluate import evaluate
from neurashed_dsl.ir.expr import Const, Expr, Read, free, walk
from neurashed_dsl.ir.operators import FUNCTIONS, REDUCERS
from neurashed_dsl.model import arithmetic, elsewhere, errors
from neurashed_dsl.model.scope import (
    NAMED_NUMBERS,
    UNKNOWN,
    ArrayOf,
    FunctionOf,
    Lowering,
    MacroOf,
    Meaning,
    MeasureOf,
    RelationOf,
    Scope,
    SetOf,
    Typed,
    declared_at,
)
from neurashed_dsl.syntax import ast

MAX_INLINING = 100
MAX_CALLS = 2000  # within one
MAX_OPERATIONS = 20_000  # of a function with all its calls written out
MAX_RANGE = 10**9
ABSENT = {
    "held_out": "no input is held out: `hold_out 0.2` stands in `inputs from`",
}


def misplaced(x: ast.Node, to: Lowering) -> Typed:
    what = {
        ast.Text: ("a string", ""),
        ast.Star: ("`*`", "`*` stands for a whole axis, in an index"),
        ast.ListOf: ("a list", ""),
        ast.Interval: ("a range", "ranges stand after `in`"),
        ast.EdgeRef: ("an edge", "edges stand in `η[f -> F]`"),
        ast.Binary: ("`in`", "write `low <= x and x <= high`"),
        ast.Pick: ("`[…]` after a call", "give it a name with `let`, `record` or `derive`, and index that"),
        ast.Drawn: ("a draw", "nothing is drawn after a run"),
        ast.Member: ("a result of another experiment", "it is given to a parameter of `model`, as an array"),
        ast.DataFile: ("a file", "it is given to a parameter of `model` that is an array"),
        ast.Comprehension: ("`for`", "it stands in the arguments of a reducer: `sum(e for i in 1..n)`"),
    }
    name, hint = what.get(type(x), ("this", ""))
    to.report.add(errors.MISPLACED.at(x.span, what=name, hint=hint))
    return UNKNOWN


def number_held(x: ast.Number, to: Lowering) -> bool:
    """False after a report: no float is that large."""
    if not -arithmetic.LARGEST <= x.value <= arithmetic.LARGEST:
        to.report.add(errors.NUMBER_TOO_LARGE.at(x.span, value=x.text))
        return False
    return True


def described(name: str, meaning: Meaning) -> tuple[str, str]:
    """What a name is, and how it is used instead."""
    match meaning:
        case SetOf():
            return "a set of indices", f"use it after `in`: `n in {name}`"
        case RelationOf():
            return "a relation", f"use it after `in`: `f in {name}(…)`"
        case ArrayOf():
            return "an array", f"`{name}[…]` is one of its elements"
        case FunctionOf(ast.Law()):
            return "a law", f"laws stand in `update`: `update λ by {name}`"
        case FunctionOf(ast.Network() | ast.System() as declaration):
            return f"a {type(declaration).__name__.lower()}", f"it is a model: `model {name}`"
        case FunctionOf(ast.Data()):
            return "a trajectory", f"it is a model: `model {name}`"
        case FunctionOf(ast.Rule()):
            return "a rule", "rules say in the levels of a network when a node fires"
        case FunctionOf(ast.Experiment()):
            return "an experiment", elsewhere.NAMES.get(name, "")
        case FunctionOf(ast.Node() as declaration):
            return _an(type(declaration).__name__.lower()), f"call it: `{name}(…)`"
        case FunctionOf(declaration):
            return str(declaration.what), ""  # of a network: a node, a family, a level
        case MacroOf() | MeasureOf():
            return "a function", f"call it: `{name}(…)`"
        case _:
            return "a number", ""


def _an(noun: str) -> str:
    return f"an {noun}" if noun[0] in "aeiou" else f"a {noun}"


def report_unknown(x: ast.Name, scope: Scope, to: Lowering) -> None:
    function = x.name in FUNCTIONS or x.name in REDUCERS
    pool = {*scope.all(), *FUNCTIONS, *REDUCERS} - {x.name, "log_sum", *NAMED_NUMBERS}
    near = "" if function or x.name in elsewhere.NAMES else nearest(x.name, pool)
    where = declared_at(scope.find(near))
    values = {
        "near": near,
        "where": where.place if where else "",
        "hint": f"`{x.name}(…)` is a function" if function else absent(x.name, to),
    }
    to.report.add(errors.UNKNOWN_NAME.at(x.span, name=x.name, **values))


def report_no_function(x: ast.Name, known: Iterable[str], to: Lowering) -> None:
    hint = elsewhere.function_here(x.name)
    near = "" if hint else nearest(x.name, known)
    to.report.add(errors.UNKNOWN_FUNCTION.at(x.span, name=x.name, near=near, hint=hint))


def absent(name: str, to: Lowering) -> str:
    """Why there is nothing of a name that one may expect."""
    if name in ("λ", "η") and "κ" in to.world:
        return "with `amplify edges` the factors are κ, of edges"
    return ABSENT.get(name, "") or elsewhere.NAMES.get(name, "")


def wanted(x: Typed, what: str, span: Span, to: Lowering) -> Typed:
    """`x` if it is a "bool" or a "number" as wanted, else a report."""
    kinds = {"bool": ("bool",), "number": ("int", "real", "log")}[what]
    if x.kind in (*kinds, "unknown"):
        return x
    names = {
        "bool": "a condition",
        "int": "a whole number",
        "real": "a number",
        "log": "a number",
        "number": "a number",
        "text": "a string",
    }
    hint = "compare it: `x > 0`" if what == "bool" else "`if c then 1 else 0` makes a number of a condition"
    to.report.add(errors.WRONG_TYPE.at(span, wanted=names[what], got=names[x.kind], hint=hint))
    return UNKNOWN


def single(x: Typed, span: Span, to: Lowering) -> Typed:
    """`x` if it is one number or one condition, else a report."""
    if x.kind == "unknown" or not x.dims:
        return x
    hint = "give it an index; or `sum(…)`, `mean(…)`, `any(…)` … make one of many"
    to.report.add(errors.WRONG_TYPE.at(span, wanted="one number", got="an array", hint=hint))
    return UNKNOWN


def too_long(size: int, span: Span, to: Lowering) -> bool:
    if size > MAX_RANGE:
        to.report.add(errors.TOO_LONG.at(span, size=size if size < 10**15 else f"{arithmetic.as_float(size):.3g}"))
    return size > MAX_RANGE


def known_now(expr: Expr, to: Lowering) -> int | float | Fraction | None:
    """The value of an expression that reads nothing but parameters; None if there is no such value, or it isn't finite."""
    if free(expr) or not {e.array for e in walk(expr) if isinstance(e, Read)} <= to.memory.arrays.keys():
        return None
    try:
        value = evaluate(expr, {}, to.memory)
    except (KeyError, IndexError, ZeroDivisionError, OverflowError, ValueError, TypeError):
        return None
    return value if isinstance(value, int | Fraction) or math.isfinite(value) else None


def whole_of(expr: Expr, span: Span, to: Lowering) -> Expr | None:
    """`n / 2` is a whole number where the parameter n is even: sizes are worked out now."""
    value = known_now(expr, to)
    if value is None:
        hint = "`floor(x)` rounds down"
        to.report.add(errors.WRONG_TYPE.at(span, wanted="a whole number", got="a real number", hint=hint))
    elif value != int(value):
        to.report.add(errors.NOT_WHOLE.at(span, value=f"{float(value):.6g}"))
    else:
        return Const(int(value), span)
    return None


def axis_words(x: Typed) -> str:
    return (
        f"an index of `{x.axis}`"
        if x.axis
        else {"int": "an integer", "bool": "a condition"}.get(x.kind, "a real number")
    )


def rank_words(x: ast.Index | ast.Pick, axes: Sequence[str]) -> dict[str, object]:
    """What `WRONG_RANK` says."""
    rank, given = (errors.many(n, "index", "indices") for n in (len(axes), len(x.arguments)))
    return {"name": x.base.span.text, "rank": rank, "given": given, "axes": ", ".join(f"`{a}`" for a in axes)}


def may_inline(x: ast.Call, function: ast.Function | ast.Rule, to: Lowering) -> bool:
    """False after a report, or where one call within the same outermost call was reported: there may be 2^60 of them."""
    to.inlined = 0 if to.depth == 0 else to.inlined + 1
    to.outermost = x if to.depth == 0 else to.outermost
    if to.inlined > MAX_CALLS:
        return False
    if to.depth > MAX_INLINING:
        to.report.add(errors.RECURSIVE_FUNCTION.at(x.span, name=function.name.name))
    elif to.inlined == MAX_CALLS:
        report_overgrown(to)
    else:
        return True
    to.inlined = MAX_CALLS + 1
    return False


def report_overgrown(to: Lowering) -> None:
    call = to.outermost
    if call is not None:
        values = {"name": call.function.name, "calls": MAX_CALLS, "most": MAX_OPERATIONS}
        to.report.add(errors.OVERGROWN_FUNCTION.at(call.span, **values))
