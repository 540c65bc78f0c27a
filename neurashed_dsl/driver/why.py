"""From a question to its answer: the experiment run to the step that is asked for (or a result that holds it), and what `why` makes of it."""

from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from neurashed_dsl.diagnostics import NshedError, Report, Source, WrongUse, nearest
from neurashed_dsl.driver.program import Program
from neurashed_dsl.driver.running import How, firing_table_of
from neurashed_dsl.driver.supplied import run_after_others, supplied
from neurashed_dsl.ir.plan import Study, cell_values
from neurashed_dsl.model.examine import study_of
from neurashed_dsl.model.graph import Graph
from neurashed_dsl.model.growth import laws_of
from neurashed_dsl.model.known import ESTIMATE, PARAMETER
from neurashed_dsl.model.load import Model, load_model
from neurashed_dsl.model.scope import Lowering
from neurashed_dsl.model.sweep import read_sweeps
from neurashed_dsl.model.sweep_cells import Sweeps, cell_of
from neurashed_dsl.runtime.budget import refuse_if_too_large
from neurashed_dsl.syntax import ast
from neurashed_dsl.syntax.parse import parse
from neurashed_dsl.why import errors
from neurashed_dsl.why.account import Why, question, why_of
from neurashed_dsl.why.data import data_of
from neurashed_dsl.why.picture import picture_of
from neurashed_dsl.why.state import RECORDS, State, state_of_result, state_of_run
from neurashed_dsl.why.words import text_of

if TYPE_CHECKING:
    import xarray

DROPPED = ast.Record | ast.Derive | ast.Plot | ast.Expect | ast.Sweep


class Explanation:
    """An answer: `text`, `data` (plain, ready for JSON), `picture`. It shows itself in a notebook."""

    def __init__(self, why: Why) -> None:
        self.why = why

    @property
    def text(self) -> str:
        return text_of(self.why)

    @property
    def data(self) -> dict[str, Any]:
        return data_of(self.why)

    @cached_property
    def picture(self) -> Any:
        return picture_of(self.why)

    def save(self, path: Any) -> None:
        """The picture, written by suffix: svg, png, pdf, dot, … Raises NshedError [unknown-format], OSError."""
        self.picture.save(path)

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return self.text

    def _repr_html_(self) -> str:
        from html import escape

        return f"{self.picture.svg()}<pre>{escape(self.text)}</pre>"


def explain(
    program: Program,
    name: str | None,
    input: str,
    *,
    node: str | None = None,
    step: int | None = None,
    repeat: int = 0,
    cell: Mapping[str, object] | None = None,
    seed: int | None = None,
    result: "xarray.Dataset | None" = None,
) -> Explanation:
    """`name`: an experiment, or a network, which is explained as it starts. Raises NshedError, WrongUse."""
    chosen = _chosen(program, name, result)
    seed = seed if result is None else int(result.attrs.get("seed", 0))
    program, fitted = _as_it_runs(program, chosen, seed, result)
    prepared = _Prepared(program, chosen, cell or {}, seed)
    study, graph = prepared.study, prepared.study.facts
    asked = question(graph, input, node)
    if not 0 <= repeat < study.plan.replicates:
        last = study.plan.replicates - 1
        raise NshedError([errors.NO_REPEAT.at(None, experiment=chosen, repeat=repeat, last=last)])
    last = study.plan.steps if prepared.runs else 0
    if step is not None and step > last:
        raise NshedError([errors.BEYOND_RUN.at(None, experiment=chosen, last=last, step=step)])
    if result is None:
        state = _state(prepared, step if prepared.runs else 0, repeat)
    else:
        state = state_of_result(graph, prepared.picked(result), step, last, repeat)
    graph = _left(study, state)
    plan = study.plan if state.begun is not None else None
    laws = laws_of(graph, Lowering(Report(), memory=prepared.model.memory))
    table = firing_table_of(graph)
    place = _place(prepared, chosen, state.step, repeat)
    return Explanation(why_of(graph, table, asked, state, place, laws, plan, repeat, (*prepared.notes, *fitted)))


def _as_it_runs(
    program: Program, name: str, seed: int | None, result: "xarray.Dataset | None"
) -> tuple[Program, tuple[str, ...]]:
    """With the values that an experiment's `fit` finds, and the results that it takes from others; and what is to be said of these. With a
    `result`, which has the values, nothing is run."""
    if name not in program.experiments:
        return program, ()

    def run(other: str) -> "xarray.Dataset":
        return run_after_others(program, other, seed, How())

    given = supplied(program, name, run) if result is None else program
    found = result if result is not None else run(name) if name in program.fits else None
    if found is None or ESTIMATE not in found:
        return given, ()
    values = dict(zip(found[PARAMETER].values.tolist(), found[ESTIMATE].values.tolist()))
    settings, own = {**given.settings, **values}, given.model
    model = load_model(own.source, own.path, Report(), settings, own.allowed, own)
    notes = ("as fitted: " + ", ".join(f"{n} = {_shown(v)}" for n, v in values.items()),)
    return replace(given, settings=settings, model=model, elaborated={}), notes


def _left(study: Study, state: State) -> Graph:
    """The network as it is explained: without what was pruned, which shows nothing and counts nowhere."""
    prunings = [i.pruning for i in study.plan.interventions if i.pruning is not None]
    whole: Graph = study.facts
    if state.gone is None or not state.gone.any() or not prunings:
        return whole
    left: Graph = prunings[0].without(state.gone).facts
    return left


def _chosen(program: Program, name: str | None, result: "xarray.Dataset | None") -> str:
    """An experiment on a network, or a network."""
    known = [*program.experiments, *program.networks]
    if name is not None:
        if name in program.systems and name not in program.networks:
            raise WrongUse(f"`{name}` is a system: there is no input to explain")
        if name not in known:
            near = nearest(name, known)
            hint = f"; did you mean `{near}`?" if near else f"; there are {', '.join(known)}" if known else ""
            raise WrongUse(f"{program.source.name} has no experiment or network `{name}`{hint}")
        return name
    made_by = None if result is None else result.attrs.get("experiment")
    if made_by in program.experiments:
        return str(made_by)
    on_networks = (e for e in program.experiments if program.elaborate(e).study.facts is not None)
    found = next(on_networks, None) or next(iter(program.networks), None)
    if found is None:
        raise WrongUse(f"{program.source.name} declares no network whose inputs could be explained")
    return found


class _Prepared:
    """The study that is run: an experiment's, in one cell of its sweep, with the records that `why` reads in place of its own.

    `runs`: False of a network that no experiment runs.
    """

    def __init__(self, program: Program, name: str, cell: Mapping[str, object], seed: int | None) -> None:
        self.runs = name in program.experiments
        self.notes: tuple[str, ...] = ()
        item = program.model.experiments[name] if self.runs else self._still(program, name)
        report = Report()
        sweeps = read_sweeps(item, program.model, program.settings, Lowering(report, memory=program.model.memory))
        report.stop()
        assert sweeps is not None
        self.sweeps, self.values = sweeps, _values(name, sweeps, cell)
        kept = tuple(i for i in item.items if not isinstance(i, DROPPED) or isinstance(i, ast.Sweep))
        asking = replace(item, items=(*kept, *_records()))
        made = cell_of(program.model, asking, sweeps, _number(sweeps, self.values), program.settings, report)
        report.stop()
        study = study_of(made, seed, firing_table_of, report)
        if study is not None and study.facts is None:
            raise WrongUse(f"`{name}` runs a system without a network: there is no input to explain")
        if study is not None and study.facts.factors is not None:
            raise NshedError([errors.ON_EDGES.at(None, network=study.facts.name)])
        _refuse_without_scores(name, report)
        report.stop()
        assert study is not None
        self.study: Study = study
        self.model: Model = made.model

    def _still(self, program: Program, network: str) -> ast.Experiment:
        program.graph(network)  # says what parameters it needs
        declared = program.model.networks[network]
        self.notes = (f"no experiment runs it: as {network} starts, with seed 0",)
        text = f"experiment {network} {{\n  model {network}\n  run steps: 1, order: independent\n}}\n"
        found = parse(Source(f"{declared.name.name}", text), Report()).items[0]
        assert isinstance(found, ast.Experiment)
        return found

    def picked(self, result: "xarray.Dataset") -> "xarray.Dataset":
        """The part of a result that is of the cell."""
        for axis in self.sweeps.plan.axes:
            place = next(i for i in range(axis.size) if axis.values[axis.name][i].item() == self.values[axis.name])
            result = result.isel({axis.name: place}) if axis.name in result.dims else result
        return result


def _records() -> tuple[ast.Node, ...]:
    (made,) = parse(Source("why", f"experiment why {{{RECORDS}}}\n"), Report()).items
    assert isinstance(made, ast.Experiment)
    return made.items


def _refuse_without_scores(name: str, report: Report) -> None:
    """What is wrong with the records of RECORDS is that the system has no such array."""
    lines = {d.span.text.split("=")[0] + d.message for d in report.errors if d.span and d.span.source.name == "why"}
    missing = [array for array in ("λ", "η", "logit") if any(f"`{array}`" in line for line in lines)]
    if missing:
        raise NshedError([errors.NO_SCORES.at(None, experiment=name, missing=" and no ".join(missing))])


def _values(name: str, sweeps: Sweeps, cell: Mapping[str, object]) -> dict[str, Any]:
    """The value of each swept name: those of the cell that was picked. Raises NshedError [no-cell], WrongUse."""
    swept = {n: v.tolist() for axis in sweeps.plan.axes for n, v in axis.values.items()}
    for key, value in cell.items():
        if key not in swept:
            near = nearest(key, swept)
            hint = (
                f"; did you mean `{near}`?"
                if near
                else f"; it sweeps {', '.join(swept)}"
                if swept
                else ": it sweeps nothing"
            )
            raise WrongUse(f"`{name}` sweeps no `{key}`{hint}")
        if not any(_same(v, value) for v in swept[key]):
            raise WrongUse(
                f"`{name}` has no cell with {key} = {value}: its values are {', '.join(map(_shown, swept[key]))}"
            )
    left = [axis for axis in sweeps.plan.axes if not any(n in cell for n in axis.values)]
    if left:
        example = " ".join(f"`--cell {a.name}={_shown(swept[a.name][0])}`" for a in left)
        known = "; ".join(f"{a.name} in {', '.join(map(_shown, swept[a.name]))}" for a in left)
        raise NshedError([errors.NO_CELL.at(None, experiment=name, example=example, known=known)])
    number = next(
        (c for c in range(sweeps.plan.count) if all(_same(cell_values(sweeps.plan, c)[k], v) for k, v in cell.items())),
        None,
    )
    if number is None:
        raise WrongUse(f"`{name}` has no cell with {', '.join(f'{k} = {v}' for k, v in cell.items())} together")
    return cell_values(sweeps.plan, number) if swept else {}


def _same(one: object, other: object) -> bool:
    if isinstance(one, int | float) and isinstance(other, int | float):
        return bool(np.isclose(float(one), float(other), rtol=1e-9, atol=0))
    return str(one) == str(other)


def _shown(value: object) -> str:
    return f"{value:.6g}" if isinstance(value, int | float) else str(value)


def _number(sweeps: Sweeps, values: Mapping[str, Any]) -> int:
    return next((c for c in range(sweeps.plan.count) if cell_values(sweeps.plan, c) == dict(values)), 0)


def _place(prepared: _Prepared, name: str, step: int, repeat: int) -> str:
    where = f"step {step} of {name}" if prepared.runs else f"the start of {name}"
    where += "".join(f", {n} = {_shown(v)}" for n, v in prepared.values.items())
    return where + (f", repeat {repeat}" if prepared.study.plan.repeat is not None else "")


def _state(prepared: _Prepared, step: int | None, repeat: int) -> State:
    refuse_if_too_large(prepared.study, 1)
    return state_of_run(prepared.study, step, repeat)
