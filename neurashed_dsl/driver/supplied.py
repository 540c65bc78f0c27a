"""Experiments that others take results from: they are run first, once in a program for each seed, and their results handed on as arrays."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from neurashed_dsl.diagnostics import Report, Span
from neurashed_dsl.driver.fitting import fitted_result
from neurashed_dsl.driver.running import How, result_of
from neurashed_dsl.model import result_errors as errors
from neurashed_dsl.model.known import Names, is_time
from neurashed_dsl.model.results import experiments_read, known_result, records_read, results_read
from neurashed_dsl.model.results_given import Result, members, text_of
from neurashed_dsl.model.scope import Lowering
from neurashed_dsl.syntax import ast

if TYPE_CHECKING:
    import xarray

    from neurashed_dsl.driver.program import Program

Run = Callable[[str], "xarray.Dataset"]


def run_after_others(program: "Program", name: str, seed: int | None, how: How) -> "xarray.Dataset":
    """An experiment's result, made after those that it takes from. What others take is kept in `program.results`."""
    key = name, seed, how.road, how.starts
    if key in program.results:
        return program.results[key]
    given = supplied(program, name, lambda other: run_after_others(program, other, seed, how))
    found = given.elaborate(name, seed)
    result = (result_of if found.reading.fit is None else fitted_result)(given, name, found, seed, how)
    if any(name in experiments_read(item) for item in program.model.experiments.values()):
        program.results[key] = result
    return result


def supplied(program: "Program", name: str, run: Run) -> "Program":
    """The program with the results that an experiment takes, `run` giving those of the others. Raises NshedError where there are none to take."""
    item = program.model.experiments[name]
    needed = experiments_read(item)
    if not needed:
        return program
    report = Report()
    datasets = {other: run(other) for other in needed}
    for x in (*results_read(item), *records_read(item)):
        other = members(x)[0].experiment
        _refuse_unfinished(other.name, datasets[other.name].attrs["status"], other.span, report)
    report.stop()
    results = {text_of(x): _result(x, program, datasets, report) for x in results_read(item)}
    report.stop()
    records = {text_of(m): _array(m, program, datasets, report) for m in records_read(item)}
    return replace(program, model=replace(program.model, results=results, records=records), elaborated={})


def _refuse_unfinished(name: str, status: str, span: Span, report: Report) -> None:
    if status == "interrupted":
        raise KeyboardInterrupt
    if status != "complete":
        report.add(errors.NO_RESULT.at(span, name=name, why="some of its cells failed"))


def _result(x: ast.Expr, program: "Program", datasets: Mapping[str, "xarray.Dataset"], report: Report) -> Result:
    found = _array(x, program, datasets, report)
    data = np.asarray(found, np.float64)
    if not np.isfinite(data).all():
        report.add(errors.NOT_FINITE.at(x.span, text=text_of(x), name=members(x)[0].experiment.name))
    first = str(found.dims[0]) if found.dims else ""
    times = found[first].values if is_time(first) else None
    return Result(data, hashlib.sha256(repr(data.shape).encode() + data.tobytes()).hexdigest(), times)


def _array(
    x: ast.Expr, program: "Program", datasets: Mapping[str, "xarray.Dataset"], report: Report
) -> "xarray.DataArray":
    """What an expression over another experiment's records comes to, time first, in the mean of its repeats."""
    import xarray

    from neurashed_dsl.runtime.after import derived

    def names_of(other: str) -> Names | None:
        return program.elaborate(other).reading.names

    other = members(x)[0].experiment.name
    known = known_result(x, program.model, names_of, Lowering(report, memory=program.model.memory))
    assert known is not None, "it was looked at before"
    whole = datasets[other]
    found = derived(known.expr, whole.mean("repeat") if "repeat" in whole.dims else whole)
    return xarray.DataArray(found).transpose(*known.dims)
