"""`derive` and `expect`: expressions over what was recorded, checked against its dimensions before anything runs.

The IR here holds whole arrays: `Var` is a record, `Apply` a row of OPERATORS or of `builtins.after`, evaluated by `evaluate_arrays`.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from neurashed_dsl.builtins.after import AFTER, TIME_ONLY, After
from neurashed_dsl.diagnostics import nearest
from neurashed_dsl.ir.evaluate import evaluate
from neurashed_dsl.ir.expr import Apply, Const, Expr, Var, tree_size, walk
from neurashed_dsl.ir.operators import FUNCTIONS, OPERATORS
from neurashed_dsl.model import elsewhere, errors
from neurashed_dsl.model import experiment_errors as words
from neurashed_dsl.model.after_options import Constant, options_of
from neurashed_dsl.model.arguments import bind_arguments
from neurashed_dsl.model.demands import (
    MAX_OPERATIONS,
    may_inline,
    misplaced,
    number_held,
    report_overgrown,
    wanted,
)
from neurashed_dsl.model.known import ESTIMATE, PARAMETER, Dims, Known, Names, is_time
from neurashed_dsl.model.measured import Given, measure_of_records
from neurashed_dsl.model.others import of_other, others_names
from neurashed_dsl.model.picks import picked, recorded
from neurashed_dsl.model.probes import OF_STATES, PROBES, direction_of
from neurashed_dsl.model.scope import FunctionOf, Lowering, MeasureOf, Typed
from neurashed_dsl.model.sweep_errors import STAGES_VARY
from neurashed_dsl.syntax import ast
from neurashed_dsl.syntax.walk import walk as syntax_walk

COMPARISONS = ("==", "!=", "<", "<=", ">", ">=")


def lower_after(x: ast.Expr, names: Names, to: Lowering) -> Known | None:
    """None after a report."""
    match x:
        case ast.Number():
            return Known(Const(float(x.value)), {}) if number_held(x, to) else None
        case ast.Truth():
            return Known(Const(x.value), {}, True)
        case ast.Name():
            return _name(x, names, to)
        case ast.Member() if x.experiment.name == names.experiment:
            return lower_after(x.name, names, to)
        case ast.Member() if names.others:
            theirs = others_names(x, names, to)
            return None if theirs is None else of_other(x, names, lower_after(x.name, theirs, to), to)
        case ast.Unary():
            return _combined("neg" if x.op == "-" else "not", [x.operand], x, names, to)
        case ast.Binary() if x.op != "in":
            return _combined(x.op, [x.left, x.right], x, names, to)
        case ast.If():
            return _combined("choose", [x.condition, x.yes, x.no], x, names, to)
        case ast.Call():
            return _call(x, names, to)
        case ast.Index() | ast.Pick():
            base = lower_after(x.base, names, to)
            return None if base is None else picked(x, base, names.sweep, to)
        case _:
            misplaced(x, to)
            return None


def _name(x: ast.Name, names: Names, to: Lowering) -> Known | None:
    if x.name in names.given:
        return names.given[x.name]
    if x.name in names.records:
        return recorded(x, names)
    for axis in names.sweep.axes:
        if x.name in axis.values and axis.values[x.name].dtype.kind in "if":
            return Known(Var(x.name, x.span), {axis.name: axis.values[axis.name]})
    if x.name in names.fitted:
        return Known(Apply("pick", (Var(ESTIMATE), Apply("place", (Var(PARAMETER), Var(x.name)))), x.span), {})
    if x.name in names.numbers:
        return Known(Const(float(names.numbers[x.name])), {})
    meaning = names.scope.find(x.name)
    if isinstance(meaning, Typed) and isinstance(meaning.expr, Const) and meaning.kind == "real":
        return Known(meaning.expr, {})
    if x.name in names.broken:
        return None
    to.report.add(words.UNKNOWN_RECORD.at(x.span, name=x.name, **names.absent(x.name)))
    return None


def _combined(op: str, parts: Sequence[ast.Expr], x: ast.Expr, names: Names, to: Lowering) -> Known | None:
    found = [lower_after(p, names, to) for p in parts]
    if any(f is None for f in found):
        return None
    whole = [f for f in found if f is not None]
    for part, f, want in zip(parts, whole, _wants(op, whole)):
        kind = "bool" if f.truth else "real"
        if want and wanted(Typed(f.expr, kind), want, part.span, to).kind == "unknown":
            return None
    dims: dict[str, Any] = {}
    for f in whole:
        dims |= f.dims
    truth = op in ("and", "or", "not") or op in COMPARISONS
    return Known(Apply(op, tuple(f.expr for f in whole), x.span), dims, truth)


def _wants(op: str, parts: Sequence[Known]) -> Sequence[str]:
    """What each part of an operator must be; "" for anything."""
    if op in ("and", "or", "not"):
        return ["bool"] * len(parts)
    if op in ("==", "!=") and all(p.truth for p in parts):
        return [""] * len(parts)
    if op == "choose":
        return ["bool", "", ""] if parts[1].truth and parts[2].truth else ["bool", "number", "number"]
    return ["number"] * len(parts)


# --- functions ------------------------------------------------------------------------------------------------------------


def _call(x: ast.Call, names: Names, to: Lowering) -> Known | None:
    name = x.function.name
    positional = [a.value for a in x.arguments if a.name is None]
    meaning, measure = names.scope.find(name), names.scope.find(f"{name}()")
    if isinstance(meaning, FunctionOf) and isinstance(meaning.declaration, ast.Function):
        return _inlined(x, meaning.declaration, names, to)
    if isinstance(meaning, Typed) and meaning.kind == "unknown":
        return None  # reported where it is declared
    if name in AFTER and len(positional) == 1:
        return _after(x, positional[0], names, to)
    if name in OF_STATES and any(a.name == "by" for a in x.arguments):
        return _separability(x, names, to)
    if isinstance(measure, MeasureOf) and name not in FUNCTIONS and _of_records(x, names):
        return _measure(x, measure, names, to)
    if name in FUNCTIONS:
        if len(positional) != len(x.arguments) or len(positional) != OPERATORS[name].arity:
            takes, given = (errors.many(n, "argument") for n in (OPERATORS[name].arity, len(x.arguments)))
            to.report.add(errors.WRONG_COUNT.at(x.span, function=name, given=given, takes=takes))
            return None
        return _combined(name, positional, x, names, to)
    if name in AFTER:
        given = errors.many(len(positional), "argument")
        to.report.add(errors.WRONG_COUNT.at(x.span, function=name, given=given, takes="one record"))
        return None
    _unknown(x, names, to)
    return None


def _unknown(x: ast.Call, names: Names, to: Lowering) -> None:
    name = x.function.name
    if name in PROBES or names.scope.find(f"{name}()") is not None:
        to.report.add(words.MEASURE_AFTER.at(x.span, name=name, call=x.span.text))
        return
    functions = (n for n in names.scope.all() if isinstance(names.scope.find(n), FunctionOf | MeasureOf))
    hint = elsewhere.FUNCTIONS.get(name, "")
    near = "" if hint else nearest(name, [*AFTER, *FUNCTIONS, *(n.removesuffix("()") for n in functions)])
    to.report.add(words.UNKNOWN_AFTER.at(x.function.span, name=name, near=near, hint=hint))


def _of_records(x: ast.Call, names: Names) -> bool:
    """Is a measure asked of what was recorded, rather than of the model?"""
    read = {n.name for a in x.arguments for n in syntax_walk(a.value) if isinstance(n, ast.Name)}
    return bool(read & {*names.records, *names.broken, *names.given})


def _measure(x: ast.Call, meaning: MeasureOf, names: Names, to: Lowering) -> Known | None:
    """A measure of records, at every time at once."""
    given: list[Given] = []
    for argument in x.arguments:
        known = lower_after(argument.value, names, to)
        if known is None:
            return None
        free = _own_dims(known, names)
        expr = known.expr if known.dims else _settled(known.expr)
        given.append(Given(expr, known.dims, free))
    found = measure_of_records(x, meaning, given, partial(_applied, names), to)
    return None if found is None else Known(*found)


def _separability(x: ast.Call, names: Names, to: Lowering) -> Known | None:
    """Of a record over class, coordinate and sample, at every time at once: along the difference of means, or by any hyperplane."""
    plain, by = direction_of(x, to)
    if by == "means":
        return _call(plain, names, to)
    known = lower_after(plain.arguments[0].value, names, to) if by and plain.arguments else None
    if known is None:
        return None
    own = _own_dims(known, names)
    if len(own) != 3:
        to.report.add(errors.NOT_A_STATE.at(plain.arguments[0].span, name=plain.arguments[0].span.text))
        return None
    pieces = tuple(Apply("dim", (Var(d),)) for d in own)
    return Known(
        Apply("hyperplanes", (known.expr, *pieces), x.span), {d: v for d, v in known.dims.items() if d not in own}
    )


def _own_dims(known: Known, names: Names) -> tuple[str, ...]:
    """Without its time and the cells of a sweep."""
    cells = [axis.name for axis in names.sweep.axes]
    return tuple(d for d in known.dims if not is_time(d) and d not in cells)


def _settled(expr: Expr) -> Expr:
    """The number of an expression that reads nothing."""
    return expr if any(isinstance(e, Var) for e in walk(expr)) else Const(evaluate(expr))


def _applied(
    names: Names, x: ast.Call, expr: Expr, dims: Dims, constant: Constant, to: Lowering
) -> tuple[Expr, Dims] | None:
    """A function of records inside a measure, where only time and cells are dimensions."""
    row = AFTER[x.function.name]
    options = options_of(x, row, constant, _count(dims), to)
    found = None if options is None else _over_dims(x, row, Known(expr, dims), options, names, to)
    return None if found is None else (found.expr, found.dims)


def _inlined(x: ast.Call, function: ast.Function, names: Names, to: Lowering) -> Known | None:
    """A function of the file: its body, with its parameters standing for the arguments."""
    values = bind_arguments(x, function.name.name, function.parameters, to.report)
    if values is None or not may_inline(x, function, to):
        return None
    given: dict[str, Known] = {}
    for parameter in function.parameters:
        value = values.get(parameter.name.name)
        inside = replace(names, records={}, given=given)
        found = lower_after(value or parameter.default or x, inside if value is None else names, to)
        if found is None:
            return None
        given[parameter.name.name] = found
    to.depth += 1
    result = lower_after(function.body, replace(names, records={}, given=given), to)
    to.depth -= 1
    if result is not None and tree_size(result.expr) > MAX_OPERATIONS:
        report_overgrown(to)
        return None
    return result


def _after(x: ast.Call, only: ast.Expr, names: Names, to: Lowering) -> Known | None:
    row = AFTER[x.function.name]
    inner = lower_after(only, names, to)
    if any(a.name == "stage" for a in x.arguments):
        inner = _staged(x, inner, names, to)
        x = replace(x, arguments=tuple(a for a in x.arguments if a.name != "stage"))
    options = options_of(x, row, partial(_constant, names, to), _count(inner.dims if inner else {}), to)
    return None if inner is None or options is None else _over_dims(x, row, inner, options, names, to)


def _count(dims: Dims) -> int | None:
    """How many times there are, if that is known before the run."""
    labels = next((labels for d, labels in dims.items() if is_time(d)), None)
    return None if labels is None else len(labels)


def _over_dims(x: ast.Call, row: After, inner: Known, options: list[Expr], names: Names, to: Lowering) -> Known | None:
    name, only = x.function.name, x.arguments[0].value
    times = [d for d in inner.dims if is_time(d)]
    if name in TIME_ONLY and not times:
        to.report.add(words.NO_TIME.at(only.span, function=name, name=only.span.text))
        return None
    # Cells of a sweep stay apart, as repeats do.
    free = [d for d in inner.dims if all(d != axis.name for axis in names.sweep.axes)]
    others = [d for d in free if d not in times]
    if row.goes in ("rivals", "pairs") and len(others) < 2:
        to.report.add(words.NO_RIVALS.at(only.span, function=name, name=only.span.text))
        return None
    gone = {"none": [], "all": free, "time": times[:1] or free, "rivals": others[-2:-1], "pairs": others[-2:]}[row.goes]
    removed = gone if row.goes in ("all", "time") else [*times[:1], *gone]
    kept = {d: labels for d, labels in inner.dims.items() if d not in gone}
    pieces = (inner.expr, *(Apply("dim", (Var(d),)) for d in removed), *options)
    return Known(Apply(f"after {name}", pieces, x.span), kept, name in ("all", "any"))


def _staged(x: ast.Call, inner: Known | None, names: Names, to: Lowering) -> Known | None:
    """`…, stage: s`: only the times of a stage, counted from its start."""
    (given, *_) = (a.value for a in x.arguments if a.name == "stage")
    word = given.name if isinstance(given, ast.Name) else given.span.text
    if word not in names.stages:
        known = ", ".join(f"`{s}`" for s in names.stages) or "none"
        to.report.add(words.NO_STAGE.at(given.span, name=word, near=nearest(word, names.stages), known=known))
        return None
    time = next((d for d in (inner.dims if inner else ()) if is_time(d)), None)
    if inner is None or time is None:
        if inner is not None:
            to.report.add(words.NO_TIME.at(x.span, function=x.function.name, name=x.arguments[0].span.text))
        return None
    found = names.stages[word]
    if found is None:
        to.report.add(STAGES_VARY.at(given.span, name=word))
        return None
    start, stop = found
    return replace(inner, expr=Apply("stage", (inner.expr, Apply("dim", (Var(time),)), Const(start), Const(stop))))


def _constant(names: Names, to: Lowering, x: ast.Expr) -> Expr | None:
    known = lower_after(x, names, to)
    return None if known is None else known.expr
