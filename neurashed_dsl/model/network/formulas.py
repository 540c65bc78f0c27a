"""What a rule, or a part of one, is in each row, and how such parts are put together.

Truths: `Truths` (known now), `Wire` (a node or helper, or its negation), `Window` (low <= a weighted sum of wires <=
high). Numbers: `Values` (known now), `Linear` (a weighted sum). `Many`: several truths, which a call such as `any` or
`count` makes one of. Weights are int64, or exact Python numbers in object columns; nothing here is rounded.
"""

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

from neurashed_dsl.model.network.columns import Ints
from neurashed_dsl.values import frozen

Column = npt.NDArray[Any]
LOWEST, HIGHEST = -(2**62), 2**62  # bounds that no sum reaches


@frozen
class Truths:
    values: npt.NDArray[np.bool_]
    what: str = "a condition without nodes"


@frozen
class Values:
    values: Column
    what: str = "a number"


@frozen
class Wire:
    wires: Ints
    positive: bool = True
    what: str = "a node"


@frozen
class Linear:
    """constant + the sum of weights over the wires, for each row; `parent`, ascending, is the row of each wire."""

    parent: Ints
    wires: Ints
    weights: Column
    constant: Column
    what: str = "a number"


@frozen
class Window:
    """low <= sum <= high; the sum's constant is 0, its weights, low and high are whole numbers (object where they may
    exceed int64).
    """

    sum: Linear
    low: Column
    high: Column
    what: str = "a condition"


@frozen
class Many:
    """`count` is how many hold, `size` how many there are."""

    count: Linear
    size: Ints
    what: str = "several nodes"


Part = Truths | Values | Wire | Linear | Window | Many


def nothing(rows: int) -> Linear:
    none = np.zeros(0, np.int64)
    return Linear(none, none, none, np.zeros(rows, np.int64))


def is_object(*columns: Column) -> bool:
    return any(c.dtype == object for c in columns)


def joined(columns: Sequence[Column]) -> Column:
    """One after another; objects if any of them is."""
    return np.concatenate([c.astype(object) for c in columns] if is_object(*columns) else list(columns))


def linear_of(part: Wire | Values | Truths | Linear) -> Linear:
    """A number, or a truth as 0 or 1."""
    match part:
        case Linear():
            return part
        case Values(values):
            none = np.zeros(0, np.int64)
            return Linear(none, none, none, values)
        case Truths(truths):
            return linear_of(Values(truths.astype(np.int64)))
        case Wire(wires, positive):
            weights = np.full(len(wires), 1 if positive else -1, np.int64)
            return Linear(np.arange(len(wires)), wires, weights, np.full(len(wires), 0 if positive else 1, np.int64))


def window_of(part: Truths | Wire | Window) -> Window:
    """A truth as what one gate can say."""
    if isinstance(part, Window):
        return part
    a = linear_of(part)
    rows = len(a.constant)
    bare = Linear(a.parent, a.wires, a.weights, np.zeros(rows, np.int64))
    return Window(bare, 1 - a.constant, np.full(rows, HIGHEST))


def total(parts: Sequence[Linear], rows: int) -> Linear:
    """The sum of several sums, row by row."""
    if not parts:
        return nothing(rows)
    if len(parts) == 1:
        return parts[0]
    parent = np.concatenate([p.parent for p in parts])
    order = np.argsort(parent, kind="stable")
    constant = sum((p.constant for p in parts[1:]), parts[0].constant)
    wires = np.concatenate([p.wires for p in parts])
    return Linear(parent[order], wires[order], joined([p.weights for p in parts])[order], constant)


def scaled(a: Linear, by: Column) -> Linear:
    """Times a number for each row."""
    return Linear(a.parent, a.wires, times(a.weights, by[a.parent]), times(a.constant, by))


def times(a: Column, b: Column) -> Column:
    """The exact product: as objects where int64 could overflow."""
    if not len(a):
        return a
    if is_object(a, b):
        return a.astype(object) * b
    largest = float(np.abs(a).max()) * float(np.abs(b).max())
    return a * b if largest < HIGHEST else a.astype(object) * b.astype(object)


def merged(a: Linear) -> Linear:
    """Each wire once in a row; weights of 0 stay."""
    width = int(a.wires.max(initial=0)) + 1
    key = a.parent * width + a.wires
    if len(key) < 2 or (np.diff(key) > 0).all():
        return a
    unique, inverse = np.unique(key, return_inverse=True)
    weights = np.zeros(len(unique), a.weights.dtype) if a.weights.dtype != object else np.full(len(unique), 0, object)
    np.add.at(weights, inverse, a.weights)
    return Linear(unique // width, unique % width, weights, a.constant)


def row_sums(parent: Ints, values: Column, rows: int) -> Column:
    """The sum of the values of each row; rows ascend."""
    if values.dtype == object:
        sums = np.full(rows, 0, object)
        np.add.at(sums, parent, values)
        return sums
    ends = np.concatenate([[0], np.cumsum(values)])
    edges = np.searchsorted(parent, np.arange(rows + 1))
    return np.asarray(ends[edges[1:]] - ends[edges[:-1]])


def span_of(a: Linear, rows: int) -> tuple[Column, Column]:
    """The lowest and the highest value that the sum could have if wires were free."""
    zero = a.weights * 0
    low = row_sums(a.parent, np.where(a.weights < 0, a.weights, zero), rows)
    return low, row_sums(a.parent, np.where(a.weights > 0, a.weights, zero), rows)


def compared(op: str, a: Linear, rows: int) -> Window:
    """`a op 0`, with everything made whole: weights and constant times the least common denominator of their row."""
    a = merged(whole_weights(a, rows))
    bound = -a.constant
    floor, ceil = _floors(bound), -_floors(-bound)
    none, all_ = np.full(rows, LOWEST), np.full(rows, HIGHEST)
    low, high = {
        ">=": (ceil, all_),
        ">": (floor + 1, all_),
        "<=": (none, floor),
        "<": (none, ceil - 1),
        "==": (ceil, floor),
        "!=": (ceil, floor),  # the caller negates it
    }[op]
    return Window(Linear(a.parent, a.wires, a.weights, np.zeros(rows, np.int64)), low, high)


def _floors(values: Column) -> Column:
    if values.dtype != object:
        return values
    floors = np.empty(len(values), object)
    floors[:] = [math.floor(v) for v in values]
    return floors


def whole_weights(a: Linear, rows: int) -> Linear:
    if a.weights.dtype != object:
        return a
    exact = [Fraction(w) for w in a.weights]
    scales = [1] * rows
    for parent, weight in zip(a.parent.tolist(), exact):
        scales[parent] = math.lcm(scales[parent], weight.denominator)
    weights = np.empty(len(exact), object)
    weights[:] = [int(w * scales[p]) for p, w in zip(a.parent.tolist(), exact)]
    constant = np.empty(rows, object)
    constant[:] = [Fraction(c) * s for c, s in zip(a.constant.tolist(), scales)]
    return Linear(a.parent, a.wires, weights, constant)


def negated(window: Window, rows: int) -> Window | None:
    """The opposite, if it is one window in each row; else None."""
    low, high = span_of(window.sum, rows)
    open_low, open_high = window.low <= low, window.high >= high
    if not (open_low | open_high | (window.low > window.high)).all():
        return None
    upper = np.where(open_low, window.high + 1, LOWEST)
    lower = np.where(open_low, HIGHEST, window.low - 1)
    empty = window.low > window.high
    return Window(window.sum, np.where(empty, LOWEST, upper), np.where(empty, HIGHEST, lower))


def _taken(a: Linear, at: Ints) -> Linear:
    starts, ends = np.searchsorted(a.parent, at), np.searchsorted(a.parent, at, side="right")
    sizes = ends - starts
    places = np.repeat(starts - (np.cumsum(sizes) - sizes), sizes) + np.arange(sizes.sum())
    return Linear(np.repeat(np.arange(len(at)), sizes), a.wires[places], a.weights[places], a.constant[at])
