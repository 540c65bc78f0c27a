"""Declarations of nodes, classes and inputs in their blocks: `for` unrolled into rows, families expanded, ids given
to names.
"""

from collections.abc import Iterator, Sequence
from dataclasses import field, replace
from typing import Any

import numpy as np

from neurashed_dsl.diagnostics import Bug, Span
from neurashed_dsl.ir.evaluate import Memory
from neurashed_dsl.model.network import errors
from neurashed_dsl.model.network.columns import Ints
from neurashed_dsl.model.network.names import Nodes, names_written, place_of, table_of, written
from neurashed_dsl.model.network.rows import Rows, expand
from neurashed_dsl.model.scope import Lowering, Typed
from neurashed_dsl.syntax import ast
from neurashed_dsl.syntax.walk import walk
from neurashed_dsl.values import changing, frozen

# Names and indices take some 300 bytes each.
MOST_NAMES = 3_000_000


@frozen
class Piece:
    """A declaration and its rows, one for each node it makes. `path`: columns that sort all pieces' rows as they were
    written.
    """

    name: ast.NodeName
    declaration: Any
    rows: Rows
    indices: tuple[Ints, ...]
    path: tuple[Ints, ...]


def pieces(
    items: Sequence[ast.Node], rows: Rows, memory: Memory, to: Lowering, block: "Block", path: tuple[Ints, ...] = ()
) -> Iterator[Piece]:
    """Every declaration in a block, in order. Names whose indices can't be made out are put into `block.broken`."""
    for number, item in enumerate(items):
        here = (*path, np.full(rows.count, number))
        if isinstance(item, ast.For):
            found = expand(item.binders, None, rows, memory, to)
            if found is None:
                block.broken.update(n.name.name for n in walk(item) if isinstance(n, ast.NodeName))
                continue
            inner, parent = found
            outer = (*(p[parent] for p in here), np.arange(inner.count))
            yield from pieces(item.body, inner, memory, to, block, outer)
            continue
        for name in _names(item):
            piece = _piece(name, item, rows, here, memory, to)
            if piece is not None:
                yield piece
            else:
                block.broken.add(name.name.name)


def _names(item: ast.Node) -> tuple[ast.NodeName, ...]:
    match item:
        case ast.NodeDecl():
            return item.names
        case ast.ClassDecl() | ast.InputDecl():
            return (item.name,)
        case _:
            raise Bug(f"{type(item).__name__} declares nothing")


def _piece(
    name: ast.NodeName, item: ast.Node, rows: Rows, path: tuple[Ints, ...], memory: Memory, to: Lowering
) -> Piece | None:
    found = expand(name.binders, None, rows, memory, to)
    if found is None:
        return None
    inner, parent = found
    # Inner binders stand in the scopes around the last one, one scope each.
    values = [_bound_values(inner, b.name) for b in name.binders]
    return Piece(name, item, inner, tuple(values), tuple(p[parent] for p in path))


def _bound_values(rows: Rows, name: str) -> Ints:
    meaning = rows.scope.find(name)
    assert isinstance(meaning, Typed)
    variable: Any = meaning.expr
    return rows.env[variable.name]


@changing
class Block:
    """Names of one name space, with their ids, and where each stands. `broken`: declared, but with mistakes."""

    names: dict[str, Nodes]
    where: dict[str, Span]
    count: int = 0
    broken: set[str] = field(default_factory=set)


def declare(found: Sequence[Piece], level: int, block: Block, to: Lowering) -> list[tuple[Piece, int]]:
    """Ids for all pieces of one level, names together; each piece with its first id. Reports names declared before."""
    groups: dict[str, list[Piece]] = {}
    for piece in found:
        name = piece.name.name.name
        if name in block.where:
            to.report.add(errors.DECLARED_TWICE.at(piece.name.span, name=name, first=block.where[name].place))
        elif name in groups and len(groups[name][0].indices) != len(piece.indices):
            first = groups[name][0].name.span.place
            to.report.add(errors.DECLARED_TWICE.at(piece.name.span, name=name, first=first))
        else:
            groups.setdefault(name, []).append(piece)
    placed: list[tuple[Piece, int]] = []
    for name, group in groups.items():
        if block.count + sum(p.rows.count for p in group) > MOST_NAMES:
            to.report.add(errors.TOO_MANY_NAMES.at(group[0].name.span, most=MOST_NAMES))
            block.broken.add(name)
            continue
        nodes = _nodes(name, group, level, block.count, to)
        block.names[name], block.where[name] = nodes, nodes.span
        at = block.count
        for piece in group:
            placed.append((piece, at))
            at += piece.rows.count
        block.count = at
    return placed


def _nodes(name: str, group: list[Piece], level: int, start: int, to: Lowering) -> Nodes:
    rank = len(group[0].indices)
    count = sum(p.rows.count for p in group)
    indices = tuple(np.concatenate([p.indices[k] for p in group]) for k in range(rank))
    table = table_of(indices, count)
    if len(table.keys) < count:
        _report_repeated(name, group, indices, count, to)
    what = "a family" if rank else "a node"
    # A plain node is one, even if it was reported as declared twice.
    return Nodes(name, level, rank, start, count if rank else 1, indices, table, group[0].name.span, what)


def _report_repeated(name: str, group: list[Piece], indices: tuple[Ints, ...], count: int, to: Lowering) -> None:
    if not indices:
        again, first = (group[1], group[0]) if len(group) > 1 else (group[0], group[0])
        node = name
    else:
        places = place_of(table_of(indices, count), indices, count)
        repeated = int(np.flatnonzero(places != np.arange(count))[0])
        ends = np.cumsum([p.rows.count for p in group])
        again, first = (group[int(np.searchsorted(ends, at, side="right"))] for at in (repeated, int(places[repeated])))
        node = written(name, [int(c[repeated]) for c in indices])
    if first.name.span == again.name.span:
        to.report.add(errors.DECLARED_IN_TURNS.at(again.name.span, name=node, family=name))
    else:
        to.report.add(errors.DECLARED_TWICE.at(again.name.span, name=node, first=first.name.span.place))


def names_of(found: Sequence[tuple[Piece, int]]) -> list[str]:
    """The names of all ids, in the order of the ids."""
    names: list[str] = []
    for piece, _ in sorted(found, key=lambda pair: pair[1]):
        names += names_written(piece.name.name.name, piece.indices, piece.rows.count)
    return names


def with_origin(piece: Piece, start: int) -> Rows:
    """The piece's rows, each its own origin: the id of its node."""
    return replace(piece.rows, origin=np.arange(start, start + piece.rows.count))
