"""The edges of a network that amplifies its edges: one from a sensor into each node of the first level, then those of the rules, node by node,
then those to the classes, class by class (facts/neurashed.md, "Beyond the core" 1).
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from neurashed_dsl.model.graph import Graph, Ids
from neurashed_dsl.values import frozen

Numbers = npt.NDArray[np.integer[Any]]


@frozen
class Edges:
    """The edges into node n are offsets[n] up to, not including, offsets[n + 1]; those to the classes follow, in the order of the votes.

    Where an end is no node, the other one stands in its place: the head of a sensor's edge is its tail, too, and so of an edge to a class.
    """

    sensors: int  # how many edges come from sensors
    offsets: Ids
    tails: Ids  # a node each
    heads: Ids
    goals: Ids  # a class each; 0 of an edge to a node

    @property
    def outer(self) -> int:
        """The first edge to a class."""
        return int(self.offsets[-1])


def edges_of(bottom: int, into_offsets: Numbers, into_members: Numbers, sources: Numbers, targets: Numbers) -> Edges:
    """`bottom`: how many nodes the first level has; `sources` and `targets` are those of the votes; all as in a Graph."""
    sensors = np.arange(bottom, dtype=np.int64)
    offsets = np.concatenate([sensors, into_offsets[bottom:] + bottom]).astype(np.int64)
    heads = np.repeat(np.arange(len(offsets) - 1), np.diff(offsets))
    return Edges(
        bottom,
        offsets,
        np.concatenate([sensors, into_members, sources]).astype(np.int64),
        np.concatenate([heads, sources]).astype(np.int64),
        np.concatenate([np.zeros(len(heads), np.int64), targets]).astype(np.int64),
    )


def edges_in(graph: Graph) -> Edges:
    bottom = graph.levels[0].stop
    return edges_of(bottom, graph.into_offsets, graph.into_members, graph.vote_sources, graph.vote_targets)


class VoteLabels:
    """Names of the votes, `f -> F`, made when they are asked for: a network may have a million."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph

    def __len__(self) -> int:
        return len(self.graph.vote_sources)

    def __getitem__(self, vote: int) -> str:
        source, target = self.graph.vote_sources[vote], self.graph.vote_targets[vote]
        return f"{self.graph.nodes[source]} -> {self.graph.classes[target]}"

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and " -> " in name and any(self[i] == name for i in range(len(self)))


class EdgeLabels:
    """Names of edges: `f -> F`, and the node's alone for the edge from its sensor. Made when they are asked for: a network may have a million."""

    def __init__(self, graph: Graph, edges: Edges) -> None:
        self.graph, self.edges = graph, edges

    def __len__(self) -> int:
        return len(self.edges.tails)

    def __getitem__(self, edge: int) -> str:
        graph, edges = self.graph, self.edges
        tail = graph.nodes[edges.tails[edge]]
        if edge < edges.sensors:
            return str(tail)
        return f"{tail} -> {graph.nodes[edges.heads[edge]] if edge < edges.outer else graph.classes[edges.goals[edge]]}"

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and any(self[i] == name for i in range(len(self)))
