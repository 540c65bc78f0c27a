"""A step of gradient descent of a two-layer student: nshed, NumPy by hand, and PyTorch with autograd where it is installed.

All on one thread, in float64, on inputs that are drawn anew; the ratio is to NumPy's, from the same run.
"""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import numpy as np
from measure import seconds
from threadpoolctl import threadpool_limits

from neurashed_dsl.driver import loads
from neurashed_dsl.runtime.bind import run_kernel
from neurashed_dsl.runtime.matrices import one_thread_each
from neurashed_dsl.runtime.repeat import prepare
from neurashed_dsl.runtime.simulate import arrays_of

TEXT = """
experiment steps {{
  model luck(inputs: {inputs}, teachers: {teachers}, outputs: {outputs}, factor: {factor}, bias: 0, normalised: false, rate: 1e-3)
  run   steps: {steps}
  record loss at end
}}
"""


def measure(
    inputs: int, teachers: int, outputs: int, factor: int, steps: int, rounds: int
) -> Iterator[tuple[str, str, float]]:
    what = f"a step of {inputs}-{teachers}-{outputs}, students × {factor}, batch 64"
    study, _ = loads(TEXT.format(**locals())).study()
    built = prepare(study)[0]
    arrays = arrays_of(study, built, 0)
    students = factor * teachers
    rng = np.random.default_rng(1)
    A, B = rng.normal(size=(teachers, inputs)) / 3, rng.normal(size=(outputs, teachers)) / 4
    sides: dict[str, Any] = {
        "numpy": lambda: by_hand(
            A, B, rng.normal(size=(students, inputs)) / 3, rng.normal(size=(outputs, students)) / 9, steps
        ),
        "nshed": lambda: run_kernel(built, "advance", (0, steps, 0), arrays),
    }
    with suppress(ImportError):
        sides["pytorch"] = by_autograd(A, B, students, steps)
    with one_thread_each([built]), threadpool_limits(1):
        found = seconds(sides, rounds)
    for side, time in found.items():
        yield what, side, time / steps


def by_hand(A: Any, B: Any, W: Any, V: Any, steps: int) -> None:
    rng = np.random.Generator(np.random.SFC64(0))
    for _ in range(steps):
        x = rng.standard_normal((64, A.shape[1]))
        taught, learned = np.maximum(x @ A.T, 0), np.maximum(x @ W.T, 0)
        gap = (learned @ V.T - taught @ B.T) / 64
        back = (gap @ V) * (learned > 0)
        V -= 1e-3 * (gap.T @ learned)
        W -= 1e-3 * (back.T @ x)


def by_autograd(A: Any, B: Any, students: int, steps: int) -> Any:
    import torch

    torch.set_num_threads(1)
    a, b = torch.tensor(A), torch.tensor(B)
    w = (torch.randn(students, a.shape[1], dtype=torch.float64) / 3).requires_grad_()
    v = (torch.randn(b.shape[0], students, dtype=torch.float64) / 9).requires_grad_()

    def run() -> None:
        for _ in range(steps):
            x = torch.randn(64, a.shape[1], dtype=torch.float64)
            wanted = torch.relu(x @ a.T) @ b.T
            loss = ((torch.relu(x @ w.T) @ v.T - wanted) ** 2).sum() / 128
            loss.backward()
            with torch.no_grad():
                for p in (w, v):
                    p -= 1e-3 * p.grad
                    p.grad = None

    return run
