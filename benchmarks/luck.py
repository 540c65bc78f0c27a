"""A step of gradient descent of a student of ReLUs: nshed, C and NumPy by hand, and PyTorch with autograd where it is installed.

All on one thread, in float64, on inputs that are drawn anew; the ratio is to C's, from the same run.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from itertools import pairwise
from typing import Any

import numpy as np
from measure import native, plain, seconds
from threadpoolctl import threadpool_limits

from neurashed_dsl.driver import loads
from neurashed_dsl.runtime.bind import Built, run_kernel
from neurashed_dsl.runtime.matrices import one_thread_each
from neurashed_dsl.runtime.repeat import prepare
from neurashed_dsl.runtime.simulate import arrays_of

TWO_LAYERS = """
experiment steps {{
  model luck(inputs: {inputs}, teachers: {width}, outputs: {outputs}, factor: {factor}, bias: 0, normalised: false, rate: 1e-3)
  run   steps: {steps}
  record loss at end
}}
"""
DEEP = """
experiment steps {{
  model luck_deep(
    depth: {depth}, inputs: {inputs}, width: {width}, wide: {hidden}, outputs: {outputs}, factor: {factor}, batch: 64, rate: 1e-4
  )
  run   steps: {steps}
  record loss at end
}}
"""
LAYERS = """
experiment steps {{
  model layers(factor: {factor})
  run   steps: {steps}
  record loss at end
}}
"""
# Of each layer, as in `luck_layers`, but for any number of them.
LAYER = """
  axis  teacher{k} = 1..{width}
  axis  student{k} = 1..factor * {width}
  const A{k}[teacher{k}, teacher{below}] ~ normal(0, sqrt(2 / {under}))
  state W{k}[student{k}, student{below}] ~ normal(0, sqrt(2 / ({times}{under})))
  let   taught{k}[n in item, t in teacher{k}] = {act}(sum(A{k}[t, u] * taught{below}[n, u] for u in teacher{below}))
  let   learned{k}[n in item, s in student{k}] = {act}(sum(W{k}[s, r] * learned{below}[n, r] for r in student{below}))
  W{k}[s in student{k}, r in student{below}] <- W{k}[s, r] - 1e-4 * grad(loss, W{k}[s, r])
"""
BATCH = 64
Weights = list[Any]  # of each layer, [below, above]


def measure(
    inputs: int, hidden: Sequence[int], outputs: int, factor: int, steps: int, rounds: int
) -> Iterator[tuple[str, str, float]]:
    """The teacher has `hidden` units in its layers, the student `factor` times as many."""
    what = f"a step of {'-'.join(map(str, (inputs, *hidden, outputs)))}, students × {factor}, batch 64"
    depth = len(hidden)
    sizes = {"inputs": inputs, "hidden": list(hidden), "outputs": outputs, "factor": factor, "steps": steps}
    sizes |= {"depth": depth, "width": max(hidden)}
    texts = {"nshed": TWO_LAYERS} if depth == 1 else {"nshed, a scan": DEEP}
    texts |= {"nshed": system_of(inputs, hidden, outputs) + LAYERS} if depth > 1 else {}
    runs = {side: prepared(text.format(**sizes), steps) for side, text in texts.items()}
    wide, narrow = ([inputs, *(k * n for n in hidden), outputs] for k in (factor, 1))
    rng = np.random.default_rng(1)
    teacher, student = (
        [rng.normal(size=size) * (2 / size[0]) ** 0.5 for size in pairwise(widths)] for widths in (narrow, wide)
    )
    sides: dict[str, Callable[[], object]] = {
        "C": by_c(teacher, student, wide, narrow, steps),
        "numpy": lambda: by_hand(teacher, [w.copy() for w in student], steps),
        **{side: run for side, (_, run) in runs.items()},
    }
    with suppress(ImportError):
        sides["pytorch"] = by_autograd(teacher, student, steps)
    with one_thread_each([built for built, _ in runs.values()]), threadpool_limits(1):
        found = seconds(sides, rounds)
    for side, time in found.items():
        yield what, side, time / steps


def system_of(inputs: int, hidden: Sequence[int], outputs: int) -> str:
    """A network whose layers have arrays of their own, none of them padded: a text to be formatted."""
    widths = [inputs, *hidden, outputs]
    layers = [
        LAYER.format(
            k=k,
            below=k - 1,
            width=widths[k],
            under=widths[k - 1],
            times="factor * " if k > 1 else "",
            act="relu" if k <= len(hidden) else "",
        )
        for k in range(1, len(widths))
    ]
    # The outputs are as many as the teacher's.
    layers[-1] = layers[-1].replace(f"1..factor * {outputs}", f"1..{outputs}")
    top = len(layers)
    head = f"""
system layers(factor: int = 10) {{{{
  axis  item = 1..{BATCH}
  axis  teacher0 = 1..{inputs}
  axis  student0 = 1..{inputs}
  draw  taught0[item, teacher0] ~ normal(0, 1)
  let   learned0[n in item, i in student0] = taught0[n, teacher0(i)]
  let   loss = sum((taught{top}[n, teacher{top}(o)] - learned{top}[n, o])^2 for n in item, o in student{top}) / (2 * {BATCH})
"""
    return head + "".join(layers) + "}}\n"


def prepared(text: str, steps: int) -> tuple[Built, Callable[[], object]]:
    """The kernel of an experiment, and a run of it."""
    study, _ = loads(text).study()
    built = prepare(study)[0]
    arrays = arrays_of(study, built, 0)
    return built, lambda: run_kernel(built, "advance", (0, steps, 0), arrays)


def by_c(
    teacher: Weights, student: Weights, wide: Sequence[int], narrow: Sequence[int], steps: int
) -> Callable[[], object]:
    library = native("luck")
    weights, wanted = (np.concatenate([w.ravel() for w in side]) for side in (student, teacher))
    widths = [np.array(x, np.int64) for x in (wide, narrow)]
    return lambda: library.learn(*map(plain, (steps, len(wide) - 1, *widths, BATCH, weights, wanted, 1e-4)))


def by_hand(teacher: Weights, student: Weights, steps: int) -> None:
    rng = np.random.Generator(np.random.SFC64(0))
    for _ in range(steps):
        x = rng.standard_normal((BATCH, teacher[0].shape[0]))
        values = layers(x, student)
        back = (values[-1] - layers(x, teacher)[-1]) / BATCH
        for level in reversed(range(len(student))):
            change = values[level].T @ back
            back = (back @ student[level].T) * (values[level] > 0)
            student[level] -= 1e-4 * change


def layers(x: Any, weights: Weights) -> list[Any]:
    """The inputs, what each hidden layer gives, and the outputs."""
    found = [x]
    for w in weights[:-1]:
        found.append(np.maximum(found[-1] @ w, 0))
    return [*found, found[-1] @ weights[-1]]


def by_autograd(teacher: Weights, student: Weights, steps: int) -> Callable[[], object]:
    import torch

    torch.set_num_threads(1)
    # Laid out as those of `torch.nn.Linear`, and as nshed's: a row for each unit above.
    fixed = [torch.tensor(w.T.copy()) for w in teacher]
    learned = [torch.tensor(w.T.copy(), requires_grad=True) for w in student]

    def given(x: Any, weights: Weights) -> Any:
        for w in weights[:-1]:
            x = torch.relu(x @ w.T)
        return x @ weights[-1].T

    def run() -> None:
        for _ in range(steps):
            x = torch.randn(BATCH, fixed[0].shape[1], dtype=torch.float64)
            loss = ((given(x, learned) - given(x, fixed)) ** 2).sum() / (2 * BATCH)
            loss.backward()
            with torch.no_grad():
                for p in learned:
                    p -= 1e-4 * p.grad
                    p.grad = None

    return run
