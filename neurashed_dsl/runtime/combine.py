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
    coordinates = {str(d): _joined([cell[d].values for cell in found if d in cell.dims]) for c in found for d in c.dims}
    variables = {
        str(name): _stacked(str(name), sweep, cells, found, coordinates) for c in found for name in c.data_vars
    }
    swept = {
        name: xarray.Variable((axis.name,), values, {"swept": 1})
        for axis in sweep.axes
        for name, values in axis.values.items()
    }
    status = [failures.get(i, DONE if i in cells else MISSING) for i in range(sweep.count)]
    named = ([axis.name for axis in sweep.axes], np.array(status, dtype=object).reshape(sweep.shape))
    return xarray.Dataset(variables, {**swept, **coordinates, "status": named})


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
    first = next(cell[name] for cell in found if name in cell)
    dims = [str(d) for d in first.dims]
    whole = np.full((sweep.count, *(len(coordinates[d]) for d in dims)), np.nan)
    for i, cell in cells.items():
        if name not in cell:
            continue
        values = cell[name].values
        if values.shape == whole.shape[1:]:
            whole[i] = values
        else:
            whole[i][np.ix_(*(_places(cell[d].values, coordinates[d]) for d in dims))] = values
    return [axis.name for axis in sweep.axes] + dims, whole.reshape(*sweep.shape, *whole.shape[1:]), first.attrs


def _places(labels: Any, among: Any) -> list[int]:
    at = {label: i for i, label in enumerate(among.tolist())}
    return [at[label] for label in labels.tolist()]
