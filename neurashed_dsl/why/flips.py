"""The smallest change of an input's first-level pattern after which a class no longer leads: sensors that fire are silenced, silent ones fire.

Every change of one sensor, of two, of three … is tried, as long as there are not too many: what is found then is the smallest there is.
Beyond, sensors are flipped one after another, each time the one that helps most, and what is found may not be the smallest.
"""

import math
from collections.abc import Iterator, Sequence
from itertools import combinations, islice

import numpy as np
import numpy.typing as npt

from neurashed_dsl.ir.circuit import pack, unpack
from neurashed_dsl.ir.wires import all_wires
from neurashed_dsl.model.graph import Graph
from neurashed_dsl.values import frozen
from neurashed_dsl.why.scores import Reals, Strengths, Truths, scores_of

WORK = 60_000_000  # patterns × (nodes + edges) that are tried at most
ROOM = 2_000_000  # of them at a time
SHOWN = 3
NO_CLASS = -1


@frozen
class Flip:
    """These sensors flipped, `leads` leads: a class, or none alone."""

    sensors: tuple[int, ...]
    leads: int


@frozen
class Flips:
    """The smallest changes, all of one size; `tried`: all changes of up to so many sensors were. `smallest`: none smaller does."""

    found: tuple[Flip, ...]
    tried: int
    sensors: int

    @property
    def smallest(self) -> bool:
        return bool(self.found) and len(self.found[0].sensors) <= self.tried


def flips_of(graph: Graph, strengths: Strengths, pattern: Truths, leader: int) -> tuple[Flips, Flips]:
    """What would make another class lead; and what would only take the lead of `leader`, where that is smaller (else nothing).

    `pattern`: bool[bottom node].
    """
    search = _Search(graph, strengths, pattern, leader)
    lost: list[tuple[float, Flip]] = []
    size = 0
    for size in range(1, len(search.useful) + 1):
        if search.cost(size) > search.left:
            size -= 1
            break
        found = search.all_of(size)
        taken = [f for f in found if f[1].leads != NO_CLASS]
        lost = lost or [f for f in found if f[1].leads == NO_CLASS]
        if taken:
            return search.told(taken, size), search.told([f for f in lost if len(f[1].sensors) < size], size)
    greedy = search.step_by_step()
    return search.told(greedy, size), search.told(lost, size)


class _Search:
    """Patterns beside one, and who leads there. `useful`: sensors that something reads."""

    def __init__(self, graph: Graph, strengths: Strengths, pattern: Truths, leader: int) -> None:
        self.graph, self.strengths, self.pattern, self.leader = graph, strengths, pattern, leader
        read = set(graph.circuit.sources.tolist()) | set(graph.vote_sources.tolist()) | set(graph.into_members.tolist())
        self.useful = [n for n in range(len(pattern)) if n in read]
        self.effort = len(graph.nodes) + len(graph.into_members) + len(graph.vote_sources)
        self.left = WORK

    def cost(self, size: int) -> int:
        return math.comb(len(self.useful), size) * self.effort

    def all_of(self, size: int) -> list[tuple[float, Flip]]:
        """Every change of so many sensors after which the leader doesn't lead alone, with the lead of who does."""
        self.left -= self.cost(size)
        found = []
        for block in _blocks(combinations(self.useful, size), max(1, ROOM // self.effort)):
            leads, margin = self.leading(np.array(block))
            found += [(float(margin[i]), Flip(block[i], int(leads[i]))) for i in np.flatnonzero(leads != self.leader)]
        return found

    def leading(self, flipped: npt.NDArray[np.int64]) -> tuple[npt.NDArray[np.int64], Reals]:
        """Who leads after each change (NO_CLASS: none alone), and by how much its logit exceeds the leader's, as a logarithm."""
        patterns = np.repeat(self.pattern[None], len(flipped), axis=0)
        rows = np.arange(len(flipped))[:, None]
        patterns[rows, flipped] = ~patterns[rows, flipped]
        logits = scores_of(self.graph, self.strengths, fired(self.graph, patterns, self.strengths)).logits
        top = logits.max(axis=1)
        alone = (logits == top[:, None]).sum(axis=1) == 1
        leads = np.where(alone, logits.argmax(axis=1), NO_CLASS)
        others = np.delete(logits, self.leader, axis=1).max(axis=1, initial=-np.inf)
        with np.errstate(invalid="ignore"):
            margin = others - logits[:, self.leader]
        return leads, np.where(np.isnan(margin), 0.0, margin)

    def step_by_step(self) -> list[tuple[float, Flip]]:
        """Flip what brings another class nearest, until one leads; then take back what wasn't needed."""
        flipped: tuple[int, ...] = ()
        while len(flipped) < len(self.useful) and self.left > 0:
            rest = [s for s in self.useful if s not in flipped]
            self.left -= len(rest) * self.effort
            leads, margin = self.leading(np.array([(*flipped, s) for s in rest]))
            best = int(np.lexsort((np.arange(len(rest)), -margin))[0])
            flipped = (*flipped, rest[best])
            if leads[best] not in (self.leader, NO_CLASS):
                return [self.pared(flipped)]
        return []

    def pared(self, flipped: tuple[int, ...]) -> tuple[float, Flip]:
        """Without the flips that aren't needed, those made first taken back first."""
        for sensor in flipped:
            fewer = tuple(s for s in flipped if s != sensor)
            if fewer and self.leading(np.array([fewer]))[0][0] not in (self.leader, NO_CLASS):
                flipped = fewer
        leads, margin = self.leading(np.array([flipped]))
        return float(margin[0]), Flip(tuple(sorted(flipped)), int(leads[0]))

    def told(self, found: Sequence[tuple[float, Flip]], tried: int) -> Flips:
        """The few of least size, those with the largest lead first."""
        best = sorted(found, key=lambda f: (len(f[1].sensors), -f[0], f[1].sensors))
        least = [f for _, f in best if len(f.sensors) == len(best[0][1].sensors)]
        return Flips(tuple(least[:SHOWN]), tried, len(self.useful))


def _blocks(items: Iterator[tuple[int, ...]], size: int) -> Iterator[list[tuple[int, ...]]]:
    while block := list(islice(items, size)):
        yield block


def fired(graph: Graph, patterns: Truths, strengths: Strengths) -> Truths:
    """bool[pattern, node] from bool[pattern, bottom node], as measures see it: no rule asks for a draw, and `strong` compares these strengths."""
    words = all_wires(graph.circuit, pack(patterns), strengths.nodes)[: graph.circuit.nodes]
    return unpack(words, len(patterns))
