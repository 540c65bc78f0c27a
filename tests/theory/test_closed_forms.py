"""Growth and decay against closed forms: Figure 4's exponents, affine laws in exact fractions, powers that a float can't hold."""

from fractions import Fraction
from math import log
from pathlib import Path

import numpy as np
import pytest

import neurashed_dsl as nshed

HERE = Path(__file__).parent

# One sensor that x1 lights and x2 doesn't; the second keeps x2 from being empty.
PAIR = """
network pair {{
  level low {{ a, b }}
  level high {{
    ha = any(a)
    hb = any(b)
  }}
  classes {{
    one <- ha
    two <- hb
  }}
  inputs {{
    x1: a -> one
    x2: b -> two
  }}
  init λ = {start}
  init η = 1
  update λ by {law}
  update η by multiplicative(1.01, 0.99)
}}
experiment trial {{
  model  pair
  run    steps: {steps}, order: {order}
  record value = amplification(low) every {every}
  record size = log(amplification(low)) every {every}
}}
"""


def pair(law: str, steps: int, order: str, start: str = "1", every: int = 1) -> nshed.Program:
    return nshed.loads(PAIR.format(law=law, steps=steps, order=order, start=start, every=every))


def test_figure4_grows_by_whole_exponents_in_a_pass() -> None:
    found = nshed.load(HERE / "figure4.nshed").run("one_pass")["size"]
    growth = (found.isel(step=1) - found.isel(step=0)) / log(1.022)
    once, twice = [1, 3, 4, 6, 8, 10, 11, 13], [2, 5, 9, 12]  # of the 8 inputs
    exponents = {f"f[{i}]": 1 for i in once} | {f"f[{i}]": 4 for i in twice} | {"f[7]": 6}
    exponents |= {"b1": 4, "b3": 4, "b4": 4, "b6": 4, "b2": 10, "b5": 10}
    for node, exponent in exponents.items():
        assert growth.sel(node=node).values == pytest.approx(exponent, abs=1e-9), node


@pytest.mark.parametrize("order", ["[x1]", "[x2]", "[x1, x2]", "[x1, x1, x2, x1, x2, x2, x2]"])
@pytest.mark.parametrize(
    ("law", "fire", "rest"),
    [
        ("additive(1/4, 3/4)", (Fraction(1), Fraction(1, 4)), (Fraction(3, 4), Fraction(0))),
        ("saturating(1/8, 3, 7/8)", (Fraction(7, 8), Fraction(3, 8)), (Fraction(7, 8), Fraction(0))),
        ("multiplicative(9/8, 7/8)", (Fraction(9, 8), Fraction(0)), (Fraction(7, 8), Fraction(0))),
    ],
)
def test_affine_laws_compose(
    law: str, fire: tuple[Fraction, Fraction], rest: tuple[Fraction, Fraction], order: str
) -> None:
    """Whatever the order, the state is a composition of affine maps, worked out in fractions."""
    found = pair(law, 30, order, start="1/2").run()["value"].sel(low="a").values
    sequence, value, expected = order.strip("[]").split(", "), Fraction(1, 2), [Fraction(1, 2)]
    for step in range(30):
        a, c = fire if sequence[step % len(sequence)] == "x1" else rest
        value = a * value + c
        expected.append(value)
    np.testing.assert_allclose(found, [float(v) for v in expected], rtol=1e-12)


def test_affine_power() -> None:
    """a^k·x + c·(a^k - 1)/(a - 1) of a law that grows by a share and an amount."""
    law = "law both(a = 1.5, c = 2) {\n  fire(x) = a * x + c\n  rest(x) = x\n}\n"
    source = law + PAIR.format(law="both", steps=60, order="[x1]", start="1", every=1)
    found = nshed.loads(source).run()["value"].sel(low="a").values
    power = 1.5 ** np.arange(61)
    np.testing.assert_allclose(found, power + 2 * (power - 1) / 0.5, rtol=1e-12)


def test_halvings_then_doublings() -> None:
    """A float64 underflows to 0 for good on the way."""
    order = "[" + ", ".join(["x2"] * 1100 + ["x1"] * 1200) + "]"
    found = pair("multiplicative(2, 1/2)", 2300, order, every=100).run()
    size = found["size"].sel(low="a")
    assert float(size.sel(step=1100)) == pytest.approx(-1100 * log(2), rel=1e-13)
    assert float(size.sel(step=2300)) == pytest.approx(100 * log(2), rel=1e-11)
    assert float(found["value"].sel(low="a", step=2300)) == pytest.approx(2.0**100, rel=1e-9)


def test_zero_stays_zero_and_leaves_it_by_an_amount() -> None:
    still = pair("multiplicative(1.5, 0.5)", 10, "[x1, x2]", start="0").run()
    assert (still["value"] == 0).all()
    assert (still["size"] == -np.inf).all()
    moving = pair("additive(0.5, 0.5)", 10, "[x1, x1]", start="0").run()
    np.testing.assert_allclose(moving["value"].sel(low="a"), 0.5 * np.arange(11), rtol=1e-14)


@pytest.mark.parametrize("order", ["[x1, x2]", "[x1, x1]", "[x2, x2]", "[x2, x2, x1, x1]"])
@pytest.mark.parametrize("start", ["0", "3"])
def test_a_rest_that_forgets(order: str, start: str) -> None:
    """g⁻ = 0 is within the contract, 0 ≤ g⁻(x) ≤ x, and its logarithm is -∞."""
    found = pair("multiplicative(2, 0)", 8, order, start=start).run()
    sequence, value, expected = order.strip("[]").split(", "), float(start), [float(start)]
    for step in range(8):
        value = 2 * value if sequence[step % len(sequence)] == "x1" else 0.0
        expected.append(value)
    np.testing.assert_allclose(found["value"].sel(low="a"), expected, rtol=1e-12)


def test_a_rest_that_keeps() -> None:
    found = pair("multiplicative(2, 1)", 12, "[x1, x2, x2]").run()["value"].sel(low="a").values
    np.testing.assert_allclose(found, 2.0 ** np.array([0, 1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4]), rtol=1e-12)


def test_only_counts_matter_where_laws_commute() -> None:
    """Multiplicative g⁺ and g⁻: λ after n steps is known from how often each node fired."""
    source = (HERE / "figure4.nshed").read_text("utf-8").partition("experiment one_pass")[0]
    text = (
        source
        + """
experiment a {
  model  figure4
  run    steps: 80, order: shuffled
  repeat 4, seed: 1
  record size[n in node] = log(λ[n]) at [0, 80]
}
experiment b {
  model  figure4
  run    steps: 80, order: cyclic
  repeat 4, seed: 1
  record size[n in node] = log(λ[n]) at [0, 80]
}
"""
    )
    program = nshed.loads(text)
    np.testing.assert_allclose(program.run("a")["size"], program.run("b")["size"], rtol=1e-12)
