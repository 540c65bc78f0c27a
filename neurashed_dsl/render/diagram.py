"""Pictures of networks: `diagram` puts graph, pathway and λ together; `dot` gives the DOT text alone."""

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from neurashed_dsl.ir.circuit import Bits
from neurashed_dsl.model.graph import Graph
from neurashed_dsl.model.pruning import pruned
from neurashed_dsl.render.dot import write_dot
from neurashed_dsl.render.mermaid import write_mermaid
from neurashed_dsl.render.overview import overview
from neurashed_dsl.render.pathway import Pathway, pathway
from neurashed_dsl.render.picture import Picture
from neurashed_dsl.render.scene import Scene, detailed, faded, is_large
from neurashed_dsl.render.widths import widened

Floats = npt.NDArray[np.float64]


def diagram(
    graph: Graph,
    *inputs: str,
    sizes: Floats | None = None,
    logarithms: bool = False,
    per_level: bool = False,
    title: str = "",
    widths: Floats | None = None,
    gone: Bits | None = None,
) -> Picture:
    """A picture of a network, with the pathway of an input, or of a batch of inputs, in red.

    `sizes` is λ of each node (or, with `logarithms`, log λ), shape [nodes], NaN where unknown: drawn as areas, beside
    the largest of the network or `per_level`; `widths` is log κ of each edge, drawn as widths. `title` stands in place of the network's name.
    `gone` are the nodes that were pruned: they are grey, and no pathway runs through them.
    Raises NshedError [unknown-input].
    """
    way = pathway(graph if gone is None else pruned(graph, gone), *inputs) if inputs else None
    scene = scene_of(graph, way, sizes, logarithms, per_level)
    scene = scene if gone is None else faded(scene, gone)
    scene = replace(scene, name=title or scene.name, weight="κ" if graph.factors else "η")
    if widths is not None and not is_large(graph):
        scene = widened(scene, graph, widths)
    widest = max((sum(shape.rank == r for shape in scene.shapes) for r in range(len(scene.ranks))), default=0)
    amplification = _amplification(sizes, logarithms)

    def network() -> Any:
        from neurashed_dsl.render.export import to_networkx

        made = to_networkx(graph, way, amplification)
        for name, is_gone in zip(graph.nodes, [] if gone is None else gone.tolist()):
            made.nodes[name]["pruned"] = is_gone
        return made

    return Picture(write_dot(scene), write_mermaid(scene), scene.summary, network, widest)


def dot(
    graph: Graph,
    *,
    pathway: Pathway | None = None,
    sizes: Floats | None = None,
    logarithms: bool = False,
    per_level: bool = False,
) -> str:
    """The DOT text of a network."""
    return write_dot(scene_of(graph, pathway, sizes, logarithms, per_level))


def scene_of(
    graph: Graph, way: Pathway | None, sizes: Floats | None, logarithms: bool = False, per_level: bool = False
) -> Scene:
    """Node by node, or as families where there are too many."""
    return overview(graph, way) if is_large(graph) else detailed(graph, way, sizes, logarithms, per_level)


def _amplification(sizes: Floats | None, logarithms: bool) -> Floats | None:
    if sizes is None or not logarithms:
        return sizes
    with np.errstate(over="ignore"):
        return np.exp(sizes)
