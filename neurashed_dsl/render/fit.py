"""A fit: the data as points, what comes nearest to them as lines."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from neurashed_dsl.render.curves import COLORS, Panels
from neurashed_dsl.render.labels import label_x, put_legend, written
from neurashed_dsl.render.series import lines_of

if TYPE_CHECKING:
    from xarray import DataArray


def draw_fit(panels: Panels, arrays: "Sequence[DataArray]", names: Sequence[str], options: Mapping[str, Any]) -> Any:
    """`arrays`: the data and the fitted curve, of the same dimensions; a colour for each line."""
    (axes,) = panels(1, 4.8, 3.2)
    (axis, data), (_, fitted) = (lines_of(array, name) for array, name in zip(arrays, names))
    for i, (points, line) in enumerate(zip(data, fitted)):
        color = COLORS[i % len(COLORS)]
        axes.plot(points.x, points.middle, "o", color=color, markerfacecolor="none", markersize=4)
        axes.plot(line.x, line.middle, "-" if line.x.size > 1 else "x", color=color)
    label_x(axes, axis)
    axes.set_ylabel(written(str(options.get("label", ""))))
    put_legend(axes, axes.get_lines()[:2], list(names))
    return axes.figure
