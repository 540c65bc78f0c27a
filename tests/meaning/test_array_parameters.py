"""Parameters that are arrays: whatever gives one, the model is the one that has it written in its body."""

import numpy as np
import pytest

import neurashed_dsl as nshed

SYSTEM = """
param strong = 2
fn near(k, j, reach = 1) = if abs(k - j) <= reach then 1 / (1 + abs(k - j)) else 0
system s(n: int = 3, drive(t) = 1, E[k in row, j in row] = DEFAULT, more[row] = 0) {
  axis row = 1..n
  state x[k in row] = E_AT_START
  x[k in row] <- x[k] / 2 + sum(E[k, j] * x[j] for j in row) + more[k]
}
experiment e {
  model s(GIVEN)
  run steps: 4, dt: 0.5
  record path = x every 0.5
  record matrix = E every 0.5
}
"""
SQUARE = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.0]]) / 10


def run(given: str, default: str = "0", start: str = "k") -> tuple[np.ndarray, np.ndarray]:
    text = SYSTEM.replace("GIVEN", given).replace("DEFAULT", default).replace("E_AT_START", start)
    found = nshed.loads(text).run(jobs=1)
    return found["path"].values, found["matrix"].values


def simulated(matrices: np.ndarray, more: np.ndarray | float = 0.0) -> np.ndarray:
    x = [np.array([1.0, 2.0, 3.0])]
    for e in matrices[:-1]:
        x.append(x[-1] / 2 + e @ x[-1] + more)
    return np.array(x)


INDICES = np.arange(1, 4)
NEAR = np.array([[1, 1 / 2, 0], [1 / 2, 1, 1 / 2], [0, 1 / 2, 1]])
GIVEN = {
    "E: [[0.1, 0.2, 0.3], [0.4, 0.5, 0.6], [0.7, strong * 0.4, 0.9]]": lambda t: SQUARE,
    "E: if k == j then strong else 0.1 * j": lambda t: np.where(np.eye(3) > 0, 2, 0.1 * INDICES),
    "E: if k == j then strong else t": lambda t: np.where(np.eye(3) > 0, 2.0, t),
    "E: 1 / 4": lambda t: np.full((3, 3), 0.25),
    "E: near(k, j)": lambda t: NEAR,
    "": lambda t: np.zeros((3, 3)),
}


@pytest.mark.parametrize("given", GIVEN)
def test_lists_and_expressions(given: str) -> None:
    path, matrix = run(given)
    expected = np.array([GIVEN[given](t) for t in (0, 0.5, 1, 1.5, 2)])
    np.testing.assert_allclose(matrix, expected, rtol=1e-15)
    np.testing.assert_allclose(path, simulated(expected), rtol=1e-14)


def test_a_default_reads_the_parameters_of_the_system() -> None:
    path, matrix = run("drive: 1 + t", default="if k == j then drive(t) / n else 0")
    np.testing.assert_allclose(matrix, [np.eye(3) * (1 + t) / 3 for t in (0, 0.5, 1, 1.5, 2)], rtol=1e-15)
    np.testing.assert_allclose(path, simulated(matrix), rtol=1e-14)


def test_one_that_stays_is_known_where_a_state_starts() -> None:
    path, matrix = run("E: [[1, 0, 0], [0, 2, 0], [0, 0, 3]]", start="E[k, k]")
    np.testing.assert_allclose(path, simulated(matrix), rtol=1e-14)


def test_one_over_an_axis_without_a_name_for_its_index() -> None:
    path, matrix = run("more: [1, 2, 3]")
    np.testing.assert_allclose(path, simulated(matrix, INDICES), rtol=1e-14)


def test_from_a_file(tmp_path) -> None:
    np.savez(tmp_path / "le.npz", E=SQUARE, other=SQUARE)
    text = SYSTEM.replace("GIVEN", 'E: from "le.npz" ("E")').replace("DEFAULT", "0").replace("E_AT_START", "k")
    (tmp_path / "model.nshed").write_text(text)
    program = nshed.load(tmp_path / "model.nshed")
    np.testing.assert_array_equal(program.run(jobs=1)["matrix"].values, [SQUARE] * 5)
    assert "le.npz" in program.study("e")[0].hashes


MEASURES = """
measure held(X[class, coord]) = sum(X[c, i] for c in class, i in coord)
measure held(X[class, coord, sample]) = sum(X[c, i, n] for c in class, i in coord, n in sample) * size(sample)
measure held(X[class]) = max(X[c] for c in class)
system s {
  axis row = 1..3
  axis column = 1..2
  state x[r in row] = r
  state y[r in row, c in column] = r * c
  state z[r in row, c in column, other in row] = r
  x[r in row] <- x[r]
  y[r in row, c in column] <- y[r, c]
  z[r in row, c in column, other in row] <- z[r, c, other]
}
experiment e {
  model s
  run steps: 1
  record one = held(x) at end
  record two = held(y) at end
  record three = held(z) at end
}
"""


def test_a_measure_is_chosen_by_the_axes_of_what_it_is_given() -> None:
    found = nshed.loads(MEASURES).run(jobs=1)
    assert [float(found[n]) for n in ("one", "two", "three")] == [3, 18, 3 * 36]
