"""An experiment whose model, or whose sweep, couldn't be made: what is wrong with the rest all the same.

Assumes that what kept it from being made is reported. Takes nothing for wrong that another model could make right.
"""

from neurashed_dsl.diagnostics import Report
from neurashed_dsl.ir.plan import Sweep
from neurashed_dsl.model.asked import read_experiment
from neurashed_dsl.model.clock import NETWORK_RUN, SYSTEM_RUN, clock_of
from neurashed_dsl.model.constant import Settings, option
from neurashed_dsl.model.items import Asked, items_of, repeat_of, seed_of
from neurashed_dsl.model.load import Model
from neurashed_dsl.model.record import grid_steps
from neurashed_dsl.model.scope import FunctionOf, Lowering
from neurashed_dsl.model.unused import examine_body
from neurashed_dsl.syntax import ast

RUN = tuple(dict.fromkeys((*NETWORK_RUN, *SYSTEM_RUN)))


def examine_unmade(item: ast.Experiment, model: Model, report: Report) -> None:
    """Report what isn't reported yet of `run`, `repeat`, records, claims and plots."""
    to = Lowering(Report(), memory=model.memory)
    asked = items_of(item, to)
    repeat_of(asked, model.scope, to)
    seed_of(asked, Settings({}), model.scope, to)
    _examine_times(item, asked, model, to)
    for record in asked.records:
        examine_body((record.value,), [b.name for b in record.binders], model.scope, to)
    read_experiment(item, (), model, Sweep(()), to)
    told = {(d.code, d.span) for d in report.found}
    for diagnostic in to.report.found:
        if (diagnostic.code, diagnostic.span) not in told:
            report.add(diagnostic)


def _is_given(asked: Asked, model: Model) -> bool:
    """Is it of data, which end where they end?"""
    use = asked.model.value if asked.model is not None else None
    name = use.function if isinstance(use, ast.Call) else use
    meaning = model.scope.find(name.name) if isinstance(name, ast.Name) else None
    return isinstance(meaning, FunctionOf) and isinstance(meaning.declaration, ast.Data)


def _examine_times(item: ast.Experiment, asked: Asked, model: Model, to: Lowering) -> None:
    run = option(asked.run_arguments, "run", RUN, to.report)
    swept = {name.name for part in item.items if isinstance(part, ast.Sweep) for name in part.names}
    if asked.stages or swept & {*RUN} or _is_given(asked, model):
        return
    misread = asked.run_misread or len(run) < len(asked.run_arguments)
    clock = clock_of(item.name, "experiment", run, misread, "dt" in run, model.scope, to)
    if clock is None:
        return
    for record in asked.records:
        grid_steps(record, clock, model.scope, to)
