"""A step costs what fires, not what there is.

Takes equations of the form `x[n] <- if lit then fire(x[n]) else rest(x[n])` where `lit` depends on n and the batch alone. What is lit by each
sample is tabulated as a relation, and `fire` runs over the batch's rows of it. Values that rest are brought up to date when they are read, if
k rests at once have a closed form (`at_once`): `x.since` then says up to which step a value is up to date. Any other `rest` is applied to all
values at each step, in one loop without branches.
"""

from collections.abc import Callable
from dataclasses import replace

from neurashed_dsl.ir.expr import (
    Apply,
    Binder,
    Const,
    Expr,
    Read,
    Reduce,
    Row,
    Select,
    Var,
    Whole,
    arrays,
    free,
    rebuild,
    substitute,
    transform,
    walk,
)
from neurashed_dsl.ir.system import Fill, Next, Slot, System, Tabulated, map_expressions
from neurashed_dsl.passes.at_once import Many, many
from neurashed_dsl.values import frozen

SAMPLE = "at sample"


@frozen
class Resting:
    """One equation taken apart. `element` is x[n]; `lit` reads the sample as the variable SAMPLE."""

    following: Next
    slot: Slot
    element: Read
    lit: Expr
    item: str | None
    batch: str
    fire: Expr
    rest: Expr
    many: Many | None  # `rest` many times over

    @property
    def place(self) -> str:
        return self.following.binders[0].name

    @property
    def since(self) -> str:
        return f"{self.slot.name}.since"


def postpone(system: System) -> System:
    """All equations that have the form, if none of them reads what another one changes."""
    found = [r for f in system.next if (r := _taken_apart(f, system)) is not None]
    lazy = [r for r in found if r.many is not None]
    system = map_expressions(system, _reader({r.slot.name: r for r in lazy}))
    for resting in found:
        system = _lazily(resting, system) if resting in lazy else _eagerly(resting, system)
    return system


# --- finding them ---------------------------------------------------------------------------------------------------------


def _taken_apart(following: Next, system: System) -> Resting | None:
    match following:
        case Next((Binder(n, Whole()),), (Var() as at,), ((name, Select(condition, fire, rest)),), None) if (
            at.name == n
        ):
            pass
        case _:
            return None
    taken = _lit(condition, n, system)
    if taken is None:
        return None
    lit, item, batch = taken
    drawn = set(system.draws) | set(system.probes) | {x.name for x in system.lets}
    if (arrays(fire) | arrays(rest)) & drawn:
        return None
    slot, element = system.slots[name], Read(name, (Var(n),))
    if not _alone((fire, rest), element, {slot for f in system.next for slot, _ in f.updates}):
        return None
    return Resting(following, slot, element, lit, item, batch, fire, rest, many(rest, element, slot, system))


def _lit(condition: Expr, n: str, system: System) -> tuple[Expr, str | None, str] | None:
    """The condition as a truth about (sample, n): `any(P(batch[i], n) for i in item)`, or P(batch[0], n) where the batch is one sample."""
    item, body = None, condition
    if (
        isinstance(condition, Reduce)
        and condition.op == "any"
        and len(condition.binders) == 1
        and condition.where is None
    ):
        item, body = condition.binders[0].name, condition.body
    batches = {d.name for d in system.draws.values() if d.distribution == "presentation"}
    drawn = [e for e in walk(body) if isinstance(e, Read) and e.array in batches]
    wanted = (Var(item),) if item is not None else (Const(0),)
    if not drawn or any(e.index != wanted for e in drawn) or len({e.array for e in drawn}) != 1:
        return None
    holds = transform(body, lambda e: Var(SAMPLE) if isinstance(e, Read) and e.array in batches else e)
    moving = {*system.slots, *system.draws, *system.probes, *(x.name for x in (*system.lets, *system.late))}
    if free(holds) - {SAMPLE, n} or arrays(holds) & moving:
        return None
    return holds, item, drawn[0].array


def _alone(laws: tuple[Expr, ...], element: Read, changed: set[str]) -> bool:
    """They read, of all that changes, only their own element."""
    reads = [e for x in laws for e in walk(x) if isinstance(e, Read) and e.array in changed]
    return all(e == element for e in reads)


# --- many rests at once -----------------------------------------------------------------------------------------------------


def rested(resting: Resting, at: Expr) -> Expr:
    """The value of x[at] at the present step, from its value when it was last touched."""
    assert resting.many is not None
    times = Apply("-", (Var("step"), Read(resting.since, (at,))))
    return substitute(resting.many(Read(resting.slot.name, (Var(resting.place),)), times), {resting.place: at})


def _reader(resting: dict[str, Resting]) -> Callable[[Expr], Expr]:
    def bring_up(e: Expr) -> Expr:
        e = rebuild(e, bring_up)
        if isinstance(e, Read) and e.array in resting:
            return rested(resting[e.array], e.index[0])
        return e

    return bring_up


# --- rewriting --------------------------------------------------------------------------------------------------------------


def _rows(resting: Resting) -> tuple[Tabulated, tuple[Binder, ...]]:
    """What is lit by each sample, and binders over what the batch lights."""
    domain = resting.following.binders[0].domain
    assert isinstance(domain, Whole)
    relation = f"{resting.slot.name}.lit"
    table = Tabulated(relation, "sample", domain.axis, SAMPLE, resting.place, resting.lit)
    sample = Read(resting.batch, (Var(resting.item) if resting.item else Const(0),))
    items = (Binder(resting.item, Whole("item")),) if resting.item else ()
    return table, (*items, Binder(resting.place, Row(relation, sample)))


def _lazily(resting: Resting, system: System) -> System:
    """The equation over the rows of the batch, and a slot that remembers when a value was touched."""
    table, binders = _rows(resting)
    at, since = Var(resting.place), resting.since
    now = rested(resting, at)
    fire = transform(resting.fire, lambda e: now if e == resting.element else e)
    # Of two samples of a batch that light one place, the second finds it done.
    untouched = Apply("<=", (Read(since, (at,)), Var("step"))) if resting.item else None
    new = Next(
        binders,
        (at,),
        ((resting.slot.name, fire), (since, Apply("+", (Var("step"), Const(1))))),
        untouched,
        span=resting.following.span,
    )
    there = Binder(f"{resting.place} at rest", resting.following.binders[0].domain)
    settled = ((resting.slot.name, rested(resting, Var(there.name))), (since, Var("step")))
    note = f"{resting.slot.name}: a step touches what fires; resting values are brought up to date when they are read"
    return replace(
        system,
        next=_replaced(system.next, resting, (new,)),
        slots={**system.slots, since: Slot(since, resting.slot.axes, "int", (Fill(None, (Const(0),)),))},
        settle=(*system.settle, Next((there,), (Var(there.name),), settled)),
        tabulated=(*system.tabulated, table),
        notes=(*system.notes, note),
    )


def _eagerly(resting: Resting, system: System) -> System:
    """Every value rests at every step; what is lit takes the value that `fire` gives instead."""
    table, binders = _rows(resting)
    old = resting.following
    rest = Next(old.binders, old.index, ((resting.slot.name, resting.rest),), span=old.span)
    fire = Next(binders, (Var(resting.place),), ((resting.slot.name, resting.fire),), last=True, span=old.span)
    note = f"{resting.slot.name}: `rest` has no closed form for many steps, so all values are touched at every step"
    return replace(
        system,
        next=_replaced(system.next, resting, (rest, fire)),
        tabulated=(*system.tabulated, table),
        notes=(*system.notes, note),
    )


def _replaced(equations: tuple[Next, ...], resting: Resting, new: tuple[Next, ...]) -> tuple[Next, ...]:
    index = next(i for i, f in enumerate(equations) if f.updates[0][0] == resting.slot.name)
    return (*equations[:index], *new, *equations[index + 1 :])
