"""A study run by the reference evaluator: same starts, streams and batches as the kernel's, records at every step.

Knows the IR and the runtime's streams, no kernel: what it gives is the meaning of the system, scalar by scalar.
"""

from typing import Any

import numpy as np

from neurashed_dsl.builtins.draws import DISTRIBUTIONS
from neurashed_dsl.driver import Program
from neurashed_dsl.ir.evaluate import MEMORY, Memory, bindings, closure
from neurashed_dsl.ir.expr import Binder, Whole
from neurashed_dsl.ir.plan import Study
from neurashed_dsl.ir.stepping import advance, begin, observe, tabulate
from neurashed_dsl.ir.system import Draw, System
from neurashed_dsl.passes import lower
from neurashed_dsl.runtime.present import Presenter
from neurashed_dsl.runtime.start import starts_of
from neurashed_dsl.runtime.streams import Numbers, stream

Values = dict[str, np.ndarray[Any, Any]]


def study_of(program: Program, experiment: str | None = None) -> Study:
    study, _ = program.study(experiment)
    return study


def reference_run(study: Study, replicate: int = 0, until: str | None = None) -> list[Values]:
    """Records by name for every step, of the system after all passes, or after those up to `until`."""
    system, seed = lower(study.system, until), study.plan.seed
    memory = Memory(system)
    starts_of(system, memory, lambda name: stream(seed, replicate, name))
    begin(system, memory)
    tabulate(system, memory)
    draw = _drawing(study, system, replicate, memory)
    found = []
    for step in range(study.plan.steps + 1):
        draw(step)
        found.append(observe(system, memory, step))
        if step < study.plan.steps:
            advance(system, memory, step)
    return found


def _drawing(study: Study, system: System, replicate: int, memory: Memory) -> Any:
    """A function that puts the draws of the next step into memory."""
    seed = study.plan.seed
    order = study.plan.presentation
    drawn = any(d.distribution == "presentation" for d in system.draws.values())
    numbers = Numbers(seed, replicate, "presentation")
    presenter = Presenter(order, numbers) if drawn and order is not None else None
    rngs = {name: stream(seed, replicate, f"draw {name}") for name in system.draws}

    def draw(step: int) -> None:
        batch = presenter.batches(step, step + 1)[0] if presenter else None
        for d in system.draws.values():
            memory.arrays[d.name] = (
                batch if d.distribution == "presentation" else _values(d, rngs[d.name], memory, step)
            )

    return draw


def _values(draw: Draw, rng: np.random.Generator, memory: Memory, step: int) -> np.ndarray[Any, Any]:
    """One number after another, as language.md defines a stream."""
    row, args = DISTRIBUTIONS[draw.distribution], [closure(a) for a in draw.args]
    binders = draw.binders or tuple(Binder(a, Whole(a)) for a in draw.axes)
    each = [row.sample(rng, [a(env) for a in args], (1,)) for env in bindings(binders)({MEMORY: memory, "step": step})]
    return (
        np.array(each)
        .astype(np.int64 if draw.kind == "int" else np.float64)
        .reshape(tuple(memory.sizes[a] for a in draw.axes))
    )


def same_bits(a: Any, b: Any) -> bool:
    """Equal numbers, signs of zeros included; NaN equals NaN."""
    a, b = np.asarray(a, float), np.asarray(b, float)
    return a.shape == b.shape and bool(
        np.array_equal(a, b, equal_nan=True)
        and np.array_equal(np.signbit(a) | np.isnan(a), np.signbit(b) | np.isnan(b))
    )
