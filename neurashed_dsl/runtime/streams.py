"""Random streams by name: one SFC64 generator for each draw of each replicate, whatever else there is (language.md 7)."""

import hashlib
from typing import Any

import numpy as np

from neurashed_dsl.backend.draw import writable
from neurashed_dsl.ir.system import Draw


def stream(seed: int, replicate: int, name: str) -> np.random.Generator:
    """The generator of stream `name` in one replicate. The same for any number of replicates, threads or other streams."""
    digest = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big")
    return np.random.Generator(np.random.SFC64(np.random.SeedSequence(seed, spawn_key=(replicate, digest))))


def handed(draw: Draw, rng: np.random.Generator) -> Any:
    """What a kernel draws from: the four integers of the stream, uint64[4], or the Generator where NumPy must draw."""
    return _state(rng) if writable(draw) else rng


def restart(given: Any, seed: int) -> None:
    """Set what a kernel was handed to the stream of a plain seed."""
    fresh = np.random.Generator(np.random.SFC64(seed))
    if isinstance(given, np.ndarray):
        given[:] = _state(fresh)
    else:
        given.bit_generator.state = fresh.bit_generator.state


def _state(rng: np.random.Generator) -> Any:
    state: Any = rng.bit_generator.state
    return state["state"]["state"].copy()
