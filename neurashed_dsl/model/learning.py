"""Is a class learned, p → 1? For each input the path that carries its class, the rival if there is one, and what becomes of p
(facts/neurashed.md, "When p → 1").

p_j(x) → 1 if ln Z_j grows, and faster than every other ln Z_i: R_j > max(0, R_i). It holds in the long run, for every start above 0, for the
training of the paper (`neurashed`) and laws that are lines a·x + c; of others nothing is said.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from neurashed_dsl.ir.plan import Presentation
from neurashed_dsl.model.graph import Graph
from neurashed_dsl.model.growth import ANY, TIE, Fires, Logits, Path, Rates, Reals, largest_rates, path_of
from neurashed_dsl.values import frozen

LEARNED, RIVAL, FADES, BOUNDED, TIED, UNKNOWN = "learned", "rival", "fades", "bounded", "tie", "unknown"
ROOM = 4_000_000  # numbers that are worked on at a time
Growing = tuple[float, float]  # ln Z as rate·t + power·ln t; compared in this order


@frozen
class Judged:
    """What becomes of one input. `rival`: the class whose logit grows fastest beside its own, -1 if none has a path. `rates`: of both."""

    sample: int
    verdict: str
    path: Path | None
    rival: int
    rival_path: Path | None
    rates: tuple[Growing, Growing]


def judge(graph: Graph, fires: Fires, rates: Rates, samples: Sequence[int]) -> list[Judged]:
    """A verdict for each of the samples; `fires`: bool[sample, node] of all."""
    size = max(1, ROOM // max(len(graph.nodes), len(graph.into_members) + len(graph.vote_sources), 1))
    blocks = [samples[i : i + size] for i in range(0, len(samples), size)]
    return [judged for block in blocks for judged in _judged(graph, fires[list(block)], rates, block)]


def _judged(graph: Graph, fires: Fires, rates: Rates, samples: Sequence[int]) -> list[Judged]:
    low = largest_rates(graph, fires, rates)
    high = low if rates.complete else largest_rates(graph, fires, rates, ANY)
    return [_of_one(graph, rates, low, high, row, sample) for row, sample in enumerate(samples)]


def _of_one(graph: Graph, rates: Rates, low: Logits, high: Logits, row: int, sample: int) -> Judged:
    label = int(graph.inputs.labels[sample])
    rival = _fastest(high, row, label)
    own = _at(low, row, label), _at(high, row, label)
    other = ((-np.inf, 0.0),) * 2 if rival < 0 else (_at(low, row, _fastest(low, row, label)), _at(high, row, rival))
    paths = [None if c < 0 else path_of(graph, rates, low, row, c) for c in (label, rival)]
    verdict = LEARNED if len(graph.classes) == 1 else _verdict(own, other)  # an only class has p = 1
    return Judged(sample, verdict, paths[0], rival if paths[1] else -1, paths[1], (own[0], other[0]))


def _at(logits: Logits, row: int, target: int) -> Growing:
    return float(logits.rate[row, target]), float(logits.power[row, target])


def _fastest(logits: Logits, row: int, but: int) -> int:
    """The class whose logit grows fastest, another than `but`; -1 if there is none."""
    order = np.lexsort((-logits.power[row], -logits.rate[row]))
    return next((int(c) for c in order if c != but), -1)


def _above(one: Growing, other: Growing) -> bool:
    """Does e^(rate·t)·t^power outgrow the other? Powers count where neither grows or shrinks by a factor: else chance outgrows them."""
    if abs(one[0]) <= TIE >= abs(other[0]):
        return one[1] > other[1]
    return one[0] > other[0] + TIE


def _verdict(own: tuple[Growing, Growing], rival: tuple[Growing, Growing]) -> str:
    """From bounds of R, lower and upper, of the label and of all others."""
    still = (0.0, 0.0)
    if _above(own[0], still) and _above(own[0], rival[1]):
        return LEARNED
    if _above(rival[0], still) and _above(rival[0], own[1]):
        return RIVAL
    if own[0] != own[1] or rival[0] != rival[1]:
        return UNKNOWN
    if _above(own[0], still):
        return TIED
    return FADES if _above(still, own[0]) else BOUNDED


# --- classes --------------------------------------------------------------------------------------------------------------


@frozen
class Learned:
    """A class: its share of the presentations, and its inputs, those held out too."""

    number: int
    share: float
    inputs: tuple[Judged, ...]

    @property
    def verdict(self) -> str:
        """That of its inputs, if they agree; else "mixed"; "" without inputs."""
        found = {j.verdict for j in self.inputs}
        return next(iter(found)) if len(found) == 1 else "mixed" if found else ""


def classes_of(graph: Graph, fires: Fires, rates: Rates, how: Presentation) -> tuple[Learned, ...]:
    """Every class with its inputs, in the order written."""
    shares = shown_shares(how, len(graph.inputs.names))
    found = []
    for c in range(len(graph.classes)):
        mine = np.flatnonzero(graph.inputs.labels == c)
        found.append(Learned(c, float(shares[mine].sum()), tuple(judge(graph, fires, rates, mine.tolist()))))
    return tuple(found)


def shown_shares(how: Presentation, samples: int) -> Reals:
    """The share of each sample in the presentations."""
    return np.asarray(np.bincount(how.samples, how.weights, samples) / how.weights.sum())


def margins(graph: Graph, fires: Fires, rates: Rates, samples: npt.NDArray[np.int64]) -> Reals:
    """R_j - max(0, R_i) of samples: above 0 where p → 1."""
    growth = largest_rates(graph, fires[samples], rates).rate
    own = np.arange(len(samples)), graph.inputs.labels[samples]
    mine = growth[own].copy()
    growth[own] = -np.inf
    return np.asarray(mine - growth.max(axis=1, initial=0.0))
