"""Paths of points in a plane: class means as they move. Points of more than two coordinates are projected."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from neurashed_dsl.render.curves import COLORS
from neurashed_dsl.render.escape import printable
from neurashed_dsl.render.labels import QUIET, put_legend, written
from neurashed_dsl.render.series import (
    REPEAT,
    Along,
    Floats,
    along,
    element_label,
    fewer,
    gaps_allowed,
    swept_dimensions,
    time_of,
    values,
)
from neurashed_dsl.values import frozen

if TYPE_CHECKING:
    from xarray import DataArray

MOST_PANELS = 6
SIMPLEX = np.array([[np.cos(a), np.sin(a)] for a in np.pi / 2 + 2 * np.pi / 3 * np.arange(3)]) * np.sqrt(2 / 3)


@frozen
class Paths:
    """`at` [time, point, 2]: where each point is; what the two axes are; the directions of three coordinates in a simplex' plane [3, 2]."""

    title: str
    at: Floats
    points: Along
    axes: tuple[str, str]
    corners: Floats | None = None
    corner_names: tuple[str, ...] = ()


def draw_plane(
    panels: Callable[[int, float, float], list[Any]],
    arrays: "Sequence[DataArray]",
    names: Sequence[str],
    options: Mapping[str, Any],
) -> Any:
    """A panel for each array, and for each cell of a sweep; the mean of the repeats."""
    found = [p for array, name in zip(arrays, names) for p in paths_of(array, name, options)]
    places = panels(len(found), 3.8, 3.6)
    for axes, paths in zip(places, found):
        _draw_paths(axes, paths)
    if len(found[0].points.positions) > 1:
        labels = [_name_of(found[0].points, i) for i in range(len(found[0].points.positions))]
        put_legend(places[-1], [line for line in places[-1].get_lines() if line.get_gid() == "path"], labels)
    return places[0].figure


def paths_of(array: "DataArray", name: str, options: Mapping[str, Any]) -> list[Paths]:
    """The paths of the points of an array over time, its points and `x:`, their coordinates (its last dimension)."""
    time, swept = time_of(array), swept_dimensions(array)
    own = [str(d) for d in array.dims if d not in (REPEAT, time, *swept)]
    coordinate = str(options.get("x") or (own[-1] if own else "value"))
    if coordinate not in array.dims:
        array = array.expand_dims(coordinate, -1)
    array, cells = fewer(array, [d for d in swept if d != coordinate], MOST_PANELS)
    points = next((d for d in own if d != coordinate), None)
    kept = [*cells, *([time] if time else []), *([points] if points else []), coordinate]
    with gaps_allowed():
        array = array.mean([d for d in array.dims if d not in kept]).transpose(*kept)
    counts = [array.sizes[d] for d in cells]
    found = []
    for place in np.ndindex(*counts):
        cell = array.isel(dict(zip(cells, place)))
        size = cell.sizes[coordinate]
        data = values(cell).reshape(cell.sizes.get(time, 1) if time else 1, -1, size)
        along_points = along(cell, points) if points else Along("", np.zeros(1), (printable(name),))
        title = element_label(name, array, cells, place)
        found.append(_projected(data, title, along_points, along(cell, coordinate), bool(options.get("simplex"))))
    return found


def _projected(data: Floats, title: str, points: Along, coordinates: Along, simplex: bool) -> Paths:
    """`data` [time, point, coordinate] in the plane of the simplex (of three coordinates), as they are (of two), or in the plane in which the points,
    their mean at each time taken off, are spread most."""
    names = tuple(_name_of(coordinates, i) for i in range(data.shape[2]))
    if simplex:
        return Paths(title, data @ SIMPLEX, points, ("", ""), SIMPLEX, names)
    if data.shape[2] <= 2:
        flat = np.concatenate([data, np.zeros((*data.shape[:2], 2 - data.shape[2]))], axis=2)
        return Paths(title, flat, points, (names[0], names[1] if len(names) > 1 else ""))
    with gaps_allowed():
        centred = data - data.mean(axis=1, keepdims=True)
    rows = np.nan_to_num(centred).reshape(-1, data.shape[2])
    _, _, basis = np.linalg.svd(rows, full_matrices=False)
    basis = np.concatenate([basis, np.zeros((2, data.shape[2]))])[:2]
    largest = np.abs(basis).argmax(axis=1)
    basis *= np.where(basis[np.arange(2), largest] < 0, -1.0, 1.0)[:, None]  # a direction has no sign: choose one
    return Paths(title, data @ basis.T, points, ("first direction of the points", "second direction"))


def _name_of(axis: Along, i: int) -> str:
    return axis.names[i] if axis.names else f"{axis.name} {axis.positions[i]:.6g}"


def _draw_paths(axes: Any, paths: Paths) -> None:
    """Each point's path, from a ring to a dot."""
    for i in range(paths.at.shape[1]):
        color = COLORS[i % len(COLORS)]
        x, y = paths.at[:, i, 0], paths.at[:, i, 1]
        axes.plot(x, y, color=color, gid="path")
        axes.plot(x[:1], y[:1], "o", color=color, markerfacecolor="white", markersize=4)
        axes.plot(x[-1:], y[-1:], "o", color=color, markersize=5)
    if paths.corners is not None:
        _draw_corners(axes, paths)
    axes.set_aspect("equal", adjustable="datalim")
    axes.set_title(written(paths.title))
    axes.set_xlabel(written(paths.axes[0]))
    axes.set_ylabel(written(paths.axes[1]))


def _draw_corners(axes: Any, paths: Paths) -> None:
    """The directions of the coordinates, as rays from 0 as long as the farthest point is away."""
    assert paths.corners is not None
    known = paths.at[np.isfinite(paths.at).all(axis=2)]
    length = float(np.linalg.norm(known, axis=1).max()) if known.size else 1.0
    for (x, y), name in zip(paths.corners * length / np.linalg.norm(paths.corners[0]), paths.corner_names):
        axes.plot([0, x], [0, y], color=QUIET, linewidth=0.6, linestyle=":", zorder=0)
        axes.annotate(written(name), (x, y), xytext=(4, 4), textcoords="offset points", fontsize=7, color=QUIET)
    axes.set_xticks([])
    axes.set_yticks([])
