"""The firing table of a graph in NumPy."""

from neurashed_dsl.ir.circuit import Words
from neurashed_dsl.ir.wires import all_wires, valid
from neurashed_dsl.model.graph import Graph


def firing_words(graph: Graph) -> Words:
    """uint64[node, word] over the graph's inputs; bits beyond the last sample are 0."""
    table = all_wires(graph.circuit, graph.inputs.bits)
    return table[: graph.circuit.nodes] & valid(len(graph.inputs.names))
