"""`fit QUANTITY to DATA by PARAMETERS`, read and checked: parameters that may be fitted, with bounds, and data of the quantity's shape."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import Any

import numpy as np
import numpy.typing as npt

from neurashed_dsl.diagnostics import Span, nearest
from neurashed_dsl.ir.expr import Expr
from neurashed_dsl.model import fit_errors as errors
from neurashed_dsl.model.after import lower_after
from neurashed_dsl.model.constant import constant_number, option, shown, whole
from neurashed_dsl.model.data import DataReader
from neurashed_dsl.model.demands import wanted
from neurashed_dsl.model.errors import many
from neurashed_dsl.model.known import ESTIMATE, PARAMETER, Dims, Known, Names
from neurashed_dsl.model.load import Model
from neurashed_dsl.model.results_given import members, text_of
from neurashed_dsl.model.scope import Lowering, Typed
from neurashed_dsl.model.sweep_cells import Knob, knobs_of
from neurashed_dsl.model.system.given import array_from_file, array_of_list
from neurashed_dsl.syntax import ast
from neurashed_dsl.values import frozen

Array = npt.NDArray[np.float64]
MOST_STARTS = 10_000
# What a result holds of a fit. The first two have the dimensions of what was fitted, the next four that of parameters.
OWN = {
    "data": "what is fitted to",
    "fitted": "the fitted curve",
    ESTIMATE: "the parameters' values",
    "standard_error": "their standard errors",
    "start": "where they started",
    "bounds": "their bounds",
    "rms": "the root of the mean square of what is left",
    "r_squared": "the share that is explained",
    "evaluations": "how often the model was run",
    "converged": "whether it came to rest",
}
ENDS = ("low", "high")  # along the dimension `end` of `bounds`


@frozen
class Free:
    """A parameter that is fitted. `of_file`: the file's, not the model's."""

    name: str
    low: float
    high: float
    of_file: bool
    span: Span


@frozen
class Fitting:
    """What is to come as near to `data` as can be, in units of `deviation`, where it is known. All three have the sizes of `dims`; the data of
    another experiment that hasn't run are a stand-in. `derived`: what it may read of the records."""

    quantity: Expr
    dims: Dims
    data: Array
    deviation: Array | None
    parameters: tuple[Free, ...]
    starts: int
    span: Span
    hashes: Mapping[str, str] = field(default_factory=dict)
    derived: tuple[tuple[str, Expr], ...] = ()


def fitted_names(item: ast.Experiment) -> set[str]:
    return {p.name.name for part in item.items if isinstance(part, ast.Fit) for p in part.parameters}


def read_fit(
    item: ast.Experiment,
    part: ast.Fit,
    names: Names,
    derived: Sequence[tuple[str, Expr]],
    model: Model,
    to: Lowering,
) -> list[Fitting]:
    """None after a report, or where the model that it reads has mistakes of its own. `derived`: what is by then."""
    before = len(to.report.errors)
    for other in item.items:
        if isinstance(other, ast.Sweep):
            to.report.add(errors.FIT_AND_SWEEP.at(other.span))
    _refuse_names(item, names, to)
    free = _free(item, part, model, to)
    given = option(part.arguments, "fit", ("starts", "sd"), to.report)
    starts = whole(given["starts"], "`starts`", 1, model.scope, to, MOST_STARTS) if "starts" in given else 1
    quantity = _quantity(part, names, to)
    if quantity is None or len(to.report.errors) > before:
        return []
    hashes: dict[str, str] = {}
    data = _given(part, part.data, quantity, model, hashes, to)
    deviation = _deviation(part, given["sd"], quantity, model, hashes, to) if "sd" in given else None
    if data is None or starts is None or len(to.report.errors) > before:
        return []
    if data.size < len(free):
        counts = {"parameters": many(len(free), "parameter"), "numbers": many(data.size, "number")}
        to.report.add(errors.TOO_FEW_DATA.at(part.span, **counts))
        return []
    known = tuple(derived)
    return [Fitting(quantity.expr, quantity.dims, data, deviation, free, starts, part.span, hashes, known)]


def names_of_fit(fits: Sequence[Fitting]) -> dict[str, Dims]:
    """What claims may read of them."""
    made: dict[str, Dims] = {}
    for fit in fits:
        along = {PARAMETER: [p.name for p in fit.parameters]}
        made |= {name: {} for name in OWN}
        made |= {"data": fit.dims, "fitted": fit.dims, "bounds": {**along, "end": list(ENDS)}}
        made |= dict.fromkeys((ESTIMATE, "standard_error", "start"), along)
    return made


def _refuse_names(item: ast.Experiment, names: Names, to: Lowering) -> None:
    for part in item.items:
        if isinstance(part, ast.Record | ast.Derive) and part.name.name in OWN:
            name = part.name.name
            to.report.add(errors.NAME_OF_FIT.at(part.name.span, name=name, what=OWN[name]))
    for name, dims in names.records.items():
        for taken in {PARAMETER, "end"} & {*dims}:
            to.report.add(errors.NAME_OF_FIT.at(item.name.span, name=taken, what=f"a dimension, as `{name}` has"))


# --- parameters -----------------------------------------------------------------------------------------------------------


def _free(item: ast.Experiment, part: ast.Fit, model: Model, to: Lowering) -> tuple[Free, ...]:
    knobs = {name: knob for name, knob in knobs_of(item, model).items() if knob.where != "run"}
    found: dict[str, Free] = {}
    if not part.parameters:
        to.report.add(errors.NOTHING_FITTED.at(part.span))
    for fitted in part.parameters:
        name, knob = fitted.name.name, knobs.get(fitted.name.name)
        if name in found:
            to.report.add(errors.FITTED_TWICE.at(fitted.name.span, name=name))
        elif knob is None or knob.parameter is None:
            real = [n for n, k in knobs.items() if _no_real(k) == ""]
            words = {"near": nearest(name, knobs), "known": ", ".join(f"`{n}`" for n in real)}
            to.report.add(errors.UNKNOWN_FITTED.at(fitted.name.span, name=name, **words))
        elif what := _no_real(knob):
            to.report.add(errors.NOT_REAL.at(fitted.name.span, name=name, what=what))
        elif (ends := _ends(fitted, knob, knob.parameter, model, to)) is not None:
            found[name] = Free(name, *ends, knob.where == "file", fitted.name.span)
    return tuple(found.values())


def _no_real(knob: Knob) -> str:
    """What a parameter is, if it is no real number."""
    parameter = knob.parameter
    assert parameter is not None
    if parameter.type is None:
        return "true or false" if isinstance(parameter.default, ast.Truth) else ""
    return {"int": "a whole number", "bool": "true or false"}.get(parameter.type.name, "")


def _ends(
    fitted: ast.Fitted, knob: Knob, parameter: ast.Parameter, model: Model, to: Lowering
) -> tuple[float, float] | None:
    """Between which numbers it is looked for."""
    name, spot = fitted.name.name, (fitted.bound or fitted.name).span
    declared = _numbers(parameter.bound, knob, to)
    given = declared if fitted.bound is None else _numbers(fitted.bound, Knob("", home=model.scope), to)
    if fitted.bound is not None and given is None:
        return None
    if given is None or not all(map(math.isfinite, given)):
        to.report.add(errors.NO_BOUNDS.at(spot, name=name))
        return None
    low, high = given
    words = {"name": name, "low": shown(low), "high": shown(high)}
    if low >= high:
        to.report.add(errors.BAD_BOUNDS.at(spot, **words))
        return None
    if declared is not None and not declared[0] <= low <= high <= declared[1]:
        within = {"name": name, "low": shown(declared[0]), "high": shown(declared[1])}
        to.report.add(errors.BEYOND_DECLARED.at(spot, **within, given=f"{shown(low)}..{shown(high)}"))
        return None
    return low, high


def _numbers(bound: ast.Interval | None, knob: Knob, to: Lowering) -> tuple[float, float] | None:
    if bound is None or knob.home is None:
        return None
    low, high = (constant_number(e, knob.home, to) for e in (bound.low, bound.high))
    return None if low is None or high is None else (float(low), float(high))


# --- data -----------------------------------------------------------------------------------------------------------------


def _quantity(part: ast.Fit, names: Names, to: Lowering) -> Known | None:
    """What is fitted: numbers, so many as is known now."""
    known = lower_after(part.value, names, to)
    if known is None:
        return None
    if wanted(Typed(known.expr, "bool" if known.truth else "real"), "number", part.value.span, to).kind == "unknown":
        return None
    if any(labels is None for labels in known.dims.values()):
        to.report.add(errors.FIT_SIZE_UNKNOWN.at(part.value.span, text=text_of(part.value)))
        return None
    return known


def _given(
    part: ast.Fit, x: ast.Expr, quantity: Known, model: Model, hashes: dict[str, str], to: Lowering
) -> Array | None:
    """Data of the quantity's sizes: of a file, a list, another experiment, or one number."""
    sizes = tuple(len(labels) for labels in quantity.dims.values())
    found: Any
    if isinstance(x, ast.DataFile):
        reader = DataReader(model.root, model.allowed, model.folders)
        read = array_from_file(x, "real", sizes, reader, to)
        found = None if read is None else read[0]
        hashes |= {} if read is None else {x.path.value: read[1]}
    elif members(x):
        result = model.results.get(text_of(x))  # where there is none, it was told why
        found = None if result is None else result.data
        hashes |= {text_of(x): result.sha256} if result is not None and result.sha256 else {}
    elif isinstance(x, ast.ListOf):
        found = array_of_list(x, "real", sizes, model.scope, to)
    else:
        found = constant_number(x, model.scope, to)
    if found is None:
        return None
    data = np.asarray(found, np.float64)
    if data.shape != sizes:
        words = {"given": _words(sizes), "wanted": _words(data.shape)}
        to.report.add(errors.FIT_SHAPE.at(part.value.span, text=text_of(part.value), **words))
        return None
    if not np.isfinite(data).all():
        to.report.add(errors.BAD_DATA.at(x.span, text=" ".join(x.span.text.split())))
        return None
    return data


def _words(sizes: Sequence[int]) -> str:
    return " × ".join(map(str, sizes)) or "one number"


def _deviation(
    part: ast.Fit, x: ast.Expr, quantity: Known, model: Model, hashes: dict[str, str], to: Lowering
) -> Array | None:
    """One number for all, or one for each datum. None after a report."""
    alone = not isinstance(x, ast.ListOf) and not members(x)
    found = _given(part, x, Known(quantity.expr, {}) if alone else quantity, model, hashes, to)
    if found is not None and (found <= 0).any():
        to.report.add(errors.BAD_DEVIATION.at(x.span))
        return None
    return found
