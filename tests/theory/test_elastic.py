"""Locally elastic dynamics against their closed forms, which are held against an ODE solver; the eigenvalues of what drives them.

With A = ∫α, B = ∫β. I-model: the mean of all classes grows as e^((A + (K-1) B)/K), deviations from it as e^((A - B)/K).
L-model: s_j = d_j·X̄^j/|d_j|²; the mean of s grows as e^((A - B)/K), its deviations as e^((A + B/(K-1))/K).
"""

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pytest
from reference_run import reference_run, study_of
from scipy.integrate import quad, solve_ivp

import neurashed_dsl as nshed

Array = npt.NDArray[np.float64]
Run = Callable[[str, Array, str, str], Array]
CLASSES = (2, 3, 4, 10)
END = 1.5


def alpha(t: float) -> float:
    return 2 / (1 + t)


def beta(t: float) -> float:
    return 0.4 * float(np.cos(t))


VARYING = "alpha: 2 / (1 + t), beta: 0.4 * cos(t)"


def strength(t: float) -> float:
    return 2 * float(np.log1p(t))  # A


def cross_strength(t: float) -> float:
    return 0.4 * float(np.sin(t))  # B


def starts(classes: int) -> Array:
    """Any means: nothing in the closed forms is about where they start."""
    return np.random.default_rng(classes).normal(size=(classes, classes))


def directions(classes: int) -> Array:
    return np.eye(classes) - 1 / classes


def isotropic(start: Array, t: float) -> Array:
    k = len(start)
    mean = start.mean(axis=0)
    a, b = strength(t), cross_strength(t)
    return np.asarray(np.exp((a + (k - 1) * b) / k) * mean + np.exp((a - b) / k) * (start - mean))


def logits(start: Array, t: float) -> Array:
    k, d = len(start), directions(len(start))
    s = (d * start).sum(axis=1) / (1 - 1 / k)
    mean, off = s.mean(), s - s.mean()
    a, b = strength(t), cross_strength(t)
    v = quad(lambda u: beta(u) / k * np.exp((strength(u) + cross_strength(u) / (k - 1)) / k), 0, t, epsabs=1e-13)[0]
    u = np.exp((a + b / (k - 1)) / k) - 1 - k / (k - 1) * v
    along = mean * (np.exp((a - b) / k) - 1) + off * u
    return start + along[:, None] * d + v * off


def blocks(classes: int, t: float, model: str) -> Array:
    """M(t), block by block, as it is defined."""
    d = directions(classes)
    own = [np.outer(d[j], d[j]) / (d[j] @ d[j]) if model == "L" else np.eye(classes) for j in range(classes)]
    rows = [[(alpha(t) if i == j else beta(t)) / classes * own[j] for j in range(classes)] for i in range(classes)]
    return np.block(rows)


FORMS: dict[str, Callable[[Array, float], Array]] = {"I": isotropic, "L": logits}


@pytest.mark.parametrize("classes", CLASSES)
@pytest.mark.parametrize("model", FORMS)
def test_closed_forms_solve_the_equations(model: str, classes: int) -> None:
    start = starts(classes)
    found = solve_ivp(
        lambda t, x: blocks(classes, t, model) @ x, (0, END), start.ravel(), method="DOP853", rtol=1e-12, atol=1e-12
    )
    exact = FORMS[model](start, END)
    assert np.abs(found.y[:, -1].reshape(start.shape) - exact).max() < 1e-9


def listed(x: Array) -> str:
    return "[" + ", ".join("[" + ", ".join(map(repr, row)) + "]" for row in x.tolist()) + "]"


def program(model: str, start: Array, arguments: str, run: str) -> nshed.Program:
    return nshed.loads(f"""experiment e {{
      model locally_elastic_mean(classes: {len(start)}, logits: {"true" if model == "L" else "false"}, start: {listed(start)}, {arguments})
      run {run}
      record means = X at end
    }}""")


def by_kernel(model: str, start: Array, arguments: str, run: str) -> Array:
    return np.asarray(program(model, start, arguments, run).run(jobs=1)["means"].values)


def by_evaluator(model: str, start: Array, arguments: str, run: str) -> Array:
    """Without a kernel, which takes longer to compile than this takes."""
    return reference_run(study_of(program(model, start, arguments, run)))[-1]["means"]


def gaps(run: Run, model: str, classes: int, method: str, dt: float) -> list[float]:
    """Distances from the closed form, at dt and at halves of it."""
    start = starts(classes)
    exact = FORMS[model](start, END)
    runs = [f"until: {END}, dt: {dt} / {2**k}, method: {method}" for k in range(3)]
    return [float(np.abs(run(model, start, VARYING, r) - exact).max()) for r in runs]


@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("model", FORMS)
def test_class_means_follow_the_closed_forms_to_the_order_of_the_scheme(model: str, classes: int) -> None:
    found = gaps(by_evaluator, model, classes, "heun", 1 / 8)
    assert np.log2(found[1] / found[2]) == pytest.approx(2, abs=0.3)


@pytest.mark.parametrize("classes", [4, 10])
@pytest.mark.parametrize(("model", "method", "order", "dt"), [("I", "euler", 1, 1 / 64), ("L", "rk4", 4, 1 / 8)])
def test_so_do_those_of_more_classes(model: str, method: str, order: int, dt: float, classes: int) -> None:
    found = gaps(by_kernel, model, classes, method, dt)
    assert [np.log2(a / b) for a, b in pairwise(found)] == pytest.approx([order] * 2, abs=0.2)


@pytest.mark.parametrize(("model", "rates"), [("I", {2.9: 3, 0.3: 6}), ("L", {0.6: 1, 0.75: 2, 0.0: 6})])
def test_eigenvalues(model: str, rates: dict[float, int]) -> None:
    """What one step of Euler's does to each unit vector is M. I: (α + (K-1) β)/K p times, γ/K else; L: γ/K once, (α + β/(K-1))/K K - 1 times, 0 else."""
    units = np.eye(9).reshape(9, 3, 3)
    given = "alpha: 2.1, beta: 0.3" if model == "L" else "alpha: 3.5, beta: 2.6"
    m = np.array([by_evaluator(model, u, given, "until: 1, dt: 1, method: euler").ravel() - u.ravel() for u in units]).T
    found = sorted(np.linalg.eigvals(m).real)
    assert found == pytest.approx(sorted(r for r, count in rates.items() for _ in range(count)), abs=1e-7)


SDE = """
experiment e {{
  model locally_elastic(classes: 3, samples: {samples}, logits: {logits}, start: {start}, spread: 0, {more})
  run until: 1.5, dt: 1/64
  repeat {repeats}, seed: 5
  record means = class_means(X) at end
}}
"""


@pytest.mark.parametrize("model", FORMS)
def test_the_sde_without_noise_is_the_ode(model: str) -> None:
    """By the reference evaluator; in the I-model by the literal drift, which is the same if all samples are."""
    start, isotropic = starts(3), model == "I"
    words = {"start": listed(start), "logits": str(not isotropic).lower()}
    more = f"sigma: 0, literal: {str(isotropic).lower()}, {VARYING}"
    text = SDE.format(**words, samples=2, repeats=1, more=more).replace("until: 1.5", "until: 0.25")
    found = reference_run(study_of(nshed.loads(text)))[-1]["means"]
    assert np.abs(found - by_evaluator(model, start, VARYING, "until: 0.25, dt: 1/64")).max() < 1e-12


@pytest.mark.parametrize("literal", [False, True])
def test_noise(literal: bool) -> None:
    """I-model, K = 2, α = β = 1: the mean of both classes grows as e^t, their difference not at all, and noise comes to both.
    Only by the literal drift does a sample's distance from its class' mean do the same; else it is a Brownian motion.
    """
    samples, start = 4000, np.array([[1.0, 0.5], [-0.2, 0.4]])
    text = f"""experiment e {{
      model locally_elastic(classes: 2, samples: {samples}, logits: false, alpha: 1, beta: 1, literal: {str(literal).lower()}, start: {listed(start)})
      run until: 1, dt: 1/256
      record means = class_means(X) at end
      record off[k in class, a in coord, n in sample] = X[k, a, n] - centre[k, a] at end
    }}"""
    found = nshed.loads(text).run(jobs=1)
    both, apart = start.sum(axis=0) * np.e, start[0] - start[1]
    # The variance of a sum of two samples: 2 (spread² e^2t + ∫ e^2s ds), of a difference: 2 (spread² + t).
    grown = 0.5 * np.exp(2) + (np.exp(2) - 1)
    means = found["means"].values
    assert means.sum(axis=0) == pytest.approx(both, abs=5 * np.sqrt(grown / samples))
    assert means[0] - means[1] == pytest.approx(apart, abs=5 * np.sqrt(2.5 / samples))
    off = found["off"].values
    assert (off[0] - off[1]).var() == pytest.approx(2.5, rel=0.06)
    assert (off[0] + off[1]).var() == pytest.approx(grown if literal else 2.5, rel=0.06)
