"""Random streams by name: a generator for each draw of each replicate, whatever else there is (language.md 7).

It is an SFC64, but for the order in which inputs are presented, whose stream must jump: a PCG64DXSM.
"""

import hashlib
from typing import Any

import numpy as np
import numpy.typing as npt

from neurashed_dsl.backend.draw import writable
from neurashed_dsl.ir.system import Draw


def stream(seed: int, replicate: int, name: str) -> np.random.Generator:
    """The generator of stream `name` in one replicate. The same for any number of replicates, threads or other streams."""
    return np.random.Generator(np.random.SFC64(_seed(seed, replicate, name)))


class Numbers:
    """The numbers of a stream by their place in it, from 0 on."""

    def __init__(self, seed: int, replicate: int, name: str) -> None:
        self._bits = np.random.PCG64DXSM(_seed(seed, replicate, name))
        self._rng = np.random.Generator(self._bits)
        self._place = 0

    def raw(self, place: int, count: int) -> npt.NDArray[np.uint64]:
        self._go(place, count)
        drawn: npt.NDArray[np.uint64] = self._bits.random_raw(count)
        return drawn

    def units(self, place: int, count: int) -> npt.NDArray[np.float64]:
        """Uniform in [0, 1)."""
        self._go(place, count)
        return self._rng.random(count)

    def _go(self, place: int, count: int) -> None:
        if place != self._place:
            self._bits.advance(place - self._place)
        self._place = place + count


def _seed(seed: int, replicate: int, name: str) -> np.random.SeedSequence:
    digest = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big")
    return np.random.SeedSequence(seed, spawn_key=(replicate, digest))


def bits_of(draw: Draw, seed: int, replicate: int) -> np.random.SFC64:
    """The bits of a draw of one replicate."""
    return np.random.SFC64(_seed(seed, replicate, f"draw {draw.name}"))


def handed(draw: Draw, bits: np.random.SFC64) -> Any:
    """What a kernel draws from: the four integers of the stream, uint64[4], or the Generator where NumPy must draw."""
    return _state(bits) if writable(draw) else np.random.Generator(bits)


def place_in(given: Any) -> Any:
    """Where what a kernel was handed stands in its stream, for `go_back`."""
    return given.copy() if isinstance(given, np.ndarray) else given.bit_generator.state


def go_back(given: Any, place: Any) -> None:
    """Draw again what was drawn from a place on."""
    if isinstance(given, np.ndarray):
        given[:] = place
    else:
        given.bit_generator.state = place


def _state(bits: np.random.SFC64) -> Any:
    state: Any = bits.state
    return state["state"]["state"].copy()
