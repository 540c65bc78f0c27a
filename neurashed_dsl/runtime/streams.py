"""Random streams by name: one SFC64 generator for each draw of each replicate, whatever else there is (language.md 7)."""

import hashlib

import numpy as np


def stream(seed: int, replicate: int, name: str) -> np.random.Generator:
    """The generator of stream `name` in one replicate. The same for any number of replicates, threads or other streams."""
    digest = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big")
    return np.random.Generator(np.random.SFC64(np.random.SeedSequence(seed, spawn_key=(replicate, digest))))
