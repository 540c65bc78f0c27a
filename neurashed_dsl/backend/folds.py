"""Reducers and iterations as loops, one after another or in lanes."""

from contextlib import nullcontext
from typing import TYPE_CHECKING

from neurashed_dsl.backend.pieces import renamed
from neurashed_dsl.ir.expr import Iterate, Reduce
from neurashed_dsl.ir.kinds import kind_of
from neurashed_dsl.ir.operators import REDUCERS

if TYPE_CHECKING:
    from neurashed_dsl.backend.writer import Writer


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
