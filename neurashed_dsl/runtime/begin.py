"""What replicates have for themselves when they begin: the state at the start, and room for everything."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from neurashed_dsl.ir.evaluate import Memory
from neurashed_dsl.ir.plan import Study
from neurashed_dsl.ir.system import Grid, Record
from neurashed_dsl.runtime.bind import Arrays, Built, draws_of, room, scratch_of
from neurashed_dsl.runtime.start import starts_of
from neurashed_dsl.runtime.streams import bits_of, handed, stream


def arrays_of(study: Study, built: Built, replicate: int) -> Arrays:
    """The state at the start, and room for everything."""
    system = built.system
    made = Arrays(_slots(study, built, replicate), scratch_of(built))
    made.draws = draws_of(built)
    made.rngs = streams_of(study, built, replicate)
    made.probes = {
        p.name: np.full(tuple(system.axes[a].size for a in p.axes) or 1, np.nan) for p in system.probes.values()
    }
    made.batches = {
        d.name: np.zeros((0, batch_of(study)), np.int64)
        for d in system.draws.values()
        if d.distribution == "presentation"
    }
    made.at = [_at(g) for g in built.kernel.groups]
    made.due = np.zeros(len(made.at), np.int64)
    lanes = (built.kernel.lanes,) if built.kernel.lanes else ()
    made.outs = {
        r.name: _room(r, len(made.at[built.kernel.groups.index(r.grid)]) - (r.grid.when is None), lanes)
        for r in system.records
    }
    return made


def arrays_in_lanes(study: Study, built: Built, replicates: Sequence[int]) -> Arrays:
    """The same for several replicates, one to a lane. Lanes that are left over do what the last replicate does."""
    made = arrays_of(study, built, replicates[0])
    lanes = [*replicates, *[replicates[-1]] * (built.kernel.lanes - len(replicates))]
    # The GIL is held here, and other threads wait for it: what is the same for all is worked out once.
    random = any(fill.distribution for slot in built.system.slots.values() for fill in slot.start)
    starts = {r: _slots(study, built, r) for r in replicates} if random else dict.fromkeys(replicates, made.slots)
    made.slots = {name: _stacked([starts[r][name] for r in lanes]) for name in made.slots}
    streams = {r: streams_of(study, built, r) for r in replicates}
    made.rngs = {name: _stacked([streams[r][name] for r in lanes]) for name in made.rngs}
    return made


def streams_of(study: Study, built: Built, replicate: int) -> dict[str, Any]:
    """What the kernel's draws are made from."""
    drawn = [d for d in built.system.draws.values() if d.distribution != "presentation"]
    return {d.name: handed(d, bits_of(d, study.plan.seed, replicate)) for d in drawn}


def _slots(study: Study, built: Built, replicate: int) -> dict[str, npt.NDArray[Any]]:
    """The state at the start."""
    system, seed = built.system, study.plan.seed
    return {**starts_of(system, Memory(system), lambda name: stream(seed, replicate, name), built.starts)}


def _stacked(arrays: Sequence[npt.NDArray[Any]]) -> npt.NDArray[Any]:
    whole = room((*arrays[0].shape, len(arrays)), arrays[0].dtype)
    whole[...] = np.stack(arrays, -1)
    return whole


def _at(grid: Grid) -> npt.NDArray[np.int64]:
    if grid.steps is None:
        return np.full(grid.first, -1, np.int64)
    return np.append(grid.steps, -1)


def _room(record: Record, count: int, lanes: tuple[int, ...]) -> npt.NDArray[Any]:
    shape = (count, *(len(d.labels) for d in record.dimensions), *lanes)
    return np.full(shape, np.nan)


def batch_of(study: Study) -> int:
    """How many inputs a step presents."""
    return study.plan.presentation.batch if study.plan.presentation else 1
