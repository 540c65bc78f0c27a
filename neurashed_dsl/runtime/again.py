"""One study after another that differ in numbers alone: passes and kernels are made for the first, and serve the others."""

from dataclasses import replace
from threading import Event

from neurashed_dsl.ir.plan import Study
from neurashed_dsl.ir.same import same_but_parameters
from neurashed_dsl.passes.tidy import PLACES
from neurashed_dsl.runtime.bind import Built
from neurashed_dsl.runtime.repeat import Finished, prepare, run_all
from neurashed_dsl.runtime.roads import Road, road_of
from neurashed_dsl.values import frozen


@frozen
class Ready:
    study: Study
    road: Road
    builts: list[Built]


def ready(study: Study, jobs: int | None, road: str) -> Ready:
    """Raises NshedError where the road doesn't hold."""
    chosen = road_of(study, road)
    return Ready(study, chosen, prepare(study, jobs, chosen))


def run_again(made: Ready, study: Study, jobs: int | None, road: str, halt: Event | None = None) -> Finished:
    """As `run_all` does, to the last bit."""
    builts = _with_numbers(made, study)
    if builts is None:
        return run_all(study, jobs, road=road, halt=halt)
    return run_all(study, jobs, builts=builts, chosen=made.road, halt=halt)


def _with_numbers(made: Ready, study: Study) -> list[Built] | None:
    """None where the study isn't that much like the first: a road of leaps hangs on the numbers, and an intervention has a system of its own."""
    if made.road.leaps or study.facts is not None or study.plan.interventions:
        return None
    if not same_but_parameters(made.study.system, study.system):
        return None
    (built,) = made.builts
    sizes = {n: v for n, v in built.system.parameters.items() if n.startswith(PLACES)}
    given = {**sizes, **study.system.parameters}
    if not built.system.parameters.keys() <= given.keys():
        return None
    numbers = {n: given[n] for n in built.system.parameters}
    return [replace(built, system=replace(built.system, parameters=numbers))]
