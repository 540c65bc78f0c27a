"""All replicates of a study, in threads and side by side in vector lanes: the kernels hold no lock, and each replicate has its own arrays and
streams, so that its numbers are those of a run of its own."""

import os
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace

from neurashed_dsl.backend.threads import waited_for
from neurashed_dsl.backend.write import Kernel
from neurashed_dsl.ir.plan import Study, systems_of
from neurashed_dsl.runtime.bind import Built, build
from neurashed_dsl.runtime.leap import leapings_of
from neurashed_dsl.runtime.matrices import one_thread_each
from neurashed_dsl.runtime.probe import Prober, prober_of
from neurashed_dsl.runtime.roads import Road, road_of
from neurashed_dsl.runtime.simulate import Replicate, simulate, simulate_side_by_side
from neurashed_dsl.runtime.start import starts_kernel
from neurashed_dsl.runtime.together import in_lanes, lowered
from neurashed_dsl.values import frozen

Progress = Callable[[int, int, str], None]


@frozen
class Finished:
    """`replicates` has None for what didn't run to an end; `interrupted`: Ctrl-C was pressed."""

    road: Road
    kernel: Kernel
    replicates: list[Replicate | None]
    interrupted: bool


def prepare(study: Study, jobs: int | None = None, road: Road | None = None) -> list[Built]:
    """Kernels of the study's system and of its interventions, in lanes where so many threads run it so; who leaps goes alone."""
    systems = list(lowered(study))
    lanes = not (road and road.leaps) and in_lanes(study, systems, jobs)
    first, *others = [build(s, lanes) for s in systems]
    return [replace(first, starts=starts_kernel(first.system, study.plan.replicates)), *others]


def _groups(count: int, at_once: int) -> list[range]:
    """Which replicates run together."""
    return [range(s, min(s + at_once, count)) for s in range(0, count, at_once)]


def probers_of(study: Study) -> list[Prober]:
    """What measures the study's probes, and those of its interventions; empty where it has none."""
    if not study.system.probes:
        return []
    return [prober_of(study, system, single) for system, single in systems_of(study)]


def run_all(
    study: Study,
    jobs: int | None = None,
    progress: Progress | None = None,
    builts: list[Built] | None = None,
    halt: threading.Event | None = None,
    road: str = "",
    chosen: Road | None = None,
) -> Finished:
    """Run every replicate. The numbers don't depend on `jobs`; on the `road` that is wanted (or `chosen` already), to rounding.
    KeyboardInterrupt, or `halt`, ends each at its next chunk; what there is is kept. Raises NshedError; KeyboardInterrupt where that is nothing."""
    chosen = chosen or road_of(study, road)
    builts = builts or prepare(study, jobs, chosen)
    leapings, probers = leapings_of(chosen), probers_of(study)
    count, steps = study.plan.replicates, study.plan.steps
    groups = _groups(count, builts[0].kernel.lanes or 1)
    stop, halt = threading.Event(), halt or threading.Event()
    done = [0] * count
    found: list[Replicate | None] = [None] * count

    def run(group: range) -> None:
        def tick(step: int) -> bool:
            done[group.start : group.stop] = [step] * len(group)
            return stop.is_set() or halt.is_set()

        if stop.is_set() or halt.is_set():
            return
        if builts[0].kernel.lanes:
            found[group.start : group.stop] = simulate_side_by_side(study, builts, group, tick)
        else:
            found[group.start] = simulate(study, builts, probers, group.start, tick, leapings)
        tick(steps)

    def tell() -> None:
        if progress:
            progress(sum(done), count * steps, study.name)

    with one_thread_each(builts):
        _in_threads(run, groups, jobs or os.cpu_count() or 1, stop, tell, lambda: any(done))
    return Finished(chosen, builts[0].kernel, found, stop.is_set() or halt.is_set())


def _in_threads(
    run: Callable[[range], None],
    groups: list[range],
    jobs: int,
    stop: threading.Event,
    tell: Callable[[], None],
    begun: Callable[[], bool],
) -> None:
    threads = max(1, min(jobs, len(groups)))
    if threads == 1 and threading.current_thread() is not threading.main_thread():
        for group in groups:  # Ctrl-C comes to the main thread, and to no other
            run(group)
        return
    with waited_for(threads) as pool:
        try:
            _await([pool.submit(run, group) for group in groups], tell)
        except BaseException as error:
            stop.set()
            if not (isinstance(error, KeyboardInterrupt) and begun()):
                raise
    tell()


def _await(futures: list[Future[None]], tell: Callable[[], None]) -> None:
    for future in futures:
        while not future.done():
            try:
                future.result(timeout=0.1)
            except TimeoutError:
                tell()
        future.result()
