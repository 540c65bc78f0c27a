"""Bars: the last value, or that at a step, for each coordinate."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from neurashed_dsl.render.curves import COLORS
from neurashed_dsl.render.labels import MOST_NAMES, label_x, put_legend, put_note, written
from neurashed_dsl.render.series import Along, Floats, Line, at_time, lines_of, running_dimension

if TYPE_CHECKING:
    from xarray import DataArray

    Group = Sequence[tuple[DataArray, str]]


def draw_bars(
    panels: Callable[[int, float, float], list[Any]],
    arrays: "Sequence[DataArray]",
    names: Sequence[str],
    options: Mapping[str, Any],
) -> Any:
    """Arrays over one dimension share a panel, side by side; so do single numbers."""
    groups: dict[str | None, list[tuple[Any, str]]] = {}
    for array, name in zip(arrays, names):
        last = at_time(array, options.get("step"))
        groups.setdefault(running_dimension(last, options.get("x")), []).append((last, name))
    widest = max((array.sizes[d] for d, group in groups.items() if d for array, _ in group), default=1)
    places = panels(len(groups), max(4.2, 0.16 * min(widest, MOST_NAMES)), 3.2)
    for axes, (dimension, group) in zip(places, groups.items()):
        _draw_group(axes, dimension, group)
        if options.get("log"):
            axes.set_yscale("log", nonpositive="clip")
    return places[0].figure


def _draw_group(axes: Any, dimension: str | None, group: "Group") -> None:
    found = [lines_of(array, name, dimension) for array, name in group]
    lines = [line for _, some in found for line in some]
    if dimension is None:  # single numbers: a bar for each name
        axis = Along("", np.arange(len(lines), dtype=np.float64), tuple(line.label for line in lines))
        for place, line in zip(axis.positions, lines):
            _draw_row(axes, np.array([place]), line, 0.7, COLORS[0])
    else:
        axis = _as_names(found[0][0])
        width = 0.8 / len(lines)
        for i, line in enumerate(lines):
            middle = axis.positions + (i - (len(lines) - 1) / 2) * width
            _draw_row(axes, middle, line, width, COLORS[i % len(COLORS)])
        put_legend(axes, list(axes.containers), [line.label for line in lines])
    label_x(axes, axis)
    put_note(axes, lines)
    axes.set_ylabel(written(group[0][1]) if len(group) == 1 else "")


def _draw_row(axes: Any, places: Floats, line: Line, width: float, color: str) -> None:
    size = min(places.size, line.middle.size)
    axes.bar(places[:size], line.middle[:size], width, color=color)
    if line.low is not None and line.high is not None:
        axes.vlines(places[:size], line.low[:size], line.high[:size], colors="#333333", linewidth=0.8)


def _as_names(axis: Along) -> Along:
    """Bars stand at even distances, whatever their coordinates."""
    names = axis.names or tuple(f"{position:.4g}" for position in axis.positions)
    return Along(axis.name, np.arange(axis.positions.size, dtype=np.float64), names)
