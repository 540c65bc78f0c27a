"""Small relations that are worked out before the loop, as whole arrays: no kernel needs to be compiled for them.

Only of truths and whole numbers that are tables, where arrays give what scalars do.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from neurashed_dsl.ir.expr import Apply, Const, Read, Select, Var, arrays, walk
from neurashed_dsl.ir.system import Relation, System, Table, Tabulated
from neurashed_dsl.ir.whole import evaluate_arrays

FEW = 1_000_000  # pairs of a source and a target: from here on a kernel is as quick, even when it has to be compiled
EXACT = {"and", "or", "not", "==", "!=", "<", "<=", ">", ">=", "+", "-", "*"}


def is_small(table: Tabulated, system: System) -> bool:
    """Can it be worked out as whole arrays, for little?"""
    return (
        system.axes[table.source].size * system.axes[table.target].size <= FEW
        and all(
            isinstance(x, Const | Var | Read | Select) or (isinstance(x, Apply) and x.op in EXACT)
            for x in walk(table.holds)
        )
        and all(name in system.tables and system.tables[name].data.dtype.kind in "biu" for name in arrays(table.holds))
    )


def tabulated(table: Tabulated, system: System) -> Relation:
    """The relation; its members are uint32, as kernels have them."""
    import xarray

    spans = {
        table.source_variable: system.axes[table.source].size,
        table.target_variable: system.axes[table.target].size,
    }
    pairs = xarray.DataArray(np.ones(tuple(spans.values()), np.bool_), dims=tuple(spans))
    values: dict[str, Any] = {name: _numbered(system.tables[name], system) for name in arrays(table.holds)}
    values |= {name: xarray.DataArray(np.arange(size), dims=name) for name, size in spans.items()}
    holds = (pairs & evaluate_arrays(table.holds, values, {})).transpose(*spans).values
    offsets = np.cumsum([0, *holds.sum(axis=1)], dtype=np.int64)
    return Relation(table.name, table.source, table.target, offsets, np.nonzero(holds)[1].astype(np.uint32))


def _numbered(table: Table, system: System) -> Any:
    """Its data, with dimensions `@0`, `@1`, …"""
    import xarray

    data = _unpacked(table, system.axes[table.axes[0]].size) if table.packed else table.data
    return xarray.DataArray(data, dims=[f"@{k}" for k in range(data.ndim)])


def _unpacked(table: Table, samples: int) -> npt.NDArray[np.bool_]:
    bits = np.unpackbits(table.data.astype("<u8").view(np.uint8), axis=1, bitorder="little", count=samples)
    return bits.T.astype(np.bool_)
