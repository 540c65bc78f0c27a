"""Data files as named columns: CSV, NPZ, Parquet. Nothing but the file named is read, and only inside the folders
allowed.

NPZ: arrays of one length by name; an array with more dimensions gives a column for each of its cells, `pixel[3]`,
`image[2,5]`, counted from 1.
"""

import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from neurashed_dsl.diagnostics import nearest
from neurashed_dsl.model import data_errors as errors
from neurashed_dsl.model.load_errors import NO_FILE, OUT_OF_FOLDER
from neurashed_dsl.model.results_given import Result
from neurashed_dsl.model.scope import Lowering
from neurashed_dsl.syntax import ast
from neurashed_dsl.values import frozen

# Unpacked, an archive of more than this is refused: a few bytes can claim to hold anything.
MOST_BYTES = 2**30
WHOLE_TABLE = ""  # what the rows and columns of a CSV file are called, taken together
OTHER_MARKS = {"\t": "tabs", ";": "`;`"}  # that other programs put between the cells of a CSV file
Column = Sequence[str] | npt.NDArray[Any]


@frozen
class DataReader:
    """Files below `root` or one of `allowed` may be read. `folders`: where a source's own folder isn't `root`, by the
    source's name. `results`: what other experiments gave.
    """

    root: Path
    allowed: tuple[Path, ...] = ()
    folders: Mapping[str, Path] = field(default_factory=dict)
    results: Mapping[str, Result] = field(default_factory=dict)


@frozen
class Sheet:
    """Columns of one length: strings as they stand, or numbers. Sample s stands in row `rows[s]` of the file."""

    path: str
    columns: Mapping[str, Column]
    rows: Sequence[int]
    sha256: str


class Unreadable(Exception):
    """The file isn't what its name says; the words say why."""


def read_sheet(path: ast.Text, reader: DataReader, to: Lowering) -> Sheet | None:
    """The columns of a data file. None after a report."""
    try:
        file = allowed_file(path, reader, to)
        return None if file is None else _sheet(path, file, to)
    except OSError as error:
        to.report.add(errors.UNREADABLE.at(path.span, path=path.value, why=(error.strerror or "it is damaged").lower()))
    except (Unreadable, MemoryError) as error:
        to.report.add(errors.UNREADABLE.at(path.span, path=path.value, why=str(error) or "it is too large"))
    return None


def _sheet(path: ast.Text, file: Path, to: Lowering) -> Sheet | None:
    parse = {".csv": csv_sheet, ".npz": _npz, ".parquet": _parquet}.get(file.suffix.lower())
    if parse is None:
        to.report.add(errors.UNKNOWN_FORMAT.at(path.span, path=path.value))
        return None
    import hashlib

    data = file.read_bytes()
    return parse(path, data, hashlib.sha256(data).hexdigest(), to) if data else _empty(path, to)


def allowed_file(path: ast.Text, reader: DataReader, to: Lowering) -> Path | None:
    root = reader.root.resolve()
    base = reader.folders.get(path.span.source.name, root)
    file = (base / path.value).resolve()
    if not any(file.is_relative_to(folder.resolve()) for folder in (root, *reader.allowed)):
        to.report.add(OUT_OF_FOLDER.at(path.span, path=path.value))
        return None
    if not file.exists():
        beside = [p.name for p in file.parent.iterdir()] if file.parent.is_dir() else []
        to.report.add(NO_FILE.at(path.span, path=path.value, near=nearest(file.name, beside)))
        return None
    return file


def _empty(path: ast.Text, to: Lowering) -> Sheet | None:
    to.report.add(errors.EMPTY_FILE.at(path.span, path=path.value))
    return None


# --- CSV ------------------------------------------------------------------------------------------------------------


def numbers_of(column: Column) -> npt.NDArray[Any]:
    """Whole numbers, else floats, else strings."""
    for dtype in (np.int64, np.float64):
        try:
            return np.array(column, dtype)
        except ValueError:
            continue
    return np.array(column)


def csv_sheet(path: ast.Text, data: bytes, sha256: str, to: Lowering) -> Sheet | None:
    records = [(row, cells) for row, cells in enumerate(_records(data), 1) if any(c.strip() for c in cells)]
    if not records:
        return _empty(path, to)
    header = records[0][1]
    mark = next((word for mark, word in OTHER_MARKS.items() if len(header) == 1 and mark in header[0]), "")
    if mark:
        to.report.add(errors.NOT_COMMAS.at(path.span, path=path.value, mark=mark))
        return None
    names = [cell.strip() for cell in header]
    for name in names:
        if names.count(name) > 1:
            to.report.add(errors.REPEATED_COLUMN.at(path.span, path=path.value, name=name))
            return None
    body = records[1:]
    uneven = [(row, len(cells)) for row, cells in body if len(cells) != len(names)]
    if uneven:
        row, cells = uneven[0]
        values = {"path": path.value, "row": row, "cells": cells, "columns": len(names), "more": len(uneven) - 1}
        to.report.add(errors.WRONG_WIDTH.at(path.span, **values))
        return None
    if not body:
        to.report.add(errors.NO_ROWS.at(path.span, path=path.value))
        return None
    cells_by_column = zip(*(cells for _, cells in body))
    columns = {name: [c.strip() for c in cells] for name, cells in zip(names, cells_by_column)}
    return Sheet(path.value, columns, [row for row, _ in body], sha256)


def _records(data: bytes) -> Iterator[list[str]]:
    import csv

    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise Unreadable(f"line {line} is not UTF-8") from None
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        yield from reader
    except csv.Error as error:
        raise Unreadable(f"line {reader.line_num}: {error}") from None


# --- NPZ ------------------------------------------------------------------------------------------------------------


def _npz(path: ast.Text, data: bytes, sha256: str, to: Lowering) -> Sheet | None:

    arrays = npz_arrays(data)
    if not arrays:
        return _empty(path, to)
    columns: dict[str, Column] = {}
    first = next(iter(arrays))
    wanted = len(arrays[first]) if arrays[first].ndim else 0
    for name, array in arrays.items():
        length = len(array) if array.ndim else 0
        if length != wanted or not array.ndim:
            values = {"path": path.value, "name": name, "length": length, "first": first, "wanted": wanted}
            to.report.add(errors.UNEQUAL_LENGTHS.at(path.span, **values))
            return None
        columns |= _cells(name, array)
    if not wanted:
        to.report.add(errors.NO_ROWS.at(path.span, path=path.value))
        return None
    return Sheet(path.value, columns, range(1, wanted + 1), sha256)


def npz_arrays(data: bytes) -> dict[str, npt.NDArray[Any]]:
    import zipfile

    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if sum(info.file_size for info in archive.infolist()) > MOST_BYTES:
                raise Unreadable("it is too large, unpacked")
        with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
            return {name: _plain(arrays[name]) for name in arrays.files}
    except (Unreadable, MemoryError):
        raise
    except Exception as error:  # a damaged archive may fail in any way
        raise Unreadable("it is no archive of plain arrays") from error


def _plain(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    if array.dtype.kind == "S":
        return np.char.decode(array, "utf-8", "replace")
    if array.dtype.kind not in "biufU":
        raise ValueError(array.dtype)
    return array


def _cells(name: str, array: npt.NDArray[Any]) -> Mapping[str, Column]:
    if array.ndim == 1:
        return {name: array}
    return {
        f"{name}[{','.join(str(i + 1) for i in at)}]": array[(slice(None), *at)] for at in np.ndindex(array.shape[1:])
    }


# --- Parquet --------------------------------------------------------------------------------------------------------


def _parquet(path: ast.Text, data: bytes, sha256: str, to: Lowering) -> Sheet | None:
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError:
        to.report.add(errors.NO_PYARROW.at(path.span, path=path.value))
        return None
    try:
        table = pyarrow.parquet.read_table(io.BytesIO(data))
        columns = {name: _arrow_column(table.column(name)) for name in table.column_names}
    except Exception as error:  # a damaged file may fail in any way
        raise Unreadable("it is no Parquet file of plain columns") from error
    if not table.num_rows:
        to.report.add(errors.NO_ROWS.at(path.span, path=path.value))
        return None
    return Sheet(path.value, columns, range(1, table.num_rows + 1), sha256)


def _arrow_column(column: Any) -> Column:
    """Numbers as an array; anything else, and what has gaps, as strings with "" for a gap."""
    values = column.to_pylist()
    if all(isinstance(v, bool | int | float) for v in values):
        return np.array(values)
    return ["" if v is None else str(v) for v in values]
