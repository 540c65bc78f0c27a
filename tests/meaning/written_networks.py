"""Networks from text, for the tests of this folder."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from neurashed_dsl.diagnostics import Report, Source
from neurashed_dsl.ir.circuit import complaints, reference
from neurashed_dsl.model.examine import graph_of
from neurashed_dsl.model.graph import Graph
from neurashed_dsl.model.load import load_model
from neurashed_dsl.model.scope import Lowering

REST = "  update λ by multiplicative\n}\n"


def elaborated(
    text: str, settings: Mapping[str, Any] | None = None, path: Path | None = None
) -> tuple[Graph | None, Report]:
    """The first network of a text, and all that was said about it, warnings left out."""
    report = Report()
    model = load_model(Source("test.nshed", text), path, report, settings or {})
    network = next(iter(model.networks.values()))
    return graph_of(model, network, settings or {}, Lowering(report, memory=model.memory)), report


def made(text: str, settings: Mapping[str, Any] | None = None, path: Path | None = None) -> Graph:
    """A network without mistakes, its circuit well formed."""
    graph, report = elaborated(text, settings, path)
    assert report.errors == [], [(d.code, d.message, d.label) for d in report.errors]
    assert graph is not None
    assert list(complaints(graph.circuit)) == []
    return graph


def truth_table(graph: Graph) -> np.ndarray:
    """bool[pattern, node] over all patterns of the bottom; bit k of the pattern's number is node k."""
    bottom = graph.circuit.bottom
    patterns = (np.arange(1 << bottom)[:, None] >> np.arange(bottom)) & 1
    return reference(graph.circuit, patterns.astype(bool))


def into(graph: Graph, node: str) -> list[str]:
    """The dependents of a node, by name."""
    at = list(graph.nodes).index(node)
    members = graph.into_members[graph.into_offsets[at] : graph.into_offsets[at + 1]]
    assert (np.diff(members) > 0).all(), "dependents ascend, each once"
    return [graph.nodes[m] for m in members]


def votes(graph: Graph) -> list[tuple[str, str]]:
    return [(graph.nodes[s], graph.classes[t]) for s, t in zip(graph.vote_sources, graph.vote_targets)]
