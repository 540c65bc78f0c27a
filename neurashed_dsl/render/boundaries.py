"""Lines over a heatmap: where its values cross a number, and where a theory says that something changes."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from neurashed_dsl.render.labels import written
from neurashed_dsl.render.series import Along, Floats, along, at_time, gaps_allowed, time_of, values

if TYPE_CHECKING:
    from xarray import DataArray

INK, THEORY = "#1c1c1c", "#00735a"


def draw_boundaries(axes: Any, x: Along, y: Along, data: Floats, name: str, options: Mapping[str, Any]) -> bool:
    """`contour` is where values cross it: 0 if nothing is said and they have both signs. `line` is an array along x, its
    values on y's scale. Was there one to draw?"""
    level = _draw_contour(axes, x, y, data, options.get("contour"))
    handles = [] if level is None else [_handle(axes, f"{name} = {level:g}", INK, "-")]
    line = options.get("line")
    if line is not None and not x.names and not y.names:
        _draw_line(axes, x, y, line)
        handles.append(_handle(axes, str(line.name), THEORY, "--"))
    if handles:
        labels = [handle.get_label() for handle in handles]
        axes.legend(handles, labels, loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=2, borderaxespad=0.2)
        axes.set_title(axes.get_title(), loc="left")
        axes.set_title("", loc="center")
    return bool(handles)


def place_of(axis: Along, numbers: Floats) -> Floats:
    """Where numbers stand among cells that are 1 wide, up to half a cell beyond the first and the last; NaN further out."""
    order = np.argsort(axis.positions)
    at, centres = axis.positions[order], order + 0.5
    if at.size < 2:
        return np.full(np.shape(numbers), np.nan)
    ends = [at[0] - (at[1] - at[0]) / 2, at[-1] + (at[-1] - at[-2]) / 2]
    steps = np.diff(centres)[[0, -1]] / 2
    knots = np.concatenate([ends[:1], at, ends[1:]])
    found: Floats = np.interp(numbers, knots, [centres[0] - steps[0], *centres, centres[-1] + steps[1]], np.nan, np.nan)
    return found


def _draw_contour(axes: Any, x: Along, y: Along, data: Floats, wanted: float | bool | None) -> float | None:
    """The level that was drawn."""
    level = 0.0 if wanted is None or wanted is True else float(wanted)
    known = data[np.isfinite(data)]
    crossed = known.size > 0 and known.min() < level < known.max()
    if wanted is False or x.names or y.names or min(data.shape) < 2 or not crossed:
        return None
    rows, columns = data.shape
    centres = np.arange(columns) + 0.5, np.arange(rows) + 0.5
    axes.contour(*centres, np.ma.masked_invalid(data), levels=[level], colors=[INK], linewidths=1.2)
    return level


def _draw_line(axes: Any, x: Along, y: Along, array: "DataArray") -> None:
    """Values of `array` along x, the mean of all else; where it doesn't run along x, one height."""
    running = next((str(d) for d in array.dims if along(array, str(d)).name == x.name), None)
    array = array if running == time_of(array) else at_time(array, None)
    with gaps_allowed():
        array = array.mean([d for d in array.dims if d != running])
    at = x.positions[[0, -1]] if running is None else along(array, running).positions
    heights = np.broadcast_to(place_of(y, values(array)), at.shape)
    axes.plot(place_of(x, at), heights, color=THEORY, linestyle="--", linewidth=1.4, gid="line")


def _handle(axes: Any, label: str, color: str, style: str) -> Any:
    (handle,) = axes.plot([], [], color=color, linestyle=style, linewidth=1.2, label=written(label))
    return handle
