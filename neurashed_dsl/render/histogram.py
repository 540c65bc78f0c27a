"""Histograms: how the values of an array are spread, a colour for each group of its elements."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from neurashed_dsl.render.cells import is_wide
from neurashed_dsl.render.curves import COLORS
from neurashed_dsl.render.escape import shortened
from neurashed_dsl.render.labels import written
from neurashed_dsl.render.series import Floats, along, at_time, spread, values

if TYPE_CHECKING:
    from xarray import DataArray

MOST_GROUPS = 7  # each with a colour of its own
LEAST_BINS, MOST_BINS = 12, 40


def draw_histogram(
    panels: Callable[[int, float, float], list[Any]],
    arrays: "Sequence[DataArray]",
    names: Sequence[str],
    options: Mapping[str, Any],
) -> Any:
    """A panel for each array, all with the same bins: the share of each group's values (repeats among them), a strip for each group.
    `groups`, if given: of each array (dimension, the group of each of its elements), or None."""
    by = options.get("groups") or [None] * len(arrays)
    found = [grouped(at_time(array, options.get("step")), own) for array, own in zip(arrays, by)]
    places = panels(len(arrays), 4.4, 2.4 + 0.3 * max(map(len, found)))
    whole = np.concatenate([data for groups in found for _, data in groups])
    log = is_wide(whole) if options.get("log") is None else bool(options["log"])
    edges = edges_of(whole, options.get("bins"), log)
    for axes, groups, name in zip(places, found, names):
        _draw_groups(axes, groups, edges)
        axes.set_xscale("log" if log and edges[0] > 0 else "linear")
        axes.set_xlabel(written(name))
    return places[0].figure


def grouped(array: "DataArray", groups: tuple[str, Sequence[str]] | None) -> list[tuple[str, Floats]]:
    """Finite values by group, in the order in which groups come; the smaller ones together where they are many."""
    if groups is None or groups[0] not in array.dims:
        return [("", _known(values(array)))]
    dimension, labels = groups
    data = np.moveaxis(values(array), array.get_axis_num(dimension), 0)
    found = {label: _known(data[[other == label for other in labels]]) for label in dict.fromkeys(labels)}
    large = sorted(found, key=lambda label: -found[label].size)[:MOST_GROUPS]
    if len(found) > MOST_GROUPS:
        large = large[: MOST_GROUPS - 1]
    rest = [data for label, data in found.items() if label not in large]
    others = [("others", np.concatenate(rest))] if rest else []
    return [(label, data) for label, data in found.items() if label in large] + others


def groups_along(array: "DataArray", dimension: str) -> tuple[str, list[str]]:
    """Each element of a dimension as a group."""
    axis = along(array, dimension)
    return dimension, list(axis.names or (f"{dimension}: {position:.6g}" for position in axis.positions))


def edges_of(found: Floats, bins: int | None, log: bool) -> Floats:
    """Ends of bins of one width, on the axis as it is drawn; as many as Freedman and Diaconis say, from 12 to 40."""
    log = log and bool((found > 0).any())
    found = np.log10(found[found > 0]) if log else found
    low, high = spread([found]) or (0.0, 1.0)
    if low == high:
        low, high = low - 0.5, high + 0.5
    if bins is None:
        quarter, half = np.quantile(found, (0.25, 0.75)) if found.size else (0.0, 0.0)
        width = 2 * (half - quarter) / max(found.size, 1) ** (1 / 3)
        bins = int(np.clip((high - low) / width if width > 0 else LEAST_BINS, LEAST_BINS, MOST_BINS))
    edges = np.linspace(low, high, bins + 1)
    return 10**edges if log else edges


def _known(data: Floats) -> Floats:
    return data[np.isfinite(data)].ravel()


def _draw_groups(axes: Any, groups: Sequence[tuple[str, Floats]], edges: Floats) -> None:
    """The first group on top. Strips have one scale; a single group has it written beside it."""
    shares = [np.histogram(np.clip(data, edges[0], edges[-1]), edges)[0] / max(data.size, 1) for _, data in groups]
    height = max((float(share.max()) for share in shares), default=0.0) or 1.0
    alone = len(groups) == 1
    for level, (share, color) in enumerate(zip(reversed(shares), [*COLORS[: len(groups)]][::-1])):
        base, scale = (0.0, 1.0) if alone else (float(level), 0.85 / height)
        axes.stairs(base + scale * share, edges, baseline=base, fill=True, color=color, alpha=0.35)
        axes.stairs(base + scale * share, edges, baseline=base, color=color, linewidth=1.0)
    if alone:
        axes.set_ylabel("share")
        axes.set_ylim(0)
        return
    texts = [written(f"{shortened(label, 24)} ({data.size})") for label, data in reversed(groups)]
    axes.set_yticks(range(len(groups)), texts, fontsize=7)
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(0, len(groups))
