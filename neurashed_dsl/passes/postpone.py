"""A value that rests is brought up to date when it is read, so that a step costs what fires.

Takes equations of the form `x[n] <- if lit then fire(x[n]) else rest(x[n])` where `lit` depends on n and the batch alone. What is lit by each
sample is tabulated as a relation; the equation runs over the batch's rows of it; `x.since` says up to which step a value is up to date, and whoever
reads x applies `rest` as often as it has rested: at once where `rest` adds a constant (to a logarithm: a multiplicative law), else one by one.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from neurashed_dsl.ir.expr import Apply, Binder, Const, Expr, Iterate, Read, Reduce, Row, Select, Var, Whole, arrays, free, rebuild, substitute, transform, walk
from neurashed_dsl.ir.system import Fill, Next, Slot, System, Tabulated, map_expressions

SAMPLE = "at sample"


@dataclass(frozen=True)
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


def postpone(system: System) -> System:
    """All equations that have the form, if none of them reads what another one changes."""
    found = [r for f in system.next if (r := _taken_apart(f, system)) is not None]
    changed = {slot for f in system.next for slot, _ in f.updates}
    found = [r for r in found if _alone(r, changed)]
    if not found:
        return system
    system = map_expressions(system, _reader({r.slot.name: r for r in found}))
    for resting in found:
        system = _rewritten(resting, system)
    return system


def _taken_apart(following: Next, system: System) -> Resting | None:
    match following:
        case Next((Binder(n, Whole()),), (Var() as at,), ((name, Select(condition, fire, rest)),), None) if at.name == n:
            pass
        case _:
            return None
    taken = _lit(condition, n, system)
    if taken is None:
        return None
    lit, item, batch = taken
    element = Read(name, (Var(n),))
    draws = set(system.draws) | set(system.probes) | {x.name for x in system.lets}
    if (arrays(fire) | arrays(rest)) & draws:
        return None
    return Resting(following, system.slots[name], element, lit, item, batch, fire, rest)


def _lit(condition: Expr, n: str, system: System) -> tuple[Expr, str | None, str] | None:
    """The condition as a truth about (sample, n): `any(P(batch[i], n) for i in item)`, or P(batch[0], n) where the batch is one sample."""
    item, body = None, condition
    if isinstance(condition, Reduce) and condition.op == "any" and len(condition.binders) == 1 and condition.where is None:
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


def _alone(resting: Resting, changed: set[str]) -> bool:
    """Its laws read, of all that changes, only their own element."""
    reads = [e for x in (resting.fire, resting.rest) for e in walk(x) if isinstance(e, Read) and e.array in changed]
    return all(e == resting.element for e in reads)


def rested(resting: Resting, at: Expr) -> Expr:
    """The value of x[at] at the present step, from its value when it was last touched."""
    place = resting.following.binders[0].name
    value = Read(resting.slot.name, (at,))
    since = Read(_since(resting), (at,))
    law = substitute(resting.rest, {place: at})
    if law == value:
        return value
    constant = _added(law, value, resting)
    if constant is not None:
        return Apply("+", (value, Apply("*", (Apply("real", (Apply("-", (Var("step"), since)),)), constant))))
    variable, clock = "resting value", "resting step"
    body = transform(law, lambda e: Var(variable) if e == value else e)
    return Iterate(variable, value, clock, since, Var("step"), substitute(body, {"step": Var(clock)}))


def _added(law: Expr, value: Expr, resting: Resting) -> Expr | None:
    """The constant that the law adds to the value, or None if that isn't what it does."""
    if not isinstance(law, Apply) or law.op != "+" or value not in law.args:
        return None
    other = law.args[1] if law.args[0] == value else law.args[0]
    return None if "step" in free(other) or resting.slot.name in arrays(other) else other


def _since(resting: Resting) -> str:
    return f"{resting.slot.name}.since"


def _reader(resting: dict[str, Resting]) -> Callable[[Expr], Expr]:
    def bring_up(e: Expr) -> Expr:
        e = rebuild(e, bring_up)
        if isinstance(e, Read) and e.array in resting:
            return rested(resting[e.array], e.index[0])
        return e

    return bring_up


def _rewritten(resting: Resting, system: System) -> System:
    """The equation over the rows of the batch, with its new relation and the slot that remembers the time."""
    old = resting.following
    place, axis = old.binders[0].name, old.binders[0].domain
    assert isinstance(axis, Whole)
    relation = f"{resting.slot.name}.lit"
    table = Tabulated(relation, "sample", axis.axis, SAMPLE, place, resting.lit)
    sample = Read(resting.batch, (Var(resting.item) if resting.item else Const(0),))
    rows = (Binder(place, Row(relation, sample)),)
    items = (Binder(resting.item, Whole("item")),) if resting.item else ()
    now = rested(resting, Var(place))
    fire = transform(resting.fire, lambda e: now if e == resting.element else e)
    since = _since(resting)
    untouched = Apply("<=", (Read(since, (Var(place),)), Var("step"))) if resting.item else None
    updates = ((resting.slot.name, fire), (since, Apply("+", (Var("step"), Const(1)))))
    new = Next((*items, *rows), (Var(place),), updates, untouched, old.span)
    index = next(i for i, f in enumerate(system.next) if f.updates[0][0] == resting.slot.name)
    there = Binder(f"{place} at rest", axis)
    settled = ((resting.slot.name, rested(resting, Var(there.name))), (since, Var("step")))
    return replace(
        system,
        settle=(*system.settle, Next((there,), (Var(there.name),), settled)),
        next=(*system.next[:index], new, *system.next[index + 1 :]),
        slots={**system.slots, since: Slot(since, resting.slot.axes, "int", (Fill(None, (Const(0),)),))},
        tabulated=(*system.tabulated, table),
        notes=(*system.notes, f"{resting.slot.name}: a step touches what fires; resting values are brought up to date when they are read"),
    )


