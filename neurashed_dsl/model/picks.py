"""Picking by a coordinate: `sure[panda]`, `bend[noise: 0.03]`, `sure[time: 1..5]`, `sure[[panda, tabby]]`. Names must be there as written,
numbers to rounding."""

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from neurashed_dsl.builtins.coordinates import between, places
from neurashed_dsl.diagnostics import Diagnostic, Report, nearest
from neurashed_dsl.ir.expr import Apply, Const, Expr, Var
from neurashed_dsl.ir.plan import Sweep
from neurashed_dsl.model import errors
from neurashed_dsl.model import experiment_errors as words
from neurashed_dsl.model.arithmetic import as_float
from neurashed_dsl.model.constant import shown
from neurashed_dsl.model.demands import rank_words
from neurashed_dsl.model.known import Known, Names, is_time
from neurashed_dsl.model.scope import Lowering
from neurashed_dsl.model.sweep_errors import MANY_SUCH_VALUES
from neurashed_dsl.syntax import ast


def recorded(x: ast.Name, names: Names) -> Known:
    """A record, or what was derived, at the places that it has."""
    read = Var(x.name, x.span)
    picks = [_among_known(d, labels) for d, labels in names.parts.get(x.name, {}).items()]
    return Known(Apply("pick", (read, *picks), x.span) if picks else read, names.records[x.name])


def picked(x: ast.Index | ast.Pick, base: Known, sweep: Sweep, to: Lowering) -> Known | None:
    """`le[leopard, lion]` by the order of the dimensions (time apart), `bend[noise: 0]` by name; `last(le)[leopard, lion]`.
    None after a report."""
    free = [d for d in base.dims if not is_time(d) and all(d != axis.name for axis in sweep.axes)]
    if sum(a.name is None for a in x.arguments) > len(free):
        to.report.add(errors.WRONG_RANK.at(x.span, **rank_words(x, free)))
        return None
    dims = dict(base.dims)
    picks: list[Expr] = []
    for i, a in enumerate(x.arguments):
        if isinstance(a.value, ast.Star):
            continue
        coordinate = a.name or (free[i] if i < len(free) else "")
        beside = next((axis for axis in sweep.axes if coordinate in axis.values), None)
        dimension = coordinate if beside is None else beside.name
        if dimension not in dims:
            known = ", ".join(f"`{d}`" for d in base.dims) or "none"
            said = a.name or f"number {i + 1}"
            values = {"name": x.base.span.text, "dimension": said, "known": known, "near": nearest(said, base.dims)}
            to.report.add(words.NO_DIMENSION.at(a.span, **values))
            return None
        labels = beside.values[coordinate] if beside is not None else dims[dimension]
        if isinstance(a.value, ast.Interval | ast.ListOf):
            several = _several(coordinate, a.value, labels, to.report)
            if several is None:
                return None
            pick, kept = several
            dims[dimension] = None if kept is None else np.asarray(dims[dimension])[kept]
        else:
            others = [n for n in beside.values if n != coordinate] if beside is not None else []
            one = _pick(coordinate, a.value, labels, others, to.report)
            if one is None:
                return None
            pick = one
            del dims[dimension]
        picks.append(pick)
    return Known(Apply("pick", (base.expr, *picks), x.span), dims, base.truth)


def _pick(coordinate: str, x: ast.Expr, labels: Any, others: Sequence[str], report: Report) -> Expr | None:
    """One place along a coordinate; `labels` None: not known before the run. `others`: what runs beside it in a sweep. None after a report."""
    known = np.asarray([] if labels is None else labels)
    label = label_of(x)
    count = len(places(label, known))
    if count == 0:
        report.add(_absent(coordinate, x, known))
        return None
    if count > 1 and others:
        report.add(MANY_SUCH_VALUES.at(x.span, dimension=coordinate, label=label, other="`, `".join(others)))
        return None
    return Apply("place", (Var(coordinate), _written(label, known)))


def _several(coordinate: str, x: ast.Interval | ast.ListOf, labels: Any, report: Report) -> tuple[Expr, Any] | None:
    """The places `time: 1..5`, both ends included, or `[lion, bear]`, and where these are among the labels. None after a report."""
    known = np.asarray([] if labels is None else labels)
    if isinstance(x, ast.ListOf):
        return _among(coordinate, x, known, report)
    return _between(coordinate, x, known, labels is not None, report)


def _between(
    coordinate: str, x: ast.Interval, known: np.ndarray, sure: bool, report: Report
) -> tuple[Expr, Any] | None:
    low, high = label_of(x.low), label_of(x.high)
    if not (isinstance(low, int | float) and isinstance(high, int | float) and (_numeric(known) or not sure)):
        report.add(words.NOT_BETWEEN.at(x.span, dimension=coordinate))
        return None
    left = between(low, high, known) if sure else None
    if left is not None and not left.size:
        report.add(words.NO_COORDINATE.at(x.span, dimension=coordinate, label=x.span.text, near=""))
        return None
    return Apply("between", (Var(coordinate), Const(float(low)), Const(float(high)))), left


def _among(coordinate: str, x: ast.ListOf, known: np.ndarray, report: Report) -> tuple[Expr, Any] | None:
    found = [places(label_of(part), known) for part in x.items]
    for part in (part for part, at in zip(x.items, found) if not at):
        report.add(_absent(coordinate, part, known))
    if not all(found):
        return None
    kept = list(dict.fromkeys(at[0] for at in found))
    return _among_known(coordinate, known[kept]), np.array(kept)


def _among_known(coordinate: str, labels: Any) -> Expr:
    """The places of labels that are there, in their order."""
    known = np.asarray(labels)
    said = known.tolist() if _numeric(known) else [str(label) for label in known.tolist()]
    return Apply("among", (Var(coordinate), *(_written(label, known) for label in said)))


def _written(label: Any, known: np.ndarray) -> Expr:
    """A label as an expression holds it."""
    return Const(float(label)) if _numeric(known) else Var(str(label))


def _numeric(known: np.ndarray) -> bool:
    return known.dtype.kind in "iuf" and known.size > 0


def _absent(coordinate: str, x: ast.Expr, known: np.ndarray) -> Diagnostic:
    label = label_of(x)
    near = _nearest_numbers(label, known) if _numeric(known) else nearest(str(label), list(map(str, known)))
    told = shown(label) if isinstance(label, int | float) else label
    return words.NO_COORDINATE.at(x.span, dimension=coordinate, label=told, near=near)


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
