"""An `experiment` to a Study: its network elaborated, the equations woven, records lowered, the plan worked out.

Claims, `derive` and `plot` are read here only far enough to find mistakes (`after`); they are evaluated on the result.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from neurashed_dsl.diagnostics import Report, nearest
from neurashed_dsl.ir.plan import Intervention, Plan, Presentation, Study
from neurashed_dsl.ir.system import Grid, Record, System, Table
from neurashed_dsl.model import experiment_errors as errors
from neurashed_dsl.model.arguments import bind_arguments
from neurashed_dsl.model.constant import Settings, constant_number, option, shown, whole
from neurashed_dsl.model.demands import described, single, wanted
from neurashed_dsl.model.errors import NOT_YET
from neurashed_dsl.model.graph import Graph
from neurashed_dsl.model.load import Model
from neurashed_dsl.model.lower import lower
from neurashed_dsl.model.network import DataReader, elaborate_network, target_places
from neurashed_dsl.model.presentation import presentation_of, some_presentation
from neurashed_dsl.model.probes import reads_probe
from neurashed_dsl.model.record import distinct, lower_record, record_named
from neurashed_dsl.model.scope import FunctionOf, Lowering, Scope
from neurashed_dsl.model.weave import Fires, record_scope, refuse_taken_names, supply, weave, world_of
from neurashed_dsl.syntax import ast
from neurashed_dsl.values import frozen

MOST_REPEATS = 10**6
SOME_STEPS = 10**6  # of a run whose end was misread
NETWORK_RUN = ("steps", "batch", "order")
NOT_IN_THIS_VERSION = (ast.Sweep, ast.Stage, ast.Prune, ast.Rewind, ast.Snapshot)


@dataclass
class Asked:
    """An experiment's items, by what they are."""

    model: ast.ModelUse | None = None
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
    found = _model_of(asked.model, model, to)
    if found is None:
        return None
    graph, system, home = _network(found, model, settings, to)
    if graph is None or system is None:
        return None
    scope = model.scope
    steps = _steps(item, asked, scope, to)
    presentation = presentation_of(graph, asked.run, scope, to) or some_presentation()
    plan = Plan(
        SOME_STEPS if steps is None else steps,
        presentation,
        _repeat(asked, scope, to),
        _seed(asked, settings, scope, to),
    )
    study = _study(item, asked, graph, system, home, model, plan, fires, to)
    if study is None or not asked.sets:
        return study
    return replace(
        study, plan=replace(plan, interventions=_interventions(item, asked, study, model, settings, fires, to))
    )


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
                given = option(part.arguments, "run", NETWORK_RUN, to.report)
                asked.run_misread |= len(given) < len(part.arguments)
                asked.run = {**given, **asked.run}
            case ast.Repeat(count=count, seed=seed):
                for what in ["repeat"] * bool(count) + ["seed"] * bool(seed):
                    once(what, part)
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
    return asked


def _steps(item: ast.Experiment, asked: Asked, scope: Scope, to: Lowering) -> int | None:
    if "steps" not in asked.run:
        if not asked.run_misread:
            to.report.add(errors.NO_END.at(item.name.span, name=item.name.name))
        return None
    return whole(asked.run["steps"], "`steps`", 0, scope, to)


def _repeat(asked: Asked, scope: Scope, to: Lowering) -> int | None:
    return None if asked.repeat is None else whole(asked.repeat, "`repeat`", 1, scope, to, MOST_REPEATS)


def _seed(asked: Asked, settings: Settings, scope: Scope, to: Lowering) -> int:
    if settings.seed is not None:
        return settings.seed
    return 0 if asked.seed is None else whole(asked.seed, "`seed`", 0, scope, to) or 0


# --- the model ------------------------------------------------------------------------------------------------------------


@frozen
class Found:
    """The network, with the arguments it is given, and the system that trains it."""

    network: FunctionOf
    arguments: dict[str, ast.Expr]
    system: FunctionOf


def _model_of(use: ast.ModelUse, model: Model, to: Lowering) -> Found | None:
    name = use.value if isinstance(use.value, ast.Name) else use.value.function
    meaning = model.scope.find(name.name)
    if meaning is None:
        names = [n for n in model.scope.all() if isinstance(model.scope.find(n), FunctionOf)]
        to.report.add(errors.UNKNOWN_MODEL.at(name.span, name=name.name, near=nearest(name.name, names)))
        return None
    match meaning:
        case FunctionOf(ast.Network() as network):
            trainer = model.scope.find("neurashed")
            assert isinstance(trainer, FunctionOf)
            values = _arguments(use.value, name, network.parameters, to)
            return None if values is None else Found(meaning, values, trainer)
        case FunctionOf(ast.System() as system):
            return _over(use.value, name, system, meaning, model, to)
        case _:
            to.report.add(errors.NOT_A_MODEL.at(name.span, name=name.name, what=described(name.name, meaning)[0]))
            return None


def _arguments(
    x: ast.Expr, name: ast.Name, parameters: tuple[ast.Parameter, ...], to: Lowering
) -> dict[str, ast.Expr] | None:
    call = x if isinstance(x, ast.Call) else ast.Call(span=name.span, function=name, arguments=())
    return bind_arguments(call, name.name, parameters, to.report)


def _over(
    x: ast.Expr, name: ast.Name, system: ast.System, meaning: FunctionOf, model: Model, to: Lowering
) -> Found | None:
    if not system.over_network:
        to.report.add(NOT_YET.at(name.span, what="a `system` that isn't `over network`"))
        return None
    first = x.arguments[0].value if isinstance(x, ast.Call) and x.arguments else None
    inner = (
        _model_of(ast.ModelUse(span=first.span, value=first), model, to)
        if isinstance(first, ast.Name | ast.Call)
        else None
    )
    if inner is None:
        if first is None:
            to.report.add(errors.NEEDS_NETWORK.at(name.span, name=name.name))
        return None
    return Found(inner.network, inner.arguments, meaning)


def _network(
    found: Found, model: Model, settings: Settings, to: Lowering
) -> tuple[Graph | None, ast.System | None, Scope]:
    network: ast.Network = found.network.declaration
    values: dict[str, Any] = {}
    for name, given in found.arguments.items():
        number = constant_number(given, model.scope, to)
        if number is None:
            return None, None, model.scope
        values[name] = number
    own = {p.name.name for p in network.parameters}
    values |= {n: v for n, v in settings.values.items() if n in own}
    before = len(to.report.errors)
    reader = DataReader(model.root, model.allowed, model.folders)
    graph = elaborate_network(network, found.network.scope, values, to, reader, model.memory)
    if graph is not None:
        refuse_taken_names(graph, to)
    if graph is None or len(to.report.errors) > before:
        return None, None, model.scope
    return graph, found.system.declaration, found.system.scope


# --- the study ------------------------------------------------------------------------------------------------------------


def _study(
    item: ast.Experiment,
    asked: Asked,
    graph: Graph,
    system: ast.System,
    home: Scope,
    model: Model,
    plan: Plan,
    fires: Fires,
    to: Lowering,
) -> Study | None:
    assert plan.presentation is not None
    world = world_of(graph, plan.presentation.batch, fires)
    parameters = model.parameters
    lowering = Lowering(to.report, memory=to.memory)
    before = len(to.report.errors)
    whole_system = weave(system, home, world, parameters, lowering)
    if len(to.report.errors) > before:
        return None
    scope = record_scope(model.scope, world, lowering)
    records = _records(asked, graph, plan.steps, scope, lowering)
    stop = None
    if asked.stop is not None:
        spot = asked.stop.condition.span
        stop = single(wanted(lower(asked.stop.condition, scope, lowering), "bool", spot, lowering), spot, lowering).expr
        if reads_probe(stop, lowering):
            to.report.add(errors.UNPLANNED_PROBE.at(spot))
    whole_system = replace(whole_system, records=records, stop=stop, late=tuple(lowering.lets), probes=lowering.probes)
    whole_system = _full_batch(whole_system, plan.presentation)
    alone = _single(system, home, graph, parameters, fires, to) if lowering.probes else None
    return Study(item.name.name, supply(whole_system, world), plan, alone, graph)


def _records(asked: Asked, graph: Graph, steps: int, scope: Scope, to: Lowering) -> tuple[Record, ...]:
    made: list[Record] = []
    grids: dict[Any, Grid] = {}
    for item in asked.records:
        if any(r.name == item.name.name for r in made):
            to.report.add(errors.RECORD_TWICE.at(item.name.span, name=item.name.name))
        record = lower_record(item, graph, steps, grids, scope, to)
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
    system: ast.System,
    home: Scope,
    graph: Graph,
    parameters: Mapping[str, float | int | bool],
    fires: Fires,
    to: Lowering,
) -> System | None:
    """The system stepping on one sample, that records its logits at the end of a step."""
    world = world_of(graph, 1, fires)
    lowering = Lowering(to.report, memory=to.memory)
    made = weave(system, home, world, parameters, lowering)
    record = record_named("logit", Grid(np.array([0]), timeless=True), record_scope(home, world, lowering), lowering)
    if record is None:
        return None
    return supply(replace(made, records=(record,), late=tuple(lowering.lets)), world)


# --- interventions --------------------------------------------------------------------------------------------------------


def _interventions(
    item: ast.Experiment, asked: Asked, study: Study, model: Model, settings: Settings, fires: Fires, to: Lowering
) -> tuple[Intervention, ...]:
    """`set` of a parameter makes the study anew with the other value; `set` of a state names places."""
    made: list[Intervention] = []
    for change in sorted_by_step(asked.sets, model, to):
        step, part = change
        name = part.target.name if isinstance(part.target, ast.Name) else ""
        value = constant_number(part.value, model.scope, to)
        if value is None:
            continue
        if not 0 <= step <= study.plan.steps:
            to.report.add(errors.BAD_GRID.at(part.step.span, step=step, steps=study.plan.steps))
        elif name in model.parameters:
            settings = replace(settings, values={**settings.values, name: value})
            other = settings.again(settings.values) if settings.again else None
            made += (
                [Intervention(step, other.system, other.single)]
                if other is not None and _same_shape(other, study, part, to)
                else []
            )
        else:
            made += _state_set(part, step, float(value), study, model, to)
    return tuple(made)


def sorted_by_step(sets: list[ast.SetAt], model: Model, to: Lowering) -> list[tuple[int, ast.SetAt]]:
    steps = [(whole(s.step, "a step", 0, model.scope, to), s) for s in sets]
    return sorted(((n, s) for n, s in steps if n is not None), key=lambda pair: pair[0])


def _same_shape(other: Study, study: Study, part: ast.SetAt, to: Lowering) -> bool:
    same = {n: a.size for n, a in other.system.axes.items()} == {n: a.size for n, a in study.system.axes.items()}
    if not same:
        to.report.add(errors.DIFFERENT_STRUCTURE.at(part.span, name=part.target.span.text))
    return same


def _state_set(
    part: ast.SetAt, step: int, value: float, study: Study, model: Model, to: Lowering
) -> list[Intervention]:
    base = part.target.base.name if isinstance(part.target, ast.Index) else part.target.span.text
    slot = study.system.slots.get(base)
    if slot is None:
        known = [*model.parameters, *study.system.slots]
        to.report.add(errors.CANT_SET.at(part.target.span, name=base, near=nearest(base, known)))
        return []
    if not math.isfinite(value):
        to.report.add(errors.INFINITE_STATE.at(part.value.span, array=base, value=shown(value)))
        return []
    if value < 0 and (slot.log or base in ("λ", "η")):
        to.report.add(errors.NEGATIVE_STATE.at(part.value.span, array=base, value=f"{value:g}"))
        return []
    held = float(np.log(value)) if slot.log and value > 0 else -np.inf if slot.log else value
    if isinstance(part.target, ast.Name):
        return [Intervention(step, slot=base, value=held)]
    assert isinstance(part.target, ast.Index)
    where = _places(part.target, slot.axes[0], study, to)
    return [] if where is None else [Intervention(step, slot=base, where=where, value=held)]


def _places(target: ast.Index, axis: str, study: Study, to: Lowering) -> np.ndarray | None:
    """Positions that an index of λ or η names, through the very code that `init` uses."""
    return target_places(target, axis, study.facts, to)
