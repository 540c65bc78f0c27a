"""What `nshed render` draws: a network, a system, or a plot of a result."""

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from neurashed_dsl.diagnostics import WrongUse
from neurashed_dsl.model.examine import Elaborated
from neurashed_dsl.model.plots import Plotted
from neurashed_dsl.render.pictures import diagram_of, picture_of, sketch
from neurashed_dsl.render.subject import system_of

if TYPE_CHECKING:
    import xarray

    from neurashed_dsl.driver.program import Program


def rendered(program: "Program", name: str | None, input: str | None, result: Any, step: int | None) -> Any:
    """A Picture or a Plot. Raises NshedError, WrongUse."""
    # A result may come from an experiment of another file, on a network that this one declares.
    asked = None if result is None else result.attrs.get("experiment")
    plots = dict(program.drawings(result, asked)) if asked in program.experiments else {}
    if name is not None and name in plots:
        return plots[name]()
    system = system_of(program.model, name)
    if system is None:
        return diagram_of(program.graph(name), input, result, step)
    if input is not None or step is not None:
        raise WrongUse(f"`{system.declaration.name.name}` is a system: there is no input, and no λ, to show in it")
    if result is not None and not plots:
        raise WrongUse("the experiment has no `plot` to draw the result by")
    return sketch(system.declaration, system.scope) if result is None else next(iter(plots.values()))()


def drawings_of(found: Elaborated, dataset: "xarray.Dataset") -> list[tuple[str, Callable[[], Any]]]:
    """(name, what makes its picture) for every `plot` of an experiment."""

    def drawing(plot: Plotted) -> Callable[[], Any]:
        return lambda: picture_of(plot, dataset, found.study.facts)

    plots = found.reading.plots
    return [(_plot_name(p, i, plots), drawing(p)) for i, p in enumerate(plots)]


def _plot_name(plot: Plotted, index: int, plots: Sequence[Plotted]) -> str:
    stems = [_stem(p) for p in plots[: index + 1]]
    same = stems[:-1].count(stems[-1])
    return f"{stems[-1]}_{same + 1}" if same else stems[-1]


def _stem(plot: Plotted) -> str:
    """A name for a file: of an expression only its words."""
    words = [plot.kind] if plot.kind == "fit" else [plot.kind, *(re.sub(r"\W+", "_", n).strip("_") for n in plot.names)]
    return "_".join(words)[:60]
