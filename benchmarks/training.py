"""A training step with batch 1: nshed, a lazy loop by hand in numba, and C and NumPy that touch every value."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType

import network
import numpy as np
from firing import bottom, circuit
from measure import native, plain, seconds
from numpy.typing import NDArray

from neurashed_dsl.backend import kernel
from neurashed_dsl.backend.firing import firing_table, pathways
from neurashed_dsl.driver import loads
from neurashed_dsl.ir.circuit import pack, unpack
from neurashed_dsl.runtime.begin import arrays_of
from neurashed_dsl.runtime.bind import run_kernel
from neurashed_dsl.runtime.repeat import prepare

START = 0.5
# As in network.LAWS.
ARGUMENTS = {
    "multiplicative": (math.log(1.06), math.log(0.995)),
    "additive": (0.05, 0.995),
    "saturating": (0.05, 1.0, 0.995),
    "eroding": (0.05, 0.005),
    "waning": (0.05, 0.005),
    "eroded": (0.05, 0.005),
}

LAZY = '''\
"""By hand: only what fires is touched; a row is a value and the step up to which it is right."""
import math
import numpy as np
from numba import njit


@njit(cache=True, nogil=True, error_model="numpy")
def multiplicative(order, offsets, members, row, log_a, log_b):
    for t in range(order.size):
        s = order[t]
        for i in range(offsets[s], offsets[s + np.uint64(1)]):
            x = members[i]
            row[x, 0] += (t - row[x, 1]) * log_b + log_a
            row[x, 1] = t + 1.0


@njit(cache=True, nogil=True, error_model="numpy")
def saturating(order, offsets, members, row, powers, rate, ceiling, b):
    for t in range(order.size):
        s = order[t]
        for i in range(offsets[s], offsets[s + np.uint64(1)]):
            n = members[i]
            k = np.uint64(t - int(row[n, 1]))
            x = row[n, 0] * (powers[k] if k < powers.size else math.exp(k * math.log(b)))
            row[n, 0] = x + rate * (ceiling - x)
            row[n, 1] = t + 1.0


@njit(cache=True, nogil=True, error_model="numpy")
def additive(order, offsets, members, row, powers, c, b):
    for t in range(order.size):
        s = order[t]
        for i in range(offsets[s], offsets[s + np.uint64(1)]):
            n = members[i]
            k = np.uint64(t - int(row[n, 1]))
            row[n, 0] = row[n, 0] * (powers[k] if k < powers.size else math.exp(k * math.log(b))) + c
            row[n, 1] = t + 1.0


@njit(cache=True, nogil=True, error_model="numpy")
def eroding(order, offsets, members, row, c, b):
    for t in range(order.size):
        s = order[t]
        for i in range(offsets[s], offsets[s + np.uint64(1)]):
            n = members[i]
            row[n, 0] = row[n, 0] / (1.0 + (t - row[n, 1]) * b * row[n, 0]) + c
            row[n, 1] = t + 1.0


@njit(cache=True, nogil=True, error_model="numpy")
def wane(x, first, steps, b):
    for _ in range(steps):
        for j in range(first, first + np.uint64(64)):
            x[j] *= 1.0 - b * min(x[j], 1.0)


@njit(cache=True, nogil=True, error_model="numpy")
def waning(order, offsets, members, x, since, fired, c, b):
    """Blocks of 64 values rest together: vectors, without a branch."""
    for t in range(order.size):
        s = order[t]
        i, end = offsets[s], offsets[s + np.uint64(1)]
        while i < end:
            block = members[i] >> np.uint32(6)
            first = np.uint64(block) << np.uint64(6)
            wane(x, first, t - since[block], b)
            start = i
            while i < end and members[i] >> np.uint32(6) == block:
                fired[i - start] = x[members[i]] + c
                i += np.uint64(1)
            wane(x, first, 1, b)
            for k in range(start, i):
                x[members[k]] = fired[k - start]
            since[block] = t + 1
    for block in range(since.size):
        wane(x, np.uint64(block) << np.uint64(6), order.size - since[block], b)
        since[block] = order.size
'''


@dataclass(frozen=True)
class Network:
    """What the sides read: who fires for whom [input, node], the votes by class, and the order of presentation."""

    fires: NDArray[np.uint8]
    label: NDArray[np.int64]
    begin: NDArray[np.int64]
    source: NDArray[np.int64]
    order: NDArray[np.int64]
    offsets: NDArray[np.int64]  # pathways of nodes
    members: NDArray[np.int32]


def network_for(s: network.Shape, steps: int) -> Network:
    words = firing_table(circuit(s), pack(bottom(s)), s.inputs)
    fires = np.ascontiguousarray(unpack(words, s.inputs)).view(np.uint8)
    rng = np.random.default_rng(0)
    order = np.concatenate([rng.permutation(s.inputs) for _ in range(-(-steps // s.inputs))])[:steps]
    begin = np.arange(network.CLASSES + 1) * s.half
    source = np.tile(np.arange(s.half, 2 * s.half), network.CLASSES)
    return Network(fires, network.labels(s), begin, source, order, *pathways(words, s.inputs))


def values(net: Network) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """λ and η at the start."""
    return np.full(net.fires.shape[1], START), np.full(len(net.source), START)


def c_side(net: Network, law: str, variant: str = "") -> Callable[[], tuple[NDArray[np.float64], NDArray[np.float64]]]:
    """`variant`: another function of training.c than that of the law."""
    function = getattr(native("training"), variant or law)
    nodes, classes = net.fires.shape[1], len(net.begin) - 1

    def run() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        state = values(net)
        table = (net.fires, net.label, net.begin, net.source)
        function(*map(plain, (len(net.order), net.order, nodes, classes, *table, *state, *ARGUMENTS[law])))
        return state

    return run


def numpy_side(net: Network, law: str, steps: int) -> Callable[[], object]:
    """Of the first `steps` steps."""
    fires, first = net.fires.astype(bool), net.fires.shape[1] - (net.begin[1] - net.begin[0])
    fire, rest = numpy_law(law)

    def run() -> None:
        strength, weight = values(net)
        votes = weight.reshape(len(net.begin) - 1, -1)
        lit = np.zeros(votes.shape, bool)
        for s in net.order[:steps]:
            np.copyto(strength, np.where(fires[s], fire(strength), rest(strength)))
            lit[net.label[s]] = fires[s, first:]
            np.copyto(votes, np.where(lit, fire(votes), rest(votes)))
            lit[net.label[s]] = False

    return run


def numpy_law(law: str) -> tuple[Callable[..., NDArray[np.float64]], Callable[..., NDArray[np.float64]]]:
    p = ARGUMENTS[law]
    return {
        "multiplicative": (lambda x: x + p[0], lambda x: x + p[1]),
        "additive": (lambda x: x + p[0], lambda x: p[1] * x),
        "saturating": (lambda x: x + p[0] * (p[1] - x), lambda x: p[-1] * x),
        "eroding": (lambda x: x + p[0], lambda x: x / (1 + p[1] * x)),
        "waning": (lambda x: x + p[0], lambda x: x * (1 - p[1] * np.minimum(x, 1))),
        "eroded": (lambda x: x + p[0], lambda x: x - p[1] * x * x / (1 + x)),
    }[law]


def touched(net: Network) -> tuple[NDArray[np.uint64], NDArray[np.uint32]]:
    """Pathways of nodes and votes as one axis, votes after nodes."""
    nodes, half = net.fires.shape[1], int(net.begin[1])
    lists = []
    for s, label in enumerate(net.label):
        path = net.members[net.offsets[s] : net.offsets[s + 1]].astype(np.uint32)
        lists += [path, path[path >= nodes - half] + np.uint32(half + label * half)]
    sizes = [len(a) + len(b) for a, b in zip(lists[::2], lists[1::2], strict=True)]
    return np.concatenate([[0], np.cumsum(sizes)]).astype(np.uint64), np.concatenate(lists)


def lazy_side(net: Network, law: str) -> Callable[[], NDArray[np.float64]]:
    """By hand in numba; returns the values after the last step."""
    module: ModuleType = kernel.load(LAZY, "lazy")
    offsets, members = touched(net)
    order = net.order.astype(np.uint64)
    count, steps = net.fires.shape[1] + len(net.source), len(order)
    powers = np.power(ARGUMENTS[law][-1], np.arange(4096.0))

    def run() -> NDArray[np.float64]:
        if law == "waning":
            x, since = np.full(-(-count // 64) * 64, START), np.zeros(-(-count // 64), np.int64)
            module.waning(order, offsets, members, x, since, np.zeros(64), *ARGUMENTS[law])
            return x[:count]
        row = np.zeros((count, 2))
        row[:, 0] = START
        if law == "multiplicative":
            module.multiplicative(order, offsets, members, row, *ARGUMENTS[law])
            return row[:, 0] + (steps - row[:, 1]) * ARGUMENTS[law][1]
        if law == "eroding":
            module.eroding(order, offsets, members, row, *ARGUMENTS[law])
            return row[:, 0] / (1 + (steps - row[:, 1]) * ARGUMENTS[law][1] * row[:, 0])
        getattr(module, law)(order, offsets, members, row, powers, *ARGUMENTS[law])
        return row[:, 0] * ARGUMENTS[law][-1] ** (steps - row[:, 1])

    return run


def nshed_side(nodes: int, edges: int, inputs: int, law: str, steps: int) -> Callable[[], object]:
    """`steps` steps of the generated kernel on network.text(nodes, edges, inputs, 0.01, law), the order made before, as for C."""
    study, _ = loads(network.text(nodes, edges, inputs, 0.01, law)).study("training")
    (built,) = prepare(study)
    arrays = arrays_of(study, built, 0)
    order = np.random.default_rng(1).integers(0, inputs, (steps, 1))
    arrays.batches = dict.fromkeys(arrays.batches, order)

    def run() -> object:
        arrays.slots |= {
            name: np.zeros_like(a)
            if a.dtype.kind == "i"
            else np.full_like(a, math.log(START) if built.system.slots[name].log else START)
            for name, a in arrays.slots.items()
        }
        return run_kernel(built, "advance", (0, steps, 0), arrays)

    return run


def measure(nodes: int, edges: int, inputs: int, law: str, steps: int, rounds: int) -> list[tuple[str, str, float]]:
    """Rows (what, side, seconds for a step). Raises AssertionError if C and the lazy loop disagree."""
    s = network.shape(nodes, edges, inputs, 0.01)
    net = network_for(s, steps)
    few = max(1, steps // 50)
    plain_c = c_side(net, law)
    sides = {"C": plain_c, "NumPy": numpy_side(net, law, few)}
    if law == "eroded":
        sides["divisions alone"] = c_side(net, law, "divisions")
    else:
        sides["numba by hand"] = lazy = lazy_side(net, law)
        assert np.allclose(np.concatenate(plain_c()), lazy(), rtol=1e-9)
    if law == "multiplicative":
        sides["C in vectors"] = c_side(net, law, "multiplicative_vectors")
    sides["nshed"] = nshed_side(nodes, edges, inputs, law, steps)
    found = seconds(sides, rounds)
    share = net.fires.mean()
    what = f"step, {law}, {nodes} nodes, {edges} edges, {share:.1%} fire"
    return [(what, side, found[side] / (few if side == "NumPy" else steps)) for side in found]
