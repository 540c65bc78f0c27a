"""An `experiment` to a Study: its model elaborated, the equations woven, records lowered, the plan worked out.

Claims, `derive` and `plot` are read here only far enough to find mistakes (`after`); they are evaluated on the result.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from neurashed_dsl.diagnostics import Report, Span
from neurashed_dsl.ir.evaluate import Memory
from neurashed_dsl.ir.expr import Expr, arrays
from neurashed_dsl.ir.plan import Intervention, Plan, Presentation, StageSpan, Study
from neurashed_dsl.ir.system import Grid, Probe, Record, System, Table
from neurashed_dsl.model import experiment_errors as errors
from neurashed_dsl.model.chosen import Chosen, choose
from neurashed_dsl.model.clock import Clock, method_of, plain_sums
from neurashed_dsl.model.constant import Settings
from neurashed_dsl.model.demands import single, wanted
from neurashed_dsl.model.errors import NOT_YET
from neurashed_dsl.model.graph import Graph
from neurashed_dsl.model.interventions import changes_of, interventions_of
from neurashed_dsl.model.items import Asked, items_of, repeat_of, seed_of
from neurashed_dsl.model.load import Model
from neurashed_dsl.model.lower import lower
from neurashed_dsl.model.plain import plain_system
from neurashed_dsl.model.probes import probes_read, steps_samples
from neurashed_dsl.model.record import distinct, lower_record, record_named
from neurashed_dsl.model.scope import Lowering, Scope
from neurashed_dsl.model.shown import show
from neurashed_dsl.model.system import judge_checks, with_gradients
from neurashed_dsl.model.system.errors import WHITE_NOT_HERE
from neurashed_dsl.model.timing import Timing, same_order, timing_of
from neurashed_dsl.model.weave import Fires, record_scope, supply, weave, world_of
from neurashed_dsl.syntax import ast
from neurashed_dsl.values import frozen


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


@frozen
class Making:
    """What a study is made of."""

    item: ast.Experiment
    asked: Asked
    chosen: Chosen
    model: Model
    clock: Clock
    method: str
    plain_sums: bool
    fires: Fires

    @property
    def use(self) -> Span:
        assert self.asked.model is not None
        return self.asked.model.span


def _elaborated(model: Model, item: ast.Experiment, settings: Settings, fires: Fires, to: Lowering) -> Study | None:
    asked = items_of(item, to)
    if asked.model is None:
        to.report.add(errors.NO_MODEL.at(item.name.span, name=item.name.name))
        return None
    chosen = choose(asked.model, model, settings, to)
    if chosen is None:
        return None
    flows = any(isinstance(i, ast.Next) and i.differential for i in chosen.declaration.items)
    timing = timing_of(item, asked, chosen, flows, model.scope, to)
    plan = Plan(
        timing.clock.steps,
        timing.presentations[0] if timing.presentations else None,
        repeat_of(asked, model.scope, to),
        seed_of(asked, settings, model.scope, to),
        dt=timing.clock.dt,
        stages=tuple(StageSpan(s.name, s.start) for s in timing.segments),
    )
    method = method_of(timing.run, chosen.declaration.name.name, flows, to)
    # A network's sums run over its edges: there are no matrices in them.
    plain = chosen.graph is not None or plain_sums(timing.run, to)
    making = Making(item, asked, chosen, model, timing.clock, method, plain, fires)
    study = _made(making, plan, to)
    return None if study is None else _changed(study, making, timing, settings, to)


def _made(making: Making, plan: Plan, to: Lowering) -> Study | None:
    return (_of_system if making.chosen.graph is None else _of_network)(making, plan, to)


def _changed(study: Study, making: Making, timing: Timing, settings: Settings, to: Lowering) -> Study:
    """The study with what changes on the way: `set`, `rewind`, stages that present the inputs in another way."""
    aside = Lowering(Report(), memory=to.memory)
    orders = _orders(timing, lambda p: _made(making, replace(study.plan, presentation=p), aside))
    changes = changes_of(making.asked.sets, timing.segments, making.model.scope, to)
    sets = interventions_of(changes, study, making.model, settings, to)
    if any(o.system is not None for o in orders) and any(s.system is not None for s in sets):
        to.report.add(NOT_YET.at(making.item.name.span, what="another batch in a stage beside `set` of a parameter"))
    made = tuple(sorted((*orders, *sets), key=lambda i: i.step))
    return replace(study, plan=replace(study.plan, interventions=made)) if made else study


def _orders(timing: Timing, anew: Callable[[Presentation], Study | None]) -> list[Intervention]:
    """Where a stage presents the inputs in another way; another size of the batch is another system."""
    made: list[Intervention] = []
    for before, after, segment in zip(timing.presentations, timing.presentations[1:], timing.segments[1:]):
        if same_order(before, after):
            continue
        other = anew(after) if (before.batch, before.order == "all") != (after.batch, after.order == "all") else None
        system, single = (None, None) if other is None else (other.system, other.single)
        made.append(Intervention(segment.start, system, single, presentation=after))
    return made


# --- the study ------------------------------------------------------------------------------------------------------------


def _of_system(making: Making, plan: Plan, to: Lowering) -> Study | None:
    lowering = Lowering(to.report, memory=_own(to.memory))
    before = len(to.report.errors)
    system, equations = plain_system(making.chosen, making.model.parameters, plan.dt, making.method, lowering)
    judge_checks(system, equations, plan.steps, making.use, to)
    if len(to.report.errors) > before:
        return None
    scope = making.model.scope.child(lowering.world)
    system = _observed(system, making, scope, equations.noisy, lowering)
    return Study(making.item.name.name, system, plan, hashes=equations.hashes)


def _of_network(making: Making, plan: Plan, to: Lowering) -> Study | None:
    graph = making.chosen.graph
    assert plan.presentation is not None
    assert graph is not None
    world = world_of(graph, plan.presentation.batch, making.fires)
    lowering = Lowering(to.report, memory=_own(to.memory))
    before = len(to.report.errors)
    system, equations = weave(making.chosen, graph, world, making.model.parameters, plan.dt, making.method, lowering)
    judge_checks(system, equations, plan.steps, making.use, to)
    if len(to.report.errors) > before:
        return None
    scope = record_scope(making.model.scope, world, lowering)
    system = _observed(system, making, scope, equations.noisy, lowering)
    system = _full_batch(show(system, graph, lowering), plan.presentation)
    alone = _single(making, graph, plan, to) if steps_samples(lowering) else None
    return Study(
        making.item.name.name, supply(system, world), plan, alone, graph, {**graph.inputs.hashes, **equations.hashes}
    )


def _own(memory: Memory) -> Memory:
    """A memory that a model's own parameters may be added to."""
    return Memory(arrays=memory.arrays)


def _observed(system: System, making: Making, scope: Scope, noisy: set[str], to: Lowering) -> System:
    """The system with its records, and what they need."""
    asked = making.asked
    records = _records(asked, making.chosen.graph, making.clock, scope, to)
    stop = None
    if asked.stop is not None:
        spot = asked.stop.condition.span
        stop = single(wanted(lower(asked.stop.condition, scope, to), "bool", spot, to), spot, to).expr
        _refuse_probes(probes_read(stop, to), spot, to)
        _refuse_white(stop, spot, noisy, to)
    for record in records:
        _refuse_white(record.expr, record.span, noisy, to)
    axes = {a: to.axes[a] for p in to.probes.values() for a in p.axes}
    system = replace(
        system,
        axes={**system.axes, **axes},
        records=records,
        stop=stop,
        late=tuple(to.lets),
        probes=to.probes,
        plain_sums=making.plain_sums,
    )
    return with_gradients(system, noisy, to)


def _refuse_white(expr: Expr, span: Any, noisy: set[str], to: Lowering) -> None:
    read = arrays(expr)
    for let in reversed(to.lets):
        read |= arrays(let.expr) if let.name in read else set()
    if read & noisy:
        to.report.add(WHITE_NOT_HERE.at(span))


def _refuse_probes(probes: Sequence[Probe], span: Span, to: Lowering) -> None:
    for measure in dict.fromkeys(p.measure for p in probes):
        to.report.add(errors.UNPLANNED_PROBE.at(span, name=measure))


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
            if when is not None:
                _refuse_probes(probes_read(record.expr, to) + probes_read(when, to), item.span, to)
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


def _single(making: Making, graph: Graph, plan: Plan, to: Lowering) -> System | None:
    """The system stepping on one sample, that records its logits at the end of a step."""
    world = world_of(graph, 1, making.fires)
    lowering = Lowering(to.report, memory=_own(to.memory))
    made, _ = weave(making.chosen, graph, world, making.model.parameters, plan.dt, making.method, lowering)
    scope = record_scope(making.chosen.system.scope, world, lowering)
    record = record_named("logit", Grid(np.array([0]), timeless=True), scope, lowering)
    if record is None:
        return None
    made = replace(made, records=(record,), late=tuple(lowering.lets))
    return supply(show(with_gradients(made, set(), lowering), graph, lowering, whole=True), world)
