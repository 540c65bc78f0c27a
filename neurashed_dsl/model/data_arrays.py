"""Data files as named arrays: NPZ, NetCDF, and CSV as its columns or one whole table."""

import io
from collections.abc import Mapping
from dataclasses import field
from typing import Any

import numpy as np
import numpy.typing as npt

from neurashed_dsl.diagnostics import nearest
from neurashed_dsl.model import data_errors as errors
from neurashed_dsl.model.data import (
    WHOLE_TABLE,
    DataReader,
    Unreadable,
    allowed_file,
    csv_sheet,
    npz_arrays,
    numbers_of,
)
from neurashed_dsl.model.scope import Lowering
from neurashed_dsl.syntax import ast
from neurashed_dsl.values import frozen

Array = npt.NDArray[Any]
NETCDF = (".nc", ".nc4", ".netcdf")


@frozen
class Arrays:
    """The arrays of a file, by name; NetCDF says which dimensions they have."""

    named: Mapping[str, Array]
    sha256: str
    dims: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def read_array(path: ast.Text, name: ast.Text | None, reader: DataReader, to: Lowering) -> tuple[Array, str] | None:
    """An array of a file, as it is, and the file's SHA-256. None after a report."""
    found = read_arrays(path, reader, to)
    chosen = None if found is None else array_named(path, name, found, to)
    return None if found is None or chosen is None else (found.named[chosen], found.sha256)


def read_arrays(path: ast.Text, reader: DataReader, to: Lowering) -> Arrays | None:
    """None after a report."""
    try:
        file = allowed_file(path, reader, to)
        if file is None:
            return None
        data = file.read_bytes()
        match file.suffix.lower():
            case ".npz":
                return Arrays(npz_arrays(data), _hash(data))
            case ".csv":
                return _of_csv(path, data, to)
            case suffix if suffix in NETCDF:
                return _of_netcdf(data)
        to.report.add(errors.NOT_AN_ARRAY_FILE.at(path.span, path=path.value))
    except OSError as error:
        to.report.add(errors.UNREADABLE.at(path.span, path=path.value, why=(error.strerror or "it is damaged").lower()))
    except (Unreadable, MemoryError) as error:
        to.report.add(errors.UNREADABLE.at(path.span, path=path.value, why=str(error) or "it is too large"))
    return None


def array_named(path: ast.Text, name: ast.Text | None, arrays: Arrays, to: Lowering) -> str | None:
    """The array that is meant, of numbers: the only one, where `name` is None. None after a report.

    Of a CSV file it is the column of that name, or the whole table as rows × columns.
    """
    known = arrays.named
    chosen = name.value if name is not None else next(iter(known)) if len(known) == 1 else WHOLE_TABLE
    if chosen not in known:
        listed = ", ".join(f"`{n}`" for n in list(known)[:12] if n)
        values = {"path": path.value, "name": chosen, "known": listed, "near": nearest(chosen, known)}
        kind = errors.UNKNOWN_ARRAY if name is not None else errors.WHICH_ARRAY
        to.report.add(kind.at((name or path).span, **values))
        return None
    if known[chosen].dtype.kind not in "biuf":
        to.report.add(errors.TEXT_ARRAY.at((name or path).span, path=path.value, name=chosen))
        return None
    return chosen


def _of_csv(path: ast.Text, data: bytes, to: Lowering) -> Arrays | None:
    sheet = csv_sheet(path, data, "", to)
    if sheet is None:
        return None
    columns = {n: numbers_of(c) for n, c in sheet.columns.items()}
    return Arrays({**columns, WHOLE_TABLE: np.column_stack(list(columns.values()))}, _hash(data))


def _of_netcdf(data: bytes) -> Arrays:
    """NetCDF 4, which is HDF5 with names for dimensions."""
    import h5netcdf

    try:
        with h5netcdf.File(io.BytesIO(data), "r", decode_vlen_strings=True) as file:
            named = {str(n): _plain(np.asarray(v[...])) for n, v in file.variables.items()}
            dims = {str(n): tuple(map(str, v.dimensions)) for n, v in file.variables.items()}
    except Exception as error:  # a damaged file may fail in any way
        raise Unreadable("it is no NetCDF 4 file") from error
    return Arrays(named, _hash(data), dims)


def _hash(data: bytes) -> str:
    import hashlib  # it loads OpenSSL

    return hashlib.sha256(data).hexdigest()


def _plain(array: Array) -> Array:
    return array if array.dtype.kind in "biuf" else array.astype(str)
