"""What a step needs at one place only is worked out there: draws and lets that one equation reads, each element for its own.

They take no array then, and no loop of their own.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from neurashed_dsl.ir.expr import Apply, Binder, Const, Expr, Read, Var, Whole, substitute, walk
from neurashed_dsl.ir.system import Draw, Let, Next, System, expressions


@dataclass(frozen=True, eq=False)
class Fused:
    """Draws and lets of an equation, in the order of evaluation, in its own variables."""

    draws: tuple[Draw, ...] = ()
    lets: tuple[Let, ...] = ()


def fuse(system: System) -> list[Fused]:
    """One for each equation of `system.next`."""
    reads = [e for x in expressions(system) for e in walk(x) if isinstance(e, Read)]
    total: dict[str, int] = {}
    for e in reads:
        total[e.array] = total.get(e.array, 0) + 1
    return [_fused(f, system, total) for f in system.next]


def next_exprs(f: Next) -> list[Expr]:
    return [*f.index, *(e for _, e in f.updates), *([f.where] if f.where is not None else [])]


def _fused(f: Next, system: System, total: dict[str, int]) -> Fused:
    axes = tuple(b.domain.axis for b in f.binders if isinstance(b.domain, Whole))
    if f.where is not None or f.last or not axes or len(axes) < len(f.binders):
        return Fused()
    own = tuple(Var(b.name) for b in f.binders)
    inside = next_exprs(f)
    lets: list[Let] = []
    for let in reversed(system.lets):
        where = tuple(b.domain.axis for b in let.binders if isinstance(b.domain, Whole))
        if (
            where == axes
            and len(where) == len(let.binders)
            and not let.scan
            and not let.product
            and _only_here(let.name, own, inside, total)
        ):
            lets.append(replace(let, binders=f.binders, expr=_renamed(let.expr, let.binders, f.binders)))
            inside.append(lets[-1].expr)
    draws = []
    for draw in system.draws.values():
        if draw.distribution != "presentation" and draw.axes == axes and _only_here(draw.name, own, inside, total):
            args = tuple(_renamed(a, draw.binders, f.binders) for a in draw.args)
            draws.append(replace(draw, binders=f.binders, args=args))
    return Fused(tuple(draws), tuple(reversed(lets)))


def _only_here(array: str, own: tuple[Var, ...], inside: Sequence[Expr], total: dict[str, int]) -> bool:
    found = [e for x in inside for e in walk(x) if isinstance(e, Read) and e.array == array]
    return len(found) == total.get(array, 0) > 0 and all(e.index == own for e in found)


def _renamed(e: Expr, old: Sequence[Binder], new: Sequence[Binder]) -> Expr:
    return substitute(e, {a.name: Var(b.name) for a, b in zip(old, new)})


# --- where an equation may write ------------------------------------------------------------------------------------------


def covers(following: Next, system: System) -> bool:
    """Does it give every element of its slots, in their order?"""
    axes = tuple(b.domain.axis if isinstance(b.domain, Whole) else "" for b in following.binders)
    own = tuple(Var(b.name) for b in following.binders)
    return (
        following.where is None
        and following.index == own
        and all(system.slots[s].axes == axes for s, _ in following.updates)
    )


def in_place(system: System, fused: list[Fused], lanes: bool) -> dict[int, int | None]:
    """How many elements behind each equation may write where it reads, None: nowhere there.

    One that draws goes from element to element anyway: it may read its neighbour's old value, if that is written one element late.
    """
    read = {
        id(f): next_exprs(f) + [x.expr for x in own.lets] + [a for d in own.draws for a in d.args]
        for f, own in zip(system.next, fused)
    }
    serial = {id(f) for f, own in zip(system.next, fused) if own.draws and not lanes and _in_a_row(f, system)}
    return {
        id(f): 0
        if _may_write(f, system, read, 0)
        else 1
        if id(f) in serial and _may_write(f, system, read, 1)
        else None
        for f in system.next
    }


def _in_a_row(following: Next, system: System) -> bool:
    """Does it give every element of one axis, which has some?"""
    axes = [b.domain.axis for b in following.binders if isinstance(b.domain, Whole)]
    return covers(following, system) and len(axes) == 1 and system.axes[axes[0]].size > 0


def _may_write(following: Next, system: System, read: dict[int, list[Expr]], behind: int) -> bool:
    """Every read of its slots, in any equation that is worked out later, is of its own element in this one, or not yet overwritten."""
    if following.last:
        return False
    near = {following.index}
    if behind:
        (own,) = following.index
        near |= {(Apply(op, (own, Const(1))),) for op in "+-"}
    slots = {slot for slot, _ in following.updates}
    for other in system.next:
        if other.last:
            continue
        for e in read[id(other)]:
            for x in walk(e):
                if not isinstance(x, Read) or x.array not in slots or _elsewhere(x.index, following.index):
                    continue
                if other is not following or x.index not in near:
                    return False
    return True


def _elsewhere(index: tuple[Expr, ...], written: tuple[Expr, ...]) -> bool:
    """Do they differ in a position that is known, another level of an array?"""
    return any(isinstance(a, Const) and isinstance(b, Const) and a != b for a, b in zip(index, written))
