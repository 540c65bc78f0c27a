"""A step of the LE-SDE (L-model, drift through class means): nshed's generated kernel, C and NumPy."""

from collections.abc import Callable

import numpy as np
from measure import native, plain, seconds

import neurashed_dsl as nshed
from neurashed_dsl.backend.ziggurat import ziggurat
from neurashed_dsl.passes import lower
from neurashed_dsl.runtime.bind import build, run_kernel
from neurashed_dsl.runtime.simulate import arrays_of
from neurashed_dsl.runtime.streams import stream

ALPHA, BETA, SIGMA, DT = 1.0, 0.3, 1.0, 0.001


def c_side(classes: int, samples: int, steps: int) -> Callable[[], object]:
    library = native("elastic")
    wide, limit, height = map(np.ascontiguousarray, ziggurat())
    library.tables(*map(plain, (wide[:256].copy(), limit[:256].copy(), height)))
    state = stream(0, 0, "draw W").bit_generator.state["state"]["state"].copy()
    x, drift, pull = np.zeros((classes, classes, samples)), np.zeros((classes, classes)), np.zeros(classes)

    def run() -> object:
        library.elastic(*map(plain, (steps, classes, samples, x, ALPHA, BETA, SIGMA, DT, drift, pull, state)))
        return x

    return run


def numpy_side(classes: int, samples: int, steps: int) -> Callable[[], object]:
    rng = np.random.Generator(np.random.SFC64(0))
    x = np.zeros((classes, classes, samples))
    strength = np.where(np.eye(classes) > 0, ALPHA, BETA) / classes
    d = np.eye(classes) - 1 / classes

    def run() -> object:
        nonlocal x
        for _ in range(steps):
            pull = (d * x.mean(axis=2)).sum(axis=1) / (1 - 1 / classes)
            drift = strength @ (d * pull[:, None])
            x += DT * drift[:, :, None] + SIGMA * np.sqrt(DT) * rng.standard_normal(x.shape)
        return x

    return run


def nshed_side(classes: int, samples: int, steps: int) -> Callable[[], object]:
    text = f"""experiment e {{
      model  locally_elastic(classes: {classes}, samples: {samples}, alpha: {ALPHA}, beta: {BETA}, sigma: {SIGMA})
      run    steps: {steps}, dt: {DT}
      record middle = centre at end
    }}"""
    study, _ = nshed.loads(text).study("e")
    built = build(lower(study.system), False)
    arrays = arrays_of(study, built, 0)

    def run() -> object:
        arrays.due[:] = 1  # nothing is due before the end
        return run_kernel(built, "advance", (1, steps, 0), arrays)

    return run


def measure(classes: int, samples: int, rounds: int) -> list[tuple[str, str, float]]:
    """Rows (what, side, seconds for a step)."""
    steps = max(3, 3_000_000 // (classes * classes * samples))
    sides = {"C": c_side, "nshed": nshed_side, "NumPy": numpy_side}
    found = seconds({name: side(classes, samples, steps) for name, side in sides.items()}, rounds)
    return [(f"step, LE-SDE, K = {classes}, {samples} samples", side, t / steps) for side, t in found.items()]
