"""Names of nodes: which ids a name, with or without indices, stands for.

A `Nodes` is all that was declared under one name: a plain node (rank 0), or a family, whose members may come from
several declarations. Ids of one name follow one another, in the order of the declarations.
"""

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from neurashed_dsl.diagnostics import NOWHERE, Span
from neurashed_dsl.model.network.columns import Ints
from neurashed_dsl.model.scope import FunctionOf, Meaning, Scope
from neurashed_dsl.values import frozen


@frozen
class Nodes:
    """Ids start .. start + count - 1. `indices`: one column for each index, in the order of the ids."""

    name: str
    level: int
    rank: int
    start: int
    count: int
    indices: tuple[Ints, ...]
    table: "Table"
    span: Span = NOWHERE
    what: str = "a node"


@frozen
class LevelNodes:
    """A whole level, under its name."""

    name: str
    level: int
    start: int
    count: int
    span: Span = NOWHERE
    what: str = "a level"


@frozen
class Table:
    """Where an index tuple stands among its family. `axes`: the values that each index takes, ascending.

    `dense`: over the box of all combinations, the place or -1 (None: `keys` ascending, and `places` of each).
    """

    axes: tuple[Ints, ...]
    dense: Ints | None
    keys: Ints
    places: Ints


def table_of(indices: Sequence[Ints], count: int) -> Table:
    """A table for the lookups of `place_of`. Where an index tuple comes twice, the first is found."""
    axes = tuple(np.unique(column) for column in indices)
    keys, _ = _key(axes, indices, count)
    box = math.prod(len(a) for a in axes)
    unique, first = np.unique(keys, return_index=True)
    if box > 4 * count + 64:
        return Table(axes, None, unique, first)
    dense = np.full(box, -1, np.int64)
    dense[unique] = first
    return Table(axes, dense, unique, first)


def _key(axes: Sequence[Ints], indices: Sequence[Ints], count: int) -> tuple[Ints, npt.NDArray[np.bool_]]:
    """A number for each index tuple, and whether each of its indices is one that occurs."""
    key = np.zeros(count, np.int64)
    known = np.ones(count, np.bool_)
    for axis, column in zip(axes, indices):
        if not len(axis):
            return key, np.zeros(count, np.bool_)
        at = column - axis[0] if axis[-1] - axis[0] == len(axis) - 1 else np.searchsorted(axis, column)
        at = np.clip(at, 0, len(axis) - 1)
        known &= axis[at] == column
        key = key * len(axis) + at
    return key, known


def place_of(table: Table, indices: Sequence[Ints], count: int) -> Ints:
    """The place of each index tuple in the family, -1 for one that it doesn't have."""
    key, known = _key(table.axes, indices, count)
    if table.dense is not None:
        found = table.dense[np.where(known, key, 0)] if len(table.dense) else key
        return np.where(known, found, -1)
    at = np.clip(np.searchsorted(table.keys, key), 0, len(table.keys) - 1)
    return np.where(known & (table.keys[at] == key), table.places[at], -1)


def written(name: str, indices: Sequence[int]) -> str:
    """A node's name as the user writes it: `cat`, `x[1,2]`."""
    return f"{name}[{','.join(map(str, indices))}]" if indices else name


def names_written(name: str, indices: Sequence[Ints], count: int) -> list[str]:
    if not indices:
        return [name] * count
    form = name.replace("%", "%%") + "[" + ",".join(["%d"] * len(indices)) + "]"
    return [form % index for index in zip(*(c.tolist() for c in indices))]


def meaning_of(nodes: Nodes | LevelNodes) -> FunctionOf:
    """Nodes stand in scopes beside parameters and indices, so that inner names hide outer ones."""
    return FunctionOf(nodes, Scope(), nodes.span)


def nodes_meant(meaning: Meaning | None) -> Nodes | LevelNodes | None:
    if isinstance(meaning, FunctionOf) and isinstance(meaning.declaration, Nodes | LevelNodes):
        return meaning.declaration
    return None
