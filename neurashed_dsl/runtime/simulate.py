"""One replicate from start to end: chunks of steps in the kernel, and between them what can't be done there (probes, interventions, Ctrl-C)."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from neurashed_dsl.diagnostics import NshedError
from neurashed_dsl.ir.evaluate import Memory
from neurashed_dsl.ir.expr import arrays as arrays_read
from neurashed_dsl.ir.plan import Intervention, Study
from neurashed_dsl.ir.system import Draw, Grid, Record, System
from neurashed_dsl.runtime.beyond import advanced
from neurashed_dsl.runtime.bind import DTYPES, Arrays, Built, run_kernel, scratch_of
from neurashed_dsl.runtime.fault import not_finite
from neurashed_dsl.runtime.present import presenter
from neurashed_dsl.runtime.probe import Prober
from neurashed_dsl.runtime.start import starts_of
from neurashed_dsl.runtime.streams import stream

CHUNK = 100_000  # steps at a time, at most: numba ignores Ctrl-C inside a kernel
LEAST, PATIENCE = 64, 0.25  # steps at a time, at least; seconds that a chunk should take at most
BATCHES = 2_000_000  # samples presented at a time: what a chunk's batches may take


@dataclass(frozen=True, eq=False)
class Replicate:
    """What one replicate recorded: arrays [count, …] by record, the steps of each grid, and where it ended (`stopped` before its time?)."""

    outs: dict[str, npt.NDArray[Any]]
    at: list[npt.NDArray[np.int64]]
    due: npt.NDArray[np.int64]
    step: int
    stopped: bool


def simulate(
    study: Study, builts: list[Built], probers: list[Prober], replicate: int, tick: Callable[[int], bool] | None = None
) -> Replicate:
    """Run one replicate. `builts[0]` is the study's system, the others those of its interventions, in order; `probers` likewise, or none.
    `tick(steps done)` may say stop."""
    built, prober = builts[0], probers[0] if probers else None
    system, plan = built.system, study.plan
    arrays = arrays_of(study, built, replicate)
    batches = {d.name for d in system.draws.values() if d.distribution == "presentation"}
    supply = _supply(study, replicate) if batches else None
    others, other_probers = iter(builts[1:]), iter(probers[1:])
    probe_steps = _probe_steps(built) if prober else set()
    edges = _edges(study, probe_steps)
    step, chunk, interrupted = 0, LEAST, False
    while True:
        for change in plan.interventions:
            if change.step == step:
                built = _intervene(change, built, others, arrays, step)
                prober = next(other_probers) if prober is not None and change.system is not None else prober
        if step in probe_steps and prober is not None:
            _probe(prober, built, arrays, step)
        if step == plan.steps or interrupted:
            break
        stop = min(_next_edge(edges, step), step + chunk)
        if supply is not None:
            arrays.batches = dict.fromkeys(batches, supply(stop - step))
        begin = time.perf_counter()
        reached = advanced(built, step, stop, 0, arrays, _of_repeat(study, replicate))
        chunk = _next_chunk(chunk, time.perf_counter() - begin, _batch(study))
        if reached < 0:
            raise NshedError([not_finite(study, built, arrays.slots, arrays.scratch, -1 - reached, replicate)])
        if reached < stop:
            if prober is not None:
                _probe(prober, built, arrays, reached)
            arrays.batches = {n: b[reached - step :] for n, b in arrays.batches.items()}
            return _finished(study, built, arrays, reached, replicate, stopped=True)
        step = stop
        interrupted = tick is not None and tick(step)
    if supply is not None:
        arrays.batches = dict.fromkeys(batches, supply(1))
    return _finished(study, built, arrays, step, replicate, stopped=interrupted)


def _of_repeat(study: Study, replicate: int) -> str:
    return "" if study.plan.repeat is None else f" of repeat {replicate}"


def _next_chunk(chunk: int, seconds: float, batch: int) -> int:
    """How many steps to make next. The results don't depend on it."""
    most = max(1, min(CHUNK, BATCHES // batch))
    return min(most, 4 * chunk) if seconds < PATIENCE / 4 else max(1, chunk // 2) if seconds > PATIENCE else chunk


def _batch(study: Study) -> int:
    return study.plan.presentation.batch if study.plan.presentation else 1


def _supply(study: Study, replicate: int) -> Callable[[int], npt.NDArray[np.int64]]:
    assert study.plan.presentation is not None
    return presenter(study.plan.presentation, stream(study.plan.seed, replicate, "presentation"))


def arrays_of(study: Study, built: Built, replicate: int) -> Arrays:
    """The state at the start, and room for everything."""
    system, seed = built.system, study.plan.seed
    memory = Memory(system)
    slots = starts_of(system, memory, lambda name: stream(seed, replicate, name))
    made = Arrays(slots, scratch_of(system))
    drawn = [d for d in system.draws.values() if d.distribution != "presentation"]
    made.draws = {d.name: _room_of(d, system) for d in drawn}
    made.rngs = {d.name: stream(seed, replicate, f"draw {d.name}") for d in drawn}
    made.probes = {p.name: np.full(tuple(system.axes[a].size for a in p.axes), np.nan) for p in system.probes.values()}
    made.batches = {
        d.name: np.zeros((0, _batch(study)), np.int64)
        for d in system.draws.values()
        if d.distribution == "presentation"
    }
    made.at = [_at(g) for g in built.kernel.groups]
    made.due = np.zeros(len(made.at), np.int64)
    made.outs = {
        r.name: _room(r, len(made.at[built.kernel.groups.index(r.grid)]) - (r.grid.when is None))
        for r in system.records
    }
    return made


def _room_of(draw: Draw, system: System) -> npt.NDArray[Any]:
    """An index that is drawn is a whole number."""
    return np.zeros(tuple(system.axes[a].size for a in draw.axes) or (1,), DTYPES.get(draw.kind, np.float64))


def _at(grid: Grid) -> npt.NDArray[np.int64]:
    if grid.steps is None:
        return np.full(grid.first, -1, np.int64)
    return np.append(grid.steps, -1)


def _room(record: Record, count: int) -> npt.NDArray[Any]:
    shape = (count, *(len(d.labels) for d in record.dimensions))
    return np.full(shape, np.nan)


def _probe_steps(built: Built) -> set[int]:
    """Steps at which a record reads a probe."""
    probes = set(built.system.probes)
    found: set[int] = set()
    for record in built.system.records:
        if _reads(record, built) & probes and record.grid.steps is not None:
            found |= set(record.grid.steps.tolist())
    return found


def _reads(record: Record, built: Built) -> set[str]:
    read = arrays_read(record.expr)
    for let in reversed(built.system.late):
        if let.name in read:
            read |= arrays_read(let.expr)
    return read


def _edges(study: Study, probe_steps: set[int]) -> list[int]:
    return sorted({*probe_steps, *(i.step for i in study.plan.interventions), study.plan.steps})


def _next_edge(edges: list[int], step: int) -> int:
    return next(e for e in edges if e > step)


def _probe(prober: Prober, built: Built, arrays: Arrays, step: int) -> None:
    # On a copy: to rest twice is to round twice, and a record must not change the others.
    copy = replace(arrays, slots={n: s.copy() for n, s in arrays.slots.items()})
    _settle(built, copy, step)
    arrays.probes = prober.measure(built.system.probes, copy.slots, step)


def _settle(built: Built, arrays: Arrays, step: int) -> None:
    if "settle" in built.kernel.functions:
        run_kernel(built, "settle", (step,), arrays)


def _intervene(change: Intervention, built: Built, others: Any, arrays: Arrays, step: int) -> Built:
    """Before the parameters change, values that rested under the old ones are brought up to date."""
    _settle(built, arrays, step)
    if change.system is not None:
        other: Built = next(others)
        arrays.scratch = scratch_of(other.system)
        return other
    slot = arrays.slots[change.slot]
    slot.reshape(-1)[... if change.where is None else change.where] = change.value
    return built


def _finished(study: Study, built: Built, arrays: Arrays, step: int, replicate: int, *, stopped: bool) -> Replicate:
    """Record what is due in the last state; `at end` means there, wherever it is. `arrays.batches` begin with the batch that would come next."""
    for at, grid, i in zip(arrays.at, built.kernel.groups, range(len(arrays.due))):
        if grid.timeless and grid.steps is not None and grid.steps[0] > 0 and stopped:
            at[arrays.due[i]] = step
    advanced(built, step, step, 1, arrays, _of_repeat(study, replicate))
    return Replicate(arrays.outs, arrays.at, arrays.due, step, stopped)
