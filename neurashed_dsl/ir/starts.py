"""In which order a system's start is worked out, and how much work that is."""

import math
from collections.abc import Callable, Iterable
from dataclasses import replace

from neurashed_dsl.diagnostics import Bug
from neurashed_dsl.ir.circles import needed
from neurashed_dsl.ir.expr import Binder, Const, Expr, Range, Reduce, Row, Whole, arrays, children
from neurashed_dsl.ir.system import Let, Slot, System
from neurashed_dsl.values import frozen


@frozen
class Stage:
    """Slots whose starts read lets, numbers, and slots of the stages before alone; and those lets, in order, as far as no stage before had them."""

    lets: tuple[Let, ...]
    slots: tuple[Slot, ...]


def stages_of(system: System) -> list[Stage]:
    """Every slot once. As many of them as can be at a time: what is drawn comes first, and what all is made of that in one go."""
    reads = {name: needed(read_by(slot), system.hoisted) for name, slot in system.slots.items()}
    left, filled = dict(system.slots), set[str]()
    stages: list[Stage] = []
    while left:
        ready = tuple(slot for name, slot in left.items() if not reads[name][0] & left.keys())
        if not ready:
            raise Bug(f"starts that read each other: {', '.join(left)}")
        wanted = {x.name for slot in ready for x in reads[slot.name][1]} - filled
        stages.append(Stage(tuple(x for x in system.hoisted if x.name in wanted), ready))
        filled |= wanted
        left = {name: slot for name, slot in left.items() if slot not in ready}
    return stages


def read_by(slot: Slot) -> set[str]:
    """Arrays that its start reads."""
    return {name for fill in slot.start for a in fill.args for name in arrays(a)}


def as_let(slot: Slot) -> Let | None:
    """The start as a let over the slot's axes, if it is one expression that isn't drawn, and more than a number."""
    match slot.start:
        case (fill,) if fill.binders and not fill.distribution and fill.where is None:
            return Let(f"start of {slot.name}", fill.binders, fill.args[0], span=slot.span)
    return None


def as_lets(stage: Stage) -> list[Let]:
    """Those starts of the stage that are lets."""
    return [let for let in map(as_let, stage.slots) if let is not None]


def work_of(system: System) -> int:
    """About how many values of subexpressions the evaluator works out for a start. A range whose ends only the run knows counts once."""
    lets = [x for stage in stages_of(system) for x in (*stage.lets, *as_lets(stage))]
    return sum(_places(x.binders, system) * _parts(x.expr, system) for x in lets)


def _parts(e: Expr, system: System) -> int:
    times = _places(e.binders, system) if isinstance(e, Reduce) else 1
    return 1 + times * sum(_parts(x, system) for x in children(e))


def _places(binders: Iterable[Binder], system: System) -> int:
    return math.prod(_extent(b, system) for b in binders)


def _extent(b: Binder, system: System) -> int:
    match b.domain:
        case Range(Const(low), Const(high), _):
            return max(0, int(high) - int(low))
        case Whole(axis) | Range(_, _, axis) if axis:
            return system.axes[axis].size
        case Row(relation, _):
            rows = system.relations[relation]
            return 1 + len(rows.members) // max(1, len(rows.offsets) - 1)
    return 1


def map_starts(system: System, change: Callable[[Expr], Expr]) -> System:
    """The same with the expressions of starts."""

    def slot(x: Slot) -> Slot:
        return replace(x, start=tuple(replace(f, args=tuple(map(change, f.args))) for f in x.start))

    return replace(system, slots={n: slot(x) for n, x in system.slots.items()})
