"""A file that was read and checked, and what can be asked of it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from neurashed_dsl.diagnostics import Diagnostic, Report, Source
from neurashed_dsl.driver.declared import in_html, in_words
from neurashed_dsl.driver.named import experiment_named, fit_named, graph_named, refuse_foreign
from neurashed_dsl.driver.reading import (
    known_folder,
    known_jobs,
    known_road,
    known_seed,
    known_settings,
    refuse_unknown,
)
from neurashed_dsl.driver.running import How, Progress, firing_table_of
from neurashed_dsl.ir.plan import Study
from neurashed_dsl.model.asked import Reading
from neurashed_dsl.model.examine import Elaborated, elaborate, examine
from neurashed_dsl.model.fit import fitted_names
from neurashed_dsl.model.graph import Graph
from neurashed_dsl.model.load import Model, load_model
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
    settings = known_settings(settings)
    model = load_model(source, path, report, settings, allow)
    examine(model, settings, report)
    if not report.errors:
        refuse_unknown(model, settings)
    return report.found


def load(
    path: Path | str,
    set: Mapping[str, object] | None = None,
    allow: Sequence[Path] = (),
    experiment: str | None = None,
) -> "Program":
    """A checked program from a file. Raises NshedError with all its diagnostics, WrongUse if there is no such file.

    `experiment`: the only one that will be run with `set`; others may sweep what is set.
    """
    path = Path(path)
    report = Report()
    return _program(read_source(path, report), path, set or {}, allow, report, experiment)


def loads(text: str, name: str = "<text>", set: Mapping[str, object] | None = None) -> "Program":
    """A checked program from a text. Raises NshedError."""
    report = Report()
    return _program(Source(name, text.replace("\r\n", "\n")), None, set or {}, (), report)


def _program(
    source: Source,
    path: Path | None,
    settings: Mapping[str, object],
    allow: Sequence[Path],
    report: Report,
    experiment: str | None = None,
) -> "Program":
    settings = known_settings(settings)
    model = load_model(source, path, report, settings, allow)
    found = examine(model, settings, report, firing_table_of, experiment)
    report.stop()
    refuse_unknown(model, settings)
    elaborated: dict[tuple[str, int | None], Elaborated] = {(name, None): made for name, made in found.items()}
    return Program(source, path, tuple(allow), settings, model, report.warnings, elaborated)


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

        name = experiment_named(self, experiment)
        folder = None if out is None else known_folder(out)
        how = How(known_jobs(jobs), progress, folder, executor, known_road(road), starts)
        return run_after_others(_with(self, set, name), name, known_seed(seed), how)

    @property
    def fits(self) -> tuple[str, ...]:
        """The experiments that fit parameters."""
        return tuple(name for name, item in self.model.experiments.items() if fitted_names(item))

    def fit(self, experiment: str | None = None, **options: Any) -> "xarray.Dataset":
        """The result of an experiment with a `fit` (None: the first), with the options of `run`. Raises NshedError, WrongUse."""
        return self.run(fit_named(self, experiment), **options)

    def test(self, experiment: str | None = None, **options: Any) -> "list[Claim]":
        """Run, with the options of `run`, and judge every claim. Raises KeyboardInterrupt where a run is interrupted."""
        name = experiment_named(self, experiment)
        return self.claims(_whole(self.run(name, **options)), name)

    def claims(self, dataset: "xarray.Dataset", experiment: str | None = None) -> "list[Claim]":
        """The claims of an experiment, judged on a result of it."""
        from neurashed_dsl.runtime.after import judged

        found, name = _asked_of(self, dataset, experiment), experiment_named(self, experiment)
        return [judged(c.text, c.title, c.expr, c.share, dataset, name, c.span) for c in found.reading.claims]

    def plots(self, dataset: "xarray.Dataset", experiment: str | None = None) -> list[tuple[str, Any]]:
        """(name, picture) for every `plot` of an experiment; each picture has `.save(path)`."""
        return [(name, draw()) for name, draw in self.drawings(dataset, experiment)]

    def drawings(self, dataset: "xarray.Dataset", experiment: str | None = None) -> list[tuple[str, Callable[[], Any]]]:
        """(name, what makes its picture) for every `plot` of an experiment: pictures take time, and may be there already."""
        from neurashed_dsl.driver.rendering import drawings_of

        return drawings_of(_asked_of(self, dataset, experiment), dataset)

    def render(
        self, name: str | None = None, *, input: str | None = None, result: Any = None, step: int | None = None
    ) -> Any:
        """A Picture of a network or a system, of the file or of the library, or of an experiment's; of a `result` the plot of that name."""
        from neurashed_dsl.driver.rendering import rendered

        return rendered(self, name, input, result, step)

    def graph(self, name: str | None = None) -> Graph:
        """A network with its sizes worked out. `name`: a network or an experiment; None: the first, if there is one."""
        return graph_named(self, name)

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

        program, cell, seed = _with(self, set, experiment), known_settings(cell or {}), known_seed(seed)
        return explain(
            program, experiment, input, node=node, step=step, repeat=repeat, cell=cell, seed=seed, result=result
        )

    def compile(self, experiment: str | None = None, *, set: Mapping[str, object] | None = None) -> "Compiled":
        """Make and cache the kernels of an experiment, and say what they are."""
        from neurashed_dsl.driver.compiled import compiled

        program = _with(self, set, name := experiment_named(self, experiment))
        return compiled(program, program.elaborate(name))

    def study(self, experiment: str | None = None, seed: int | None = None) -> tuple[Study, Reading]:
        """What an experiment comes to before it runs (of a sweep, one cell), and what it asks of its records. Raises NshedError, WrongUse."""
        found = self.elaborate(experiment, seed)
        return found.study, found.reading

    def elaborate(self, experiment: str | None = None, seed: int | None = None) -> Elaborated:
        """`study` and its sweep. Raises NshedError, WrongUse."""
        name, seed = experiment_named(self, experiment), known_seed(seed)
        if (name, seed) not in self.elaborated:
            report = Report()
            found = elaborate(self.model, name, self.settings, seed, firing_table_of, report)
            report.stop()
            assert found is not None
            self.elaborated[name, seed] = found
        return self.elaborated[name, seed]

    def __repr__(self) -> str:
        return in_words(self)

    def _repr_html_(self) -> str:
        return in_html(self)


def _asked_of(program: Program, dataset: "xarray.Dataset", experiment: str | None) -> Elaborated:
    """Claims, plots and pictures are the same for every seed. Raises WrongUse for a result of another experiment."""
    name = experiment_named(program, experiment)
    known = (found for (of, _), found in program.elaborated.items() if of == name)
    found = next(known, None) or program.elaborate(name)
    refuse_foreign(dataset, name, found.reading.names.records)
    return found


def _whole(result: "xarray.Dataset") -> "xarray.Dataset":
    if result.attrs["status"] == "interrupted":
        raise KeyboardInterrupt
    return result


def _with(program: Program, set: Mapping[str, object] | None, experiment: str | None) -> Program:
    """With other settings, for one experiment to run."""
    if set is None:
        return program
    settings = {**program.settings, **known_settings(set)}
    return _program(program.source, program.path, settings, program.allow, Report(), experiment)
