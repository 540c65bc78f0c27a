"""What is asked of a system: how long, in which order, how often, with which values."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

from neurashed_dsl.ir.system import Grid, Record, System
from neurashed_dsl.values import frozen


@frozen
class Presentation:
    """How mini-batches are drawn: `order` is cyclic, shuffled or independent. `samples` is one pass: a sample of weight 2 stands there twice;
    for `independent`, `weights` are the probabilities. A given sequence is a cyclic order over itself."""

    order: str
    samples: npt.NDArray[np.int64]
    weights: npt.NDArray[np.float64]
    batch: int


Truths = npt.NDArray[np.bool_]
START = ""  # the snapshot that is taken of every run that needs it


@frozen
class Without:
    """A network that was pruned: what measures know of it (`facts`), the data of the tables that are others now, and what is lost along each axis:
    with a node its edges."""

    facts: Any
    tables: Mapping[str, npt.NDArray[Any]]
    lost: Mapping[str, Truths]


@frozen
class Pruning:
    """Which of the nodes `among` stay, of those that are there: so many (`keep`), a `share`, or those with λ `above` a number (`relative`: above
    that part of the largest). The strongest stay, the weakest, those that were strongest at the start, or random ones, by numbers from `stream`.

    `without` says what is left of the network without some nodes, bool[node].
    """

    among: npt.NDArray[np.int64]
    without: Callable[[Truths], Without]
    by: str = "strongest"
    keep: int | None = None
    share: Fraction | None = None
    above: float | None = None
    relative: bool = False
    stream: str = ""


@frozen
class Intervention:
    """From `step` on: `system` (the same arrays, other parameters; `single` likewise), a slot's value at some places (None: everywhere), the
    states of a snapshot (`rewind`), fewer nodes, or another order of the inputs. Or the states of this step are kept as `snapshot`."""

    step: int
    system: System | None = None
    single: System | None = None
    slot: str = ""
    where: npt.NDArray[np.int64] | None = None
    value: float = 0.0
    rewind: str | None = None
    snapshot: str = ""
    pruning: Pruning | None = None
    presentation: Presentation | None = None


@frozen
class StageSpan:
    """A stage, from step `start` up to where the next begins. `stops`: it may end sooner, and then waits for that."""

    name: str
    start: int
    stops: bool = False


@frozen
class Plan:
    """`repeat` None: one run, without a `repeat` dimension. `dt`: what a step is in time; None: there is no time but steps."""

    steps: int
    presentation: Presentation | None
    repeat: int | None
    seed: int
    interventions: tuple[Intervention, ...] = ()
    dt: Fraction | None = None
    stages: tuple[StageSpan, ...] = ()
    moments: npt.NDArray[np.float64] | None = None  # of data: the time of each step

    @property
    def timed(self) -> bool:
        """Do users speak of times?"""
        return self.dt is not None or self.moments is not None

    @property
    def replicates(self) -> int:
        return 1 if self.repeat is None else self.repeat

    @property
    def prunes(self) -> bool:
        return any(i.pruning is not None for i in self.interventions)

    @property
    def snapshots(self) -> dict[str, int]:
        """The step of each, in the order in which they are taken."""
        return {i.snapshot: i.step for i in self.interventions if i.snapshot}


@frozen
class Left:
    """What a run leaves beside its records, as one of them: the state `of` at each snapshot, or when each node was `pruned`, or when the stage
    `of`, or "" the run, was `stopped`: infinite where it wasn't."""

    record: Record
    kind: str
    of: str = ""


@frozen
class Study:
    """A system with its plan. `single`: the same system stepping on one sample, recording its logits: what probes need; or None."""

    name: str
    system: System
    plan: Plan
    single: System | None = None
    facts: Any = None  # the network's Graph, for measures and pictures; None of a plain system
    hashes: Mapping[str, str] = field(default_factory=dict)  # data file as written -> sha256
    left: tuple[Left, ...] = ()

    @property
    def results(self) -> list[Record]:
        """All that a result holds."""
        return [*self.system.records, *(left.record for left in self.left)]


def systems_of(study: Study) -> list[tuple[System, System | None]]:
    """The study's system, then each other one that an intervention brings, once; with each the one that steps on single samples."""
    pairs = [(study.system, study.single)]
    pairs += [(i.system, i.single) for i in study.plan.interventions if i.system is not None]
    return list({id(system): (system, single) for system, single in pairs}.values())


def times(steps: npt.NDArray[Any], plan: Plan) -> npt.NDArray[Any]:
    """What steps are as coordinates: themselves, or the times nearest to them. NaN stays NaN."""
    if plan.moments is not None:
        return np.asarray(np.interp(steps, np.arange(len(plan.moments)), plan.moments))
    return steps if plan.dt is None else steps * float(plan.dt.numerator) / float(plan.dt.denominator)


def time_names(records: Sequence[Record], plan: Plan) -> dict[Grid, str]:
    """The time dimension of each grid: the first of steps is `step` (or `time`); another's, and one of moments (`when`), is
    `step_NAME` after its first record."""
    word = "time" if plan.timed else "step"
    names: dict[Grid, str] = {}
    for record in records:
        if not record.grid.timeless and record.grid not in names:
            plain = record.grid.steps is not None and word not in names.values()
            names[record.grid] = word if plain else f"{word}_{record.name}"
    return names


# --- sweeps ---------------------------------------------------------------------------------------------------------------

DONE, MISSING = "done", "missing"  # the status of a cell; that of a failed one is its message


@frozen
class Swept:
    """One dimension of a sweep: names that run together, each with its values (int64, float64 or words). The first one names the dimension."""

    values: Mapping[str, npt.NDArray[Any]]

    @property
    def name(self) -> str:
        return next(iter(self.values))

    @property
    def size(self) -> int:
        return len(self.values[self.name])


@frozen
class Sweep:
    """Cells are numbered from 0, the last dimension running fastest."""

    axes: tuple[Swept, ...]

    @property
    def shape(self) -> tuple[int, ...]:
        return tuple(axis.size for axis in self.axes)

    @property
    def count(self) -> int:
        return math.prod(self.shape)


def cell_values(sweep: Sweep, cell: int) -> dict[str, Any]:
    """The value of every swept name in a cell: int, float or word."""
    place = np.unravel_index(cell, sweep.shape)
    return {name: v[i].item() for axis, i in zip(sweep.axes, place) for name, v in axis.values.items()}


def cell_title(sweep: Sweep, cell: int) -> str:
    """`noise = 0.1, order = cyclic`."""
    values = cell_values(sweep, cell).items()
    return ", ".join(f"{n} = {v:.6g}" if isinstance(v, int | float) else f"{n} = {v}" for n, v in values)
