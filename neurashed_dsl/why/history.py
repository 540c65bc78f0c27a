"""Which inputs made a node or an edge strong: how often each was presented and fired it, up to a step.

The mini-batches are drawn again from their stream, as the run drew them. Counting begins anew where the run comes back to its start.
"""

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from neurashed_dsl.ir.plan import Plan, Presentation
from neurashed_dsl.model.graph import Graph
from neurashed_dsl.runtime.present import presenter
from neurashed_dsl.runtime.streams import stream
from neurashed_dsl.values import frozen
from neurashed_dsl.why.scores import Reals, Truths

ROOM = 4_000_000  # truths that are looked at at a time


@frozen
class Counts:
    """Since step `since`: of how many `steps`, in how many a place fired, and the share of each input in that: a batch's firing is shared
    evenly among its inputs that fire it. `lit`: [place], `by`: [place, input]."""

    since: int
    steps: int
    lit: npt.NDArray[np.int64]
    by: Reals


def counts_of(plan: Plan, repeat: int, step: int, lights: Truths) -> Counts:
    """`lights`: bool[input, place], who fires what."""
    since = max((i.step for i in plan.interventions if i.rewind and i.step <= step), default=0)
    lit, by = np.zeros(lights.shape[1], np.int64), np.zeros((lights.shape[1], lights.shape[0]))
    for begin, batches in _batches(plan, repeat, step):
        kept = batches[max(since - begin, 0) :]
        size = max(1, ROOM // max(1, kept.shape[1] * lights.shape[1]))
        for first in range(0, len(kept), size):
            _count(kept[first : first + size], lights, lit, by)
    return Counts(since, step - since, lit, by)


def _count(batches: npt.NDArray[np.int64], lights: Truths, lit: npt.NDArray[np.int64], by: Reals) -> None:
    hits = lights[batches]  # [step, item, place]
    many = hits.sum(axis=1)
    lit += (many > 0).sum(axis=0)
    shares = hits / np.maximum(many, 1)[:, None, :]
    for place in range(lights.shape[1]):
        by[place] += np.bincount(batches.ravel(), shares[:, :, place].ravel(), lights.shape[0])


def _batches(plan: Plan, repeat: int, step: int) -> Iterator[tuple[int, npt.NDArray[np.int64]]]:
    """(its first step, batches [step, item]), in order, up to `step`."""
    rng = stream(plan.seed, repeat, "presentation")
    for begin, end, how in _orders(plan, step):
        supply = presenter(how, rng)
        while begin < end:
            count = min(end - begin, max(1, ROOM // how.batch))
            yield begin, np.broadcast_to(how.samples, (count, how.batch)) if how.order == "all" else supply(count)
            begin += count


def _orders(plan: Plan, step: int) -> list[tuple[int, int, Presentation]]:
    changes = [(i.step, i.presentation) for i in plan.interventions if i.presentation is not None and i.step < step]
    starts = [(0, plan.presentation), *changes]
    ends = [*(s for s, _ in starts[1:]), step]
    return [(s, e, how) for (s, how), e in zip(starts, ends) if how is not None]


def lights_of(graph: Graph, fires: Truths, nodes: Sequence[int], votes: Sequence[int]) -> Truths:
    """bool[input, place] of nodes, then of votes: an edge fires with its source, for the inputs of its class."""
    ends = fires[:, graph.vote_sources[list(votes)]] & (graph.inputs.labels[:, None] == graph.vote_targets[list(votes)])
    return np.concatenate([fires[:, list(nodes)], ends], axis=1)
