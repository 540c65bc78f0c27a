"""`fit`: parameters that are known are found again, the standard errors are those of the normal equations, and nothing but the seed decides."""

import numpy as np
import pytest
import xarray as xr

import neurashed_dsl as nshed

CHAIN = """
experiment known {
  model  spring_chain(blocks: 4, mu_right: MU, mu_left: 0.02)
  run    until: 400, dt: 0.2
  record lengths = stretch at end
}
experiment found {
  model  spring_chain(blocks: 4)
  run    until: 400, dt: 0.2
  record lengths = stretch at end
  fit    lengths to DATA by mu_right in 0..0.09
  expect abs(mu_right - MU) < 1e-6 and r_squared > 1 - 1e-9
}
"""
# A straight line whose parameters the fit must find: a closed form for estimates and standard errors.
LINE = """
param shift = 0
system line(slope = 0, n: int = 6, spread = 0) {
  axis  row = 1..n
  state y[i in row] = 0
  draw  xi[row] ~ normal(0, spread)
  y[i in row] <- slope * i + xi[i]
}
experiment e {
  model  line(spread: SPREAD)
  run    steps: 1
  repeat 2, seed: 5
  record y_end = y at end
  derive raised = y_end + shift
  fit    raised to [1.2, 1.9, 3.2, 3.8, 5.1, 6.3] by slope in -4..4, shift in -4..4SD
  derive twice = 2 * shift
}
"""
DATA = np.array([1.2, 1.9, 3.2, 3.8, 5.1, 6.3])
ROWS = np.stack([np.arange(1, 7), np.ones(6)], axis=1)


def line(spread: float = 0, sd: str = "") -> nshed.Program:
    return nshed.loads(LINE.replace("SPREAD", str(spread)).replace("SD", sd))


def chain(data: str, mu: float) -> nshed.Program:
    return nshed.loads(CHAIN.replace("DATA", data).replace("MU", str(mu)))


@pytest.mark.parametrize("mu", [0.013, 0.06])
def test_friction_is_found_from_a_chain_at_rest(mu: float) -> None:
    """Within the limit of equation 7, and beyond it, where only some blocks have moved."""
    (claim,) = chain("known.lengths", mu).test("found", jobs=1)
    assert claim.holds, claim.found


def test_friction_is_found_from_equation_7() -> None:
    mu, k = 0.03, 1
    lengths = [1 / 5 + mu / k * (spring - 3) for spring in range(1, 6)]
    (claim,) = chain(f"[{', '.join(map(str, lengths))}]", mu).test("found", jobs=1)
    assert claim.holds, claim.found


def test_a_model_fits_its_own_data() -> None:
    text = CHAIN.replace("MU", "0.02").replace(
        "spring_chain(blocks: 4)", "spring_chain(blocks: 4, mu_right: 0.02, mu_left: 0.02)"
    )
    result = nshed.loads(text.replace("DATA", "known.lengths")).fit("found", jobs=1)
    assert float(result["start"][0]) == 0.02
    np.testing.assert_allclose(result["estimate"], 0.02, atol=1e-8)
    np.testing.assert_allclose(result["fitted"], result["data"], atol=1e-9)
    assert result["fitted"].dims == ("stretch",)


def normal_equations(deviation: np.ndarray, scaled: bool) -> tuple[np.ndarray, np.ndarray]:
    """Estimates and standard errors of the line through DATA."""
    rows, data = ROWS / deviation[:, None], DATA / deviation
    estimate = np.linalg.solve(rows.T @ rows, rows.T @ data)
    left = data - rows @ estimate
    variance = left @ left / (6 - 2) if scaled else 1.0
    return estimate, np.sqrt(variance * np.diag(np.linalg.inv(rows.T @ rows)))


@pytest.mark.parametrize(
    ("sd", "deviation"), [("", [1.0] * 6), (", sd: 0.5", [0.5] * 6), (", sd: [1, 1, 2, 1, 3, 1]", [1, 1, 2, 1, 3, 1])]
)
def test_a_line_is_that_of_the_normal_equations(sd: str, deviation: list[float]) -> None:
    program = line(sd=sd)
    result = program.run(jobs=1)
    estimate, errors = normal_equations(np.array(deviation, float), scaled=not sd)
    np.testing.assert_allclose(result["estimate"], estimate, atol=1e-8)
    np.testing.assert_allclose(result["standard_error"], errors, rtol=1e-6)
    np.testing.assert_allclose(result["fitted"], ROWS @ estimate, atol=1e-7)
    np.testing.assert_allclose(result["twice"], 2 * estimate[1], atol=1e-7)
    left = (DATA - ROWS @ estimate) / deviation
    total = (DATA - DATA.mean()) / deviation
    np.testing.assert_allclose(result["r_squared"], 1 - left @ left / (total @ total), rtol=1e-8)
    np.testing.assert_allclose(result["rms"], np.sqrt(((DATA - ROWS @ estimate) ** 2).mean()), rtol=1e-8)
    assert result["parameter"].values.tolist() == ["slope", "shift"]
    assert not program.warnings


def test_noise_is_the_same_in_every_evaluation() -> None:
    """Estimates are those of the line through the data less the mean of the draws, whatever these are."""
    program = line(spread=0.7)
    result = program.run(jobs=1)
    drawn = line(spread=0.7).run(jobs=1, set={"slope": 0.0})  # its own record, at the estimate
    noise = drawn["y_end"].mean("repeat").values - float(drawn["estimate"][0]) * np.arange(1, 7)
    estimate = np.linalg.lstsq(ROWS, DATA - noise, rcond=None)[0]
    np.testing.assert_allclose(result["estimate"], estimate, rtol=1e-7)
    assert float(np.abs(noise).max()) > 0.1


def same(one: xr.Dataset, other: xr.Dataset) -> bool:
    return one.drop_attrs().equals(other.drop_attrs())


def test_the_same_seed_gives_the_same_bits_on_any_number_of_threads() -> None:
    first = line(spread=0.7).run(jobs=1)
    assert same(first, line(spread=0.7).run(jobs=2))
    assert not same(first, line(spread=0.7).run(jobs=1, seed=6))


def test_more_starts_find_the_better_of_two_minima() -> None:
    """(a² - 1)² + a/4 has a minimum on each side; from a = 0.9 the near one is found, and the other is lower."""
    text = """
    system wells(a = 0.9) {
      axis row = 1..2
      state y[i in row] = 0
      y[i in row] <- if i == 1 then a^2 - 1 else sqrt(a / 4 + 1)
    }
    experiment e {
      model wells
      run steps: 1
      record y_end = y at end
      fit y_end to [0, 0] by a in -2..2
    }
    """
    near, far = (nshed.loads(text).fit(starts=n, jobs=1) for n in (1, 8))
    assert float(near["estimate"][0]) > 0.9
    assert float(far["estimate"][0]) < -0.9
    assert float(far["rms"]) < float(near["rms"])


def test_a_parameter_that_starts_beyond_its_bounds_starts_in_the_middle() -> None:
    result = chain("known.lengths", 0.03).fit("found", jobs=1)
    assert result["start"].values.tolist() == [0.045]
