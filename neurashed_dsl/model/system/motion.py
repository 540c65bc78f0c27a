"""Equations of motion: `x[…] <- …` and `d/dt x[…] = …`, white noise apart from the drift."""

from neurashed_dsl.diagnostics import nearest
from neurashed_dsl.ir.expr import Apply, Binder, Const, Expr, Read, Select, Var, arrays
from neurashed_dsl.ir.noise import parted, written_out
from neurashed_dsl.ir.system import Flow, Next, Slot
from neurashed_dsl.model import arithmetic
from neurashed_dsl.model.demands import single, wanted
from neurashed_dsl.model.lower import lower
from neurashed_dsl.model.scope import UNKNOWN, Lowering, Scope
from neurashed_dsl.model.system import errors
from neurashed_dsl.model.system.arrays import with_indices
from neurashed_dsl.model.system.equations import Equations, axes_of
from neurashed_dsl.syntax import ast


def one_kind(system: ast.System, to: Lowering) -> None:
    """A system is a map, or has differential equations; each state moves by one equation."""
    moves = [i for i in system.items if isinstance(i, ast.Next)]
    differential = next((m for m in moves if m.differential), None)
    plain = next((m for m in moves if not m.differential), None)
    if differential and plain:
        last = max(differential, plain, key=lambda m: m.span.start)
        to.report.add(errors.TWO_KINDS.at(last.span, name=system.name.name))
    seen: set[str] = set()
    for move in moves:
        if move.name.name in seen:
            to.report.add(errors.MOVES_TWICE.at(move.name.span, name=move.name.name))
        seen.add(move.name.name)


def lower_motion(item: ast.Next, scope: Scope, made: Equations, to: Lowering) -> None:
    """One equation. Mistakes are reported."""
    slot = made.slots.get(item.name.name)
    if scope.names.get(item.name.name) is UNKNOWN:
        return
    if slot is None or slot.name not in _states(made):
        states = _states(made)
        near = nearest(item.name.name, states)
        to.report.add(errors.NO_STATE.at(item.name.span, name=item.name.name, near=near))
        return
    inner, binders, axes = axes_of(item.binders, scope, to)
    # A truth is held as 0 or 1.
    sort = "bool" if getattr(scope.names.get(slot.name), "kind", "") == "bool" else "number"
    body = single(wanted(lower(item.value, inner, to), sort, item.value.span, to), item.value.span, to)
    if body.kind == "unknown" or len(binders) < len(item.binders):
        return
    if axes != slot.axes:
        shape = ", ".join(f"`{a}`" for a in slot.axes) or "none"
        to.report.add(errors.WRONG_SHAPE.at(item.span, name=slot.name, wanted=shape))
        return
    body = arithmetic.integer(to, body)
    if slot.kind == "int" and body.kind in ("real", "log"):
        to.report.add(errors.WHOLE_STATE.at(item.value.span, name=slot.name))
        return
    if item.differential:
        _flow(item, slot, binders, arithmetic.as_real(body), scope, made, to)
    elif arrays(body.expr) & made.noisy:
        to.report.add(errors.WHITE_IN_MAP.at(item.value.span))
    else:
        expr = arithmetic.as_log(body) if slot.log else arithmetic.as_real(body)
        index = tuple(Var(b.name) for b in binders)
        made.next.append(Next(binders, index, ((slot.name, expr),), span=item.span))


def _states(made: Equations) -> list[str]:
    """A constant that is drawn is held as a state is, but isn't one."""
    return [s.name for s in made.slots.values() if not any(f.stream.startswith("const ") for f in s.start)]


def _flow(
    item: ast.Next, slot: Slot, binders: tuple[Binder, ...], expr: Expr, scope: Scope, made: Equations, to: Lowering
) -> None:
    if slot.kind == "int":
        kind = getattr(scope.names.get(slot.name), "kind", "")
        holds = "true or false" if kind == "bool" else "whole numbers"
        to.report.add(errors.FLOW_OF_INTEGERS.at(item.span, name=slot.name, holds=holds))
        return
    lets = {x.name: x for x in made.lets if x.name in made.noisy}
    parts = parted(written_out(expr, lets), made.whites)
    if parts.bad is not None:
        spot = parts.bad.span if parts.bad.span else item.value.span
        to.report.add(errors.NOT_LINEAR.at(spot))
        return
    drift, noise = parts.drift or Const(0.0), parts.noise
    if slot.log:
        # d log x = dx / x: the state is held as its logarithm.
        if noise is not None:
            to.report.add(errors.NOISE_ON_LOG.at(item.span, name=slot.name))
            return
        held = Read(slot.name, tuple(Var(b.name) for b in binders))
        drift = _over(drift, held)
    made.flows.append(Flow(binders, slot.name, drift, noise, item.span))


def _over(e: Expr, held: Read) -> Expr:
    """e / exp(held), divided where the exponentials stand, so that growth in proportion never overflows."""
    match e:
        case Apply("exp", (inner,)):
            return Const(1.0) if inner == held else Apply("exp", (Apply("-", (inner, held)),))
        case Apply("*", (a, b)) if held.array in arrays(a):
            return Apply("*", (_over(a, held), b))
        case Apply("*", (a, b)) if held.array in arrays(b):
            return Apply("*", (a, _over(b, held)))
        case Apply("/", (a, b)):
            return Apply("/", (_over(a, held), b))
        case Apply("+" | "-" as op, (a, b)):
            return Apply(op, (_over(a, held), _over(b, held)))
        case Apply("neg", (a,)):
            return Apply("neg", (_over(a, held),))
        case Select(condition, yes, no):
            return Select(condition, _over(yes, held), _over(no, held))
        case _:
            return Apply("/", (e, Apply("exp", (held,))))


def all_move(system: ast.System, made: Equations, to: Lowering) -> None:
    """A state without an equation is a mistake."""
    named = {item.name.name for item in system.items if isinstance(item, ast.Next)}
    moved = named | {nearest(n, _states(made)) for n in named - made.slots.keys()}  # misspelt: that was told
    for name in _states(made):
        if name not in moved:
            slot = made.slots[name]
            to.report.add(errors.NEVER_MOVES.at(slot.span, name=name, shape=with_indices(name, slot.axes)))
