"""Reducers and iterations as loops, one after another or in lanes."""

from contextlib import nullcontext
from typing import TYPE_CHECKING

from neurashed_dsl.backend.pieces import heavy, renamed
from neurashed_dsl.ir.expr import Binder, Iterate, Reduce, Whole
from neurashed_dsl.ir.kinds import kind_of
from neurashed_dsl.ir.operators import REDUCERS
from neurashed_dsl.ir.system import Let, System

if TYPE_CHECKING:
    from neurashed_dsl.backend.writer import Writer

ABREAST = 4  # sums at once: an addition takes as many cycles
SUMS = ("sum", "mean", "max", "min")
LONG = 16  # terms of a sum that is worth it


def reduced(e: Reduce, w: "Writer") -> str:
    """A reducer: its accumulators, rows of them where lanes differ, and the loops that fill them."""
    row, wide = REDUCERS[e.op], w.differs(e)
    outer, w.pending = w.pending, []
    if wide:
        kind = kind_of(e, w.kinds)
        names = {k: w.row(f"{e.op}_{k}", "int" if k == "n" else kind) for k in row.start} | {"v": w.fresh("v")}
    else:
        names = {k: w.fresh(f"{e.op}_{k}") for k in row.start} | {"v": w.fresh("v")}
    with w.lanes(wide):
        for key, start in row.start.items():
            w.line(f"{names[key]} = {start}")
    with w.loops(e.binders), w.guard(e.where is not None):
        # Lanes that the condition leaves out work out their value, too, and drop it.
        where = None if e.where is None else w.value(e.where)
        apart = where is not None and not wide
        with w.block(f"if {where}:") if apart else nullcontext():
            body = w.value(e.body)
            with w.lanes(wide):
                _fold_in(w, body, row.step, names, where if wide else None)
        if row.early and len(e.binders) == 1 and not wide:
            w.line(f"if {'' if row.early == 'True' else 'not '}{names['a']}:")
            w.line("    break")
    w.pending = outer
    return renamed(f"({row.finish})" if " " in row.finish else row.finish, names)


def _fold_in(w: "Writer", body: str, step: str, names: dict[str, str], where: str | None) -> None:
    w.line(f"{names['v']} = {body}")
    with w.block(f"if {where}:") if where is not None else nullcontext():
        for part in step.split("; "):
            w.line(renamed(part, names))


def goes_abreast(let: Let, system: System, w: "Writer") -> bool:
    """Is it a long sum for each element of an axis, of what needs no lines of its own?"""
    match let.binders, let.expr:
        case (*_, Binder(_, Whole(axis))), Reduce(op, body, (Binder(_, Whole(along)),), None):
            many = system.axes[along].size >= LONG and system.axes[axis].size > 1
            return many and op in SUMS and not (w.names.lanes or let.scan or heavy(body))
    return False


def abreast(let: Let, w: "Writer") -> None:
    """Several sums at once: each adds in order and waits for itself, so that one alone leaves the processor idle. The last one of an axis
    may be done more than once."""
    assert isinstance(let.expr, Reduce)
    (last, axis), row = (let.binders[-1].name, let.binders[-1].domain), REDUCERS[let.expr.op]
    assert isinstance(axis, Whole)
    size, first = w.names.sizes[axis.axis], w.fresh(last)
    w.read |= {let.name, f"size {axis.axis}"}
    w.whole.add(last)
    with w.loops(let.binders[:-1]), w.block(f"for {first} in range(0, {size}, {ABREAST}):"):
        places = [first, *(w.fresh(last) for _ in range(1, ABREAST))]
        for k, place in enumerate(places[1:], 1):
            w.line(f"{place} = min({first} + {k}, {size} - 1)")
        names = [{k: w.fresh(f"{let.expr.op}_{k}") for k in (*row.start, "v")} for _ in places]
        for key, start in row.start.items():
            w.line(f"{' = '.join(own[key] for own in names)} = {start}")
        with w.loops(let.expr.binders):
            for place, own in zip(places, names):
                w.variables[last] = place
                _fold_in(w, w.value(let.expr.body), row.step, own, None)
        for place, own in zip(places, names):
            w.variables[last] = place
            target = w.names.access(let.name, [w.variables[b.name] for b in let.binders])
            w.line(f"{target} = {renamed(row.finish, own)}")


def iterated(e: Iterate, w: "Writer") -> str:
    """A value that is put through its body again and again."""
    wide = w.differs(e)
    outer, w.pending = w.pending, []
    start = w.value(e.start)
    w.kinds[" var " + e.variable] = kind_of(e.start, w.kinds)
    w.kinds[" var " + e.variable] = kind = kind_of(e.body, w.kinds)
    name = w.row("value", kind) if wide else w.fresh("value")
    with w.lanes(wide):
        w.line(f"{name} = {start}")
    clock = w.fresh("t")
    w.variables |= {e.variable: name, e.clock: clock}
    w.differing |= {e.variable} if wide else set()
    with w.block(f"for {clock} in range({w.value(e.low)}, {w.value(e.high)}):"):
        body = w.value(e.body)
        with w.lanes(wide):
            w.line(f"{name} = {body}")
    w.pending = outer
    return name
