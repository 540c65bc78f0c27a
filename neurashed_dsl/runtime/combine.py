"""The results of cells, put together as one: a dimension for each `sweep`, then those that each cell has.

Where cells differ in their sizes, a coordinate holds the labels of all, and NaN stands where a cell has no such element. So it does in cells that
failed or are missing; `status` says which, and why.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from neurashed_dsl.ir.plan import DONE, MISSING, Sweep

if TYPE_CHECKING:
    import xarray


def combined(
    sweep: Sweep, cells: "Mapping[int, xarray.Dataset]", failures: Mapping[int, str], blank: "xarray.Dataset"
) -> "xarray.Dataset":
    """`blank` has the variables of a cell, for where none was finished."""
    import xarray

    found = list(cells.values()) or [blank]
    dims = dict.fromkeys(str(d) for cell in found for d in cell.dims)
    coordinates = {d: _joined([cell.variables[d].values for cell in found if d in cell.dims]) for d in dims}
    names = dict.fromkeys(str(name) for cell in found for name in cell.data_vars)
    variables = {name: _stacked(name, sweep, cells, found, coordinates) for name in names}
    swept = {
        name: xarray.Variable((axis.name,), values, {"swept": 1})
        for axis in sweep.axes
        for name, values in axis.values.items()
    }
    status = [failures.get(i, DONE if i in cells else MISSING) for i in range(sweep.count)]
    named = ([axis.name for axis in sweep.axes], np.array(status, dtype=object).reshape(sweep.shape))
    further = _further(found, coordinates)
    return xarray.Dataset(variables, {**swept, **coordinates, **further, "status": named})


def _further(found: "Sequence[xarray.Dataset]", coordinates: Mapping[str, Any]) -> dict[str, Any]:
    """Words along a dimension, such as `stage` along time; left out where cells don't agree on them."""
    made: dict[str, Any] = {}
    for name, (dim,) in {
        str(n): c.dims for cell in found for n, c in cell.coords.items() if n not in cell.dims
    }.items():
        told: dict[Any, set[str]] = {label: set() for label in coordinates[str(dim)].tolist()}
        for cell in found:
            for label, word in zip(cell[dim].values.tolist(), cell[name].values.tolist()):
                told[label].add(str(word))
        if all(len(words) == 1 for words in told.values()):
            made[name] = (str(dim), np.array([word for words in told.values() for word in words], dtype=object))
    return made


def _joined(labels: Sequence[Any]) -> Any:
    """Numbers in their order; names as the cell with the most of them has them, then what only others have."""
    if all(np.array_equal(labels[0], other) for other in labels[1:]):
        return labels[0]
    if labels[0].dtype.kind in "iuf":
        return np.unique(np.concatenate(labels))
    ordered = sorted(labels, key=len, reverse=True)
    return np.array(list(dict.fromkeys(name for some in ordered for name in some.tolist())), dtype=object)


def _stacked(
    name: str,
    sweep: Sweep,
    cells: "Mapping[int, xarray.Dataset]",
    found: "Sequence[xarray.Dataset]",
    coordinates: Mapping[str, Any],
) -> Any:
    """One variable of all cells."""
    first = next(cell.variables[name] for cell in found if name in cell)
    dims = [str(d) for d in first.dims]
    whole = np.full((sweep.count, *(len(coordinates[d]) for d in dims)), np.nan)
    for i, cell in cells.items():
        if name not in cell:
            continue
        labels = [cell.variables[d].values for d in dims]
        if all(np.array_equal(own, coordinates[d]) for own, d in zip(labels, dims)):
            whole[i] = cell.variables[name].values
        else:
            places = np.ix_(*(_places(own, coordinates[d]) for own, d in zip(labels, dims)))
            whole[i][places] = cell.variables[name].values
    return [axis.name for axis in sweep.axes] + dims, whole.reshape(*sweep.shape, *whole.shape[1:]), first.attrs


def _places(labels: Any, among: Any) -> list[int]:
    at = {label: i for i, label in enumerate(among.tolist())}
    return [at[label] for label in labels.tolist()]
