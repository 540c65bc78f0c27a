"""Lines: records against time (`lines`), or along an axis with a line for each recorded time (`curves`)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from neurashed_dsl.render.escape import printable
from neurashed_dsl.render.labels import QUIET, label_x, put_legend, put_note, written
from neurashed_dsl.render.series import (
    MOST_LINES,
    REPEAT,
    Line,
    lines_of,
    rows_of,
    running_dimension,
    some_cells,
    spread,
    swept_dimensions,
)

if TYPE_CHECKING:
    from xarray import DataArray

WIDE_RANGE = 1e3  # positive values over more than this get a logarithmic axis
CHORD, LEVEL = "chord", "level"
MOST_BANDS = 4  # curves; more bands than that hide each other
COLORS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000")  # Okabe and Ito: for all eyes
SHADES = ("#440154", "#414487", "#2a788e", "#22a884", "#7ad151")  # of viridis, dark to light

Panels = Callable[[int, float, float], list[Any]]
Options = Mapping[str, Any]


def draw_lines(panels: Panels, arrays: "Sequence[DataArray]", names: Sequence[str], options: Options) -> Any:
    """All arrays in one panel: a line for each, or for each of its elements if they are few."""
    (axes,) = panels(1, 5.4, 3.2)
    drawn: list[Line] = []
    for array, name in zip(arrays, names):
        axis, lines = lines_of(array, name, options.get("x"))
        drawn += lines
        label_x(axes, axis)
    shaded = len(arrays) == 1 and _in_order(arrays[0], running_dimension(arrays[0], options.get("x")))
    for i, line in enumerate(drawn):
        color = _shade(i, len(drawn)) if shaded else COLORS[i % len(COLORS)]
        _draw_line(axes, line, color, "-" if shaded else ("-", "--", ":")[i // len(COLORS) % 3])
    axes.set_ylabel(written(names[0]) if len(names) == 1 else "")
    _scale_y(axes, drawn, options.get("log"))
    put_legend(axes, axes.get_lines(), [line.label for line in drawn])
    if options.get("level") is not None:
        draw_level(axes, options["level"])
    put_note(axes, drawn)
    return axes.figure


def draw_level(axes: Any, value: float) -> None:
    """A line at one value, with its number at the right end."""
    axes.axhline(value, color=QUIET, linestyle="--", linewidth=0.8, zorder=0, gid=LEVEL)
    place = {"xy": (1, value), "xycoords": ("axes fraction", "data"), "xytext": (-2, 2), "textcoords": "offset points"}
    axes.annotate(f"{value:.3g}", **place, ha="right", fontsize=7, color=QUIET)


def _in_order(array: "DataArray", running: str | None) -> bool:
    """Are its lines cells along one dimension of numbers? Then dark to light says which."""
    array, _ = some_cells(array, running or "")
    others = [d for d in array.dims if d not in (running, REPEAT)]
    return (
        len(others) == 1
        and others == [d for d in swept_dimensions(array) if d != running]
        and array[others[0]].dtype.kind in "if"
    )


def draw_curves(panels: Panels, arrays: "Sequence[DataArray]", names: Sequence[str], options: Options) -> Any:
    """A panel for each array: values along an axis, a line for each recorded time (or each cell of a sweep), from dark to
    light."""
    places = panels(len(arrays), 4.8, 3.2)
    for axes, array, name in zip(places, arrays, names):
        _draw_curves(axes, array, name, options)
    return places[0].figure


def _draw_curves(axes: Any, array: "DataArray", name: str, options: Options) -> None:
    array, x, _ = rows_of(array, options.get("x"), options.get("step"), MOST_LINES)
    axis, lines = lines_of(array, name, x)
    shown = lines if len(lines) <= MOST_BANDS else [without_band(line) for line in lines]
    for i, line in enumerate(shown):
        if options.get("chord"):
            draw_chord(axes, line)
        _draw_line(axes, line, _shade(i, len(lines)))
    label_x(axes, axis)
    axes.set_ylabel(written(name))
    _scale_y(axes, shown, options.get("log"))
    labels = [line.label.removeprefix(printable(name)).strip("[]") for line in lines]
    put_legend(axes, [line for line in axes.get_lines() if line.get_gid() != CHORD], labels)
    put_note(axes, shown)


def without_band(line: Line) -> Line:
    """A line, and what is said of it, without its band."""
    return replace(line, low=None, high=None, note=line.note.split(",")[0])


def draw_chord(axes: Any, line: Line) -> None:
    """The straight line between the ends of a curve."""
    known = np.flatnonzero(np.isfinite(line.middle))
    if known.size:
        ends = known[[0, -1]]
        axes.plot(line.x[ends], line.middle[ends], color=QUIET, linestyle=":", linewidth=0.6, gid=CHORD)


def _shade(index: int, count: int) -> tuple[float, float, float]:
    """A colour between dark and light."""
    at = index / max(count - 1, 1) * (len(SHADES) - 1)
    parts = [[int(shade[k : k + 2], 16) / 255 for shade in SHADES] for k in (1, 3, 5)]
    red, green, blue = (float(np.interp(at, range(len(SHADES)), part)) for part in parts)
    return red, green, blue


def _draw_line(axes: Any, line: Line, color: Any, style: str = "-") -> None:
    alone = "o" if line.x.size == 1 else None
    axes.plot(line.x, line.middle, color=color, linestyle=style, marker=alone, markersize=3)
    if line.low is not None and line.high is not None:
        axes.fill_between(line.x, line.low, line.high, color=color, alpha=0.15, linewidth=0)


def _scale_y(axes: Any, lines: Sequence[Line], wanted: bool | None) -> None:
    ends = spread([a for line in lines for a in (line.middle, line.low, line.high) if a is not None])
    if ends is None:
        axes.text(0.5, 0.5, "no finite values", transform=axes.transAxes, ha="center", color=QUIET)
        return
    wide = ends[0] > 0 and ends[1] / ends[0] > WIDE_RANGE
    if ends[1] > 0 and (wide if wanted is None else wanted):
        axes.set_yscale("log", nonpositive="mask")
