"""Which inputs made a node or an edge strong: how often each was presented and fired it, up to a step.

The mini-batches are drawn again from their stream, as the run drew them. Counting begins anew where the run comes back to its start.
"""

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from neurashed_dsl.ir.plan import Plan
from neurashed_dsl.model.graph import Graph
from neurashed_dsl.runtime.present import Presenter
from neurashed_dsl.runtime.streams import Numbers
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
    since = max((i.step for i in plan.interventions if i.rewind is not None and i.step <= step), default=0)
    lit, by = np.zeros(lights.shape[1], np.int64), np.zeros((lights.shape[1], lights.shape[0]))
    for presenter, begin, end in _orders(plan, repeat, step):
        size = max(1, ROOM // (presenter.how.batch * max(1, lights.shape[1])))
        for first in range(max(since, begin), end, size):
            _count(presenter.batches(first - begin, min(first + size, end) - begin), lights, lit, by)
    return Counts(since, step - since, lit, by)


def _count(batches: npt.NDArray[np.int64], lights: Truths, lit: npt.NDArray[np.int64], by: Reals) -> None:
    hits = lights[batches]  # [step, item, place]
    many = hits.sum(axis=1)
    lit += (many > 0).sum(axis=0)
    shares = hits / np.maximum(many, 1)[:, None, :]
    for place in range(lights.shape[1]):
        by[place] += np.bincount(batches.ravel(), shares[:, :, place].ravel(), lights.shape[0])


def _orders(plan: Plan, repeat: int, step: int) -> Iterator[tuple[Presenter, int, int]]:
    """What presents the inputs from one step up to another, in the order of the stages."""
    assert plan.presentation is not None
    presenter, begin = Presenter(plan.presentation, Numbers(plan.seed, repeat, "presentation")), 0
    for change in plan.interventions:
        if change.presentation is not None and change.step < step:
            yield presenter, begin, change.step
            presenter, begin = presenter.then(change.presentation, change.step - begin), change.step
    yield presenter, begin, step


def lights_of(graph: Graph, fires: Truths, nodes: Sequence[int], votes: Sequence[int]) -> Truths:
    """bool[input, place] of nodes, then of votes: an edge fires with its source, for the inputs of its class."""
    ends = fires[:, graph.vote_sources[list(votes)]] & (graph.inputs.labels[:, None] == graph.vote_targets[list(votes)])
    return np.concatenate([fires[:, list(nodes)], ends], axis=1)
