"""`x[i, j + 1]`: an element of an array, or what its boundary gives."""

from collections.abc import Iterable
from dataclasses import replace

from neurashed_dsl.ir.expr import (
    Apply,
    Binder,
    Const,
    Expr,
    Read,
    Select,
    substitute,
)
from neurashed_dsl.model import arithmetic, errors
from neurashed_dsl.model.bounds import Outside, ends_of, outside
from neurashed_dsl.model.demands import (
    rank_words,
    report_unknown,
    single,
    wanted,
)
from neurashed_dsl.model.lower import expressions, indices, measures
from neurashed_dsl.model.scope import (
    UNKNOWN,
    ArrayOf,
    Edge,
    Lowering,
    MeasureOf,
    Scope,
    SetOf,
    Typed,
)
from neurashed_dsl.syntax import ast


def element(x: ast.Index, scope: Scope, to: Lowering) -> Typed:
    meaning = scope.find(x.base.name)
    if meaning is None or isinstance(meaning, SetOf):
        # A level may bear the name of a measure.
        meaning = scope.find(x.base.name + "()") or meaning
    if meaning is None:
        report_unknown(x.base, scope, to)
        return UNKNOWN
    if isinstance(meaning, MeasureOf) and any(key[0] in meaning.overloads for key in to.measuring):
        to.report.add(errors.NO_ARRAY.at(x.base.span, name=x.base.name, hint=measures.ITSELF))
        return UNKNOWN
    if isinstance(meaning, MeasureOf):
        meaning = (
            measures.measured(ast.Call(span=x.base.span, function=x.base, arguments=()), meaning, scope, to) or UNKNOWN
        )
    if not isinstance(meaning, ArrayOf):
        if not (isinstance(meaning, Typed) and meaning.kind == "unknown"):
            to.report.add(errors.NOT_AN_ARRAY.at(x.base.span, name=x.base.name))
        return UNKNOWN
    if not meaning.axes:
        to.report.add(errors.NOT_AN_ARRAY.at(x.base.span, name=x.base.name))
        return UNKNOWN
    if len(meaning.axes) != len(x.arguments):
        to.report.add(errors.WRONG_RANK.at(x.span, **rank_words(x, meaning.axes)))
        return UNKNOWN
    return _at(x, meaning, expressions.whole_array(meaning, x.span, to), scope, to)


def _at(x: ast.Index, meaning: ArrayOf, array: Typed, scope: Scope, to: Lowering) -> Typed:
    """The array's expression with its dimensions replaced by the positions given; `*` leaves a dimension open."""
    values: dict[str, Expr] = {}
    open_dims: list[Binder] = []
    for argument, axis, dim in zip(x.arguments, meaning.axes, array.dims):
        if isinstance(argument.value, ast.Star):
            open_dims.append(dim)
            continue
        at = indices.position(argument.value, axis, x.base.name, scope, to, edged=meaning.name in to.edges)
        if at is None:
            return UNKNOWN
        values[dim.name] = at
    read = replace(substitute(array.expr, values), span=x.span)
    assert isinstance(read, Read)
    element = _bounded(x, meaning, read, to)
    return UNKNOWN if element is None else replace(array, expr=element, dims=tuple(open_dims))


def _bounded(x: ast.Index, meaning: ArrayOf, read: Read, to: Lowering) -> Expr | None:
    """The read, or what its boundary gives where it is beyond the axes. None after a report."""
    edges = to.edges.get(meaning.name, [])
    index = list(read.index)
    for d, (at, axis) in enumerate(zip(read.index, meaning.axes)):
        if meaning.domains is not None:
            continue
        known = to.axes[axis]
        allowed, partly = _beyond(edges, d, known.origin)
        case = outside(at, allowed, known.size, to)
        if case is None:
            continue
        if case.certain and not partly:
            _report_beyond(x, meaning, d, case, to)
            return None
        index[d] = indices.within(at, axis, x.span, to)
    result: Expr = replace(read, index=tuple(index))
    for edge in edges:
        result = _edged(result, read, edge, meaning, to)
    return result


def _beyond(edges: Iterable[Edge], d: int, origin: int) -> tuple[set[int], bool]:
    """Positions beyond an axis at which an array has a value wherever it is along the others; has it some at places of the others?"""
    there = [e for e in edges if e.places[d] is not None]
    everywhere = {e.places[d] for e in there if sum(p is not None for p in e.places) == 1}
    return {p - origin for p in everywhere if p is not None}, len(everywhere) < len({e.places[d] for e in there})


def _edged(result: Expr, read: Read, edge: Edge, meaning: ArrayOf, to: Lowering) -> Expr:
    """`if` the index is that of the boundary `then` its value `else` what else it is."""
    tests: list[Expr] = []
    for at, place, axis in zip(read.index, edge.places, meaning.axes):
        if place is None:
            continue
        there = place - to.axes[axis].origin
        ends = ends_of(at, to)
        if ends is not None and not ends[0] <= there <= ends[1]:
            return result
        tests.append(Apply("==", (at, Const(there, of=axis if there > 0 else ""))))
    if not tests:  # a boundary of every place, which is reported where it is declared
        return result
    key = f"boundary of {meaning.name}"
    if key in to.inside:
        to.report.add(errors.NO_ARRAY.at(edge.value.span, name=meaning.name, hint="a boundary can't read itself"))
        return result
    to.inside.append(key)
    value = single(
        wanted(expressions.lower(edge.value, edge.scope, to), "number", edge.value.span, to), edge.value.span, to
    )
    to.inside.pop()
    if value.kind == "unknown":
        return result
    value = arithmetic.integer(to, value)
    held = arithmetic.as_log(value) if meaning.kind == "log" else arithmetic.as_real(value)
    condition = tests[0]
    for test in tests[1:]:
        condition = Apply("and", (condition, test))
    return Select(condition, held, result, read.span)


def _report_beyond(x: ast.Index, meaning: ArrayOf, d: int, case: Outside, to: Lowering) -> None:
    axis = to.axes[meaning.axes[d]]
    index = ["…"] * len(meaning.axes)
    index[d] = str(case.at + axis.origin)
    names = [f"{n.rsplit('.', 1)[0]} = {_shown_index(n, v, to)}" for n, v in case.values.items()]
    values = {"name": x.base.name, "index": ", ".join(index), "where": f" at {', '.join(names)}" if names else ""}
    values |= {"text": x.span.text, "axis": axis.name}
    spot = x.arguments[d].span
    to.report.add(errors.BEYOND_AXIS.at(spot, low=axis.origin, high=axis.origin + axis.size - 1, **values))


def _shown_index(name: str, value: int, to: Lowering) -> int:
    """A bound position as the integer that a user knows."""
    domain = to.domains[name]
    axis = indices.domain_axis(domain, to)
    return value + to.axes[axis].origin if axis else value
