"""What binders run over, and what an index means: positions on axes."""

from collections.abc import Iterable
from dataclasses import replace
from typing import assert_never

from neurashed_dsl.diagnostics import NOWHERE, Diagnostic, Span, nearest
from neurashed_dsl.ir.expr import (
    Apply,
    Binder,
    Const,
    Domain,
    Expr,
    Range,
    Row,
    Var,
    Whole,
)
from neurashed_dsl.ir.system import Axis
from neurashed_dsl.model import arithmetic, errors
from neurashed_dsl.model.bounds import surely_inside
from neurashed_dsl.model.demands import (
    MAX_RANGE,
    axis_words,
    known_now,
    single,
    too_long,
    wanted,
    whole_of,
)
from neurashed_dsl.model.lower import expressions, sets
from neurashed_dsl.model.scope import (
    UNKNOWN,
    ArrayOf,
    Lowering,
    RelationOf,
    Scope,
    SetOf,
    Typed,
)
from neurashed_dsl.syntax import ast


def bound(binders: Iterable[ast.Binder], scope: Scope, to: Lowering) -> tuple[Scope, tuple[Binder, ...]]:
    """A scope in which the binders' names are indices, and the binders of the IR. A binder without a domain names its axis."""
    made: list[Binder] = []
    inner = scope.child()
    elements = 1
    for b in binders:
        if b.name in inner.names and b.domain is not None:
            to.report.add(errors.BOUND_TWICE.at(b.span, name=b.name))
        # `const E[class, class]` names an axis twice.
        found = _bound_domain(b, scope, inner, to)
        name = to.fresh(b.name)
        if found is None:
            inner.names[b.name] = UNKNOWN
            continue
        domain, axis, offset = found
        elements *= _elements(domain, to)
        if elements > MAX_RANGE and too_long(elements, b.span, to):
            inner.names[b.name] = UNKNOWN
            continue
        made.append(Binder(name, domain))
        to.domains[name] = domain
        inner.names[b.name] = Typed(arithmetic.shifted(Var(name, b.span), offset), "int", axis)
    return inner, tuple(made)


def _bound_domain(b: ast.Binder, scope: Scope, inner: Scope, to: Lowering) -> tuple[Domain, str | None, int] | None:
    if isinstance(b.domain, ast.ListOf):
        return _listed(b, b.domain, inner, to)
    return domain_of(b.domain or ast.Name(span=b.span, name=b.name), scope if b.domain is None else inner, to)


def _listed(binder: ast.Binder, x: ast.ListOf, inner: Scope, to: Lowering) -> tuple[Domain, str, int] | None:
    """`strength in [alpha, beta]`: an axis of names, which bears the binder's. `inner` gains what isn't something else there."""
    labels = [item.name if isinstance(item, ast.Name) else "" for item in x.items]
    if not labels or "" in labels or len(set(labels)) < len(labels):
        to.report.add(errors.NOT_A_DOMAIN.at(x.span, near=""))
        return None
    to.axes = {**to.axes, binder.name: Axis(binder.name, len(labels), 1, labels)}
    for position, label in enumerate(labels):
        inner.names[label] = Typed(Const(position), "int", binder.name)
    return Whole(binder.name), binder.name, 0


def _elements(domain: Domain, to: Lowering) -> int:
    """How often a range repeats what is inside it; 1 where it isn't known, or is as large as the model."""
    if isinstance(domain, Range) and not domain.axis:
        return max(1, _length(domain.low, domain.high, to) - 1)
    return 1


def domain_of(x: ast.Expr, scope: Scope, to: Lowering, of: str = "") -> tuple[Domain, str | None, int] | None:
    """What a binder runs over: the domain, the axis of its indices, and what to add to a position for the value of an index without an axis.

    `of`: the function that asks for it, if it is no binder.
    """
    if isinstance(x, ast.Interval):
        low, high = (integer_expr(e, scope, to) for e in (x.low, x.high))
        if low is None or high is None:
            return None
        if too_long(_length(low, high, to), x.span, to):
            return None
        return Range(low, arithmetic.shifted(high, 1)), None, 0
    if isinstance(x, ast.Name):
        meaning = scope.find(x.name)
        if isinstance(meaning, SetOf):
            return meaning.domain, meaning.axis, 0
        if isinstance(meaning, Typed) and meaning.kind == "unknown":
            return None
        if isinstance(meaning, ArrayOf) and len(meaning.axes) == 1:
            return (meaning.domains or (Whole(meaning.axes[0]),))[0], meaning.axes[0], 0
        place = expressions.whole_array(meaning, x.span, to) if isinstance(meaning, ArrayOf) else meaning
        if isinstance(place, Typed) and place.axis is not None and not place.dims:
            one = sets.one_place(x, place.expr, place.axis, scope, to, of)
            return None if one is None else (one, place.axis, 0)
    if isinstance(x, ast.Call) and x.function.name == "axis" and scope.find("axis") is None:
        return _axis_of(x, scope, to)
    if isinstance(x, ast.Call):
        meaning = scope.find(x.function.name)
        if isinstance(meaning, RelationOf) and len(x.arguments) == 1:
            rows = _rows_of(meaning, x.arguments[0].value, scope, to)
            if rows is not None:
                return rows, meaning.target, 0
            at = position(x.arguments[0].value, meaning.source, x.function.name, scope, to)
            return None if at is None else (Row(meaning.name, inside(at, meaning.source, to)), meaning.target, 0)
    near = sets.meant(x.name, scope) if isinstance(x, ast.Name) else ""
    to.report.add(errors.NOT_A_DOMAIN.at(x.span, near=near))
    return None


def _rows_of(relation: RelationOf, x: ast.Expr, scope: Scope, to: Lowering) -> Range | None:
    """`edges(parts)`: the rows of all nodes of a level, which follow one another."""
    of = scope.find(x.name) if isinstance(x, ast.Name) and relation.consecutive else None
    if not isinstance(of, SetOf) or of.axis != relation.source or not isinstance(of.domain, Range | Whole):
        return None
    ends = (of.domain.low, of.domain.high) if isinstance(of.domain, Range) else (Const(0), Const(to.axes[of.axis].size))
    offsets = to.rows[relation.name]().offsets
    low, high = (known_now(e, to) for e in ends)
    return None if low is None or high is None else _range(offsets[int(low)], offsets[int(high)], relation.target)


def _range(low: int, high: int, axis: str) -> Range:
    return Range(Const(int(low)), Const(int(high)), axis)


def _axis_of(x: ast.Call, scope: Scope, to: Lowering) -> tuple[Domain, str | None, int] | None:
    """`axis(X, 2)`: the second axis of an array."""
    given = [a.value for a in x.arguments]
    array = scope.find(given[0].name) if given and isinstance(given[0], ast.Name) else None
    if isinstance(array, Typed) and array.kind == "unknown":
        return None
    if not isinstance(array, ArrayOf) or len(given) != 2 or not isinstance(given[1], ast.Number):
        to.report.add(errors.NOT_A_DOMAIN.at(x.span, near=""))
        return None
    number = given[1].value
    if number not in range(1, len(array.axes) + 1):
        rank = errors.many(len(array.axes), "axis", "axes")
        to.report.add(errors.TOO_FEW_AXES.at(given[1].span, name=given[0].span.text, rank=rank, wanted=number))
        return None
    d = int(number) - 1
    return (array.domains or tuple(map(Whole, array.axes)))[d], array.axes[d], 0


def _length(low: Expr, high: Expr, to: Lowering) -> int:
    """The number of elements of a range whose ends are known now, else 0."""
    a, b = known_now(low, to), known_now(high, to)
    return 0 if a is None or b is None else max(int(b) - int(a) + 1, 0)


def integer_expr(x: ast.Expr, scope: Scope, to: Lowering) -> Expr | None:
    """An expression that must be a whole number."""
    found = arithmetic.integer(to, single(wanted(expressions.lower(x, scope, to), "number", x.span, to), x.span, to))
    if found.kind == "unknown":
        return None
    return found.expr if found.kind == "int" else whole_of(found.expr, x.span, to)


def inside(at: Expr, axis: str, to: Lowering) -> Expr:
    """A position that is checked in the run where it can't be vouched for now."""
    size = to.axes[axis].size
    return at if surely_inside(at, size, to) else within(at, axis, getattr(at, "span", NOWHERE), to)


def within(at: Expr, axis: str, span: Span, to: Lowering) -> Expr:
    return Apply("within", (at, Const(to.axes[axis].size, of=axis)), span)


def position(x: ast.Expr, axis: str, name: str, scope: Scope, to: Lowering, *, edged: bool = False) -> Expr | None:
    """The position on `axis` that an index expression means: an index of that axis, a whole number, or one of its labels.

    `edged`: the array has a boundary, so that the position may be beyond the axis.
    """
    known = to.axes[axis]
    label = x.name if isinstance(x, ast.Name) else x.value if isinstance(x, ast.Text) else _written(x)
    if (
        known.labels is not None
        and isinstance(x, ast.Name | ast.Text | ast.Index | ast.EdgeRef)
        and not _is_variable(x, axis, scope)
    ):
        match scope.find(label):
            case Typed(Const(at), _, there) if (
                there == axis
            ):  # a parameter that stands for a label, or the label itself
                return Const(at, x.span)
        if label in known.labels:
            return Const(list(known.labels).index(label), x.span)
        to.report.add(_no_label(x, label, axis, to))
        return None
    found = single(expressions.lower(x, scope, to), x.span, to)
    if found.kind == "unknown":
        return None
    if found.axis is None and isinstance(found.expr, Const) and found.kind == "int":
        at = int(found.expr.value) - known.origin
        if not edged and not 0 <= at < known.size:
            bounds = {"low": known.origin, "high": known.origin + known.size - 1}
            to.report.add(errors.OUT_OF_AXIS.at(x.span, index=found.expr.value, axis=axis, **bounds))
            return None
        return replace(found.expr, value=at, span=x.span)
    if found.axis is None and found.kind == "int" and known.labels is None:
        return arithmetic.shifted(found.expr, -known.origin)
    if found.axis != axis:
        hint = errors.EDGES_INTO if (axis, found.axis) == ("edge", "node") else ""
        to.report.add(errors.WRONG_AXIS.at(x.span, name=name, wanted=axis, got=axis_words(found), hint=hint))
        return None
    return found.expr


def _no_label(x: ast.Expr, label: str, axis: str, to: Lowering) -> Diagnostic:
    known = to.axes[axis]
    node = axis == "edge" and label in (to.axes["node"].labels or ())
    return errors.UNKNOWN_LABEL.at(
        x.span,
        axis=errors.PUBLIC.get(axis, axis),
        name=label,
        size=known.size,
        near=nearest(label, known.labels or ()),
        hint=f"`amplification(edges({label}))` are all edges into `{label}`" if node else "",
    )


def _written(x: ast.Expr) -> str:
    """`x[1, 2]` as the coordinate `x[1,2]`, `left -> bear` as the edge's."""
    if isinstance(x, ast.EdgeRef):
        return f"{_written(x.source)} -> {_written(x.target)}"
    return "".join(x.span.text.split())


def _is_variable(x: ast.Expr, wanted: str, scope: Scope) -> bool:
    """Is it an index, rather than the label of a node, an input, …? A label may have the name of an array."""
    name = x.base.name if isinstance(x, ast.Index) else x.name if isinstance(x, ast.Name) else ""
    match scope.find(name):
        case Typed(Const(), _, axis):
            return axis is None or axis == wanted  # a parameter of a measure, bound to a label
        case ArrayOf(_, axes):
            return isinstance(x, ast.Index) or not axes
        case found:
            return isinstance(found, Typed)


def domain_axis(domain: Domain, to: Lowering) -> str:
    """The axis that a domain's positions lie on; "" for plain integers."""
    match domain:
        case Whole(axis) | Range(_, _, axis):
            return axis
        case Row(relation, _):
            return to.targets[relation]
        case _:
            assert_never(domain)
