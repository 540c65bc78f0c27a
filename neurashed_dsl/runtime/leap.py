"""From one record to the next at once: the state at a step, from the state at an earlier one and from what fired in between.

A state is always worked out from where its order of inputs, or its parameters, began, so that its bits don't depend on what is recorded on the way.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from neurashed_dsl.ir.evaluate import Memory
from neurashed_dsl.passes.leaps import TIMES
from neurashed_dsl.runtime.bind import Arrays, Built, build, run_kernel, scratch_of
from neurashed_dsl.runtime.present import Ids, Presenter
from neurashed_dsl.runtime.roads import Leap, Road
from neurashed_dsl.runtime.start import start_of
from neurashed_dsl.runtime.streams import stream
from neurashed_dsl.values import frozen

Slots = dict[str, npt.NDArray[Any]]
MOST_KINDS = 2**62  # batches that a whole number can tell apart


@frozen
class Leaping:
    """A leap with its kernels. Replicates share it."""

    leap: Leap
    tally: Built | None
    apply: Built


@dataclass(eq=False)
class Leaper:
    """One replicate's way from step `anchor`, whose state is `begun` once the run has come there.

    `tallied` is what was counted or composed over one period, or, where batches must be drawn, from `anchor` to `reached`.
    """

    leaping: Leaping
    anchor: int
    reached: int
    batches: Callable[[int, int], Ids]
    begun: Slots = field(default_factory=dict)
    tallied: Slots = field(default_factory=dict)


def leapings_of(road: Road) -> dict[int, Leaping]:
    """By the step from which they hold."""
    return {
        step: Leaping(leap, build(leap.tally) if leap.tally is not None else None, build(leap.apply))
        for step, leap in road.leaps
    }


def leaper_of(leapings: Mapping[int, Leaping], step: int, presenter: Presenter | None, since: int) -> Leaper | None:
    """From `step` on, or from where the next pass begins; the present order began at step `since`. None where the road goes step by step."""
    if not leapings:
        return None
    leaping = leapings[max(s for s in leapings if s <= step)]
    wait = -(step - since) % leaping.leap.period if leaping.leap.aligned else 0

    def batches(start: int, stop: int) -> Ids:
        assert presenter is not None, "only what reads batches asks for them"
        return presenter.batches(start - since, stop - since)

    return Leaper(leaping, step + wait, step + wait, batches)


def target(leaper: Leaper, step: int, stop: int, most: int) -> int:
    """The last step up to `stop` that can be leapt to from `step`; `step` where none can. Where batches must be drawn, `most` of them at a time."""
    period = leaper.leaping.leap.period
    if step < leaper.anchor:
        return step
    if not period:
        return min(stop, step + most)
    return max(step, leaper.anchor + (stop - leaper.anchor) // period * period)


def begin(leaper: Leaper, slots: Mapping[str, npt.NDArray[Any]]) -> None:
    """`slots` is the state at `anchor`, up to date."""
    leaper.begun = {n: v.copy() for n, v in slots.items() if n in leaper.leaping.apply.system.slots}


def leapt(leaper: Leaper, step: int) -> Slots:
    """The state at `step`, which `target` gave."""
    leaping, times = leaper.leaping, step - leaper.anchor
    periods = times // leaping.leap.period if leaping.leap.period else 1
    if leaping.tally is not None:
        _tally(leaper, leaping.tally, step)
    slots = {n: v.copy() for n, v in leaper.begun.items()}
    counting = leaping.leap.kind == "counts"
    tallied = {n: v * periods if counting else v for n, v in leaper.tallied.items()}
    arrays = Arrays({**slots, **tallied}, scratch_of(leaping.apply))
    run_kernel(leaping.apply, "settle", (times if counting else periods,), arrays)
    return slots


def sound(slots: Mapping[str, npt.NDArray[Any]], leaper: Leaper) -> bool:
    """Are all values finite numbers, or logarithms of such?"""
    held = leaper.leaping.apply.system.slots
    return all(bool((v < np.inf).all()) and (held[n].log or bool((v > -np.inf).all())) for n, v in slots.items())


def _tally(leaper: Leaper, built: Built, step: int) -> None:
    period = leaper.leaping.leap.period
    if not period:
        leaper.tallied = _tallied(leaper, built, *_kinds(leaper.batches(leaper.reached, step)))
        leaper.reached = step
    elif not leaper.tallied:
        leaper.tallied = _tallied(leaper, built, leaper.batches(leaper.anchor, leaper.anchor + period), None)


def _tallied(leaper: Leaper, built: Built, batches: Ids, times: npt.NDArray[np.int64] | None) -> Slots:
    """What has been tallied with these batches, each of which came so many times (None: once)."""
    system, count, memory = built.system, len(batches), Memory(built.system)
    others = {n: s for n, s in system.slots.items() if n not in leaper.begun and n != TIMES}
    fresh = {n: start_of(s, system, memory, lambda name: stream(0, 0, name)) for n, s in others.items()}
    slots = {**leaper.begun, **fresh, **leaper.tallied, TIMES: np.ones(count, np.int64) if times is None else times}
    drawn = (d.name for d in system.draws.values())
    arrays = Arrays(slots, scratch_of(built), dict.fromkeys(drawn, batches))
    run_kernel(built, "advance", (0, count, 0), arrays)
    if "settle" in built.kernel.functions:
        run_kernel(built, "settle", (count,), arrays)
    return {n: slots[n] for n in leaper.leaping.apply.system.slots if n not in leaper.begun}


def _kinds(batches: Ids) -> tuple[Ids, npt.NDArray[np.int64]]:
    """Different batches, and how often each came. The order within a batch is none."""
    count, size = batches.shape
    most = int(batches.max(initial=0)) + 1
    if size == 1:
        often = np.bincount(batches[:, 0], minlength=most)
        seen = np.flatnonzero(often)
        return seen[:, None], often[seen]
    if most**size > MOST_KINDS:
        return batches, np.ones(count, np.int64)
    powers = most ** np.arange(size, dtype=np.int64)
    _, first, often = np.unique(np.sort(batches, axis=1) @ powers, return_index=True, return_counts=True)
    return batches[first], often
