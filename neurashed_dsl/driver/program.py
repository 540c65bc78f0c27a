"""A file that was read and checked, and what can be asked of it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from neurashed_dsl.diagnostics import Diagnostic, Report, Source, WrongUse, nearest
from neurashed_dsl.driver.reading import known_road, refuse_unknown
from neurashed_dsl.driver.running import How, Progress, firing_table_of
from neurashed_dsl.ir.plan import Study
from neurashed_dsl.model.asked import Reading
from neurashed_dsl.model.examine import Elaborated, elaborate, examine, graph_of
from neurashed_dsl.model.fit import fitted_names
from neurashed_dsl.model.graph import Graph
from neurashed_dsl.model.load import Model, load_model
from neurashed_dsl.model.scope import Lowering
from neurashed_dsl.syntax.decode import read_source
from neurashed_dsl.values import frozen

if TYPE_CHECKING:
    from concurrent.futures import Executor

    import xarray

    from neurashed_dsl.driver.compiled import Compiled
    from neurashed_dsl.driver.learning import Learning
    from neurashed_dsl.driver.why import Explanation
    from neurashed_dsl.runtime.after import Claim


def check(
    path: Path | str, settings: Mapping[str, object] | None = None, allow: Sequence[Path] = ()
) -> list[Diagnostic]:
    """Everything that can be said about a file without running it."""
    path = Path(path)
    report = Report()
    return check_source(read_source(path, report), path, settings or {}, allow, report)


def check_source(
    source: Source, path: Path | None, settings: Mapping[str, object], allow: Sequence[Path], report: Report
) -> list[Diagnostic]:
    model = load_model(source, path, report, settings, allow)
    examine(model, settings, report)
    if not report.errors:
        refuse_unknown(model, settings)
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
    found = examine(model, settings, report, firing_table_of)
    report.stop()
    refuse_unknown(model, settings)
    elaborated: dict[tuple[str, int | None], Elaborated] = {(name, None): made for name, made in found.items()}
    return Program(source, path, tuple(allow), dict(settings), model, report.warnings, elaborated)


# --- programs -------------------------------------------------------------------------------------------------------------


@frozen
class Program:
    """A checked file, ready to run."""

    source: Source
    path: Path | None
    allow: tuple[Path, ...]
    settings: Mapping[str, object]
    model: Model
    warnings: list[Diagnostic] = field(default_factory=list)
    # Experiments elaborated so far, by name and seed.
    elaborated: dict[tuple[str, int | None], Elaborated] = field(default_factory=dict, repr=False)
    # Results that other experiments take from.
    results: dict[tuple[str, int | None, str, int | None], "xarray.Dataset"] = field(default_factory=dict, repr=False)

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
        out: Path | str | None = None,
        executor: "Executor | None" = None,
        road: str | None = None,
        starts: int | None = None,
    ) -> "xarray.Dataset":
        """The experiment's records, derived arrays among them. On Ctrl-C, what there is, with attrs["status"] "interrupted".

        `out` is a folder in which what was found is kept, and found again; of a sweep each cell, which go to `executor` where there is one, else to
        `jobs` threads. A cell that fails holds NaN, and its message stands in `status`; attrs["status"] is then "failed".

        `road`: "exact" leaps from record to record in closed form, "stepwise" makes each step; None takes the fastest road that holds. They agree to
        rounding; attrs["road"] says which was taken. Raises NshedError where no closed form holds for "exact".

        `starts`: from how many points a `fit` begins, in place of what the file says.
        """
        from neurashed_dsl.driver.supplied import run_after_others

        program = _with(self, set)
        how = How(jobs, progress, Path(out) if out is not None else None, executor, known_road(road), starts)
        return run_after_others(program, _experiment_named(program, experiment), seed, how)

    @property
    def fits(self) -> tuple[str, ...]:
        """The experiments that fit parameters."""
        return tuple(name for name, item in self.model.experiments.items() if fitted_names(item))

    def fit(self, experiment: str | None = None, **options: Any) -> "xarray.Dataset":
        """The result of an experiment with a `fit` (None: the first), with the options of `run`. Raises NshedError, WrongUse."""
        return self.run(_fit_named(self, experiment), **options)

    def test(self, experiment: str | None = None, **options: Any) -> "list[Claim]":
        """Run, with the options of `run`, and judge every claim. Raises KeyboardInterrupt where a run is interrupted."""
        name = _experiment_named(self, experiment)
        return self.claims(_whole(self.run(name, **options)), name)

    def claims(self, dataset: "xarray.Dataset", experiment: str | None = None) -> "list[Claim]":
        """The claims of an experiment, judged on a result of it."""
        from neurashed_dsl.runtime.after import judged

        name = _experiment_named(self, experiment)
        reading = self._any_seed(name).reading
        return [judged(c.text, c.title, c.expr, c.share, dataset, name, c.span) for c in reading.claims]

    def plots(self, dataset: "xarray.Dataset", experiment: str | None = None) -> list[tuple[str, Any]]:
        """(name, picture) for every `plot` of an experiment; each picture has `.save(path)`."""
        return [(name, draw()) for name, draw in self.drawings(dataset, experiment)]

    def drawings(self, dataset: "xarray.Dataset", experiment: str | None = None) -> list[tuple[str, Callable[[], Any]]]:
        """(name, what makes its picture) for every `plot` of an experiment: pictures take time, and may be there already."""
        from neurashed_dsl.driver.rendering import drawings_of

        return drawings_of(self._any_seed(_experiment_named(self, experiment)), dataset)

    def render(
        self, name: str | None = None, *, input: str | None = None, result: Any = None, step: int | None = None
    ) -> Any:
        """A Picture of a network or a system, of the file or of the library, or of an experiment's; of a `result` the plot of that name."""
        from neurashed_dsl.driver.rendering import rendered

        return rendered(self, name, input, result, step)

    def graph(self, name: str | None = None) -> Graph:
        """A network with its sizes worked out. `name`: a network or an experiment; None: the first, if there is one."""
        return _graph_named(self, name)

    def learning(self, name: str | None = None) -> "list[Learning]":
        """Which inputs end at p → 1, by the rates at which logits grow, and why. `name`: an experiment or a network; None: all. Nothing is run."""
        from neurashed_dsl.driver.learning import learning_of

        return learning_of(self, name)

    def why(
        self,
        experiment: str | None = None,
        *,
        input: str,
        node: str | None = None,
        step: int | None = None,
        repeat: int = 0,
        cell: Mapping[str, object] | None = None,
        set: Mapping[str, object] | None = None,
        seed: int | None = None,
        result: Any = None,
    ) -> "Explanation":
        """Why an input is taken for what it is: what fired, what the logit is made of, who made it strong, what would change it.

        `experiment` (or a network, explained as it starts) is run to `step`, by default to its end; or `result` holds that step. `cell` picks
        values of what is swept. `node`: the node or class that is explained in place of the class that leads. Raises NshedError, WrongUse.
        """
        from neurashed_dsl.driver.why import explain

        program = _with(self, set)
        return explain(
            program, experiment, input, node=node, step=step, repeat=repeat, cell=cell, seed=seed, result=result
        )

    def compile(self, experiment: str | None = None, *, set: Mapping[str, object] | None = None) -> "Compiled":
        """Make and cache the kernels of an experiment, and say what they are."""
        from neurashed_dsl.driver.compiled import compiled

        return compiled(program := _with(self, set), program.elaborate(experiment))

    def study(self, experiment: str | None = None, seed: int | None = None) -> tuple[Study, Reading]:
        """What an experiment comes to before it runs (of a sweep, one cell), and what it asks of its records. Raises NshedError, WrongUse."""
        found = self.elaborate(experiment, seed)
        return found.study, found.reading

    def elaborate(self, experiment: str | None = None, seed: int | None = None) -> Elaborated:
        """`study` and its sweep. Raises NshedError, WrongUse."""
        name = _experiment_named(self, experiment)
        if (name, seed) not in self.elaborated:
            report = Report()
            found = elaborate(self.model, name, self.settings, seed, firing_table_of, report)
            report.stop()
            assert found is not None
            self.elaborated[name, seed] = found
        return self.elaborated[name, seed]

    def _any_seed(self, name: str) -> Elaborated:
        """Claims, plots and pictures are the same for every seed."""
        known = (found for (experiment, _), found in self.elaborated.items() if experiment == name)
        return next(known, None) or self.elaborate(name)

    def _repr_html_(self) -> str:
        return _declared(self)


def _whole(result: "xarray.Dataset") -> "xarray.Dataset":
    if result.attrs["status"] == "interrupted":
        raise KeyboardInterrupt
    return result


def _with(program: Program, set: Mapping[str, object] | None) -> Program:
    if not set:
        return program
    return _program(program.source, program.path, {**program.settings, **set}, program.allow, Report())


def _experiment_named(program: Program, name: str | None) -> str:
    if name is None:
        if not program.experiments:
            raise WrongUse(f"{program.source.name} declares no experiment")
        return program.experiments[0]
    if name not in program.experiments:
        near = nearest(name, program.experiments)
        hint = f"; did you mean `{near}`?" if near else ""
        raise WrongUse(f"{program.source.name} has no experiment `{name}`{hint}")
    return name


def _fit_named(program: Program, name: str | None) -> str:
    if name is None and program.fits:
        return program.fits[0]
    chosen = _experiment_named(program, name)
    if chosen not in program.fits:
        hint = f"; there are {', '.join(program.fits)}" if program.fits else ""
        raise WrongUse(f"`{chosen}` has no `fit`{hint}")
    return chosen


def _declared(program: Program) -> str:
    rows = [("experiments", program.experiments), ("networks", program.networks), ("systems", program.systems)]
    cells = "".join(f"<tr><th>{k}</th><td>{', '.join(v) or '–'}</td></tr>" for k, v in rows)
    return f"<table><caption>{program.source.name}</caption>{cells}</table>"


def _graph_named(program: Program, name: str | None) -> Graph:
    known = [*program.networks, *program.experiments]
    if not known:
        raise WrongUse(f"{program.source.name} declares no network")
    chosen = name or known[0]
    if chosen not in known:
        from neurashed_dsl.render.subject import system_of

        named = [*known, *program.systems]
        near = nearest(chosen, [*named, *(n for n in program.model.scope.all() if system_of(program.model, n))])
        hint = f"; did you mean `{near}`?" if near else f"; there are {', '.join(named)}"
        raise WrongUse(f"{program.source.name} has no network, system or experiment `{chosen}`{hint}")
    if chosen not in program.model.networks:
        return program.study(chosen)[0].facts  # type: ignore[no-any-return]
    report = Report()
    lowering = Lowering(report, memory=program.model.memory)
    graph = graph_of(program.model, program.model.networks[chosen], program.settings, lowering)
    report.stop()
    if graph is None:
        raise WrongUse(f"the network `{chosen}` needs its parameters: --set NAME=VALUE, or an experiment's name")
    return graph
