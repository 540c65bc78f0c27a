"""The one place that knows the order of the stages: text → model → study → passes → kernel → result → claims and pictures."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from neurashed_dsl.diagnostics import Diagnostic, NshedError, Report, Source, Span, nearest
from neurashed_dsl.ir.plan import Study
from neurashed_dsl.model.asked import Claimed, Plotted, Reading, read_experiment
from neurashed_dsl.model.constant import Settings
from neurashed_dsl.model.examine import anew, examine, graph_of
from neurashed_dsl.model.experiment import elaborate_experiment
from neurashed_dsl.model.graph import Graph
from neurashed_dsl.model.load import Model, load_model
from neurashed_dsl.model.network import firing_words
from neurashed_dsl.model.scope import FunctionOf, Lowering
from neurashed_dsl.syntax import ast
from neurashed_dsl.syntax.parse import decode

if TYPE_CHECKING:
    import xarray

    from neurashed_dsl.runtime.after import Claim

SMALL = 10**6  # nodes × inputs up to which NumPy makes the firing table
Progress = Callable[[int, int, str], None]


class WrongUse(Exception):
    """The command is at fault, not the file: no such file, experiment or parameter."""


# --- reading --------------------------------------------------------------------------------------------------------------


def read_source(path: Path, report: Report) -> Source:
    """The text of a file. Raises WrongUse if it can't be read."""
    try:
        return decode(str(path), path.read_bytes(), report)
    except FileNotFoundError:
        beside = [p.name for p in path.parent.glob("*.nshed")] if path.parent.is_dir() else []
        near = nearest(path.name, beside)
        hint = f"; did you mean {path.with_name(near)}?" if near else ""
        raise WrongUse(f"there is no file {path}{hint}") from None
    except IsADirectoryError:
        raise WrongUse(f"{path} is a folder") from None
    except OSError as error:
        raise WrongUse(f"{path} can't be read: {error.strerror}") from None


def check(
    path: Path | str, settings: Mapping[str, object] | None = None, allow: Sequence[Path] = ()
) -> list[Diagnostic]:
    """Everything that can be said about a file without running it."""
    path = Path(path)
    report = Report()
    source = read_source(path, report)
    return check_source(source, path, settings or {}, allow, report)


def check_source(
    source: Source, path: Path | None, settings: Mapping[str, object], allow: Sequence[Path], report: Report
) -> list[Diagnostic]:
    model = load_model(source, path, report, settings, allow)
    examine(model, settings, report)
    if not report.errors:
        _known_settings(model, settings)
    return report.found


def load(path: Path | str, set: Mapping[str, object] | None = None, allow: Sequence[Path] = ()) -> "Program":
    """A checked program from a file. Raises NshedError with all its diagnostics, WrongUse if there is no such file."""
    path = Path(path)
    report = Report()
    return _program(read_source(path, report), path, set or {}, allow, report)


def loads(text: str, name: str = "<text>", set: Mapping[str, object] | None = None) -> "Program":
    """A checked program from a text. Raises NshedError."""
    report = Report()
    return _program(Source(name, text.replace("\r\n", "\n")), None, set or {}, (), report)


def _program(
    source: Source, path: Path | None, settings: Mapping[str, object], allow: Sequence[Path], report: Report
) -> "Program":
    model = load_model(source, path, report, settings, allow)
    examine(model, settings, report)
    report.stop()
    _known_settings(model, settings)
    return Program(source, path, tuple(allow), dict(settings), model, report.warnings)


def _known_settings(model: Model, settings: Mapping[str, object]) -> None:
    declared = model.documents[model.source.name].items  # a used file's parameters are its own
    own = [d.parameter.name.name for d in declared if isinstance(d, ast.FileParameter)]
    found = [m.declaration for m in model.scope.names.values() if isinstance(m, FunctionOf)]
    models = [d for d in found if isinstance(d, ast.Network | ast.System)]
    known = {*own, *(p.name.name for n in models for p in n.parameters)}
    for name in settings:
        if name not in known:
            near = nearest(name, known)
            raise WrongUse(f"there is no parameter `{name}`" + (f"; did you mean `{near}`?" if near else ""))


# --- programs -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Compiled:
    """What `nshed compile` shows. Texts are made when the study is compiled."""

    summary: Mapping[str, str]
    ast: str
    model: str
    ir: str
    kernel: str
    dot: str
    json: str
    memory: int
    seconds: Mapping[str, float]


@dataclass(frozen=True, eq=False)
class Program:
    """A checked file, ready to run."""

    source: Source
    path: Path | None
    allow: tuple[Path, ...]
    settings: Mapping[str, object]
    model: Model
    warnings: list[Diagnostic] = field(default_factory=list)
    # Experiments elaborated so far, by name and seed.
    studies: dict[tuple[str, int | None], tuple[Study, Reading]] = field(default_factory=dict, repr=False)

    @property
    def experiments(self) -> tuple[str, ...]:
        return tuple(self.model.experiments)

    @property
    def networks(self) -> tuple[str, ...]:
        return tuple(self.model.networks)

    @property
    def systems(self) -> tuple[str, ...]:
        return tuple(self.model.systems)

    def run(
        self,
        experiment: str | None = None,
        *,
        set: Mapping[str, object] | None = None,
        seed: int | None = None,
        jobs: int | None = None,
        progress: Progress | None = None,
    ) -> "xarray.Dataset":
        """The experiment's records, derived arrays among them. On Ctrl-C, what there is, with attrs["status"] "interrupted"."""
        program = self._with(set)
        study, reading = program.study(experiment, seed)
        return _result(program, study, reading, jobs, progress)

    def test(
        self,
        experiment: str | None = None,
        *,
        set: Mapping[str, object] | None = None,
        seed: int | None = None,
        jobs: int | None = None,
        progress: Progress | None = None,
    ) -> "list[Claim]":
        """Run, and judge every claim."""
        name = self._chosen(experiment)
        return self.claims(self.run(name, set=set, seed=seed, jobs=jobs, progress=progress), name)

    def claims(self, dataset: "xarray.Dataset", experiment: str | None = None) -> "list[Claim]":
        """The claims of an experiment, judged on a result of it."""
        from neurashed_dsl.runtime.after import judged

        name = self._chosen(experiment)
        _, reading = self._any_study(name)
        return [judged(c.text, c.title, c.expr, c.share, dataset, name, c.span) for c in reading.claims]

    def plots(self, dataset: "xarray.Dataset", experiment: str | None = None) -> list[tuple[str, Any]]:
        """(name, picture) for every `plot` of an experiment; each picture has `.save(path)`."""
        return [(name, draw()) for name, draw in self.drawings(dataset, experiment)]

    def drawings(self, dataset: "xarray.Dataset", experiment: str | None = None) -> list[tuple[str, Callable[[], Any]]]:
        """(name, what makes its picture) for every `plot` of an experiment: pictures take time, and may be there already."""

        def drawing(plot: Plotted) -> Callable[[], Any]:
            from neurashed_dsl.render.pictures import picture_of

            return lambda: picture_of(plot, dataset, study.facts)

        study, reading = self._any_study(self._chosen(experiment))
        return [(_plot_name(p, i, reading.plots), drawing(p)) for i, p in enumerate(reading.plots)]

    def render(
        self, name: str | None = None, *, input: str | None = None, result: Any = None, step: int | None = None
    ) -> Any:
        """A Picture of a network or a system, of the file or of the library, or of an experiment's; of a `result` the plot of that name."""
        from neurashed_dsl.render.pictures import diagram_of, sketch
        from neurashed_dsl.render.subject import system_of

        plots = {} if result is None else dict(self.drawings(result, result.attrs.get("experiment")))
        if name is not None and name in plots:
            return plots[name]()
        system = system_of(self.model, name)
        if system is None:
            return diagram_of(self.graph(name), input, result, step)
        if input is not None or step is not None:
            raise WrongUse(f"`{system.declaration.name.name}` is a system: there is no input, and no λ, to show in it")
        if result is not None and not plots:
            raise WrongUse("the experiment has no `plot` to draw the result by")
        return sketch(system.declaration, system.scope) if result is None else next(iter(plots.values()))()

    def graph(self, name: str | None = None) -> Graph:
        """A network with its sizes worked out. `name`: a network or an experiment; the only one, if there is one."""
        known = [*self.networks, *self.experiments]
        if name is None and not known:
            raise WrongUse(f"{self.source.name} declares no network")
        chosen = name or (self.networks or self.experiments)[0]
        if chosen in self.model.networks:
            report = Report()
            graph = graph_of(
                self.model, self.model.networks[chosen], self.settings, Lowering(report, memory=self.model.memory)
            )
            report.stop()
            assert graph is not None
            return graph
        return self._any_study(chosen)[0].facts  # type: ignore[no-any-return]

    def compile(self, experiment: str | None = None, *, set: Mapping[str, object] | None = None) -> Compiled:
        """Make and cache the kernels of an experiment, and say what they are."""
        program = self._with(set)
        study, _ = program.study(experiment)
        return _compiled(program, study)

    def _with(self, set: Mapping[str, object] | None) -> "Program":
        if not set:
            return self
        report = Report()
        return _program(self.source, self.path, {**self.settings, **set}, self.allow, report)

    def _chosen(self, experiment: str | None) -> str:
        if experiment is None:
            if not self.experiments:
                raise WrongUse(f"{self.source.name} declares no experiment")
            return self.experiments[0]
        if experiment not in self.experiments:
            near = nearest(experiment, self.experiments)
            raise WrongUse(
                f"{self.source.name} has no experiment `{experiment}`" + (f"; did you mean `{near}`?" if near else "")
            )
        return experiment

    def study(self, experiment: str | None = None, seed: int | None = None) -> tuple[Study, Reading]:
        """What an experiment comes to before it runs, and what it asks of its records. Raises NshedError, WrongUse."""
        name = self._chosen(experiment)
        if (name, seed) not in self.studies:
            report = Report()
            study, reading = _elaborated(self, name, seed, report)
            report.stop()
            assert study is not None
            self.studies[name, seed] = study, reading
        return self.studies[name, seed]

    def _any_study(self, name: str) -> tuple[Study, Reading]:
        """Claims, plots and pictures are the same for every seed."""
        known = (found for (experiment, _), found in self.studies.items() if experiment == name)
        return next(known, None) or self.study(name)

    def _repr_html_(self) -> str:
        rows = [("experiments", self.experiments), ("networks", self.networks), ("systems", self.systems)]
        cells = "".join(f"<tr><th>{k}</th><td>{', '.join(v) or '–'}</td></tr>" for k, v in rows)
        return f"<table><caption>{self.source.name}</caption>{cells}</table>"


def _plot_name(plot: Plotted, index: int, plots: Sequence[Plotted]) -> str:
    stem = "_".join([plot.kind, *plot.names])[:60]
    same = [p for p in plots[:index] if (p.kind, p.names) == (plot.kind, plot.names)]
    return f"{stem}_{len(same) + 1}" if same else stem


def _elaborated(program: Program, experiment: str, seed: int | None, report: Report) -> tuple[Study | None, Reading]:
    """The study of an experiment, and its claims, derived arrays and plots."""
    item = program.model.experiments[experiment]
    to = Lowering(report, memory=program.model.memory)

    again = anew(program.model, experiment, firing_table_of, seed, report)
    study = elaborate_experiment(program.model, item, Settings(program.settings, seed, again), firing_table_of, to)
    reading = read_experiment(item, study, program.model, to) if study else Reading((), (), ())
    return study, reading


def firing_table_of(graph: Graph) -> Any:
    """The firing table, uint64[nodes, words]: by the bit-parallel kernel, or where that isn't worth loading it, by NumPy."""
    if graph.circuit.wires * len(graph.inputs.names) <= SMALL:
        return firing_words(graph)
    from neurashed_dsl.backend.firing import firing_table

    return firing_table(graph.circuit, graph.inputs.bits, len(graph.inputs.names))


# --- running --------------------------------------------------------------------------------------------------------------


def _result(
    program: Program, study: Study, reading: Reading, jobs: int | None, progress: Progress | None
) -> "xarray.Dataset":
    from neurashed_dsl.runtime.after import derived
    from neurashed_dsl.runtime.budget import refuse_if_too_large
    from neurashed_dsl.runtime.repeat import prepare, run_all
    from neurashed_dsl.runtime.result import dataset_of, provenance

    refuse_if_too_large(study, jobs)
    builts = prepare(study)
    finished = run_all(study, jobs, progress, builts)
    dataset = dataset_of(study, finished.replicates)
    for name, expr in reading.derived:
        dataset[name] = derived(expr, dataset)
    facts = provenance(program.model.texts, study.hashes, study.system.parameters, study.plan.seed)
    status = "interrupted" if finished.interrupted else "complete"
    dataset.attrs |= {"experiment": study.name, "model": study.system.name, **facts, "status": status}
    return dataset


def _compiled(program: Program, study: Study) -> Compiled:
    from neurashed_dsl.ir.text import text_of
    from neurashed_dsl.model.show import model_text, syntax_text
    from neurashed_dsl.passes import lower
    from neurashed_dsl.runtime.budget import memory_of
    from neurashed_dsl.runtime.repeat import prepare

    seconds: dict[str, float] = {}
    begin = time.perf_counter()
    lowered = lower(study.system)
    seconds["passes"] = time.perf_counter() - begin
    begin = time.perf_counter()
    built = prepare(study)[0]
    seconds["kernel"] = time.perf_counter() - begin
    memory = memory_of(study)
    return Compiled(
        summary=_summary(study, lowered.notes, memory),
        ast=syntax_text(program.model.documents.values()),
        model=model_text(program.model),
        ir=text_of(lowered),
        kernel=built.kernel.source,
        dot=program.render(study.name).dot,
        json=_json_of(study, lowered.notes, memory),
        memory=memory,
        seconds=seconds,
    )


def _summary(study: Study, notes: Sequence[str], memory: int) -> dict[str, str]:
    plan = study.plan
    about = _about_system(study) if study.facts is None else _about_network(study.facts)
    return {
        "model": study.system.name,
        **about,
        "steps": f"{plan.steps}"
        + (f" of {float(plan.dt):g}" if plan.dt else "")
        + (f", {plan.repeat} repeats" if plan.repeat else ""),
        "memory": f"{memory / 2**20:.1f} MiB",
        "road": "; ".join(notes) or "every value at every step",
    }


def _about_network(graph: Graph) -> dict[str, str]:
    return {
        "levels": ", ".join(f"{v.name} {v.stop - v.start}" for v in graph.levels) + f", classes {len(graph.classes)}",
        "edges": f"{len(graph.into_members)} of rules, {len(graph.vote_sources)} to classes",
        "inputs": f"{len(graph.inputs.names)}, {int(graph.inputs.held_out.sum())} held out",
    }


def _about_system(study: Study) -> dict[str, str]:
    system = study.system
    arrays = [f"{s.name}[{', '.join(s.axes)}]" if s.axes else s.name for s in system.slots.values()]
    return {
        "axes": ", ".join(f"{a.name} {a.size}" for a in system.axes.values()) or "none",
        "states": ", ".join(arrays),
        **({"method": system.scheme} if system.flows else {}),
    }


def _json_of(study: Study, notes: Sequence[str], memory: int) -> str:
    import json

    return json.dumps({**_summary(study, notes, memory), "memory_bytes": memory}, ensure_ascii=False, indent=2)


__all__ = ["Claimed", "Compiled", "Diagnostic", "NshedError", "Program", "Span", "WrongUse", "check", "load", "loads"]
