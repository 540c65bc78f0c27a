"""When each node fires, as one list of integer threshold gates; inputs as bits, one at a time or 64 to a word.

A rule of a network, nested as it may be, becomes one gate for the node and hidden gates for what stands inside. This
file says what a circuit means (`reference`, plain Python, the oracle); `backend.firing` evaluates it for millions of
edges.

Some gates ask for more than their sum: a draw (`maybe`), or a node that is strong beside others (`strong`). A firing table is made as
if they asked for nothing.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import field, replace

import numpy as np
from numpy.typing import NDArray

from neurashed_dsl.values import frozen

Bits = NDArray[np.bool_]
Words = NDArray[np.uint64]


def _none() -> NDArray[np.int64]:
    return np.zeros(0, np.int64)


def _no_shares() -> NDArray[np.float64]:
    return np.zeros(0)


@frozen
class Chances:
    """Gates that fire with a probability where their sum is right, each by a draw of its own. Gates ascend."""

    gates: NDArray[np.int64] = field(default_factory=_none)  # [draw]
    chance: NDArray[np.float64] = field(default_factory=_no_shares)  # [draw]


@frozen
class Contests:
    """Gates that fire, where their sum is right, if λ of their node is at least `share` times the largest λ in their contest.

    Contest c is among rivals[offsets[c]] … rivals[offsets[c + 1] - 1]: nodes, each of which takes part where its wire fires. Gates ascend;
    no wire of a rival depends on a gate of its contest, and all of them are set before the first such gate.
    """

    gates: NDArray[np.int64] = field(default_factory=_none)  # [strong]
    nodes: NDArray[np.int64] = field(default_factory=_none)  # [strong]
    share: NDArray[np.float64] = field(default_factory=_no_shares)  # [strong]
    contest: NDArray[np.int64] = field(default_factory=_none)  # [strong]
    offsets: NDArray[np.int64] = field(default_factory=lambda: np.zeros(1, np.int64))  # [contest + 1]
    rivals: NDArray[np.int64] = field(default_factory=_none)  # [rival]
    wires: NDArray[np.int64] = field(default_factory=_none)  # [rival]


@frozen
class Circuit:
    """Gates in order of evaluation over numbered wires: the network's nodes first, of which the input sets the bottom.

    Gate g sets wire `target[g]`. It fires iff low[g] <= total <= high[g], with total the sum of weights[e] over those
    edges e in offsets[g]..offsets[g + 1] - 1 whose sources[e] fires. A source may stand twice. A wire that neither a
    gate nor the input sets never fires. Bounds may be any int64; a gate's |weights| sum to less than 2^62.
    """

    nodes: int
    bottom: int
    wires: int
    target: NDArray[np.int64]  # [gate]
    offsets: NDArray[np.int64]  # [gate + 1]
    sources: NDArray[np.int32]  # [edge]
    weights: NDArray[np.int64]  # [edge]
    low: NDArray[np.int64]  # [gate]
    high: NDArray[np.int64]  # [gate]
    chances: Chances = field(default_factory=Chances)
    contests: Contests = field(default_factory=Contests)


def complaints(circuit: Circuit) -> Iterator[str]:
    """What is wrong with a circuit: shapes, wires out of range, a wire set twice, a source read before it is set."""
    gates, edges = len(circuit.target), len(circuit.sources)
    if not 0 <= circuit.bottom <= circuit.nodes <= circuit.wires:
        yield "bottom <= nodes <= wires does not hold"
    if len(circuit.offsets) != gates + 1 or len(circuit.low) != gates or len(circuit.high) != gates:
        yield "offsets, low and high do not fit the number of gates"
        return
    ends = circuit.offsets
    if ends[0] != 0 or ends[-1] != edges or (np.diff(ends) < 0).any() or len(circuit.weights) != edges:
        yield "offsets and weights do not fit the edges"
        return
    if not _within(circuit.target, circuit.bottom, circuit.wires) or not _within(circuit.sources, 0, circuit.wires):
        yield "a target or a source is out of range"
        return
    yield from _order(circuit)


def _within(wires: NDArray[np.int64] | NDArray[np.int32], low: int, high: int) -> bool:
    return wires.size == 0 or bool(wires.min() >= low and wires.max() < high)


def _order(circuit: Circuit) -> Iterator[str]:
    gates = len(circuit.target)
    if len(np.unique(circuit.target)) != gates:
        yield "a wire is set by two gates"
    set_at = np.full(circuit.wires, -1)
    set_at[circuit.target] = np.arange(gates)
    reader = np.repeat(np.arange(gates), np.diff(circuit.offsets))
    if (set_at[circuit.sources] >= reader).any():
        yield "a gate reads a wire that is set later"


def without(circuit: Circuit, gone: Bits) -> Circuit:
    """The circuit with some of its nodes taken out, bool [node]: their gates never fire, and those that read them keep
    their bounds. Nodes of the bottom are set by the input all the same."""
    cut = np.append(gone, np.zeros(circuit.wires - circuit.nodes, bool))[circuit.target]
    return replace(circuit, low=np.where(cut, 1, circuit.low), high=np.where(cut, 0, circuit.high))


def reference(
    circuit: Circuit,
    bottom_bits: Bits,
    drawn: Sequence[Sequence[float]] | None = None,
    strengths: Sequence[float] | None = None,
) -> Bits:
    """Which nodes fire: bool [sample, node] from bool [sample, bottom]. Scalar Python; for tests and small networks.

    `drawn` [sample, draw] are uniform numbers, `strengths` [node] logarithms of λ. Without them the gates that ask for them fire wherever their
    sums are right.
    """
    target, offsets, sources = circuit.target.tolist(), circuit.offsets.tolist(), circuit.sources.tolist()
    weights, low, high = circuit.weights.tolist(), circuit.low.tolist(), circuit.high.tolist()
    rows = []
    for sample, bits in enumerate(bottom_bits.tolist()):
        fires = bits + [False] * (circuit.wires - circuit.bottom)
        asked = {} if drawn is None else _lucky(circuit.chances, drawn[sample])
        for gate, wire in enumerate(target):
            edges = range(offsets[gate], offsets[gate + 1])
            holds = low[gate] <= sum(weights[edge] for edge in edges if fires[sources[edge]]) <= high[gate]
            strong = strengths is None or _strong(circuit.contests, gate, fires, strengths)
            fires[wire] = holds and asked.get(gate, True) and strong
        rows.append(fires[: circuit.nodes])
    return np.array(rows, dtype=bool).reshape(len(rows), circuit.nodes)


def _lucky(chances: Chances, drawn: Sequence[float]) -> dict[int, bool]:
    return {int(gate): u < chance for gate, chance, u in zip(chances.gates, chances.chance, drawn)}


def _strong(contests: Contests, gate: int, fires: Sequence[bool], strengths: Sequence[float]) -> bool:
    """Is the node of a gate strong enough, if the gate asks for that?"""
    for k in np.flatnonzero(contests.gates == gate):
        low, high = contests.offsets[contests.contest[k] : contests.contest[k] + 2]
        here = zip(contests.rivals[low:high], contests.wires[low:high])
        top = max((strengths[node] for node, wire in here if fires[wire]), default=-math.inf)
        share = math.log(contests.share[k]) if contests.share[k] > 0 else -math.inf
        return bool(strengths[contests.nodes[k]] >= share + top)
    return True


def pack(bits: Bits) -> Words:
    """uint64 [node, word] from bool [sample, node]: sample s is bit s & 63 of word s >> 6; the bits beyond are 0."""
    samples, nodes = bits.shape
    octets = np.zeros((nodes, (samples + 63) // 64 * 8), np.uint8)
    octets[:, : (samples + 7) // 8] = np.packbits(bits, axis=0, bitorder="little").T
    return octets.view("<u8").astype(np.uint64, copy=False)


def unpack(words: Words, samples: int) -> Bits:
    """bool [sample, node] from uint64 [node, word]."""
    octets = np.ascontiguousarray(words, dtype="<u8").view(np.uint8)
    return np.unpackbits(octets, axis=1, bitorder="little")[:, :samples].T.astype(bool)
