"""What an experiment takes from another's result: `model locally_elastic(E: last(trained.le))`, `fit curve to trained.load by …`.

An argument of `model`, or the data of a fit, may be an expression over the records of one other experiment of the file, as
`derive` has it; a record with repeats stands for their mean. Before that experiment has run there is a stand-in of the same
shape, by which everything else is checked.
"""

from collections.abc import Callable, Mapping
from graphlib import CycleError, TopologicalSorter
from typing import Any

import numpy as np

from neurashed_dsl.diagnostics import Report, nearest
from neurashed_dsl.model import result_errors as errors
from neurashed_dsl.model.after import lower_after
from neurashed_dsl.model.known import Known, Names, is_time
from neurashed_dsl.model.load import Model
from neurashed_dsl.model.results_given import Result, members, text_of
from neurashed_dsl.model.scope import Lowering
from neurashed_dsl.syntax import ast

NamesOf = Callable[[str], Names | None]


def results_read(item: ast.Experiment) -> list[ast.Expr]:
    """The arguments of its model, and the data of its fits, that come from other experiments' results."""
    uses = [i.value for i in item.items if isinstance(i, ast.ModelUse) and isinstance(i.value, ast.Call)]
    given: list[ast.Expr] = [a.value for use in uses for a in use.arguments]
    for fit in item.items:
        if isinstance(fit, ast.Fit):
            given += [fit.data, *(a.value for a in fit.arguments)]
    return [x for x in given if members(x)]


def records_read(item: ast.Experiment) -> list[ast.Member]:
    """What it derives from records of other experiments."""
    derived = [i.value for i in item.items if isinstance(i, ast.Derive)]
    return [m for x in derived for m in members(x) if m.experiment.name != item.name.name]


def experiments_read(item: ast.Experiment) -> list[str]:
    read = (*results_read(item), *records_read(item))
    return list(dict.fromkeys(m.experiment.name for x in read for m in members(x)))


def taken_from(name: str, experiments: Mapping[str, ast.Experiment]) -> set[str]:
    """An experiment and all that it takes from, one way or another. Empty where there is none of the name."""
    found: set[str] = set()
    left = [name]
    while left:
        each = left.pop()
        if each in experiments and each not in found:
            found.add(each)
            left += experiments_read(experiments[each])
    return found


def in_order(experiments: Mapping[str, ast.Experiment], report: Report) -> list[str]:
    """Each experiment after those whose results it takes. A circle is reported, and taken as it comes."""
    reads = {n: [r for r in experiments_read(item) if r in experiments] for n, item in experiments.items()}
    while True:
        try:
            return list(TopologicalSorter(reads).static_order())
        except CycleError as error:
            circle = error.args[1][::-1]
            item = experiments[circle[0]]
            inside = (m for x in (*results_read(item), *records_read(item)) for m in members(x))
            spot = next(m for m in inside if m.experiment.name == circle[1])
            report.add(errors.CIRCULAR_RESULTS.at(spot.span, circle=" → ".join(circle)))
            reads |= {n: [r for r in reads[n] if r not in circle] for n in circle}


def known_result(x: ast.Expr, model: Model, names_of: NamesOf, to: Lowering) -> Known | None:
    """An expression over the records of one experiment. None after a report, or where that experiment has mistakes of its own."""
    first, *others = members(x)
    name = first.experiment.name
    if name not in model.experiments:
        known = ", ".join(f"`{n}`" for n in model.experiments)
        near = nearest(name, model.experiments)
        to.report.add(errors.UNKNOWN_EXPERIMENT.at(first.experiment.span, name=name, near=near, known=known))
        return None
    for other in others:
        if other.experiment.name != name:
            spot = other.experiment.span
            to.report.add(errors.TWO_EXPERIMENTS.at(spot, first=name, other=other.experiment.name))
            return None
    names = names_of(name)
    return None if names is None else lower_after(x, names, to)


def times_of(known: Known) -> Any:
    """The times of an array whose first dimension is time; else None."""
    first = next(iter(known.dims), "")
    return known.dims[first] if is_time(first) else None


def stand_ins(item: ast.Experiment, model: Model, names_of: NamesOf, to: Lowering) -> None:
    """Add to `model.results` what has the shape of each result that an experiment takes."""
    for x in results_read(item):
        known = known_result(x, model, names_of, to)
        if known is None:
            continue
        if any(labels is None for labels in known.dims.values()):
            to.report.add(errors.RESULT_SIZE_UNKNOWN.at(x.span, text=text_of(x)))
            continue
        shape = [len(labels) for labels in known.dims.values()]
        model.results[text_of(x)] = Result(np.ones(shape), times=times_of(known))
