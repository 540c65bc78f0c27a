"""Warnings about a network that is well formed: few, and never wrong (facts/neurashed.md, "When p → 1")."""

from neurashed_dsl.ir.circuit import Words
from neurashed_dsl.model.graph import Graph
from neurashed_dsl.model.scope import Lowering


def lint(graph: Graph, firing: Words, lowering: Lowering) -> None:
    """Append warnings to the report. `firing`: uint64[node, word] over the graph's inputs."""
