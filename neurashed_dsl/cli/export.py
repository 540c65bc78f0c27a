"""`nshed export`: a result as a long table for other programs, one row for each number.

The columns are `record`, every dimension and coordinate of any record (empty where a record lacks it), and `value`.
`.npz` and `.json` keep the arrays as they are, with their coordinates.
"""

import json
import sys
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from neurashed_dsl.cli.failure import WELL
from neurashed_dsl.cli.store import read
from neurashed_dsl.cli.terminal import say
from neurashed_dsl.diagnostics import WrongUse, nearest
from neurashed_dsl.runtime.files import replacing
from neurashed_dsl.syntax.spelling import spelled


def export(file: Path, out: Path | None, only: Sequence[str]) -> int:
    if out is not None and out.suffix not in WRITERS:
        raise WrongUse(f"`{out}` must end in one of {', '.join(WRITERS)}")
    result = choose(read(file), only)
    if out is None:
        long_table(result).to_csv(sys.stdout, index=False)
        return WELL
    with replacing(out) as draft:
        WRITERS[out.suffix](result, draft)
    say(f"wrote {out}")
    return WELL


def choose(result: xr.Dataset, only: Sequence[str]) -> xr.Dataset:
    known = [str(name) for name in result.data_vars]
    wanted = list(map(spelled, only))
    for name in wanted:
        if name not in known:
            near = nearest(name, known)
            raise WrongUse(
                f"the result has no record `{name}`"
                + (f"; did you mean `{near}`?" if near else f"; it has {', '.join(known)}")
            )
    return result[wanted] if wanted else result


def long_table(result: xr.Dataset) -> pd.DataFrame:
    """One row for each number of each record."""
    parts = [rows(str(name), array) for name, array in result.data_vars.items()]
    if not parts:
        return pd.DataFrame(columns=["record", "value"])
    table = pd.concat(parts, ignore_index=True)
    return table[[c for c in table.columns if c != "value"] + ["value"]]


def rows(name: str, array: xr.DataArray) -> pd.DataFrame:
    grids = np.meshgrid(*(np.arange(n) for n in array.shape), indexing="ij")
    at = dict(zip(array.dims, grids, strict=True))
    labels = {str(c): values.values[tuple(at[d] for d in values.dims)].ravel() for c, values in array.coords.items()}
    plain = {str(d): grid.ravel() for d, grid in at.items() if d not in array.coords}
    values = array.values.ravel()
    return pd.DataFrame(
        {"record": name, **plain, **labels, "value": values.astype(int) if values.dtype == bool else values}
    )


def write_csv(result: xr.Dataset, file: Path) -> None:
    long_table(result).to_csv(file, index=False)


def write_parquet(result: xr.Dataset, file: Path) -> None:
    try:
        import pyarrow  # noqa: F401
    except ImportError:
        raise WrongUse("writing Parquet needs pyarrow: pip install 'nshed[parquet]'") from None
    long_table(result).to_parquet(file, index=False)


def write_npz(result: xr.Dataset, file: Path) -> None:
    # Not np.savez: its own parameters (`file`, …) are names that a record may bear.
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, array in result.variables.items():
            with archive.open(f"{name}.npy", "w", force_zip64=True) as out:
                np.lib.format.write_array(out, plain_array(array.values), allow_pickle=False)


def plain_array(values: np.ndarray) -> np.ndarray:
    # An array of objects would be pickled, and refused by who reads it.
    return values.astype(str) if values.dtype.kind in "OT" else values


def write_json(result: xr.Dataset, file: Path) -> None:
    with file.open("w", encoding="utf-8") as out:
        json.dump(finite(result.to_dict()), out, ensure_ascii=False, allow_nan=False)


def finite(value: object) -> object:
    """JSON has no NaN and no infinity: they become null, "inf" and "-inf"."""
    match value:
        case dict():
            return {str(k): finite(v) for k, v in value.items()}
        case list() | tuple():
            return [finite(v) for v in value]
        case float() if value != value:
            return None
        case float() if value in (float("inf"), float("-inf")):
            return str(value)
        case np.generic():
            return finite(value.item())
    return value


WRITERS: dict[str, Callable[[xr.Dataset, Path], None]] = {
    ".csv": write_csv,
    ".parquet": write_parquet,
    ".npz": write_npz,
    ".json": write_json,
}
