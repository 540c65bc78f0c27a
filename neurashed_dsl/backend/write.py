"""A System as the text of one Python module: `tabulate_…` functions that are called before, and `advance`, the loop over steps. Its starts as
another, where they are much work: `begin_…`.

The module is self-contained and readable. Parameters, sizes and tables are arguments, so that models that differ in them share a kernel.
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import chain
from typing import NamedTuple

from neurashed_dsl.backend.cut import cut
from neurashed_dsl.backend.lanes import LANES, varying
from neurashed_dsl.backend.loop import advance, fill, prelude, settle
from neurashed_dsl.backend.names import Names, lets_of, names_of
from neurashed_dsl.backend.shared import HEAD, Shared, shared, with_needed
from neurashed_dsl.backend.writer import Writer
from neurashed_dsl.ir.starts import as_lets, stages_of
from neurashed_dsl.ir.system import Grid, System, Tabulated
from neurashed_dsl.values import frozen

LANED = ("row", "rng", "out")  # roles of what always has lanes
VARYING = (
    "slot",
    "buffer",
    "let",
    "draw",
)  # of what has them where it varies: the size of an axis may bear the name of such an array
DECORATOR = '@njit(cache=True, nogil=True, no_cfunc_wrapper=True, error_model="numpy")'
PART = '@njit(nogil=True, no_cfunc_wrapper=True, error_model="numpy")'  # of a function that was cut


class Argument(NamedTuple):
    """What a kernel is handed: `role` is one of parameter table slot buffer let draw probe size offsets members row rng out at due."""

    role: str
    name: str
    text: str


class Written(NamedTuple):
    """A function: its body, and what it takes before what it reads, and after."""

    name: str
    writer: Writer
    first: tuple[str, ...]
    extra: tuple[Argument, ...] = ()


@frozen
class Kernel:
    """The text of a module, the functions that it shares with other kernels, and what each of its own takes, in order.
    `lanes`: how many replicates it runs at once, 0 for one alone; `varying` are the arrays that have them as their last dimension."""

    notes: str
    body: str
    shared: tuple[Shared, ...]
    functions: dict[str, tuple[Argument, ...]]
    groups: tuple[Grid, ...]  # grids of the records, in the order of the kernel's pointers
    varying: frozenset[str] = frozenset()
    lanes: int = 0

    @property
    def source(self) -> str:
        """The whole text, which needs no other module of ours."""
        modules = with_needed(self.shared)
        imports = "".join(dict.fromkeys(m.imports for m in modules))
        return f"{imports}{HEAD}{self.notes}\n\n" + "\n\n".join([*(m.text for m in modules), self.body])

    @property
    def own(self) -> str:
        """The text without what is shared."""
        return f"{HEAD}{self.notes}\n\n{self.body}"


def write_kernel(system: System, lanes: bool = False) -> Kernel:
    """The module for a system that all passes are done with; with `lanes`, for replicates side by side."""
    differs = varying(system) if lanes else frozenset()
    names = names_of(system, differs, LANES if lanes else 0)
    groups = tuple(dict.fromkeys(r.grid for r in system.records))
    written: list[Written] = []
    for table in system.tabulated:
        w = Writer(names)
        _tabulate(table, system, w)
        written.append(Written(f"tabulate_{names.text[table.name]}", w, ("at", "members")))
    if system.settle:
        w = Writer(names)
        settle(system, w)
        written.append(Written("settle", w, ("step",)))
    w = Writer(names)
    extra = tuple(Argument(*a) for a in advance(system, groups, w))
    written.append(Written("advance", w, ("start", "stop", "final"), extra))
    return _assembled(system, names, written, groups)


def write_starts(system: System) -> tuple[System, Kernel]:
    """The module for its starts, `begin_…` for each stage that has more to do than to draw: fills lets, and starts as lets. And the system
    that has these lets, and no others. Sums are plain sums: a start doesn't hang on what the library of matrices does."""
    stages = stages_of(system)
    starts = [as_lets(stage) for stage in stages]
    read = [replace(x, product=False) for stage in stages for x in stage.lets]
    whole = replace(system, hoisted=(*read, *chain(*starts)), lets=(), late=(), notes=())
    names = names_of(whole)
    written = []
    for k, (stage, own) in enumerate(zip(stages, starts)):
        if stage.lets or own:
            w = Writer(names)
            prelude([x.expr for x in own] + [a for s in stage.slots for f in s.start for a in f.args], whole, w)
            fill(own, whole, w)
            written.append(Written(f"begin_{k}", w, ()))
    return whole, _assembled(whole, names, written)


def _assembled(system: System, names: Names, written: Sequence[Written], groups: tuple[Grid, ...] = ()) -> Kernel:
    functions = {x.name: (*_arguments(x.writer, system, names), *x.extra) for x in written}
    parts = [_function(x.name, x.writer, functions[x.name], x.first) for x in written]
    notes = (f"LANES = {names.lanes}\n" if names.lanes else "") + "".join(f"# {note}\n" for note in system.notes)
    called = tuple(map(shared, sorted(set[str]().union(*(x.writer.helpers for x in written)))))
    return Kernel(notes, "\n\n".join(parts) + "\n", called, functions, groups, names.varying, names.lanes)


def _arguments(w: Writer, system: System, names: Names) -> tuple[Argument, ...]:
    """Everything a function read, in a fixed order."""
    found: list[Argument] = []
    for role, pool in (
        ("parameter", system.parameters), ("table", system.tables), ("slot", system.slots), ("draw", system.draws), ("probe", system.probes),
    ):  # fmt: skip
        found += [Argument(role, n, names.text[n]) for n in pool if n in w.read]
    found += [Argument("buffer", n, names.text[f"buffer {n}"]) for n in system.slots if f"buffer {n}" in w.read]
    lets = [x for x in lets_of(system) if x.name not in names.numbers and x.name in w.read]
    found += [Argument("let", x.name, names.text[x.name]) for x in lets]
    found += [Argument("size", a, w.names.sizes[a]) for a in system.axes if f"size {a}" in w.read]
    for relation, (offsets, members) in names.rows.items():
        if f"rows {relation}" in w.read:
            found += [Argument("offsets", relation, offsets), Argument("members", relation, members)]
    found += [Argument("row", kind, text.partition("[")[0]) for text, kind in w.scratch.items()]
    return tuple(found)


def _function(name: str, w: Writer, arguments: Sequence[Argument], first: tuple[str, ...]) -> str:
    head = ", ".join([*first, *(a.text for a in arguments)])
    # Rows of lanes lie side by side: LLVM makes better vectors if it knows how far apart.
    wide = [a.text for a in arguments if _has_lanes(a, w.names)]
    text = "\n".join([f"def {name}({head}):", *w.lines])
    *others, last = cut(text, {n: f"{n}.shape[-1] == LANES" for n in wide})
    return "\n\n".join([*(f"{PART}\n{other}" for other in others), f"{DECORATOR}\n{last}"])


def _has_lanes(a: Argument, names: Names) -> bool:
    return names.lanes > 0 and (a.role in LANED or (a.role in VARYING and a.name in names.varying))


# --- what is worked out once ----------------------------------------------------------------------------------------------


def _tabulate(table: Tabulated, system: System, w: Writer) -> None:
    """Called twice, so that it allocates nothing: with no room for members it counts those of each source in `at`, then it puts each where `at` says.
    The sample runs fastest: its bits lie side by side."""
    prelude([table.holds], system, w)
    w.read |= {f"size {table.source}", f"size {table.target}"}
    sizes = w.names.sizes[table.source], w.names.sizes[table.target]
    s, n = w.fresh("s"), w.fresh("n")
    w.variables |= {table.source_variable: s, table.target_variable: n}
    w.line("filling = members.shape[0] > 0")
    with (
        w.block(f"for {n} in range({sizes[1]}):"),
        w.block(f"for {s} in range({sizes[0]}):"),
        w.block(f"if {w.value(table.holds)}:"),
    ):
        with w.block("if filling:"):
            w.line(f"members[at[{s}]] = {n}")
        w.line(f"at[{s}] += 1")
