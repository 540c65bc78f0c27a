"""The classifier of the library: one step of it, and its load curve, beside the same written out in NumPy."""

import numpy as np
import pytest
from reference_run import reference_run, study_of

import neurashed_dsl as nshed

CLASSES, SAMPLES, INPUTS, WIDTH, LAYERS = 2, 3, 3, 4, 3
IMAGE = np.random.default_rng(7).integers(0, 9, (CLASSES * SAMPLES, INPUTS))
TEXT = f"""
experiment e {{
  model  classifier(
    image: {IMAGE.tolist()}, classes: {CLASSES}, samples: {SAMPLES}, inputs: {INPUTS}, depth: {LAYERS}, width: {WIDTH}, slope: SLOPE, rate: 0.2, batch: 6
  )
  run    steps: 1
  record W every 1
  record U every 1
  record V every 1
  record d = separation every 1
  record curve = load every 1
}}
"""


def trained(
    weights: list[np.ndarray], out: np.ndarray, slope: float, rate: float
) -> tuple[list[np.ndarray], np.ndarray, list[float]]:
    """Weights after a step of gradient descent on the mean cross-entropy, by the chain rule; the separations before it."""
    x = IMAGE - IMAGE.mean(0)
    h = x / np.sqrt((x**2).mean(0) + 0.01)
    inputs, units, deviations = [h], [], []
    for w in weights:
        z = h @ w.T - (h @ w.T).mean(0)
        deviations.append(np.sqrt((z**2).mean(0) + 1e-5))
        units.append(z / deviations[-1])
        h = np.where(units[-1] > 0, units[-1], slope * units[-1])
        inputs.append(h)
    p = np.exp(h @ out.T)
    error = (p / p.sum(1, keepdims=True) - np.repeat(np.eye(CLASSES), SAMPLES, axis=0)) / len(h)
    after, back = [], error @ out
    for w, z, deviation, below in zip(weights[::-1], units[::-1], deviations[::-1], inputs[-2::-1]):
        dz = back * np.where(z > 0, 1, slope)
        dz = (dz - dz.mean(0) - z * (dz * z).mean(0)) / deviation
        after.append(w - rate * dz.T @ below)
        back = dz @ w
    return after[::-1], out - rate * error.T @ h, [separation(h) for h in inputs]


def separation(h: np.ndarray) -> float:
    groups = h.reshape(CLASSES, SAMPLES, -1)
    means = groups.mean(1, keepdims=True)
    within = ((groups - means) ** 2).sum(-1).mean()
    between = ((means - means.mean(0, keepdims=True)) ** 2).sum(-1).mean()
    return float(np.log(within / between))


@pytest.mark.parametrize("slope", [0.2])
def test_a_step_and_the_load_curve(slope: float) -> None:
    before, after = reference_run(study_of(nshed.loads(TEXT.replace("SLOPE", str(slope)))))
    weights, out, separations = trained([before["W"], *before["U"][1:]], before["V"], slope, 0.2)
    np.testing.assert_allclose(after["W"], weights[0], rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(after["U"], [before["U"][0], *weights[1:]], rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(after["V"], out, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(before["d"], separations, rtol=1e-9)
    load = (np.array(separations) - separations[-1]) / (separations[0] - separations[-1])
    np.testing.assert_allclose(before["curve"], load, rtol=1e-9, atol=1e-12)
