"""An `experiment` to a Study: its model elaborated, the equations woven, records lowered, the plan worked out.

Claims, `derive` and `plot` are read here only far enough to find mistakes (`after`); they are evaluated on the result.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from neurashed_dsl.diagnostics import Report, Span
from neurashed_dsl.ir.evaluate import Memory
from neurashed_dsl.ir.expr import Whole
from neurashed_dsl.ir.plan import Intervention, Plan, Presentation, StageSpan, Study
from neurashed_dsl.ir.system import Grid, Let, Record, System, Table
from neurashed_dsl.model import experiment_errors as errors
from neurashed_dsl.model.changes import changes_of, interventions_of
from neurashed_dsl.model.chosen import Chosen, choose
from neurashed_dsl.model.clock import Clock, method_of, plain_sums
from neurashed_dsl.model.constant import Settings
from neurashed_dsl.model.graph import Graph
from neurashed_dsl.model.items import Asked, items_of, repeat_of, seed_of
from neurashed_dsl.model.left import left_by
from neurashed_dsl.model.load import Model
from neurashed_dsl.model.plain import plain_system
from neurashed_dsl.model.probes import probes_read, steps_samples
from neurashed_dsl.model.pruning import movable
from neurashed_dsl.model.record import distinct, lower_record, record_named
from neurashed_dsl.model.scope import Lowering, Scope
from neurashed_dsl.model.shown import show
from neurashed_dsl.model.stopping import refuse_probes, refuse_white, stop_of
from neurashed_dsl.model.supply import before_the_run, supply
from neurashed_dsl.model.system import judge_checks, with_gradients
from neurashed_dsl.model.timing import Timing, same_order, timing_of
from neurashed_dsl.model.weave import Fires, World, record_scope, weave, world_of
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

    asked: Asked
    chosen: Chosen
    model: Model
    timing: Timing
    method: str
    plain_sums: bool
    fires: Fires

    @property
    def prunes(self) -> bool:
        return any(isinstance(part, ast.Prune) for segment in self.timing.segments for part in segment.items)

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
        stages=tuple(StageSpan(s.name, s.start, s.ending is not None) for s in timing.segments),
        moments=timing.clock.moments,
    )
    method = method_of(timing.run, chosen.declaration.name.name, flows, to)
    # A network's sums run over its edges: there are no matrices in them.
    plain = chosen.graph is not None or plain_sums(timing.run, to)
    making = Making(asked, chosen, model, timing, method, plain, fires)
    study = _made(making, plan, to)
    if study is None:
        return None
    aside = Lowering(Report(), memory=to.memory)
    orders = _orders(timing, study, lambda p: _made(making, replace(study.plan, presentation=p), aside))
    ordered = replace(study, plan=replace(study.plan, interventions=orders))
    changes = changes_of(asked.sets, timing.segments, model.scope, to)
    made = interventions_of(changes, ordered, model, fires, settings, to)
    changed = replace(study, plan=replace(study.plan, interventions=made))
    return replace(changed, left=left_by(changed, to))


def _made(making: Making, plan: Plan, to: Lowering) -> Study | None:
    return (_of_system if making.chosen.graph is None else _of_network)(making, plan, to)


def _orders(timing: Timing, study: Study, anew: Callable[[Presentation], Study | None]) -> tuple[Intervention, ...]:
    """Where a stage presents the inputs in another way; another size of the batch is another system, one for all stages of that size."""
    made: list[Intervention] = []
    known: dict[tuple[int, bool], Study | None] = {_size(p): study for p in timing.presentations[:1]}
    for before, after, segment in zip(timing.presentations, timing.presentations[1:], timing.segments[1:]):
        if same_order(before, after):
            continue
        change = Intervention(segment.start, presentation=after)
        if _size(before) != _size(after):
            if _size(after) not in known:
                known[_size(after)] = anew(after)
            other = known[_size(after)] or study
            change = replace(change, system=other.system, single=other.single)
        made.append(change)
    return tuple(made)


def _size(presentation: Presentation) -> tuple[int, bool]:
    return presentation.batch, presentation.order == "all"


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
    return Study(making.asked.name, system, plan, hashes=equations.hashes)


def _of_network(making: Making, plan: Plan, to: Lowering) -> Study | None:
    graph = making.chosen.graph
    assert plan.presentation is not None
    assert graph is not None
    world = world_of(graph, plan.presentation.batch, making.fires)
    lowering = Lowering(to.report, memory=_own(to.memory))
    before = len(to.report.errors)
    system, equations = weave(making.chosen, graph, world, making.model.parameters, plan.dt, making.method, lowering)
    judge_checks(before_the_run(system, equations, world), equations, plan.steps, making.use, to)
    if len(to.report.errors) > before:
        return None
    scope = record_scope(making.model.scope, world, lowering)
    system = _observed(system, making, scope, equations.noisy, lowering)
    system = _full_batch(show(system, graph, lowering), plan.presentation)
    alone = _single(making, graph, plan, to) if steps_samples(lowering) else None
    system = _supplied(system, world, making)
    return Study(making.asked.name, system, plan, alone, graph, {**graph.inputs.hashes, **equations.hashes})


def _own(memory: Memory) -> Memory:
    """A memory that a model's own parameters may be added to."""
    return Memory(arrays=memory.arrays)


def _observed(system: System, making: Making, scope: Scope, noisy: set[str], to: Lowering) -> System:
    """The system with its records, and what they need."""
    asked = making.asked
    records = _records(asked, making.chosen.graph, making.timing.clock, scope, to)
    stop = stop_of(asked.stop, making.timing.segments, scope, noisy, to)
    for record in records:
        refuse_white(record.expr, record.span, noisy, to)
    axes = {a: to.axes[a] for p in to.probes.values() for a in p.axes}
    axes |= {a: to.axes[a] for a in _axes_of(records, to.lets) - system.axes.keys()}
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


def _axes_of(records: Sequence[Record], lets: Sequence[Let]) -> set[str]:
    """Among them are those that measures list: `strength in [alpha, beta]`."""
    binders = [b for group in (records, lets) for each in group for b in each.binders]
    return {b.domain.axis for b in binders if isinstance(b.domain, Whole)}


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
                refuse_probes(probes_read(record.expr, to) + probes_read(when, to), item.span, to)
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
    return _supplied(show(with_gradients(made, set(), lowering), graph, lowering, whole=True), world, making)


def _supplied(system: System, world: World, making: Making) -> System:
    system = supply(system, world)
    return movable(system) if making.prunes else system
