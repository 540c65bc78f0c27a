"""Picking by a coordinate: `sure[panda]`, `bend[noise: 0.03]`. Names must be there as written, numbers to rounding."""

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from neurashed_dsl.diagnostics import Report, nearest
from neurashed_dsl.ir.expr import Apply, Const, Expr, Var
from neurashed_dsl.model import experiment_errors as words
from neurashed_dsl.model.arithmetic import as_float
from neurashed_dsl.model.constant import shown
from neurashed_dsl.model.sweep_errors import MANY_SUCH_VALUES
from neurashed_dsl.syntax import ast


def pick_of(coordinate: str, x: ast.Expr, labels: Any, others: Sequence[str], report: Report) -> Expr | None:
    """One place along a coordinate; `labels` None: not known before the run. `others`: what runs beside it in a sweep. None after a report."""
    label = label_of(x)
    known = np.asarray([] if labels is None else labels)
    numeric = known.dtype.kind in "iuf" and known.size > 0
    count = len(places(label, known))
    if count == 0:
        near = _nearest_numbers(label, known) if numeric else nearest(str(label), list(map(str, known)))
        told = shown(label) if isinstance(label, int | float) else label
        report.add(words.NO_COORDINATE.at(x.span, dimension=coordinate, label=told, near=near))
        return None
    if count > 1 and others:
        report.add(MANY_SUCH_VALUES.at(x.span, dimension=coordinate, label=label, other="`, `".join(others)))
        return None
    return Apply("place", (Var(coordinate), Const(float(label)) if numeric else Var(str(label))))


def places(label: Any, labels: np.ndarray) -> list[int]:
    """Where a label stands."""
    if labels.dtype.kind not in "iuf":
        return [i for i, known in enumerate(labels.tolist()) if str(known) == str(label)]
    if not isinstance(label, int | float) or not labels.size:
        return []
    gaps = np.abs(labels.astype(float) - label)
    same = (labels == label) | (gaps <= 1e-9 * max(1.0, abs(label)))
    return np.flatnonzero(same & ~(gaps > gaps.min())).tolist() if np.isfinite(label) else np.flatnonzero(same).tolist()


def _nearest_numbers(label: Any, labels: np.ndarray) -> str:
    """The ones beside it, as a help line's `{near}`."""
    if not isinstance(label, int | float):
        return ""
    closest = sorted(labels.tolist(), key=lambda known: abs(known - label))[:2]
    return "` or `".join(shown(value) for value in sorted(closest))


def label_of(x: ast.Expr) -> Any:
    """What an index says: a number, or the name as coordinates have it."""
    match x:
        case ast.Number(value=value):
            return as_float(value) if isinstance(value, Fraction) else value
        case ast.Unary(op="-", operand=ast.Number(value=value)):
            return -(as_float(value) if isinstance(value, Fraction) else value)
        case ast.Name(name="inf"):
            return float("inf")
        case ast.Text(value=text):
            return text
        case _:
            return " -> ".join(p.replace(" ", "") for p in x.span.text.split("->"))
