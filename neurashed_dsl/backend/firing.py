"""Which nodes fire for which samples, for whole networks: bit-parallel tables, and the pathways as lists.

Words as in ir.circuit: uint64 [node, word], sample s is bit s & 63 of word s >> 6. The kernels are compiled once on a
machine.
"""

from importlib.resources import files
from types import ModuleType

import numpy as np
from numpy.typing import NDArray

from neurashed_dsl.backend import kernel
from neurashed_dsl.diagnostics import Bug
from neurashed_dsl.ir.circuit import Circuit, Words

LANES = 8  # words in a vector of the kernel
CHUNK = 16  # words in a call: two cache lines of a row at a time, and Ctrl-C is heard between


def firing_table(circuit: Circuit, bottom_words: Words, samples: int) -> Words:
    """Words of all nodes [node, word] from those of the bottom; bits beyond the last sample come out as 0.

    Needs 8 bytes for each wire and word, words rounded up to 8. A gate whose |weights| sum to 2^62 or more is a `Bug`.
    """
    words = (samples + 63) // 64
    width = (words + LANES - 1) // LANES * LANES
    table = np.zeros((circuit.wires, width), np.uint64)
    valid = _valid(samples, width)
    table[: circuit.bottom, :words] = bottom_words[:, :words] & valid[:words]
    gates = _Gates(circuit)
    for first in range(0, width, CHUNK):
        gates.fire(table, valid, first, min(first + CHUNK, width))
    return np.ascontiguousarray(table[: circuit.nodes, :words])


def _valid(samples: int, width: int) -> Words:
    valid = np.zeros(width, np.uint64)
    valid[: samples // 64] = ~np.uint64(0)
    if samples % 64:
        valid[samples // 64] = (1 << samples % 64) - 1
    return valid


class _Gates:
    """A circuit's gates as the kernel takes them: bounds on the sum of |weights|, and the quickest way to each."""

    def __init__(self, circuit: Circuit) -> None:
        self.module = _module("firing")
        self.edges = (
            np.ascontiguousarray(circuit.target, np.int64),
            np.ascontiguousarray(circuit.offsets, np.int64),
            np.ascontiguousarray(circuit.sources, np.int32).view(np.uint32),
            np.ascontiguousarray(circuit.weights, np.int64),
        )
        kinds, depths = np.zeros((2, len(circuit.target)), np.int8)
        needs, limits = np.zeros((2, len(circuit.target)), np.int64)
        self.kinds = (kinds, needs, limits, depths)
        low, high = np.ascontiguousarray(circuit.low, np.int64), np.ascontiguousarray(circuit.high, np.int64)
        kernel.call(self.module.classify, self.edges[1], self.edges[3], low, high, *self.kinds)
        if (kinds == self.module.TOO_LARGE).any():
            raise Bug("the weights of a rule sum to 2^62 or more")

    def fire(self, table: Words, valid: Words, first: int, last: int) -> None:
        width = np.uint64(table.shape[1])
        kernel.call(self.module.fire, table.reshape(-1), width, first, last, valid, *self.edges, *self.kinds)


def firing_counts(words: Words, samples: int) -> NDArray[np.int64]:
    """How many nodes fire [sample]: what `pathways` will need is 4 bytes for each."""
    counts = np.zeros(words.shape[1] * 64, np.int64)
    kernel.call(_module("pathways").tally, words, counts)
    return counts[:samples]


def pathways(words: Words, samples: int) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """(offsets [sample + 1], members): sample s fires members[offsets[s] : offsets[s + 1]], ascending.

    Bits beyond the last sample must be 0, as `firing_table` leaves them.
    """
    offsets = np.zeros(samples + 1, np.int64)
    np.cumsum(firing_counts(words, samples), out=offsets[1:])
    members = np.empty(offsets[-1], np.int32)
    kernel.call(_module("pathways").gather, words, offsets[:-1].copy(), members)
    return offsets, members


def _module(name: str) -> ModuleType:
    text = files("neurashed_dsl.backend").joinpath("kernels", f"{name}.py").read_text(encoding="utf-8")
    return kernel.load(text, name)
