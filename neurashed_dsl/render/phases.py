"""A phase diagram: over two swept parameters a small curve in each cell, on the colour of another array."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from neurashed_dsl.render.cells import draw_cells, ink_on, label_cells, put_colours
from neurashed_dsl.render.labels import written
from neurashed_dsl.render.series import REPEAT, Floats, along, at_time, gaps_allowed, thinned, time_of, values

if TYPE_CHECKING:
    from xarray import DataArray

MOST_COLUMNS, MOST_ROWS = 13, 9
CELL, MARGIN = 0.52, 0.16  # inches; the part of a cell that is left free at each side
LETTERS = 5  # that fit below a cell
NEUTRAL = "#f4f4f4"


def draw_phases(
    panels: Callable[[int, float, float], list[Any]],
    arrays: "Sequence[DataArray]",
    names: Sequence[str],
    options: Mapping[str, Any],
) -> Any:
    """A panel for each array. Of many cells an even choice is shown, the first and the last among them."""
    x, y, step = options["x"], options["y"], options.get("step")
    some = [curves_of(array, x, y, step) for array in arrays]
    width = CELL * max(array.sizes[x] for array in some) + 1.6
    places = panels(len(arrays), width, CELL * max(array.sizes[y] for array in some) + 1.0)
    for axes, array, name in zip(places, some, names):
        data = values(array)
        inks = _draw_ground(axes, data.shape[:2], options)
        _draw_curves(axes, data, inks, options.get("chord", True))
        label_cells(axes, along(array, x), along(array, y), LETTERS * array.sizes[x])
        axes.set_aspect("equal")
        axes.set_title(written(name))
    return places[0].figure


def curves_of(array: "DataArray", x: str, y: str, step: float | None) -> "DataArray":
    """Values [y, x, points] along the last dimension."""
    others = [str(d) for d in array.dims if d not in (x, y, REPEAT, time_of(array))]
    if not others:
        array, others = array.expand_dims("value", -1), ["value"]
    return over_cells(array, x, y, step, others[-1])


def over_cells(array: "DataArray", x: str, y: str, step: float | None, *kept: str) -> "DataArray":
    """An array over some of the cells: at `step` or at the last time, the mean over all that isn't `kept`."""
    if time_of(array) not in (x, y):
        array = at_time(array, step)
    for dimension, most in ((x, MOST_COLUMNS), (y, MOST_ROWS)):
        array = thinned(array, dimension, most) if dimension in array.dims else array.expand_dims(dimension)
    with gaps_allowed():
        return array.mean([d for d in array.dims if d not in (x, y, *kept)]).transpose(y, x, *kept)


def _draw_ground(axes: Any, shape: tuple[int, ...], options: Mapping[str, Any]) -> list[list[str]]:
    """The colour of each cell; and what can be read on it [y, x]."""
    colour = options.get("colour")
    data: Floats = np.full(shape, np.nan)
    if colour is not None:
        data = np.broadcast_to(values(over_cells(colour, options["x"], options["y"], options.get("step"))), shape)
    mesh = draw_cells(axes, data, None)
    if colour is None:
        axes.set_facecolor(NEUTRAL)
    else:
        put_colours(axes, mesh, str(colour.name))
    axes.set_xticks(np.arange(shape[1] + 1), minor=True)
    axes.set_yticks(np.arange(shape[0] + 1), minor=True)
    axes.grid(which="minor", color="white", linewidth=0.8)
    axes.tick_params(which="minor", length=0)
    return [[ink_on(mesh, value) for value in row] for row in data]


def _draw_curves(axes: Any, data: Floats, inks: list[list[str]], chord: bool) -> None:
    """Each curve fills its cell, whatever its size: its form is what is seen. Its chord is drawn thin."""
    rows, columns, points = data.shape
    at = np.linspace(MARGIN, 1 - MARGIN, points)
    for row, column in np.ndindex(rows, columns):
        curve, ink = data[row, column], inks[row][column]
        known = np.flatnonzero(np.isfinite(curve))
        if not known.size:
            continue
        low, high = curve[known].min(), curve[known].max()
        scaled = MARGIN + (1 - 2 * MARGIN) * ((curve - low) / (high - low) if high > low else 0 * curve + 0.5)
        if chord:
            ends = known[[0, -1]]
            axes.plot(column + at[ends], row + scaled[ends], color=ink, linewidth=0.4, alpha=0.6, gid="chord")
        mark = "o" if known.size == 1 else None
        axes.plot(column + at, row + scaled, color=ink, linewidth=1.1, marker=mark, markersize=2, gid="curve")
