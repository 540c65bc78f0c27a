"""Schemes have the order they are known for; noise has the variance that the discretised process has in closed form."""

from itertools import pairwise

import numpy as np
import pytest

import neurashed_dsl as nshed

SMOOTH = """
param h = 0.1
system pendulum(drive(t) = 0.5 * sin(2 * t)) {
  axis i = 1..3
  state x[j in i] = 0.2 * j
  state v[j in i] = 0.1
  let swing[j in i] = sin(x[j]) + 0.1 * x[j] * v[j]
  let centre = mean(x) * exp(-t / 3)
  d/dt x[j in i] = v[j] + 0.2 * centre
  d/dt v[j in i] = drive(t) - swing[j] - 0.3 * v[j]^2
}
experiment swing {
  model pendulum
  run until: 2, dt: h, method: METHOD
  record px = x at end
  record pv = v at end
}
"""


@pytest.mark.parametrize(("method", "order", "h"), [("euler", 1, 1 / 64), ("heun", 2, 1 / 32), ("rk4", 4, 1 / 8)])
def test_order_of_a_scheme(method: str, order: int, h: float) -> None:
    text = SMOOTH.replace("METHOD", method)
    runs = []
    for k in range(4):
        found = nshed.loads(text, set={"h": h / 2**k}).run(jobs=1)
        runs.append(np.concatenate([found["px"].values, found["pv"].values]))
    gaps = [np.abs(a - b).max() for a, b in pairwise(runs)]
    assert np.log2(gaps[1] / gaps[2]) == pytest.approx(order, abs=0.15)


# Geometric Brownian motion beside the Brownian path that drives it: its exact solution is a function of where that path ends.
GEOMETRIC = """
param h = 0.1
system geometric(a = 0.5, b = 0.8) {
  axis path = 1..4000
  state x[path] = 1
  state w[path] = 0
  white W[path]
  d/dt x[p in path] = a * x[p] + b * x[p] * W[p]
  d/dt w[p in path] = W[p]
}
experiment paths {
  model geometric
  run until: 1, dt: h, method: METHOD
  repeat 1, seed: 3
  record x_end = x at end
  record w_end = w at end
}
"""


@pytest.mark.parametrize(("method", "order"), [("euler", 0.5), ("milstein", 1)])
def test_strong_order(method: str, order: float) -> None:
    steps = [2.0**-k for k in range(4, 9)]
    errors = []
    for h in steps:
        found = nshed.loads(GEOMETRIC.replace("METHOD", method), set={"h": h}).run(jobs=1)
        exact = np.exp((0.5 - 0.8**2 / 2) + 0.8 * found["w_end"].values)
        errors.append(np.abs(found["x_end"].values - exact).mean())
    slope = np.polyfit(np.log(steps), np.log(errors), 1)[0]
    assert slope == pytest.approx(order, abs=0.1)


def test_weak_order_of_euler() -> None:
    """The mean of Euler–Maruyama is (1 + a h)^n exactly, off the true mean e^a by O(h)."""
    for h in (0.25, 0.125):
        ended = nshed.loads(GEOMETRIC.replace("METHOD", "euler"), set={"h": h}).run(jobs=1)["x_end"].values
        mean, error = ended.mean(), ended.std() / np.sqrt(ended.size)
        assert abs(mean - (1 + 0.5 * h) ** (1 / h)) < 4 * error


ORNSTEIN = """
system pulled(theta = 1, sigma = 0.7) {
  axis path = 1..20000
  state x[path] = 0
  white W[path]
  d/dt x[p in path] = -theta * x[p] + sigma * W[p]
}
experiment rest {
  model pulled
  run until: 12, dt: 0.25, method: METHOD
  record at_rest = x at end
}
"""
# x' = q x + r ξ, with these q and r for a step h of -x + σ W.
FACTORS = {
    "euler": lambda h: (1 - h, 1.0),
    "heun": lambda h: (1 - h + h**2 / 2, 1 - h / 2),
    "milstein": lambda h: (1 - h, 1.0),
}


@pytest.mark.parametrize("method", FACTORS)
def test_variance_of_ornstein_uhlenbeck(method: str) -> None:
    found = nshed.loads(ORNSTEIN.replace("METHOD", method)).run(jobs=1)["at_rest"].values
    q, r = FACTORS[method](0.25)
    variance = (0.7 * r) ** 2 * 0.25 / (1 - q**2)
    assert abs(found.mean()) < 4 * np.sqrt(variance / found.size)
    assert found.var() == pytest.approx(variance, rel=4 * np.sqrt(2 / found.size))


PREY = """
system prey(a = 1.1, b = 0.4, c = 0.4, d = 0.1) {
  state x = 10
  state y = 5
  let invariant = d * x - c * log(x) + b * y - a * log(y)
  d/dt x = a * x - b * x * y
  d/dt y = d * x * y - c * y
}
experiment years {
  model prey
  run until: 50, dt: 0.01, method: rk4
  record kept = invariant every 0.1
  record hares = x every 0.1
}
"""


def test_invariant_of_lotka_volterra() -> None:
    found = nshed.loads(PREY).run(jobs=1)
    assert np.ptp(found["hares"].values) > 5
    assert np.ptp(found["kept"].values) < 1e-7
    assert np.ptp(nshed.loads(PREY.replace("rk4", "euler")).run(jobs=1)["kept"].values) > 1e-3


def test_growth_of_a_state_that_is_held_as_a_logarithm() -> None:
    text = "system g { state x: log = 1\n d/dt x = 500 * x }\nexperiment e { model g\n run until: 10, dt: 0.01\n record l = log(x) at end }"
    assert nshed.loads(text).run(jobs=1)["l"].item() == pytest.approx(5000, rel=1e-12)
