"""Measures of curves and of classes of points, against their definitions in NumPy, and their symmetries."""

import numpy as np
import pytest

import neurashed_dsl as nshed

CURVE = """system given(n: int = SIZE) {
  axis  i = 3..n + 2
  const c[i] = VALUES
  state x[i] = 0
  x[k in i] <- c[k]
}
experiment e {
  model  given
  run    steps: 1
  record curved = curvature(x) at end
  record bend   = convexity(x) at end
  record held   = energy(x, k: 3) at end
  record plain  = energy(x) at end
}
"""
CURVES = [[1, 0.9, 0.7, 0.4, 0], [1, 0.5, 0.3, 0.1, 0], [4, 3, 2, 1], [0.2, 0.9, -0.4], [5, 1, 0, 0, 0, 0]]


def measured(values: list[float]):
    text = CURVE.replace("VALUES", str([float(v) for v in values])).replace("SIZE", str(len(values)))
    return nshed.loads(text).run()


@pytest.mark.parametrize("values", CURVES)
def test_curves(values: list[float]) -> None:
    found, a = measured(values), np.array(values, float)
    assert found.curved == pytest.approx(np.diff(a, 2).sum())
    chord = np.linspace(a[0], a[-1], len(a))
    assert found.bend == pytest.approx((chord - a).mean() / np.ptp(a), abs=1e-12)
    assert found.held == pytest.approx(1.5 * (a**2).sum())
    assert found.plain == pytest.approx(0.5 * (a**2).sum())


def test_convexity_has_no_scale_and_turns_with_the_curve() -> None:
    values = np.array(CURVES[0])
    bends = [float(measured(list(v)).bend) for v in (values, 10 * values + 3, values[::-1], 1 - values)]
    assert bends[1] == pytest.approx(bends[0])
    assert bends[2] == pytest.approx(bends[0])
    assert bends[3] == pytest.approx(-bends[0])
    assert bends[0] < 0


def test_spread_within_classes_and_between_them() -> None:
    text = """system points {
      axis  class = 1..3
      axis  coord = 1..2
      axis  sample = 1..4
      state X[class, coord, sample] ~ normal(0, 1)
      X[c in class, i in coord, n in sample] <- X[c, i, n] + c * i
    }
    experiment e {
      model  points
      run    steps: 2
      repeat 3
      record all_X = X every 1
      record ratio = within_between(X) every 1
    }"""
    found = nshed.loads(text).run()
    points = found.all_X.transpose("repeat", "step", "class", "coord", "sample").values
    centres = points.mean(-1, keepdims=True)
    within = ((points - centres) ** 2).sum(3).mean((-1, -2))
    between = ((centres - centres.mean(2, keepdims=True)) ** 2).sum(3).mean((-1, -2))
    np.testing.assert_allclose(found.ratio.values, within / between, rtol=1e-12)
