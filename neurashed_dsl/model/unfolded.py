"""A network that amplifies its edges, as one that amplifies nodes: each edge between nodes is a node of its own, read by the one it leads to.

The rates at which logits grow are those of κ along a path (facts/neurashed.md, "Beyond the core" 1), as the nodes of the network grow by nothing.
"""

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from neurashed_dsl.ir.plan import Presentation
from neurashed_dsl.model.edges import EdgeLabels, Edges, edges_in
from neurashed_dsl.model.graph import Graph, Ids, Level, Start, Trained
from neurashed_dsl.model.growth import Fires, Odds
from neurashed_dsl.values import frozen


@frozen
class _Places:
    """Where the edges between nodes and the nodes come to stand: the edges into a level just below it."""

    edges: Ids
    nodes: Ids


def unfolded(graph: Graph, seen: Fires, fires: Odds, how: Presentation) -> tuple[Graph, Fires, Odds]:
    """`seen`: bool[sample, node], what fires as measures see it; `fires`: how likely it does in training. Both for the places of the new graph.

    A graph that amplifies nodes is given back as it is.
    """
    trained = graph.factors
    if trained is None:
        return graph, seen, fires
    edges, places = edges_in(graph), _places(graph)
    offsets, members = _into(edges, places)
    ends = edges.tails[: edges.outer], edges.heads[: edges.outer]
    labels = EdgeLabels(graph, edges)
    names = np.empty(len(offsets) - 1, object)
    names[places.nodes] = list(graph.nodes)
    names[places.edges] = [labels[e] for e in range(edges.outer)]
    inner = _part(trained, np.arange(edges.outer), places.edges, len(names))
    outer = np.arange(edges.outer, len(edges.tails))
    made = replace(
        graph,
        levels=_levels(graph, edges),
        families=(),
        nodes=names.tolist(),
        into_offsets=offsets,
        into_members=members,
        vote_sources=places.nodes[graph.vote_sources].astype(np.int32),
        amplification=inner,
        weights=_part(trained, outer, outer - edges.outer, len(outer)),
    )
    shown, lit = (np.zeros((len(x), len(names)), x.dtype) for x in (seen, fires))
    shown[:, places.nodes], lit[:, places.nodes] = seen, fires
    shown[:, places.edges] = seen[:, ends[0]] & seen[:, ends[1]]
    lit[:, places.edges] = _lit(trained, fires, *ends)
    apart = np.zeros(edges.outer, bool) if trained.together is None else ~trained.together[: edges.outer]
    apart &= ends[0] != ends[1]
    if apart.any() and (how.batch > 1 or how.order == "all"):  # an end on one sample, the other on another
        lit = lit.astype(np.float64)
        lit[:, places.edges[apart]] = np.nan
    return made, shown, lit


def _places(graph: Graph) -> _Places:
    edges = edges_in(graph)
    starts, stops = (np.zeros(len(graph.nodes), np.int64) for _ in range(2))
    for level in graph.levels:
        starts[level.start : level.stop], stops[level.start : level.stop] = level.start, level.stop
    heads = edges.heads[: edges.outer]
    return _Places(np.arange(edges.outer) + starts[heads], np.arange(len(graph.nodes)) + edges.offsets[stops])


def _levels(graph: Graph, edges: Edges) -> tuple[Level, ...]:
    found = []
    for level in graph.levels:
        start, stop = (edges.offsets[n] + n for n in (level.start, level.stop))
        between = start + edges.offsets[level.stop] - edges.offsets[level.start]
        found.append(Level(f"edges into {level.name}", "", int(start), int(between), level.span))
        found.append(replace(level, start=int(between), stop=int(stop)))
    return tuple(found)


def _into(edges: Edges, places: _Places) -> tuple[Ids, npt.NDArray[np.int32]]:
    """CSR: an edge reads its tail, but for that from a sensor; a node the edges that lead to it."""
    inner = np.arange(edges.sensors, edges.outer)
    owners = np.concatenate([places.edges[inner], places.nodes[edges.heads[: edges.outer]]])
    members = np.concatenate([places.nodes[edges.tails[inner]], places.edges])
    order = np.argsort(owners, kind="stable")
    counts = np.bincount(owners, minlength=len(places.edges) + len(places.nodes))
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.int64), members[order].astype(np.int32)


def _lit(trained: Trained, fires: Odds, tails: Ids, heads: Ids) -> Odds:
    """How likely both ends fire for a sample, or the head where the edge is tied. NaN where that isn't known: the one may depend on the other."""
    one, other = fires[:, tails], fires[:, heads]
    if fires.dtype == bool:
        both: Odds = one & other
    else:
        both = np.where(one == 1, other, np.where(other == 1, one, np.where((one == 0) | (other == 0), 0.0, np.nan)))
    alone = tails == heads if trained.tied is None else (tails == heads) | trained.tied[: len(heads)]
    return np.where(alone, other, both)


def _part(trained: Trained, edges: Ids, places: Ids, size: int) -> Trained:
    """What is trained of some of the edges, that come to stand at `places` of `size`."""
    law = np.full(size, -1, np.int16)
    law[places] = trained.law[edges]
    where = np.full(len(trained.law), -1, np.int64)
    where[edges] = places
    together = None
    if trained.together is not None:
        together = np.ones(size, bool)
        together[places] = trained.together[edges]
    return Trained(law, trained.laws, tuple(_start(s, where, places) for s in trained.starts), together)


def _start(start: Start, where: Ids, places: Ids) -> Start:
    if start.where is None:
        return replace(start, where=places)
    moved = where[start.where]
    return replace(start, where=moved[moved >= 0])
