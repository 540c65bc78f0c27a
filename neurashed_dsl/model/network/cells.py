"""Cells of a data file as numbers or strings, checked where they are first read."""

from dataclasses import field
from typing import Any

import numpy as np
import numpy.typing as npt

from neurashed_dsl.diagnostics import Kind, Span, nearest
from neurashed_dsl.model import data_errors as errors
from neurashed_dsl.model.data import Column, Sheet
from neurashed_dsl.model.errors import many
from neurashed_dsl.model.scope import Lowering
from neurashed_dsl.syntax import ast
from neurashed_dsl.values import changing

MOST_LISTED = 8


@changing
class Cells:
    """A sheet, where it is named, and the columns that have been read as numbers (None: they aren't)."""

    sheet: Sheet
    span: Span
    to: Lowering
    known: dict[str, npt.NDArray[Any] | None] = field(default_factory=dict)


def column_name(x: ast.Name | ast.Text) -> str:
    return x.name if isinstance(x, ast.Name) else x.value


def looked_up(name: str, span: Span, cells: Cells) -> Column | None:
    found = cells.sheet.columns.get(name)
    if found is None:
        known = cells.sheet.columns
        near = nearest(name, known)
        values = {"count": many(len(known), "column"), "near": near, "known": "" if near else _listed(list(known))}
        cells.to.report.add(errors.UNKNOWN_COLUMN.at(span, path=cells.sheet.path, name=name, **values))
    return found


def _listed(names: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names[:MOST_LISTED]) + (", …" if len(names) > MOST_LISTED else "")


def strings(name: str, span: Span, cells: Cells) -> list[str] | None:
    """A column as strings, none of them empty. None after a report."""
    found = looked_up(name, span, cells)
    if found is None:
        return None
    if isinstance(found, np.ndarray):
        texts = [_text(v) for v in found.tolist()]
        return texts if found.dtype.kind != "U" or _filled(name, texts, span, cells) else None
    return list(found) if _filled(name, found, span, cells) else None


def _text(value: Any) -> str:
    return str(int(value)) if isinstance(value, bool | float) and value == value and value == int(value) else str(value)


def _filled(name: str, found: Any, span: Span, cells: Cells) -> bool:
    empty = [at for at, text in enumerate(found) if not text]
    if empty:
        _report(errors.MISSING_CELL, empty, name, span, cells)
    return not empty


def is_text(column: Column) -> bool:
    """Whether a column has a cell that isn't a number."""
    if isinstance(column, np.ndarray):
        return column.dtype.kind == "U"
    return _as_floats(column) is None and not all(not c or _is_number(c) for c in column)


def numbers(name: str, span: Span, cells: Cells) -> npt.NDArray[np.float64] | npt.NDArray[np.int64] | None:
    """A column as finite numbers: int64 where all are whole. None after a report."""
    if name not in cells.known:
        found = looked_up(name, span, cells)
        cells.known[name] = None if found is None else _numbers(name, found, span, cells)
    return cells.known[name]


def _numbers(name: str, found: Column, span: Span, cells: Cells) -> npt.NDArray[Any] | None:
    values = found if isinstance(found, np.ndarray) and found.dtype.kind != "U" else _as_floats(list(found))
    if values is None or not np.isfinite(values).all():
        bad = [at for at, cell in enumerate(found) if not _is_number(cell)]
        empty = [at for at in bad if isinstance(found[at], str) and not found[at]]
        _report(
            errors.MISSING_CELL if bad[0] in empty else errors.NOT_A_NUMBER,
            empty if bad[0] in empty else bad,
            name,
            span,
            cells,
        )
        return None
    if values.dtype.kind in "iub" or ((np.abs(values) < 2**53).all() and (values == np.floor(values)).all()):
        return (
            values.astype(np.int64)
            if values.dtype.kind != "u" or values.max(initial=0) < 2**62
            else values.astype(np.float64)
        )
    return values.astype(np.float64)


def _as_floats(cells: Any) -> npt.NDArray[np.float64] | None:
    try:
        return np.array(cells, np.float64)
    except ValueError:
        return None


def _is_number(cell: Any) -> bool:
    try:
        return abs(float(cell)) < float("inf")
    except ValueError:
        return False


def _report(kind: Kind, bad: list[int], name: str, span: Span, cells: Cells) -> None:
    sheet = cells.sheet
    value = sheet.columns[name][bad[0]]
    shown = f"`{value}`" if isinstance(value, str) else str(value)
    where = {"path": sheet.path, "row": sheet.rows[bad[0]], "column": name}
    cells.to.report.add(kind.at(span, **where, value=shown, more=len(bad) - 1))
