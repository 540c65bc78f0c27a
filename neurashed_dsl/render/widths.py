"""Edges as wide as their factors κ, of a network that amplifies edges. Those from sensors aren't drawn."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from neurashed_dsl.model.edges import EdgeLabels, edges_in
from neurashed_dsl.model.graph import Graph
from neurashed_dsl.render.scene import Scene

if TYPE_CHECKING:
    from xarray import DataArray

Floats = npt.NDArray[np.float64]


def factors_of(graph: Graph, records: "Sequence[tuple[DataArray, bool]]", step: float | None) -> Floats:
    """log κ of each edge, the mean of all repeats, from records over edges, each with whether it holds logarithms; NaN where none has it."""
    from neurashed_dsl.render.series import at_time, gaps_allowed

    edges = edges_in(graph)
    labels = EdgeLabels(graph, edges)
    place = {labels[e]: e for e in range(len(labels))}
    logs = np.full(len(labels), np.nan)
    for array, logarithm in records:
        dimension = next((d for d in array.dims if str(d).startswith("edge") and d in array.coords), None)
        if dimension is None:
            continue
        array = at_time(array, step)
        with gaps_allowed(), np.errstate(divide="ignore", invalid="ignore"):
            values = array.mean([d for d in array.dims if d != dimension]).values
            values = values if logarithm else np.log(values)
        for label, value in zip(array.coords[dimension].values, values):
            if str(label) in place:
                logs[place[str(label)]] = value
    return logs


def widened(scene: Scene, graph: Graph, logs: Floats) -> Scene:
    """A scene of single nodes, its links, those of rules and then those to classes, with their share of the largest κ that is drawn."""
    drawn = logs[edges_in(graph).sensors :]
    known = drawn[~np.isnan(drawn)]
    top = known.max(initial=-np.inf)
    with np.errstate(invalid="ignore"):
        shares = (
            np.where(drawn == top, 1.0, np.exp(drawn - top)) if np.isfinite(top) else np.where(drawn == top, 1.0, 0.0)
        )
    shares[np.isnan(drawn)] = np.nan
    links = tuple(replace(link, share=float(share)) for link, share in zip(scene.links, shares, strict=True))
    return replace(scene, links=links)
