"""`derive`, `expect` and `plot` of an experiment, with their names checked against what it records."""

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from neurashed_dsl.diagnostics import Span
from neurashed_dsl.ir.expr import Expr
from neurashed_dsl.ir.plan import Study, Sweep, time_names, times
from neurashed_dsl.ir.system import Record, System
from neurashed_dsl.model import experiment_errors as errors
from neurashed_dsl.model.after import lower_after
from neurashed_dsl.model.constant import constant_number
from neurashed_dsl.model.fit import OWN, Fitting, fitted_names, names_of_fit, read_fit
from neurashed_dsl.model.known import Dims, Names
from neurashed_dsl.model.load import Model
from neurashed_dsl.model.plots import Plotted, read_plot
from neurashed_dsl.model.scope import Lowering
from neurashed_dsl.model.sweep_errors import NAME_OF_SWEEP
from neurashed_dsl.syntax import ast
from neurashed_dsl.values import frozen


@frozen
class Claimed:
    text: str
    title: str
    expr: Expr
    share: float | None
    span: Span


@frozen
class Reading:
    """`derived` in the order written."""

    derived: tuple[tuple[str, Expr], ...]
    claims: tuple[Claimed, ...]
    plots: tuple[Plotted, ...]
    names: Names
    fit: Fitting | None = None


def read_experiment(
    item: ast.Experiment, studies: Sequence[Study], model: Model, sweep: Sweep, to: Lowering
) -> Reading:
    """What an experiment asks of its records. `studies`: cells of its sweep that have all labels between them, or none of a model that
    couldn't be made. Mistakes are reported."""
    study = studies[0] if studies else None
    records, broken = _swept_dims(item, studies, sweep, to), set[str]()
    parts: dict[str, Dims] = {}
    names = replace(_names(item, studies, records, broken, model, sweep), parts=parts)
    others = {n: model.readings.get(n) for n in model.experiments if n != item.name.name}
    derived: list[tuple[str, Expr]] = []
    claims: list[Claimed] = []
    plots: list[Plotted] = []
    fits: list[Fitting] = []
    for part in item.items:
        match part:
            case ast.Derive():
                found = lower_after(part.value, replace(names, others=others), to)
                if found is not None and part.name.name in found.dims:
                    to.report.add(errors.RECORD_NAMED_AS_DIMENSION.at(part.name.span, name=part.name.name))
                elif part.name.name in records:
                    to.report.add(errors.RECORD_TWICE.at(part.name.span, name=part.name.name))
                elif found is not None:
                    parts[part.name.name] = _part(found.dims, records)
                    records[part.name.name] = found.dims
                    derived.append((part.name.name, found.expr))
                else:
                    broken.add(part.name.name)
            case ast.Fit() if not fits:
                fits = [] if study is None else read_fit(item, part, names, derived, model, to)
                records |= names_of_fit(fits)
                broken |= OWN.keys() - records.keys()
                plots += [_picture_of_fit(part)] * len(fits)
            case ast.Expect():
                claims += _claim(part, names, model, to)
            case ast.Plot():
                plots += read_plot(part, names, study, model, to)
            case _:
                pass
    return Reading(tuple(derived), tuple(claims), tuple(plots), names, next(iter(fits), None))


def _names(
    item: ast.Experiment,
    studies: Sequence[Study],
    records: dict[str, Dims],
    broken: set[str],
    model: Model,
    sweep: Sweep,
) -> Names:
    """What may be named in claims; `records` and `broken` grow as the experiment is read."""
    broken |= {part.name.name for part in item.items if isinstance(part, ast.Record)} - records.keys()
    if not studies:  # swept names are numbers in claims, too, whatever was wrong with their values
        broken |= {name.name for part in item.items if isinstance(part, ast.Sweep) for name in part.names}
        broken |= {"stopped_at" for part in item.items if isinstance(part, ast.Stop)}
    stages = _stage_times(studies) if studies else {s.name.name: None for s in item.items if isinstance(s, ast.Stage)}
    numbers = {n: float(v) for n, v in model.parameters.items()}
    arrays = _arrays(studies[0].system) if studies else []
    fitted = fitted_names(item)
    return Names(records, numbers, broken, stages, sweep, arrays, item.name.name, model.scope, fitted=fitted)


def _part(dims: Dims, records: dict[str, Dims]) -> Dims:
    """The dimensions along which a record of these has more places: in a result they all have as many."""
    longest = {d: max((len(o[d]) for o in records.values() if o.get(d) is not None), default=0) for d in dims}
    return {d: labels for d, labels in dims.items() if labels is not None and len(labels) < longest[d]}


def _arrays(system: System) -> list[str]:
    """What a file can call by name in the equations of its model, its parameters included."""
    lets = [let.name for let in (*system.hoisted, *system.lets, *system.late)]
    return [
        name
        for name in (*system.parameters, *system.slots, *system.draws, *system.tables, *lets)
        if name.isidentifier()
    ]


def _stage_times(studies: Sequence[Study]) -> dict[str, tuple[float, float] | None]:
    """The times at which each stage begins and the next does; None where cells of a sweep don't agree."""
    first, *others = [_times_of(study) for study in studies]
    return {name: found if all(o.get(name) == found for o in others) else None for name, found in first.items()}


def _times_of(study: Study) -> dict[str, tuple[float, float]]:
    begin = times(np.array([s.start for s in study.plan.stages], np.int64), study.plan).tolist()
    return {s.name: (a, b) for s, a, b in zip(study.plan.stages, begin, [*begin[1:], math.inf])}


def _swept_dims(item: ast.Experiment, studies: Sequence[Study], sweep: Sweep, to: Lowering) -> dict[str, Dims]:
    """Of each record the dimensions of the sweep, then its own, with the labels of all studies."""
    found: dict[str, Dims] = {}
    for study in studies:
        for record in study.results:
            own = dims_of(record, study)
            known = found.get(record.name, {axis.name: axis.values[axis.name] for axis in sweep.axes})
            found[record.name] = {**known, **{d: _joined(known.get(d), labels) for d, labels in own.items()}}
            for name in {n for axis in sweep.axes for n in axis.values} & own.keys() if study is studies[0] else ():
                what = f"of the record `{record.name}`, too"
                to.report.add(NAME_OF_SWEEP.at(item.name.span, name=name, what=what))
    return found


def _joined(before: Any, labels: Any) -> Any:
    if before is None or labels is None:
        return labels
    if np.asarray(labels).dtype.kind in "iuf":
        return np.union1d(before, labels)
    return list(dict.fromkeys([*before, *labels]))


def dims_of(record: Record, study: Study) -> Dims:
    """A record's dimensions with their labels, time first."""
    dims: dict[str, Any] = {}
    if not record.grid.timeless:
        name = time_names(study.system.records, study.plan)[record.grid]
        dims[name] = None if record.grid.steps is None else times(record.grid.steps, study.plan)
    return dims | {d.name: d.labels for d in record.dimensions}


def _claim(part: ast.Expect, names: Names, model: Model, to: Lowering) -> list[Claimed]:
    found = lower_after(part.claim, names, to)
    share = None if part.share is None else constant_number(part.share, model.scope, to)
    if part.share is not None and share is not None and not 0 <= share <= 100:
        to.report.add(errors.BAD_SHARE.at(part.share.span, value=f"{float(share):g}"))
    if found is None:
        return []
    if not found.truth:
        to.report.add(errors.NOT_A_CLAIM.at(part.claim.span))
        return []
    many = [d for d in found.dims if all(d != axis.name for axis in names.sweep.axes)]
    if many:
        to.report.add(errors.NOT_ONE_TRUTH.at(part.claim.span, dims=", ".join(f"`{d}`" for d in many)))
        return []
    title = part.title.value if part.title else ""
    text = " ".join(part.claim.span.text.split())
    return [Claimed(text, title, found.expr, None if share is None else float(share), part.span)]


def _picture_of_fit(part: ast.Fit) -> Plotted:
    """Every fit has a picture: the data, and what comes nearest to them."""
    return Plotted("fit", ("data", "fitted"), {"label": " ".join(part.value.span.text.split())}, part.span)
