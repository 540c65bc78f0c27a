"""What the nodes of a level show of each input where edges are amplified: a_F(x) = S_F/Σ S_f, the mean of κ over F's dependents by their scores.

With one factor for all edges into a node it is that factor, λ of the node model, where F fires. Where all dependents have the score 0 (a rule may
hold without any that fires) it is the plain mean of κ, which is the same there.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from neurashed_dsl.ir.circuit import Words, unpack

Values = npt.NDArray[np.float64]


def log_activities(network: Any, fires: Words, factors: Values) -> Values:
    """[input, node], -inf where a node rests; `network`: a study's facts, `fires`: uint64[node, word], `factors`: log κ of each edge: those from the
    sensors first, then those of the rules."""
    lit, sensors = unpack(fires, len(network.inputs.names)), network.levels[0].stop
    scores, activities = (np.full(lit.shape, -np.inf) for _ in range(2))
    with np.errstate(divide="ignore", invalid="ignore"):
        for node in range(lit.shape[1]):
            rule = slice(network.into_offsets[node], network.into_offsets[node + 1])
            inner = node >= sensors
            own = factors[sensors + rule.start : sensors + rule.stop] if inner else factors[node : node + 1]
            below = scores[:, network.into_members[rule]] if inner else np.zeros((len(lit), 1))  # a sensor's score is 1
            score, whole = np.logaddexp.reduce(own + below, axis=1), np.logaddexp.reduce(below, axis=1)
            mean = np.where(np.isneginf(whole), np.logaddexp.reduce(own) - np.log(len(own)), score - whole)
            scores[:, node] = np.where(lit[:, node], score, -np.inf)
            activities[:, node] = np.where(lit[:, node], mean, -np.inf)
    return activities
