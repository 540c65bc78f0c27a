"""How fast values and logits grow in the long run, from how often each place fires (facts/neurashed.md, "When p → 1").

Under laws fire(x) = a·x + c and rest(x) = b·x + d a value grows as e^(r·t)·t^m. Where it only multiplies, r = p·ln a + (1 - p)·ln b for one
that fires with frequency p. Where something is added (Kesten 1973, Theorem 5) it never gets lost: r = max(0, p·ln a + (1 - p)·ln b); it
grows in proportion to t, m = 1, where it adds and nothing ever multiplies. ln Z_j(x) grows at the largest sum of rates along a path of
firing nodes, the edge to the class included.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from neurashed_dsl.ir.plan import Presentation
from neurashed_dsl.model.contracts import Lines, lines_of
from neurashed_dsl.model.frequency import share_with, share_with_both
from neurashed_dsl.model.graph import Graph, Start, Trained
from neurashed_dsl.model.scope import Lowering
from neurashed_dsl.values import frozen

Reals = npt.NDArray[np.float64]
Fires = npt.NDArray[np.bool_]
Odds = npt.NDArray[Any]  # that a node fires for a sample: truths, or probabilities (NaN where they aren't known)
TIE = 1e-9  # rates a step that are nearer to each other are the same
ANY = 1e150  # stands for a rate of which nothing is known: larger than all others, and finite, so that what doesn't fire stays lost


@frozen
class Growth:
    """Of each place: how often it fires, r (NaN where nothing is known, -inf where it is 0, or on its way there at once) and m; and the law
    of each number in `Trained.law`."""

    share: Reals
    rate: Reals
    power: Reals
    laws: tuple[Lines | str, ...]


@frozen
class Rates:
    """The growth of nodes and votes."""

    nodes: Growth
    votes: Growth

    @property
    def complete(self) -> bool:
        return not (np.isnan(self.nodes.rate).any() or np.isnan(self.votes.rate).any())


def rates_of(graph: Graph, fires: Odds, how: Presentation, to: Lowering) -> Rates:
    """`fires`: [sample, node]; `how` the inputs are presented."""
    laws = laws_of(graph, to)
    nodes, votes = shares_of(graph, fires, how)
    return Rates(growth_of(graph.amplification, laws[0], nodes), growth_of(graph.weights, laws[1], votes))


def laws_of(graph: Graph, to: Lowering) -> tuple[tuple[Lines | str, ...], tuple[Lines | str, ...]]:
    """What the laws of λ and of η come to, by their numbers in `Trained.law`."""
    nodes, votes = (
        tuple(lines_of(u.law, u.scope, u.arguments, to) for u in t.laws) for t in (graph.amplification, graph.weights)
    )
    return nodes, votes


def shares_of(graph: Graph, fires: Odds, how: Presentation) -> tuple[Reals, Reals]:
    """How often each node, and each edge to a class, fires."""
    labelled = graph.inputs.labels[:, None] == graph.vote_targets
    sources = fires[:, graph.vote_sources]
    votes = share_with(how, sources & labelled if sources.dtype == bool else np.where(labelled, sources, 0.0))
    apart = np.zeros(len(votes), bool) if graph.weights.together is None else ~graph.weights.together
    if apart.any():
        votes[apart] = share_with_both(how, sources[:, apart], labelled[:, apart])
    return share_with(how, fires), votes


def growth_of(trained: Trained, laws: tuple[Lines | str, ...], share: Reals) -> Growth:
    """The growth of places that fire with frequency `share`."""
    lost = begins_at_zero(trained)
    rate, power = np.where(lost, -np.inf, 0.0), np.zeros(len(share))  # no law: no change
    for number, law in enumerate(laws):
        mine = trained.law == number
        if isinstance(law, str):
            rate[mine] = np.nan
        else:
            rate[mine], power[mine] = _under(law, share[mine], lost[mine])
            rate[mine & np.isnan(share)] = np.nan
    return Growth(share, rate, power, laws)


def _under(law: Lines, share: Reals, lost: Fires) -> tuple[Reals, Reals]:
    (a, c), (b, d) = law.fire, law.rest
    power = np.zeros(len(share))
    if not (np.inf > a >= 0 and np.inf > b >= 0 and np.inf > c >= 0 and np.inf > d >= 0):
        return np.full(len(share), np.nan), power  # an unchecked law may do anything
    rate = _times(share, a) + _times(1 - share, b)
    adds = ((share > 0) & (c > 0)) | ((share < 1) & (d > 0))
    steady = ((share == 0) | (a == 1)) & ((share == 1) | (b == 1))
    power[adds & steady] = 1
    rate[adds] = np.maximum(rate[adds], 0.0)
    rate[adds & (share < 1) & (b == 0) & (d == 0)] = np.nan  # it is 0 ever again, and never for long
    rate[lost & ~adds] = -np.inf
    return rate, power


def _times(share: Reals, factor: float) -> Reals:
    """share·ln factor, where never times anything is 0."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(share > 0, share * np.log(factor), 0.0)


def begins_at_zero(trained: Trained) -> Fires:
    """Which places start at 0."""
    value = np.ones(len(trained.law))
    for start in trained.starts:
        value[slice(None) if start.where is None else start.where] = _number(start)
    return np.asarray(value == 0)


def _number(start: Start) -> float:
    return float(start.arguments[0]) if start.distribution is None else np.nan


# --- logits ---------------------------------------------------------------------------------------------------------------


@frozen
class Logits:
    """R[sample, class] and its power of t, -inf where no firing path leads to the class; the same up to each node, for `path_of`."""

    rate: Reals
    power: Reals
    node_rate: Reals
    node_power: Reals


def largest_rates(graph: Graph, fires: Fires, rates: Rates, unknown: float = -np.inf) -> Logits:
    """R of every sample and class. Rates that aren't known count as `unknown`: with -inf R is a lower bound, with ANY an upper one."""
    nodes, votes = (np.where(np.isnan(g.rate), unknown, g.rate) for g in (rates.nodes, rates.votes))
    rate, power = np.where(fires, nodes, -np.inf), np.where(fires, rates.nodes.power, 0.0)
    for level in graph.levels[1:]:
        edges = slice(graph.into_offsets[level.start], graph.into_offsets[level.stop])
        fan = np.diff(graph.into_offsets[level.start : level.stop + 1])
        owner, members = np.repeat(np.arange(level.stop - level.start), fan), graph.into_members[edges]
        best, steps = _largest(rate[:, members], power[:, members], owner, level.stop - level.start)
        rate[:, level.start : level.stop] += best
        power[:, level.start : level.stop] += steps
    into = rate[:, graph.vote_sources] + votes, power[:, graph.vote_sources] + rates.votes.power
    return Logits(*_largest(*into, graph.vote_targets, len(graph.classes)), rate, power)


def _largest(rate: Reals, power: Reals, owner: npt.NDArray[Any], owners: int) -> tuple[Reals, Reals]:
    """The largest value of each owner in each row, by rate and then by power; -inf of an owner without any. Owners ascend."""
    largest, highest = np.full((len(rate), owners), -np.inf), np.zeros((len(rate), owners))
    known, first = np.unique(owner, return_index=True)
    if len(known):
        largest[:, known] = np.maximum.reduceat(rate, first, axis=1)
        highest[:, known] = np.maximum.reduceat(np.where(rate == largest[:, owner], power, 0.0), first, axis=1)
    return largest, highest


@frozen
class Path:
    """Nodes from the bottom up, and the vote at the end."""

    nodes: tuple[int, ...]
    vote: int


def path_of(graph: Graph, rates: Rates, logits: Logits, sample: int, target: int) -> Path | None:
    """The path on which a logit grows fastest; None if there is none."""
    if np.isneginf(logits.rate[sample, target]):
        return None
    votes = np.flatnonzero(graph.vote_targets == target)
    ends = graph.vote_sources[votes]
    keys = logits.node_rate[sample, ends] + rates.votes.rate[votes]
    vote = votes[_first(keys, logits.node_power[sample, ends] + rates.votes.power[votes])]
    nodes = [int(graph.vote_sources[vote])]
    while nodes[-1] >= graph.levels[0].stop:
        below = graph.into_members[graph.into_offsets[nodes[-1]] : graph.into_offsets[nodes[-1] + 1]]
        nodes.append(int(below[_first(logits.node_rate[sample, below], logits.node_power[sample, below])]))
    return Path(tuple(reversed(nodes)), int(vote))


def _first(rate: Reals, power: Reals) -> int:
    """The place of the largest, by rate and then by power, the first of equals."""
    rate = np.where(np.isnan(rate), -np.inf, rate)
    return int(np.lexsort((np.arange(len(rate)), -power, -rate))[0])


def names_of(graph: Graph, path: Path) -> tuple[str, ...]:
    """As a reader follows it: nodes from the bottom up, and the class. In an unfolded graph an edge stands before each node."""
    nodes = path.nodes if graph.factors is None else path.nodes[1::2]
    return (*(graph.nodes[n] for n in nodes), graph.classes[graph.vote_targets[path.vote]])


def reasons(graph: Graph, rates: Rates) -> Mapping[str, str]:
    """Why nothing is known of some places, by what they have in common: their law, or `strong`."""
    found: dict[str, str] = {}
    for trained, growth in ((graph.amplification, rates.nodes), (graph.weights, rates.votes)):
        uncounted = np.isnan(growth.share)
        for number in np.unique(trained.law[np.isnan(growth.rate) & ~uncounted]).tolist():
            law = growth.laws[number]
            why = law if isinstance(law, str) else "may take a value to 0 or below"
            found[f"under the law `{trained.laws[number].law.name.name}`"] = f"it {why}"
        if uncounted.any():
            found["where firing is drawn or compared"] = "how often it fires can't be worked out before the run"
    return found
