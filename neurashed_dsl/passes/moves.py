"""Equations whose steps can be told apart by what the batch lights: x[n] <- if lit then fire(x[n]) else rest(x[n]), and nothing else.

What holds of a system's form is found here, whatever its laws are called; what doesn't is said in words, for `nshed compile`.
"""

from neurashed_dsl.ir.expr import Binder, Expr, Read, Select, Var, Whole, arrays, free, walk
from neurashed_dsl.ir.system import Next, Slot, System
from neurashed_dsl.values import frozen


@frozen
class Move:
    """One equation. `lit` is a truth about the batch and the place; None where nothing depends on the batch, and `fire` and `rest` are one."""

    following: Next
    slot: Slot
    element: Read
    lit: Expr | None
    fire: Expr
    rest: Expr


def moves(system: System) -> tuple[Move, ...] | str:
    """All equations of a system, after `inline_lets`; or why some of its steps can't be left out."""
    if (why := _looks(system)) is not None:
        return why
    found: list[Move] = []
    for following in system.next:
        move = _move(following, system)
        if isinstance(move, str):
            return move
        found.append(move)
    return tuple(found)


def _looks(system: System) -> str | None:
    """Who must see every step?"""
    if system.stop is not None:
        return "`stop when` looks at every step"
    if any(r.grid.when is not None for r in system.records):
        return "`record … when` looks at every step"
    for draw in system.draws.values():
        if draw.distribution != "presentation":
            array, *law = draw.name.split(".")
            return f"the law of {array} draws" if law and array in system.slots else f"`{array}` is drawn at every step"
    return None


def _move(following: Next, system: System) -> Move | str:
    name = following.updates[0][0]
    match following:
        case Next((Binder(n, Whole()) as binder,), (Var() as at,), ((_, law),), None, False) if at.name == n:
            slot = system.slots[name]
        case _:
            return f"{name} isn't moved place by place along one axis"
    if binder.domain != Whole(slot.axes[0]) or sum(name == s for f in system.next for s, _ in f.updates) > 1:
        return f"{name} isn't moved place by place along one axis"
    element = Read(name, (Var(n),))
    lit, fire, rest = _parted(law, system)
    if lit is not None and (why := _unknown(lit, n, system)):
        return f"what fires hangs on {why}"
    for part in (fire, rest):
        if "step" in free(part):
            return f"the law of {name} reads `step`"
        others = [e for e in walk(part) if isinstance(e, Read) and e.array in _moving(system) and e != element]
        if others:
            return f"the law of {name} reads {others[0].array}, which changes"
    return Move(following, slot, element, lit, fire, rest)


def _parted(law: Expr, system: System) -> tuple[Expr | None, Expr, Expr]:
    if isinstance(law, Select) and arrays(law.condition) & _moving(system):
        return law.condition, law.yes, law.no
    return None, law, law


def _unknown(lit: Expr, n: str, system: System) -> str | None:
    """What a condition reads beside the batch and what is constant."""
    lets = {x.name: x for x in (*system.lets, *system.late)}
    read, seen = arrays(lit), set[str]()
    while further := (read & set(lets)) - seen:
        seen |= further
        read |= set().union(*(arrays(lets[name].expr) for name in further))
    others = sorted((read & _moving(system)) - set(system.draws) - seen) or sorted(seen)
    if others:
        return f"{others[0]}, which changes"
    return "`step`" if free(lit) - {n} else None


def _moving(system: System) -> set[str]:
    changed = {slot for f in system.next for slot, _ in f.updates}
    return changed | {*system.draws, *system.probes} | {x.name for x in (*system.lets, *system.late)}
