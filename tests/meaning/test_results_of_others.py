"""An experiment whose model is given what another one recorded: the numbers are those, they are made once, and they are in its identity."""

from collections.abc import Callable

import numpy as np
import pytest
import xarray as xr

import neurashed_dsl as nshed
from neurashed_dsl.driver.far import origin_of, run_far_cell
from neurashed_dsl.driver.identity import keys_of
from neurashed_dsl.driver.supplied import supplied

TEXT = """
param growth = 2
system source(rows: int = 2) {
  axis row = 1..rows
  state x[i in row] ~ normal(i, 1)
  x[i in row] <- growth * x[i]
}
system taking(gain = 10, E[i in row, j in row] = 1, drive(t) = 1) {
  axis row = 1..2
  state y[i in row] = 0
  y[i in row] <- gain * drive(t) + sum(E[i, j] for j in row)
}
experiment second {
  model taking(E: last(first.twice) / 4, gain: 3 * last(first.path[row: 2]), drive: last(first.path[row: 1]))
  run steps: 1
  sweep SWEPT in [1, 2]
  record y_end = y at end
}
experiment first {
  model source
  run steps: 3
  repeat 4, seed: 7
  record path = x every 1
  record outer[i in row, j in row] = x[i] * x[j] every 1
  derive twice = 2 * outer
}
"""


def program(**changes: str) -> nshed.Program:
    text = TEXT.replace("sweep SWEPT in [1, 2]", changes.get("sweep", ""))
    return nshed.loads(text.replace("growth = 2", f"growth = {changes.get('growth', 2)}"))


def expected(first: xr.Dataset) -> np.ndarray:
    mean = first.mean("repeat").isel(step=-1)
    gain, drive = 3 * mean["path"].values[1], mean["path"].values[0]
    return np.asarray(gain * drive + mean["outer"].values.sum(axis=1) / 2)


@pytest.mark.parametrize("seed", [None, 11])
def test_it_is_given_the_mean_over_the_repeats(seed: int | None) -> None:
    made = program()
    told: list[str] = []
    found = made.run("second", seed=seed, jobs=1, progress=lambda done, total, label: told.append(label))
    first = made.run("first", seed=seed, jobs=1, progress=lambda done, total, label: told.append("again"))
    assert "first" in told
    assert "again" not in told, "it was run once"
    np.testing.assert_allclose(found["y_end"].values, expected(first), rtol=1e-13)
    np.testing.assert_array_equal(first["path"], program().run("first", seed=seed, jobs=1)["path"])


def test_what_was_taken_is_in_where_the_result_comes_from() -> None:
    hashes = [program(growth=g).run("second", jobs=1).attrs["data_hashes"] for g in ("2", "2", "3")]
    assert "last(first.twice) / 4" in hashes[0]
    assert hashes[0] == hashes[1] != hashes[2]


def keys(made: nshed.Program, name: str, run: Callable[[str], xr.Dataset]) -> list[str]:
    given = supplied(made, name, run)
    return keys_of(given, name, given.elaborate(name))


def test_what_was_taken_is_in_the_identity_of_cells() -> None:
    made = program(sweep="sweep growth in [1, 2]")
    first = made.run("first", jobs=1)
    other = first.copy(deep=True)
    other["twice"][:] += 1
    assert keys(made, "second", lambda _: first) == keys(made, "second", lambda _: first)
    assert not {*keys(made, "second", lambda _: first)} & {*keys(made, "second", lambda _: other)}


def test_a_cell_of_a_sweep_is_given_it_too_and_so_is_one_that_is_run_elsewhere() -> None:
    made = program(sweep="sweep growth in [1, 2]")
    first = made.run("first", jobs=1)
    found = made.run("second", jobs=1)
    np.testing.assert_allclose(found["y_end"].isel(growth=1).values, expected(first), rtol=1e-13)
    given = supplied(made, "second", lambda _: first)
    far = run_far_cell(origin_of(given, given.elaborate("second")), "second", None, "", 1)
    assert far.dataset is not None
    np.testing.assert_array_equal(far.dataset["y_end"].values, found["y_end"].isel(growth=1).values)


def test_the_le_matrix_of_a_network_drives_a_system() -> None:
    text = """network pets {
      level bottom { a, b, c, d }
      level parts {
        ab = a and b
        cd = c and d
        ac = a and c
      }
      classes {
        x <- ab, ac
        y <- cd, ac
      }
      inputs {
        one: a, b    -> x
        two: c, d    -> y
        three: a, c, b -> x
        four: d, c, a -> y
      }
      update λ by multiplicative(1.02, 0.999)
      update η by multiplicative(1.02, 0.999)
    }
    experiment trained {
      model pets
      run steps: 40
      record each = local_elasticity() every 20
      record le = le_matrix() every 20
    }
    experiment driven {
      model locally_elastic_mean(classes: 2, E: last(trained.le))
      run until: 1, dt: 0.5
      record strengths = E at end
    }"""
    made = nshed.loads(text)
    each = made.run("trained", jobs=1)["each"].isel(step=-1).values.reshape(2, 2, 2, 2)[[0, 1]]
    by_class = each.transpose(1, 0, 3, 2).mean(axis=(1, 3))
    # The first index of the measure is the one trained on, of E the one that is moved.
    np.testing.assert_allclose(made.run("driven", jobs=1)["strengths"].values, by_class.T, rtol=1e-12)
