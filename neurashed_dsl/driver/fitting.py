"""An experiment with a `fit`: its model is run with one value of the parameters after another, and its result is that of the nearest.

All evaluations draw from the same random streams, as the cells of a sweep do. One has the numbers that the experiment would have
had with its values given by `--set`; kernels take parameters as arguments, so none is compiled anew.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from os import cpu_count
from threading import Event
from typing import TYPE_CHECKING, Any

import numpy as np

from neurashed_dsl.backend.threads import waited_for
from neurashed_dsl.diagnostics import Diagnostic, NshedError, Report
from neurashed_dsl.driver.running import How, firing_table_of, result_of
from neurashed_dsl.ir.plan import Study
from neurashed_dsl.model import fit_errors as errors
from neurashed_dsl.model.constant import shown
from neurashed_dsl.model.examine import Elaborated, study_of
from neurashed_dsl.model.fit import ENDS, Fitting, Free
from neurashed_dsl.model.known import ESTIMATE, PARAMETER
from neurashed_dsl.model.load import load_model
from neurashed_dsl.model.sweep_cells import Cell
from neurashed_dsl.runtime.fit import Fails, Floats, Nearest, most_evaluations, nearest_fit

if TYPE_CHECKING:
    import xarray

    from neurashed_dsl.driver.program import Program
    from neurashed_dsl.runtime.again import Kernels


def fitted_result(program: "Program", name: str, found: Elaborated, seed: int | None, how: How) -> "xarray.Dataset":
    """The result of the experiment with its parameters fitted, and what the fit found; what should be known of that is added to the
    program's warnings. Raises NshedError [fit-fails]."""
    from neurashed_dsl.runtime.budget import refuse_if_too_large

    fit = found.reading.fit
    assert fit is not None
    refuse_if_too_large(found.study, how.jobs)
    runs = _Runs(program, name, found, seed, how)
    first = np.array([_place(p, found.study) for p in fit.parameters])
    try:
        nearest = nearest_fit(runs, first, how.starts or fit.starts, found.study.plan.seed, fit.deviation is not None)
    except Fails:
        values = ", ".join(f"{p.name} = {shown(v)}" for p, v in zip(fit.parameters, _values(fit, first)))
        raise NshedError([errors.FIT_FAILS.at(fit.span, values=values, message=runs.failure)]) from None
    study = runs.study(nearest.place)
    study = replace(study, hashes={**study.hashes, **fit.hashes})
    # Its numbers hang on those that were found, which stand in no key: it isn't kept.
    how = replace(how, folder=None)
    result = result_of(program, name, replace(found, studies=(study,)), seed, how, _variables(fit, nearest))
    program.warnings.extend(d for d in _remarks(fit, name, result) if str(d) not in map(str, program.warnings))
    return result.assign_attrs(fit=" ".join(fit.span.text.split()).removeprefix("fit "))


def _place(free: Free, study: Study) -> float:
    """Where a parameter starts, in 0..1: at its own value, if that lies within the bounds, else in the middle."""
    value = study.system.parameters.get(free.name)
    inside = value is not None and free.low <= value <= free.high
    return (float(value) - free.low) / (free.high - free.low) if inside and value is not None else 0.5


def _values(fit: Fitting, place: Floats) -> list[float]:
    """The parameters' values: their bounds themselves where they are at them."""
    ends = ((p.low, p.high) for p in fit.parameters)
    return [high if u == 1 else low + float(u) * (high - low) for u, (low, high) in zip(place, ends)]


class _Runs:
    """Residuals at points of the box, several at once in threads."""

    def __init__(self, program: "Program", name: str, found: Elaborated, seed: int | None, how: How) -> None:
        assert found.reading.fit is not None
        self.program, self.item, self.seed, self.how = program, program.model.experiments[name], seed, how
        self.found, self.fit = found, found.reading.fit
        self.failure, self.done, self.halt = "", 0, Event()
        self.kernels: Kernels | None = None
        self.limit = most_evaluations(len(self.fit.parameters)) * (how.starts or self.fit.starts)

    def __call__(self, points: Sequence[Floats]) -> list[Floats]:
        threads = self.how.jobs or cpu_count() or 1
        work = partial(self._residuals, jobs=max(1, threads // max(1, len(points))))
        if len(points) < 2 or threads < 2:
            made = [work(p) for p in points]
        else:
            try:
                with waited_for(min(threads, len(points))) as pool:
                    made = list(pool.map(work, points))
            except KeyboardInterrupt:
                self.halt.set()
                raise
        self.done += len(points)
        if self.how.progress:
            self.how.progress(self.done, self.limit, f"{self.item.name.name}: fitting")
        return made

    def study(self, place: Floats) -> Study:
        """The study with these values. Raises NshedError."""
        values = dict(zip((p.name for p in self.fit.parameters), _values(self.fit, place)))
        settings = {**self.program.settings, **values}
        own, report = self.program.model, Report()
        if any(p.of_file for p in self.fit.parameters):
            own = load_model(own.source, own.path, report, settings, own.allowed, own)
        study = study_of(Cell(own, self.item, settings), self.seed, firing_table_of, report)
        report.stop()
        assert study is not None
        return study

    def _residuals(self, place: Floats, jobs: int) -> Floats:
        from neurashed_dsl.runtime.again import Kernels, run_again

        try:
            self.kernels = self.kernels or Kernels()
            study = self.study(place)
            finished = run_again(self.kernels, study, jobs, self.how.road, self.halt)
        except NshedError as error:
            self.failure = next(d.message for d in error.diagnostics if d.severity == "error")
            return np.full(self.fit.data.size, np.nan)
        if finished.interrupted:
            raise KeyboardInterrupt
        return self._left(place, study, finished.replicates)

    def _left(self, place: Floats, study: Study, replicates: Any) -> Floats:
        """What is fitted, in the mean over the repeats, less the data, in units of their deviations."""
        from xarray import Dataset

        from neurashed_dsl.runtime.after import arrays_of
        from neurashed_dsl.runtime.result import dataset_of

        recorded = dataset_of(study, replicates)
        named = {str(n): recorded[n] for n in recorded.data_vars}
        named[ESTIMATE] = Dataset(_estimates(self.fit, place))[ESTIMATE]
        value = arrays_of([*self.fit.derived, ("", self.fit.quantity)], named)[""]
        data = value.transpose(*self.fit.dims).values if self.fit.dims else np.asarray(value)
        residuals: Floats = np.ravel(
            (data - self.fit.data) / (1.0 if self.fit.deviation is None else self.fit.deviation)
        )
        return residuals


def _estimates(fit: Fitting, place: Floats) -> dict[str, Any]:
    """The values, and the coordinate that has their names."""
    names = np.array([p.name for p in fit.parameters])
    return {PARAMETER: (PARAMETER, names), ESTIMATE: (PARAMETER, np.array(_values(fit, place)))}


def _variables(fit: Fitting, nearest: Nearest) -> dict[str, Any]:
    """What a result holds of a fit, by name."""
    widths = np.array([p.high - p.low for p in fit.parameters])
    residuals = nearest.residuals.reshape(fit.data.shape)
    deviation = np.ones(()) if fit.deviation is None else fit.deviation
    spread = (fit.data - fit.data.mean()) / deviation
    total = float((spread**2).sum())
    ends = np.array([[p.low, p.high] for p in fit.parameters])
    return {
        "data": (tuple(fit.dims), fit.data),
        "fitted": (tuple(fit.dims), fit.data + residuals * deviation),
        **_estimates(fit, nearest.place),
        "standard_error": (PARAMETER, nearest.errors * widths),
        "start": (PARAMETER, np.array(_values(fit, nearest.start))),
        "end": ("end", np.array(ENDS)),
        "bounds": ((PARAMETER, "end"), ends),
        "rms": ((), np.sqrt(((residuals * deviation) ** 2).mean())),
        "r_squared": ((), 1 - float((residuals**2).sum()) / total if total > 0 else np.nan),
        "evaluations": ((), float(nearest.evaluations)),
        "converged": ((), float(nearest.converged)),
    }


def _remarks(fit: Fitting, name: str, dataset: "xarray.Dataset") -> list[Diagnostic]:
    """What a user should know of a fit before it is believed."""
    told: list[Diagnostic] = []
    if not dataset["converged"]:
        told.append(errors.NOT_CONVERGED.at(fit.span, experiment=name, evaluations=int(dataset["evaluations"])))
    deviations = dataset["standard_error"].values
    vague = [p.name for p, e in zip(fit.parameters, deviations) if e == np.inf]
    if vague:
        told.append(errors.NOT_DETERMINED.at(fit.span, names=", ".join(f"`{n}`" for n in vague)))
    for free, value in zip(fit.parameters, dataset["estimate"].values.tolist()):
        if value in (free.low, free.high):
            told.append(errors.AT_BOUND.at(free.span, name=free.name, value=shown(value)))
    return told
