"""A network or a system as a networkx graph, GraphML and node-link JSON: for other programs to read."""

import json
import math
from io import BytesIO
from typing import Any

import numpy as np
import numpy.typing as npt

from neurashed_dsl.model.graph import Graph
from neurashed_dsl.render.escape import printable
from neurashed_dsl.render.pathway import Pathway
from neurashed_dsl.render.scene import family_sizes, rank_of_nodes
from neurashed_dsl.render.sketch import Sketch

Floats = npt.NDArray[np.float64]


def to_networkx(
    graph: Graph, pathway: Pathway | None = None, amplification: Floats | None = None, weights: Floats | None = None
) -> Any:
    """A `networkx.DiGraph`. Nodes are names, in order, with `label level rank family rule`; a class whose name a node
    bears, too, is `NAME (class)`. Edges have `kind`, "rule" or "vote". With a pathway nodes and edges have `fires`;
    `lambda` and `eta` come from λ [nodes] and η [votes].
    """
    import networkx

    network = networkx.DiGraph(name=graph.name)
    tops = class_keys(graph)
    _add_nodes(network, graph, tops, pathway, amplification)
    _add_rules(network, graph, pathway)
    _add_votes(network, graph, tops, pathway, weights)
    return network


def sketch_to_networkx(sketch: Sketch) -> Any:
    """A `networkx.DiGraph` of a system. Nodes are arrays and parameters by name, with `kind axes declared`, and equations of
    motion, named `d/dt x` or `x <-`; edges have `kind`, "reads", "starts" or "moves"."""
    import networkx

    moved = {arrow.source: arrow.target for arrow in sketch.arrows if arrow.kind == "moves"}
    texts = {mark.key: mark.text for mark in sketch.marks}
    names = dict(texts)
    for key, target in moved.items():
        names[key] = f"d/dt {texts[target]}" if texts[key] == "d/dt" else f"{texts[target]} <-"
    network = networkx.DiGraph(name=sketch.name)
    for mark in sketch.marks:
        network.add_node(names[mark.key], kind=mark.kind, axes=" ".join(mark.plate), declared=mark.hint)
    for arrow in sketch.arrows:
        network.add_edge(names[arrow.source], names[arrow.target], kind=arrow.kind)
    return network


def class_keys(graph: Graph) -> list[str]:
    """A name for each class that no node bears."""
    taken = set(graph.nodes)
    keys = []
    for name in graph.classes:
        while name in taken:
            name += " (class)"
        taken.add(name)
        keys.append(name)
    return keys


def graphml(network: Any) -> str:
    """GraphML text. Characters that XML can't hold are shown as pictures."""
    import networkx

    safe = networkx.relabel_nodes(network, {name: printable(name) for name in network if printable(name) != name})
    for _, values in safe.nodes(data=True):
        values.update({key: printable(value) for key, value in values.items() if isinstance(value, str)})
    out = BytesIO()
    networkx.write_graphml_xml(safe, out, prettyprint=True)
    return out.getvalue().decode("utf-8")


def node_link(network: Any) -> str:
    """Node-link JSON (`nodes` with `id`, `edges` with `source` and `target`). An infinite or unknown λ is null."""
    nodes = [{"id": name, **_finite(values)} for name, values in network.nodes(data=True)]
    edges = [{"source": a, "target": b, **_finite(values)} for a, b, values in network.edges(data=True)]
    whole = {"directed": True, "multigraph": False, "graph": dict(network.graph), "nodes": nodes, "edges": edges}
    return json.dumps(whole, ensure_ascii=False, allow_nan=False, indent=1) + "\n"


def _finite(values: dict[str, Any]) -> dict[str, Any]:
    return {
        key: None if isinstance(value, float) and not math.isfinite(value) else value for key, value in values.items()
    }


def _add_nodes(
    network: Any, graph: Graph, tops: list[str], pathway: Pathway | None, amplification: Floats | None
) -> None:
    rank = rank_of_nodes(graph).tolist()
    for family, size in zip(graph.families, family_sizes(graph)):
        for i in range(family.start, family.start + size):
            values: dict[str, Any] = {
                "label": graph.nodes[i],
                "level": family.level,
                "rank": rank[i],
                "family": family.name,
                "rule": family.mark,
            }
            if amplification is not None:
                values["lambda"] = float(amplification[i])
            if pathway is not None:
                values["fires"] = bool(pathway.nodes[i])
            network.add_node(graph.nodes[i], **values)
    for i, (key, name) in enumerate(zip(tops, graph.classes)):
        values = {"label": name, "level": "classes", "rank": len(graph.levels), "family": name, "rule": ""}
        if pathway is not None:
            values["fires"] = i in pathway.labels
        network.add_node(key, **values)


def _add_rules(network: Any, graph: Graph, pathway: Pathway | None) -> None:
    targets = np.repeat(np.arange(len(graph.nodes)), np.diff(graph.into_offsets))
    for i, (source, target) in enumerate(zip(graph.into_members.tolist(), targets.tolist())):
        fires = {} if pathway is None else {"fires": bool(pathway.edges[i])}
        network.add_edge(graph.nodes[source], graph.nodes[target], kind="rule", **fires)


def _add_votes(network: Any, graph: Graph, tops: list[str], pathway: Pathway | None, weights: Floats | None) -> None:
    for i, (source, target) in enumerate(zip(graph.vote_sources.tolist(), graph.vote_targets.tolist())):
        values: dict[str, Any] = {} if pathway is None else {"fires": bool(pathway.votes[i])}
        if weights is not None:
            values["eta"] = float(weights[i])
        network.add_edge(graph.nodes[source], tops[target], kind="vote", **values)
