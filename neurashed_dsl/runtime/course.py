"""How a run goes on, and what changes it on the way: another kernel, values, another order of the inputs, states of before."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import Any

import numpy as np
import numpy.typing as npt

from neurashed_dsl.ir.plan import Intervention, Presentation, Study
from neurashed_dsl.runtime.begin import streams_of
from neurashed_dsl.runtime.bind import Arrays, Built, draws_of, lanes_of, run_kernel, scratch_of
from neurashed_dsl.runtime.leap import Leaper, Leaping, leaper_of
from neurashed_dsl.runtime.present import Presenter
from neurashed_dsl.runtime.probe import Prober, measure
from neurashed_dsl.runtime.streams import Numbers


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
    replicates: Sequence[int]
    leapings: Mapping[int, Leaping]
    leaper: Leaper | None


def course_of(
    study: Study,
    builts: list[Built],
    probers: list[Prober],
    arrays: Arrays,
    replicates: Sequence[int],
    leapings: Mapping[int, Leaping],
) -> Course:
    plan = study.plan
    kept = study.system.slots if any(i.rewind for i in plan.interventions) else {}
    begun = {n: v.copy() for n, v in arrays.slots.items() if n in kept}
    pairs = iter(list(zip_longest(builts, probers)))
    built, prober = next(pairs)
    for other in builts[1:] if not built.kernel.lanes else ():
        # What is drawn from some step on only has a stream of its own, too.
        arrays.rngs = {**streams_of(study, other, replicates[0]), **arrays.rngs}
    order = plan.presentation
    presenter = Presenter(order, Numbers(plan.seed, replicates[0], "presentation")) if order is not None else None
    leaper = leaper_of(leapings, 0, presenter, 0)
    return Course(study, built, prober, arrays, presenter, 0, pairs, begun, replicates, leapings, leaper)


def _order(course: Course, how: Presentation, step: int) -> None:
    """Present the inputs in this way from now on."""
    assert course.presenter is not None, "it is another order than that of the start"
    course.presenter, course.since = course.presenter.then(how, step - course.since), step


def fill_batches(course: Course, start: int, stop: int) -> None:
    """The batches of these steps."""
    if course.presenter is not None and (names := presented(course.built)):
        batches = course.presenter.batches(start - course.since, stop - course.since)
        course.arrays.batches = dict.fromkeys(names, batches)


def presented(built: Built) -> set[str]:
    """Draws that are mini-batches."""
    return {d.name for d in built.system.draws.values() if d.distribution == "presentation"}


def put(course: Course, slots: Mapping[str, npt.NDArray[Any]], step: int) -> None:
    """Values that are up to date at `step`."""
    for name, values in course.arrays.slots.items():
        values[...] = slots.get(name, step)


def probe(course: Course, step: int) -> None:
    if course.prober is None:
        return
    # On a copy: to rest twice is to round twice, and a record must not change the others.
    arrays = course.arrays
    copy = replace(arrays, slots={n: s.copy() for n, s in arrays.slots.items()})
    settle(course.built, copy, step)
    arrays.probes = measure(course.prober, copy.slots, step, arrays.known)


def settle(built: Built, arrays: Arrays, step: int) -> None:
    if "settle" in built.kernel.functions:
        run_kernel(built, "settle", (step,), arrays)


def intervene(course: Course, change: Intervention) -> None:
    """Before the parameters change, values that rested under the old ones are brought up to date."""
    arrays = course.arrays
    settle(course.built, arrays, change.step)
    if change.system is not None:
        _swap(course, change.step)
    if change.presentation is not None:
        _order(course, change.presentation, change.step)
    for name, values in course.begun.items() if change.rewind else ():
        arrays.slots[name][...] = values
    if change.slot:
        elements = arrays.slots[change.slot].reshape(-1, *lanes_of(course.built, change.slot))
        elements[... if change.where is None else change.where] = change.value
    course.leaper = leaper_of(course.leapings, change.step, course.presenter, course.since)


def _swap(course: Course, step: int) -> None:
    """The next kernel, on the state as it is."""
    course.built, course.prober = next(course.others)
    system, arrays = course.built.system, course.arrays
    arrays.scratch, arrays.draws = scratch_of(course.built), draws_of(course.built)
    # All values are up to date: those that say since when are as of now, whatever came before.
    for name, added in system.slots.items():
        if name not in course.study.system.slots:
            arrays.slots[name] = np.full(tuple(system.axes[a].size for a in added.axes), step, np.int64)
