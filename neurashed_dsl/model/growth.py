"""How fast values and logits grow under multiplicative laws, inputs presented one at a time (facts/neurashed.md,
"When p → 1").

An element that fires with frequency p changes by r = p·ln a + (1 - p)·ln b a step. ln Z_j(x) grows at the largest sum
of rates along a path of firing nodes, the edge to the class included.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from neurashed_dsl.model.contracts import multiplicative
from neurashed_dsl.model.graph import Graph, Trained
from neurashed_dsl.model.scope import Lowering
from neurashed_dsl.values import frozen

Reals = npt.NDArray[np.float64]
Fires = npt.NDArray[np.bool_]
Odds = npt.NDArray[Any]  # that a node fires for a sample: truths, or probabilities (NaN where they aren't known)


@frozen
class Rates:
    """Rates of nodes and votes (NaN under another law, or if it isn't known how often they fire), the factors of each law of the nodes, and whether
    every rate is known.
    """

    nodes: Reals
    votes: Reals
    factors: list[tuple[float, float] | None]
    complete: bool


def rates_of(graph: Graph, fires: Odds, to: Lowering) -> Rates:
    """`fires`: [sample, node]."""
    weights = np.where(graph.inputs.held_out, 0, graph.inputs.weights)
    shares = weights / weights.sum() if weights.sum() > 0 else weights
    shown = shares > 0  # what is never shown may be unknown
    node_share = shares[shown] @ fires[shown]
    labelled = graph.inputs.labels[:, None] == np.arange(len(graph.classes))
    # An edge fires where its source does and its class is the label: at batch 1, `together` and `both` agree.
    unknown = np.isnan(fires) & shown[:, None]
    pairs = (shares[:, None] * np.nan_to_num(fires)).T @ labelled
    vote_share = pairs[graph.vote_sources, graph.vote_targets]
    vote_share[(unknown.T @ labelled)[graph.vote_sources, graph.vote_targets]] = np.nan
    factors = [_factors(t, to) for t in (graph.amplification, graph.weights)]
    nodes = _rates(graph.amplification, factors[0], node_share)
    votes = _rates(graph.weights, factors[1], vote_share)
    return Rates(nodes, votes, factors[0], not (np.isnan(nodes).any() or np.isnan(votes).any()))


def _factors(trained: Trained, to: Lowering) -> list[tuple[float, float] | None]:
    return [multiplicative(u.law, u.scope, u.arguments, to) for u in trained.laws]


def _rates(trained: Trained, factors: list[tuple[float, float] | None], share: Reals) -> Reals:
    rates = np.zeros(len(trained.law))  # no law: no change
    for number, pair in enumerate(factors):
        mine = trained.law == number
        if pair is None or not np.inf > pair[0] >= 1 >= pair[1] > 0:
            rates[mine] = np.nan  # an unchecked law may do anything
        else:
            rates[mine] = share[mine] * np.log(pair[0]) + (1 - share[mine]) * np.log(pair[1])
    return rates


def largest_rates(graph: Graph, fires: Fires, rates: Rates) -> Reals:
    """R[sample, class]; -inf where no firing path leads to the class."""
    best = np.where(fires, rates.nodes, -np.inf)
    for level in graph.levels[1:]:
        edges = slice(graph.into_offsets[level.start], graph.into_offsets[level.stop])
        owner = np.repeat(
            np.arange(level.stop - level.start), np.diff(graph.into_offsets[level.start : level.stop + 1])
        )
        best[:, level.start : level.stop] += _largest(
            best[:, graph.into_members[edges]], owner, level.stop - level.start
        )
    return _largest(best[:, graph.vote_sources] + rates.votes, graph.vote_targets, len(graph.classes))


def _largest(values: Reals, owner: npt.NDArray[Any], owners: int) -> Reals:
    """The largest value of each owner in each row; -inf of an owner without any. Owners ascend."""
    largest = np.full((len(values), owners), -np.inf)
    known, first = np.unique(owner, return_index=True)
    if len(known):
        largest[:, known] = np.maximum.reduceat(values, first, axis=1)
    return largest
