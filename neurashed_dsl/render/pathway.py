"""The feature pathway of an input: its firing nodes and the edges between them (paper, Section 2)."""

import numpy as np
import numpy.typing as npt

from neurashed_dsl.diagnostics import Kind, Report, nearest
from neurashed_dsl.ir.circuit import reference
from neurashed_dsl.model.graph import Graph
from neurashed_dsl.model.odds import odds
from neurashed_dsl.values import frozen

UNKNOWN_INPUT = Kind(
    "unknown-input",
    "the network `{network}` has no input `{name}`",
    "not declared",
    ("did you mean `{near}`?", "{known}"),
)


@frozen
class Pathway:
    """What fires for one input, or for several in one batch: an edge fires if both its ends do on one of them.

    `nodes`: bool[nodes]; `edges`: bool[edges of rules]; `votes`: bool[votes], of which those into the label fire.
    """

    inputs: tuple[str, ...]
    labels: tuple[int, ...]
    nodes: npt.NDArray[np.bool_]
    edges: npt.NDArray[np.bool_]
    votes: npt.NDArray[np.bool_]


def pathway(graph: Graph, *names: str) -> Pathway:
    """The pathway of an input, or the union of several. Of rules that ask for a draw or for a strong node, what can fire.

    Raises NshedError [unknown-input].
    """
    samples = _samples(graph, names)
    bits = (graph.inputs.bits[:, samples >> 6] >> (samples & 63).astype(np.uint64) & np.uint64(1)).astype(bool)
    fires = odds(graph)[samples] != 0 if is_fickle(graph) else reference(graph.circuit, bits.T)
    targets = np.repeat(np.arange(len(graph.nodes)), np.diff(graph.into_offsets))
    labels = graph.inputs.labels[samples]
    edges, votes = np.zeros(len(targets), bool), np.zeros(len(graph.vote_sources), bool)
    for row, label in zip(fires, labels):
        edges |= row[graph.into_members] & row[targets]
        votes |= row[graph.vote_sources] & (graph.vote_targets == label)
    nodes = np.logical_or.reduce(fires, axis=0)
    return Pathway(tuple(names), tuple(dict.fromkeys(labels.tolist())), nodes, edges, votes)


def is_fickle(graph: Graph) -> bool:
    """Do some of its rules ask for a draw, or for a strong node?"""
    return len(graph.circuit.chances.gates) + len(graph.circuit.contests.gates) > 0


def _samples(graph: Graph, names: tuple[str, ...]) -> npt.NDArray[np.int64]:
    place = {name: i for i, name in enumerate(graph.inputs.names)}
    report = Report()
    known = f"its inputs are {', '.join(place)}" if 0 < len(place) <= 12 else ""
    for name in names:
        if name not in place:
            report.add(UNKNOWN_INPUT.at(None, network=graph.name, name=name, near=nearest(name, place), known=known))
    report.stop()
    return np.array([place[name] for name in names], np.int64)
