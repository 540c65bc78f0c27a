"""Memory, known before the first step: what a study needs, and a refusal with the cures if it doesn't fit."""

import os
from collections.abc import Iterator
from typing import NamedTuple

from neurashed_dsl.backend.lanes import LANES
from neurashed_dsl.backend.names import lets_of
from neurashed_dsl.diagnostics import NOWHERE, Diagnostic, Kind, NshedError, Span
from neurashed_dsl.ir.plan import Study
from neurashed_dsl.ir.system import Record, System
from neurashed_dsl.runtime.bind import shape_of
from neurashed_dsl.runtime.together import in_lanes, lowered, rounds

OVER_BUDGET = Kind(
    "over-budget",
    "the run needs {needed:.1f} GiB of memory, {available:.1f} GiB are free",
    "the largest part: {part:.1f} GiB",
    ("{cure}", "fewer {repeats} need less, too", "fewer {jobs} need less, too"),
)
OF_RECORDS = "record less often (`every n`), at the end (`at end`), or less of it"
SHARE = 0.8  # of the free memory that a run may take


class Part(NamedTuple):
    """What one array takes, in bytes. `span`: where it is declared, if that is known."""

    size: int
    name: str
    span: Span
    recorded: bool = False


def memory_of(study: Study, jobs: int | None = None, cells: int = 1) -> int:
    """Bytes: tables once for each cell that runs, what a replicate has for itself as often as replicates run at once, records of all: a lane is
    there whether a replicate runs in it or not."""
    return sum(part.size for part in _parts(study, jobs, cells))


def _parts(study: Study, jobs: int | None, cells: int) -> list[Part]:
    system, workers = study.system, jobs or os.cpu_count() or 1
    lanes = LANES if in_lanes(study, lowered(study), max(1, workers // cells)) else 1
    groups = cells * rounds(study.plan.replicates, lanes)
    at_once, count = lanes * min(workers, groups), lanes * groups
    parts = [Part(min(workers, cells) * size, name, NOWHERE) for name, size in _shared(system)]
    parts += [Part(at_once * part.size, part.name, part.span) for part in _own(study)]
    return [*parts, *(Part(2 * count * record_bytes(r), r.name, r.span, recorded=True) for r in study.results)]


def _shared(system: System) -> Iterator[tuple[str, int]]:
    yield from ((t.name, t.data.nbytes) for t in system.tables.values())
    yield from ((name, r.members.nbytes + r.offsets.nbytes) for name, r in system.relations.items())


def _own(study: Study) -> Iterator[Part]:
    """What each replicate has for itself; one that is pruned has tables of its own, and states of before."""
    system = study.system
    for s in system.slots.values():
        yield Part(8 * _size(s.axes, system) * (3 + len(study.plan.snapshots)), s.name, s.span)
    for d in system.draws.values():
        yield Part(8 * _size(d.axes, system), d.name, NOWHERE)
    for p in system.probes.values():
        yield Part(8 * _size(p.axes, system) * 3, p.name, NOWHERE)
        if p.measure == "mutual_information":  # the noise of each input at each point, and the points
            yield Part(16 * p.options["points"] * system.axes["sample"].size, p.name, NOWHERE)
    for let in lets_of(system):
        yield Part(8 * _product(shape_of(let, system)), let.name, let.span)
    yield from (Part(t.data.nbytes, t.name, NOWHERE) for t in system.tables.values() if t.moves)


def record_bytes(record: Record) -> int:
    """Bytes of one replicate's record."""
    times = len(record.grid.steps) if record.grid.steps is not None else record.grid.first
    return 8 * times * _product(tuple(len(d.labels) for d in record.dimensions))


def _size(axes: tuple[str, ...], system: System) -> int:
    return _product(tuple(system.axes[a].size for a in axes))


def _product(sizes: tuple[int, ...]) -> int:
    total = 1
    for size in sizes:
        total *= size
    return total


def free_memory() -> int:
    """Bytes that can be had without swapping; half of all memory where the system doesn't say."""
    try:
        with open("/proc/meminfo", encoding="ascii") as file:
            for line in file:
                if line.startswith("MemAvailable"):
                    return int(line.split()[1]) * 1024
    except OSError:
        pass
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2
    except (AttributeError, ValueError, OSError):
        return 4 * 2**30


def refuse_if_too_large(study: Study, jobs: int | None = None, available: int | None = None, cells: int = 1) -> None:
    """Raises NshedError where the study, or as many cells of a sweep as large as it, don't fit into the free memory."""
    needed, free = memory_of(study, jobs, cells), available if available is not None else free_memory()
    if needed <= SHARE * free:
        return
    largest = max(_parts(study, jobs, cells), key=lambda part: part.size)
    raise NshedError([_refusal(study, largest, needed, free, jobs, cells)])


def _refusal(study: Study, largest: Part, needed: int, free: int, jobs: int | None, cells: int) -> Diagnostic:
    replicates = cells * study.plan.replicates
    cure = OF_RECORDS if largest.recorded else f"that is `{largest.name}`: smaller axes need less"
    values = {"needed": needed / 2**30, "available": free / 2**30, "part": largest.size / 2**30, "cure": cure}
    values |= {"repeats": "repeats" if study.plan.replicates > 1 else ""}
    values |= {"jobs": "`--jobs`" if replicates > 1 and jobs != 1 else ""}
    return OVER_BUDGET.at(None if largest.span is NOWHERE else largest.span, **values)
