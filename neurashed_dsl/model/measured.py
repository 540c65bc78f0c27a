"""Measures of what was recorded, in `derive` and claims: the measures of the library and of the file, at every recorded time at once.

A record is an array over its dimensions, its time, repeats and cells apart: those go along with everything. In a measure of records, functions of
records (`first`, `savgol`, …) take whole arrays: `first(M)` is M where the trajectory begins.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from neurashed_dsl.builtins.after import AFTER
from neurashed_dsl.ir.expr import (
    Apply,
    Binder,
    Const,
    Expr,
    Range,
    Reduce,
    Select,
    Var,
    Whole,
    arrays,
    children,
    transform,
    walk,
)
from neurashed_dsl.ir.operators import FUNCTIONS, REDUCERS
from neurashed_dsl.ir.system import Axis, Let
from neurashed_dsl.ir.whole import span
from neurashed_dsl.model import arithmetic, errors
from neurashed_dsl.model import experiment_errors as words
from neurashed_dsl.model.after_options import Constant
from neurashed_dsl.model.constant import shown
from neurashed_dsl.model.demands import known_now
from neurashed_dsl.model.known import Dims
from neurashed_dsl.model.lower import lower, whole_array
from neurashed_dsl.model.lower.measures import measured
from neurashed_dsl.model.record import dimensions_of
from neurashed_dsl.model.scope import UNKNOWN, ArrayOf, Lowering, MacroOf, Meaning, MeasureOf, Scope, Typed
from neurashed_dsl.syntax import ast
from neurashed_dsl.values import frozen

Applied = Callable[[ast.Call, Expr, Dims, Constant, Lowering], tuple[Expr, Dims] | None]
OVER_TIME = [n for n in AFTER if n not in REDUCERS and n not in FUNCTIONS]  # `max(x)` in a measure is over indices
MOST_NUMBERS = 10**8


@frozen
class Given:
    """An argument: its value and its dimensions. Those in `free` are the array's own; the others (time, cells) go along."""

    expr: Expr
    dims: Dims
    free: tuple[str, ...]

    @property
    def along(self) -> Dims:
        return {d: labels for d, labels in self.dims.items() if d not in self.free}


@frozen
class Making:
    """A measure that is being lowered: which dimensions go along with each array, and how a function of records is."""

    to: Lowering
    along: dict[str, Dims]
    applied: Applied

    def carried(self, expr: Expr) -> Dims:
        """What goes along with an expression."""
        found: dict[str, Any] = {}
        for name in sorted(arrays(expr)):
            if name not in self.along:
                self.along[name] = self.carried(next(let.expr for let in self.to.lets if let.name == name))
            found |= self.along[name]
        return found


def measure_of_records(
    x: ast.Call, meaning: MeasureOf, given: Sequence[Given], applied: Applied, to: Lowering
) -> tuple[Expr, Dims] | None:
    """What a measure makes of records, and its dimensions. `applied` lowers a function of records. None after a report."""
    names = {f"argument {i}": _meaning(f"argument {i}", one) for i, one in enumerate(given)}
    arguments = [
        replace(a, value=ast.Name(span=a.value.span, name=name)) for a, name in zip(x.arguments, names, strict=True)
    ]
    inner = Lowering(to.report, {d: a for one in given for d, a in _axes(one).items()}, memory=to.memory)
    making = Making(inner, {name: one.along for name, one in zip(names, given)}, applied)
    inner.world = {n: MacroOf(partial(_over_time, making)) for n in OVER_TIME} | names
    array = measured(replace(x, arguments=tuple(arguments)), meaning, Scope(names, meaning.scope), inner)
    if array is None:
        return None
    inner.lets = _needed(array.name, inner.lets)
    if not _inside(x, inner) or not _small(x, making):
        return None
    found = whole_array(array, x.span, inner)
    own = {d.name: d.labels for d in dimensions_of([b.domain for b in found.dims], [], None, inner)}
    value = Apply("named", (_over(found.dims, arithmetic.as_real(found), inner), *(_labels(d, own[d]) for d in own)))
    for let in reversed(inner.lets):
        value = Apply("let", (Var(let.name), _over(let.binders, _plain(let.expr, inner), inner), value))
    whole: Expr = value
    for name, one in zip(names, given):
        shaped = Apply("indexed", (one.expr, *(Var(d) for d in one.free)))
        whole = Apply("let", (Var(name), shaped, whole))
    return whole, {**making.carried(found.expr), **own}


def _meaning(name: str, one: Given) -> Meaning:
    """Numbers and truths are constants, so that they may choose among expressions, or be options."""
    match one.expr:
        case Const(bool() as value):
            return Typed(Const(value), "bool")
        case Const(value):
            whole = float(value).is_integer()
            return Typed(Const(int(value) if whole else float(value)), "int" if whole else "real")
        case _:
            return ArrayOf(name, one.free, "real")


def _axes(one: Given) -> dict[str, Axis]:
    return {d: _axis(d, one.dims[d]) for d in one.free}


def _axis(name: str, labels: Any) -> Axis:
    """Whole numbers that follow one another are an axis' integers; anything else are names."""
    values = np.asarray(labels)
    if values.dtype.kind in "iu" and (np.diff(values) == 1).all():
        return Axis(name, len(values), int(values[0]) if len(values) else 1)
    return Axis(name, len(values), 1, [str(v) for v in values.tolist()])


def _over_time(making: Making, to: Lowering, scope: Scope, x: ast.Call) -> Typed:
    """A function of records in a measure: an array of its own, so that it has elements."""
    name = x.function.name
    positional = [a.value for a in x.arguments if a.name is None]
    if len(positional) != 1:
        given = errors.many(len(positional), "argument")
        to.report.add(errors.WRONG_COUNT.at(x.span, function=name, given=given, takes="one record"))
        return UNKNOWN
    inner = lower(positional[0], scope, to)
    if inner.kind == "unknown":
        return UNKNOWN

    def constant(option: ast.Expr) -> Expr | None:
        found = lower(option, scope, to)
        return None if found.kind == "unknown" else found.expr

    expr = arithmetic.as_real(inner)
    found = making.applied(x, expr, making.carried(expr), constant, to)
    if found is None:
        return UNKNOWN
    made = f"{name}.{len(to.lets)}"
    to.lets.append(Let(made, inner.dims, found[0], span=x.span))
    making.along[made] = found[1]
    domains = tuple(b.domain for b in inner.dims)
    axes = tuple(d.axis for d in domains if isinstance(d, Whole | Range))
    return whole_array(ArrayOf(made, axes, "real", None, domains, x.span), x.span, to)


def _needed(name: str, lets: Sequence[Let]) -> list[Let]:
    """What an array is made of, in the order of evaluation, without branches that are never taken."""
    taken = {let.name: replace(let, expr=transform(let.expr, _taken)) for let in lets}
    found, waiting = set(), {name}
    while waiting:
        found |= waiting
        waiting = {a for n in waiting for a in arrays(taken[n].expr) if a in taken} - found
    return [let for let in taken.values() if let.name in found]


def _taken(e: Expr) -> Expr:
    match e:
        case Select(Const(condition), yes, no):
            return yes if condition else no
        case _:
            return e


# --- to whole arrays ----------------------------------------------------------------------------------------------------------


def _over(binders: Sequence[Binder], expr: Expr, to: Lowering) -> Expr:
    return Apply("over", (expr, *(span(_ranged(b, to)) for b in binders)))


def _ranged(binder: Binder, to: Lowering) -> Binder:
    """Over plain positions: there are no axes among arrays."""
    match binder.domain:
        case Whole(axis):
            return Binder(binder.name, Range(Const(0), Const(to.axes[axis].size)))
        case _:
            return binder


def _plain(expr: Expr, to: Lowering) -> Expr:
    return transform(
        expr, lambda e: replace(e, binders=tuple(_ranged(b, to) for b in e.binders)) if isinstance(e, Reduce) else e
    )


def _labels(dim: str, labels: Any) -> Expr:
    return Apply("labels", (Var(dim), *(Var(v) if isinstance(v, str) else Const(v) for v in list(labels))))


# --- what can't be worked out so ----------------------------------------------------------------------------------------------


def _inside(x: ast.Call, to: Lowering) -> bool:
    """Do all indices stay on their axes, and are all ranges known? False after a report."""
    for let in to.lets:
        for e in walk(let.expr):
            binders = e.binders if isinstance(e, Reduce) else ()
            if any(not isinstance(_ranged(b, to).domain, Range) or _size(b, to) is None for b in binders):
                to.report.add(words.SIZE_VARIES.at(x.span))
                return False
            if isinstance(e, Apply) and e.op == "within":
                place = {"text": e.span.text, "place": e.span.place, "label": "may leave its axis"}
                to.report.add(
                    errors.BAD_MEASURE.at(x.span, name=x.function.name, why="an index leaves its axis", **place)
                )
                return False
    return True


def _size(binder: Binder, to: Lowering) -> int | None:
    domain = _ranged(binder, to).domain
    if not isinstance(domain, Range):
        return None
    low, high = known_now(domain.low, to), known_now(domain.high, to)
    return None if low is None or high is None else max(0, int(high) - int(low))


def _small(x: ast.Call, making: Making) -> bool:
    """Does it fit into memory, all times at once? False after a report."""
    for let in making.to.lets:
        along = [len(labels) for labels in making.carried(let.expr).values() if labels is not None]
        outer = [_size(b, making.to) or 1 for b in let.binders]
        numbers = math.prod([*outer, *along]) * _numbers(let.expr, making.to)
        if numbers > MOST_NUMBERS:
            count, most = shown(numbers), shown(MOST_NUMBERS)
            values = {"name": x.function.name, "count": count, "most": most}
            making.to.report.add(words.MEASURE_TOO_LARGE.at(x.span, **values))
            return False
    return True


def _numbers(e: Expr, to: Lowering) -> int:
    """How many values of an expression there are at once, of reducers in reducers."""
    own = math.prod(_size(b, to) or 1 for b in e.binders) if isinstance(e, Reduce) else 1
    return own * max((_numbers(c, to) for c in children(e)), default=1)
