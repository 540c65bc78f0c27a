"""A chain between two walls: an array of lengths, drawn as springs between blocks; a row for each time, or each cell of a
sweep."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from neurashed_dsl.render.curves import without_band
from neurashed_dsl.render.labels import put_note, written
from neurashed_dsl.render.series import Floats, lines_of, rows_of

if TYPE_CHECKING:
    from xarray import DataArray

MOST_CHAINS = 6
TEETH = 5  # of a spring
BLOCK = 0.28  # of the mean length of a spring: the width of a block
SPRING, WALL, FILL = "#0072b2", "#666666", "#e69f00"
HEIGHT = 0.3  # of a row, above and below its middle: walls; blocks are a half of it, springs a third


def draw_chain(
    panels: Callable[[int, float, float], list[Any]],
    arrays: "Sequence[DataArray]",
    names: Sequence[str],
    options: Mapping[str, Any],
) -> Any:
    """A panel for each array, and in it a row for each time (or cell), from the top."""
    found = []
    for array, name in zip(arrays, names):
        array, x, _ = rows_of(array, options.get("x"), options.get("step"), MOST_CHAINS)
        found.append((name, lines_of(array, name, x)[1]))
    places = panels(len(arrays), 6.0, 0.7 + 0.62 * max(len(lines) for _, lines in found))
    for axes, (name, lines) in zip(places, found):
        unit = _unit([line.middle for line in lines])
        for row, line in enumerate(lines):
            _draw_row(axes, line.middle, row, unit)
        labels = [line.label.removeprefix(name).strip("[]") for line in lines]
        axes.set_yticks(range(len(lines)), [written(label) for label in labels])
        axes.invert_yaxis()
        axes.set_xticks([])
        axes.tick_params(length=0)
        axes.spines[:].set_visible(False)
        axes.set_title(written(name), loc="left")
        put_note(axes, [without_band(line) for line in lines])
    return places[0].figure


def _unit(rows: Sequence[Floats]) -> float:
    """The width of a block: the same in all rows, so that springs can be compared."""
    known = np.abs(np.concatenate(rows))
    known = known[np.isfinite(known)]
    mean = float(known.mean()) if known.size else 0.0
    return BLOCK * mean if mean > 0 else 1.0


def _draw_row(axes: Any, lengths: Floats, row: int, width: float) -> None:
    """One chain: springs have their lengths, and between them stand blocks that are `width` wide. An unknown length leaves
    a gap."""
    count = lengths.size
    starts = np.concatenate([[0], np.cumsum(np.nan_to_num(lengths) + width)])[:count]
    for start, length in zip(starts, lengths):
        if np.isfinite(length):
            axes.plot(*spring(start, start + length, row), color=SPRING, linewidth=0.9, zorder=2, gid="spring")
    for start in starts[1:]:
        axes.barh(row, width, HEIGHT, start - width, color=FILL, edgecolor="#333333", linewidth=0.6, zorder=3)
    end = starts[-1] + np.nan_to_num(lengths[-1])
    for left in (-width, end):
        axes.barh(row, width, 2 * HEIGHT, left, color="none", edgecolor=WALL, hatch="////", linewidth=0)
    for at in (0, end):
        axes.plot([at, at], [row - HEIGHT, row + HEIGHT], color=WALL, linewidth=1.4, zorder=1, gid="wall")


def spring(left: float, right: float, row: float) -> tuple[Floats, Floats]:
    """A zigzag from `left` to `right` on the line y = row: straight ends, and TEETH teeth between."""
    share = np.concatenate([[0, 0.12], 0.12 + 0.76 * (np.arange(2 * TEETH) + 0.5) / (2 * TEETH), [0.88, 1]])
    high = np.concatenate([[0, 0], np.tile([-1, 1], TEETH), [0, 0]]) * HEIGHT / 3
    return left + share * (right - left), row + high
