"""Measures of what was recorded: the strengths of local elasticity from trajectories that are known in closed form, and the same measures in the
kernel as a second implementation."""

import numpy as np
import pytest
import xarray

from neurashed_dsl import loads
from neurashed_dsl.builtins.after import AFTER
from neurashed_dsl.driver import Program
from neurashed_dsl.runtime.after import derived

T = np.linspace(0, 4, 401)


def program(classes: int, features: int, derive: str) -> Program:
    return loads(
        f"""
experiment means {{
  model  locally_elastic_mean(classes: {classes}, features: {features}, logits: false)
  run    until: 4, dt: 0.01
  record M = X every 0.01
  record N = X + 0 every 0.01
  {derive}
}}
"""
    )


def worked_out(given: Program, **records: np.ndarray) -> dict[str, xarray.DataArray]:
    """What `derive` makes of trajectories, [time, class, coordinate]."""
    k, p = next(iter(records.values())).shape[1:]
    labels = {"time": T, "class": np.arange(1, k + 1), "coord": np.arange(1, p + 1)}
    dataset = xarray.Dataset({n: (("time", "class", "coord"), v) for n, v in records.items()}, labels)
    for name, expr in given.elaborate().reading.derived:
        dataset[name] = derived(expr, dataset)
    return {str(n): v for n, v in dataset.data_vars.items()}


def isotropic(A: np.ndarray, B: np.ndarray, start: np.ndarray) -> np.ndarray:
    """The I-model's means: the mean over classes grows by (A + (K - 1) B)/K, the deviations by (A - B)/K."""
    k = len(start)
    centre = start.mean(axis=0)
    grown, apart = np.exp((A + (k - 1) * B) / k), np.exp((A - B) / k)
    return grown[:, None, None] * centre + apart[:, None, None] * (start - centre)


def of_logits(g: np.ndarray, share: float, h: np.ndarray, start: np.ndarray) -> np.ndarray:
    """The L-model's means where (A + B/(K - 1))/K = g and B = share K g, so that the integral in its solution is elementary; h = (A - B)/K."""
    k = len(start)
    d = np.eye(k) - 1 / k
    s = np.einsum("ji,ji->j", d, start) * k / (k - 1)
    delta = s - s.mean()
    v = share * (np.exp(g) - 1)
    u = np.exp(g) - 1 - k / (k - 1) * v
    along = s.mean() * (np.exp(h) - 1)[:, None] + delta * u[:, None]
    return start + along[:, :, None] * d + v[:, None, None] * delta


@pytest.mark.parametrize(("classes", "features"), [(2, 1), (3, 3), (4, 10), (10, 2)])
def test_isotropic_strengths_are_exact(classes: int, features: int) -> None:
    start = np.random.default_rng(classes).normal(size=(classes, features))
    A, B = np.log1p(T), 0.3 * T - 0.02 * T**2
    found = worked_out(
        program(classes, features, "derive e = elastic_strengths(M, logits: false)"), M=isotropic(A, B, start)
    )["e"]
    assert found.strength.values.tolist() == ["A", "B", "alpha", "beta"]
    np.testing.assert_allclose(found.sel(strength="A"), A, atol=1e-9)
    np.testing.assert_allclose(found.sel(strength="B"), B, atol=1e-9)
    np.testing.assert_allclose(found.sel(strength="beta"), 0.3 - 0.04 * T, atol=1e-9)  # B is a parabola


@pytest.mark.parametrize("classes", [2, 3, 4, 10])
def test_strengths_of_logits_are_exact(classes: int) -> None:
    start = np.random.default_rng(classes).normal(size=(classes, classes))
    start += 5.0 * np.arange(classes)[:, None]  # the mean of the logits is no part of it
    share = -0.4
    g = 0.5 * T - 0.03 * T**2
    B = share * classes * g
    A = classes * g - B / (classes - 1)
    means = of_logits(g, share, (A - B) / classes, start)
    found = worked_out(program(classes, classes, "derive e = elastic_strengths(M)"), M=means)["e"]
    rate = 0.5 - 0.06 * T
    beta = share * classes * rate
    for name, exact in {"A": A, "B": B, "alpha": classes * rate - beta / (classes - 1), "beta": beta}.items():
        np.testing.assert_allclose(found.sel(strength=name), exact, atol=1e-9)


@pytest.mark.parametrize("r", [0.3, 0.9, 1.5])
@pytest.mark.parametrize("options", [{}, {"start": 1.0}])
def test_the_tail_index_is_that_of_a_power(r: float, options: dict[str, float]) -> None:
    """Of A ~ t^(1 - r); of α itself it would be off by one."""
    A = xarray.DataArray(np.where(T > 0, np.maximum(T, 1e-9) ** (1 - r), 0), {"time": T}, ["time"])
    row = AFTER["tail_index"]
    np.testing.assert_allclose(row.apply(A, ("time",), options), r, atol=1e-9)
    assert row.doubt(A, ("time",), options) == ""
    assert np.isnan(row.apply(A - A[-2], ("time",), options))
    assert "from time 2 on" in row.doubt(A.where(A.time < 2, 0), ("time",), options)


def test_relative_difference() -> None:
    M, N = np.random.default_rng(3).normal(size=(2, len(T), 3, 2))
    made = worked_out(
        program(3, 2, "derive off = relative_difference(M, N)\nderive same = relative_difference(M, M)"), M=M, N=N
    )
    norms = [np.linalg.norm(x, axis=2) for x in (M, N, M - N)]
    np.testing.assert_allclose(made["off"], norms[2] / ((norms[0] + norms[1]) / 2), rtol=1e-12)
    np.testing.assert_array_equal(made["same"], 0)


MEASURES = (
    "class_means(X)",
    "cosine(class_means(X))",
    "etf_distance(X)",
    "within_between(X)",
    "gap(X)",
    "separability(X)",
    "margin(X)",
    "distance_of_means(class_means(X))",
)


def test_measures_of_records_are_those_recorded() -> None:
    """The kernel's numbers, at each time, in each repeat and cell."""
    both = "\n".join(f"record r{i} = {m} every 0.2\nderive d{i} = {m}" for i, m in enumerate(MEASURES))
    result = loads(
        "param s = 1\nexperiment e {\nmodel locally_elastic(samples: 5, sigma: s)\nrun until: 1, dt: 0.1\n"
        f"repeat 2, seed: 3\nsweep s in [0.1, 1]\nrecord X every 0.2\n{both}\n}}"
    ).run()
    for i, measure in enumerate(MEASURES):
        recorded, found = result[f"r{i}"], result[f"d{i}"]
        assert found.sizes == recorded.sizes, measure
        np.testing.assert_allclose(
            found.transpose(*recorded.dims).values, recorded.values, rtol=1e-12, atol=1e-12, err_msg=measure
        )
