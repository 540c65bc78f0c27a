"""The feature pathway of one input: its firing nodes and the edges between them (paper, Section 2)."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from neurashed_dsl.diagnostics import Kind, NshedError, nearest
from neurashed_dsl.ir.circuit import reference
from neurashed_dsl.model.graph import Graph

UNKNOWN_INPUT = Kind("unknown-input", "the network `{network}` has no input `{name}`", "not declared", ("did you mean `{near}`?", "{known}"))


@dataclass(frozen=True, eq=False)
class Pathway:
    """`nodes`: bool[nodes], firing. `votes`: bool[votes], both ends fire: the source, and the class that is the label."""

    input: str
    label: int
    nodes: npt.NDArray[np.bool_]
    votes: npt.NDArray[np.bool_]


def pathway(graph: Graph, name: str) -> Pathway:
    """What fires for the input `name` (random rules count as firing where they hold). Raises NshedError [unknown-input]."""
    names = list(graph.inputs.names)
    if name not in names:
        known = f"its inputs are {', '.join(names)}" if 0 < len(names) <= 12 else ""
        raise NshedError([UNKNOWN_INPUT.at(None, network=graph.name, name=name, near=nearest(name, names), known=known)])
    sample = names.index(name)
    bits = (graph.inputs.bits[:, sample >> 6] >> np.uint64(sample & 63) & np.uint64(1)).astype(bool)
    nodes = reference(graph.circuit, bits[None, :])[0]
    label = int(graph.inputs.labels[sample])
    return Pathway(name, label, nodes, nodes[graph.vote_sources] & (graph.vote_targets == label))
