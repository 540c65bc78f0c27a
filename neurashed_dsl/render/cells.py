"""Heatmaps: two dimensions of an array as cells; a matrix of names reads from the top, numbers run upwards."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from neurashed_dsl.render.boundaries import draw_boundaries
from neurashed_dsl.render.labels import label_ticks, shown, written
from neurashed_dsl.render.series import REPEAT, Along, Floats, grid_of, spread

if TYPE_CHECKING:
    from xarray import DataArray

MOST_NUMBERS, MOST_COLUMNS = 100, 10  # cells with their numbers in them
MOST_VECTORS = 4096  # cells that aren't rasterised
WIDE_RANGE = 1e3
GAP = "#dddddd"  # a cell without a finite value


def draw_heatmap(
    panels: Callable[[int, float, float], list[Any]],
    arrays: "Sequence[DataArray]",
    names: Sequence[str],
    options: Mapping[str, Any],
) -> Any:
    """A panel for each array, as large as its names need."""
    grids = [grid_of(array, options.get("x"), options.get("y"), options.get("step")) for array in arrays]
    width = max(4.2, *(1.6 + 0.13 * len(x.names or ()) for x, _, _, _ in grids))
    height = max(3.4, *(1.2 + 0.13 * len(y.names or ()) for _, y, _, _ in grids))
    places = panels(len(arrays), width, height)
    for axes, (x, y, data, averaged), name in zip(places, grids, names):
        mesh = draw_cells(axes, data, options.get("log"))
        put_colours(axes, mesh)
        label_cells(axes, x, y)
        note = [d for d in averaged if d != REPEAT]
        axes.set_title(written(f"{name} (mean over {', '.join(note)})" if note else name))
        crossed = draw_boundaries(axes, x, y, data, name, options)
        if data.size <= MOST_NUMBERS and data.shape[1] <= MOST_COLUMNS and not crossed:
            _write_numbers(axes, data, mesh)
    return places[0].figure


def put_colours(axes: Any, mesh: Any, label: str = "") -> None:
    bar = axes.figure.colorbar(mesh, ax=axes, shrink=0.8, pad=0.02, label=written(label))
    bar.outline.set_linewidth(0.4)


def draw_cells(axes: Any, data: Floats, log: bool | None) -> Any:
    """The cells of `data` [y, x], each 1 × 1, coloured: around 0 where there are both signs."""
    ends = spread([data]) or (0.0, 1.0)
    kind, colors = "linear", "viridis"
    if ends[0] < 0 < ends[1]:
        largest = max(-ends[0], ends[1])
        ends, colors = (-largest, largest), "RdBu_r"
    positive = spread([data[data > 0]])
    if positive is not None and (is_wide(data) if log is None else log):
        ends, kind, colors = positive, "log", "viridis"
        data = np.where(data > 0, data, np.nan)
    axes.set_facecolor(GAP)
    mesh = axes.pcolormesh(np.ma.masked_invalid(data), cmap=colors, norm=kind, rasterized=data.size > MOST_VECTORS)
    mesh.set_clim(*ends)
    return mesh


def is_wide(data: Floats) -> bool:
    """All positive, and over a wide range. Among many cells one is always nearly 0, and says little of the range."""
    known = data[np.isfinite(data)]
    if not known.size:
        return False
    low, high = np.quantile(known, (0.05, 0.95))
    return bool(known.min() > 0 and high / low > WIDE_RANGE)


def label_cells(axes: Any, x: Along, y: Along, letters: int = 40) -> None:
    """Names and coordinates of cells that are 1 × 1. `letters`: how many fit below them."""
    if x.names and y.names:
        axes.set_aspect("equal")
    if y.names:
        axes.invert_yaxis()
    for which, axis in (("x", x), ("y", y)):
        if axis.name.strip():
            label_ticks(axes, which, axis, [i + 0.5 for i in shown(axis)], letters)
        else:
            (axes.set_xticks if which == "x" else axes.set_yticks)([])
    axes.set_xlabel(written(x.name))
    axes.set_ylabel(written(y.name))
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)


def _write_numbers(axes: Any, data: Floats, mesh: Any) -> None:
    for (row, column), value in np.ndenumerate(data):
        if np.isfinite(value):
            ink = ink_on(mesh, value)
            axes.text(column + 0.5, row + 0.5, f"{value:.2g}", ha="center", va="center", fontsize=6, color=ink)


def ink_on(mesh: Any, value: float) -> str:
    """What can be read on the colour of a value."""
    red, green, blue, _ = mesh.cmap(mesh.norm(value)) if np.isfinite(value) else (1.0, 1.0, 1.0, 1.0)
    return "white" if 0.299 * red + 0.587 * green + 0.114 * blue < 0.5 else "black"
