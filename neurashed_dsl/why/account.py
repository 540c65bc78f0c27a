"""Why an input is taken for what it is taken for: everything there is to say of one input in one state. `words`, `data` and `picture` tell it."""

from collections.abc import Sequence
from itertools import islice

import numpy as np

from neurashed_dsl.diagnostics import NshedError, nearest
from neurashed_dsl.ir.circuit import unpack
from neurashed_dsl.ir.plan import Plan
from neurashed_dsl.model.contracts import Lines
from neurashed_dsl.model.graph import Graph
from neurashed_dsl.model.shown import is_drawn, is_strong
from neurashed_dsl.render.pathway import UNKNOWN_INPUT
from neurashed_dsl.values import frozen
from neurashed_dsl.why import errors
from neurashed_dsl.why.contrast import contributions, difference
from neurashed_dsl.why.factors import Factor, factors_of
from neurashed_dsl.why.flips import NO_CLASS, Flips, fired, flips_of
from neurashed_dsl.why.history import Counts, counts_of, lights_of
from neurashed_dsl.why.scores import Reals, Scores, Shares, Strand, Truths, probabilities, scores_of, shares_of, strands
from neurashed_dsl.why.state import State

STRANDS, FACTORS, SEARCHED = 5, 4, 1000
MOST = 2 * 10**8  # nodes × inputs beyond which it isn't counted who fires what
DRAWN = "what fires in training is drawn: it is told as measures see it, and not who made it strong"
COMPARED = "what fires depends on λ: it is told as it is at this step, and not who made it strong"
Laws = tuple[tuple[Lines | str, ...], tuple[Lines | str, ...]]


@frozen
class Asked:
    """The question. `target`: the class whose logit is explained; `node`: the node whose score is, or None."""

    sample: int
    target: int | None
    node: int | None


@frozen
class Told:
    """How a node (or a vote; the other is -1) came to its strength: log λ at the start and now, who fired it how often, and its law, where
    these explain it."""

    node: int
    vote: int
    start: float
    now: float
    lit: int
    by: Reals
    law: Lines | None


@frozen
class Why:
    """`leader`: the class that leads alone, or -1; `target`: the one explained; `rival`: the one it is held against."""

    graph: Graph
    place: str
    asked: Asked
    state: State
    fires: Truths
    scores: Scores
    probabilities: Reals
    leader: int
    target: int
    rival: int
    shares: Shares
    rival_shares: Shares
    strands: tuple[Strand, ...]
    counts: Counts | None
    told: tuple[Told, ...]
    factors: tuple[Factor, ...]
    flips: Flips | None
    lost: Flips | None
    notes: tuple[str, ...]

    @property
    def label(self) -> int:
        return int(self.graph.inputs.labels[self.asked.sample])


def question(graph: Graph, input: str, node: str | None) -> Asked:
    """Names to numbers. Raises NshedError [unknown-input, no-such-node]."""
    names = list(graph.inputs.names)
    if input not in names:
        known = f"its inputs are {', '.join(names)}" if 0 < len(names) <= 12 else ""
        found = UNKNOWN_INPUT.at(None, network=graph.name, name=input, near=nearest(input, names), known=known)
        raise NshedError([found])
    sample, nodes, classes = names.index(input), list(graph.nodes), list(graph.classes)
    if node is None:
        return Asked(sample, None, None)
    if node in nodes or (plain := node.replace(" ", "")) in nodes:
        return Asked(sample, None, nodes.index(node if node in nodes else plain))
    if node not in classes:
        near = nearest(node, [*nodes, *classes])
        raise NshedError([errors.UNKNOWN_NODE.at(None, network=graph.name, name=node, near=near)])
    return Asked(sample, classes.index(node), None)


def why_of(
    graph: Graph,
    table: np.ndarray,
    asked: Asked,
    state: State,
    place: str,
    laws: Laws,
    plan: Plan | None,
    repeat: int,
    notes: Sequence[str] = (),
) -> Why:
    """`table`: uint64[node, word], what fires for each input; `plan`: how the state was come to, None where that isn't known."""
    bits = graph.inputs.bits[:, asked.sample >> 6] >> np.uint64(asked.sample & 63) & np.uint64(1)
    fires = fired(graph, bits.astype(bool)[None], state.strengths)
    if is_drawn(graph) or is_strong(graph):
        plan, notes = None, (*notes, DRAWN if is_drawn(graph) else COMPARED)
    scores = scores_of(graph, state.strengths, fires)
    _compare(graph, state, asked, scores, place)
    chances = probabilities(scores.logits[0])
    leader, target, rival = _standing(scores, asked, int(graph.inputs.labels[asked.sample]))
    shares, others = (shares_of(graph, state.strengths, scores, c) for c in (target, max(rival, 0)))
    ending = asked.node if asked.node is not None and fires[0, asked.node] else None
    found = tuple(islice(strands(graph, shares, ending), STRANDS))
    decides = _deciding(graph, state, scores, shares, target, rival) or next(iter(found), None)
    counts, told = _history(graph, table, asked, state, laws, plan, repeat, decides, rival)
    factors: tuple[Factor, ...] = ()
    flips = lost = None
    if leader != NO_CLASS and rival >= 0:
        factors = _factors(graph, state, fires, scores, (shares, others) if target == leader else (others, shares))
        flips, lost = flips_of(graph, state.strengths, fires[0, : graph.circuit.bottom], leader)
    return Why(
        graph, place, asked, state, fires[0], scores, chances, leader, target, rival,
        shares, others, found, counts, told, factors, flips, lost, tuple(notes),
    )  # fmt: skip


def _standing(scores: Scores, asked: Asked, label: int) -> tuple[int, int, int]:
    """Who leads alone (or NO_CLASS), which class is explained, and what it is held against."""
    logits = scores.logits[0]
    order = np.lexsort((np.arange(len(logits)), -logits)).tolist()
    leader = order[0] if len(order) == 1 or logits[order[0]] > logits[order[1]] else NO_CLASS
    target = asked.target if asked.target is not None else label if leader == NO_CLASS else leader
    return leader, target, _rival(order, target, leader, label)


def _factors(
    graph: Graph, state: State, fires: Truths, scores: Scores, pair: tuple[Shares, Shares]
) -> tuple[Factor, ...]:
    """Where `strong` compares λ, only those of η: another λ may change what fires."""
    found = factors_of(graph, state.strengths, fires, scores, *pair)
    return tuple(f for f in found if f.vote >= 0 or not is_strong(graph))


def _compare(graph: Graph, state: State, asked: Asked, scores: Scores, place: str) -> None:
    """Are the system's own logits those that are explained? Raises NshedError [not-factored]."""
    if state.logits is None:
        return
    for name, own, found in zip(graph.classes, state.logits[asked.sample], scores.logits[0]):
        if not (own == found or abs(own - found) <= 1e-6 * (1 + abs(own))):
            words = {"name": name, "found": f"{own:.6g}", "expected": f"{found:.6g}", "experiment": place}
            raise NshedError([errors.NOT_FACTORED.at(None, **words)])


def _rival(order: Sequence[int], target: int, leader: int, label: int) -> int:
    """What the class is held against: the leader; of the leader itself the label, if it is another, else the next; -1 if there is none."""
    if target != leader and leader != NO_CLASS:
        return leader
    if label != target:
        return label
    return next((c for c in order if c != target), -1)


def _deciding(graph: Graph, state: State, scores: Scores, shares: Shares, target: int, rival: int) -> Strand | None:
    """The strongest path through the node that gives the class more than its rival, by most; None where there is no such node among the
    strongest paths."""
    if rival < 0:
        return None
    given = contributions(graph, state.strengths, scores, target, rival)
    for node, (mine, its) in given:
        if difference(mine, its)[1] > 0:
            return next((s for s in islice(strands(graph, shares), SEARCHED) if s.nodes[-1] == node), None)
    return None


def _history(
    graph: Graph,
    table: np.ndarray,
    asked: Asked,
    state: State,
    laws: Laws,
    plan: Plan | None,
    repeat: int,
    strand: Strand | None,
    rival: int,
) -> tuple[Counts | None, tuple[Told, ...]]:
    """Of the node asked for, or of all on a path and the votes that its last node has, as far as they can be counted."""
    nodes = [asked.node] if asked.node is not None else list(reversed(strand.nodes)) if strand else []
    votes = [strand.vote, *_votes_for(graph, strand.nodes[-1], rival)] if strand and asked.node is None else []
    together = graph.weights.together
    votes = [v for v in votes if together is None or together[v]]
    if plan is None or state.begun is None or not (nodes or votes) or len(graph.nodes) * len(graph.inputs.names) > MOST:
        return None, ()
    fires = unpack(table, len(graph.inputs.names))
    counts = counts_of(plan, repeat, state.step, lights_of(graph, fires, nodes, votes))
    places = [*((n, -1) for n in nodes), *((-1, v) for v in votes)]
    return counts, tuple(_told(graph, state, laws, counts, i, *place) for i, place in enumerate(places))


def _votes_for(graph: Graph, node: int, target: int) -> list[int]:
    return [int(v) for v in np.flatnonzero((graph.vote_sources == node) & (graph.vote_targets == target))]


def _told(graph: Graph, state: State, laws: Laws, counts: Counts, place: int, node: int, vote: int) -> Told:
    assert state.begun is not None
    trained, known = (graph.amplification, laws[0]) if vote < 0 else (graph.weights, laws[1])
    at = node if vote < 0 else vote
    values = [s.nodes[at] if vote < 0 else s.votes[at] for s in (state.begun, state.strengths)]
    law = known[trained.law[at]] if trained.law[at] >= 0 else None
    lit = int(counts.lit[place])
    explains = isinstance(law, Lines) and _explains(law, values[0], values[1], lit, counts.steps - lit)
    start, now = float(values[0]), float(values[1])
    return Told(node, vote, start, now, lit, counts.by[place], law if isinstance(law, Lines) and explains else None)


def _explains(law: Lines, start: float, now: float, lit: int, rested: int) -> bool:
    """Is log λ what it started with, grown and faded so often? Not where something was set on the way, or the law adds."""
    if law.fire[1] != 0 or law.rest[1] != 0 or not (law.fire[0] > 0 and law.rest[0] > 0):
        return False
    expected = start + lit * np.log(law.fire[0]) + rested * np.log(law.rest[0])
    return bool(abs(expected - now) <= 1e-6 * (1 + abs(now)))
