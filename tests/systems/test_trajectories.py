"""Trajectories that are given (`data`), functions of time that they give, and records of other experiments: against NumPy."""

from pathlib import Path

import h5netcdf
import numpy as np
import pytest
import xarray

from neurashed_dsl import NshedError, load, loads

TIMES = np.array([0.0, 1, 2, 4, 8, 16])
X = np.random.default_rng(5).normal(size=(3, 2, 6, 4))  # class, coordinate, time, sample


def written(folder: Path, name: str) -> str:
    """A file of X; what stands behind `from` to read it."""
    if name == "as named":
        np.savez(folder / "x.npz", x=X, time=TIMES)
        return '"x.npz" ("x", axes: [class, coordinate, time, sample])'
    if name == "listed":
        np.savez(folder / "x.npz", x=X.transpose(2, 3, 0, 1), when=TIMES)
        return '"x.npz" ("x", axes: [time, sample, class, coordinate], times: "when")'
    with h5netcdf.File(folder / "x.nc", "w") as file:
        file.dimensions = {"time": 6, "sample": 4, "class": 3, "coordinate": 2}
        file.create_variable("time", ("time",), data=TIMES)
        file.create_variable("x", ("time", "sample", "class", "coordinate"), data=X.transpose(2, 3, 0, 1))
    return '"x.nc" ("x")'


@pytest.mark.parametrize("name", ["as named", "listed", "netcdf"])
def test_measures_of_data(name: str, tmp_path: Path) -> None:
    (tmp_path / "m.nshed").write_text(
        f"""
data x[class, coordinate, sample, time] from {written(tmp_path, name)}
experiment e {{
  model  x
  record M = class_means(x)
  record w = within_between(x) every 4
  record u = t at [1, 5, 16]
  derive d = distance_of_means(M)
}}
"""
    )
    found = load(tmp_path / "m.nshed").run()
    means = X.mean(axis=3).transpose(2, 0, 1)
    np.testing.assert_array_equal(found.time, TIMES)
    np.testing.assert_allclose(found["M"], means, rtol=1e-12)
    np.testing.assert_allclose(found["d"], np.linalg.norm(means[:, :, None] - means[:, None], axis=-1), atol=1e-12)
    at = [0, 3, 4, 5]  # the moments nearest to 0, 4, 8, 12 and 16
    within = (X - X.mean(axis=3, keepdims=True)).var(axis=3).mean(axis=(0, 1))
    between = X.mean(axis=3).var(axis=0).mean(axis=0)
    np.testing.assert_allclose(found["w"], (within / between)[at], rtol=1e-12)
    np.testing.assert_array_equal(found["u"], [1, 4, 16])


@pytest.mark.parametrize("count", [5, 7])
def test_times_of_another_length_are_told(count: int, tmp_path: Path) -> None:
    np.savez(tmp_path / "x.npz", x=X[0, 0, :, 0], time=np.arange(float(count)))
    (tmp_path / "m.nshed").write_text('data x[time] from "x.npz" ("x")\n')
    with pytest.raises(NshedError, match=f"it must hold 6 times, and is {count}"):
        load(tmp_path / "m.nshed")


def test_functions_of_time_and_records_of_others(tmp_path: Path) -> None:
    """Linear between the times, constant beyond them; a record of another experiment is missing there."""
    np.savez(tmp_path / "x.npz", x=X[0, 0, :, 0], time=TIMES)
    (tmp_path / "m.nshed").write_text(
        """
data x[time] from "x.npz" ("x")
system ramp(rate(t) = 1) {
  state y = 0
  d/dt  y = rate(t)
  observe now = rate(t)
  observe late = rate(2 * t)
}
experiment given {
  model  x
  record r = x
}
experiment driven {
  model  ramp(rate: given.r)
  run    until: 20, dt: 0.5
  record now every 0.5
  record late every 0.5
  derive there = given.r + 0 * now
}
"""
    )
    found = load(tmp_path / "m.nshed").run("driven")
    t = found.time.values
    np.testing.assert_allclose(found["now"], np.interp(t, TIMES, X[0, 0, :, 0]), atol=1e-12)
    np.testing.assert_allclose(found["late"], np.interp(2 * t, TIMES, X[0, 0, :, 0]), atol=1e-12)
    np.testing.assert_allclose(found["there"], np.interp(t, TIMES, X[0, 0, :, 0], np.nan, np.nan), atol=1e-12)


def test_class_means_under_mini_batches() -> None:
    """A step of the I-model without noise, on batches of b classes drawn by P: the increment of class k has the mean dt Σ_j P_j E_kj m_j and the
    variance dt² (Σ_j P_j (E_kj m_j)² - (Σ_j P_j E_kj m_j)²)/b."""
    E, P = np.array([[2, 1, 0.5], [0.3, 1, -1], [0, 0.7, 3]]), np.array([0.5, 0.3, 0.2])
    m, dt, b, n = np.array([1.0, -2.0, 0.7]), 0.1, 2, 1500
    listed = [list(map(float, row)) for row in E]
    rows = [list(map(float, P))] * 3
    found = loads(
        f"""
experiment step {{
  model  locally_elastic(E: {listed}, P: {rows}, start: {[[float(v)] for v in m]}, features: 1, samples: 1, logits: false, sigma: 0,
    spread: 0, minibatch: true, batch: {b})
  run    steps: 1, dt: {dt}
  repeat {n}, seed: 11
  record M = class_means(X) at end
}}
"""
    ).run()["M"]
    moved = found.values[:, :, 0] - m
    pulls = E * m
    mean, spread = dt * pulls @ P, dt**2 * (pulls**2 @ P - (pulls @ P) ** 2) / b
    assert (abs(moved.mean(axis=0) - mean) < 5 * np.sqrt(spread / n)).all()
    np.testing.assert_allclose(moved.var(axis=0), spread, rtol=0.25)


def test_a_result_is_data_again(tmp_path: Path) -> None:
    """What a run wrote is read by the names of its dimensions."""
    given = xarray.Dataset({"M": (("time", "class", "coord"), X.mean(axis=3).transpose(2, 0, 1))}, {"time": TIMES})
    given.to_netcdf(tmp_path / "run.nc", engine="h5netcdf")
    (tmp_path / "m.nshed").write_text(
        'data M[class, coord, time] from "run.nc" ("M")\nexperiment e {\nmodel M\nrecord r = M\n}\n'
    )
    np.testing.assert_array_equal(load(tmp_path / "m.nshed").run()["r"], given["M"])
