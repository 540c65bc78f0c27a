"""One replicate from start to end, or several side by side: chunks of steps in the kernel, and between them what can't be done there (probes,
interventions, Ctrl-C)."""

import time
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import field, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from neurashed_dsl.diagnostics import Diagnostic, NshedError
from neurashed_dsl.ir.expr import arrays as arrays_read
from neurashed_dsl.ir.plan import START, Plan, Study
from neurashed_dsl.ir.system import Record
from neurashed_dsl.runtime.begin import arrays_in_lanes, arrays_of, batch_of
from neurashed_dsl.runtime.beyond import advanced
from neurashed_dsl.runtime.bind import Arrays, Built
from neurashed_dsl.runtime.course import Course, States, course_of, fill_batches, intervene, probe, put, settle, skip
from neurashed_dsl.runtime.fault import not_finite
from neurashed_dsl.runtime.leap import Leaper, Leaping, begin, leapt, sound, target
from neurashed_dsl.runtime.probe import Prober
from neurashed_dsl.runtime.roads import stops_of
from neurashed_dsl.values import frozen

CHUNK = 100_000  # steps at a time, at most: numba ignores Ctrl-C inside a kernel
LEAST, PATIENCE = 64, 0.25  # steps at a time, at least; seconds that a chunk should take at most
GROWTH = 64  # of chunks, at most
BATCHES = 2_000_000  # samples presented at a time: what a chunk's batches may take


@frozen
class Replicate:
    """What one replicate recorded: arrays [count, …] by record, the steps of each grid, and where it ended (`stopped` before its time?). And what
    was left on the way: the states of each snapshot, when each node was pruned (-1: never), where each stage that may stop ended."""

    outs: dict[str, npt.NDArray[Any]]
    at: list[npt.NDArray[np.int64]]
    due: npt.NDArray[np.int64]
    step: int
    stopped: bool
    snapshots: dict[str, States] = field(default_factory=dict)
    pruned_at: npt.NDArray[np.int64] | None = None
    ends: dict[str, int] = field(default_factory=dict)


def simulate(
    study: Study,
    builts: list[Built],
    probers: list[Prober],
    replicate: int,
    tick: Callable[[int], bool] | None = None,
    leapings: Mapping[int, Leaping] | None = None,
) -> Replicate:
    """Run one replicate. `builts` are the kernels of `systems_of(study)`; `probers` likewise, or none.
    `tick(steps done)` may say stop. `leapings`: those of its road, if it doesn't go step by step."""
    arrays = arrays_of(study, builts[0], replicate)
    return _run(course_of(study, builts, probers, arrays, (replicate,), leapings or {}), tick)


def simulate_side_by_side(
    study: Study, builts: list[Built], replicates: Sequence[int], tick: Callable[[int], bool] | None = None
) -> list[Replicate]:
    """Run as many replicates as there are lanes, or fewer; each comes out as if it had run alone."""
    arrays = arrays_in_lanes(study, builts[0], replicates)
    whole = _run(course_of(study, builts, [], arrays, replicates, {}), tick)
    return [_of_lane(whole, i) for i in range(len(replicates))]


def _of_lane(whole: Replicate, i: int) -> Replicate:
    snapshots = {name: {n: s[..., i] for n, s in states.items()} for name, states in whole.snapshots.items()}
    return replace(whole, outs={n: o[..., i] for n, o in whole.outs.items()}, snapshots=snapshots)


def _run(course: Course, tick: Callable[[int], bool] | None) -> Replicate:
    study, arrays = course.study, course.arrays
    probe_steps = _probe_steps(course.built) if course.prober is not None else set()
    edges = _edges(study, probe_steps, course.leaper is not None)
    step, chunk, interrupted = 0, LEAST, False
    while True:
        for change in study.plan.interventions:
            if change.step == step:
                intervene(course, change)
        if step in probe_steps:
            probe(course, step)
        if step == study.plan.steps or interrupted:
            break
        stop = _next_edge(edges, step)
        if course.leaper is not None and (far := _far(course, course.leaper, step, stop)) > step:
            step = far
        else:
            stop = _chunk_end(course, step, min(stop, step + chunk))
            begun = time.perf_counter()
            reached = _advance(course, step, stop)
            chunk = _next_chunk(chunk, time.perf_counter() - begun, batch_of(study))
            end = _end_of_stage(study.plan, reached) if reached < stop else None
            if reached < stop and end is None:
                probe(course, reached)
                arrays.batches = {n: b[reached - step :] for n, b in arrays.batches.items()}
                return _finished(course, reached, stopped=True)
            if end is not None:
                skip(course, reached, end)
            step = end or stop
        interrupted = tick is not None and tick(step)
    fill_batches(course, step, step + 1)
    return _finished(course, step, stopped=interrupted)


def _advance(course: Course, start: int, stop: int, final: int = 0) -> int:
    """The step reached. Raises NshedError where a value stops being finite."""
    fill_batches(course, start, stop + final)
    arrays, replicates = course.arrays, course.replicates
    reached = advanced(course.built, start, stop, final, arrays, replicates, course.study.plan.repeat is not None)
    if reached < 0:
        raise NshedError([_fault(course.study, course.built, arrays, -1 - reached, replicates)])
    return reached


def _end_of_stage(plan: Plan, step: int) -> int | None:
    """Where the stage of this step ends, if it is one that may stop."""
    ends = [*(s.start for s in plan.stages[1:]), plan.steps]
    return next((end for stage, end in zip(plan.stages, ends) if stage.stops and stage.start <= step < end), None)


# --- leaps ----------------------------------------------------------------------------------------------------------------


def _far(course: Course, leaper: Leaper, step: int, stop: int) -> int:
    """Leap as near to `stop` as can be; returns the step reached, which is `step` where there is no leap."""
    if step == leaper.anchor and not leaper.begun:
        settle(course.built, course.arrays, step)
        begin(leaper, course.arrays.slots)
    far = target(leaper, step, stop, _most(batch_of(course.study)))
    if far == step:
        return step
    _advance(course, step, step, final=1)  # what is due here
    found = leapt(leaper, far)
    if sound(found, leaper):
        put(course, found, far)
        return far
    # Step by step it will show where.
    put(course, leaper.begun, leaper.anchor)
    course.leaper = None
    most = _most(batch_of(course.study))
    for start in range(leaper.anchor, far, most):
        _advance(course, start, min(far, start + most))
    return far


def _chunk_end(course: Course, step: int, stop: int) -> int:
    """Leaps begin where a pass does."""
    return min(stop, course.leaper.anchor) if course.leaper is not None and step < course.leaper.anchor else stop


def _fault(study: Study, built: Built, arrays: Arrays, step: int, replicates: Sequence[int]) -> Diagnostic:
    """For the first replicate in which a value isn't finite."""
    for lane, replicate in enumerate(replicates):
        slots, scratch = arrays.slots, arrays.scratch
        if built.kernel.lanes:
            slots, scratch = ({n: a[..., lane] for n, a in each.items()} for each in (slots, scratch))
        if found := not_finite(study, built, slots, scratch, step, replicate):
            return found
    raise AssertionError("every value is finite")


def _next_chunk(chunk: int, seconds: float, batch: int) -> int:
    """How many steps to make next. The results don't depend on it."""
    if seconds > PATIENCE:
        return max(1, chunk // 2)
    growth = max(1.0, min(GROWTH, PATIENCE / 4 / max(seconds, 1e-9)))
    return min(CHUNK, _most(batch), int(growth * chunk))


def _most(batch: int) -> int:
    """Steps for which batches are made at a time."""
    return max(1, BATCHES // batch)


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


def _edges(study: Study, probe_steps: set[int], leaping: bool) -> list[int]:
    """Where the loop must halt. Kernels take records by themselves."""
    if leaping:
        return stops_of(study)
    starts = {s.start for s in study.plan.stages} - {0}
    return sorted({*probe_steps, *starts, *(i.step for i in study.plan.interventions), study.plan.steps})


def _next_edge(edges: list[int], step: int) -> int:
    return edges[bisect_right(edges, step)]


def _finished(course: Course, step: int, *, stopped: bool) -> Replicate:
    """Record what is due in the last state; `at end` means there, wherever it is. The batches begin with the batch that would come next."""
    built, arrays = course.built, course.arrays
    for at, grid, i in zip(arrays.at, built.kernel.groups, range(len(arrays.due))):
        if grid.timeless and grid.steps is not None and grid.steps[0] > 0 and stopped:
            at[arrays.due[i]] = step
    advanced(built, step, step, 1, arrays, course.replicates, course.study.plan.repeat is not None)
    kept = {name: states for name, states in course.kept.items() if name != START}
    return Replicate(arrays.outs, arrays.at, arrays.due, step, stopped, kept, course.pruned_at, course.ends)
