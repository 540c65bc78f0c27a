"""`model …` of an experiment: which system, with which arguments, over which network."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from neurashed_dsl.diagnostics import nearest
from neurashed_dsl.model import experiment_errors as errors
from neurashed_dsl.model.arguments import bind_arguments
from neurashed_dsl.model.constant import Settings, constant_number
from neurashed_dsl.model.data import DataReader
from neurashed_dsl.model.demands import described
from neurashed_dsl.model.graph import Graph
from neurashed_dsl.model.load import Model
from neurashed_dsl.model.network import elaborate_network
from neurashed_dsl.model.parameter import Value
from neurashed_dsl.model.results_given import text_of, with_numbers
from neurashed_dsl.model.scope import FunctionOf, Lowering, Scope
from neurashed_dsl.model.system import bind_system_parameters
from neurashed_dsl.model.system.array_parameters import with_array_parameters
from neurashed_dsl.model.trajectory import Trajectory, trajectory_of
from neurashed_dsl.model.weave import refuse_taken_names
from neurashed_dsl.syntax import ast
from neurashed_dsl.values import frozen

Arguments = Mapping[str, ast.Expr]


@frozen
class Chosen:
    """A system with the arguments it is given, and the network that it is over, if it is over one. `settings` win over arguments."""

    system: FunctionOf
    arguments: Arguments
    settings: Mapping[str, Any]
    reader: DataReader
    caller: Scope
    graph: Graph | None = None
    trajectory: Trajectory | None = None

    @property
    def declaration(self) -> ast.System:
        found: ast.System = self.system.declaration
        return found

    def written(self, to: Lowering) -> ast.System:
        """The declaration, with the arrays that are its parameters in its body."""
        return with_array_parameters(self.declaration, self.arguments, self.caller, self.reader.results, to)

    @property
    def hashes(self) -> dict[str, str]:
        """Of the results of other experiments that it is given, by what they are written as."""
        if self.trajectory is not None:
            return {self.trajectory.path: self.trajectory.sha256}
        given = {text_of(x) for x in self.arguments.values()} & self.reader.results.keys()
        return {text: sha256 for text in given if (sha256 := self.reader.results[text].sha256)}

    def bind(self, scope: Scope, to: Lowering) -> dict[str, Value]:
        """The values of the system's parameters; `scope` gains their names."""
        given = with_numbers(self.declaration.parameters, self.arguments, self.reader.results, to)
        return bind_system_parameters(
            self.declaration, given, self.settings, scope, self.caller, to, self.reader.results
        )


def choose(use: ast.ModelUse, model: Model, settings: Settings, to: Lowering) -> Chosen | None:
    """What an experiment's `model` asks for, its network elaborated. None after a report."""
    name = use.value if isinstance(use.value, ast.Name) else use.value.function
    meaning = model.scope.find(name.name)
    match meaning:
        case FunctionOf(ast.Network()):
            return _over(None, {}, use.value, model, settings, to)
        case FunctionOf(ast.System() as system) if system.over_network:
            return _trained(use.value, name, meaning, model, settings, to)
        case FunctionOf(ast.System() as system):
            values = _arguments(use.value, name, system.parameters, to)
            return None if values is None else _chosen(meaning, values, model, settings)
        case FunctionOf(ast.Data() as data):
            return _walked(use.value, name, meaning, data, model, settings, to)
        case None:
            names = [n for n in model.scope.all() if isinstance(model.scope.find(n), FunctionOf)]
            to.report.add(errors.UNKNOWN_MODEL.at(name.span, name=name.name, near=nearest(name.name, names)))
        case _:
            to.report.add(errors.NOT_A_MODEL.at(name.span, name=name.name, what=described(name.name, meaning)[0]))
    return None


def _chosen(
    system: FunctionOf, arguments: Arguments, model: Model, settings: Settings, graph: Graph | None = None
) -> Chosen:
    own = {n: v for n, v in settings.values.items() if n not in model.parameters}
    reader = DataReader(model.root, model.allowed, model.folders, model.results)
    return Chosen(system, arguments, own, reader, model.scope, graph)


def _walked(
    x: ast.Expr, name: ast.Name, meaning: FunctionOf, data: ast.Data, model: Model, settings: Settings, to: Lowering
) -> Chosen | None:
    """A trajectory that is given, as a model without parameters."""
    found = trajectory_in(model, data, meaning.scope, to)
    if found is None or _arguments(x, name, (), to) is None:
        return None
    chosen = _chosen(FunctionOf(found.system, meaning.scope, meaning.span), {}, model, settings)
    return replace(chosen, reader=replace(chosen.reader, results=found.given), trajectory=found)


def trajectory_in(model: Model, data: ast.Data, scope: Scope, to: Lowering) -> Trajectory | None:
    """Read once. None after a report."""
    if data.span not in model.trajectories:
        found = trajectory_of(data, DataReader(model.root, model.allowed, model.folders), scope, to)
        if found is None:
            return None
        model.trajectories[data.span] = found
    return model.trajectories[data.span]


def _arguments(
    x: ast.Expr, name: ast.Name, parameters: tuple[ast.Parameter, ...], to: Lowering
) -> dict[str, ast.Expr] | None:
    call = x if isinstance(x, ast.Call) else ast.Call(span=name.span, function=name, arguments=())
    return bind_arguments(call, name.name, parameters, to.report)


def _trained(
    x: ast.Expr, name: ast.Name, system: FunctionOf, model: Model, settings: Settings, to: Lowering
) -> Chosen | None:
    """`mine(figure4, margin: 0.2)`: the first argument is the network, the others are the system's."""
    given = x.arguments if isinstance(x, ast.Call) else ()
    network = given[0].value if given and given[0].name is None else None
    if not isinstance(network, ast.Name | ast.Call):
        to.report.add(errors.NEEDS_NETWORK.at(x.span, name=name.name))
        return None
    others = ast.Call(span=x.span, function=name, arguments=given[1:])
    arguments = bind_arguments(others, name.name, system.declaration.parameters, to.report)
    return None if arguments is None else _over(system, arguments, network, model, settings, to)


def _over(
    system: FunctionOf | None, arguments: Arguments, x: ast.Expr, model: Model, settings: Settings, to: Lowering
) -> Chosen | None:
    """A network under a system, or under that of the library."""
    assert isinstance(x, ast.Name | ast.Call)
    name = x if isinstance(x, ast.Name) else x.function
    meaning = model.scope.find(name.name)
    if not (isinstance(meaning, FunctionOf) and isinstance(meaning.declaration, ast.Network)):
        names = [n for n in model.scope.all() if _is_network(model.scope.find(n))]
        to.report.add(errors.UNKNOWN_MODEL.at(name.span, name=name.name, near=nearest(name.name, names)))
        return None
    given = _arguments(x, name, meaning.declaration.parameters, to)
    graph = None if given is None else _graph(meaning, given, model, settings, to)
    if graph is None:
        return None
    trainer = system or model.scope.find("neurashed_edges" if graph.factors else "neurashed")
    assert isinstance(trainer, FunctionOf)
    missing = untrained(trainer.declaration, graph)
    if missing:
        there = " and ".join(graph.trained)
        values = {"system": trainer.declaration.name.name, "network": graph.name, "missing": missing, "there": there}
        to.report.add(errors.TRAINS_OTHERS.at(x.span, **values))
        return None
    return _chosen(trainer, arguments, model, settings, graph)


def untrained(system: ast.System, graph: Graph) -> str:
    """A state that a system leaves to the network to start, and that the network hasn't; "" if there is none."""
    started = [i.name.name for i in system.items if isinstance(i, ast.State) and i.value is None]
    return next((name for name in started if name in ("λ", "η", "κ") and name not in graph.trained), "")


def _is_network(meaning: object) -> bool:
    return isinstance(meaning, FunctionOf) and isinstance(meaning.declaration, ast.Network)


def _graph(network: FunctionOf, arguments: Arguments, model: Model, settings: Settings, to: Lowering) -> Graph | None:
    declared: ast.Network = network.declaration
    values: dict[str, Any] = {}
    for name, given in arguments.items():
        number = constant_number(given, model.scope, to)
        if number is None:
            return None
        values[name] = number
    own = {p.name.name for p in declared.parameters}
    values |= {n: v for n, v in settings.values.items() if n in own}
    before = len(to.report.errors)
    graph = elaborate_network(
        declared, network.scope, values, to, DataReader(model.root, model.allowed, model.folders), model.memory
    )
    if graph is not None:
        refuse_taken_names(graph, to)
    return None if graph is None or len(to.report.errors) > before else graph
