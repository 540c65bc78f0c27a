"""References: the node ids that `cat`, `x`, `x[c, 1..3]`, `x[c, *]`, a level's name or a comprehension stand for, in
each row.
"""

from collections.abc import Callable

import numpy as np

from neurashed_dsl.diagnostics import Kind, Span, nearest
from neurashed_dsl.ir.evaluate import Memory
from neurashed_dsl.model.demands import described
from neurashed_dsl.model.network import errors
from neurashed_dsl.model.network.columns import Ints
from neurashed_dsl.model.network.names import LevelNodes, Nodes, nodes_meant, place_of
from neurashed_dsl.model.network.rows import Rows, expand, ranges, too_many, whole
from neurashed_dsl.model.scope import UNKNOWN, Lowering, Meaning, Scope, declared_at
from neurashed_dsl.syntax import ast
from neurashed_dsl.values import frozen

Allow = Callable[[Nodes | LevelNodes, Span], bool]


@frozen
class Members:
    """Ids, and the row of each; rows ascend."""

    parent: Ints
    ids: Ints


@frozen
class Wanted:
    """What may be named here. `allow` reports what may not; `unknown` is the message for names of nothing."""

    allow: Allow
    unknown: Kind = errors.NO_SUCH_NODE
    hint: str = ""
    find: Callable[[str, Scope], Meaning | None] = lambda name, scope: scope.find(name)
    all: Callable[[Scope], list[str]] = lambda scope: [n for n in scope.all() if nodes_meant(scope.find(n))]


def members(x: ast.Expr, rows: Rows, wanted: Wanted, memory: Memory, to: Lowering) -> Members | None:
    """None after a report."""
    match x:
        case ast.Name():
            nodes = named(x, rows, wanted, to)
            if nodes is None or too_many(float(nodes.count) * rows.count, x.span, to):
                return None
            return everywhere(nodes.start, nodes.count, rows.count)
        case ast.Index():
            return _indexed(x, rows, wanted, memory, to)
        case ast.Comprehension():
            expanded = expand(x.binders, x.where, rows, memory, to)
            if expanded is None:
                return None
            inner, parent = expanded
            found = members(x.body, inner, wanted, memory, to)
            return None if found is None else Members(parent[found.parent], found.ids)
        case _:
            to.report.add(errors.NOT_A_NODE.at(x.span, what="a formula", hint=wanted.hint))
            return None


def gathered(refs: tuple[ast.Expr, ...], rows: Rows, wanted: Wanted, memory: Memory, to: Lowering) -> Members | None:
    """All that several references name, each node once in a row, ascending. None after a report."""
    found = [members(x, rows, wanted, memory, to) for x in refs]
    kept = [m for m in found if m is not None]
    if len(kept) < len(found):
        return None
    if not kept:
        return Members(np.zeros(0, np.int64), np.zeros(0, np.int64))
    return unique(np.concatenate([m.parent for m in kept]), np.concatenate([m.ids for m in kept]))


def unique(parent: Ints, ids: Ints) -> Members:
    """Pairs ascending by row, then by id, each once."""
    width = int(ids.max(initial=0)) + 1
    key = parent * width + ids
    if len(key) > 1 and not (np.diff(key) > 0).all():
        key = np.sort(key)  # np.unique hashes, and is ten times slower on keys that are all but distinct
        key = key[np.concatenate([[True], np.diff(key) > 0])]
    return Members(key // width, key % width)


def everywhere(start: int, count: int, rows: int) -> Members:
    """The same ids in every row."""
    return Members(np.repeat(np.arange(rows), count), np.tile(np.arange(start, start + count), rows))


def named(x: ast.Name, rows: Rows, wanted: Wanted, to: Lowering) -> Nodes | LevelNodes | None:
    meaning = wanted.find(x.name, rows.scope)
    found = nodes_meant(meaning)
    if found is not None:
        return found if wanted.allow(found, x.span) else None
    if meaning is UNKNOWN:
        return None  # reported where it is declared
    pool = wanted.all(rows.scope)
    if meaning is None or x.name in pool:
        near = nearest(x.name, pool)
        where = declared_at(wanted.find(near, rows.scope))
        values = {"name": x.name, "near": near, "where": where.place if where else "", "known": ", ".join(pool[:10])}
        to.report.add(wanted.unknown.at(x.span, **values))
    else:
        what, _ = described(x.name, meaning)
        to.report.add(errors.NOT_A_NODE.at(x.span, what=what, hint=wanted.hint))
    return None


def _indexed(x: ast.Index, rows: Rows, wanted: Wanted, memory: Memory, to: Lowering) -> Members | None:
    family = named(x.base, rows, wanted, to)
    if family is None:
        return None
    if isinstance(family, LevelNodes) or family.rank == 0:
        to.report.add(errors.NOT_A_FAMILY.at(x.span, name=x.base.name))
        return None
    if family.rank != len(x.arguments):
        said = {"name": x.base.name, "rank": counted(family.rank), "given": len(x.arguments)}
        to.report.add(errors.WRONG_INDICES.at(x.span, **said))
        return None
    parent, values = np.arange(rows.count), list[Ints]()
    for number, argument in enumerate(x.arguments):
        found = _index_values(argument.value, family.table.axes[number], rows, memory, to)
        if found is None:
            return None
        crossed = _crossed(parent, values, *found, rows.count, x.span, to)
        if crossed is None:
            return None
        parent, values = crossed
    return _found(x, family, parent, values, to)


def _index_values(x: ast.Expr, axis: Ints, rows: Rows, memory: Memory, to: Lowering) -> tuple[Ints, Ints] | None:
    """The values of one index, and the row of each."""
    if isinstance(x, ast.Star):
        if too_many(float(len(axis)) * rows.count, x.span, to):
            return None
        return np.tile(axis, rows.count), np.repeat(np.arange(rows.count), len(axis))
    if isinstance(x, ast.Interval):
        low, high = whole(x.low, rows, memory, to), whole(x.high, rows, memory, to)
        return None if low is None or high is None else ranges(low, high, x.span, to)
    if isinstance(x, ast.ListOf):
        columns = [whole(e, rows, memory, to) for e in x.items]
        known = [c for c in columns if c is not None]
        if len(known) < len(columns):
            return None
        stacked = np.stack(known, axis=1) if known else np.zeros((rows.count, 0), np.int64)
        return stacked.reshape(-1), np.repeat(np.arange(rows.count), len(columns))
    values = whole(x, rows, memory, to)
    return None if values is None else (values, np.arange(rows.count))


def _crossed(
    parent: Ints, values: list[Ints], more: Ints, rows_of: Ints, count: int, span: Span, to: Lowering
) -> tuple[Ints, list[Ints]] | None:
    """Every combination, in each row, of the index tuples so far with the values of one more index."""
    if len(more) == count and len(parent) == count:
        return parent, [*values, more]
    sizes = np.bincount(rows_of, minlength=count)
    starts = np.cumsum(sizes) - sizes
    repeats = sizes[parent]
    if too_many(float(repeats.sum()), span, to):
        return None
    old = np.repeat(np.arange(len(parent)), repeats)
    within = np.arange(len(old)) - np.repeat(np.cumsum(repeats) - repeats, repeats)
    at = starts[parent[old]] + within
    return parent[old], [*(v[old] for v in values), more[at]]


def _found(x: ast.Index, family: Nodes, parent: Ints, values: list[Ints], to: Lowering) -> Members | None:
    places = place_of(family.table, values, len(parent))
    missing = places < 0
    if any(isinstance(a.value, ast.Star) for a in x.arguments):
        # `x[i, *]` of a family that isn't a box takes what there is; only a row that finds nothing at all is a mistake.
        served = np.unique(parent[~missing])
        lost = missing & ~np.isin(parent, served)
        parent, places, missing = parent[~missing], places[~missing], lost
    if not missing.any():
        return Members(parent, places + family.start)
    first = int(np.flatnonzero(missing)[0])
    at = ["*" if isinstance(a.value, ast.Star) else str(v[first]) for a, v in zip(x.arguments, values)]
    node = f"{x.base.name}[{','.join(at)}]"
    to.report.add(errors.OUT_OF_FAMILY.at(x.span, node=node, name=x.base.name, ranges=_ranges(family)))
    return None


def _ranges(family: Nodes) -> str:
    return ", ".join(f"{a[0]}..{a[-1]}" if len(a) else "nothing" for a in family.table.axes)


def only_one(found: Members, rows: Rows) -> bool:
    """Whether each row names exactly one."""
    return len(found.parent) == rows.count and bool((found.parent == np.arange(rows.count)).all())


def counted(indices: int) -> str:
    return "1 index" if indices == 1 else f"{indices} indices"
