"""Arrays that are given: as a list in the text, or in a file."""

from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

from neurashed_dsl.model.arithmetic import as_float
from neurashed_dsl.model.constant import constant_number
from neurashed_dsl.model.data import DataReader
from neurashed_dsl.model.data_arrays import read_array
from neurashed_dsl.model.demands import single
from neurashed_dsl.model.lower import lower
from neurashed_dsl.model.result_errors import RESULT_SHAPE
from neurashed_dsl.model.results_given import text_of
from neurashed_dsl.model.scope import Lowering, Scope
from neurashed_dsl.model.system import errors
from neurashed_dsl.syntax import ast

Array = npt.NDArray[Any]


def array_of_list(x: ast.ListOf, kind: str, sizes: tuple[int, ...], scope: Scope, to: Lowering) -> Array | None:
    """`[[1, 0.2], [0.2, 1]]` as an array of the sizes wanted; logs as logarithms. None after a report."""
    values: list[Any] = []
    if not _collect(x, sizes, values, scope, to):
        return None
    truths = sum(isinstance(v, bool) for v in values)
    if 0 < truths < len(values):
        to.report.add(errors.BAD_ELEMENT.at(x.span, wanted="a number, or each true or false"))
        return None
    return _typed(np.array(values), kind, x, sizes, to)


def _collect(x: ast.Expr, sizes: tuple[int, ...], values: list[Any], scope: Scope, to: Lowering) -> bool:
    if not sizes:
        value = _truth(x, scope, to) if isinstance(x, ast.Truth) else constant_number(x, scope, to)
        values.append(as_float(value) if isinstance(value, Fraction) else value)
        return value is not None
    if not isinstance(x, ast.ListOf) or len(x.items) != sizes[0]:
        given = f"of {len(x.items)}" if isinstance(x, ast.ListOf) else "one value"
        to.report.add(errors.LIST_SHAPE.at(x.span, wanted=sizes[0], given=given))
        return False
    return all([_collect(item, sizes[1:], values, scope, to) for item in x.items])


def _truth(x: ast.Expr, scope: Scope, to: Lowering) -> Any:
    found = single(lower(x, scope, to), x.span, to)
    return getattr(found.expr, "value", None)


def array_from_file(
    x: ast.DataFile, kind: str, sizes: tuple[int, ...], reader: DataReader, to: Lowering
) -> tuple[Array, str] | None:
    """The array and the file's SHA-256. None after a report."""
    found = read_array(x.path, x.array, reader, to)
    if found is None:
        return None
    data, sha256 = found
    if data.shape != sizes:
        shown = [" × ".join(map(str, s)) or "one number" for s in (data.shape, sizes)]
        to.report.add(errors.FILE_SHAPE.at(x.span, path=x.path.value, given=shown[0], wanted=shown[1]))
        return None
    typed = _typed(data, kind, x, sizes, to)
    return None if typed is None else (typed, sha256)


def array_of_result(
    x: ast.Expr, name: ast.Name, kind: str, sizes: tuple[int, ...], reader: DataReader, to: Lowering
) -> Array | None:
    """What another experiment gave, or its stand-in. None after a report."""
    found = reader.results.get(text_of(x))
    if found is None:
        return None  # it was told why
    if found.data.shape != sizes:
        shown = [" × ".join(map(str, s)) or "one number" for s in (found.data.shape, sizes)]
        words = {"text": text_of(x), "name": name.name, "given": shown[0], "wanted": shown[1]}
        to.report.add(RESULT_SHAPE.at(x.span, **words))
        return None
    return _typed(found.data, kind, x, sizes, to)


def _typed(data: Array, kind: str, x: ast.Node, sizes: tuple[int, ...], to: Lowering) -> Array | None:
    fault, wrong = _fault(data, kind)
    if fault:
        to.report.add(errors.BAD_ELEMENT.at(x.span, wanted=fault, **_first(data, wrong)))
        return None
    with np.errstate(divide="ignore"):
        held = np.log(data) if kind == "log" else data
    dtype = {"b": np.bool_, "i": np.int64, "u": np.int64}.get(held.dtype.kind, np.float64)
    return held.astype(np.float64 if kind == "real" else dtype).reshape(sizes)


def _fault(data: Array, kind: str) -> tuple[str, Array]:
    """What each element must be and not all are, and which aren't; '' where all are."""
    if kind == "bool" and data.dtype.kind != "b":
        return "true or false", np.ones(data.shape, np.bool_)
    if kind == "int" and data.dtype.kind not in "iub":
        return "a whole number", data != np.floor(data)
    if kind == "log" and not (data >= 0).all():
        return "a number not below 0", ~(data >= 0)
    return "" if np.isfinite(data).all() else "a number", ~np.isfinite(data)


def _first(data: Array, wrong: Array) -> dict[str, str]:
    """The first of the elements that are wrong, for a message."""
    found = np.argwhere(wrong)
    if not len(found) or not data.ndim:
        return {}
    at = tuple(found[0].tolist())
    place = f"number {at[0] + 1} of {data.size}" if data.ndim == 1 else f"at [{', '.join(str(i + 1) for i in at)}]"
    return {"value": str(data[at]), "place": place}
