"""Index sets, and what an array gives beyond them."""

from typing import Any

from neurashed_dsl.diagnostics import nearest
from neurashed_dsl.ir.expr import Const, Whole
from neurashed_dsl.ir.system import Axis
from neurashed_dsl.model.demands import too_long
from neurashed_dsl.model.lower import integer_expr
from neurashed_dsl.model.scope import UNKNOWN, Edge, Lowering, Scope, SetOf, Typed
from neurashed_dsl.model.system import errors
from neurashed_dsl.model.system.equations import Equations, size_of
from neurashed_dsl.syntax import ast

# --- axes -------------------------------------------------------------------------------------------------------------------


def declare_axis(item: ast.Axis, scope: Scope, made: Equations, to: Lowering) -> None:
    """`axis block = 1..blocks`, `axis phase = [liquid, solid]`."""
    name = item.name.name
    scope.names[name] = UNKNOWN
    axis = _listed_axis(item, to) if isinstance(item.domain, ast.ListOf) else _ranged_axis(item, scope, to)
    if axis is not None:
        made.axes[name] = axis
        scope.names[name] = SetOf(name, Whole(name), lambda _: Const(True), item.span)
        for position, label in enumerate(axis.labels or ()):
            scope.names.setdefault(label, Typed(Const(position), "int", name))


def _listed_axis(item: ast.Axis, to: Lowering) -> Axis | None:
    assert isinstance(item.domain, ast.ListOf)
    labels: list[str] = []
    for x in item.domain.items:
        label = x.name if isinstance(x, ast.Name) else x.value if isinstance(x, ast.Text) else ""
        if not label or label in labels:
            to.report.add(errors.BAD_AXIS_LABEL.at(x.span, name=item.name.name))
            return None
        labels.append(label)
    if not labels:
        to.report.add(errors.AXIS_WITHOUT_RANGE.at(item.domain.span, name=item.name.name))
        return None
    return Axis(item.name.name, len(labels), 1, labels)


def _ranged_axis(item: ast.Axis, scope: Scope, to: Lowering) -> Axis | None:
    if not isinstance(item.domain, ast.Interval):
        to.report.add(errors.AXIS_WITHOUT_RANGE.at(item.domain.span, name=item.name.name))
        return None
    low, high = (integer_expr(e, scope, to) for e in (item.domain.low, item.domain.high))
    a, b = (size_of(e, to) if e is not None else None for e in (low, high))
    if a is None or b is None:
        return None
    if b < a:
        to.report.add(errors.EMPTY_AXIS.at(item.domain.span, name=item.name.name, low=a, high=b))
        return None
    return None if too_long(b - a + 1, item.domain.span, to) else Axis(item.name.name, b - a + 1, a)


# --- boundaries -------------------------------------------------------------------------------------------------------------


def declare_boundary(item: ast.Boundary, system: ast.System, scope: Scope, to: Lowering) -> None:
    """`boundary x[0] = 0`: what a read outside the axis gives. Its value is lowered where it is read."""
    arrays = {i.name.name: i for i in system.items if isinstance(i, ast.State | ast.Let | ast.Const)}
    array = arrays.get(item.target.base.name)
    if array is None:
        near = nearest(item.target.base.name, arrays)
        to.report.add(errors.NO_ARRAY_OF_BOUNDARY.at(item.target.base.span, name=item.target.base.name, near=near))
        return
    if len(item.target.arguments) != len(array.binders):
        to.report.add(errors.BOUNDARY_RANK.at(item.target.span, name=array.name.name, rank=len(array.binders)))
        return
    places: list[int | None] = []
    for argument in item.target.arguments:
        if isinstance(argument.value, ast.Star):
            places.append(None)
            continue
        place = integer_expr(argument.value, scope, to)
        number = None if place is None else size_of(place, to)
        if number is None:
            return
        places.append(number)
    _refuse_inside(item, array, places, scope, to)
    edges = to.edges.setdefault(array.name.name, [])
    if any(e.places == tuple(places) for e in edges):
        to.report.add(errors.BOUNDARY_TWICE.at(item.target.span, place=item.target.span.text))
    edges.append(Edge(tuple(places), item.value, scope))


def _refuse_inside(item: ast.Boundary, array: Any, places: list[int | None], scope: Scope, to: Lowering) -> None:
    """A boundary must lie outside, along one axis at least."""
    outside = False
    for binder, place in zip(array.binders, places):
        domain = binder.domain if isinstance(binder.domain, ast.Name) else ast.Name(span=binder.span, name=binder.name)
        meaning = scope.find(domain.name)
        if not isinstance(meaning, SetOf):
            return
        axis = to.axes[meaning.axis]
        outside |= place is not None and not axis.origin <= place < axis.origin + axis.size
    if not outside:
        to.report.add(errors.BOUNDARY_INSIDE.at(item.target.span, place=item.target.span.text))
