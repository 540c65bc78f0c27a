"""Levels: ids for their nodes, bottom first, then a gate for each node above the bottom."""

from collections.abc import Sequence

import numpy as np

from neurashed_dsl.diagnostics import Span
from neurashed_dsl.ir.evaluate import Memory
from neurashed_dsl.model.network import errors
from neurashed_dsl.model.network.building import Building
from neurashed_dsl.model.network.calls import call
from neurashed_dsl.model.network.columns import Ints
from neurashed_dsl.model.network.constancy import report_constant
from neurashed_dsl.model.network.declare import Block, Piece, declare, pieces, with_origin
from neurashed_dsl.model.network.fickle import gate_of
from neurashed_dsl.model.network.gates import Gates, add
from neurashed_dsl.model.network.names import LevelNodes, Nodes, meaning_of, nodes_meant, written
from neurashed_dsl.model.network.refs import Allow, Wanted, unique
from neurashed_dsl.model.network.rows import Rows, taken
from neurashed_dsl.model.scope import UNKNOWN, Lowering, Scope
from neurashed_dsl.syntax import ast
from neurashed_dsl.values import frozen

# Nodes that are looked at together: enough for NumPy, few enough that a million edges stay small.
CHUNK = 1 << 13
MOST_EDGES = 40_000_000


@frozen
class Levels:
    """Levels with their ids, pieces with their first id, and the names of nodes."""

    levels: tuple[LevelNodes, ...]
    declarations: tuple[ast.Level, ...]
    placed: tuple[tuple[Piece, int], ...]
    block: Block


def declare_levels(
    found: Sequence[tuple[ast.Level, Rows]], where: dict[str, Span], scope: Scope, memory: Memory, to: Lowering
) -> Levels:
    """Ids for all nodes. Their names and the levels' are added to `scope`. `where`: names that are taken already."""
    block = Block({}, {})
    levels: list[LevelNodes] = []
    placed: list[tuple[Piece, int]] = []
    for number, (level, rows) in enumerate(found):
        start, mistakes = block.count, len(to.report.found)
        placed += declare(list(pieces(level.items, rows, memory, to, block)), number, block, to)
        levels.append(LevelNodes(level.name.name, number, start, block.count - start, level.name.span))
        if block.count == start and len(to.report.found) == mistakes:
            to.report.add(errors.EMPTY_LEVEL.at(level.name.span, name=level.name.name))
    declared: list[Nodes | LevelNodes] = [*block.names.values(), *levels]
    for name in block.broken:
        scope.names.setdefault(name, UNKNOWN)
    for nodes in sorted(declared, key=lambda n: n.span.start):
        first = where.setdefault(nodes.name, nodes.span)
        if first is not nodes.span:
            to.report.add(errors.DECLARED_TWICE.at(nodes.span, name=nodes.name, first=first.place))
        if nodes_meant(scope.names.get(nodes.name)) is None:
            scope.names[nodes.name] = meaning_of(nodes)
    return Levels(tuple(levels), tuple(level for level, _ in found), tuple(placed), block)


def lower_rules(levels: Levels, gates: Gates, memory: Memory, to: Lowering) -> tuple[Ints, Ints]:
    """A gate for each node above the bottom. Returns the dependents of all nodes: offsets, members."""
    parents, members = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    for piece, start in levels.placed:
        level = levels.block.names[piece.name.name.name].level
        rule = piece.declaration.rule
        name = piece.name.name
        if level == 0:
            if rule is not None:
                to.report.add(errors.RULE_AT_BOTTOM.at(rule.span, name=name.name))
        elif rule is None:
            to.report.add(errors.NO_RULE.at(piece.name.span, name=name.name))
        else:
            wanted = Wanted(_below(levels, level, to), errors.UNKNOWN_NODE, "rules are made of nodes")
            b = Building(to, memory, gates, wanted, call)
            rows = with_origin(piece, start)
            for at in range(0, max(1, rows.count), CHUNK):
                chunk = rows if rows.count <= CHUNK else taken(rows, np.arange(at, min(at + CHUNK, rows.count)))
                if not rows.count or not _lower_rule(rule, chunk, piece, start, b):
                    break
            if b.mentions:
                found = unique(*(np.concatenate(column) for column in zip(*b.mentions)))
                parents.append(found.parent)
                members.append(found.ids)
    return _rows_of(np.concatenate(parents), np.concatenate(members), gates.nodes)


def _rows_of(parent: Ints, ids: Ints, nodes: int) -> tuple[Ints, Ints]:
    if len(parent) > 1 and not (np.diff(parent) >= 0).all():
        order = np.argsort(parent, kind="stable")
        parent, ids = parent[order], ids[order]
    counts = np.bincount(parent, minlength=nodes)
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.int64), ids


def _below(levels: Levels, level: int, to: Lowering) -> Allow:
    def allow(nodes: Nodes | LevelNodes, span: Span) -> bool:
        if nodes.level >= level:
            place = "of its own level" if nodes.level == level else "of a higher level"
            title = levels.levels[nodes.level].name
            to.report.add(errors.NOT_BELOW.at(span, name=nodes.name, level=title, place=place))
        return nodes.level < level

    return allow


def _lower_rule(rule: ast.Expr, rows: Rows, piece: Piece, start: int, b: Building) -> bool:
    """Gates for these rows. False after a report."""
    before = len(b.mentions)
    gate = gate_of(rule, rows, b)
    if gate is None:
        return False
    window, asks = gate
    mentioned = [parents for parents, _ in b.mentions[before:]]
    named = np.isin(rows.origin, np.concatenate(mentioned)) if mentioned else np.zeros(rows.count, np.bool_)
    if not named.all():
        at = int(rows.origin[int(np.argmin(named))]) - start
        b.to.report.add(errors.NAMES_NO_NODE.at(rule.span, node=_node(piece, at)))
        return False
    if report_constant(window, rule.span, lambda at: _node(piece, int(rows.origin[at]) - start), b.to):
        return False
    if b.gates.edges + len(window.sum.wires) > MOST_EDGES:
        b.to.report.add(errors.TOO_MANY_EDGES.at(rule.span, most=MOST_EDGES))
        return False
    return add(b.gates, rows.origin, window, rule.span, b.to, asks)


def _node(piece: Piece, at: int) -> str:
    return written(piece.name.name.name, [int(c[at]) for c in piece.indices])
