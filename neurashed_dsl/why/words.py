"""A `Why` in words, for a person to read: what the input is taken for, how that comes about, and what would change it."""

from collections.abc import Iterator, Sequence

import numpy as np

from neurashed_dsl.why.account import FACTORS, Told, Why
from neurashed_dsl.why.contrast import contributions, difference
from neurashed_dsl.why.factors import Factor
from neurashed_dsl.why.flips import NO_CLASS, Flip
from neurashed_dsl.why.numbers import LISTED, SMALLEST, aligned, amount, chance, listed, percent
from neurashed_dsl.why.scores import branches

CLASSES, PATHS = 5, 3
LEAST = 0.01  # of a logit: smaller branches are told together
Row = tuple[str, str, str]


def text_of(why: Why) -> str:
    """Plain lines, without a line end at the last."""
    parts = [_heading(why), _classes(why), _tree(why), _against(why), _paths(why), _history(why), _changes(why)]
    return "\n\n".join("\n".join(lines) for lines in map(list, parts) if lines)


# --- what it is taken for -------------------------------------------------------------------------------------------------


def _heading(why: Why) -> Iterator[str]:
    graph = why.graph
    held = ", held out" if graph.inputs.held_out[why.asked.sample] else ""
    yield f"{graph.inputs.names[why.asked.sample]} ({graph.classes[why.label]}{held}), {why.place}"
    yield from (f"note: {note}" for note in why.notes)
    yield verdict(why)


def verdict(why: Why) -> str:
    """One sentence."""
    graph, chances = why.graph, why.probabilities
    if why.leader == NO_CLASS:
        top = np.flatnonzero(why.scores.logits[0] == why.scores.logits[0].max()).tolist()
        if np.isneginf(why.scores.logits[0]).all():
            return "Nothing that fires leads to a class: all classes are alike."
        return f"No class leads: {listed([graph.classes[c] for c in top], ' and ')} are alike."
    name, p = graph.classes[why.leader], chances[why.leader]
    if why.leader == why.label:
        return f"It is taken for what it is, {name}: p = {chance(p)}."
    return (
        f"It is taken for {name}: p = {chance(p)}. It is {graph.classes[why.label]}: p = {chance(chances[why.label])}."
    )


def _classes(why: Why) -> Iterator[str]:
    order = np.lexsort((np.arange(len(why.probabilities)), -why.scores.logits[0])).tolist()
    rows = [("class", "p", "logit Z")]
    for c in order[:CLASSES]:
        rows.append((why.graph.classes[c], chance(why.probabilities[c]), amount(why.scores.logits[0, c])))
    yield from aligned(rows, "<><")
    if len(order) > CLASSES:
        yield f"  and {len(order) - CLASSES} more"


# --- how it comes about ---------------------------------------------------------------------------------------------------


def _tree(why: Why) -> Iterator[str]:
    graph, node = why.graph, why.asked.node
    if node is not None:
        yield from _of_node(why, node)
        return
    name = graph.classes[why.target]
    if not why.shares.votes.any():
        yield f"Nothing that fires leads to {name}."
        return
    yield f"How the logit of {name} comes about, in parts of it:"
    rows: list[Row] = []
    votes = sorted(np.flatnonzero(why.shares.votes > 0).tolist(), key=lambda v: -why.shares.votes[v])
    below = [
        (int(graph.vote_sources[v]), float(why.shares.votes[v]), f"η {amount(why.state.strengths.votes[v])}")
        for v in votes
    ]
    rows.append((name, "100 %", f"Z {amount(why.scores.logits[0, why.target])}"))
    _grow(why, below, 1.0, "", rows)
    yield from aligned(rows, "<><")


def _of_node(why: Why, node: int) -> Iterator[str]:
    graph, name = why.graph, why.graph.nodes[node]
    if not why.fires[node]:
        yield f"{name} doesn't fire."
        below = graph.into_members[graph.into_offsets[node] : graph.into_offsets[node + 1]]
        lit = [graph.nodes[f] for f in below if why.fires[f]]
        dark = [graph.nodes[f] for f in below if not why.fires[f]]
        if len(below):
            yield f"  Of what its rule reads {listed(lit) if lit else 'nothing'} fires" + (
                f", not {listed(dark)}." if dark else "."
            )
        return
    share = why.shares.nodes[node]
    yield f"{percent(share)} of the logit of {graph.classes[why.target]} comes through {name}. How its score comes about, in parts of it:"
    rows: list[Row] = [
        (
            name,
            "100 %",
            f"S {amount(why.scores.nodes[0, node])} = λ {amount(why.state.strengths.nodes[node])} × the sum",
        )
    ]
    _grow(why, [(f, s, "") for f, s in branches(graph, why.shares, node)], 1.0, "", rows)
    yield from aligned(rows, "<><")


def _grow(why: Why, below: Sequence[tuple[int, float, str]], whole: float, indent: str, rows: list[Row]) -> None:
    """A row for each dependent that has its part of the whole, with its own below it; the rest in one row."""
    kept = [b for b in below if whole * b[1] >= LEAST][: 2 * LISTED]
    rest = below[len(kept) :]
    for i, (node, share, edge) in enumerate(kept):
        last = i == len(kept) - 1 and not rest
        strength = f"λ {amount(why.state.strengths.nodes[node])}" + (f" × {edge}" if edge else "")
        rows.append((f"{indent}{'└─' if last else '├─'} {why.graph.nodes[node]}", percent(whole * share), strength))
        inner = [(f, s, "") for f, s in branches(why.graph, why.shares, node)]
        _grow(why, inner, whole * share, f"{indent}{'  ' if last else '│ '} ", rows)
    if rest and kept:
        rows.append((f"{indent}└─ {len(rest)} more", percent(whole * sum(s for _, s, _ in rest)), ""))


def _against(why: Why) -> Iterator[str]:
    """Where the class and its rival differ: what each last node gives to the one and to the other."""
    if why.rival < 0 or why.asked.node is not None:
        return
    given = contributions(why.graph, why.state.strengths, why.scores, why.target, why.rival)
    if not given or not np.isfinite(why.scores.logits[0, [why.target, why.rival]]).all():
        return
    one, other = (why.graph.classes[c] for c in (why.target, why.rival))
    yield f"Where {one} and {other} differ:"
    rows = [("", one, other, "difference")]
    for node, (mine, its) in given[:LISTED]:
        rows.append((why.graph.nodes[node], amount(mine), amount(its), signed(mine, its)))
    mine, its = (float(why.scores.logits[0, c]) for c in (why.target, why.rival))
    rows.append(("logit Z", amount(mine), amount(its), signed(mine, its)))
    yield from aligned(rows, "<>>>")


def signed(one: float, other: float) -> str:
    size, sign = difference(one, other)
    return {1: "+", -1: "-", 0: ""}[sign] + amount(size)


def _paths(why: Why) -> Iterator[str]:
    if sum(s.share >= SMALLEST for s in why.strands) < 2:
        return
    yield "The paths that carry most:"
    rows = []
    for strand in [s for s in why.strands if s.share >= SMALLEST][:PATHS]:
        names = [why.graph.nodes[n] for n in strand.nodes]
        factors = [amount(why.state.strengths.nodes[n]) for n in strand.nodes]
        if strand.vote >= 0:
            names.append(why.graph.classes[why.graph.vote_targets[strand.vote]])
            factors.append(amount(why.state.strengths.votes[strand.vote]))
        rows.append((percent(strand.share), " → ".join(names), " × ".join(factors)))
    yield from aligned(rows, "><<")


# --- what made it strong --------------------------------------------------------------------------------------------------


def _history(why: Why) -> Iterator[str]:
    if why.counts is None or not why.told or not why.counts.steps:
        return
    since = f"since step {why.counts.since}, when it began anew" if why.counts.since else "from the start"
    decides = f"What made the path strong that decides for {why.graph.classes[why.target]}, {since}:"
    yield f"What made it strong, {since}:" if why.asked.node is not None else decides
    rows = [("", "now", "at first", "fired in", "by")]
    for told in why.told:
        rows.append(
            (
                place_name(why, told.node, told.vote),
                amount(told.now),
                amount(told.start),
                _fired(why, told),
                _by(why, told),
            )
        )
    yield from aligned(rows, "<>><<")
    example = next((t for t in why.told if t.law), None)
    if example and example.law:
        rest = why.counts.steps - example.lit
        a, b = example.law.fire[0], example.law.rest[0]
        name = place_name(why, example.node, example.vote)
        yield f"  {name}: {amount(example.start)} × {a:.6g}^{example.lit} × {b:.6g}^{rest} = {amount(example.now)}"


def _fired(why: Why, told: Told) -> str:
    assert why.counts is not None
    return f"{told.lit} of {why.counts.steps} steps"


def _by(why: Why, told: Told) -> str:
    order = [s for s in np.argsort(-told.by, kind="stable").tolist() if told.by[s] > 0]
    names = [f"{why.graph.inputs.names[s]} {told.by[s]:.4g}" for s in order[:LISTED]]
    left = len(order) - LISTED
    rest = f" and {left} more {told.by[order[LISTED:]].sum():.4g}" if left > 0 else ""
    return (", ".join(names) + rest) or "nothing"


def place_name(why: Why, node: int, vote: int) -> str:
    graph = why.graph
    if vote < 0:
        return graph.nodes[node]
    return f"{graph.nodes[graph.vote_sources[vote]]} → {graph.classes[graph.vote_targets[vote]]}"


# --- what would change it -------------------------------------------------------------------------------------------------


def _changes(why: Why) -> Iterator[str]:
    if why.leader == NO_CLASS or why.rival < 0:
        return
    yield "What would change what it is taken for:"
    flips, lost = why.flips, why.lost
    if lost is not None and lost.found:
        yield f"  {flip_words(why, lost.found[0])}: no class leads any more"
    if flips is not None and flips.found:
        for flip in flips.found:
            yield f"  {flip_words(why, flip)}: it is taken for {why.graph.classes[flip.leads]}"
        size = len(flips.found[0].sensors)
        if flips.smallest and size > 1:
            yield f"  (all changes of fewer than {size} of {flips.sensors} sensors were tried)"
        elif not flips.smallest:
            yield f"  (found step by step; of changes of {flips.tried} sensors or fewer none does, between them and {size} not all were tried)"
    elif flips is not None:
        yield f"  No change of {flips.tried} of its {flips.sensors} sensors or fewer makes another class lead"
    mine = [f for f in why.factors if why.asked.node is not None and f.node == why.asked.node]
    for factor in [*mine, *(f for f in why.factors if f not in mine)][:FACTORS]:
        yield f"  {factor_words(why, factor)}: it is taken for {_other(why)}"


def _other(why: Why) -> str:
    return why.graph.classes[why.rival if why.target == why.leader else why.target]


def flip_words(why: Why, flip: Flip) -> str:
    """`without fins, with hair`."""
    gone = [why.graph.nodes[s] for s in flip.sensors if why.fires[s]]
    new = [why.graph.nodes[s] for s in flip.sensors if not why.fires[s]]
    parts = [f"without {listed(gone)}"] * bool(gone) + [f"with {listed(new)}"] * bool(new)
    return " and ".join(parts)


def factor_words(why: Why, factor: Factor) -> str:
    array = "λ" if factor.vote < 0 else "η"
    size = amount(factor.log)
    return f"{array} of {place_name(why, factor.node, factor.vote)} at {'more' if factor.log > 0 else 'less'} than {size} times what it is"
