"""A `network` declaration turned into a Graph: sizes worked out, levels numbered, rules made gates, inputs made bits.

Takes the declaration, the scope of its file and the values of its parameters; reports every mistake it finds in one
go.
"""

from collections.abc import Iterator, Mapping
from dataclasses import field
from fractions import Fraction
from typing import Any

import numpy as np

from neurashed_dsl.ir.evaluate import Memory
from neurashed_dsl.model.data import DataReader
from neurashed_dsl.model.edges import edges_of
from neurashed_dsl.model.graph import Family, Graph, Level
from neurashed_dsl.model.network import errors
from neurashed_dsl.model.network.classes import lower_classes
from neurashed_dsl.model.network.contests import with_contests
from neurashed_dsl.model.network.declare import names_of
from neurashed_dsl.model.network.firing import firing_words
from neurashed_dsl.model.network.gates import Gates, circuit_of
from neurashed_dsl.model.network.inputs import lower_inputs, ordered, table_of_inputs
from neurashed_dsl.model.network.levels import Levels, declare_levels, lower_rules
from neurashed_dsl.model.network.marks import mark
from neurashed_dsl.model.network.parameters import bind_parameters
from neurashed_dsl.model.network.rows import Rows, exact, expand, single, taken
from neurashed_dsl.model.network.samples import read_inputs
from neurashed_dsl.model.network.targets import Places, target_places
from neurashed_dsl.model.network.training import train
from neurashed_dsl.model.scope import Lowering, Scope
from neurashed_dsl.syntax import ast
from neurashed_dsl.values import changing

__all__ = ["DataReader", "elaborate_network", "firing_words", "target_places"]


@changing
class _Parts:
    """The statements of a network by what they are, each with its rows; `for` around them unrolled."""

    levels: list[tuple[ast.Level, Rows]] = field(default_factory=list)
    classes: list[tuple[ast.Classes, Rows]] = field(default_factory=list)
    inputs: list[tuple[ast.Inputs | ast.InputsFrom, Rows]] = field(default_factory=list)
    training: list[tuple[ast.Init | ast.Update, Rows]] = field(default_factory=list)
    amplifies_edges: bool = False


def elaborate_network(
    network: ast.Network,
    home: Scope,
    arguments: Mapping[str, int | float | Fraction],
    lowering: Lowering,
    data: DataReader,
    memory: Memory | None = None,
) -> Graph | None:
    """None only if nothing sensible can be made; mistakes are in `lowering.report`, and a Graph that has any is good
    for pictures only.
    """
    known = exact(memory or lowering.memory)
    scope = home.child()
    if None in bind_parameters(network.parameters, arguments, network.name.name, scope, known, lowering).values():
        return None
    parts = _parts(network, single(scope), known, lowering)
    if not parts.levels:
        lowering.report.add(errors.NO_LEVELS.at(network.name.span, name=network.name.name))
        return None
    taken_names = {p.name.name: p.name.span for p in network.parameters}
    levels = declare_levels(parts.levels, taken_names, scope, known, lowering)
    _require(network, parts, lowering)
    return _graph(network, levels, parts, scope, data, known, lowering)


def _require(network: ast.Network, parts: _Parts, to: Lowering) -> None:
    for found, kind in ((parts.classes, errors.NO_CLASSES), (parts.inputs, errors.NO_INPUTS)):
        if not found:
            to.report.add(kind.at(network.name.span, name=network.name.name))


def _parts(network: ast.Network, rows: Rows, memory: Memory, to: Lowering) -> _Parts:
    parts = _Parts()
    for item, here in _unrolled(network.items, rows, memory, to):
        match item:
            case ast.Level():
                parts.levels.append((item, here))
            case ast.Classes():
                parts.classes.append((item, here))
            case ast.Inputs() | ast.InputsFrom():
                parts.inputs.append((item, here))
            case ast.Init() | ast.Update():
                parts.training.append((item, here))
            case _:
                parts.amplifies_edges = True
    return parts


def _unrolled(items: tuple[ast.Node, ...], rows: Rows, memory: Memory, to: Lowering) -> Iterator[tuple[ast.Node, Rows]]:
    """Statements one at a time: their order matters, so `for` around them is a loop here."""
    for item in items:
        if not isinstance(item, ast.For):
            yield item, rows
            continue
        found = expand(item.binders, None, rows, memory, to)
        for at in range(found[0].count if found else 0):
            yield from _unrolled(item.body, taken(found[0], np.array([at])) if found else rows, memory, to)


def _graph(
    network: ast.Network, levels: Levels, parts: _Parts, scope: Scope, data: DataReader, memory: Memory, to: Lowering
) -> Graph:
    gates = Gates(levels.block.count, levels.block.count)
    offsets, members = lower_rules(levels, gates, memory, to)
    classes = lower_classes(parts.classes, levels, memory, to)
    nodes = names_of(levels.placed)
    bottom = levels.levels[0].count
    samples = [
        lower_inputs(block, rows, levels, classes, memory, to)
        if isinstance(block, ast.Inputs)
        else read_inputs(block, rows, levels, nodes, classes, memory, data, to)
        for block, rows in parts.inputs
    ]
    inputs = table_of_inputs(ordered(samples, ()), bottom, network, to)
    edges = None
    if parts.amplifies_edges:
        edges = edges_of(bottom, offsets, members, classes.sources, classes.targets)
    sizes = {"κ": len(edges.tails)} if edges else {"λ": len(nodes), "η": len(classes.sources)}
    trained = train(parts.training, network, Places(sizes, classes, nodes, edges), memory, to)
    return Graph(
        name=network.name.name,
        levels=tuple(_level(x, d) for x, d in zip(levels.levels, levels.declarations)),
        families=_families(levels, scope),
        nodes=nodes,
        into_offsets=offsets,
        into_members=members.astype(np.int32),
        circuit=with_contests(circuit_of(gates, bottom), gates.contests, levels.levels, to),
        classes=classes.names,
        vote_sources=classes.sources.astype(np.int32),
        vote_targets=classes.targets.astype(np.int32),
        inputs=inputs,
        amplification=trained["λ"],
        weights=trained["η"],
        factors=trained["κ"] if edges else None,
        span=network.span,
    )


def _level(level: Any, declared: ast.Level) -> Level:
    title = declared.title.value if declared.title else ""
    return Level(level.name, title, level.start, level.start + level.count, level.span)


def _families(levels: Levels, scope: Scope) -> tuple[Family, ...]:
    marks: dict[str, list[str]] = {}
    for piece, _ in levels.placed:
        found = mark(piece.declaration.rule, scope)
        known = marks.setdefault(piece.name.name.name, [])
        known += [found] if found not in known else []
    return tuple(
        Family(n.name, levels.levels[n.level].name, n.start, _indices(n), " / ".join(marks[n.name]), n.span)
        for n in levels.block.names.values()
    )


def _indices(nodes: Any) -> list[tuple[int, ...]]:
    return list(zip(*(c.tolist() for c in nodes.indices))) if nodes.rank else [()] * nodes.count
