"""What a `plot` statement or `nshed render` asks for: a plot of records, or a diagram of the network."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from neurashed_dsl.diagnostics import Kind, NshedError
from neurashed_dsl.model.graph import Graph
from neurashed_dsl.model.plots import INPUTS, Plotted
from neurashed_dsl.model.scope import Scope
from neurashed_dsl.render import sketch_dot, sketch_mermaid
from neurashed_dsl.render.arrows import draw_arrows
from neurashed_dsl.render.diagram import diagram
from neurashed_dsl.render.picture import Picture
from neurashed_dsl.render.sketch import sketch_of
from neurashed_dsl.render.widths import factors_of
from neurashed_dsl.syntax import ast
from neurashed_dsl.values import frozen

if TYPE_CHECKING:
    from xarray import DataArray, Dataset

PLOT_FORMS = (".svg", ".png", ".pdf")
Floats = npt.NDArray[np.float64]
NO_AMPLIFICATION = Kind(
    "no-amplification",
    "the result holds no {array} of `{network}`",
    "",
    ("record it: `record strength = {measure}`",),
)


@frozen
class Plot:
    """A finished plot. `figure` is a matplotlib Figure."""

    figure: Any

    def svg(self) -> str:
        from neurashed_dsl.render.plot import figure_bytes

        return figure_bytes(self.figure, "svg").decode("utf-8")

    def save(self, path: str | Path) -> None:
        """Write by suffix: svg, png, pdf."""
        from neurashed_dsl.render.plot import save_figure

        save_figure(self.figure, path)

    def _repr_svg_(self) -> str:
        return self.svg()


def picture_of(plotted: Plotted, dataset: "Dataset", graph: Graph | None) -> Plot | Picture:
    """The picture that a `plot` statement asks for. Raises NshedError [unknown-input, no-amplification]."""
    from neurashed_dsl.runtime.after import derived

    dataset = dataset.assign({name: derived(expr, dataset) * 1.0 for name, expr in plotted.made})  # a truth is 0 or 1
    title = str(plotted.options.get("title", ""))
    if plotted.kind == "pathway" and graph is not None:
        return diagram(graph, *plotted.names, title=title)
    if plotted.kind == "graph" and graph is not None:
        named = [*plotted.names, *filter(None, [plotted.options.get("size")])]
        step = plotted.options.get("step")
        sizes, widths = amplification_of(graph, dataset, step, named), widths_of(graph, dataset, step, named)
        return diagram(
            graph, sizes=_known(sizes), logarithms=True, title=title, widths=_known(widths), gone=gone_at(dataset, step)
        )
    from neurashed_dsl.render.plot import draw_plot, not_empty

    if plotted.kind == "arrows":
        return draw_arrows(not_empty(dataset[plotted.names[0]]), plotted.names[0], plotted.options)
    options = dict(plotted.options)
    if "by" in options:
        options["groups"] = [groups_of(dataset[name], options["by"], graph) for name in plotted.names]
    return Plot(draw_plot(plotted.kind, dataset, plotted.names, options))


def groups_of(array: "DataArray", by: str, graph: Graph | None) -> tuple[str, list[str]] | None:
    """Along which dimension the elements of an array fall into groups, and into which: those of the dimension `by`, or the inputs of a network by
    `class`."""
    from neurashed_dsl.render.histogram import groups_along

    if by in array.dims:
        return groups_along(array, by)
    dimension = next((d for d in INPUTS if d in array.dims), None)
    if graph is None or dimension is None:
        return None
    classes = {name: graph.classes[label] for name, label in zip(graph.inputs.names, graph.inputs.labels)}
    return dimension, [classes[str(name)] for name in array[dimension].values]


def diagram_of(
    graph: Graph, input: str | None = None, result: "Dataset | None" = None, step: float | None = None
) -> Picture:
    """The diagram of a network, with the pathway of `input`, and λ of a result at `step` (the last if None) as areas, κ as widths.

    Raises NshedError [unknown-input, no-amplification].
    """
    inputs = () if input is None else (input,)
    if result is None:
        return diagram(graph, *inputs)
    sizes, widths = amplification_of(graph, result, step), widths_of(graph, result, step)
    if _known(sizes) is None and _known(widths) is None:
        level = graph.levels[-1].name
        what = (
            {"array": "κ", "measure": "weight()"}
            if graph.factors
            else {"array": "λ", "measure": f"amplification({level})"}
        )
        raise NshedError([NO_AMPLIFICATION.at(None, network=graph.name, **what)])
    return diagram(
        graph, *inputs, sizes=_known(sizes), logarithms=True, widths=_known(widths), gone=gone_at(result, step)
    )


def _known(logs: Floats) -> Floats | None:
    """None where nothing is known."""
    return None if np.isnan(logs).all() else logs


def widths_of(graph: Graph, dataset: "Dataset", step: float | None, names: Sequence[str] = ()) -> Floats:
    """log κ of each edge of a network that amplifies edges, like `amplification_of`; else nothing."""
    if not graph.factors:
        return np.zeros(0)
    return factors_of(graph, [(dataset[name], logs) for name, logs in _strengths(dataset, names).items()], step)


def sketch(system: ast.System, home: Scope) -> Picture:
    """The picture of a system, as it is declared in the scope `home`: axes are plates, arrays nodes, reading is an edge."""
    drawn = sketch_of(system, home)

    def network() -> Any:
        from neurashed_dsl.render.export import sketch_to_networkx

        return sketch_to_networkx(drawn)

    return Picture(sketch_dot.write_dot(drawn), sketch_mermaid.write_mermaid(drawn), drawn.summary, network)


def amplification_of(graph: Graph, dataset: "Dataset", step: float | None, names: Sequence[str] = ()) -> Floats:
    """log λ of each node, from the records called `names`, or from all that say `amplification(…)`; the mean of all
    repeats. NaN where a level wasn't recorded.
    """
    logs = np.full(len(graph.nodes), np.nan)
    place = {node: i for i, node in enumerate(graph.nodes)}
    for record, logarithm in _strengths(dataset, names).items():
        labels, values = _by_node(graph, dataset[record], step)
        with np.errstate(divide="ignore", invalid="ignore"):
            values = values if logarithm else np.log(values)
        for label, value in zip(labels, values):
            if label in place:
                logs[place[label]] = value
    return logs


def gone_at(dataset: "Dataset", step: float | None) -> npt.NDArray[np.bool_] | None:
    """Which nodes were pruned in every repeat up to `step` (or at all); None where none is."""
    name = next((n for n in dataset.data_vars if str(n) == "pruned_at"), None)
    if name is None:
        return None
    when = dataset[name]
    pruned = when < np.inf if step is None else when <= step
    return np.asarray(pruned.all([d for d in when.dims if not str(d).startswith("node")]).values)


def _strengths(dataset: "Dataset", names: Sequence[str]) -> dict[str, bool]:
    """Which records are λ, or κ, and whether as a logarithm: as they were declared."""
    found = {}
    for name, array in dataset.data_vars.items():
        declared = str(array.attrs.get("declared") or dataset.attrs.get("source", ""))
        start = rf"\brecord\s+{re.escape(str(name))}(?:\[[^\]]*\])?\s*=\s*"
        match = re.search(start + r"(log\s*\(\s*)?(?:amplification|weight)\b", declared)
        if name in names or (match and not names):
            found[str(name)] = bool(match and match[1])
    return found


def _by_node(graph: Graph, array: "DataArray", step: float | None) -> tuple[list[str], Floats]:
    """Names of the nodes along the array's level, and its values there; nothing if it has none."""
    from neurashed_dsl.render.series import at_time, gaps_allowed

    levels = {level.name for level in graph.levels} | {"node"}
    dimension = next((d for d in array.dims if d in levels and d in array.coords), None)
    if dimension is None:
        return [], np.empty(0)
    array = at_time(array, step)
    if "snapshot" in array.dims:
        array = array.isel(snapshot=-1)
    with gaps_allowed():
        values = array.mean([d for d in array.dims if d != dimension]).values
    return [str(label) for label in array.coords[dimension].values], np.asarray(values, np.float64)
