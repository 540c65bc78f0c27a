"""Memory, known before the first step: what a study needs, and a refusal with the cures if it doesn't fit."""

import os

from neurashed_dsl.backend.lanes import LANES
from neurashed_dsl.backend.names import lets_of
from neurashed_dsl.diagnostics import Kind, NshedError
from neurashed_dsl.ir.plan import Study
from neurashed_dsl.ir.system import Record, System
from neurashed_dsl.runtime.bind import shape_of
from neurashed_dsl.runtime.together import in_lanes, lowered, rounds

OVER_BUDGET = Kind(
    "over-budget",
    "the run needs {needed:.1f} GiB of memory, {available:.1f} GiB are free",
    "the largest part: {part:.1f} GiB",
    (
        "record less often (`every n`), at the end (`at end`), or less of it",
        "fewer repeats need less, too",
        "fewer `--jobs` need less, too",
    ),
)
SHARE = 0.8  # of the free memory that a run may take


def memory_of(study: Study, jobs: int | None = None, cells: int = 1) -> int:
    """Bytes: tables once for each cell that runs, what a replicate has for itself as often as replicates run at once, records of all: a lane is
    there whether a replicate runs in it or not."""
    system, workers = study.system, jobs or os.cpu_count() or 1
    lanes = LANES if in_lanes(study, lowered(study), max(1, workers // cells)) else 1
    groups = cells * rounds(study.plan.replicates, lanes)
    at_once, count = lanes * min(workers, groups), lanes * groups
    tables = sum(t.data.nbytes for t in system.tables.values()) + sum(
        r.members.nbytes + r.offsets.nbytes for r in system.relations.values()
    )
    own = sum(8 * _size(s.axes, system) * 2 for s in system.slots.values()) + sum(
        8 * _size(d.axes, system) for d in system.draws.values()
    )
    own += sum(8 * _size(p.axes, system) * 3 for p in system.probes.values())
    # Of mutual information: the noise of each input at each point, and the points.
    of_points = [p.options["points"] for p in system.probes.values() if p.measure == "mutual_information"]
    own += sum(16 * points * system.axes["sample"].size for points in of_points)
    scratch = sum(8 * _product(shape_of(let, system)) for let in lets_of(system))
    # Replicates that are pruned have tables of their own, and states of before.
    own += sum(t.data.nbytes for t in system.tables.values() if t.moves)
    own += sum(8 * _size(s.axes, system) for s in system.slots.values()) * (1 + len(study.plan.snapshots))
    records = sum(map(record_bytes, study.results))
    return int(min(workers, cells) * tables + at_once * (own + scratch) + 2 * count * records)


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
    largest = max(study.system.records, key=record_bytes, default=None)
    part = 2 * cells * study.plan.replicates * record_bytes(largest) if largest else needed
    span = largest.span if largest else None
    raise NshedError([OVER_BUDGET.at(span, needed=needed / 2**30, available=free / 2**30, part=part / 2**30)])
