"""Measures of classes of points: against their definitions in NumPy, on points of every kind, and in cases that are known."""

from itertools import combinations

import numpy as np
import pytest

import neurashed_dsl as nshed

TEXT = """system points(drift = 0, X0[c in class, i in coord] = 0) {
  axis  class = 1..4
  axis  coord = 1..3
  axis  sample = 1..5
  state X[c in class, i in coord, n in sample] ~ normal(X0[c, i], 0.3)
  state M[c in class, i in coord] = X0[c, i]
  X[c in class, i in coord, n in sample] <- X[c, i, n] + (if c == i then drift else 0)
  M[c in class, i in coord] <- M[c, i] + (if c == i then drift else 0)
}
experiment e {
  model  points(drift: 0.5, X0: [[0, 1, 0], [0.2, 0, 0.1], [0, 0.4, 1], [-1, -1, -1]])
  run    steps: 3
  repeat 6, seed: 2
  record all_X = X every 1
  record means = class_means(X) every 1
  record share = separability(X) every 1
  record least = margin(X) every 1
  record etf = etf_distance(X) every 1
  record cosines = cosine(class_means(X)) every 1
  record etf_of_means = etf_distance(M) at start
}"""


@pytest.fixture(scope="module")
def found():
    return nshed.loads(TEXT).run(jobs=1)


def distances(points: np.ndarray) -> list[float]:
    """For each pair of classes, how far they are apart along the line between their means."""
    centres = points.mean(-1)
    made = []
    for a, b in combinations(range(len(points)), 2):
        line = centres[a] - centres[b]
        line = line / np.linalg.norm(line)
        made.append((line @ points[a]).min() - (line @ points[b]).max())
    return made


def test_separability_and_margin(found) -> None:
    points = found.all_X.transpose("repeat", "step", "class", "coord", "sample").values
    apart = np.array([[distances(p) for p in run] for run in points])
    np.testing.assert_allclose(found.share.values, (apart > 0).mean(-1))
    np.testing.assert_allclose(found.least.values, apart.min(-1), rtol=1e-10)
    assert 0 < found.share.values.min() < found.share.values.max() == 1
    assert found.least.values.min() < 0 < found.least.values.max()


def test_cosines_and_their_distance_from_a_simplex(found) -> None:
    means = found.all_X.mean("sample").transpose("repeat", "step", "class", "coord").values
    np.testing.assert_allclose(found.means.values, means, rtol=1e-12)
    unit = means / np.linalg.norm(means, axis=-1, keepdims=True)
    cosines = np.einsum("rtci,rtdi->rtcd", unit, unit)
    np.testing.assert_allclose(found.cosines.values, cosines, atol=1e-12)
    pairs = np.array([cosines[..., a, b] for a, b in combinations(range(4), 2)])
    np.testing.assert_allclose(found.etf.values, np.abs(pairs + 1 / 3).max(0), rtol=1e-10)


def test_a_simplex_is_one() -> None:
    """The corners of a tetrahedron; whatever their size."""
    corners = "[[3, 3, 3], [3, -3, -3], [-3, 3, -3], [-3, -3, 3]]"
    text = TEXT.replace("X0: [[0, 1, 0], [0.2, 0, 0.1], [0, 0.4, 1], [-1, -1, -1]]", f"X0: {corners}")
    assert float(nshed.loads(text).run(jobs=1).etf_of_means[0]) == pytest.approx(0, abs=1e-15)
