"""What stands in `λ[…]`, `η[…]` and `κ[…]`: node ids, or numbers of votes or of edges."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from neurashed_dsl.diagnostics import NOWHERE, Span
from neurashed_dsl.ir.evaluate import Memory
from neurashed_dsl.model.edges import Edges, edges_in
from neurashed_dsl.model.graph import Graph
from neurashed_dsl.model.network import errors
from neurashed_dsl.model.network.classes import Classes, class_names
from neurashed_dsl.model.network.columns import Ints
from neurashed_dsl.model.network.declare import Block
from neurashed_dsl.model.network.names import LevelNodes, Nodes, meaning_of, nodes_meant, table_of
from neurashed_dsl.model.network.refs import Wanted, gathered, members, only_one
from neurashed_dsl.model.network.rows import Rows, single
from neurashed_dsl.model.scope import Lowering, Scope
from neurashed_dsl.syntax import ast
from neurashed_dsl.values import frozen


@frozen
class Places:
    """`sizes`: how many places each trained array has. `edges`: of a network that amplifies them."""

    sizes: Mapping[str, int]
    classes: Classes
    nodes: list[str]
    edges: Edges | None = None


def targets(
    xs: tuple[ast.Expr, ...], array: str, rows: Rows, places: Places, memory: Memory, to: Lowering
) -> Ints | None:
    """The places that a list of targets names, ascending. None after a report."""
    one = {"λ": _node_target, "η": _vote_target, "κ": _edge_target}[array]
    found = [one(x, rows, places, memory, to) for x in xs]
    known = [ids for ids in found if ids is not None]
    if len(known) < len(found):
        return None
    return np.unique(np.concatenate(known)) if known else np.zeros(0, np.int64)


def _anything() -> Wanted:
    return Wanted(lambda nodes, span: True, errors.NO_SUCH_NODE, "nodes, families and levels stand here")


def _node_target(x: ast.Expr, rows: Rows, places: Places, memory: Memory, to: Lowering) -> Ints | None:
    if isinstance(x, ast.EdgeRef):
        to.report.add(errors.EDGE_OF_NODES.at(x.span))
        return None
    found = members(x, rows, _anything(), memory, to)
    return None if found is None else found.ids


def _vote_target(x: ast.Expr, rows: Rows, places: Places, memory: Memory, to: Lowering) -> Ints | None:
    """An edge, all edges into a class, or all edges out of nodes."""
    classes = places.classes
    if isinstance(x, ast.EdgeRef):
        return _edge(x, rows, places, memory, to)
    if _is_class(x, rows, classes):
        into = gathered((x,), rows, classes.wanted, memory, to)
        return None if into is None else np.flatnonzero(np.isin(classes.targets, into.ids))
    out = members(x, rows, _node_or_class(classes), memory, to)
    if out is None:
        return None
    found = np.flatnonzero(np.isin(classes.sources, out.ids))
    if not len(found) and not classes.lost:
        to.report.add(errors.NO_VOTE.at(x.span, source=x.span.text))
    return found if len(found) else None


def _edge(x: ast.EdgeRef, rows: Rows, places: Places, memory: Memory, to: Lowering) -> Ints | None:
    classes = places.classes
    source = members(x.source, rows, _anything(), memory, to)
    target = members(x.target, rows, classes.wanted, memory, to)
    if source is None or target is None:
        return None
    found = np.flatnonzero(np.isin(classes.sources, source.ids) & np.isin(classes.targets, target.ids))
    if not len(found) and not classes.lost.intersection(target.ids.tolist()):
        into = classes.sources[np.isin(classes.targets, target.ids)]
        _no_edge(x, [places.nodes[i] for i in into] if only_one(target, rows) else [], to)
    return found if len(found) else None


def _node_or_class(classes: Classes) -> Wanted:
    return replace(
        _anything(), unknown=errors.NO_NODE_OR_CLASS, all=lambda s: [*_anything().all(s), *classes.wanted.all(s)]
    )


def _named(x: ast.Expr) -> str:
    """The name of the node, family, level or class that is meant."""
    body = x.body if isinstance(x, ast.Comprehension) else x
    name = body.base if isinstance(body, ast.Index) else body
    return name.name if isinstance(name, ast.Name) else ""


def _is_class(x: ast.Expr, rows: Rows, classes: Classes) -> bool:
    return classes.wanted.find(_named(x), rows.scope) is not None


def _edge_target(x: ast.Expr, rows: Rows, places: Places, memory: Memory, to: Lowering) -> Ints | None:
    """Edges from nodes to nodes or classes, or all edges into some; into nodes of the first level they come from sensors."""
    edges = places.edges
    assert edges is not None
    if not isinstance(x, ast.EdgeRef):
        return _edges_into(x, rows, places, memory, to)
    sources = members(x.source, rows, _anything(), memory, to)
    into = _edges_into(x.target, rows, places, memory, to)
    if sources is None or into is None:
        return None
    found = into[(into >= edges.sensors) & np.isin(edges.tails[into], sources.ids)]
    if not len(found) and not places.classes.lost:
        known = [places.nodes[i] for i in edges.tails[into[into >= edges.sensors]].tolist()]
        _no_edge(x, list(dict.fromkeys(known)), to)
    return found if len(found) else None


def _edges_into(x: ast.Expr, rows: Rows, places: Places, memory: Memory, to: Lowering) -> Ints | None:
    """Numbers of the edges into nodes or classes, ascending. A name that both bear means both."""
    edges, found = places.edges, list[Ints]()
    assert edges is not None
    is_class = _is_class(x, rows, places.classes)
    if is_class:
        classes = gathered((x,), rows, places.classes.wanted, memory, to)
        if classes is None:
            return None
        found.append(edges.outer + np.flatnonzero(np.isin(places.classes.targets, classes.ids)))
    if not is_class or nodes_meant(rows.scope.find(_named(x))):
        nodes = members(x, rows, _node_or_class(places.classes), memory, to)
        if nodes is None:
            return None
        found.append(np.flatnonzero(np.isin(edges.heads[: edges.outer], nodes.ids)))
    return np.sort(np.concatenate(found))


def _no_edge(x: ast.EdgeRef, sources: list[str], to: Lowering) -> None:
    known = ", ".join(f"`{name}`" for name in sources[:5]) + (", …" if len(sources) > 5 else "")
    to.report.add(errors.NO_EDGE.at(x.span, source=x.source.span.text, target=x.target.span.text, sources=known))


def target_places(target: ast.Index, axis: str, graph: Graph, to: Lowering) -> Ints | None:
    """The nodes (`axis` "node"), votes ("vote") or edges ("edge") that an index of λ, η or κ names, in a network made
    before. None after a report.
    """
    scope = Scope()
    for family in graph.families:
        scope.names[family.name] = meaning_of(_nodes(family.name, family.start, list(family.indices), family.span))
    for number, level in enumerate(graph.levels):
        scope.names[level.name] = meaning_of(
            LevelNodes(level.name, number, level.start, level.stop - level.start, level.span)
        )
    classes = Classes(
        list(graph.classes),
        graph.vote_sources.astype(np.int64),
        graph.vote_targets.astype(np.int64),
        _class_names(graph),
    )
    sizes = {name: len(trained.law) for name, trained in graph.trained.items()}
    places = Places(sizes, classes, list(graph.nodes), edges_in(graph) if graph.factors else None)
    indices = tuple(a.value for a in target.arguments)
    return targets(indices, {"vote": "η", "edge": "κ"}.get(axis, "λ"), single(scope), places, to.memory, to)


def _nodes(name: str, start: int, indices: list[tuple[int, ...]], span: Span) -> Nodes:
    rank = len(indices[0]) if indices else 0
    columns = tuple(np.array([i[k] for i in indices], np.int64) for k in range(rank))
    return Nodes(name, 0, rank, start, len(indices), columns, table_of(columns, len(indices)), span)


def _class_names(graph: Graph) -> Wanted:
    block = Block({}, {})
    groups: dict[str, list[tuple[int, ...]]] = {}
    for written in graph.classes:
        name, _, rest = written.partition("[")
        groups.setdefault(name, []).append(tuple(map(int, rest.rstrip("]").split(","))) if rest else ())
    for name, indices in groups.items():
        block.names[name] = _nodes(name, block.count, indices, NOWHERE)
        block.count += len(indices)
    return class_names(block)
