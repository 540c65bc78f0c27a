"""Nothing overflows (facts/neurashed.md, "Overflow"): the softmax of huge logits, and a million steps of Figure 4."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from reference_run import study_of

import neurashed_dsl as nshed
from neurashed_dsl.ir.evaluate import Memory
from neurashed_dsl.ir.stepping import observe
from neurashed_dsl.passes import lower

HERE = Path(__file__).parent

TWO = """
network two {
  level low { a, b }
  level high {
    ha = any(a)
    hb = any(b)
  }
  classes {
    one <- ha
    two <- hb
  }
  inputs {
    x1: a -> one
    x2: b -> two
  }
  update λ by multiplicative(1.5, 0.5)
}
experiment trial {
  model  two
  run    steps: 0
  record p = probability() at end
  record sure = probability(label) at end
  record wrong = loss() at end
  record right = accuracy() at end
}
"""


def measured(first: tuple[float, float], second: tuple[float, float]) -> dict[str, np.ndarray]:
    """The library's measures of two inputs, of which the first is of class `one`, whose logits have these logarithms."""
    system = lower(study_of(nshed.loads(TWO)).system, "settle_numbers")
    memory = Memory(system, {"logit": np.array([first, second])})
    measures = tuple(x for x in system.late if x.name not in ("score", "logit"))
    return observe(replace(system, lets=(), late=measures), memory, 0)


@pytest.mark.parametrize(
    ("logs", "expected"),
    [
        ((1000.0, 1000.0), (0.5, 0.5)),
        ((1e4, 9.9e3), (1.0, 0.0)),
        ((800.0, 799.0), (1.0, 0.0)),
        ((5.0, 4.9), (0.999999264988839, 7.3501116e-7)),
        ((-np.inf, -np.inf), (0.5, 0.5)),  # two classes none of whose nodes fires: e⁰ each
        ((0.0, -np.inf), (np.e / (np.e + 1), 1 / (np.e + 1))),
        ((-800.0, -900.0), (0.5, 0.5)),
    ],
)
def test_softmax_of_logarithms(logs: tuple[float, float], expected: tuple[float, float]) -> None:
    found = measured(logs, logs[::-1])
    np.testing.assert_allclose(found["p"][0], expected, rtol=1e-7, atol=1e-300)
    np.testing.assert_allclose(found["p"][1], expected[::-1], rtol=1e-7, atol=1e-300)
    np.testing.assert_allclose(found["sure"], [expected[0]] * 2, rtol=1e-14)
    assert found["p"].sum(axis=1) == pytest.approx(1, abs=1e-15)


def test_loss_of_the_losing_class() -> None:
    """-log p is Z_max - Z, where p itself is 0 in a float."""
    found = measured((7.0, 8.0), (8.0, 7.0))
    assert float(found["wrong"]) == pytest.approx(np.exp(8.0) - np.exp(7.0), rel=1e-12)
    assert float(found["right"]) == 0


def test_a_tie_is_wrong() -> None:
    assert float(measured((3.0, 3.0), (2.0, 3.0))["right"]) == 0.5


def test_a_million_steps() -> None:
    found = nshed.load(HERE / "figure4.nshed").run("long")
    p = found["p"]
    assert bool(np.isfinite(p).all())
    assert bool(((p >= 0) & (p <= 1)).all())
    np.testing.assert_allclose(p.sum("class"), 1, atol=1e-15)
    assert bool(np.isfinite(found["wrong"]).all())
    assert float(found["wrong"].isel(step=-1)) == 0
    # 125 000 passes of +10: far beyond what a float64 holds, which is e^709.
    assert float(found["size"].isel(step=-1).sel(parts="b2")) == pytest.approx(1_250_000 * np.log(1.022), rel=1e-3)
