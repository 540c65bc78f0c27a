"""What the nodes of a level show of each input where edges are amplified: a_F(x) = S_F/Σ S_f, the mean of κ over F's dependents by their scores.

With one factor for all edges into a node it is that factor, λ of the node model, where F fires. Where all dependents have the score 0 (a rule may
hold without any that fires) it is the plain mean of κ, which is the same there.
"""

import numpy as np
import numpy.typing as npt

from neurashed_dsl.ir.circuit import Words, unpack
from neurashed_dsl.model.edges import edges_in
from neurashed_dsl.model.graph import Graph

Values = npt.NDArray[np.float64]


def log_activities(graph: Graph, fires: Words, factors: Values) -> Values:
    """[input, node], -inf where a node rests; `fires`: uint64[node, word], `factors`: log κ of each edge."""
    edges, lit = edges_in(graph), unpack(fires, len(graph.inputs.names))
    scores, activities = (np.full(lit.shape, -np.inf) for _ in range(2))
    with np.errstate(divide="ignore", invalid="ignore"):
        for node in range(len(graph.nodes)):
            own = slice(edges.offsets[node], edges.offsets[node + 1])
            κ, below = factors[own], scores[:, edges.tails[own]]
            below = np.zeros_like(below) if node < edges.sensors else below  # a sensor's score is 1
            score, whole = np.logaddexp.reduce(κ + below, axis=1), np.logaddexp.reduce(below, axis=1)
            mean = np.where(np.isneginf(whole), np.logaddexp.reduce(κ) - np.log(len(κ)), score - whole)
            scores[:, node] = np.where(lit[:, node], score, -np.inf)
            activities[:, node] = np.where(lit[:, node], mean, -np.inf)
    return activities
