"""One replicate from start to end, or several side by side: chunks of steps in the kernel, and between them what can't be done there (probes,
interventions, Ctrl-C)."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import Any

import numpy as np
import numpy.typing as npt

from neurashed_dsl.diagnostics import Diagnostic, NshedError
from neurashed_dsl.ir.evaluate import Memory
from neurashed_dsl.ir.expr import arrays as arrays_read
from neurashed_dsl.ir.plan import Intervention, Presentation, Study
from neurashed_dsl.ir.system import Grid, Record
from neurashed_dsl.runtime.beyond import advanced
from neurashed_dsl.runtime.bind import Arrays, Built, draws_of, lanes_of, room, run_kernel, scratch_of
from neurashed_dsl.runtime.fault import not_finite
from neurashed_dsl.runtime.present import Presenter
from neurashed_dsl.runtime.probe import Prober, measure
from neurashed_dsl.runtime.start import starts_of
from neurashed_dsl.runtime.streams import Numbers, handed, stream
from neurashed_dsl.values import frozen

CHUNK = 100_000  # steps at a time, at most: numba ignores Ctrl-C inside a kernel
LEAST, PATIENCE = 64, 0.25  # steps at a time, at least; seconds that a chunk should take at most
BATCHES = 2_000_000  # samples presented at a time: what a chunk's batches may take


@frozen
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
    return _run(study, builts, probers, arrays_of(study, builts[0], replicate), (replicate,), tick)


def simulate_side_by_side(
    study: Study, builts: list[Built], replicates: Sequence[int], tick: Callable[[int], bool] | None = None
) -> list[Replicate]:
    """Run as many replicates as there are lanes, or fewer; each comes out as if it had run alone."""
    arrays = arrays_in_lanes(study, builts[0], replicates)
    whole = _run(study, builts, [], arrays, replicates, tick)
    return [replace(whole, outs={n: o[..., i] for n, o in whole.outs.items()}) for i in range(len(replicates))]


@dataclass(eq=False)
class Course:
    """How a run goes on: its kernel, what measures its probes, what presents the inputs. Interventions change it.

    `begun` is the state at the start, where the run comes back to it. `since` is the step at which the present order of the inputs began.
    """

    study: Study
    built: Built
    prober: Prober | None
    arrays: Arrays
    presenter: Presenter | None
    since: int
    others: Iterator[tuple[Built, Prober | None]]
    begun: dict[str, npt.NDArray[Any]]


def _course(study: Study, builts: list[Built], probers: list[Prober], arrays: Arrays, replicate: int) -> Course:
    plan = study.plan
    kept = study.system.slots if any(i.rewind for i in plan.interventions) else {}
    begun = {n: v.copy() for n, v in arrays.slots.items() if n in kept}
    pairs = iter(list(zip_longest(builts, probers)))
    built, prober = next(pairs)
    for other in builts[1:] if not built.kernel.lanes else ():
        # What is drawn from some step on only has a stream of its own, too.
        arrays.rngs = {**_streams(study, other, replicate), **arrays.rngs}
    order = plan.presentation
    presenter = Presenter(order, Numbers(plan.seed, replicate, "presentation")) if order is not None else None
    return Course(study, built, prober, arrays, presenter, 0, pairs, begun)


def _order(course: Course, how: Presentation, step: int) -> None:
    """Present the inputs in this way from now on."""
    assert course.presenter is not None, "it is another order than that of the start"
    course.presenter, course.since = course.presenter.then(how, step - course.since), step


def _fill_batches(course: Course, start: int, stop: int) -> None:
    """The batches of these steps."""
    if course.presenter is not None and (names := _presented(course.built)):
        batches = course.presenter.batches(start - course.since, stop - course.since)
        course.arrays.batches = dict.fromkeys(names, batches)


def _run(
    study: Study,
    builts: list[Built],
    probers: list[Prober],
    arrays: Arrays,
    replicates: Sequence[int],
    tick: Callable[[int], bool] | None,
) -> Replicate:
    course = _course(study, builts, probers, arrays, replicates[0])
    probe_steps = _probe_steps(builts[0]) if probers else set()
    edges = _edges(study, probe_steps)
    step, chunk, interrupted = 0, LEAST, False
    while True:
        for change in study.plan.interventions:
            if change.step == step:
                _intervene(course, change)
        if step in probe_steps:
            _probe(course, step)
        if step == study.plan.steps or interrupted:
            break
        stop = min(_next_edge(edges, step), step + chunk)
        _fill_batches(course, step, stop)
        begin = time.perf_counter()
        reached = advanced(course.built, step, stop, 0, arrays, replicates, study.plan.repeat is not None)
        chunk = _next_chunk(chunk, time.perf_counter() - begin, _batch(study))
        if reached < 0:
            raise NshedError([_fault(study, course.built, arrays, -1 - reached, replicates)])
        if reached < stop:
            _probe(course, reached)
            arrays.batches = {n: b[reached - step :] for n, b in arrays.batches.items()}
            return _finished(course, reached, replicates, stopped=True)
        step = stop
        interrupted = tick is not None and tick(step)
    _fill_batches(course, step, step + 1)
    return _finished(course, step, replicates, stopped=interrupted)


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
    most = max(1, min(CHUNK, BATCHES // batch))
    return min(most, 4 * chunk) if seconds < PATIENCE / 4 else max(1, chunk // 2) if seconds > PATIENCE else chunk


def _batch(study: Study) -> int:
    return study.plan.presentation.batch if study.plan.presentation else 1


def _presented(built: Built) -> set[str]:
    """Draws that are mini-batches."""
    return {d.name for d in built.system.draws.values() if d.distribution == "presentation"}


def arrays_of(study: Study, built: Built, replicate: int) -> Arrays:
    """The state at the start, and room for everything."""
    system, seed = built.system, study.plan.seed
    memory = Memory(system)
    slots = starts_of(system, memory, lambda name: stream(seed, replicate, name))
    made = Arrays(slots, scratch_of(built))
    made.draws = draws_of(built)
    made.rngs = _streams(study, built, replicate)
    made.probes = {
        p.name: np.full(tuple(system.axes[a].size for a in p.axes) or 1, np.nan) for p in system.probes.values()
    }
    made.batches = {
        d.name: np.zeros((0, _batch(study)), np.int64)
        for d in system.draws.values()
        if d.distribution == "presentation"
    }
    made.at = [_at(g) for g in built.kernel.groups]
    made.due = np.zeros(len(made.at), np.int64)
    lanes = (built.kernel.lanes,) if built.kernel.lanes else ()
    made.outs = {
        r.name: _room(r, len(made.at[built.kernel.groups.index(r.grid)]) - (r.grid.when is None), lanes)
        for r in system.records
    }
    return made


def _streams(study: Study, built: Built, replicate: int) -> dict[str, Any]:
    """What the kernel's draws are made from."""
    drawn = [d for d in built.system.draws.values() if d.distribution != "presentation"]
    return {d.name: handed(d, stream(study.plan.seed, replicate, f"draw {d.name}")) for d in drawn}


def arrays_in_lanes(study: Study, built: Built, replicates: Sequence[int]) -> Arrays:
    """The same for several replicates, one to a lane. Lanes that are left over do what the last replicate does."""
    each = [arrays_of(study, built, r) for r in replicates]
    each += [each[-1]] * (built.kernel.lanes - len(each))
    made = each[0]
    made.slots = {name: _stacked([a.slots[name] for a in each]) for name in made.slots}
    made.rngs = {name: _stacked([a.rngs[name] for a in each]) for name in made.rngs}
    return made


def _stacked(arrays: Sequence[npt.NDArray[Any]]) -> npt.NDArray[Any]:
    whole = room((*arrays[0].shape, len(arrays)), arrays[0].dtype)
    whole[...] = np.stack(arrays, -1)
    return whole


def _at(grid: Grid) -> npt.NDArray[np.int64]:
    if grid.steps is None:
        return np.full(grid.first, -1, np.int64)
    return np.append(grid.steps, -1)


def _room(record: Record, count: int, lanes: tuple[int, ...]) -> npt.NDArray[Any]:
    shape = (count, *(len(d.labels) for d in record.dimensions), *lanes)
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


def _probe(course: Course, step: int) -> None:
    if course.prober is None:
        return
    # On a copy: to rest twice is to round twice, and a record must not change the others.
    arrays = course.arrays
    copy = replace(arrays, slots={n: s.copy() for n, s in arrays.slots.items()})
    _settle(course.built, copy, step)
    arrays.probes = measure(course.prober, copy.slots, step, arrays.known)


def _settle(built: Built, arrays: Arrays, step: int) -> None:
    if "settle" in built.kernel.functions:
        run_kernel(built, "settle", (step,), arrays)


def _intervene(course: Course, change: Intervention) -> None:
    """Before the parameters change, values that rested under the old ones are brought up to date."""
    arrays = course.arrays
    _settle(course.built, arrays, change.step)
    if change.system is not None:
        _swap(course, change.step)
    if change.presentation is not None:
        _order(course, change.presentation, change.step)
    for name, values in course.begun.items() if change.rewind else ():
        arrays.slots[name][...] = values
    if change.slot:
        elements = arrays.slots[change.slot].reshape(-1, *lanes_of(course.built, change.slot))
        elements[... if change.where is None else change.where] = change.value


def _swap(course: Course, step: int) -> None:
    """The next kernel, on the state as it is."""
    course.built, course.prober = next(course.others)
    system, arrays = course.built.system, course.arrays
    arrays.scratch, arrays.draws = scratch_of(course.built), draws_of(course.built)
    # All values are up to date: those that say since when are as of now, whatever came before.
    for name, added in system.slots.items():
        if name not in course.study.system.slots:
            arrays.slots[name] = np.full(tuple(system.axes[a].size for a in added.axes), step, np.int64)


def _finished(course: Course, step: int, replicates: Sequence[int], *, stopped: bool) -> Replicate:
    """Record what is due in the last state; `at end` means there, wherever it is. The batches begin with the batch that would come next."""
    built, arrays = course.built, course.arrays
    for at, grid, i in zip(arrays.at, built.kernel.groups, range(len(arrays.due))):
        if grid.timeless and grid.steps is not None and grid.steps[0] > 0 and stopped:
            at[arrays.due[i]] = step
    advanced(built, step, step, 1, arrays, replicates, course.study.plan.repeat is not None)
    return Replicate(arrays.outs, arrays.at, arrays.due, step, stopped)
