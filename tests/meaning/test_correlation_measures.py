"""`correlation` and `best_correlation` against NumPy's."""

import numpy as np

import neurashed_dsl as nshed

TEXT = """
system two {
  axis  i = 1..7
  axis  j = 1..3
  axis  k = 1..2
  state x[i, j] ~ normal(0, 1)
  state y[i, k] ~ normal(0, 1)
  x[a in i, b in j] <- x[a, b]
  y[a in i, b in k] <- y[a, b]
}
experiment trial {
  model  two
  run    steps: 1
  record x at end
  record y at end
  record each = correlation(x, y) at end
  record best = best_correlation(x, y) at end
}
"""


def test_correlations_are_pearsons() -> None:
    found = nshed.loads(TEXT).run()
    expected = np.corrcoef(found["x"].T, found["y"].T)[:3, 3:]
    assert np.allclose(found["each"], expected, rtol=1e-12)
    assert np.allclose(found["best"], expected.max(axis=0), rtol=1e-12)
