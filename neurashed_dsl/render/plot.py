"""Plots of recorded arrays: lines, curves, heatmap, bars, phases, chain, plane, histogram (language.md, 5). The only file that imports matplotlib.

Figures are drawn without pyplot, so nothing global changes. Files are the same bytes each time: no dates, and ids from
a fixed salt.
"""

import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import matplotlib
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from neurashed_dsl.diagnostics import Bug
from neurashed_dsl.render.bars import draw_bars
from neurashed_dsl.render.cells import draw_heatmap
from neurashed_dsl.render.chain import draw_chain
from neurashed_dsl.render.curves import draw_curves, draw_lines
from neurashed_dsl.render.fit import draw_fit
from neurashed_dsl.render.histogram import draw_histogram
from neurashed_dsl.render.labels import written
from neurashed_dsl.render.phases import draw_phases
from neurashed_dsl.render.plane import draw_plane

if TYPE_CHECKING:
    from xarray import DataArray, Dataset

LARGEST = 40.0  # inches: of a figure's sides
PLOTS = {
    "lines": draw_lines,
    "curves": draw_curves,
    "heatmap": draw_heatmap,
    "bars": draw_bars,
    "phases": draw_phases,
    "chain": draw_chain,
    "plane": draw_plane,
    "histogram": draw_histogram,
    "fit": draw_fit,
}
ARRAYS = ("line", "colour")  # options that name an array
STYLE: Any = {
    "font.family": ["DejaVu Sans"],
    "font.size": 8,
    "axes.titlesize": 9,
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "lines.linewidth": 1.1,
    "legend.frameon": False,
    "legend.fontsize": 7,
    "svg.fonttype": "none",
    "svg.hashsalt": "nshed",
}


def draw_plot(kind: str, dataset: "Dataset", names: Sequence[str], options: Mapping[str, Any]) -> Figure:
    """A figure of the arrays `names`.

    Options: x, y (dimensions), title, log, chord (bool), step (a recorded step or time; the last if nothing is said),
    contour (a number, or whether the default is wanted), level (a number), line, colour (names of arrays), bins (a number), groups (of each array
    a dimension and the group of each of its elements), simplex (bool).
    """
    if kind not in PLOTS:
        raise Bug(f"no plot `{kind}`")
    options = {**options, **{key: not_empty(dataset[options[key]]) for key in ARRAYS if options.get(key)}}
    with _style():
        figure: Figure = PLOTS[kind](_panels, [not_empty(dataset[name]) for name in names], list(names), options)
        if options.get("title"):
            figure.suptitle(written(str(options["title"])))
    return figure


def not_empty(array: "DataArray") -> "DataArray":
    """A record that was never taken is one gap."""
    empty = {d: (0, 1) for d in array.dims if array.sizes[d] == 0}
    return array.pad(empty, constant_values=float("nan")) if empty else array


def save_figure(figure: Figure, path: str | Path) -> None:
    """Write by suffix: svg, png (300 dots per inch), pdf. Raises OSError."""
    Path(path).write_bytes(figure_bytes(figure, Path(path).suffix[1:].lower()))


def figure_bytes(figure: Figure, form: str) -> bytes:
    out = BytesIO()
    dates = {"svg": {"Date": None}, "pdf": {"CreationDate": None, "ModDate": None}}
    with _style():
        if figure.get_layout_engine() is not None:
            # Once for all formats: a figure with an engine is drawn twice for each.
            figure.draw_without_rendering()
            figure.set_layout_engine(None)
        figure.savefig(out, format=form, dpi=300, metadata=dates.get(form))
    return out.getvalue()


@contextmanager
def _style() -> Iterator[None]:
    with matplotlib.rc_context(STYLE), warnings.catch_warnings():
        # Scripts that the font lacks, labels too long for the figure: viewers have fonts, and all is still drawn.
        warnings.simplefilter("ignore", UserWarning)
        yield


def _panels(count: int, width: float, height: float) -> list[Any]:
    """Axes side by side in one new figure; width and height of each in inches."""
    figure = Figure(figsize=(min(width * count, LARGEST), min(height, LARGEST)), layout="constrained")
    FigureCanvasAgg(figure)
    return list(figure.subplots(1, count, squeeze=False)[0])
