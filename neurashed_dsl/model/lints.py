"""Warnings about a network that is well formed: few, each summed up in one, and never wrong (facts/neurashed.md,
"When p → 1").

What is said about learning holds for inputs presented one at a time, in any order that presents each as often as its
weight says.
"""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from neurashed_dsl.diagnostics import NOWHERE, Kind, Span
from neurashed_dsl.ir.circuit import Words, unpack
from neurashed_dsl.model.contracts import Lines, lines_of
from neurashed_dsl.model.edges import EdgeLabels, edges_in
from neurashed_dsl.model.errors import more_of
from neurashed_dsl.model.frequency import one_at_a_time
from neurashed_dsl.model.graph import Graph, Trained
from neurashed_dsl.model.growth import TIE, Growth, Odds, Rates, begins_at_zero, largest_rates, rates_of
from neurashed_dsl.model.learning import margins
from neurashed_dsl.model.odds import odds
from neurashed_dsl.model.scope import Lowering
from neurashed_dsl.model.shown import is_drawn, is_strong
from neurashed_dsl.model.unfolded import unfolded

LARGEST = 2 * 10**7  # nodes × inputs beyond which learning isn't judged: `check` has to answer at once
LISTED = 5

STANDS_STILL = Kind(
    "stands-still",
    "`strong` compares λ over the level `{level}`, where nothing trains it",
    "in this level",
    ("`update λ[{level}] by …` trains it; until then the start decides who is strong",),
    severity="warning",
)
NEVER_FIRE = Kind(
    "unreachable",
    "{what} for any input: {names}",
    "never fires",
    ("an input must be able to make it fire",),
    severity="warning",
)
LEADS_NOWHERE = Kind(
    "leads-nowhere", "{what} to no class: {names}", "no rule or class above reads it", severity="warning"
)
CLASS_UNSEEN = Kind(
    "class-without-input", "{what} no input to train on: {names}", "in this network", severity="warning"
)
SAME_PATTERN = Kind(
    "same-pattern",
    "`{one}` and `{other}` fire the same nodes but are labelled `{label}` and `{another}`",
    "this one",
    ("and {more} with nodes like this", "no training can tell them apart"),
    severity="warning",
)
STAYS_ZERO = Kind(
    "stays-zero",
    "{array} starts at 0 under a law that only multiplies, and stays 0: {names}",
    "started here",
    ("start above 0, or use a law such as `additive`, which leaves 0",),
    severity="warning",
)
FADES = Kind(
    "fades",
    "{what} too rarely and {fade} away, with `batch: 1`: {names}",
    "grows by {a:.4g}, fades by {b:.4g}: needs to fire in {least:.3g} of the presentations",
    ("a value that fires with frequency p changes by a^p · b^(1 - p) a step",),
    severity="warning",
)
NOT_LEARNED = Kind(
    "not-learned",
    "class `{name}` is seen too rarely to be learned, with `batch: 1`",
    "in {share:.3g} of the presentations",
    ("on each of its inputs {why}", "and {more}: {others}"),
    severity="warning",
)
NOT_REACHED = Kind(
    "not-reached", "no input of the class `{name}` fires a node that leads to it", "never learned", severity="warning"
)


def lint(graph: Graph, firing: Words, lowering: Lowering, *, learning: bool = True) -> None:
    """Append warnings to the report. `firing`: uint64[node, word] over the graph's inputs; `learning`: what is said about it, too."""
    edges = len(graph.into_members) + len(graph.vote_sources)
    small = max(len(graph.nodes), edges) * len(graph.inputs.names) <= LARGEST
    fires, may = _firing(graph, firing, small)
    _unreachable(graph, may, lowering)
    _classes_unseen(graph, lowering)
    _same_pattern(graph, lowering)
    _stands_still(graph, lowering)
    _stays_zero("λ", graph.amplification, graph.nodes.__getitem__, lowering)
    _stays_zero("η", graph.weights, lambda vote: _vote_name(graph, vote), lowering)
    if graph.factors is not None:
        _stays_zero("κ", graph.factors, EdgeLabels(graph, edges_in(graph)).__getitem__, lowering)
    weights = np.where(graph.inputs.held_out, 0, graph.inputs.weights)
    if learning and fires is not None and graph.classes and weights.any():
        how = one_at_a_time(weights)
        graph, seen, fires = unfolded(graph, unpack(firing, len(graph.inputs.names)), fires, how)
        rates = rates_of(graph, fires, how, lowering)
        _fading(graph, fires, rates.nodes, lowering)
        _not_learned(graph, seen, fires, rates, weights / weights.sum(), lowering)


def _firing(graph: Graph, firing: Words, small: bool) -> tuple[Odds | None, npt.NDArray[np.bool_] | None]:
    """How likely each node fires for each input, [sample, node], None of a large network; and which nodes may ever, None if that isn't known."""
    if not (is_drawn(graph) or is_strong(graph)):
        return (unpack(firing, len(graph.inputs.names)) if small else None), np.asarray(firing.any(axis=1))
    if not small:
        return None, None
    chances = odds(graph)
    return chances, np.asarray((chances != 0).any(axis=0))


def _vote_name(graph: Graph, vote: int) -> str:
    return f"{graph.nodes[graph.vote_sources[vote]]} -> {graph.classes[graph.vote_targets[vote]]}"


def listed(names: list[str]) -> str:
    """The first five, and how many more."""
    shown = ", ".join(f"`{n}`" for n in names[:LISTED])
    return shown + (f" and {len(names) - LISTED} more" if len(names) > LISTED else "")


def _counted(count: int, one: str, many: str, noun: str = "node", nouns: str = "nodes") -> str:
    return f"{count} {noun if count == 1 else nouns} {one if count == 1 else many}"


def _span_of(graph: Graph, node: int) -> Span:
    found = (f.span for f in graph.families if f.start <= node < f.start + len(f.indices))
    return next(found, _name_span(graph))


# --- structure ------------------------------------------------------------------------------------------------------


def _unreachable(graph: Graph, may: npt.NDArray[np.bool_] | None, to: Lowering) -> None:
    """`may`: which nodes may ever fire; None if that isn't known."""
    if graph.inputs.names and may is not None:
        silent = np.flatnonzero(~may).tolist()
        if silent:
            names = listed([graph.nodes[n] for n in silent])
            what = _counted(len(silent), "never fires", "never fire")
            to.report.add(NEVER_FIRE.at(_span_of(graph, silent[0]), what=what, names=names))
    lost = np.flatnonzero(~_leads_to_class(graph)).tolist()
    if lost and len(graph.vote_sources):
        names = listed([graph.nodes[n] for n in lost])
        what = _counted(len(lost), "leads", "lead")
        to.report.add(LEADS_NOWHERE.at(_span_of(graph, lost[0]), what=what, names=names))


def _stands_still(graph: Graph, to: Lowering) -> None:
    contests = graph.circuit.contests
    for low, high in zip(contests.offsets, contests.offsets[1:]):
        rivals = contests.rivals[low:high]
        if graph.factors is None and (graph.amplification.law[rivals] < 0).all():
            level = next(v for v in graph.levels if v.start <= rivals[0] < v.stop)
            to.report.add(STANDS_STILL.at(level.span, level=level.name))


def _leads_to_class(graph: Graph) -> npt.NDArray[np.bool_]:
    """Walking from the votes down: a level's nodes are settled before the levels below are looked at."""
    leads = np.zeros(len(graph.nodes), np.bool_)
    leads[graph.vote_sources] = True
    for level in reversed(graph.levels):
        edges = slice(graph.into_offsets[level.start], graph.into_offsets[level.stop])
        fan = np.diff(graph.into_offsets[level.start : level.stop + 1])
        leads[graph.into_members[edges][np.repeat(leads[level.start : level.stop], fan)]] = True
    return leads


def _classes_unseen(graph: Graph, to: Lowering) -> None:
    shown = graph.inputs.labels[~graph.inputs.held_out]
    unseen = np.flatnonzero(np.bincount(shown, minlength=len(graph.classes)) == 0).tolist()
    if unseen and graph.inputs.names:
        what = _counted(len(unseen), "has", "have", "class", "classes")
        to.report.add(CLASS_UNSEEN.at(_name_span(graph), what=what, names=listed([graph.classes[c] for c in unseen])))


def _name_span(graph: Graph) -> Span:
    """The first line of the network, not all of it."""
    span = graph.span
    if span is NOWHERE:
        return span
    return Span(span.source, span.start, span.start + len(span.text.partition("\n")[0].rstrip(" {")))


def _same_pattern(graph: Graph, to: Lowering) -> None:
    samples = len(graph.inputs.names)
    if graph.inputs.bits.shape[0] * samples > 8 * LARGEST or not samples:
        return
    patterns = np.ascontiguousarray(np.packbits(unpack(graph.inputs.bits, samples), axis=1))
    keys = patterns.view(np.dtype((np.void, patterns.shape[1]))).reshape(-1)
    _, first, kind = np.unique(keys, return_index=True, return_inverse=True)
    clashing = np.flatnonzero(graph.inputs.labels != graph.inputs.labels[first[kind]])
    if not len(clashing):
        return
    other = int(clashing[0])
    one = int(first[kind[other]])
    labels = [graph.classes[graph.inputs.labels[s]] for s in (one, other)]
    names = [graph.inputs.names[s] for s in (one, other)]
    values = {"one": names[0], "other": names[1], "label": labels[0], "another": labels[1]}
    to.report.add(SAME_PATTERN.at(graph.inputs.spans[other], **values, more=more_of(len(clashing) - 1, "input")))


def _stays_zero(array: str, trained: Trained, name: Callable[[int], str], to: Lowering) -> None:
    laws = [lines_of(u.law, u.scope, u.arguments, to) for u in trained.laws]
    stuck = [isinstance(law, Lines) and law.fire[1] == law.rest[1] == 0 for law in laws]
    places = [int(p) for p in np.flatnonzero(begins_at_zero(trained) & (trained.law >= 0)) if stuck[trained.law[p]]]
    if places:
        spans = [s.span for s in trained.starts if s.where is None or places[0] in s.where]
        to.report.add(STAYS_ZERO.at(spans[-1], array=array, names=listed([name(p) for p in places])))


# --- learning -------------------------------------------------------------------------------------------------------


def _fading(graph: Graph, fires: Odds, nodes: Growth, to: Lowering) -> None:
    rarely = [isinstance(law, Lines) and law.fire[0] > 1 > law.rest[0] > 0 for law in nodes.laws]
    known = np.append(rarely, False)[graph.amplification.law]  # a node without a law is law -1
    ever = (fires > 0).any(axis=0)
    fading = np.flatnonzero((nodes.rate < -1e-12) & np.isfinite(nodes.rate) & known & ever).tolist()
    if not fading:
        return
    law = nodes.laws[int(graph.amplification.law[fading[0]])]
    assert isinstance(law, Lines)
    growth, decay = law.fire[0], law.rest[0]
    least = np.log(1 / decay) / np.log(growth / decay)
    nouns = ("node", "nodes") if graph.factors is None else ("edge", "edges")
    what = _counted(len(fading), "fires", "fire", *nouns)
    names = listed([graph.nodes[n] for n in fading])
    fade = "fades" if len(fading) == 1 else "fade"
    values = {"what": what, "fade": fade, "names": names, "a": growth, "b": decay, "least": float(least)}
    to.report.add(FADES.at(_span_of(graph, fading[0]), **values))


def _not_learned(
    graph: Graph,
    seen: npt.NDArray[np.bool_],
    fires: Odds,
    rates: Rates,
    shares: npt.NDArray[np.float64],
    to: Lowering,
) -> None:
    """p(x) → 1 needs R_j(x) > max(0, R_i(x)); a class is named if that fails, clearly, on each of its inputs. An only class has p = 1.

    `seen`: bool[sample, node], what fires as measures see it; `fires`: how likely it does in training.
    """
    lost = []
    for c in range(len(graph.classes)):
        mine = np.flatnonzero((graph.inputs.labels == c) & (shares > 0))
        if not len(mine):
            continue
        ends = graph.vote_sources[graph.vote_targets == c]
        if not (seen[mine][:, ends].any() or (fires[mine][:, ends] != 0).any()):
            to.report.add(NOT_REACHED.at(_name_span(graph), name=graph.classes[c]))
        elif rates.complete and len(graph.classes) > 1 and (margins(graph, seen, rates, mine) < -TIE).all():
            others = np.delete(largest_rates(graph, seen[mine], rates).rate, c, axis=1)
            lost.append((c, float(shares[mine].sum()), bool((others > 0).any())))
    if lost:
        c, share, rival = lost[0]
        rest = [graph.classes[d] for d, _, _ in lost[1:]]
        why = "the logit of another class grows faster" if rival else "its logit shrinks"
        words = {"why": why, "more": more_of(len(rest), "class", "classes"), "others": listed(rest)}
        to.report.add(NOT_LEARNED.at(_name_span(graph), name=graph.classes[c], share=share, **words))
