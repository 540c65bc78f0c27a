"""What a logit is made of (facts/neurashed.md, "Model"): scores as logarithms, the share that each edge, node and path has of them.

S_F = λ_F · Σ S_f over the dependents that fire, Z_j = Σ η · S_f. All of it works on logarithms, so that nothing overflows, and takes
many patterns at once: `fires` is bool[pattern, node].
"""

import heapq
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from neurashed_dsl.model.graph import Graph
from neurashed_dsl.values import frozen

Reals = npt.NDArray[np.float64]
Truths = npt.NDArray[np.bool_]
EXPANDED = 100_000  # beginnings of paths that are looked at


@frozen
class Strengths:
    """log λ[node] and log η[vote]."""

    nodes: Reals
    votes: Reals


@frozen
class Scores:
    """log S[pattern, node] and log Z[pattern, class]; -inf is 0."""

    nodes: Reals
    logits: Reals


def scores_of(graph: Graph, strengths: Strengths, fires: Truths) -> Scores:
    """Scores and logits of patterns."""
    nodes = np.where(fires, strengths.nodes, -np.inf)
    for level in graph.levels[1:]:
        edges = slice(graph.into_offsets[level.start], graph.into_offsets[level.stop])
        fan = np.diff(graph.into_offsets[level.start : level.stop + 1])
        owner = np.repeat(np.arange(level.stop - level.start), fan)
        nodes[:, level.start : level.stop] += log_sums(nodes[:, graph.into_members[edges]], owner, len(fan))
    votes = nodes[:, graph.vote_sources] + strengths.votes
    return Scores(nodes, log_sums(votes, graph.vote_targets, len(graph.classes)))


def log_sums(values: Reals, owner: npt.NDArray[np.integer], owners: int) -> Reals:
    """The logarithm of each owner's sum, in each row; -inf of an owner without any. Owners ascend."""
    found = np.full((len(values), owners), -np.inf)
    known, first = np.unique(owner, return_index=True)
    if not len(known):
        return found
    top = np.full((len(values), owners), -np.inf)
    top[:, known] = np.maximum.reduceat(values, first, axis=1)
    safe = np.where(np.isfinite(top), top, 0.0)
    with np.errstate(divide="ignore"):
        sums = np.log(np.add.reduceat(np.exp(values - safe[:, owner]), first, axis=1))
    found[:, known] = safe[:, known] + sums
    return found


def probabilities(logits: Reals) -> Reals:
    """Softmax of logits that are held as logarithms, of one pattern: exact at any size."""
    top = logits.max()
    if np.isneginf(top):
        return np.full(len(logits), 1 / len(logits))
    with np.errstate(divide="ignore", over="ignore"):
        gaps = -np.exp(top + np.log(-np.expm1(logits - top)))
    odds = np.exp(gaps)
    return np.asarray(odds / odds.sum())


# --- shares ---------------------------------------------------------------------------------------------------------------


@frozen
class Shares:
    """Of one class and one pattern: what of Z comes over each vote and through each node, and what of a node's sum over each edge."""

    target: int
    votes: Reals
    nodes: Reals
    edges: Reals


def shares_of(graph: Graph, strengths: Strengths, scores: Scores, target: int) -> Shares:
    """Shares of Z[target] of the first pattern; zeros where it is 0."""
    score, logit = scores.nodes[0], scores.logits[0, target]
    edges = edge_shares(graph, strengths, score)
    votes, nodes = np.zeros(len(graph.vote_sources)), np.zeros(len(graph.nodes))
    if np.isneginf(logit):
        return Shares(target, votes, nodes, edges)
    mine = graph.vote_targets == target
    votes[mine] = np.exp(score[graph.vote_sources[mine]] + strengths.votes[mine] - logit)
    np.add.at(nodes, graph.vote_sources, votes)
    for level in reversed(graph.levels[1:]):
        at = slice(graph.into_offsets[level.start], graph.into_offsets[level.stop])
        owner = np.repeat(np.arange(level.start, level.stop), np.diff(graph.into_offsets[level.start : level.stop + 1]))
        np.add.at(nodes, graph.into_members[at], nodes[owner] * edges[at])
    return Shares(target, votes, nodes, edges)


def edge_shares(graph: Graph, strengths: Strengths, score: Reals) -> Reals:
    """For each edge of a rule, the dependent's share of the sum that the node multiplies; 0 where the node doesn't fire."""
    owner = np.repeat(np.arange(len(graph.nodes)), np.diff(graph.into_offsets))
    lit = np.isfinite(score[owner])
    shares = np.zeros(len(owner))
    members = graph.into_members
    shares[lit] = np.exp(score[members[lit]] + strengths.nodes[owner[lit]] - score[owner[lit]])
    return shares


def branches(graph: Graph, shares: Shares, node: int) -> list[tuple[int, float]]:
    """The dependents of a node that have a share of its sum, the largest first."""
    row = slice(graph.into_offsets[node], graph.into_offsets[node + 1])
    found = zip(graph.into_members[row].tolist(), shares.edges[row].tolist())
    return sorted(((f, s) for f, s in found if s > 0), key=lambda pair: (-pair[1], pair[0]))


@frozen
class Strand:
    """A path from the bottom up to a class, and its share of the logit. `vote` -1: it ends at its last node, of whose score it has the share."""

    nodes: tuple[int, ...]
    vote: int
    share: float


def strands(graph: Graph, shares: Shares, node: int | None = None) -> Iterator[Strand]:
    """Paths by their share, the largest first: those of the class, or those that end at a node.

    A beginning, from the top down, has the shares of all its ends: the one with the largest share is followed first, and one that has come
    to the bottom is the next largest path.
    """
    heap: list[tuple[float, tuple[int, ...], int]] = []
    if node is None:
        starts = np.flatnonzero(shares.votes > 0).tolist()
        heap = [(-float(shares.votes[v]), (int(graph.vote_sources[v]),), v) for v in starts]
    else:
        heap = [(-1.0, (node,), -1)]
    heapq.heapify(heap)
    for _ in range(EXPANDED):
        if not heap:
            return
        share, down, vote = heapq.heappop(heap)
        if down[-1] < graph.levels[0].stop:
            yield Strand(tuple(reversed(down)), vote, -share)
            continue
        for below, part in branches(graph, shares, down[-1]):
            heapq.heappush(heap, (share * part, (*down, below), vote))
