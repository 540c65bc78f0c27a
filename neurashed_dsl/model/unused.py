"""Declarations looked at without their use: a rule with any arguments, a measure of any model, a system over any network.

What is reported here is wrong wherever it stands; what depends on the use is left to the use.
"""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from functools import lru_cache

from neurashed_dsl.builtins.after import AFTER
from neurashed_dsl.diagnostics import Report
from neurashed_dsl.ir.evaluate import Memory
from neurashed_dsl.ir.operators import FUNCTIONS, REDUCERS
from neurashed_dsl.model.chosen import Chosen, untrained
from neurashed_dsl.model.data import DataReader
from neurashed_dsl.model.demands import report_no_function, report_unknown
from neurashed_dsl.model.graph import Graph
from neurashed_dsl.model.load import Model
from neurashed_dsl.model.lower import OF_SETS, lower
from neurashed_dsl.model.network import errors, firing_words
from neurashed_dsl.model.network.building import Building
from neurashed_dsl.model.network.calls import call
from neurashed_dsl.model.network.gates import Gates
from neurashed_dsl.model.network.refs import Wanted
from neurashed_dsl.model.network.rows import single
from neurashed_dsl.model.network.rules import part
from neurashed_dsl.model.probes import PROBES, WORDS
from neurashed_dsl.model.scope import UNKNOWN, FunctionOf, Lowering, Scope
from neurashed_dsl.model.weave import TAKEN, weave, world_of
from neurashed_dsl.syntax import ast
from neurashed_dsl.syntax.walk import walk

CLOCK = ("t", "step", "dt")  # known wherever a model steps


def examine_rule(rule: ast.Rule, home: Scope, to: Lowering) -> None:
    """The body, with parameters of which nothing is known."""
    scope = home.child({p.name.name: UNKNOWN for p in rule.parameters})
    for parameter in rule.parameters:
        if parameter.default is not None:
            lower(parameter.default, scope, to)
    wanted = Wanted(lambda _nodes, _span: True, errors.UNKNOWN_NODE, "rules are made of nodes")
    part(rule.body, single(scope), Building(to, to.memory, Gates(0, 0), wanted, call))


def examine_names(item: ast.Measure | ast.Function, home: Scope, to: Lowering) -> None:
    """Whether there is anything of each name that the body reads: in scope, or in any model that it could be about."""
    defaults = [p.default for p in item.parameters if p.default is not None]
    binders = item.binders if isinstance(item, ast.Measure) else ()
    own = [p.name.name for p in item.parameters] + [b.name for b in binders]
    examine_body((*defaults, item.body), own, home, to)


def examine_body(body: Sequence[ast.Expr], own: Sequence[str], home: Scope, to: Lowering) -> None:
    """The same of expressions that have names of their `own`."""
    models = [m.declaration for n in home.all() if isinstance(m := home.find(n), FunctionOf)]
    models = [m for m in models if isinstance(m, ast.System | ast.Network)]
    bound = {b.name for x in body for b in walk(x) if isinstance(b, ast.Binder)}
    named = frozenset[str]().union(*map(_named_in, models))
    known = {*TAKEN, *CLOCK, *PROBES, *WORDS, *named, *FUNCTIONS, *REDUCERS, *OF_SETS, "axis", *AFTER, *bound, *own}
    scope = home.child(dict.fromkeys(known, UNKNOWN))
    samples = any(map(_has_data, models))
    for name, role in (found for x in body for found in _names_read(x)):
        if _is_something(name.name, scope) or (samples and role == "index"):
            continue  # names of samples may stand in data
        if role == "call":
            report_no_function(name, [known.removesuffix("()") for known in scope.all()], to)
        else:
            report_unknown(name, scope, to)


def _names_read(x: ast.Expr) -> Iterator[tuple[ast.Name, str]]:
    """Names, and whether each is called, an index or neither."""
    inside = list(walk(x))
    calls = {id(n.function) for n in inside if isinstance(n, ast.Call)}
    indices = {id(a.value) for n in inside if isinstance(n, ast.Index | ast.Pick) for a in n.arguments}
    for name in inside:
        if isinstance(name, ast.Name):
            yield name, "call" if id(name) in calls else "index" if id(name) in indices else ""


def _is_something(name: str, scope: Scope) -> bool:
    return scope.find(name) is not None or scope.find(f"{name}()") is not None


@lru_cache(maxsize=256)
def _named_in(model: ast.Node) -> frozenset[str]:
    """What a system or network calls its arrays, axes, nodes and levels. Every function of the library asks it of the same ones."""
    named = (getattr(node, "name", None) for node in walk(model))
    return frozenset(name.name for name in named if isinstance(name, ast.Name))


@lru_cache(maxsize=256)
def _has_data(model: ast.Node) -> bool:
    return any(isinstance(node, ast.InputsFrom) for node in walk(model))


def examine_system(system: ast.System, home: Scope, graphs: Sequence[Graph], model: Model, to: Lowering) -> None:
    """A system over a network, on each network of the file. What is wrong with all of them is wrong with the system."""
    found: list[Report] = []
    if any(p.default is None for p in system.parameters):
        return  # it is looked at where an experiment gives them
    for graph in (g for g in graphs if not untrained(system, g)):
        report = Report()
        lowering = Lowering(report, memory=Memory(arrays=model.memory.arrays))
        chosen = Chosen(
            FunctionOf(system, home), {}, {}, DataReader(model.root, model.allowed, model.folders), home, graph
        )
        dt = Fraction(1) if any(isinstance(i, ast.Next) and i.differential for i in system.items) else None
        weave(chosen, graph, world_of(graph, 1, firing_words), model.parameters, dt, "euler", lowering)
        if not report.errors:
            return
        found.append(report)
    for diagnostic in found[0].errors if found else ():
        to.report.add(diagnostic)
