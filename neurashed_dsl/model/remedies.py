"""What would have to change for a class to be learned: how often it is shown, or how the places that are its own grow and fade.

Each is looked for alone, all else as it is, and found by halving; it is tried out before it is said.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from neurashed_dsl.ir.plan import Presentation
from neurashed_dsl.model.contracts import Lines
from neurashed_dsl.model.graph import Graph
from neurashed_dsl.model.growth import TIE, Fires, Growth, Odds, Rates, growth_of, shares_of
from neurashed_dsl.model.learning import LEARNED, RIVAL, TIED, Learned, margins
from neurashed_dsl.values import frozen

FARTHEST = 1e4  # factors beyond are of no use
SIZE = 3 * 10**6  # places × inputs beyond which nothing is looked for


@frozen
class Remedy:
    """`what` is "weight" (all inputs of the class so many times as often: `factor`), "fire" or "rest" (those parts of the laws of `nodes` and
    `votes` times `factor`). `before`, `after`: the class' share, or the factor of the law where all of them share one, else None."""

    what: str
    factor: float
    before: float | None
    after: float | None
    nodes: tuple[int, ...] = ()
    votes: tuple[int, ...] = ()


def remedies_of(
    graph: Graph, seen: Fires, fires: Odds, rates: Rates, how: Presentation, learned: Learned
) -> tuple[Remedy, ...]:
    """What would have all inputs of the class that are trained on learned; nothing where they are, or where it can't be known."""
    mine = [j for j in learned.inputs if not graph.inputs.held_out[j.sample]]
    failing = [j for j in mine if j.verdict not in (LEARNED, TIED)]  # whatever breaks a tie decides it
    places = len(graph.into_members) + len(graph.vote_sources) + len(graph.nodes)
    if not failing or not rates.complete or places * len(graph.inputs.names) > SIZE:
        return ()
    samples = np.array([j.sample for j in mine])
    own = _own(graph, [(j.path, j.rival_path if j.verdict == RIVAL else None) for j in failing])
    found = [_oftener(graph, seen, fires, rates, how, learned, samples)]
    found += [_with_law(part, graph, seen, rates, samples, *own) for part in ("fire", "rest")]
    return tuple(r for r in found if r is not None)


def _own(graph: Graph, paths: Sequence[tuple[Any, Any]]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Nodes and votes with a law on the paths of the class that aren't on the rival's, where there is one."""
    nodes: set[int] = set()
    votes: set[int] = set()
    for path, rival in paths:
        if path is not None:
            nodes |= set(path.nodes) - set(rival.nodes if rival else ())
            votes.add(path.vote)
    moving = [n for n in sorted(nodes) if graph.amplification.law[n] >= 0]
    return tuple(moving), tuple(v for v in sorted(votes) if graph.weights.law[v] >= 0)


def _oftener(
    graph: Graph,
    seen: Fires,
    fires: Odds,
    rates: Rates,
    how: Presentation,
    learned: Learned,
    samples: npt.NDArray[np.int64],
) -> Remedy | None:
    """More presentations of the class. With larger batches only where inputs are drawn independently: else they come in whole numbers."""
    if how.order == "all" or (how.batch > 1 and how.order != "independent"):
        return None
    its = graph.inputs.labels[how.samples] == learned.number

    def presented(factor: float) -> Presentation:
        weights = how.weights * np.where(its, factor, 1.0)
        return replace(how, weights=weights / weights.sum())

    def holds(factor: float) -> bool:
        shares = shares_of(graph, fires, presented(factor))
        nodes = growth_of(graph.amplification, rates.nodes.laws, shares[0])
        grown = Rates(nodes, growth_of(graph.weights, rates.votes.laws, shares[1]))
        return bool((margins(graph, seen, grown, samples) > TIE).all())

    factor = _least(holds)
    if factor is None:
        return None
    more = presented(factor)
    return Remedy("weight", factor, learned.share, float(more.weights[its].sum()))


def _with_law(
    part: str,
    graph: Graph,
    fires: Fires,
    rates: Rates,
    samples: npt.NDArray[np.int64],
    nodes: tuple[int, ...],
    votes: tuple[int, ...],
) -> Remedy | None:
    """A larger factor of `fire`, or a smaller loss by `rest`, where the class has its own places."""
    held = _factors(part, rates.nodes, graph.amplification.law, nodes)
    held += _factors(part, rates.votes, graph.weights.law, votes)
    if not held or min(held) <= 0:
        return None
    most = FARTHEST if part == "fire" else 1 / max(held)

    def holds(factor: float) -> bool:
        moved = [_moved(part, g, p, factor) for g, p in ((rates.nodes, nodes), (rates.votes, votes))]
        return bool((margins(graph, fires, Rates(*moved), samples) > TIE).all())

    factor = _least(holds, most)
    if factor is None:
        return None
    before = held[0] if min(held) == max(held) else None
    return Remedy(part, factor, before, None if before is None else before * factor, nodes, votes)


def _factors(part: str, growth: Growth, law: npt.NDArray[np.int16], places: Sequence[int]) -> list[float]:
    """The factor of that part at each place; 0 where its law doesn't only multiply."""
    found = []
    for place in places:
        line = growth.laws[law[place]] if law[place] >= 0 else None
        plain = isinstance(line, Lines) and line.fire[1] == line.rest[1] == 0
        found.append(getattr(line, part)[0] if plain else 0.0)
    return found


def _moved(part: str, growth: Growth, places: Sequence[int], factor: float) -> Growth:
    rate = growth.rate.copy()
    at = list(places)
    rate[at] += (growth.share[at] if part == "fire" else 1 - growth.share[at]) * math.log(factor)
    return replace(growth, rate=rate)


def _least(holds: Callable[[float], bool], most: float = FARTHEST) -> float | None:
    """The least factor above 1 at which it holds, to four digits and not below; None where `most` isn't enough."""
    low, high = 1.0, 1.0 + 1e-6
    while not holds(min(high, most)):
        if high >= most:
            return None
        low, high = high, 1 + 4 * (high - 1)
    high = min(high, most)
    for _ in range(60):
        if high - low <= 1e-5 * (high - 1):
            break
        middle = (low + high) / 2
        low, high = (low, middle) if holds(middle) else (middle, high)
    return high
