"""A `system` declaration to the arrays and equations of the IR, in a scope that brings its parameters (and the network, if it is over one)."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from graphlib import CycleError, TopologicalSorter

from neurashed_dsl.diagnostics import Span, nearest
from neurashed_dsl.ir.expr import Apply, Binder, Const, Expr, Read, Reduce, Row, Var, Whole, free, walk
from neurashed_dsl.ir.system import Axis, Draw, Fill, Let, Next, Slot
from neurashed_dsl.model import arithmetic, system_errors
from neurashed_dsl.model.constant import evaluated
from neurashed_dsl.model.demands import single, too_long, wanted
from neurashed_dsl.model.distribution import lower_distribution
from neurashed_dsl.model.errors import NOT_YET
from neurashed_dsl.model.lower import bound, domain_axis, integer_expr, lower
from neurashed_dsl.model.scope import UNKNOWN, ArrayOf, Lowering, Scope, SetOf
from neurashed_dsl.syntax import ast
from neurashed_dsl.syntax.walk import names

TYPES = ("int", "real", "bool", "log")


@dataclass
class Equations:
    """What a system declaration comes to."""

    axes: dict[str, Axis] = field(default_factory=dict)
    slots: dict[str, Slot] = field(default_factory=dict)
    draws: dict[str, Draw] = field(default_factory=dict)
    constants: list[Let] = field(default_factory=list)
    lets: list[Let] = field(default_factory=list)
    next: list[Next] = field(default_factory=list)


def lower_system(system: ast.System, scope: Scope, starts: Mapping[str, tuple[Fill, ...]], to: Lowering) -> Equations:
    """The equations of a system. `scope` gains its names. `starts`: of the states that a network starts."""
    made = Equations(axes=dict(to.axes))
    to.axes = made.axes
    _declared_twice(system, to)
    for item in system.items:
        match item:
            case ast.Axis():
                _axis(item, scope, made, to)
            case ast.State():
                _state(item, scope, starts, made, to)
            case ast.Const():
                _const(item, scope, made, to)
            case ast.Draw():
                _draw(item, scope, made, to)
            case ast.Boundary() | ast.White():
                to.report.add(NOT_YET.at(item.span, what=f"`{type(item).__name__.lower()}`"))
            case _:
                pass
    broken: set[str] = set()
    lets = _ordered([i for i in system.items if isinstance(i, ast.Let)], broken, to)
    scope.names |= dict.fromkeys(broken, UNKNOWN)
    for let in lets:
        _let(let, scope, made, to)
    for item in system.items:
        if isinstance(item, ast.Next):
            _next(item, scope, made, to)
    _all_move(system, made, to)
    return made


def _declared_twice(system: ast.System, to: Lowering) -> None:
    seen: dict[str, ast.Name] = {}
    for item in system.items:
        if isinstance(item, ast.Axis | ast.State | ast.Const | ast.Draw | ast.White | ast.Let):
            if item.name.name in seen:
                first = seen[item.name.name].span.place
                to.report.add(system_errors.DECLARED_TWICE.at(item.name.span, name=item.name.name, first=first))
            seen[item.name.name] = item.name


def _axis(item: ast.Axis, scope: Scope, made: Equations, to: Lowering) -> None:
    scope.names[item.name.name] = UNKNOWN
    if not isinstance(item.domain, ast.Interval):
        to.report.add(system_errors.AXIS_WITHOUT_RANGE.at(item.domain.span, name=item.name.name))
        return
    low, high = (integer_expr(e, scope, to) for e in (item.domain.low, item.domain.high))
    a, b = (constant(e, to) if e is not None else None for e in (low, high))
    if a is None or b is None:
        return
    if b < a:
        to.report.add(system_errors.EMPTY_AXIS.at(item.domain.span, name=item.name.name, low=a, high=b))
        return
    if too_long(b - a + 1, item.domain.span, to):
        return
    made.axes[item.name.name] = Axis(item.name.name, b - a + 1, a)
    scope.names[item.name.name] = axis_set(item.name.name, item.span)


def axis_set(name: str, span: object = None) -> SetOf:
    return SetOf(name, Whole(name), lambda _: Const(True))


def constant(expr: Expr, to: Lowering) -> int | None:
    """A size, worked out from the parameters."""
    value = evaluated(expr, expr.span, to)
    return None if value is None else int(value)


def _axes_of(
    binders: tuple[ast.Binder, ...], scope: Scope, to: Lowering
) -> tuple[Scope, tuple[Binder, ...], tuple[str, ...]]:
    inner, made = bound(binders, scope, to)
    return inner, made, tuple(domain_axis(b.domain, to) for b in made)


def _kind(type_name: ast.Name | None, to: Lowering) -> str:
    if type_name is None:
        return "real"
    if type_name.name not in TYPES:
        to.report.add(
            system_errors.UNKNOWN_TYPE.at(type_name.span, name=type_name.name, near=nearest(type_name.name, TYPES))
        )
        return "real"
    return type_name.name


def _state(
    item: ast.State, scope: Scope, starts: Mapping[str, tuple[Fill, ...]], made: Equations, to: Lowering
) -> None:
    inner, binders, axes = _axes_of(item.binders, scope, to)
    name = item.name.name
    kind = "real" if name in to.reals else _kind(item.type, to)
    scope.names[name] = ArrayOf(name, axes, kind, span=item.name.span) if len(axes) == len(item.binders) else UNKNOWN
    start = starts.get(name, ())
    if item.value is not None:
        start = (_start(item, inner, binders, kind, to),)
    elif not start:
        to.report.add(system_errors.NO_START.at(item.name.span, name=name))
    held = "int" if kind in ("int", "bool") else "real"
    made.slots[name] = Slot(name, axes, held, start, kind == "log", name in to.reals, item.span)


def _start(item: ast.State, scope: Scope, binders: tuple[Binder, ...], kind: str, to: Lowering) -> Fill:
    assert item.value is not None
    if item.drawn and isinstance(item.value, ast.Call):
        distribution, args = lower_distribution(item.value, scope, to)
        return Fill(None, args, distribution, f"state {item.name.name}", binders)
    value = single(wanted(lower(item.value, scope, to), "number", item.value.span, to), item.value.span, to)
    return Fill(None, (arithmetic.as_real(value),), binders=binders)


def _const(item: ast.Const, scope: Scope, made: Equations, to: Lowering) -> None:
    if item.drawn or isinstance(item.value, ast.DataFile):
        to.report.add(NOT_YET.at(item.span, what="a drawn `const`, or one from a file,"))
        return
    inner, binders, axes = _axes_of(item.binders, scope, to)
    value = single(lower(item.value, inner, to), item.value.span, to)
    kind = _kind(item.type, to) if item.type else value.kind
    expr = arithmetic.as_log(value) if kind == "log" else arithmetic.as_real(value)
    scope.names[item.name.name] = UNKNOWN
    if value.kind == "unknown" or len(binders) < len(item.binders):
        return
    scope.names[item.name.name] = ArrayOf(item.name.name, axes, kind, value.axis, span=item.name.span)
    made.constants.append(
        Let(item.name.name, binders, expr, "real" if kind == "log" else kind, kind == "log", span=item.span)
    )


def _draw(item: ast.Draw, scope: Scope, made: Equations, to: Lowering) -> None:
    inner, binders, axes = _axes_of(item.binders, scope, to)
    name = item.name.name
    if len(binders) < len(item.binders):
        scope.names[name] = UNKNOWN
        return
    if isinstance(item.distribution, ast.Name):
        if item.distribution.name != "presentation" or "sample" not in to.axes:
            to.report.add(system_errors.NO_PRESENTATION.at(item.distribution.span, name=item.distribution.name))
        scope.names[name] = ArrayOf(name, axes, "int", "sample", span=item.name.span)
        made.draws[name] = Draw(name, axes, "presentation", kind="int")
        return
    distribution, args = lower_distribution(item.distribution, inner, to)
    scope.names[name] = ArrayOf(name, axes, "real", span=item.name.span)
    made.draws[name] = Draw(name, axes, distribution, args, binders)


# --- lets ---------------------------------------------------------------------------------------------------------------


def _ordered(lets: list[ast.Let], broken: set[str], to: Lowering) -> list[ast.Let]:
    """Lets, each after those it reads. Reading round in a circle is an error that names it; those in it are `broken` and left out."""
    by_name = {let.name.name: let for let in lets}
    reads = {
        name: sorted(names(let.value) & by_name.keys() - {name}, key=list(by_name).index)
        for name, let in by_name.items()
    }
    while True:
        try:
            return [by_name[n] for n in TopologicalSorter(reads).static_order()]
        except CycleError as error:
            circle = error.args[1][::-1]  # each reads the next
            to.report.add(system_errors.CIRCULAR_LET.at(by_name[circle[0]].name.span, circle=" → ".join(circle)))
            broken |= set(circle)
            reads = {
                name: [r for r in others if r not in broken] for name, others in reads.items() if name not in broken
            }


def _let(item: ast.Let, scope: Scope, made: Equations, to: Lowering) -> None:
    inner, binders, axes = _axes_of(item.binders, scope, to)
    name = item.name.name
    scope.names[name] = UNKNOWN
    declared = _kind(item.type, to) if item.type else None
    domains = tuple(b.domain for b in binders)
    inner.names[name] = ArrayOf(name, axes, declared or "real", domains=domains, span=item.name.span)
    body = single(lower(item.value, inner, to), item.value.span, to)
    kind = declared or body.kind
    if len(binders) < len(item.binders) or (body.kind == "unknown" and declared is None):
        return
    expr = arithmetic.as_log(body) if kind == "log" else arithmetic.as_real(body)
    scope.names[name] = ArrayOf(name, axes, kind, body.axis, domains, item.name.span)
    let = Let(name, binders, expr, "real" if kind == "log" else kind, kind == "log", span=item.span)
    made.lets.append(replace(let, scan=_scan(let, item.name.span, to)))


def _scan(let: Let, span: Span, to: Lowering) -> str:
    """Which way a let that reads itself must run, or ""."""
    ways = {
        way for read in walk(let.expr) if isinstance(read, Read) and read.array == let.name for way in [_way(read, let)]
    }
    if not ways:
        return ""
    if len(ways) > 1 or ways == {"?"}:
        to.report.add(system_errors.CIRCULAR_LET.at(span, circle=f"{let.name} → {let.name}"))
        return ""
    return ways.pop()


def _way(read: Read, let: Let) -> str:
    binders = [b for e in walk(let.expr) if isinstance(e, Reduce) for b in e.binders]
    rows = {b.name: b.domain for b in binders if isinstance(b.domain, Row)}
    for index, binder in zip(read.index, let.binders):
        own = Var(binder.name)
        if index == own:
            continue
        match index:
            case Var(name) if name in rows and rows[name].relation in ("into", "outof") and rows[name].at == own:
                return "up" if rows[name].relation == "into" else "down"
            case Apply("-", (inner, Const(value))) if inner == own and isinstance(value, int) and value > 0:
                return "up"
            case Apply("+", (inner, Const(value))) if inner == own and isinstance(value, int) and value > 0:
                return "down"
            case _:
                return "?"
    return "?"


# --- the equations of motion ----------------------------------------------------------------------------------------------


def _next(item: ast.Next, scope: Scope, made: Equations, to: Lowering) -> None:
    slot = made.slots.get(item.name.name)
    if item.differential:
        to.report.add(NOT_YET.at(item.span, what="`d/dt`"))
        return
    if slot is None:
        to.report.add(system_errors.NO_STATE.at(item.name.span, name=item.name.name))
        return
    inner, binders, axes = _axes_of(item.binders, scope, to)
    body = single(wanted(lower(item.value, inner, to), "number", item.value.span, to), item.value.span, to)
    if body.kind == "unknown" or len(binders) < len(item.binders):
        return
    if axes != slot.axes:
        to.report.add(
            system_errors.WRONG_SHAPE.at(
                item.span, name=slot.name, wanted=", ".join(f"`{a}`" for a in slot.axes) or "none"
            )
        )
        return
    body = arithmetic.integer(to, body)
    expr = arithmetic.as_log(body) if slot.log else arithmetic.as_real(body)
    index = tuple(Var(b.name) for b in binders)
    assert free(expr) <= {b.name for b in binders} | {"step"}
    made.next.append(Next(binders, index, ((slot.name, expr),), span=item.span))


def _all_move(system: ast.System, made: Equations, to: Lowering) -> None:
    moved = {item.name.name for item in system.items if isinstance(item, ast.Next)}
    for name, slot in made.slots.items():
        if name not in moved:
            to.report.add(system_errors.NEVER_MOVES.at(slot.span, name=name))
