"""Spring–block chains (facts: Shi, Pan, Dokmanić, equations 5–8, 10–13) against their closed forms."""

from math import pi, sqrt

import numpy as np
import pytest

import neurashed_dsl as nshed

CHAIN = """
param L: int = 7
param k = 1
param right = 0.02
param left = 0.02
param wall = 1
param noise = 0
param bound = inf
param long = 500
param h = 0.1
param synchronous: bool = false
experiment rest {
  model spring_chain(L, k, right, left, noise, bound, wall, synchronous)
  run until: long, dt: h
  repeat REPEATS, seed: 5
  record curve = load at end
  record lengths = stretch at end
  record eq7[l in 1..L + 1] = resting_length(l, L, k, right, wall) at end
  record eq8[l in 1..L + 1] = shaken_length(l, L, k, right, left, wall) at end
}
"""
INERTIAL = CHAIN.replace(
    "spring_chain(L, k, right, left, noise, bound, wall, synchronous)",
    "spring_chain_inertial(L, k, 4 * sqrt(k), right, left)",
)


def rest(text: str = CHAIN, repeats: int = 1, **values: object):
    return nshed.loads(text.replace("REPEATS", str(repeats)), set=values).run(jobs=2)


def eq7(blocks: int, k: float, mu: float, y: float) -> np.ndarray:
    """Equation 7 and what happens beyond its limit, from the facts: the largest m with d0 >= 0."""
    lengths = np.zeros(blocks + 1)
    for m in range(blocks, -1, -1):
        d0 = (y - mu / k * m * (m + 1) / 2) / (m + 1)
        if d0 >= 0:
            lengths[blocks - m :] = d0 + mu / k * np.arange(m + 1)
            return lengths
    raise AssertionError


@pytest.mark.parametrize(
    ("blocks", "k", "mu", "wall"),
    [
        (7, 1, 0.02, 1),
        (7, 1, 0.0357, 1),
        (7, 1, 0.1, 1),
        (7, 1, 0.6, 1),
        (3, 0.5, 0.01, 2),
        (5, 2, 0.3, 1.5),
        (1, 1, 0.2, 1),
        (4, 1, 0, 1),
    ],
)
def test_rest_without_noise_is_equation_7(blocks: int, k: float, mu: float, wall: float) -> None:
    found = rest(L=blocks, k=k, right=mu, left=mu, wall=wall)
    expected = eq7(blocks, k, mu, wall)
    np.testing.assert_allclose(found["lengths"].values[0], expected, atol=1e-9)
    np.testing.assert_allclose(found["eq7"].values[0], expected, atol=1e-12)


def test_leftward_friction_alone_changes_nothing_without_noise() -> None:
    np.testing.assert_allclose(rest(right=0, left=0.1)["lengths"].values[0], np.full(8, 1 / 8), atol=1e-9)


def test_nothing_moves_where_friction_holds_the_whole_pull() -> None:
    found = rest(right=1.0, left=0.1)
    assert (found["curve"].values[0] == 1).all()


@pytest.mark.parametrize("mu", [0.02, 0.1])
def test_rest_of_the_chain_with_inertia_is_equation_7(mu: float) -> None:
    """It doesn't swing at gamma = 4 sqrt(k), so that friction always works against the pull."""
    found = rest(INERTIAL, right=mu, left=mu, long=1000, h=0.02)
    np.testing.assert_allclose(found["lengths"].values[0], eq7(7, 1, mu, 1), atol=1e-9)


@pytest.mark.parametrize("synchronous", [False, True])
@pytest.mark.parametrize("right", [0.05, 0.03])
def test_long_time_mean_under_unbounded_noise_is_equation_8(synchronous: bool, right: float) -> None:
    found = rest(repeats=400, right=right, left=0.03, noise=0.5, long=300, synchronous=synchronous)
    lengths = found["lengths"].values
    error = lengths.std(axis=0, ddof=1) / np.sqrt(len(lengths))
    expected = found["eq8"].values[0]
    np.testing.assert_allclose(expected, 1 / 8 + (right - 0.03) / 2 * (np.arange(1, 9) - 4.5), atol=1e-12)
    assert (np.abs(lengths.mean(axis=0) - expected) < 4 * error).all()


def test_bounded_noise_leaves_an_effective_friction() -> None:
    """mu_eff = max{mu_right - c noise, (mu_right - mu_left) / 2}, approached as 1 / t."""
    for right, noise, left in ((0.05, 0.01, 0.05), (0.03, 0.02, 0.01)):
        found = rest(repeats=20, right=right, left=left, noise=noise, bound=2, long=20_000)
        effective = max(right - 2 * noise, (right - left) / 2)
        slope = np.diff(found["lengths"].values.mean(axis=0)).mean()
        assert slope == pytest.approx(effective, abs=0.002)


def test_the_authors_default_row() -> None:
    """L = 7, friction and noise 0.1, dt 0.01, until 100: their mean of 40 runs, with a standard error of at most .0011."""
    found = rest(repeats=200, right=0.1, left=0.1, noise=0.1, long=100, h=0.01)["curve"].values[:, 1:]
    theirs = np.array([0.876, 0.753, 0.629, 0.504, 0.380, 0.254, 0.127])
    error = np.sqrt(found.var(axis=0, ddof=1) / len(found) + 0.0011**2)
    assert (np.abs(found.mean(axis=0) - theirs) < 4 * error + 0.0005).all()  # theirs are rounded


FORMULAS = """
system table {
  axis f = 1..9
  state x = 0
  x <- x
  observe drift[i in f] = mean_drift((i - 5) / 10, 0.2, 0.1, 0.15)
}
experiment drifts {
  model table
  run steps: 0
  record drifts = drift at end
  record still = effective_friction(0.1, 0.04, 0, 2) at end
  record bounded = effective_friction(0.1, 0.04, 0.02, 2) at end
  record strong = effective_friction(0.1, 0.04, 1, 2) at end
}
"""


def friction(z: np.ndarray, right: float, left: float) -> np.ndarray:
    return np.where(z > right, z - right, np.where(z < -left, z + left, 0))


def test_mean_drift_is_the_integral_over_the_noise() -> None:
    found = nshed.loads(FORMULAS).run(jobs=1)
    edges = np.linspace(-9, 9, 400_001)
    middle = (edges[1:] + edges[:-1]) / 2
    weight = np.exp(-(middle**2) / 2) / sqrt(2 * pi) * np.diff(edges)
    expected = [(friction((i - 5) / 10 + 0.15 * middle, 0.2, 0.1) * weight).sum() for i in range(1, 10)]
    np.testing.assert_allclose(found["drifts"].values, expected, atol=1e-9)
    assert [found[n].item() for n in ("still", "bounded", "strong")] == pytest.approx([0.1, 0.06, 0.03])


LANGEVIN = """
experiment young {
  model langevin_chain(decay: 0, mu_right: 0, mu_left: 0, noise: 0.05, k: 0.5)
  run until: 400, dt: 0.02
  repeat 300, seed: 9
  record v_end = v at end
}
"""


def test_langevin_chain_without_friction_has_the_temperature_of_its_noise() -> None:
    """The variance of each velocity is ε² / 2γ (fluctuation and dissipation), to the order of dt."""
    speeds = nshed.loads(LANGEVIN).run(jobs=2)["v_end"].values
    variance = 0.05**2 / 2
    assert speeds.var() == pytest.approx(variance, rel=0.02 + 4 * sqrt(2 / speeds.size))
    assert abs(speeds.mean()) < 4 * sqrt(variance / speeds.size)
