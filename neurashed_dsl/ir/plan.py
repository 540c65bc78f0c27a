"""What is asked of a system: how long, in which order, how often."""

from typing import Any

import numpy as np
import numpy.typing as npt

from neurashed_dsl.ir.system import System
from neurashed_dsl.values import frozen


@frozen
class Presentation:
    """How mini-batches are drawn: `order` is cyclic, shuffled or independent. `samples` is one pass: a sample of weight 2 stands there twice;
    for `independent`, `weights` are the probabilities. A given sequence is a cyclic order over itself."""

    order: str
    samples: npt.NDArray[np.int64]
    weights: npt.NDArray[np.float64]
    batch: int


@frozen
class Intervention:
    """From `step` on: `system` (the same arrays, other parameters; `single` likewise), or a slot's value at some places (None: everywhere)."""

    step: int
    system: System | None = None
    single: System | None = None
    slot: str = ""
    where: npt.NDArray[np.int64] | None = None
    value: float = 0.0


@frozen
class Plan:
    """`repeat` None: one run, without a `repeat` dimension."""

    steps: int
    presentation: Presentation | None
    repeat: int | None
    seed: int
    interventions: tuple[Intervention, ...] = ()

    @property
    def replicates(self) -> int:
        return 1 if self.repeat is None else self.repeat


@frozen
class Study:
    """A system with its plan. `single`: the same system stepping on one sample, recording its logits: what probes need; or None."""

    name: str
    system: System
    plan: Plan
    single: System | None = None
    facts: Any = None  # the network's Graph, for measures and pictures
