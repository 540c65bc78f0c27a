"""Derived arrays: `let` and `observe`, each after those it reads."""

from dataclasses import replace

from neurashed_dsl.diagnostics import Span
from neurashed_dsl.ir.expr import Apply, Binder, Const, Range, Read, Reduce, Row, Var, Whole, arrays, walk
from neurashed_dsl.ir.system import Axis, Let
from neurashed_dsl.model import arithmetic
from neurashed_dsl.model.demands import known_now, single
from neurashed_dsl.model.lower import lower
from neurashed_dsl.model.scope import UNKNOWN, ArrayOf, Lowering, Scope, Typed
from neurashed_dsl.model.system import errors
from neurashed_dsl.model.system.array_parameters import scope_of_text
from neurashed_dsl.model.system.arrays import as_declared, kept_index
from neurashed_dsl.model.system.equations import Equations, axes_of, kind_named, ordered
from neurashed_dsl.syntax import ast


def lower_lets(system: ast.System, scope: Scope, made: Equations, to: Lowering) -> None:
    """All of them, in the order of evaluation."""
    for let in ordered([i for i in system.items if isinstance(i, ast.Let)], scope, to):
        _let(let, scope, made, to)


def _let(item: ast.Let, scope: Scope, made: Equations, to: Lowering) -> None:
    name = item.name.name
    inner, binders, axes = axes_of(item.binders, scope, to)
    scope.names[name] = UNKNOWN
    if len(binders) < len(item.binders):
        return
    ranged = _own_axes(item, inner, binders, axes, made, to)
    if ranged is None:
        return
    binders, axes = ranged
    declared = kind_named(item.type, to) if item.type else None
    inner.names[name] = ArrayOf(name, axes, declared or "real", span=item.name.span)
    text = scope_of_text(name, inner, item.binders, to)
    body = kept_index(single(lower(item.value, text, to), item.value.span, to), to)
    body = as_declared(declared, body, item.name, item.value, to) if declared else body
    kind = declared or body.kind
    if body.kind == "unknown" and declared is None:
        return
    expr = arithmetic.as_log(body) if kind == "log" else arithmetic.as_real(body)
    scope.names[name] = ArrayOf(name, axes, kind, body.axis, span=item.name.span)
    to.elements |= {name: body.axis} if body.axis else {}
    let = Let(name, binders, expr, "real" if kind == "log" else kind, kind == "log", span=item.span)
    made.noisy |= {name} if arrays(expr) & made.noisy else set()
    made.lets.append(let if name in made.noisy else _scanned(let, item.name.span, to))


def _own_axes(
    item: ast.Let, inner: Scope, binders: tuple[Binder, ...], axes: tuple[str, ...], made: Equations, to: Lowering
) -> tuple[tuple[Binder, ...], tuple[str, ...]] | None:
    """Where an array runs over a range of integers, an axis of its own, with the array's name (language.md 8). None after a report."""
    found: list[Binder] = []
    names: list[str] = []
    for written, binder, axis in zip(item.binders, binders, axes):
        if axis != "" or not isinstance(binder.domain, Range):
            found.append(binder)
            names.append(axis)
            continue
        low, high = known_now(binder.domain.low, to), known_now(binder.domain.high, to)
        if low is None or high is None or high <= low:
            kind = errors.RANGE_VARIES if low is None or high is None else errors.EMPTY_AXIS
            to.report.add(kind.at(written.span, name=item.name.name, low=low, high=None if high is None else high - 1))
            return None
        own = item.name.name if item.name.name not in names else f"{item.name.name}_{len(names) + 1}"
        made.axes[own] = Axis(own, int(high - low), int(low))
        to.domains[binder.name] = Whole(own)
        inner.names[written.name] = Typed(arithmetic.shifted(Var(binder.name), int(low)), "int")
        found.append(Binder(binder.name, Whole(own)))
        names.append(own)
    return tuple(found), tuple(names)


def _scanned(let: Let, span: Span, to: Lowering) -> Let:
    """A let that reads itself runs one way along an axis."""
    ways = {
        w for read in walk(let.expr) if isinstance(read, Read) and read.array == let.name for w in [_way(read, let)]
    }
    if not ways:
        return let
    if len(ways) > 1 or ways == {"?"}:
        to.report.add(errors.CIRCULAR_LET.at(span, circle=f"{let.name} → {let.name}"))
        return let
    return replace(let, scan=ways.pop())


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
            case Read("tail", (Var(name),)) if name in rows and rows[name].relation == "edges" and rows[name].at == own:
                return "up"
            case Apply("-", (inner, Const(value))) if inner == own and isinstance(value, int) and value > 0:
                return "up"
            case Apply("+", (inner, Const(value))) if inner == own and isinstance(value, int) and value > 0:
                return "down"
            case _:
                return "?"
    return "?"
