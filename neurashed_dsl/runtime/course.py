"""How a run goes on, and what changes it on the way: another kernel, values, another order, states of before, fewer nodes.

Between two steps all values are up to date in `Course.arrays`; a snapshot is of a copy, so that a run that takes one has the same bits.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import zip_longest
from typing import Any

import numpy as np
import numpy.typing as npt

from neurashed_dsl.ir.plan import START, Intervention, Presentation, Pruning, Study, systems_of
from neurashed_dsl.ir.system import System
from neurashed_dsl.runtime.begin import streams_of
from neurashed_dsl.runtime.bind import Arrays, Built, draws_of, lanes_of, run_kernel, scratch_of, with_tables
from neurashed_dsl.runtime.leap import Leaper, Leaping, leaper_of
from neurashed_dsl.runtime.present import Presenter
from neurashed_dsl.runtime.probe import Prober, measure, prober_without
from neurashed_dsl.runtime.prune import emptied, staying
from neurashed_dsl.runtime.streams import Numbers, stream

States = dict[str, npt.NDArray[Any]]


@dataclass(eq=False)
class Course:
    """Its kernel, what measures its probes, what presents the inputs. Interventions change it.

    `kernels` are those of `systems_of(study)`, with their probers, and `number` says which of them runs; `kept` are the states of each snapshot;
    `gone` are the nodes that were pruned, `pruned_at` says when, -1 of a node that is there, and `lost` what went along each axis. `ends` says
    where stages that may stop ended. `since` is the step at which the present order of the inputs began, or would have begun, had no stage been
    cut short.
    """

    study: Study
    kernels: list[tuple[Built, Prober | None]]
    arrays: Arrays
    replicates: Sequence[int]
    leapings: Mapping[int, Leaping]
    presenter: Presenter | None
    leaper: Leaper | None
    since: int = 0
    number: int = 0
    kept: dict[str, States] = field(default_factory=dict)
    gone: npt.NDArray[np.bool_] | None = None
    pruned_at: npt.NDArray[np.int64] | None = None
    lost: Mapping[str, npt.NDArray[np.bool_]] = field(default_factory=dict)
    ends: dict[str, int] = field(default_factory=dict)

    @property
    def built(self) -> Built:
        return self.kernels[self.number][0]

    @property
    def prober(self) -> Prober | None:
        return self.kernels[self.number][1]


def course_of(
    study: Study,
    builts: list[Built],
    probers: list[Prober],
    arrays: Arrays,
    replicates: Sequence[int],
    leapings: Mapping[int, Leaping],
) -> Course:
    how = study.plan.presentation
    presenter = None if how is None else Presenter(how, Numbers(study.plan.seed, replicates[0], "presentation"))
    leaper = leaper_of(leapings, 0, presenter, 0)
    course = Course(study, list(zip_longest(builts, probers)), arrays, replicates, leapings, presenter, leaper)
    for other in builts[1:] if not builts[0].kernel.lanes else ():
        # What is drawn from some step on only has a stream of its own, too.
        arrays.rngs = {**streams_of(study, other, replicates[0]), **arrays.rngs}
    if any(_looks_back(change) for change in study.plan.interventions):
        course.kept[START] = {n: arrays.slots[n].copy() for n in study.system.slots}
    if study.plan.prunes:
        course.gone = np.zeros(study.system.axes["node"].size, np.bool_)
        course.pruned_at = np.full(len(course.gone), -1)
    return course


def _looks_back(change: Intervention) -> bool:
    return change.rewind == START or (change.pruning is not None and change.pruning.by == "start")


def presented(built: Built) -> set[str]:
    """Draws that are mini-batches."""
    return {d.name for d in built.system.draws.values() if d.distribution == "presentation"}


def fill_batches(course: Course, start: int, stop: int) -> None:
    """The batches of these steps."""
    if course.presenter is not None and (names := presented(course.built)):
        batches = course.presenter.batches(start - course.since, stop - course.since)
        course.arrays.batches = dict.fromkeys(names, batches)


def _order(course: Course, how: Presentation, step: int) -> None:
    """Present the inputs in this way from now on."""
    assert course.presenter is not None, "it is another order than that of the start"
    course.presenter, course.since = course.presenter.then(how, step - course.since), step


def put(course: Course, slots: Mapping[str, npt.NDArray[Any]], step: int) -> None:
    """Values that are up to date at `step`."""
    for name, values in course.arrays.slots.items():
        values[...] = slots.get(name, step)


def settle(built: Built, arrays: Arrays, step: int) -> None:
    """Bring values that rested up to date."""
    if "settle" in built.kernel.functions:
        run_kernel(built, "settle", (step,), arrays)


def settled(course: Course, step: int) -> Arrays:
    """A copy that is up to date: to rest twice is to round twice, and who looks at the state must not change it."""
    copy = replace(course.arrays, slots={n: s.copy() for n, s in course.arrays.slots.items()})
    settle(course.built, copy, step)
    return copy


def probe(course: Course, step: int) -> None:
    if course.prober is not None:
        arrays = course.arrays
        arrays.probes = measure(course.prober, settled(course, step).slots, step, arrays.known)


def intervene(course: Course, change: Intervention) -> None:
    """Before anything changes, values that rested under the old laws are brought up to date."""
    if change.snapshot:
        states = settled(course, change.step).slots
        course.kept[change.snapshot] = {n: states[n] for n in course.study.system.slots}
        return
    arrays = course.arrays
    settle(course.built, arrays, change.step)
    if change.system is not None:
        _swap(course, change.system, change.step)
    if change.presentation is not None:
        _order(course, change.presentation, change.step)
    for name, values in course.kept[change.rewind].items() if change.rewind is not None else ():
        arrays.slots[name][...] = values
    if change.slot:
        elements = arrays.slots[change.slot].reshape(-1, *lanes_of(course.built, change.slot))
        elements[... if change.where is None else change.where] = change.value
    if change.pruning is not None:
        _prune(course, change.pruning, change.step)
    emptied(arrays.slots, course.study.system, course.lost)
    course.leaper = leaper_of(course.leapings, change.step, course.presenter, course.since)


def _swap(course: Course, system: System, step: int) -> None:
    """The next kernel, on the state as it is."""
    course.number = next(i for i, (other, _) in enumerate(systems_of(course.study)) if other is system)
    axes, arrays = course.built.system.axes, course.arrays
    # All values are up to date: those that say since when are as of now, whatever came before.
    for name, added in course.built.system.slots.items():
        if name not in course.study.system.slots:
            arrays.slots[name] = np.full(tuple(axes[a].size for a in added.axes), step, np.int64)
    _begin_anew(course)


def _prune(course: Course, pruning: Pruning, step: int) -> None:
    """Take nodes out: from now on they fire for no input."""
    gone = course.gone
    assert gone is not None
    assert course.pruned_at is not None
    rng = stream(course.study.plan.seed, course.replicates[0], pruning.stream)
    states = course.kept[START] if pruning.by == "start" else course.arrays.slots
    there = pruning.among[~gone[pruning.among]]
    lost = np.setdiff1d(there, staying(pruning, there, states, course.study.system, rng))
    gone[lost], course.pruned_at[lost] = True, step
    left = pruning.without(gone)
    course.lost = left.lost
    course.kernels = [
        (with_tables(built, left.tables), None if prober is None else prober_without(prober, course.study, left))
        for built, prober in course.kernels
    ]
    _begin_anew(course)


def _begin_anew(course: Course) -> None:
    """What was worked out belongs to another kernel, or to other tables."""
    course.arrays.scratch, course.arrays.draws = scratch_of(course.built), draws_of(course.built)
    course.arrays.known = {}


def skip(course: Course, reached: int, end: int) -> None:
    """A stage stops at the step `reached`, and the next begins at `end`, with the state as it is. What is set in between is set then."""
    study, arrays = course.study, course.arrays
    course.ends[next(s.name for s in reversed(study.plan.stages) if s.start <= reached)] = reached
    settle(course.built, arrays, reached)
    for name in arrays.slots.keys() - study.system.slots.keys():
        arrays.slots[name][...] = end
    course.since += end - reached
    for i, grid in enumerate(course.built.kernel.groups):
        if grid.steps is not None:
            arrays.due[i] = max(arrays.due[i], np.searchsorted(grid.steps, end))
    for change in study.plan.interventions:
        if reached < change.step < end:
            intervene(course, replace(change, step=end))
