"""One study after another that differ in numbers alone: passes and kernels are made for the first, and serve the others."""

from dataclasses import replace
from threading import Event, Lock

from neurashed_dsl.ir.plan import Study
from neurashed_dsl.ir.same import same_but_parameters
from neurashed_dsl.passes.tidy import PLACES
from neurashed_dsl.runtime.bind import Built
from neurashed_dsl.runtime.repeat import Finished, prepare, run_all
from neurashed_dsl.runtime.roads import Road, road_of
from neurashed_dsl.values import frozen

KEPT = 4  # studies: the next one is mostly like one of the last


@frozen
class Ready:
    study: Study
    road: Road
    builts: list[Built]


class Kernels:
    """What was made for the last studies. Threads share it: while one makes kernels, the others wait, for they may need the same."""

    def __init__(self) -> None:
        self._made: list[Ready] = []
        self._making = Lock()

    def of(self, study: Study, jobs: int | None, road: str) -> Ready:
        """Raises NshedError where the road doesn't hold."""
        with self._making:
            for made in reversed(self._made):
                if (builts := _with_numbers(made, study)) is not None:
                    return Ready(study, made.road, builts)
            chosen = road_of(study, road)
            self._made = [*self._made[1 - KEPT :], Ready(study, chosen, prepare(study, jobs, chosen))]
            return self._made[-1]


def run_again(kernels: Kernels, study: Study, jobs: int | None, road: str, halt: Event | None = None) -> Finished:
    """As `run_all` does, to the last bit."""
    made = kernels.of(study, jobs, road)
    return run_all(study, jobs, builts=made.builts, chosen=made.road, halt=halt)


def _with_numbers(made: Ready, study: Study) -> list[Built] | None:
    """None where the study isn't that much like the first: a road of leaps hangs on the numbers, and an intervention has a system of its own."""
    if made.road.leaps or study.facts is not None or study.plan.interventions:
        return None
    if not same_but_parameters(made.study.system, study.system):
        return None
    built, *others = made.builts
    sizes = {n: v for n, v in built.system.parameters.items() if n.startswith(PLACES)}
    given = {**sizes, **study.system.parameters}
    if others or not built.system.parameters.keys() <= given.keys():
        return None
    numbers = {n: given[n] for n in built.system.parameters}
    return [replace(built, system=replace(built.system, parameters=numbers))]
