"""A network's graph and the equations of a `system … over network`, woven into one System.

The network brings axes (node, vote, sample, class, item), relations (into, outof, votes), tables (fires, label, src, …) and the laws of each
node and vote; one that amplifies its edges brings the axis `edge`, and the laws are of edges. What the equations don't read is left out.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from neurashed_dsl.diagnostics import NOWHERE, Span
from neurashed_dsl.ir.expr import Apply, Const, Expr, Range, Read, Row, Whole
from neurashed_dsl.ir.system import TIME_STEP, Axis, Fill, Relation, System, Table
from neurashed_dsl.model.arguments import bind_arguments
from neurashed_dsl.model.edges import EdgeLabels, Edges, VoteLabels, edges_in
from neurashed_dsl.model.experiment_errors import TAKEN_NAME
from neurashed_dsl.model.graph import Family, Graph, Level, Start, Trained
from neurashed_dsl.model.laws import ARRAYS, grows_slowly, law_macros
from neurashed_dsl.model.lower import position
from neurashed_dsl.model.parameter import Scalar
from neurashed_dsl.model.probes import PROBES
from neurashed_dsl.model.scope import ArrayOf, Lowering, MacroOf, Meaning, RelationOf, Scope, SetOf, Typed
from neurashed_dsl.model.shown import refuse_tables
from neurashed_dsl.model.system import Equations, assembled, lower_system
from neurashed_dsl.model.system.parameters import refuse_parameter_names
from neurashed_dsl.syntax import ast
from neurashed_dsl.values import frozen

if TYPE_CHECKING:
    from neurashed_dsl.model.chosen import Chosen

Fires = Callable[[Graph], np.ndarray]
TAKEN = frozenset(
    """
    node vote sample class item bottom into outof votes fires shown label weight_of together held src dst trained held_out alive fire rest λ η κ
    """.split()
)
ELEMENTS = {"label": "class", "src": "node", "dst": "class"}  # tables of positions
ELEMENTS |= {"tail": "node", "head": "node", "goal": "class", "edge_of": "edge"}
AXES = {array: axis for axis, array in ARRAYS.items()}
TAKEN_OF_EDGES = frozenset("edge edges tail head goal edge_of outer tied".split())


@frozen
class World:
    """What a network offers to equations: axes, and makers of the relations and tables that may be asked for."""

    graph: Graph
    axes: dict[str, Axis]
    relations: dict[str, Callable[[], Relation]]
    tables: dict[str, Callable[[], Table]]


def world_of(graph: Graph, batch: int, fires: Fires) -> World:
    """`fires(graph)` gives the firing table, uint64[nodes, words]; it is called only if an equation reads it."""
    world = World(graph, _axes(graph, batch), _relations(graph), _tables(graph, fires))
    return _with_edges(world, graph.factors, edges_in(graph)) if graph.factors else world


def _with_edges(world: World, factors: Trained, edges: Edges) -> World:
    """The axis `edge`, the edges into each node, and the ends of each."""
    size = len(edges.tails)
    labels: Any = EdgeLabels(world.graph, edges)
    made: dict[str, tuple[str, Callable[[], np.ndarray]]] = {
        "tail": ("edge", lambda: edges.tails),
        "head": ("edge", lambda: edges.heads),
        "goal": ("edge", lambda: edges.goals),
        "edge_of": ("vote", lambda: np.arange(edges.outer, size)),
        "together": ("edge", lambda: _truths(factors.together, size)),
        "tied": ("edge", lambda: _truths(factors.tied, size)),
    }
    into = Relation("edges", "node", "edge", edges.offsets, np.arange(edges.outer, dtype=np.int32))
    tables: dict[str, Callable[[], Table]] = {name: _maker(name, (axis,), data) for name, (axis, data) in made.items()}
    return replace(
        world,
        axes={**world.axes, "edge": Axis("edge", size, 1, labels)},
        relations={**world.relations, "edges": lambda: into},
        tables={**world.tables, **tables},
    )


def _truths(known: np.ndarray | None, size: int) -> np.ndarray:
    return np.zeros(size, np.bool_) if known is None else known


def _axes(graph: Graph, batch: int) -> dict[str, Axis]:
    sizes = {
        "node": (len(graph.nodes), graph.nodes),
        "vote": (len(graph.vote_sources), VoteLabels(graph)),
        "sample": (len(graph.inputs.names), graph.inputs.names),
        "class": (len(graph.classes), graph.classes),
        "item": (batch, None),
    }
    return {name: Axis(name, size, 1, labels) for name, (size, labels) in sizes.items()}  # type: ignore[arg-type]


def _relations(graph: Graph) -> dict[str, Callable[[], Relation]]:
    nodes, classes = len(graph.nodes), len(graph.classes)
    offsets = np.searchsorted(graph.vote_targets, np.arange(classes + 1)).astype(np.int64)
    votes = np.arange(len(graph.vote_targets), dtype=np.int32)
    held = graph.inputs.held_out
    return {
        "into": lambda: Relation("into", "node", "node", graph.into_offsets, graph.into_members),
        "outof": lambda: Relation("outof", "node", "node", *_transposed(graph.into_offsets, graph.into_members, nodes)),
        "votes": lambda: Relation("votes", "class", "vote", offsets, votes),
        "trained": lambda: _one_row("trained", np.flatnonzero(~held)),
        "held_out": lambda: _one_row("held_out", np.flatnonzero(held)),
    }


def _one_row(name: str, members: np.ndarray) -> Relation:
    return Relation(name, "item", "sample", np.array([0, len(members)], np.int64), members.astype(np.int32))


def _transposed(offsets: np.ndarray, members: np.ndarray, size: int) -> tuple[np.ndarray, np.ndarray]:
    rows = np.repeat(np.arange(len(offsets) - 1, dtype=np.int32), np.diff(offsets))
    order = np.argsort(members, kind="stable")
    counts = np.bincount(members, minlength=size)
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.int64), rows[order]


def _tables(graph: Graph, fires: Fires) -> dict[str, Callable[[], Table]]:
    together = graph.weights.together
    made: dict[str, tuple[tuple[str, ...], Callable[[], np.ndarray]]] = {
        "label": (("sample",), lambda: graph.inputs.labels.astype(np.int64)),
        "weight_of": (("sample",), lambda: graph.inputs.weights),
        "held": (("sample",), lambda: graph.inputs.held_out),
        "src": (("vote",), lambda: graph.vote_sources.astype(np.int64)),
        "dst": (("vote",), lambda: graph.vote_targets.astype(np.int64)),
        "together": (("vote",), lambda: np.ones(len(graph.vote_sources), np.bool_) if together is None else together),
    }
    tables: dict[str, Callable[[], Table]] = {name: _maker(name, *what) for name, what in made.items()}
    tables["fires"] = lambda: Table("fires", ("sample", "node"), fires(graph), packed=True)
    tables["alive"] = lambda: Table("alive", ("node",), np.ones(len(graph.nodes), np.bool_))
    return tables


def _maker(name: str, axes: tuple[str, ...], data: Callable[[], np.ndarray]) -> Callable[[], Table]:
    return lambda: Table(name, axes, data())


def names_of(world: World, to: Lowering) -> dict[str, Meaning]:
    """What a network is called in equations over it, and in records of it."""
    graph = world.graph
    to.axes, to.targets = (
        dict(world.axes),
        {"into": "node", "outof": "node", "votes": "vote", "trained": "sample", "held_out": "sample"},
    )
    to.rows = world.relations
    to.elements |= ELEMENTS
    names = _own_names(graph)
    names |= {name: SetOf(name, Whole(name), lambda _: Const(True)) for name in world.axes}
    names["bottom"] = _nodes(graph.levels[0].start, graph.levels[0].stop)
    names |= {
        "into": RelationOf("into", "node", "node"),
        "outof": RelationOf("outof", "node", "node"),
        "votes": RelationOf("votes", "class", "vote"),
        "fires": ArrayOf("fires", ("sample", "node"), "bool"),
        "alive": ArrayOf("alive", ("node",), "bool"),
        "shown": ArrayOf("shown", ("item", "node"), "bool"),
        "label": ArrayOf("label", ("sample",), "int", "class"),
        "weight_of": ArrayOf("weight_of", ("sample",), "real"),
        "together": ArrayOf("together", ("vote",), "bool"),
        "src": MacroOf(_element("src", "vote")),
        "dst": MacroOf(_element("dst", "vote")),
        "trained": _samples("trained", held=False),
        **{f"{name}()": MacroOf(call) for name, call in PROBES.items()},
    }
    if graph.inputs.held_out.any():
        names["held_out"] = _samples("held_out", held=True)
    return names | _names_of_edges(world, to) if graph.factors else names


def _names_of_edges(world: World, to: Lowering) -> dict[str, Meaning]:
    to.targets = {**to.targets, "edges": "edge"}
    outer = int(world.relations["edges"]().offsets[-1])
    return {
        "edges": RelationOf("edges", "node", "edge", consecutive=True),
        "together": ArrayOf("together", ("edge",), "bool"),
        "tied": ArrayOf("tied", ("edge",), "bool"),
        "outer": _some("edge", outer, world.axes["edge"].size),
        **{name: MacroOf(_element(name, "edge")) for name in ("tail", "head", "goal")},
        "edge_of": MacroOf(_element("edge_of", "vote")),
    }


def _own_names(graph: Graph) -> dict[str, Meaning]:
    """Levels and families."""
    names: dict[str, Meaning] = {v.name: _nodes(v.start, v.stop, v.span) for v in graph.levels}
    for family in graph.families:
        if family.name not in names and len(family.indices) > 1:
            names[family.name] = _nodes(family.start, family.start + len(family.indices), family.span)
    return names


def refuse_taken_names(graph: Graph, to: Lowering) -> None:
    """A level or a family with a name that equations over any network use would be read in its place."""
    parts: list[Level | Family] = [*graph.levels, *(f for f in graph.families if len(f.indices) > 1)]
    taken = TAKEN | TAKEN_OF_EDGES if graph.factors else TAKEN
    for part in parts:
        if part.name in taken and not (part.name == "bottom" and part is graph.levels[0]):
            to.report.add(TAKEN_NAME.at(part.span, name=part.name))


def record_scope(home: Scope, world: World, to: Lowering) -> Scope:
    """The scope of records: levels and families, the model's names, then those of classes, inputs and nodes, then the file's."""
    labelled = Scope(parent=home, labels=(world.axes["class"], world.axes["sample"], world.axes["node"]))
    return labelled.child(to.world).child(_own_names(world.graph))


def _nodes(start: int, stop: int, span: Span = NOWHERE) -> SetOf:
    return _some("node", start, stop, span)


def _some(axis: str, start: int, stop: int, span: Span = NOWHERE) -> SetOf:
    """The positions of an axis from `start` up to, not including, `stop`."""

    def holds(at: Expr) -> Expr:
        below = Apply("<", (at, Const(stop)))
        return below if start == 0 else Apply("and", (Apply(">=", (at, Const(start))), below))

    return SetOf(axis, Range(Const(start), Const(stop), axis), holds, span)


def _samples(name: str, *, held: bool) -> SetOf:
    def holds(at: Expr) -> Expr:
        is_held = Read("held", (at,))
        return is_held if held else Apply("not", (is_held,))

    return SetOf("sample", Row(name, Const(0)), holds)


def _element(table: str, of: str) -> Callable[[Lowering, Scope, ast.Call], Typed]:
    """`src(e)`: what a table holds of a vote or an edge, a position of the axis that `ELEMENTS` says."""

    def call(to: Lowering, scope: Scope, x: ast.Call) -> Typed:
        edge = ast.Parameter(span=x.span, name=ast.Name(span=x.span, name="e"))
        values = bind_arguments(x, table, (edge,), to.report)
        at = position(values["e"], of, table, scope, to) if values else None
        return Typed(Const(0), "unknown") if at is None else Typed(Read(table, (at,), x.span), "int", ELEMENTS[table])

    return call


def weave(
    chosen: "Chosen",
    graph: Graph,
    world: World,
    parameters: Mapping[str, float | int | bool],
    dt: Fraction | None,
    scheme: str,
    to: Lowering,
) -> tuple[System, Equations]:
    """The System without records, `parameters` of the file among its own; `to.world` gains its names. Errors are in `to.report`."""
    scope = chosen.system.scope.child(names_of(world, to))
    to.nonnegative |= {name for name, value in parameters.items() if value >= 0}
    own = chosen.bind(scope, to)
    declaration = chosen.written(to)
    refuse_parameter_names(declaration, parameters, chosen.caller, to)
    step = float(1 if dt is None else dt)
    to.memory.arrays[TIME_STEP] = Scalar(step)
    laws = law_macros({AXES[array]: trained for array, trained in graph.trained.items()}, to)
    scope.names |= laws.names
    to.reals = {array for array, trained in graph.trained.items() if grows_slowly(trained, to)}
    to.nonnegative |= to.reals
    starts = {array: _fills(trained, array) for array, trained in graph.trained.items()}
    equations = lower_system(declaration, scope, starts, chosen.reader, to)
    equations.hashes |= chosen.hashes
    to.world = scope.names
    system = assembled(graph.name, equations, {**parameters, **own, **laws.parameters, TIME_STEP: step}, scheme, to)
    system = replace(system, tables={**laws.tables, **equations.tables}, draws={**equations.draws, **laws.draws})
    refuse_tables(system, graph, to)
    return system, equations


def _fills(trained: Trained, array: str) -> tuple[Fill, ...]:
    drawn = 0
    fills = [Fill(None, (Const(1.0),))] if all(s.where is not None for s in trained.starts) else []
    for start in trained.starts:
        drawn += start.distribution is not None
        fills.append(_fill(start, f"init {array}" + (f" {drawn}" if drawn > 1 else "")))
    return tuple(fills)


def _fill(start: Start, stream: str) -> Fill:
    args = tuple(Const(float(a)) for a in start.arguments)
    return Fill(start.where, args, start.distribution, stream if start.distribution else "")
