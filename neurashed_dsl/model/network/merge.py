"""The branches of an `if`, each in its own rows, as one part over all rows."""

from collections.abc import Sequence

import numpy as np

from neurashed_dsl.model.network.columns import Ints
from neurashed_dsl.model.network.formulas import (
    Column,
    Linear,
    Many,
    Part,
    Truths,
    Values,
    Window,
    Wire,
    joined,
    linear_of,
    window_of,
)


def merge(parts: Sequence[Part], places: Sequence[Ints], rows: int) -> Part | None:
    """`places[i]` are the rows of `parts[i]`; together they are all rows, each once. None if they can't be one part."""
    if all(isinstance(p, Truths) for p in parts):
        return Truths(_spread([p.values for p in parts if isinstance(p, Truths)], places))
    if all(isinstance(p, Values) for p in parts):
        return Values(_spread([p.values for p in parts if isinstance(p, Values)], places))
    if all(isinstance(p, Wire) and p.positive for p in parts):
        return Wire(_spread([p.wires for p in parts if isinstance(p, Wire)], places))
    if all(isinstance(p, Many) for p in parts):
        many = [p for p in parts if isinstance(p, Many)]
        return Many(_together([p.count for p in many], places), _spread([p.size for p in many], places))
    if all(isinstance(p, Truths | Wire | Window) for p in parts):
        windows = [window_of(p) for p in parts if isinstance(p, Truths | Wire | Window)]
        low, high = (_spread([getattr(w, end) for w in windows], places) for end in ("low", "high"))
        return Window(_together([w.sum for w in windows], places), low, high)
    if all(isinstance(p, Truths | Wire | Values | Linear) for p in parts):
        return _together([linear_of(p) for p in parts if isinstance(p, Truths | Wire | Values | Linear)], places)
    return None


def _spread(columns: Sequence[Column], places: Sequence[Ints]) -> Column:
    values = joined(columns)
    spread = np.empty_like(values)
    spread[np.concatenate(list(places))] = values
    return spread


def _together(sums: Sequence[Linear], places: Sequence[Ints]) -> Linear:
    parent = np.concatenate([at[a.parent] for a, at in zip(sums, places)])
    order = np.argsort(parent, kind="stable")
    wires, weights = np.concatenate([a.wires for a in sums]), joined([a.weights for a in sums])
    return Linear(parent[order], wires[order], weights[order], _spread([a.constant for a in sums], places))
