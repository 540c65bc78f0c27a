"""The teacher–student networks of the library against what is known of them: closed forms by sampling, the true gradient, PyTorch, exact Hessians."""

import math
from typing import Any

import numpy as np
import pytest
from reference_run import study_of
from test_gradients import started, value

import neurashed_dsl as nshed
from neurashed_dsl.passes import lower

# Equation 7 with two weight vectors of lengths 2 and 0.5 at the angle θ: who fires together, and the mean product of what they give.
CORRELATIONS = """
system pair(angle = 1, samples: int = 20_000) {{
  axis  sample = 1..samples
  const x[sample] ~ normal(0, 1)
  const y[sample] ~ normal(0, 1)
  const one[s in sample] = 2 * x[s]
  const other[s in sample] = 0.5 * (cos(angle) * x[s] + sin(angle) * y[s])
  state tick = 0
  tick <- tick + 1
  let gates[s in sample] = if one[s] > 0 and other[s] > 0 then 1 else 0
  let products[s in sample] = relu(one[s]) * relu(other[s])
}}
experiment trial {{
  model  pair(angle: {angle})
  run    steps: 1
  record gates = mean(gates[s] for s in sample) at end
  record products = mean(products[s] for s in sample) at end
  record squares = mean(products[s]^2 for s in sample) at end
}}
"""


@pytest.mark.parametrize("angle", [0.3, 2.2])
def test_equation_7(angle: float) -> None:
    found = nshed.loads(CORRELATIONS.format(angle=angle)).run()
    gates, products, squares = (float(found[n].squeeze()) for n in ("gates", "products", "squares"))
    d = (math.pi - angle) / (2 * math.pi)
    length = 2 * 0.5 * (math.sin(angle) + (math.pi - angle) * math.cos(angle)) / (2 * math.pi)
    assert abs(gates - d) < 4 * math.sqrt(d * (1 - d) / 20_000)
    assert abs(products - length) < 4 * math.sqrt((squares - products**2) / 20_000)


LUCK = """
experiment trial {
  model  luck(inputs: 6, teachers: 5, outputs: 4, factor: 2, batch: 200, near_W: 0, bias: 0, normalised: false)
  run    steps: 1
  record averaged at start
  record stiffness at start
  record sharpness at start
  record true_one = grad(loss, W) at start
}
"""


@pytest.fixture(scope="module")
def network() -> tuple[Any, Any]:
    """The system of `luck` and its memory at a random start, with a batch of inputs."""
    system = lower(study_of(nshed.loads(LUCK)).system, "differentiate")
    memory = started(system, 0)
    memory.arrays["fresh"] = np.random.default_rng(2).normal(size=(200, 6))
    memory.arrays["pick"] = np.zeros(200, np.int64)
    return system, memory


def test_equation_6_points_where_the_gradient_does(network: tuple[Any, Any]) -> None:
    """Their cosine is about 0.8 at a random point of two layers."""
    averaged, gradient = (np.ravel(value(*network, name)) for name in ("averaged", "grad(loss, W)"))
    cosine = -(averaged @ gradient) / np.linalg.norm(averaged) / np.linalg.norm(gradient)
    assert 0.6 < cosine < 0.98


def test_sharpness_and_stiffness_are_second_derivatives(network: tuple[Any, Any]) -> None:
    """Against PyTorch's Hessian, along the weights that leave a student and those that enter it."""
    torch = pytest.importorskip("torch")
    arrays = network[1].arrays
    stiffness, sharpness = (value(*network, name) for name in ("stiffness", "sharpness"))
    W, V, x = (torch.tensor(np.array(arrays[n])) for n in ("W", "V", "fresh"))
    wanted = torch.tensor(np.array(value(*network, "wanted")))

    def loss(w: Any, v: Any) -> Any:
        return ((torch.relu(x @ w.T) @ v.T - wanted) ** 2).sum() / 400

    of_w = torch.autograd.functional.hessian(lambda w: loss(w, V), W).reshape(W.numel(), W.numel())
    of_v = torch.autograd.functional.hessian(lambda v: loss(W, v), V).reshape(V.numel(), V.numel())
    assert np.allclose(stiffness, of_w.diagonal().reshape(W.shape).sum(1), rtol=1e-10)
    assert np.allclose(sharpness, of_v.diagonal().reshape(V.shape)[0], rtol=1e-10)


def test_who_fires_together_and_who_is_nearest(network: tuple[Any, Any]) -> None:
    """Assumption 3 and the likeness of weights, by NumPy."""
    arrays = network[1].arrays
    together, nearest = (value(*network, name) for name in ("together", "nearest"))
    fires = (arrays["fresh"] @ arrays["A"].T > 0).astype(float)
    assert np.allclose(together, fires.T @ fires / 200, rtol=1e-12)
    lengths = np.linalg.norm(arrays["W"], axis=1)
    assert np.allclose(nearest, (arrays["W"] @ arrays["A"].T / lengths[:, None]).max(0), rtol=1e-12)
