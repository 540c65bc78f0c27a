"""What a picture of a network shows, before any format: shapes on ranks, links between them (paper, Figures 1 to 4).

`detailed` draws each node for itself; where that would be a hairball, `overview` draws families with counts. `dot` and
`mermaid` write it.
"""

import math
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from neurashed_dsl.model.graph import Family, Graph
from neurashed_dsl.render.escape import printable
from neurashed_dsl.render.pathway import Pathway, is_fickle
from neurashed_dsl.values import frozen

MOST_NODES, MOST_EDGES = 300, 2000  # beyond, a picture of single nodes can't be read
LONG_FAMILY = 6  # of a longer family only the first node bears its whole name


@frozen
class Shape:
    """A node, a class, or a box that stands for many. `key` is unique and holds only letters and digits."""

    key: str
    rank: int  # 0 is the bottom
    text: str
    hint: str  # all there is to say, on hovering
    kind: str  # "node", "class" or "box"
    mark: str = ""  # its rule: ∨, ∧, ≥2 …
    fires: bool = False
    share: float = math.nan  # of the largest λ: the area of the circle; NaN if unknown
    note: str = ""  # a second line: counts
    gone: bool = False  # pruned


@frozen
class Link:
    """From a shape to one further up. `vote`: into a class."""

    source: str
    target: str
    hint: str
    vote: bool = False
    fires: bool = False
    text: str = ""
    count: int = 1
    share: float = math.nan  # of the largest κ: the width; NaN if unknown
    gone: bool = False  # an end is pruned


@frozen
class Scene:
    """`ranks` are (name, title), bottom first. `firing` is "INPUT → LABEL"; `sized` says to what λ is compared:
    "network", "level" or ""."""

    name: str
    ranks: tuple[tuple[str, str], ...]
    shapes: tuple[Shape, ...]
    links: tuple[Link, ...]
    summary: str
    firing: str = ""
    sized: str = ""
    fickle: bool = False  # does firing depend on more than the input?
    weight: str = "η"  # of the edges to the classes


def is_large(graph: Graph) -> bool:
    nodes = len(graph.nodes) + len(graph.classes)
    return nodes > MOST_NODES or len(graph.into_members) + len(graph.vote_sources) > MOST_EDGES


def ranks(graph: Graph) -> tuple[tuple[str, str], ...]:
    return (*((level.name, level.title) for level in graph.levels), ("classes", ""))


def family_sizes(graph: Graph) -> list[int]:
    """How many nodes each family has; families tile the node axis in order."""
    ends = [family.start for family in graph.families[1:]] + [len(graph.nodes)]
    return [end - family.start for family, end in zip(graph.families, ends)]


def rank_of_nodes(graph: Graph) -> npt.NDArray[np.int64]:
    return np.repeat(np.arange(len(graph.levels)), [level.stop - level.start for level in graph.levels])


def shares(graph: Graph, sizes: npt.NDArray[np.float64], logarithms: bool, per_level: bool) -> npt.NDArray[np.float64]:
    """λ of each node over the largest of the network, or of its level: in 0..1, also where λ is 0 or infinite; NaN
    where it is unknown."""
    with np.errstate(divide="ignore"):
        log = sizes if logarithms else np.log(np.maximum(sizes, 0))
    result = np.where(np.isnan(log), np.nan, 0.0)
    for part in [slice(level.start, level.stop) for level in graph.levels] if per_level else [slice(None)]:
        known = log[part][~np.isnan(log[part])]
        top = known.max(initial=-np.inf)
        if top == np.inf:
            result[part] += log[part] == top
        elif top > -np.inf:
            result[part] = np.exp(log[part] - top)
    return result


def detailed(
    graph: Graph,
    pathway: Pathway | None = None,
    sizes: npt.NDArray[np.float64] | None = None,
    logarithms: bool = False,
    per_level: bool = False,
) -> Scene:
    """Every node for itself. `sizes`: λ (or, with `logarithms`, log λ) of each node, shape [nodes]."""
    share = np.full(len(graph.nodes), np.nan) if sizes is None else shares(graph, sizes, logarithms, per_level)
    shapes = (*_nodes(graph, pathway, share), *_classes(graph, pathway))
    links = (*_rules(graph, pathway), *_votes(graph, pathway))
    sized = "" if sizes is None else "level" if per_level else "network"
    words = summary(graph, pathway), firing(graph, pathway), sized
    return Scene(graph.name, ranks(graph), shapes, links, *words, is_fickle(graph))


def faded(scene: Scene, gone: npt.NDArray[np.bool_]) -> Scene:
    """The scene of single nodes with those that are pruned, bool[nodes], and their edges."""
    keys = {f"n{i}" for i in np.flatnonzero(gone)}
    shapes = [replace(s, gone=True, hint=f"{s.hint}, pruned") if s.key in keys else s for s in scene.shapes]
    links = [replace(x, gone=True) if {x.source, x.target} & keys else x for x in scene.links]
    return replace(scene, shapes=tuple(shapes), links=tuple(links))


def summary(graph: Graph, pathway: Pathway | None) -> str:
    """One sentence about the picture, for those who can't see it."""
    edges = len(graph.into_members) + len(graph.vote_sources)
    counts = f"{len(graph.levels)} levels, {len(graph.nodes)} nodes, {edges} edges, {len(graph.classes)} classes"
    text = f"network {graph.name}: {counts}"
    if pathway is None:
        return printable(text)
    fired = np.flatnonzero(pathway.nodes)
    some = ", ".join(graph.nodes[int(i)] for i in fired[:20]) + (", …" if len(fired) > 20 else "")
    return printable(f"{text}; for {firing(graph, pathway)} {len(fired)} nodes fire: {some}")


def firing(graph: Graph, pathway: Pathway | None) -> str:
    if pathway is None:
        return ""
    return f"{', '.join(pathway.inputs)} → {', '.join(graph.classes[label] for label in pathway.labels)}"


def _nodes(graph: Graph, pathway: Pathway | None, share: npt.NDArray[np.float64]) -> list[Shape]:
    rank = rank_of_nodes(graph)
    found = []
    for family, size in zip(graph.families, family_sizes(graph)):
        for i in range(family.start, family.start + size):
            fires = pathway is not None and bool(pathway.nodes[i])
            value = "" if np.isnan(share[i]) else f", λ {share[i]:.3g} of the largest"
            hint = f"{graph.nodes[i]}{' ' * bool(family.mark)}{family.mark}{value}{', fires' if fires else ''}"
            text = _node_text(family, size, graph.nodes[i], i)
            found.append(Shape(f"n{i}", int(rank[i]), text, hint, "node", family.mark, fires, float(share[i])))
    return found


def _node_text(family: Family, size: int, name: str, node: int) -> str:
    if size > LONG_FAMILY and node > family.start and name.startswith(family.name + "["):
        return name[len(family.name) :]
    return name


def _classes(graph: Graph, pathway: Pathway | None) -> list[Shape]:
    top = len(graph.levels)
    labels = pathway.labels if pathway else ()
    return [
        Shape(f"c{i}", top, name, f"class {name}{', fires' if i in labels else ''}", "class", fires=i in labels)
        for i, name in enumerate(graph.classes)
    ]


def _rules(graph: Graph, pathway: Pathway | None) -> list[Link]:
    targets = np.repeat(np.arange(len(graph.nodes)), np.diff(graph.into_offsets))
    found = []
    for i, (source, target) in enumerate(zip(graph.into_members.tolist(), targets.tolist())):
        fires = pathway is not None and bool(pathway.edges[i])
        found.append(Link(f"n{source}", f"n{target}", f"{graph.nodes[source]} → {graph.nodes[target]}", fires=fires))
    return found


def _votes(graph: Graph, pathway: Pathway | None) -> list[Link]:
    found = []
    for i, (source, target) in enumerate(zip(graph.vote_sources.tolist(), graph.vote_targets.tolist())):
        fires = pathway is not None and bool(pathway.votes[i])
        hint = f"{graph.nodes[source]} → {graph.classes[target]}"
        found.append(Link(f"n{source}", f"c{target}", hint, vote=True, fires=fires))
    return found
