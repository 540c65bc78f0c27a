"""The state in which an input is explained: by running an experiment that far, or from a result that holds it."""

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from neurashed_dsl.diagnostics import NshedError
from neurashed_dsl.ir.plan import Study, Truths
from neurashed_dsl.ir.system import Grid, System
from neurashed_dsl.model.graph import Graph
from neurashed_dsl.render.pictures import amplification_of, gone_at
from neurashed_dsl.render.series import along, at_time, time_of
from neurashed_dsl.runtime.repeat import prepare
from neurashed_dsl.runtime.simulate import Replicate, simulate
from neurashed_dsl.values import frozen
from neurashed_dsl.why import errors
from neurashed_dsl.why.scores import Reals, Strengths

if TYPE_CHECKING:
    import xarray

# What an experiment records when it is run to be explained; nothing else.
RECORDS = """
  record why_λ[n in node] = log(λ[n]) at end
  record why_η[e in vote] = log(η[e]) at end
  record why_logit[s in sample, c in class] = log(logit[s, c]) at end
"""


@frozen
class State:
    """λ and η at `step`, and at the start. `logits`: log Z[sample, class] as the system itself has it, to compare. `gone`: the nodes
    that were pruned until then. None: not known."""

    step: int
    strengths: Strengths
    begun: Strengths | None = None
    logits: Reals | None = None
    gone: Truths | None = None


def state_of_run(study: Study, step: int | None, repeat: int) -> State:
    """Run a study with the records of RECORDS to `step`, or to its end; the bits are those of its whole run.

    Raises NshedError [step-beyond-run] where `stop when` ends it before.
    """
    end = study.plan.steps if step is None else step
    found = _run(study, end, repeat)
    if found.step < end and step is not None:
        raise NshedError([errors.BEYOND_RUN.at(None, experiment=study.name, last=found.step, step=step)])
    outs = (found if found.step == end else _run(study, found.step, repeat)).outs
    begun, now = (Strengths(outs["why_λ"][i], outs["why_η"][i]) for i in (0, -1))
    gone = None if found.pruned_at is None else found.pruned_at >= 0
    return State(found.step, now, begun, outs["why_logit"][-1], gone)


def _run(study: Study, step: int, repeat: int) -> Replicate:
    grid = Grid(np.unique([0, step]).astype(np.int64))

    def cut(system: System | None) -> Any:
        return system and replace(system, records=tuple(replace(r, grid=grid) for r in system.records))

    changes = tuple(replace(i, system=cut(i.system)) for i in study.plan.interventions if i.step <= step)
    short = replace(study, system=cut(study.system), plan=replace(study.plan, steps=step, interventions=changes))
    return simulate(short, prepare(short, 1), [], repeat)


# --- results --------------------------------------------------------------------------------------------------------------


def state_of_result(graph: Graph, result: "xarray.Dataset", step: int | None, last: int, repeat: int) -> State:
    """λ and η as a result holds them at `step`; None: at the end of the run, which is step `last`, or where they were recorded last.

    Raises NshedError [no-state].
    """
    if "repeat" in result.dims:
        result = result.isel(repeat=repeat)
    steps = [last, _last_recorded(result)] if step is None else [step]
    for at in steps:
        kept = _at(result, at, last)
        nodes, votes = amplification_of(graph, kept, at), _weights(graph, kept, at)
        if not (np.isnan(nodes).any() or np.isnan(votes).any()):
            return State(at, Strengths(nodes, votes), gone=gone_at(result, at))
    array, line = (
        ("λ", "record strength = amplification(node)") if np.isnan(nodes).any() else ("η", "record weights = weight()")
    )
    place = f"step {steps[0]}, of every {'node' if array == 'λ' else 'edge to a class'}"
    raise NshedError([errors.NO_STATE.at(None, array=array, network=graph.name, place=place, line=line)])


def _last_recorded(result: "xarray.Dataset") -> int:
    times = [along(a, t).positions for a in result.data_vars.values() if (t := time_of(a)) is not None]
    return int(max((t.max() for t in times if t.size), default=0))


def _at(result: "xarray.Dataset", step: int, last: int) -> "xarray.Dataset":
    """The records that hold this step; those without a time are of the end, or say that they are of the start."""
    kept = []
    for name, array in result.data_vars.items():
        time = time_of(array)
        if time is not None:
            kept += [name] * bool(step in along(array, time).positions)
        elif step == (0 if str(array.attrs.get("declared", "")).endswith("at start") else last):
            kept.append(name)
    return result[kept]


def _weights(graph: Graph, result: "xarray.Dataset", step: int) -> Reals:
    """log η of each vote, from the records of edges that say `weight(…)` or η; NaN where there is none."""
    ends = zip(graph.vote_sources.tolist(), graph.vote_targets.tolist())
    place = {f"{graph.nodes[s]} -> {graph.classes[t]}": i for i, (s, t) in enumerate(ends)}
    found = np.full(len(place), np.nan)
    for array in result.data_vars.values():
        said = re.search(r"=\s*(log\s*\(\s*)?(weight\b|η|eta\b)", str(array.attrs.get("declared", "")))
        dimension = next((d for d in array.dims if d in array.coords and str(array[d].values[:1][0]) in place), None)
        if said is None or dimension is None:
            continue
        values = at_time(array, step)
        with np.errstate(divide="ignore"):
            logs = values.values if said[1] else np.log(values.values)
        for label, log in zip(values[dimension].values, logs):
            found[place[str(label)]] = log
    return found
