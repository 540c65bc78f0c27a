"""A circuit's wires in NumPy, 64 samples to a word: for `check`, which must not load numba, and for measures that ask what fires at the λ at
hand. `backend.firing` is the fast one; both equal `ir.circuit.reference`.

Gates with few sources are counted in bit slices, side by side: plane p of a counter holds bit p of the count for 64
samples a word. A gate with many sources is a sum of unpacked bits.
"""

import numpy as np
import numpy.typing as npt

from neurashed_dsl.ir.circuit import Circuit, Contests, Words, pack, unpack

Ints = npt.NDArray[np.int64]
Values = npt.NDArray[np.float64]

WIDE = 64
ONES = ~np.uint64(0)


def valid(samples: int) -> Words:
    """One word row with a bit for each sample."""
    row = np.full((samples + 63) // 64, ONES)
    if samples & 63:
        row[-1] = (np.uint64(1) << np.uint64(samples & 63)) - np.uint64(1)
    return row


def all_wires(circuit: Circuit, bottom: Words, strengths: Values | None = None, *, logs: bool = True) -> Words:
    """uint64[wire, word]. With `strengths` (λ of each node, or its logarithm) gates that ask for a strong node ask; no gate asks for a draw."""
    table = np.zeros((circuit.wires, bottom.shape[1]), np.uint64)
    table[: circuit.bottom] = bottom
    asking = {} if strengths is None else {int(g): k for k, g in enumerate(circuit.contests.gates)}
    for start, stop in _waves(circuit):
        gates = np.arange(start, stop)
        fan = np.diff(circuit.offsets[start : stop + 1])
        if (fan <= WIDE).any():
            _fire_narrow(circuit, table, gates[fan <= WIDE])
        for gate in gates[fan > WIDE]:
            _fire_wide(circuit, table, int(gate))
        if strengths is not None:
            for contest in {int(circuit.contests.contest[asking[g]]) for g in gates.tolist() if g in asking}:
                _compete(circuit, table, contest, (start, stop), strengths, logs)
    return table


def _compete(
    circuit: Circuit, table: Words, contest: int, wave: tuple[int, int], strengths: Values, logs: bool
) -> None:
    """Put out the gates of a contest whose nodes are weak beside the strongest of those that take part, sample by sample."""
    contests = circuit.contests
    top = strongest(contests, contest, table, strengths)
    mine = (contests.contest == contest) & (contests.gates >= wave[0]) & (contests.gates < wave[1])
    own, share = strengths[contests.nodes[mine]], contests.share[mine]
    with np.errstate(divide="ignore", invalid="ignore"):
        least = np.log(share)[:, None] + top if logs else share[:, None] * top
        strong = own[:, None] >= least
    table[circuit.target[contests.gates[mine]]] &= pack(strong.T)


def strongest(contests: Contests, contest: int, table: Words, strengths: Values) -> Values:
    """The largest strength among the nodes that take part, for each bit of the table's words; -inf where none does."""
    here = slice(contests.offsets[contest], contests.offsets[contest + 1])
    bits = unpack(table[contests.wires[here]], table.shape[1] * 64)
    return np.asarray(np.where(bits, strengths[contests.rivals[here]], -np.inf).max(axis=1, initial=-np.inf))


def _waves(circuit: Circuit) -> list[tuple[int, int]]:
    """Runs of gates that don't read each other."""
    set_at = np.full(circuit.wires, -1)
    set_at[circuit.target] = np.arange(len(circuit.target))
    fan = np.diff(circuit.offsets)
    last = np.full(len(fan), -1)
    np.maximum.at(last, np.repeat(np.arange(len(fan)), fan), set_at[circuit.sources])
    waves, start = [], 0
    for gate, latest in enumerate(last.tolist()):
        if latest >= start:
            waves.append((start, gate))
            start = gate
    return [*waves, (start, len(fan))] if len(fan) else []


def _fire_narrow(circuit: Circuit, table: Words, gates: Ints) -> None:
    fan = circuit.offsets[gates + 1] - circuit.offsets[gates]
    gates = gates[np.argsort(-fan, kind="stable")]
    starts = circuit.offsets[gates]
    fan = circuit.offsets[gates + 1] - starts
    low, high = circuit.low[gates].copy(), circuit.high[gates].copy()
    planes: list[Words] = []
    for place in range(int(fan.max(initial=0))):
        count = int(np.searchsorted(-fan, -place, side="left"))  # the gates that have so many sources stand first
        edges = starts[:count] + place
        weights = circuit.weights[edges]
        fires = table[circuit.sources[edges]]
        negative = weights < 0
        # -w·x = w·(1 - x) - w: only non-negative numbers are counted, and the bounds move.
        fires[negative] = ~fires[negative]
        shift = np.where(negative, -weights, 0)
        low[:count] += shift
        high[:count] += shift
        _add(planes, np.abs(weights), fires, len(gates))
    table[circuit.target[gates]] = _at_least(planes, low, table.shape[1]) & ~_at_least(planes, high + 1, table.shape[1])


def _add(planes: list[Words], weights: Ints, fires: Words, gates: int) -> None:
    """Add weight × bit to the first counters."""
    count = len(weights)
    for bit in range(int(weights.max(initial=0)).bit_length()):
        carry = fires & np.where((weights >> bit) & 1, ONES, np.uint64(0))[:, None]
        plane = bit
        while carry.any():
            while plane >= len(planes):
                planes.append(np.zeros((gates, fires.shape[1]), np.uint64))
            here = planes[plane][:count]
            carry, planes[plane][:count] = here & carry, here ^ carry
            plane += 1


def _at_least(planes: list[Words], bound: Ints, words: int) -> Words:
    """Where a counter is at least its bound."""
    top = 1 << len(planes)
    above = np.zeros((len(bound), words), np.uint64)
    equal = np.full((len(bound), words), ONES)
    inside = np.clip(bound, 0, top)
    for plane in reversed(range(len(planes))):
        wanted = np.where((inside >> plane) & 1, ONES, np.uint64(0))[:, None]
        above |= equal & planes[plane] & ~wanted
        equal &= ~(planes[plane] ^ wanted)
    found = above | equal
    found[bound <= 0] = ONES
    found[bound >= top] = 0
    return found


def _fire_wide(circuit: Circuit, table: Words, gate: int) -> None:
    edges = slice(circuit.offsets[gate], circuit.offsets[gate + 1])
    sources, weights = circuit.sources[edges], circuit.weights[edges].astype(np.float64)
    total = np.zeros(table.shape[1] * 64)  # whole numbers below 2^53: exact
    for at in range(0, len(sources), 4096):
        octets = np.ascontiguousarray(table[sources[at : at + 4096]], dtype="<u8").view(np.uint8)
        total += weights[at : at + 4096] @ np.unpackbits(octets, axis=1, bitorder="little")
    holds = (total >= float(circuit.low[gate])) & (total <= float(circuit.high[gate]))
    packed: npt.NDArray[np.uint8] = np.packbits(holds, bitorder="little")
    table[circuit.target[gate]] = packed.view("<u8").astype(np.uint64)
