"""What stands in `λ[…]` and `η[…]`: node ids, or numbers of votes."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from neurashed_dsl.ir.evaluate import Memory
from neurashed_dsl.model.network import errors
from neurashed_dsl.model.network.classes import Classes
from neurashed_dsl.model.network.columns import Ints
from neurashed_dsl.model.network.refs import Wanted, gathered, members, only_one
from neurashed_dsl.model.network.rows import Rows
from neurashed_dsl.model.scope import Lowering
from neurashed_dsl.syntax import ast


@dataclass(frozen=True, eq=False)
class Places:
    """`sizes`: how many places each trained array has."""

    sizes: Mapping[str, int]
    classes: Classes
    nodes: list[str]


def targets(xs: tuple[ast.Expr, ...], array: str, rows: Rows, places: Places, memory: Memory, to: Lowering) -> Ints | None:
    """The places that a list of targets names, ascending. None after a report."""
    one = _vote_target if array == "η" else _node_target
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
    body = x.body if isinstance(x, ast.Comprehension) else x
    name = body.base if isinstance(body, ast.Index) else body
    if isinstance(name, ast.Name) and classes.wanted.find(name.name, rows.scope) is not None:
        into = gathered((x,), rows, classes.wanted, memory, to)
        return None if into is None else np.flatnonzero(np.isin(classes.targets, into.ids))
    out = members(x, rows, _anything(), memory, to)
    if out is None:
        return None
    found = np.flatnonzero(np.isin(classes.sources, out.ids))
    if not len(found):
        to.report.add(errors.NO_EDGE.at(x.span, source=x.span.text, target="…", sources=""))
        return None
    return found


def _edge(x: ast.EdgeRef, rows: Rows, places: Places, memory: Memory, to: Lowering) -> Ints | None:
    classes = places.classes
    source = members(x.source, rows, _anything(), memory, to)
    target = members(x.target, rows, classes.wanted, memory, to)
    if source is None or target is None:
        return None
    found = np.flatnonzero(np.isin(classes.sources, source.ids) & np.isin(classes.targets, target.ids))
    if not len(found):
        into = classes.sources[np.isin(classes.targets, target.ids)]
        known = ", ".join(f"`{places.nodes[i]}`" for i in into[:5]) + (", …" if len(into) > 5 else "")
        sources = known if only_one(target, rows) else ""
        to.report.add(errors.NO_EDGE.at(x.span, source=x.source.span.text, target=x.target.span.text, sources=sources))
        return None
    return found
