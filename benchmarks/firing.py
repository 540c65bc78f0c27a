"""Firing tables: nshed's bit-parallel kernel beside C and NumPy over all edges, for the same network and inputs."""

from collections.abc import Callable

import network
import numpy as np
from measure import native, plain, seconds
from numpy.typing import NDArray

from neurashed_dsl.backend.firing import firing_table
from neurashed_dsl.ir.circuit import Circuit, pack, unpack


def circuit(s: network.Shape) -> Circuit:
    """The upper half's rules."""
    gates = np.arange(s.half, dtype=np.int64)
    edges = np.empty((s.half, s.fan), np.int32)
    for first, piece in network.sources(s):
        edges[first : first + len(piece)] = piece
    return Circuit(
        nodes=2 * s.half,
        bottom=s.half,
        wires=2 * s.half,
        target=gates + s.half,
        offsets=np.arange(s.half + 1, dtype=np.int64) * s.fan,
        sources=edges.reshape(-1),
        weights=np.ones(s.half * s.fan, np.int64),
        low=np.full(s.half, s.need, np.int64),
        high=np.full(s.half, s.fan, np.int64),
    )


def bottom(s: network.Shape) -> NDArray[np.bool_]:
    """bool [input, sensor]."""
    fires = np.zeros((s.inputs, s.half), bool)
    fires[np.arange(s.inputs)[:, None], network.shown(s)] = True
    return fires


def c_side(made: Circuit, fires: NDArray[np.bool_]) -> tuple[NDArray[np.uint8], Callable[[], object]]:
    """The table [input, node] that C fills, and its run."""
    table = np.zeros((len(fires), made.nodes), np.uint8)
    table[:, : made.bottom] = fires
    gates = (made.target, made.offsets, made.sources, made.low, made.high)
    arguments = [plain(a) for a in (len(fires), made.nodes, len(made.target), *gates, table)]
    run = native("firing").firing
    return table, lambda: run(*arguments)


def numpy_side(made: Circuit, fires: NDArray[np.bool_]) -> Callable[[], object]:
    table = np.zeros((len(fires), made.nodes), np.uint8)
    table[:, : made.bottom] = fires

    def run() -> None:
        for row in table:
            count = np.add.reduceat(row[made.sources], made.offsets[:-1], dtype=np.int64)
            row[made.target] = (made.low <= count) & (count <= made.high)

    return run


def measure(nodes: int, edges: int, inputs: int, sample: int, rounds: int) -> list[tuple[str, str, float]]:
    """Rows (what, side, seconds for all inputs). C and NumPy take as long for each input, and do `sample` of them.

    `edges` are those of the rules. Raises AssertionError if the tables differ.
    """
    s = network.shape(nodes, edges + network.CLASSES * (nodes // 2), inputs, 0.01)
    made, fires = circuit(s), bottom(s)
    words = pack(fires)
    table, c = c_side(made, fires[:sample])
    few = max(1, sample // 10)
    found = seconds(
        {"C": c, "NumPy": numpy_side(made, fires[:few]), "nshed": lambda: firing_table(made, words, inputs)}, rounds
    )
    assert np.array_equal(unpack(firing_table(made, words, inputs), inputs)[:sample], table.astype(bool))
    scale = {"C": inputs / sample, "NumPy": inputs / few, "nshed": 1.0}
    what = f"firing table, {nodes} nodes, {edges} edges, {inputs} inputs"
    return [(what, side, found[side] * scale[side]) for side in found]
