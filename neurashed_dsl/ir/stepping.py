"""A system as the reference evaluator runs it, step by step: `begin`, `tabulate`, then `advance` and `observe`."""

from collections.abc import Iterable
from itertools import product
from typing import Any

import numpy as np
import numpy.typing as npt

from neurashed_dsl.ir.circles import together
from neurashed_dsl.ir.evaluate import MEMORY, Env, Memory, bindings, closure, positions_of
from neurashed_dsl.ir.system import Let, Relation, System, Tabulated


def fill_lets(lets: Iterable[Let], memory: Memory, env: Env) -> None:
    """Evaluate lets into memory, in order; those of a circle level by level."""
    for group in together(lets):
        if not group[0].circle:
            fill_let(group[0], memory, env)
            continue
        spans = [_spans(let, memory, env) for let in group]
        for let, own in zip(group, spans):
            memory.arrays[let.name] = _empty(let, own)
        for position in spans[0][group[0].level]:
            for let, own in zip(group, spans):
                _fill(let, [[position] if k == let.level else s for k, s in enumerate(own)], memory, env)


def fill_let(let: Let, memory: Memory, env: Env) -> None:
    """Evaluate one let into memory. A scan runs in the order it needs."""
    spans = _spans(let, memory, env)
    memory.arrays[let.name] = _empty(let, spans)
    _fill(let, spans, memory, env)


def _spans(let: Let, memory: Memory, env: Env) -> list[list[int]]:
    """The positions along each dimension, in the order of evaluation."""
    spans = [list(positions_of(b.domain)({**env, MEMORY: memory})) for b in let.binders]
    return [s[::-1] for s in spans] if let.scan == "down" else spans


def _empty(let: Let, spans: list[list[int]]) -> npt.NDArray[Any]:
    shape = tuple(max(s, default=-1) + 1 for s in spans)
    return np.zeros(shape, dtype={"int": np.int64, "bool": np.bool_}.get(let.kind, np.float64))


def _fill(let: Let, spans: list[list[int]], memory: Memory, env: Env) -> None:
    out, body = memory.arrays[let.name], closure(let.expr)
    names = [b.name for b in let.binders]
    here = {**env, MEMORY: memory}
    for at in product(*spans):
        here.update(zip(names, at))
        out[at] = body(here)


def begin(system: System, memory: Memory) -> None:
    """What is evaluated once, before the loop."""
    fill_lets(system.hoisted, memory, {"step": 0})


def tabulate(system: System, memory: Memory) -> None:
    """The relations that are worked out before the loop, into `memory.relations`; after `begin`."""
    for table in system.tabulated:
        memory.relations[table.name] = _tabulated(table, memory)


def _tabulated(table: Tabulated, memory: Memory) -> Relation:
    holds = closure(table.holds)
    sources, targets = range(memory.sizes[table.source]), range(memory.sizes[table.target])
    here: Env = {MEMORY: memory, "step": 0}
    rows = [
        [t for t in targets if holds({**here, table.source_variable: s, table.target_variable: t})] for s in sources
    ]
    offsets = np.cumsum([0, *map(len, rows)], dtype=np.int64)
    members = np.array([t for row in rows for t in row], np.int64)
    return Relation(table.name, table.source, table.target, offsets, members)


def advance(system: System, memory: Memory, step: int) -> None:
    """One step: lets, then all next values from the old state, then all assignments. Draws are in `memory` already."""
    env: Env = {"step": step}
    fill_lets(system.lets, memory, env)
    pending: list[tuple[npt.NDArray[Any], Any, Any]] = []
    for following in sorted(system.next, key=lambda f: f.last):
        index = [closure(i) for i in following.index]
        updates = [(memory.arrays[slot], closure(e)) for slot, e in following.updates]
        where = closure(following.where) if following.where is not None else None
        for bound in bindings(following.binders)({**env, MEMORY: memory}):
            if where is None or where(bound):
                at = tuple(i(bound) for i in index)
                pending += [(array, at, value(bound)) for array, value in updates]
    for array, at, value in pending:
        array[at] = value


def observe(system: System, memory: Memory, step: int) -> dict[str, npt.NDArray[Any]]:
    """Every record's value in the present state, late lets first."""
    env: Env = {"step": step}
    fill_lets((*system.lets, *system.late), memory, env)
    found = {}
    for record in system.records:
        spans = [list(positions_of(b.domain)({**env, MEMORY: memory})) for b in record.binders]
        body, names = closure(record.expr), [b.name for b in record.binders]
        values = [body({**env, MEMORY: memory, **dict(zip(names, at))}) for at in product(*spans)]
        found[record.name] = np.array(values).reshape([len(s) for s in spans])
    return found
