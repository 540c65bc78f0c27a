"""The noisy spring–block chain of 7 blocks: nshed alone, side by side and in two threads, C, and the authors' Python loop.

Two processes at the same time, with half of the study each, are what two threads could reach: the rest is the machine's.
"""

import sys
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import lru_cache
from multiprocessing import get_context
from pathlib import Path

import numpy as np
from measure import native, plain, seconds

from neurashed_dsl.backend.lanes import LANES
from neurashed_dsl.backend.ziggurat import ziggurat
from neurashed_dsl.passes import lower
from neurashed_dsl.runtime.begin import arrays_in_lanes, arrays_of
from neurashed_dsl.runtime.bind import build, run_kernel
from neurashed_dsl.runtime.repeat import prepare, run_all
from neurashed_dsl.runtime.roads import road_of
from neurashed_dsl.runtime.streams import stream

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "kernels"))
from hand_written_systems import spring_chain, study

BLOCKS = 7
NUMBERS = (1.0, 0.1, 0.1, 0.1, 1.0, 0.01)  # k, μ_right, μ_left, noise, wall, h
GROUPS = 4  # of lanes in the whole study


def c_side(steps: int) -> Callable[[], object]:
    library = native("spring")
    wide, limit, height = map(np.ascontiguousarray, ziggurat())
    library.tables(*map(plain, (wide[:256].copy(), limit[:256].copy(), height)))
    state = stream(0, 0, "draw xi").bit_generator.state["state"]["state"].copy()
    x = np.zeros(BLOCKS)

    def run() -> object:
        library.chain(*map(plain, (steps, BLOCKS, x, *NUMBERS, state)))
        return x

    return run


def authors_loop(steps: int) -> Callable[[], object]:
    """As their code does it, with their `randn`: arrays of NumPy, a step at a time."""
    k, right, left, noise, wall, h = NUMBERS

    def run() -> object:
        rng = np.random.RandomState(0)
        x = np.zeros(BLOCKS + 2)
        x[-1] = wall
        for _ in range(steps):
            force = k * (x[2:] - 2 * x[1:-1] + x[:-2]) + noise * rng.randn(BLOCKS)
            x[1:-1] += h * np.where(force > right, force - right, np.where(force < -left, force + left, 0.0))
        return x

    return run


def nshed_side(steps: int, side_by_side: bool) -> Callable[[], object]:
    """`steps` steps of the generated kernel, of one replicate or of each of `LANES`."""
    wanted = study(spring_chain(steps, every=steps), steps, LANES)
    built = build(lower(wanted.system), side_by_side)
    arrays = arrays_in_lanes(wanted, built, range(LANES)) if side_by_side else arrays_of(wanted, built, 0)

    def run() -> object:
        arrays.due[:] = 1  # nothing is due before the end
        return run_kernel(built, "advance", (1, steps, 0), arrays)

    return run


def jobs_side(steps: int, jobs: int, groups: int) -> Callable[[], object]:
    """A whole study in threads; its kernel and its road are there, as they are for the cells of a sweep."""
    wanted = study(spring_chain(steps, every=steps), steps, groups * LANES)
    road = road_of(wanted)
    builts = prepare(wanted, jobs, road)
    return lambda: run_all(wanted, jobs, builts=builts, chosen=road)


def processes_side(steps: int, groups: int) -> Callable[[], object]:
    """The same in two processes of one thread."""
    pool = ProcessPoolExecutor(2, mp_context=get_context("spawn"))
    return lambda: list(pool.map(_run_alone, [steps] * 2, [groups // 2] * 2))


def _run_alone(steps: int, groups: int) -> None:
    _kept_side(steps, groups)()


@lru_cache
def _kept_side(steps: int, groups: int) -> Callable[[], object]:
    return jobs_side(steps, 1, groups)


def measure(steps: int, rounds: int) -> list[tuple[str, str, float]]:
    """Rows (what, side, seconds for a step of one replicate)."""
    few, wide = max(1, steps // 200), steps // 4  # so that the call takes as little of each
    sides = {
        "C": c_side(steps),
        "nshed": nshed_side(steps, side_by_side=False),
        f"nshed, {LANES} lanes": nshed_side(wide, side_by_side=True),
        "Python loop": authors_loop(few),
    }
    count = {"C": steps, "nshed": steps, f"nshed, {LANES} lanes": wide * LANES, "Python loop": few}
    found = seconds(sides, rounds)
    rows = [(f"step, noisy chain of {BLOCKS} blocks", side, found[side] / count[side]) for side in found]
    ways = {
        "one thread": jobs_side(steps, 1, GROUPS),
        "two threads": jobs_side(steps, 2, GROUPS),
        "two processes": processes_side(steps, GROUPS),
    }
    threads, repeats = seconds(ways, max(3, rounds // 4)), GROUPS * LANES
    return rows + [(f"step, {repeats} repeats, whole study", side, t / steps / repeats) for side, t in threads.items()]
