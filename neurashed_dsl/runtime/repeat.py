"""All replicates of a study, in threads: the kernels hold no lock, and each replicate has its own arrays and streams."""

import os
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from neurashed_dsl.backend.write import Kernel
from neurashed_dsl.ir.plan import Study
from neurashed_dsl.passes import lower
from neurashed_dsl.runtime.bind import Built, build
from neurashed_dsl.runtime.probe import Prober
from neurashed_dsl.runtime.simulate import Replicate, simulate

Progress = Callable[[int, int, str], None]


@dataclass(frozen=True, eq=False)
class Finished:
    """`replicates` has None for what didn't run to an end; `interrupted`: Ctrl-C was pressed."""

    kernel: Kernel
    replicates: list[Replicate | None]
    interrupted: bool


def prepare(study: Study) -> list[Built]:
    """Kernels of the study's system and of its interventions."""
    systems = [study.system, *(i.system for i in study.plan.interventions if i.system is not None)]
    return [build(lower(s)) for s in systems]


def probers_of(study: Study) -> list[Prober]:
    """What measures the study's probes, and those of its interventions; empty where it has none."""
    singles = [study.single, *(i.single for i in study.plan.interventions if i.system is not None)]
    return [
        Prober(build(lower(s)), study.facts.inputs.labels, len(study.facts.classes)) for s in singles if s is not None
    ]


def run_all(
    study: Study,
    jobs: int | None = None,
    progress: Progress | None = None,
    builts: list[Built] | None = None,
    halt: threading.Event | None = None,
) -> Finished:
    """Run every replicate. The numbers don't depend on `jobs`. KeyboardInterrupt, or a caller's `halt`, ends each at its next chunk; what there is
    is kept."""
    builts = builts or prepare(study)
    probers = probers_of(study)
    count, steps = study.plan.replicates, study.plan.steps
    stop = halt or threading.Event()
    done = [0] * count
    found: list[Replicate | None] = [None] * count

    def one(r: int) -> None:
        def tick(step: int) -> bool:
            done[r] = step
            return stop.is_set()

        if not stop.is_set():
            found[r] = simulate(study, builts, probers, r, tick)
            done[r] = steps

    def tell() -> None:
        if progress:
            progress(sum(done), count * steps, study.name)

    with ThreadPoolExecutor(max(1, min(jobs or os.cpu_count() or 1, count))) as pool:
        try:
            _await([pool.submit(one, r) for r in range(count)], tell)
        except KeyboardInterrupt:
            stop.set()
        except BaseException:
            stop.set()
            raise
    tell()
    return Finished(builts[0].kernel, found, stop.is_set())


def _await(futures: list[Future[None]], tell: Callable[[], None]) -> None:
    for future in futures:
        while not future.done():
            try:
                future.result(timeout=0.1)
            except TimeoutError:
                tell()
        future.result()
