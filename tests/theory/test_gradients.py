"""`grad` is the derivative: against differences of the loss itself, on generated systems."""

from typing import Any

import numpy as np
from generated_losses import losses
from hypothesis import HealthCheck, assume, given, settings
from reference_run import study_of
from thorough import examples

import neurashed_dsl as nshed
from neurashed_dsl.ir.circles import needed
from neurashed_dsl.ir.evaluate import Memory
from neurashed_dsl.ir.stepping import begin, fill_lets, tabulate
from neurashed_dsl.ir.system import System
from neurashed_dsl.passes import lower
from neurashed_dsl.runtime.start import starts_of
from neurashed_dsl.runtime.streams import stream

Array = np.ndarray[Any, Any]


def started(system: System, seed: int) -> Memory:
    memory = Memory(system)
    starts_of(system, memory, lambda name: stream(seed, 0, name))
    tabulate(system, memory)
    return memory


def value(system: System, memory: Memory, name: str) -> Array:
    """A let, with all that it is made of worked out anew."""
    begin(system, memory)
    fill_lets(needed([name], (*system.lets, *system.late))[1], memory, {"step": 0})
    return np.array(memory.arrays[name], float)


def differences(system: System, memory: Memory, of: str, h: float) -> Array:
    """The derivatives of the loss, to fourth order in h."""
    array = memory.arrays[of]
    found = np.zeros_like(array)
    for at in np.ndindex(array.shape):
        here = array[at]
        losses = []
        for k in (-2, -1, 1, 2):
            array[at] = here + k * h
            losses.append(float(value(system, memory, "loss")))
        array[at] = here
        found[at] = (losses[0] - 8 * losses[1] + 8 * losses[2] - losses[3]) / (12 * h)
    return found


@settings(max_examples=examples(10), deadline=None, suppress_health_check=list(HealthCheck))
@given(losses())
def test_grad_is_what_differences_give(text: str) -> None:
    study = study_of(nshed.loads(text))
    system, memory = lower(study.system, "differentiate"), started(study.system, study.plan.seed)
    for of in "xyzc":
        fine, coarse = (differences(system, memory, of, h) for h in (5e-4, 1e-3))
        scale = 1 + np.abs(fine).max()
        assume(np.isfinite(fine).all() and np.abs(fine - coarse).max() < 1e-9 * scale)  # no kink nearby
        made = value(system, memory, f"grad(loss, {of})")
        assert np.abs(made - fine).max() < 1e-8 * scale, of
