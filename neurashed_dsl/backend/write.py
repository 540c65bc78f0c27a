"""A System as the text of one Python module: `tabulate_…` functions that are called once, and `advance`, the loop over steps.

The module is self-contained and readable. Parameters, sizes and tables are arguments, so that models that differ in them share a kernel.
"""

import re
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import NamedTuple

from neurashed_dsl.backend.names import python_names
from neurashed_dsl.backend.writer import Writer, helper_text
from neurashed_dsl.builtins.draws import DISTRIBUTIONS, clipped_normal
from neurashed_dsl.ir import scalar
from neurashed_dsl.ir.expr import Binder, Expr, Range, Read, Whole, arrays, walk
from neurashed_dsl.ir.system import Draw, Grid, Let, Next, Record, System, Tabulated
from neurashed_dsl.values import frozen

HEAD = """import math

import numpy as np
from numba import njit

inf = math.inf
nan = math.nan
"""
KERNEL_HELPERS = {"clipped_normal": clipped_normal}
DECORATOR = '@njit(cache=True, nogil=True, error_model="numpy")'


class Argument(NamedTuple):
    """What a kernel is handed: `role` is one of parameter table slot buffer let draw probe size offsets members rng out at due."""

    role: str
    name: str
    text: str


@frozen
class Kernel:
    """The text of a module, and what each of its functions takes, in order."""

    source: str
    functions: dict[str, tuple[Argument, ...]]
    groups: tuple[Grid, ...]  # grids of the records, in the order of the kernel's pointers


def write_kernel(system: System) -> Kernel:
    """The module for a system that all passes are done with."""
    names = _Names(system)
    groups = tuple(dict.fromkeys(r.grid for r in system.records))
    parts: list[str] = []
    functions: dict[str, tuple[Argument, ...]] = {}
    helpers: set[str] = set()
    for table in system.tabulated:
        name = f"tabulate_{names.text[table.name]}"
        w = names.writer()
        _tabulate(table, system, w, names)
        functions[name] = _arguments(w, system, names)
        parts.append(_function(name, w, functions[name], ()))
        helpers |= w.helpers
    if system.settle:
        w = names.writer()
        _settle(system, w, names)
        functions["settle"] = _arguments(w, system, names)
        parts.append(_function("settle", w, functions["settle"], ("step",)))
        helpers |= w.helpers
    w = names.writer()
    extra = _advance(system, groups, w, names)
    functions["advance"] = (*_arguments(w, system, names), *extra)
    parts.append(_function("advance", w, functions["advance"], ("start", "stop", "final")))
    helpers |= w.helpers
    text = "\n\n".join(p for p in [HEAD + _about(system), helper_text(helpers, KERNEL_HELPERS), *parts] if p)
    return Kernel(text + "\n", functions, groups)


def _about(system: System) -> str:
    return "".join(f"# {note}\n" for note in system.notes)


class _Names:
    """Python names of everything a kernel may read, and how each kind of array is indexed."""

    def __init__(self, system: System) -> None:
        self.system = system
        relations = {**system.relations, **{t.name: t for t in system.tabulated}}
        plain = [*system.parameters, *system.tables, *system.slots, *system.draws, *system.probes]
        lets = [x.name for x in (*system.hoisted, *system.lets, *system.late)]
        keys = [
            *plain,
            *lets,
            *(f"size {a}" for a in system.axes),
            *(f"{x} {r}" for r in relations for x in ("offsets", "members")),
        ]
        keys += [*(f"record {r.name}" for r in system.records), *(f"buffer {s}" for s in system.slots)]
        self.text = python_names([*keys, *(t.name for t in system.tabulated)], taken=vars(scalar))
        self.sizes = {a: self.text[f"size {a}"] for a in system.axes}
        self.rows = {r: (self.text[f"offsets {r}"], self.text[f"members {r}"]) for r in relations}
        self.numbers = {
            *system.parameters,
            *(x.name for x in (*system.hoisted, *system.lets, *system.late) if not x.binders),
        }
        self.packed = {t.name for t in system.tables.values() if t.packed}
        self.presented = {d.name for d in system.draws.values() if d.distribution == "presentation"}

    def writer(self) -> Writer:
        return Writer(self.access, self.sizes, self.rows)

    def access(self, array: str, index: list[str]) -> str:
        text = self.text[array]
        if array in self.numbers:
            return text
        if array in self.packed:
            s, n = index
            return f"(({text}[{n}, {s} >> 6] >> np.uint64({s} & 63)) & np.uint64(1) != 0)"
        if array in self.presented:
            return f"{text}[step - start, {', '.join(index)}]"
        return f"{text}[{', '.join(index) or '0'}]"


def _arguments(w: Writer, system: System, names: _Names) -> tuple[Argument, ...]:
    """Everything a function read, in a fixed order."""
    found: list[Argument] = []
    for role, pool in (
        ("parameter", system.parameters), ("table", system.tables), ("slot", system.slots), ("draw", system.draws), ("probe", system.probes),
    ):  # fmt: skip
        found += [Argument(role, n, names.text[n]) for n in pool if n in w.read]
    found += [Argument("buffer", n, names.text[f"buffer {n}"]) for n in system.slots if f"buffer {n}" in w.read]
    lets = [x for x in (*system.hoisted, *system.lets, *system.late) if x.binders and x.name in w.read]
    found += [Argument("let", x.name, names.text[x.name]) for x in lets]
    found += [Argument("size", a, names.sizes[a]) for a in system.axes if f"size {a}" in w.read]
    for relation, (offsets, members) in names.rows.items():
        if f"rows {relation}" in w.read:
            found += [Argument("offsets", relation, offsets), Argument("members", relation, members)]
    return tuple(found)


def _function(name: str, w: Writer, arguments: Sequence[Argument], first: tuple[str, ...]) -> str:
    head = ", ".join([*first, *(a.text for a in arguments)])
    return "\n".join([f"{DECORATOR}\ndef {name}({head}):", *w.lines])


# --- what is worked out once ----------------------------------------------------------------------------------------------


def _tabulate(table: Tabulated, system: System, w: Writer, names: _Names) -> None:
    """Two sweeps over all pairs: count, then fill. The sample runs fastest: its bits lie side by side."""
    _prelude([table.holds], system, w)
    w.read |= {f"size {table.source}", f"size {table.target}"}
    sizes = names.sizes[table.source], names.sizes[table.target]
    s, n = w.fresh("s"), w.fresh("n")
    w.variables |= {table.source_variable: s, table.target_variable: n}
    w.line(f"offsets = np.zeros({sizes[0]} + 1, np.int64)")
    for change in ((f"offsets[{s} + 1] += 1",), (f"members[at[{s}]] = {n}", f"at[{s}] += 1")):
        with (
            w.block(f"for {n} in range({sizes[1]}):"),
            w.block(f"for {s} in range({sizes[0]}):"),
            w.block(f"if {w.value(table.holds)}:"),
        ):
            for line in change:
                w.line(line)
        if change[0].startswith("offsets"):
            w.line("offsets = np.cumsum(offsets)")
            w.line("at = offsets.copy()")
            w.line("members = np.empty(offsets[-1], np.uint32)")
    w.line("return offsets, members")


def _prelude(exprs: Sequence[Expr], system: System, w: Writer) -> None:
    """The hoisted lets that these expressions need."""
    for let in _needed(exprs, system.hoisted):
        _fill(let, w)


def _needed(exprs: Sequence[Expr], lets: Sequence[Let]) -> list[Let]:
    needed = set().union(*map(arrays, exprs)) if exprs else set()
    chosen: list[Let] = []
    for let in reversed(lets):
        if let.name in needed:
            needed |= arrays(let.expr)
            chosen.append(let)
    return chosen[::-1]


def _fill(let: Let, w: Writer) -> None:
    """One let: loops in order; a scan that reads higher positions runs backwards."""
    binders = let.binders
    if let.scan == "down":
        _fill_backwards(let, w)
        return
    with w.loops(binders):
        index = [w.variables[b.name] for b in binders]
        value = w.value(let.expr)
        w.line(f"{w.access(let.name, index)} = {value}")
        w.read.add(let.name)


def _fill_backwards(let: Let, w: Writer) -> None:
    with w.loops(let.binders) as _:
        mirrored = []
        for b in let.binders:
            name = w.variables[b.name]
            back = w.fresh(b.name)
            w.line(f"{back} = {_last(b, w)} - {name}")
            w.variables[b.name] = back
            mirrored.append(back)
        w.line(f"{w.access(let.name, mirrored)} = {w.value(let.expr)}")
        w.read.add(let.name)


def _last(b: Binder, w: Writer) -> str:
    """First plus last position of a binder's domain: what mirrors it."""
    match b.domain:
        case Whole(axis):
            return f"({w.sizes[axis]} - 1)"
        case Range(low, high, _):
            return f"({w.value(low)} + {w.value(high)} - 1)"
        case _:
            raise AssertionError("a scan runs over an axis")


# --- the loop -------------------------------------------------------------------------------------------------------------


def _advance(system: System, groups: tuple[Grid, ...], w: Writer, names: _Names) -> tuple[Argument, ...]:
    """The body of `advance(start, stop, final, …)`; returns the arguments for records and random streams.

    Steps `start` up to, not including, `stop`; with `final`, what is due in the state after them is recorded, too. Returns the step reached, or
    -1 - step where a value stopped being a finite number at that step.
    """
    extra: list[Argument] = [Argument("due", "due", "due")] if groups else []
    loop_exprs = [e for f in system.next for e in _next_exprs(f)]
    record_exprs = [r.expr for r in system.records] + [g.when for g in groups if g.when is not None]
    stop_exprs = [system.stop] if system.stop is not None else []
    rest = [x.expr for x in (*system.lets, *system.late)] + [a for d in system.draws.values() for a in d.args]
    _prelude([*loop_exprs, *record_exprs, *stop_exprs, *rest], system, w)
    with w.block("for step in range(start, stop + final):"):
        for draw in system.draws.values():
            if draw.distribution != "presentation":
                extra.append(_draw(draw, w, names))
        for let in system.lets:
            _fill(let, w)
        for i, group in enumerate(groups):
            extra += _records(i, group, [r for r in system.records if r.grid is group], system, w, names)
        with w.block("if step == stop:"):
            w.line("break")
        if system.stop is not None:
            _late([system.stop], system, w)
            with w.block(f"if {w.value(system.stop)}:"):
                w.line("return step")
        # What is assigned last is worked out first, from the old state, so that the others may work in place.
        for following in sorted(system.next, key=lambda f: not f.last):
            _move(following, system, w, names)
        for following in system.next:
            _commit(following, system, w, names)
        if not system.next:
            w.line("pass")
    w.line("return stop")
    return tuple(extra)


def _settle(system: System, w: Writer, names: _Names) -> None:
    _prelude([e for f in system.settle for e in _next_exprs(f)], system, w)
    for following in system.settle:
        _move(following, system, w, names)


def _next_exprs(f: Next) -> list[Expr]:
    return [*f.index, *(e for _, e in f.updates), *([f.where] if f.where is not None else [])]


def _draw(draw: Draw, w: Writer, names: _Names) -> Argument:
    rng = w.fresh(f"rng_{names.text[draw.name]}")
    binders = draw.binders or tuple(Binder(f"{draw.name}.{a}", Whole(a)) for a in draw.axes)
    with w.loops(binders):
        index = [w.variables[b.name] for b in binders]
        args = [w.value(a) for a in draw.args]
        text = DISTRIBUTIONS[draw.distribution].kernel.format(*args)
        w.helpers |= {name for name in KERNEL_HELPERS if name in text}
        own = re.sub(r"\brng\b", rng, text)
        w.line(f"{w.access(draw.name, index)} = {own}")
    w.read.add(draw.name)
    return Argument("rng", draw.name, rng)


def _late(exprs: Sequence[Expr], system: System, w: Writer) -> None:
    for let in _needed(exprs, system.late):
        _fill(let, w)


def _records(i: int, grid: Grid, records: list[Record], system: System, w: Writer, names: _Names) -> list[Argument]:
    """Everything that one grid records at this step. `due[i]` counts what has been recorded; `at` ends with -1."""
    at = Argument("at", str(i), f"at_{i}")
    outs = [Argument("out", r.name, names.text[f"record {r.name}"]) for r in records]
    count = w.fresh("count")
    w.line(f"{count} = due[{i}]")
    if grid.when is None:
        with w.block(f"if at_{i}[{count}] == step:"):
            _take(i, count, records, system, w, outs)
        return [at, *outs]
    # The last state is seen twice where `stop when` ends a run.
    with w.block(f"if {count} < at_{i}.shape[0] and at_{i}[{count} - 1] != step:"):
        _late([grid.when], system, w)
        with w.block(f"if {w.value(grid.when)}:"):
            w.line(f"at_{i}[{count}] = step")
            _take(i, count, records, system, w, outs)
    return [at, *outs]


def _take(i: int, count: str, records: list[Record], system: System, w: Writer, outs: list[Argument]) -> None:
    _late([r.expr for r in records], system, w)
    for record, out in zip(records, outs):
        with w.loops(record.binders) as counters:
            value = w.value(record.expr)
            w.line(f"{out.text}[{', '.join([count, *counters])}] = {value}")
    w.line(f"due[{i}] = {count} + 1")


def _move(following: Next, system: System, w: Writer, names: _Names) -> None:
    """New values: in place where no other equation reads the old ones, else into a buffer."""
    moving = following in system.next
    buffered = moving and not _in_place(following, system)
    dense = moving and all(isinstance(b.domain, Whole) for b in following.binders)
    if dense:
        w.line("sound = True")
    with w.loops(following.binders), _where(following, w):
        index = [w.value(i) for i in following.index]
        fresh = [w.fresh("new") for _ in following.updates]
        for (_, e), name in zip(following.updates, fresh):
            w.line(f"{name} = {w.value(e)}")
        for (slot, _), name in zip(following.updates, fresh):
            w.read.add(slot)
            w.line(f"{_target(slot, index, buffered, w, names)} = {name}")
            if moving and system.slots[slot].kind == "real":
                _check(slot, name, dense, system, w)
    if dense:
        with w.block("if not sound:"):
            w.line("return -1 - step")


def _check(slot: str, name: str, dense: bool, system: System, w: Writer) -> None:
    """Stop where a value isn't finite; a loop over a whole axis looks afterwards, so that it vectorises. The logarithm of 0 is -inf."""
    sound = f"({name} < inf)" if system.slots[slot].log else f"(-inf < {name}) & ({name} < inf)"
    if dense:
        w.line(f"sound &= {sound}")
        return
    with w.block(f"if not ({sound}):"):
        w.line("return -1 - step")


def _commit(following: Next, system: System, w: Writer, names: _Names) -> None:
    """Buffered values become the state."""
    if _in_place(following, system):
        return
    with w.loops(following.binders), _where(following, w):
        index = [w.value(i) for i in following.index]
        for slot, _ in following.updates:
            w.line(f"{w.access(slot, index)} = {_target(slot, index, True, w, names)}")


def _where(following: Next, w: Writer) -> AbstractContextManager[None]:
    return nullcontext() if following.where is None else w.block(f"if {w.value(following.where)}:")


def _target(slot: str, index: list[str], buffered: bool, w: Writer, names: _Names) -> str:
    if not buffered:
        return w.access(slot, index)
    w.read.add(f"buffer {slot}")
    return f"{names.text[f'buffer {slot}']}[{', '.join(index) or '0'}]"


def _in_place(following: Next, system: System) -> bool:
    """Every read of its slots, in any equation that is worked out later, is of its own element in this one."""
    if following.last:
        return False
    slots = {slot for slot, _ in following.updates}
    for other in system.next:
        if other.last:
            continue
        for e in _next_exprs(other):
            for read in walk(e):
                if (
                    isinstance(read, Read)
                    and read.array in slots
                    and (other is not following or read.index != following.index)
                ):
                    return False
    return True
