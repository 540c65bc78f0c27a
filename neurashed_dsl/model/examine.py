"""All that can be checked without running: every declaration of a file, with its parameters as they stand."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from neurashed_dsl.diagnostics import Report
from neurashed_dsl.ir.evaluate import Memory
from neurashed_dsl.ir.plan import Study, cell_title
from neurashed_dsl.model.asked import Reading, read_experiment
from neurashed_dsl.model.cascades import hide_consequences
from neurashed_dsl.model.chosen import Chosen, trajectory_in
from neurashed_dsl.model.circles import report_circles
from neurashed_dsl.model.constant import Settings
from neurashed_dsl.model.contracts import check_law
from neurashed_dsl.model.experiment import elaborate_experiment
from neurashed_dsl.model.graph import Graph
from neurashed_dsl.model.lints import lint
from neurashed_dsl.model.load import Model, load_model
from neurashed_dsl.model.lower import lower
from neurashed_dsl.model.network import DataReader, elaborate_network, firing_words
from neurashed_dsl.model.plain import plain_system
from neurashed_dsl.model.presented import come_one_by_one
from neurashed_dsl.model.results import in_order, stand_ins, taken_from
from neurashed_dsl.model.scope import UNKNOWN, FunctionOf, Lowering, MeasureOf, Scope
from neurashed_dsl.model.sweep import read_sweeps
from neurashed_dsl.model.sweep_cells import Cell, Sweeps, cell_of, corners, unswept
from neurashed_dsl.model.sweep_errors import CELL_FAILS
from neurashed_dsl.model.unmade import examine_unmade
from neurashed_dsl.model.unused import examine_names, examine_rule, examine_system
from neurashed_dsl.model.weave import Fires, refuse_taken_names
from neurashed_dsl.syntax import ast
from neurashed_dsl.syntax.walk import names
from neurashed_dsl.values import frozen


def examine(
    model: Model,
    settings: Mapping[str, object],
    report: Report,
    fires: Fires = firing_words,
    wanted: str | None = None,
) -> "dict[str, Elaborated]":
    """Report every mistake of the file, and its warnings. The experiments that were understood, by name. `wanted`: the only one that will be
    run with these settings, and with it those that it takes from; the others may sweep what is set, and those that do are left out."""
    found: dict[str, Elaborated] = {}
    run = model.experiments.keys() if wanted is None else taken_from(wanted, model.experiments)
    to = Lowering(report, memory=model.memory)
    graphs: list[Graph] = []
    for name, document in model.documents.items():
        report_circles(document, model.homes[name], report)
        for item in document.items:
            _examine(item, model.homes[name], model, settings, graphs, to)
    for item in model.systems.values():
        if item.over_network:
            examine_system(item, model.scope, graphs, model, to)
    for experiment in in_order(model.experiments, report):
        stand_ins(
            model.experiments[experiment], model, lambda name: found[name].reading.names if name in found else None, to
        )
        own = settings if experiment in run else unswept(settings, model.experiments[experiment])
        elaborated = elaborate(model, experiment, own, None, fires, report)
        if elaborated is not None:
            found[experiment] = elaborated
            model.readings[experiment] = elaborated.reading.names
    for system in model.systems.values():
        _examine_system(system, model, settings, report)
    hide_consequences(report, model.unread)
    _in_order(report)
    return {n: e for n, e in found.items() if n in run or not settings.keys() & e.sweeps.written.keys()}


def _in_order(report: Report) -> None:
    """As a reader goes through the files, in the order in which they were first spoken of."""
    files: dict[str, int] = {}
    for d in report.found:
        files.setdefault(d.span.source.name if d.span else "", len(files))
    report.found.sort(key=lambda d: (files[d.span.source.name], d.span.start) if d.span else (files[""], 0))


# --- experiments ----------------------------------------------------------------------------------------------------------


@frozen
class Elaborated:
    """An experiment before it runs: the study of one of its cells (its only one, where nothing is swept), and what it asks of its records."""

    studies: tuple[Study, ...]  # with the cells that have the least and the largest sizes
    reading: Reading
    sweeps: Sweeps

    @property
    def study(self) -> Study:
        return self.studies[0]


def elaborate(
    model: Model, experiment: str, settings: Mapping[str, object], seed: int | None, fires: Fires, report: Report
) -> Elaborated | None:
    """None where nothing can be made of it. Mistakes are reported, of a sweep those that its first cell has."""
    item = model.experiments[experiment]
    sweeps = read_sweeps(item, model, settings, Lowering(report, memory=model.memory))
    if sweeps is None:
        examine_unmade(item, model, report)
        return None
    tried = [_tried(model, item, sweeps, number, settings, seed, fires) for number in corners(sweeps)]
    if sweeps.plan.axes and all(own.errors for _, _, own in tried):
        tried.append(_tried(model, item, sweeps, sweeps.plan.count - 1, settings, seed, fires))
    cell, study, own = next((each for each in tried if not each[2].errors), tried[0])
    for diagnostic in own.found:
        report.add(diagnostic)
    failed = tried[0][2].errors
    if failed and not own.errors:
        span = next(part.span for part in item.items if isinstance(part, ast.Sweep))
        report.add(CELL_FAILS.at(span, cell=cell_title(sweeps.plan, 0), message=failed[0].message))
    if study is None:
        examine_unmade(item, model, report)
        return None
    studies = (study, *(s for _, s, r in tried if s is not None and s is not study and not r.errors))
    to = Lowering(report, memory=cell.model.memory)
    return Elaborated(studies, read_experiment(item, studies, cell.model, sweeps.plan, to), sweeps)


def _tried(
    model: Model,
    item: ast.Experiment,
    sweeps: Sweeps,
    number: int,
    settings: Mapping[str, object],
    seed: int | None,
    fires: Fires,
) -> tuple[Cell, Study | None, Report]:
    report = Report()
    cell = cell_of(model, item, sweeps, number, settings, report)
    return cell, None if report.errors else study_of(cell, seed, fires, report), report


def study_of(cell: Cell, seed: int | None, fires: Fires, report: Report) -> Study | None:
    """What one cell comes to. Mistakes are reported."""
    to = Lowering(report, memory=cell.model.memory)
    again = _anew(cell, seed, fires, report)
    return elaborate_experiment(cell.model, cell.item, Settings(cell.settings, seed, again), fires, to)


def _without_sets(items: tuple[ast.Node, ...]) -> tuple[ast.Node, ...]:
    bare = (replace(i, items=_without_sets(i.items)) if isinstance(i, ast.Stage) else i for i in items)
    return tuple(i for i in bare if not isinstance(i, ast.SetAt))


def _anew(cell: Cell, seed: int | None, fires: Fires, report: Report) -> Callable[[Mapping[str, Any]], Study | None]:
    """A function that makes the study of an experiment with other values of parameters, as `set NAME = … at step …` asks for."""

    def again(values: Mapping[str, Any]) -> Study | None:
        found = Report()
        model = cell.model
        other = load_model(model.source, model.path, found, values, model.allowed, model)
        bare = replace(cell.item, items=_without_sets(cell.item.items))
        study = elaborate_experiment(other, bare, Settings(values, seed), fires, Lowering(found, memory=other.memory))
        for diagnostic in found.errors:
            report.add(diagnostic)
        return None if found.errors else study

    return again


def _examine(
    item: ast.Declaration,
    home: Scope,
    model: Model,
    settings: Mapping[str, object],
    graphs: list[Graph],
    to: Lowering,
) -> None:
    """Networks that are well go to `graphs`."""
    match item:
        case ast.Function() if not _measures(item.body, home):
            scope = home.child({p.name.name: UNKNOWN for p in item.parameters})
            lower(item.body, scope, to)
        case ast.Function() | ast.Measure():
            examine_names(item, home, to)
        case ast.Rule():
            examine_rule(item, home, to)
        case ast.Data():
            trajectory_in(model, item, home, to)
        case ast.Law():
            check_law(item, home, None, to)
        case ast.Network() if home is model.scope:  # one of another file is looked at where an experiment uses it
            before = len(to.report.errors)
            graph = graph_of(model, item, settings, to)
            if graph is not None:
                refuse_taken_names(graph, to)
            if graph is not None and len(to.report.errors) == before:
                graphs.append(graph)
                if UNKNOWN in home.names.values():
                    return  # what looks wrong may be what wasn't understood
                lint(
                    graph, firing_words(graph), to, learning=come_one_by_one(item.name.name, model.experiments.values())
                )
        case _:
            pass


def _examine_system(system: ast.System, model: Model, settings: Mapping[str, object], report: Report) -> None:
    """A system by itself, with the parameters that `settings` or its defaults give. What an experiment that uses it told isn't told again."""
    meaning = model.scope.find(system.name.name)
    own = {p.name.name for p in system.parameters if p.arguments is None and not p.binders}
    values = {n: v for n, v in settings.items() if n in own and n not in model.parameters}
    if system.over_network or any(p.default is None and p.name.name not in values for p in system.parameters):
        return  # it is checked where an experiment says what it is over, or its size
    if not isinstance(meaning, FunctionOf) or meaning.declaration is not system:
        return
    chosen = Chosen(meaning, {}, values, DataReader(model.root, model.allowed), model.scope)
    to = Lowering(Report(), memory=Memory(arrays=model.memory.arrays))
    plain_system(chosen, model.parameters, None, "euler", to)
    told = {(d.code, d.span) for d in report.found}
    for diagnostic in to.report.found:
        if (diagnostic.code, diagnostic.span) not in told:
            report.add(diagnostic)


def _measures(x: ast.Expr, home: Scope) -> bool:
    """Does it call a measure? Then it can only be looked at where a model is."""
    return any(isinstance(home.find(f"{name}()"), MeasureOf) for name in names(x))


def graph_of(model: Model, network: ast.Network, settings: Mapping[str, object], to: Lowering) -> Graph | None:
    """A network with the parameters that `settings` or its defaults give."""
    known = (m for m in model.scope.names.values() if isinstance(m, FunctionOf) and m.declaration is network)
    home = next((m.scope for m in known), model.scope)
    own = {p.name.name for p in network.parameters}
    if any(p.default is None and p.name.name not in settings for p in network.parameters):
        return None  # it is checked where an experiment says its size
    values = {n: v for n, v in settings.items() if n in own}
    reader = DataReader(model.root, model.allowed, model.folders)
    return elaborate_network(network, home, values, to, reader, model.memory)  # type: ignore[arg-type]
