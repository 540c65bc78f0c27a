"""How long an experiment runs, in which stages, and how each presents the inputs."""

import numpy as np

from neurashed_dsl.ir.plan import Presentation
from neurashed_dsl.model import experiment_errors as errors
from neurashed_dsl.model.chosen import Chosen
from neurashed_dsl.model.clock import DATA_RUN, NETWORK_RUN, SOME_STEPS, SYSTEM_RUN, Clock, clock_of, clock_of_data
from neurashed_dsl.model.constant import option
from neurashed_dsl.model.items import Asked
from neurashed_dsl.model.presentation import presentation_of, some_presentation
from neurashed_dsl.model.scope import Lowering, Scope
from neurashed_dsl.model.stages import Segment, segments_of, whole_clock
from neurashed_dsl.syntax import ast
from neurashed_dsl.values import frozen


@frozen
class Timing:
    """The clock of the whole run, its stages, and the presentation of each (none without a network)."""

    clock: Clock
    run: dict[str, ast.Expr]
    segments: tuple[Segment, ...] = ()
    presentations: tuple[Presentation, ...] = ()


def timing_of(item: ast.Experiment, asked: Asked, chosen: Chosen, flows: bool, scope: Scope, to: Lowering) -> Timing:
    keys = _run_keys(flows, chosen)
    shared = option(asked.run_arguments, "run", keys, to.report)
    misread = asked.run_misread or len(shared) < len(asked.run_arguments)
    segments: tuple[Segment, ...] = ()
    clock: Clock | None = None
    if chosen.trajectory is not None:
        for stage in asked.stages:
            to.report.add(errors.NO_STAGES_OF_DATA.at(stage.name.span))
        clock = clock_of_data(chosen.trajectory.moments, shared, scope, to)
    elif asked.stages:
        segments = tuple(segments_of(asked.stages, shared, flows, keys, scope, to) or ())
        clock = whole_clock(segments) if segments else None
    else:
        clock = clock_of(item.name, "experiment", shared, misread, flows, scope, to)
    runs = [s.run for s in segments] or [shared]
    orders: list[Presentation] = []
    if chosen.graph is not None:
        orders = [presentation_of(chosen.graph, run, scope, to) or some_presentation() for run in runs]
    return Timing(clock or Clock(SOME_STEPS), runs[0], segments, tuple(orders))


def same_order(a: Presentation, b: Presentation) -> bool:
    """Do two stages present the inputs alike?"""
    same = (a.order, a.batch) == (b.order, b.batch)
    return same and np.array_equal(a.samples, b.samples) and np.array_equal(a.weights, b.weights)


def _run_keys(flows: bool, chosen: Chosen) -> tuple[str, ...]:
    """What `run` may say depends on the model."""
    if chosen.trajectory is not None:
        return DATA_RUN
    if chosen.graph is None:
        return SYSTEM_RUN
    return tuple(dict.fromkeys((*NETWORK_RUN, *SYSTEM_RUN))) if flows else NETWORK_RUN
