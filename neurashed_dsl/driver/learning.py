"""Which networks of a file are judged by the rate criterion, and how they are presented: what `nshed check --learning` shows."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from neurashed_dsl.diagnostics import Report, WrongUse
from neurashed_dsl.driver.running import firing_table_of
from neurashed_dsl.ir.plan import Presentation, Study, cell_title
from neurashed_dsl.model.examine import study_of
from neurashed_dsl.model.frequency import one_at_a_time
from neurashed_dsl.model.graph import Graph
from neurashed_dsl.model.lessons import Lesson, lesson_of
from neurashed_dsl.model.load import Model
from neurashed_dsl.model.scope import FunctionOf, Lowering
from neurashed_dsl.model.sweep_cells import cell_of
from neurashed_dsl.render.learning import lesson_data, lesson_text
from neurashed_dsl.syntax import ast
from neurashed_dsl.values import frozen

if TYPE_CHECKING:
    from neurashed_dsl.driver.program import Program

MOST_CELLS = 50  # of a sweep that are judged
PAPERS = ("neurashed", "neurashed_edges")  # systems of the library that train as the paper does
LARGEST = 2 * 10**8  # nodes × inputs


@frozen
class Learning:
    """What is said of experiments that come to the same. `lesson` None: nothing can be said, `refused` says why."""

    of: tuple[str, ...]
    lesson: Lesson | None
    refused: str = ""

    @property
    def text(self) -> str:
        if self.lesson is None:
            return f"{', '.join(self.of)}: nothing is said, {self.refused}"
        return lesson_text(self.lesson, self.of)

    @property
    def data(self) -> dict[str, Any]:
        """Plain data, ready for JSON."""
        return (
            {"of": list(self.of), "refused": self.refused} if self.lesson is None else lesson_data(self.lesson, self.of)
        )

    def __str__(self) -> str:
        return self.text

    def _repr_html_(self) -> str:
        from html import escape

        return f"<pre>{escape(self.text)}</pre>"


def learning_of(program: "Program", name: str | None) -> list[Learning]:
    """Of an experiment or a network; None: of all experiments on networks, and of the networks that no experiment runs."""
    found: dict[str, Learning] = {}
    for each in _judged(program, name):
        key = each.refused if each.lesson is None else lesson_text(each.lesson)
        known = found.get(key)
        found[key] = each if known is None else Learning((*known.of, *each.of), known.lesson, known.refused)
    return list(found.values())


def _judged(program: "Program", name: str | None) -> Iterator[Learning]:
    if name is not None and name not in program.experiments:
        yield _of_network(program, program.graph(name))
        return
    run: set[str] = set()
    for experiment in program.experiments if name is None else (name,):
        study = program.elaborate(experiment).study
        if study.facts is not None:
            run.add(study.facts.name)
            yield from _of_experiment(program, experiment)
        elif name is not None:
            raise WrongUse(f"`{name}` runs a system without a network: there are no classes to learn")
    for network in program.networks if name is None else ():
        declared = program.model.networks[network]
        if network not in run and all(
            p.default is not None or p.name.name in program.settings for p in declared.parameters
        ):
            yield _of_network(program, program.graph(network))


def _of_network(program: "Program", graph: Graph) -> Learning:
    weights = graph.inputs.weights * ~graph.inputs.held_out
    if not weights.any():
        return Learning((f"network {graph.name}",), None, "it has no input to train on")
    return _lesson(program.model, graph, one_at_a_time(weights), (f"network {graph.name}",))


def _of_experiment(program: "Program", experiment: str) -> Iterator[Learning]:
    trainer = _trainer(program.model, program.model.experiments[experiment])
    if trainer:
        yield Learning((experiment,), None, f"as `{trainer}` trains it, and not the paper's `neurashed`")
        return
    sweeps = program.elaborate(experiment).sweeps
    if sweeps.plan.count > MOST_CELLS:
        yield Learning((experiment,), None, f"as its sweep has {sweeps.plan.count} cells, more than {MOST_CELLS}")
        return
    for cell in range(sweeps.plan.count):
        report = Report()
        made = cell_of(program.model, program.model.experiments[experiment], sweeps, cell, program.settings, report)
        study = None if report.errors else study_of(made, None, firing_table_of, report)
        title = f"{experiment} ({cell_title(sweeps.plan, cell)})" if sweeps.plan.axes else experiment
        if study is None or report.errors:
            yield Learning((title,), None, f"as the cell fails: {report.errors[0].message}")
        else:
            yield _lesson(made.model, study.facts, _in_the_long_run(study), (title, *_notes(study)))


def _lesson(model: Model, graph: Graph, how: Presentation, of: tuple[str, ...]) -> Learning:
    if len(graph.nodes) * len(graph.inputs.names) > LARGEST:
        return Learning(of, None, f"as it is too large: {len(graph.nodes)} nodes × {len(graph.inputs.names)} inputs")
    return Learning(of, lesson_of(graph, how, firing_table_of, Lowering(Report(), memory=model.memory)))


def _in_the_long_run(study: Study) -> Presentation:
    """How the last stage presents the inputs."""
    orders = [study.plan.presentation, *(i.presentation for i in study.plan.interventions)]
    last = [o for o in orders if o is not None][-1]
    assert last is not None
    return last


def _notes(study: Study) -> Iterator[str]:
    if any(i.system is not None and i.presentation is None for i in study.plan.interventions):
        yield "as the parameters stand at the start"


def _trainer(model: Model, item: ast.Experiment) -> str:
    """The name of the system that trains the network, if it isn't the library's `neurashed`."""
    (use,) = (part.value for part in item.items if isinstance(part, ast.ModelUse))
    name = use.function if isinstance(use, ast.Call) else use
    assert isinstance(name, ast.Name)
    meaning = model.scope.find(name.name)
    if not isinstance(meaning, FunctionOf) or isinstance(meaning.declaration, ast.Network):
        return ""  # the library's
    declared = meaning.declaration if isinstance(meaning, FunctionOf) else None
    library = any(declared is item for document in model.library for item in document.items)
    return "" if library and isinstance(declared, ast.System) and declared.name.name in PAPERS else name.name
