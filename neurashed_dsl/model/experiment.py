"""An `experiment` to a Study: its model elaborated, the equations woven, records lowered, the plan worked out.

Claims, `derive` and `plot` are read here only far enough to find mistakes (`after`); they are evaluated on the result.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from neurashed_dsl.diagnostics import Report
from neurashed_dsl.ir.evaluate import Memory
from neurashed_dsl.ir.expr import Expr, arrays
from neurashed_dsl.ir.plan import Plan, Presentation, Study
from neurashed_dsl.ir.system import Grid, Record, System, Table
from neurashed_dsl.model import experiment_errors as errors
from neurashed_dsl.model.chosen import Chosen, choose
from neurashed_dsl.model.clock import NETWORK_RUN, SOME_STEPS, SYSTEM_RUN, Clock, clock_of, method_of
from neurashed_dsl.model.constant import Settings, option, whole
from neurashed_dsl.model.demands import single, wanted
from neurashed_dsl.model.errors import NOT_YET
from neurashed_dsl.model.graph import Graph
from neurashed_dsl.model.interventions import interventions_of
from neurashed_dsl.model.load import Model
from neurashed_dsl.model.lower import lower
from neurashed_dsl.model.plain import plain_system
from neurashed_dsl.model.presentation import presentation_of, some_presentation
from neurashed_dsl.model.probes import reads_probe
from neurashed_dsl.model.record import distinct, lower_record, record_named
from neurashed_dsl.model.scope import Lowering, Scope
from neurashed_dsl.model.system.errors import WHITE_NOT_HERE
from neurashed_dsl.model.weave import Fires, record_scope, supply, weave, world_of
from neurashed_dsl.syntax import ast

MOST_REPEATS = 10**6
NOT_IN_THIS_VERSION = (ast.Stage, ast.Prune, ast.Rewind, ast.Snapshot)


@dataclass
class Asked:
    """An experiment's items, by what they are."""

    model: ast.ModelUse | None = None
    run_arguments: tuple[ast.Argument, ...] = ()
    run: dict[str, ast.Expr] = field(default_factory=dict)
    run_misread: bool = False
    repeat: ast.Expr | None = None
    seed: ast.Expr | None = None
    records: list[ast.Record] = field(default_factory=list)
    stop: ast.Stop | None = None
    sets: list[ast.SetAt] = field(default_factory=list)


def elaborate_experiment(
    model: Model, item: ast.Experiment, settings: Settings, fires: Fires, to: Lowering
) -> Study | None:
    """The study that an experiment asks for, `fires` making the firing table of its graph.

    Mistakes are reported. Where they leave a model, the study has what could be made of the rest, so that it can be looked at further, too;
    otherwise it is None.
    """
    # A report of its own: what was found before says nothing about this experiment, and what is found again must count.
    own = Lowering(Report(), memory=to.memory)
    study = _elaborated(model, item, settings, fires, own)
    for diagnostic in own.report.found:
        to.report.add(diagnostic)
    return study


def _elaborated(model: Model, item: ast.Experiment, settings: Settings, fires: Fires, to: Lowering) -> Study | None:
    asked = _sorted(item, to)
    if asked.model is None:
        to.report.add(errors.NO_MODEL.at(item.name.span, name=item.name.name))
        return None
    chosen = choose(asked.model, model, settings, to)
    if chosen is None:
        return None
    _run_keys(asked, chosen, to)
    flows = any(isinstance(i, ast.Next) and i.differential for i in chosen.declaration.items)
    clock = clock_of(item.name, asked.run, asked.run_misread, flows, model.scope, to) or Clock(SOME_STEPS)
    presentation = None
    if chosen.graph is not None:
        presentation = presentation_of(chosen.graph, asked.run, model.scope, to) or some_presentation()
    plan = Plan(
        clock.steps, presentation, _repeat(asked, model.scope, to), _seed(asked, settings, model.scope, to), dt=clock.dt
    )
    method = method_of(asked.run, chosen.declaration.name.name, flows, to)
    make = _of_network if chosen.graph is not None else _of_system
    study = make(item, asked, chosen, model, plan, clock, method, fires, to)
    if study is None or not asked.sets:
        return study
    changes = interventions_of(asked.sets, study, model, settings, to)
    return replace(study, plan=replace(plan, interventions=changes))


# --- what is asked --------------------------------------------------------------------------------------------------------


def _sorted(item: ast.Experiment, to: Lowering) -> Asked:
    asked = Asked()
    seen: set[str] = set()

    def once(what: str, node: ast.Node) -> None:
        if what in seen:
            to.report.add(errors.TWICE.at(node.span, what=what))
        seen.add(what)

    for part in item.items:
        match part:
            case ast.ModelUse():
                once("model", part)
                asked.model = asked.model or part
            case ast.Run():
                once("run", part)
                asked.run_arguments = asked.run_arguments or part.arguments
            case ast.Repeat(count=count, seed=seed):
                asked.repeat = count or asked.repeat
                asked.seed = seed or asked.seed
            case ast.Record():
                asked.records.append(part)
            case ast.Stop():
                once("stop when", part)
                asked.stop = part
            case ast.SetAt():
                asked.sets.append(part)
            case _ if isinstance(part, NOT_IN_THIS_VERSION):
                to.report.add(NOT_YET.at(part.span, what=f"`{type(part).__name__.lower()}`"))
            case _:
                pass
    return asked


def _run_keys(asked: Asked, chosen: Chosen, to: Lowering) -> None:
    """What `run` may say depends on the model."""
    keys = SYSTEM_RUN if chosen.graph is None else NETWORK_RUN
    if any(isinstance(i, ast.Next) and i.differential for i in chosen.declaration.items):
        keys = tuple(dict.fromkeys((*keys, *SYSTEM_RUN)))
    given = option(asked.run_arguments, "run", keys, to.report)
    asked.run_misread |= len(given) < len(asked.run_arguments)
    asked.run = given


def _repeat(asked: Asked, scope: Scope, to: Lowering) -> int | None:
    return None if asked.repeat is None else whole(asked.repeat, "`repeat`", 1, scope, to, MOST_REPEATS)


def _seed(asked: Asked, settings: Settings, scope: Scope, to: Lowering) -> int:
    if settings.seed is not None:
        return settings.seed
    return 0 if asked.seed is None else whole(asked.seed, "`seed`", 0, scope, to) or 0


# --- the study ------------------------------------------------------------------------------------------------------------


def _of_system(
    item: ast.Experiment,
    asked: Asked,
    chosen: Chosen,
    model: Model,
    plan: Plan,
    clock: Clock,
    method: str,
    fires: Fires,
    to: Lowering,
) -> Study | None:
    lowering = Lowering(to.report, memory=_own(to.memory))
    before = len(to.report.errors)
    system, equations = plain_system(chosen, model.parameters, plan.dt, method, lowering)
    if len(to.report.errors) > before:
        return None
    scope = model.scope.child(lowering.world)
    system = _observed(system, item, asked, None, clock, scope, equations.noisy, lowering)
    return Study(item.name.name, system, plan, hashes=equations.hashes)


def _of_network(
    item: ast.Experiment,
    asked: Asked,
    chosen: Chosen,
    model: Model,
    plan: Plan,
    clock: Clock,
    method: str,
    fires: Fires,
    to: Lowering,
) -> Study | None:
    assert plan.presentation is not None
    assert chosen.graph is not None
    world = world_of(chosen.graph, plan.presentation.batch, fires)
    lowering = Lowering(to.report, memory=_own(to.memory))
    before = len(to.report.errors)
    system, equations = weave(chosen, chosen.graph, world, model.parameters, plan.dt, method, lowering)
    if len(to.report.errors) > before:
        return None
    scope = record_scope(model.scope, world, lowering)
    system = _observed(system, item, asked, chosen.graph, clock, scope, equations.noisy, lowering)
    system = _full_batch(system, plan.presentation)
    alone = _single(chosen, chosen.graph, model.parameters, plan, method, fires, to) if lowering.probes else None
    hashes = {**chosen.graph.inputs.hashes, **equations.hashes}
    return Study(item.name.name, supply(system, world), plan, alone, chosen.graph, hashes)


def _own(memory: Memory) -> Memory:
    """A memory that a model's own parameters may be added to."""
    return Memory(arrays=memory.arrays)


def _observed(
    system: System,
    item: ast.Experiment,
    asked: Asked,
    graph: Graph | None,
    clock: Clock,
    scope: Scope,
    noisy: set[str],
    to: Lowering,
) -> System:
    """The system with its records, and what they need."""
    records = _records(asked, graph, clock, scope, to)
    stop = None
    if asked.stop is not None:
        spot = asked.stop.condition.span
        stop = single(wanted(lower(asked.stop.condition, scope, to), "bool", spot, to), spot, to).expr
        if reads_probe(stop, to):
            to.report.add(errors.UNPLANNED_PROBE.at(spot))
        _refuse_white(stop, spot, noisy, to)
    for record in records:
        _refuse_white(record.expr, record.span, noisy, to)
    return replace(system, records=records, stop=stop, late=tuple(to.lets), probes=to.probes)


def _refuse_white(expr: Expr, span: Any, noisy: set[str], to: Lowering) -> None:
    read = arrays(expr)
    for let in reversed(to.lets):
        read |= arrays(let.expr) if let.name in read else set()
    if read & noisy:
        to.report.add(WHITE_NOT_HERE.at(span))


def _records(asked: Asked, graph: Graph | None, clock: Clock, scope: Scope, to: Lowering) -> tuple[Record, ...]:
    made: list[Record] = []
    grids: dict[Any, Grid] = {}
    for item in asked.records:
        if any(r.name == item.name.name for r in made):
            to.report.add(errors.RECORD_TWICE.at(item.name.span, name=item.name.name))
        record = lower_record(item, graph, clock, grids, scope, to)
        if record is not None:
            made.append(record)
            when = record.grid.when
            if when is not None and (reads_probe(record.expr, to) or reads_probe(when, to)):
                to.report.add(errors.UNPLANNED_PROBE.at(item.span))
    return distinct(made)


def _full_batch(system: System, presentation: Presentation) -> System:
    """Every input in each batch: the batch is no draw but a table."""
    if presentation.order != "all":
        return system
    tables = {
        n: Table(n, d.axes, presentation.samples) for n, d in system.draws.items() if d.distribution == "presentation"
    }
    draws = {n: d for n, d in system.draws.items() if n not in tables}
    return replace(system, tables={**system.tables, **tables}, draws=draws)


def _single(
    chosen: Chosen,
    graph: Graph,
    parameters: Mapping[str, float | int | bool],
    plan: Plan,
    method: str,
    fires: Fires,
    to: Lowering,
) -> System | None:
    """The system stepping on one sample, that records its logits at the end of a step."""
    world = world_of(graph, 1, fires)
    lowering = Lowering(to.report, memory=_own(to.memory))
    made, _ = weave(chosen, graph, world, parameters, plan.dt, method, lowering)
    scope = record_scope(chosen.system.scope, world, lowering)
    record = record_named("logit", Grid(np.array([0]), timeless=True), scope, lowering)
    if record is None:
        return None
    return supply(replace(made, records=(record,), late=tuple(lowering.lets)), world)
