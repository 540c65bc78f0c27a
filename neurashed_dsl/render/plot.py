"""Plots of recorded arrays: lines, heatmap, bars, curves (language.md, section 5). The only file that imports matplotlib.

Figures are drawn without pyplot, so nothing global changes. Files are the same bytes each time: no dates, and ids from a fixed salt.
"""

import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import LogNorm, Normalize
from matplotlib.figure import Figure

from neurashed_dsl.diagnostics import Bug
from neurashed_dsl.render.escape import printable, shortened
from neurashed_dsl.render.series import MOST_LINES, Along, Line, at_time, grid_of, lines_of, running_dimension, spread, time_of

if TYPE_CHECKING:
    from xarray import DataArray, Dataset

Options = Mapping[str, Any]
MOST_LABELS, MOST_NOTES, MOST_VECTORS = 120, 100, 4096  # names on an axis; cells with their numbers; cells that aren't rasterised
WIDE_RANGE = 1e3  # positive values over more than this get a logarithmic axis
COLORS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000")  # Okabe and Ito: told apart by all eyes
STYLE = {
    "font.family": ["DejaVu Sans"], "font.size": 8, "axes.titlesize": 9, "axes.linewidth": 0.6, "lines.linewidth": 1.1,
    "xtick.major.width": 0.6, "ytick.major.width": 0.6, "axes.spines.top": False, "axes.spines.right": False,
    "legend.frameon": False, "legend.fontsize": 7, "svg.fonttype": "none", "svg.hashsalt": "nshed", "path.simplify": True,
}  # fmt: skip


def draw_plot(kind: str, dataset: "Dataset", names: Sequence[str], options: Options) -> Figure:
    """A figure of the arrays `names`. Options: x, y (dimensions), title, log (bool), step (a time; the last if nothing is said)."""
    if kind not in PLOTS:
        raise Bug(f"no plot `{kind}`")
    with _style():
        figure = PLOTS[kind]([dataset[name] for name in names], list(names), options)
        if options.get("title"):
            figure.suptitle(_text(str(options["title"])))
    return figure


def save_figure(figure: Figure, path: str | Path) -> None:
    """Write by suffix: svg, png (300 dots per inch), pdf. Raises OSError."""
    Path(path).write_bytes(figure_bytes(figure, Path(path).suffix[1:].lower()))


def figure_bytes(figure: Figure, form: str) -> bytes:
    out = BytesIO()
    dates = {"svg": {"Date": None}, "pdf": {"CreationDate": None, "ModDate": None}}
    with _style():
        figure.savefig(out, format=form, dpi=300, metadata=dates.get(form))
    return out.getvalue()


@contextmanager
def _style() -> Iterator[None]:
    with matplotlib.rc_context(STYLE), warnings.catch_warnings():
        # Names in scripts that the font lacks, and labels too long for the figure: viewers have fonts, and there is nothing to be done.
        warnings.simplefilter("ignore", UserWarning)
        yield


def _text(text: str) -> str:
    """As written: matplotlib would read `$` as mathematics, and leave a label that begins with `_` out of legends."""
    return ("\u200b" if text.startswith("_") else "") + printable(text).replace("$", r"\$")


def _figure(panels: int = 1, width: float = 4.8, height: float = 3.2) -> tuple[Figure, list[Axes]]:
    figure = Figure(figsize=(min(width, 40) * panels, min(height, 40)), layout="constrained")
    FigureCanvasAgg(figure)
    return figure, list(figure.subplots(1, panels, squeeze=False)[0])


# --- lines, curves ----------------------------------------------------------------------------------------------------


def _lines(arrays: "Sequence[DataArray]", names: Sequence[str], options: Options) -> Figure:
    figure, (axes,) = _figure(width=5.4)
    drawn: list[Line] = []
    for array, name in zip(arrays, names):
        axis, lines = lines_of(array, name, options.get("x"))
        drawn += lines
        _label_positions(axes, axis)
    for i, line in enumerate(drawn):
        _draw_line(axes, line, COLORS[i % len(COLORS)], ("-", "--", ":")[i // len(COLORS) % 3])
    axes.set_ylabel(_text(names[0]) if len(names) == 1 else "")
    _scale_y(axes, drawn, options.get("log"))
    _legend(axes, [line.label for line in drawn] if len(drawn) > 1 else [])
    _note_band(axes, arrays, drawn)
    return figure


def _curves(arrays: "Sequence[DataArray]", names: Sequence[str], options: Options) -> Figure:
    """A panel for each array: values along an axis, a line for each recorded time, dark to light."""
    figure, panels = _figure(len(arrays))
    for axes, array, name in zip(panels, arrays, names):
        _draw_curves(axes, array, name, options)
    return figure


def _draw_curves(axes: Axes, array: "DataArray", name: str, options: Options) -> None:
    time = time_of(array)
    if options.get("step") is not None:
        array, time = at_time(array, options["step"]), None
    spatial = [str(d) for d in array.dims if d not in (time, "repeat")]
    wanted = options.get("x") if options.get("x") in spatial else next(iter(spatial), None)
    if time is not None and array.sizes[time] > MOST_LINES:
        chosen = np.unique(np.linspace(0, array.sizes[time] - 1, MOST_LINES).round().astype(int))
        array = array.isel({time: chosen})
    axis, lines = lines_of(array.mean([d for d in spatial if d != wanted]), name, wanted)
    shades = matplotlib.colormaps["viridis"](np.linspace(0, 0.85, max(len(lines), 2)))
    for line, shade in zip(lines, shades):
        _draw_line(axes, line, shade, "-")
    _label_positions(axes, axis)
    axes.set_ylabel(_text(name))
    _scale_y(axes, lines, options.get("log"))
    _legend(axes, [line.label.removeprefix(printable(name)).strip("[]") for line in lines] if len(lines) > 1 else [])


def _draw_line(axes: Axes, line: Line, color: Any, style: str) -> None:
    alone = "o" if line.x.size == 1 else None
    axes.plot(line.x, line.middle, color=color, linestyle=style, marker=alone, markersize=3)
    if line.low is not None and line.high is not None:
        axes.fill_between(line.x, line.low, line.high, color=color, alpha=0.15, linewidth=0)


def _scale_y(axes: Axes, lines: Sequence[Line], wanted: bool | None) -> None:
    ends = spread([a for line in lines for a in (line.middle, line.low, line.high) if a is not None])
    if ends is None:
        return
    wide = ends[0] > 0 and ends[1] / ends[0] > WIDE_RANGE
    if ends[1] > 0 and (wide if wanted is None else wanted):
        axes.set_yscale("log", nonpositive="mask")


def _legend(axes: Axes, labels: Sequence[str]) -> None:
    if labels:
        outside: dict[str, Any] = {"loc": "center left", "bbox_to_anchor": (1.0, 0.5)} if len(labels) > 4 else {"loc": "best"}
        axes.legend(axes.get_lines(), [_text(label) for label in labels], **outside)


def _note_band(axes: Axes, arrays: "Sequence[DataArray]", lines: Sequence[Line]) -> None:
    repeats = max((array.sizes.get("repeat", 1) for array in arrays), default=1)
    if repeats > 1 and any(line.low is not None and "%" not in line.label for line in lines):
        axes.set_title(f"mean of {repeats} repeats; band: least to largest", loc="right", fontsize=6, color="#666666")


# --- heatmap ----------------------------------------------------------------------------------------------------------


def _heatmap(arrays: "Sequence[DataArray]", names: Sequence[str], options: Options) -> Figure:
    grids = [grid_of(array, options.get("x"), options.get("y"), options.get("step")) for array in arrays]
    width = max(4.2, *(1.6 + 0.13 * len(x.names or ()) for x, _, _, _ in grids))
    height = max(3.4, *(1.2 + 0.13 * len(y.names or ()) for _, y, _, _ in grids))
    figure, panels = _figure(len(arrays), width, height)
    for axes, (x, y, data, averaged), name in zip(panels, grids, names):
        mesh = _draw_cells(axes, data, options.get("log"))
        figure.colorbar(mesh, ax=axes, shrink=0.8, pad=0.02).outline.set_linewidth(0.4)  # type: ignore[operator]
        _label_cells(axes, x, y)
        note = [d for d in averaged if d != "repeat"]
        axes.set_title(_text(name) + (_text(f" (mean over {', '.join(note)})") if note else ""))
        if data.size <= MOST_NOTES:
            _write_numbers(axes, data, mesh)
    return figure


def _draw_cells(axes: Axes, data: "np.ndarray[Any, Any]", log: bool | None) -> Any:
    ends = spread([data]) or (0.0, 1.0)
    colors, norm = "viridis", Normalize(*ends)
    if ends[0] < 0 < ends[1]:
        largest = max(-ends[0], ends[1])
        colors, norm = "RdBu_r", Normalize(-largest, largest)
    positive = spread([data[data > 0]])
    wide = positive is not None and ends[0] > 0 and ends[1] / ends[0] > WIDE_RANGE
    if positive is not None and (wide if log is None else log):
        colors, norm = "viridis", LogNorm(*positive)
        data = np.where(data > 0, data, np.nan)
    palette = matplotlib.colormaps[colors].with_extremes(bad="#dddddd")
    axes.set_facecolor("#dddddd")
    return axes.pcolormesh(np.ma.masked_invalid(data), cmap=palette, norm=norm, rasterized=data.size > MOST_VECTORS)


def _label_cells(axes: Axes, x: Along, y: Along) -> None:
    if x.names and y.names:
        axes.set_aspect("equal")
    if y.names:  # a matrix reads from the top
        axes.invert_yaxis()
    for which, axis in (("x", x), ("y", y)):
        places = _shown(axis)
        texts = [_text(shortened(axis.names[i], 28)) if axis.names else f"{axis.positions[i]:.4g}" for i in places]
        size = 7 if len(axis.names or ()) <= 40 else 4.5
        turned = which == "x" and max((len(t) for t in texts), default=0) * len(texts) > 60
        getattr(axes, f"set_{which}ticks")(np.array(places) + 0.5, texts, fontsize=size, **({"rotation": 90} if turned else {}))
        getattr(axes, f"set_{which}label")(_text(axis.name))
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)


def _shown(axis: Along) -> list[int]:
    """Which cells bear a label: all names up to a page of them; else about eight (numbers) or twenty (names), evenly."""
    size, most = axis.positions.size, 20 if axis.names else 8
    if size <= (MOST_LABELS if axis.names else most):
        return list(range(size))
    return [int(i) for i in np.unique(np.linspace(0, size - 1, most).round())]


def _write_numbers(axes: Axes, data: "np.ndarray[Any, Any]", mesh: Any) -> None:
    for (row, column), value in np.ndenumerate(data):
        if np.isfinite(value):
            red, green, blue, _ = mesh.cmap(mesh.norm(value))
            dark = 0.299 * red + 0.587 * green + 0.114 * blue < 0.5
            text = f"{value:.2g}"
            axes.text(column + 0.5, row + 0.5, text, ha="center", va="center", fontsize=6, color="white" if dark else "black")


# --- bars -------------------------------------------------------------------------------------------------------------


def _bars(arrays: "Sequence[DataArray]", names: Sequence[str], options: Options) -> Figure:
    """The last value (or that at `step`) for each coordinate. Arrays over one dimension share a panel, side by side."""
    last = [at_time(array, options.get("step")) for array in arrays]
    panels: dict[str | None, list[tuple[DataArray, str]]] = {}
    for array, name in zip(last, names):
        panels.setdefault(running_dimension(array, options.get("x")), []).append((array, name))
    widest = max((array.sizes[d] for d, group in panels.items() if d for array, _ in group), default=1)
    figure, axes = _figure(len(panels), max(4.2, 0.16 * min(widest, MOST_LABELS)))
    for place, (dimension, group) in zip(axes, panels.items()):
        _draw_bars(place, dimension, group, options)
    return figure


def _draw_bars(axes: Axes, dimension: str | None, group: "Sequence[tuple[DataArray, str]]", options: Options) -> None:
    if dimension is None:  # single numbers: a bar for each name
        lines = [lines_of(array, name)[1][0] for array, name in group]
        axis = Along("", np.arange(len(lines), dtype=np.float64), tuple(line.label for line in lines))
        _bar_row(axes, axis.positions, lines, 0.7, COLORS[0])
    else:
        found = [lines_of(array, name, dimension) for array, name in group]
        axis, lines = found[0][0], [line for _, some in found for line in some]
        places = np.arange(axis.positions.size, dtype=np.float64)
        width = 0.8 / len(lines)
        for i, line in enumerate(lines):
            _bar_row(axes, places + (i - (len(lines) - 1) / 2) * width, [line], width, COLORS[i % len(COLORS)])
        names = axis.names or tuple(f"{p:.4g}" for p in axis.positions)
        axis = Along(axis.name, places, names)
        if len(lines) > 1:
            axes.legend([c[0] for c in axes.containers if len(c)], [_text(line.label) for line in lines])
    _label_positions(axes, axis)
    axes.set_ylabel(_text(group[0][1]) if len(group) == 1 else "")
    if options.get("log"):
        axes.set_yscale("log", nonpositive="mask")


def _bar_row(axes: Axes, places: "np.ndarray[Any, Any]", lines: Sequence[Line], width: float, color: str) -> None:
    middle = np.concatenate([line.middle for line in lines])[: places.size]
    axes.bar(places[: middle.size], middle, width, color=color)
    for line, start in zip(lines, range(len(lines))):
        if line.low is not None and line.high is not None:
            where = places[start : start + line.middle.size]
            axes.vlines(where, line.low, line.high, colors="#333333", linewidth=0.8)


def _label_positions(axes: Axes, axis: Along) -> None:
    axes.set_xlabel(_text(axis.name))
    if axis.names is None:
        return
    places = _shown(axis)
    texts = [_text(shortened(axis.names[i], 28)) for i in places]
    turned = max((len(t) for t in texts), default=0) * len(texts) > 60
    axes.set_xticks(axis.positions[places], texts, fontsize=7 if len(texts) <= 40 else 4.5, **({"rotation": 90} if turned else {}))


PLOTS: Mapping[str, Callable[..., Figure]] = {"lines": _lines, "curves": _curves, "heatmap": _heatmap, "bars": _bars}
