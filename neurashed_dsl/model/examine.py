"""All that can be checked without running: every declaration of a file, with its parameters as they stand."""

from collections.abc import Mapping

from neurashed_dsl.diagnostics import Report
from neurashed_dsl.model.asked import read_experiment
from neurashed_dsl.model.cascades import hide_consequences
from neurashed_dsl.model.constant import Settings
from neurashed_dsl.model.contracts import check_law
from neurashed_dsl.model.experiment import elaborate_experiment
from neurashed_dsl.model.graph import Graph
from neurashed_dsl.model.lints import lint
from neurashed_dsl.model.load import Model
from neurashed_dsl.model.lower import lower
from neurashed_dsl.model.network import DataReader, elaborate_network, firing_words
from neurashed_dsl.model.scope import UNKNOWN, FunctionOf, Lowering, Scope
from neurashed_dsl.model.weave import refuse_taken_names
from neurashed_dsl.syntax import ast


def examine(model: Model, settings: Mapping[str, object], report: Report) -> None:
    """Report every mistake of the file, and its warnings."""
    to = Lowering(report, memory=model.memory)
    for name, document in model.documents.items():
        for item in document.items:
            _examine(item, model.homes[name], model, settings, to)
    seen = len(report.errors)
    for item in model.experiments.values():
        own = Lowering(report, memory=model.memory)
        study = elaborate_experiment(model, item, Settings(settings), firing_words, own)
        if study is not None and len(report.errors) == seen:
            read_experiment(item, study, model, own)
    hide_consequences(report, model.unread)


def _examine(item: ast.Declaration, home: Scope, model: Model, settings: Mapping[str, object], to: Lowering) -> None:
    match item:
        case ast.Function():
            scope = home.child({p.name.name: UNKNOWN for p in item.parameters})
            lower(item.body, scope, to)
        case ast.Law():
            check_law(item, home, None, to)
        case ast.Network() if home is model.scope:  # one of another file is looked at where an experiment uses it
            before = len(to.report.errors)
            graph = graph_of(model, item, settings, to)
            if graph is not None:
                refuse_taken_names(graph, to)
            if graph is not None and len(to.report.errors) == before:
                lint(graph, firing_words(graph), to)
        case _:
            pass


def graph_of(model: Model, network: ast.Network, settings: Mapping[str, object], to: Lowering) -> Graph | None:
    """A network with the parameters that `settings` or its defaults give."""
    meaning = model.scope.find(network.name.name)
    home = meaning.scope if isinstance(meaning, FunctionOf) else model.scope
    own = {p.name.name for p in network.parameters}
    if any(p.default is None and p.name.name not in settings for p in network.parameters):
        return None  # it is checked where an experiment says its size
    values = {n: v for n, v in settings.items() if n in own}
    reader = DataReader(model.root, model.allowed)
    return elaborate_network(network, home, values, to, reader, model.memory)  # type: ignore[arg-type]
