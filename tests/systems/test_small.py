"""Systems that once came out wrong: kernel and evaluator agree on them, and so do numbers worked out by hand."""

import numpy as np
import pytest
from reference_run import reference_run, same_bits, study_of

import neurashed_dsl as nshed

RUN = "\nexperiment e {\n  model s\n  run steps: 6\n  repeat 1, seed: 4\n  record path = x every 1\n}\n"
SYSTEMS = {
    # What a condition keeps on its axis can't be worked out ahead at all places.
    "guarded constants": """system s {
  axis i = 1..4
  const b[i] = [1, 2, 3, 1]
  state x[i] = 0
  x[j in i] <- x[j] / 2 + (if j < 4 then exp(b[j + 1]) else sqrt(b[j - 3]))
}""",
    # The formula of a distribution's argument keeps its brackets.
    "arguments of draws": """system s {
  axis i = 1..3
  state x[i] = 1
  draw a[j in i] ~ exponential(1 + x[j]^2)
  draw b[j in i] ~ bernoulli(if x[j] > 0.4 then 0.2 else 0.9)
  draw c[j in i] ~ normal(10 * a[j] + t, 0.1 + b[j])
  x[j in i] <- a[j] + b[j] + c[j] / 100
}""",
    "an index that is drawn": """system s {
  axis i = 1..5
  state x[j in i] = j
  draw one ~ choice(i)
  draw each[i] ~ choice(i)
  x[j in i] <- if j == one then x[each[j]] else x[one] / 2 + x[j]
}""",
    # Constants are hoisted in two passes, the first of which may leave some out.
    "constants hoisted twice": """system s(rate = 0.3) {
  axis i = 1..3
  const b[i] = [0.5, -1, 2]
  state x[j in i] = b[j]
  state y = 1
  let u[j in i] = y / (1.5 + exp(-abs(b[j]))^2)
  let v[j in i] = sqrt(exp(rate)) + tanh(u[j]) / (1 + exp(b[j]))
  d/dt x[j in i] = -x[j] + u[j] * exp(rate) + v[j] / (2 + exp(-abs(b[j]))^2)
  d/dt y = tanh(max(1e-3 for r in i) * (1e-3 - rate)) - y * exp(-rate)
}""",
    "whole numbers of real ones": """system s(k = 2.5) {
  axis i = 1..3
  state n: int = 5
  state m: int = 3
  state x[i] = 1
  n <- round(k + step / 2) + clip(n, 0, 3)
  m <- sign(1 - m) + round(-x[1])
  x[j in i] <- x[clip(n, 1, 3)] / 2 + x[round(k)] + j
}""",
    "boundaries that hold together": """system s {
  axis i = 1..2
  axis k = 1..2
  state x[i, k] = 1
  boundary x[0, *] = 2, x[*, 0] = x[1, 1], x[0, 0] = t + 5
  x[a in i, b in k] <- x[a - 1, b - 1] + x[a, b - 1] / 2
}""",
}


@pytest.mark.parametrize("name", SYSTEMS)
def test_kernel_equals_evaluator(name: str) -> None:
    text = SYSTEMS[name]
    run = RUN.replace("run steps: 6", "run until: 6/8, dt: 1/8, method: heun") if "d/dt" in text else RUN
    if "d/dt" in text:
        run = run.replace("every 1", "every 1/8")
    program = nshed.loads(text + run)
    found = program.run(jobs=1)["path"].isel(repeat=0)
    expected = reference_run(study_of(program))
    for step, values in enumerate(expected):
        assert same_bits(found.isel({found.dims[0]: step}), values["path"]), f"step {step}"


def test_guarded_constants_by_hand() -> None:
    found = nshed.loads(SYSTEMS["guarded constants"] + RUN).run(jobs=1)["path"].values[0, 1]
    np.testing.assert_allclose(found, [np.exp(2), np.exp(3), np.exp(1), 1], rtol=1e-15)


def test_the_later_of_two_boundaries_holds() -> None:
    found = nshed.loads(SYSTEMS["boundaries that hold together"] + RUN).run(jobs=1)["path"].values[0, 1]
    np.testing.assert_array_equal(found, [[5 + 0.5, 2 + 0.5], [1 + 0.5, 1 + 0.5]])


def test_exponential_draws_have_the_mean_that_their_formula_says() -> None:
    text = """system s {
  axis i = 1..20000
  state x[i] = 1
  draw a[j in i] ~ exponential(1 + x[j])
  x[j in i] <- 0 * a[j] + x[j]
}
experiment e {
  model s
  run steps: 1
  record drawn = a at end
}
"""
    assert nshed.loads(text).run(jobs=1)["drawn"].values.mean() == pytest.approx(0.5, abs=4 * 0.5 / np.sqrt(20_000))


def test_a_function_of_a_system_reads_its_parameters() -> None:
    found = nshed.loads(
        """system s(n: int = 3, a = 2) {
          axis  i = 1..n
          fn    scaled(x) = a * x / n
          state x[i] = 1
          x[k in i] <- scaled(x[k])
        }
        experiment e {
          model  s(a: 6)
          run    steps: 4
          record y = x at end
        }"""
    ).run()
    assert found.y.values.tolist() == [16, 16, 16]


def test_rounded_numbers_are_whole_and_halves_go_to_even() -> None:
    """So does Python's `round`; a whole number's sign, and a whole number between two others, are whole."""
    text = """system s {
  state x: int = 0
  state y: int = 0
  x <- round(step + 1/2)
  y <- sign(-x) + clip(x, 1, 3)
}"""
    found = nshed.loads(text + RUN).run()["path"].values.ravel().tolist()
    assert found == [0, *[round(k + 0.5) for k in range(6)]]
    other = nshed.loads(text + RUN.replace("path = x", "path = y")).run()["path"].values.ravel().tolist()
    assert other == [0, 1, *[-1 * (round(k + 0.5) > 0) + min(max(round(k + 0.5), 1), 3) for k in range(5)]]
