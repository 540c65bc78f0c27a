"""`grad` against PyTorch's, on networks with layers one by one and with layers that are a scan."""

from typing import Any

import numpy as np
import pytest
from reference_run import study_of
from test_gradients import started, value

import neurashed_dsl as nshed
from neurashed_dsl.passes import lower

torch = pytest.importorskip("torch")

NETWORK = """
system made(depth: int = 3, decay = 0.01) {{
  axis  layer = 1..depth
  axis  unit = 1..4
  axis  other = 1..4
  axis  class = 1..3
  axis  item = 1..5
  state W[layer, unit, other] ~ normal(0, 0.7)
  state bias[layer, unit] ~ normal(0, 0.3)
  state V[class, unit] ~ normal(0, 0.7)
  draw  input[item, other] ~ normal(0, 1)
  const label[b in item] = class(1 + b % 3)
  let   h[l in layer, b in item, j in unit] =
          {act}(bias[l, j] + (if l == 1 then sum(W[l, j, i] * input[b, i] for i in other)
                              else sum(W[l, j, other(k)] * h[l - 1, b, k] for k in unit)))
  let   logit[b in item, c in class] = sum(V[c, j] * h[depth, b, j] for j in unit)
  let   total[b in item] = log(sum(exp(logit[b, c]) for c in class))
  let   loss = mean(total[b] - logit[b, label[b]] for b in item) +
               decay * sum(W[l, j, i]^2 for l in layer, j in unit, i in other) + sqrt(sum(V[c, j]^2 for c in class, j in unit))
  W[l in layer, j in unit, i in other] <- W[l, j, i] - grad(loss, W[l, j, i])
  bias[l in layer, j in unit] <- bias[l, j] - grad(loss, bias[l, j])
  V[c in class, j in unit] <- V[c, j] - grad(loss, V[c, j])
  observe back[l in layer, b in item, j in unit] = grad(loss, h[l, b, j])
}}
experiment trial {{
  model made
  run steps: 1
  record after = grad(loss, input) at end
  record back = back at end
}}
"""
ACTS = {
    "tanh": torch.tanh,
    "relu": torch.relu,
    "sigmoid": torch.sigmoid,
    "softplus": torch.nn.functional.softplus,
    "erf": torch.erf,
}


@pytest.mark.parametrize("act", ACTS)
def test_networks(act: str) -> None:
    system = lower(study_of(nshed.loads(NETWORK.format(act=act))).system, "differentiate")
    memory = started(system, 0)
    memory.arrays["input"] = np.random.default_rng(1).normal(size=(5, 4))
    loss = float(value(system, memory, "loss"))
    names = ("W", "bias", "V", "input")
    tensors: dict[str, Any] = {n: torch.tensor(memory.arrays[n], requires_grad=True) for n in names}
    theirs, hidden = by_torch(tensors, ACTS[act])
    theirs.backward()
    assert loss == pytest.approx(theirs.item(), rel=1e-13)
    for name in names:
        assert np.allclose(value(system, memory, f"grad(loss, {name})"), tensors[name].grad, rtol=1e-10, atol=1e-13), (
            name
        )
    back = value(system, memory, "grad(loss, h)")
    assert np.allclose(back, np.stack([h.grad for h in hidden]), rtol=1e-10, atol=1e-13)


def by_torch(t: dict[str, Any], act: Any) -> tuple[Any, list[Any]]:
    h, hidden = t["input"], []
    for weights, bias in zip(t["W"], t["bias"]):
        h = act(h @ weights.T + bias)
        h.retain_grad()
        hidden.append(h)
    labels = torch.tensor([(b % 3) for b in range(1, 6)])
    loss = torch.nn.functional.cross_entropy(h @ t["V"].T, labels)
    return loss + 0.01 * (t["W"] ** 2).sum() + (t["V"] ** 2).sum().sqrt(), hidden


def test_a_gradient_of_a_gradient() -> None:
    """A quartic form: its derivatives of the second order, by differentiating the derivative along a direction."""
    text = """
system made {
  axis  i = 1..4
  const u[i] ~ normal(0, 1)
  state x[i] ~ normal(0, 1)
  let   loss = sum(x[k]^2 for k in i)^2 / 4
  let   along = sum(grad(loss, x[k]) * u[k] for k in i)
  x[k in i] <- x[k] - 0.1 * grad(along, x[k])
}
experiment trial { model made
  run steps: 1
}
"""
    system = lower(study_of(nshed.loads(text)).system, "differentiate")
    memory = started(system, 0)
    made = value(system, memory, "grad(along, x)")
    x, u = memory.arrays["x"], memory.arrays["u"]
    assert np.allclose(made, (x @ x) * u + 2 * x * (x @ u), rtol=1e-13)


def test_numbers_held_as_logarithms() -> None:
    """d/dx of Σ x² y where x is a `log` state, and of its logarithm."""
    text = """
system made {
  axis  i = 1..3
  state x[k in i]: log = k / 2
  const y[i] = [0.5, 1, 2]
  let   loss: log = sum(x[k]^2 * y[k] for k in i)
  let   size = log(loss)
  x[k in i] <- x[k]
}
experiment trial { model made
  run steps: 1
  record a = grad(loss, x) at end
  record b = grad(size, x) at end
}
"""
    found = nshed.loads(text).run()
    x, y = np.array([0.5, 1, 1.5]), np.array([0.5, 1, 2])
    assert np.allclose(found["a"], 2 * x * y, rtol=1e-13)
    assert np.allclose(found["b"], 2 * x * y / (x**2 * y).sum(), rtol=1e-13)


def test_the_graph_of_a_network_is_turned_round() -> None:
    """λ of the cats' network: the score of each class is a sum of products along its pathways."""
    text = """
network small {
  level low { a, b, c }
  level mid { d = a or b
              e = all(b, c) }
  classes { one <- d, e
            two <- e }
  inputs { p: a, b, c -> one
           q: b, c -> two }
  init λ ~ uniform(0.5, 1.5)
  update λ by multiplicative(2, 0.5)
}
system moved over network {
  state λ[node]
  state η[vote]
  draw  batch[item] ~ presentation
  let   score[s in sample, n in node] =
          if not fires[s, n] then 0 else if n in bottom then λ[n] else λ[n] * sum(score[s, f] for f in into(n))
  let   logit[s in sample, c in class] = sum(η[e] * score[s, src(e)] for e in votes(c))
  let   loss = sum(logit[s, c]^2 for s in sample, c in class)
  λ[n in node] <- λ[n] - 0.001 * grad(loss, λ[n])
  η[e in vote] <- η[e] - 0.001 * grad(loss, η[e])
}
experiment trial { model moved(small)
  run steps: 1
  record by_node = grad(loss, λ) at start
  record by_edge = grad(loss, η) at start
}
"""
    study = study_of(nshed.loads(text))
    system, memory = lower(study.system, "differentiate"), started(study.system, study.plan.seed)
    a, b, c, d, e = memory.arrays["λ"][:5]
    memory.relations |= system.relations
    p, q = (d * (a + b), e * (b + c)), (d * b, e * (b + c))
    one, two = (p[0] + p[1], q[0] + q[1]), (p[1], q[1])
    by_d = 2 * (one[0] * (a + b) + one[1] * b)
    by_e = 2 * (b + c) * (one[0] + one[1] + two[0] + two[1])
    found = value(system, memory, "grad(loss, λ)")
    assert np.allclose(found[3:5], [by_d, by_e], rtol=1e-13)
    assert found[0] == pytest.approx(2 * one[0] * d, rel=1e-13)
    kernel = nshed.loads(text).run()["by_node"].to_numpy().reshape(-1)
    assert np.array_equal(kernel, found)


DEEP = """
experiment trial {
  model luck_deep(depth: 3, inputs: 3, width: 4, wide: [3, 4, 2], outputs: 3, factor: 2, batch: 6, normed: true)
  run steps: 1
  record explained at end
}
"""


def test_a_deep_student_with_batch_norm() -> None:
    system = lower(study_of(nshed.loads(DEEP)).system, "differentiate")
    memory = started(system, 3)
    rng = np.random.default_rng(1)
    memory.arrays["x"] = rng.normal(size=(6, 3))
    memory.arrays["slope"] += rng.normal(size=(3, 8)) / 4
    names = ("W", "U", "V", "slope", "shift")
    tensors: dict[str, Any] = {n: torch.tensor(memory.arrays[n], requires_grad=True) for n in names}
    wanted = torch.tensor(value(system, memory, "wanted"))
    loss = ((normed(torch.tensor(memory.arrays["x"]), tensors) - wanted) ** 2).sum() / 12
    loss.backward()
    assert float(value(system, memory, "loss")) == pytest.approx(loss.item(), rel=1e-12)
    for name in names:
        assert np.allclose(value(system, memory, f"grad(loss, {name})"), tensors[name].grad, rtol=1e-9, atol=1e-12), (
            name
        )


def normed(h: Any, t: dict[str, Any]) -> Any:
    """Each layer as wide as it is said, by PyTorch's own batch norm."""
    for level, wide in enumerate((6, 8, 4)):
        weights = t["W"] if level == 0 else t["U"][level, :, : h.shape[1]]
        fired = torch.relu(h @ weights[:wide].T)
        slope, shift = t["slope"][level, :wide], t["shift"][level, :wide]
        h = torch.nn.functional.batch_norm(fired, None, None, slope, shift, training=True, eps=1e-5)
    return h @ t["V"][:, :4].T
