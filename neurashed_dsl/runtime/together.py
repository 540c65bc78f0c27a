"""Whether the replicates of a study run each alone, or side by side in vector lanes."""

import os
from collections.abc import Iterable, Iterator

from neurashed_dsl.backend.lanes import LANES, can_run_in_lanes
from neurashed_dsl.ir.plan import Study, systems_of
from neurashed_dsl.ir.system import System
from neurashed_dsl.passes import lower

TOGETHER = 11  # replicates that one after another take as long as all lanes do, measured on the noisy chain


def lowered(study: Study) -> Iterator[System]:
    """The study's system and those of its interventions, after all passes."""
    return (lower(system) for system, _ in systems_of(study))


def in_lanes(study: Study, systems: Iterable[System], jobs: int | None) -> bool:
    """Can they run in lanes, and does that end sooner with so many threads? The numbers are the same. Pruned replicates have tables of their own."""
    count, jobs = study.plan.replicates, jobs or os.cpu_count() or 1
    sooner = rounds(rounds(count, LANES), jobs) * TOGETHER < rounds(count, jobs)
    return sooner and not study.plan.prunes and all(map(can_run_in_lanes, systems))


def rounds(count: int, at_once: int) -> int:
    return -(-count // at_once)
