"""Leaps against exact arithmetic: what 10⁹ steps come to is known without making them (facts/neurashed.md, "Closed forms")."""

from fractions import Fraction

import mpmath
import numpy as np
import pytest

from neurashed_dsl import loads
from neurashed_dsl.ir.scalar import geometric, log_geometric

# x1 lights `a`, every input lights `b` or not as its rule says; five presentations in the order given.
TEXT = """
network net {{
  level low {{ a, b, c }}
  level high {{
    d = any(a, b)
    e = all(a, c)
  }}
  classes {{ one <- d, e }}
  inputs {{
    x: a    -> one
    y: b, c -> one
    z: a, c -> one
  }}
  init   λ = 0.5
  update λ by {law}
}}
experiment trial {{
  model  net
  run    steps: {steps}, order: [x, y, z, z, y]
  record log_strength[n in node] = log(λ[n]) at end
}}
"""
SEQUENCE = ["x", "y", "z", "z", "y"]
FIRES = {"x": "ad", "y": "bcd", "z": "acde"}
Map = tuple[Fraction, Fraction]


def after(first: Map, second: Map) -> Map:
    return second[0] * first[0], second[0] * first[1] + second[1]


def exact_log(node: str, fire: Map, rest: Map, steps: int) -> float:
    """ln λ after so many steps, in 60 digits: the maps of a period are composed as fractions, and their powers have a closed form."""
    maps = [fire if node in FIRES[x] else rest for x in SEQUENCE]
    whole, tail = (Fraction(1), Fraction(0)), (Fraction(1), Fraction(0))
    for each in maps:
        whole = after(whole, each)
    for each in maps[: steps % 5]:
        tail = after(tail, each)
    with mpmath.workdps(60):
        (a, c), (b, d) = ([mpmath.mpf(x.numerator) / x.denominator for x in pair] for pair in (whole, tail))
        k = steps // 5
        power = mpmath.power(a, k)
        summed = mpmath.mpf(k) if a == 1 else (power - 1) / (a - 1)
        return float(mpmath.log(b * (power * mpmath.mpf("0.5") + c * summed) + d))


@pytest.mark.parametrize("steps", [10**9, 10**9 + 3, 4])
@pytest.mark.parametrize(
    ("law", "fire", "rest"),
    [
        ("multiplicative(1.02, 0.99)", (1.02, 0), (0.99, 0)),
        ("additive(0.01, 0.99)", (1, 0.01), (0.99, 0)),
        ("additive(0.01, 0.9999999999)", (1, 0.01), (0.9999999999, 0)),
        ("additive(0.01, 1)", (1, 0.01), (1, 0)),
        ("saturating(0.05, 3, 0.999999)", None, (0.999999, 0)),
    ],
)
def test_a_billion_steps_in_an_instant(
    law: str, fire: tuple[float, float] | None, rest: tuple[float, float], steps: int
) -> None:
    found = loads(TEXT.format(law=law, steps=steps)).run(road="exact")["log_strength"].values
    # x + 0.05 (3 - x)
    grow = (1 - Fraction(0.05), Fraction(0.05) * 3) if fire is None else (Fraction(fire[0]), Fraction(fire[1]))
    wanted = [exact_log(n, grow, (Fraction(rest[0]), Fraction(rest[1])), steps) for n in "abcde"]
    np.testing.assert_allclose(found, wanted, rtol=1e-12, atol=1e-9)


@pytest.mark.parametrize("k", [0, 1, 2, 7, 10**9])
@pytest.mark.parametrize("a", [-np.inf, -3.0, -1e-3, -1e-12, 0.0, 1e-15, 1e-9, 0.5, 30.0])
def test_sums_of_powers(a: float, k: int) -> None:
    """(q^k - 1)/(q - 1) and its logarithm, of q = e^a, also where q is 1 but for the last digit."""
    with mpmath.workdps(60):
        q = mpmath.exp(a)
        total = mpmath.mpf(k) if q == 1 else (mpmath.power(q, k) - 1) / (q - 1)
        logarithm = float(mpmath.log(total)) if total > 0 else -np.inf
    assert log_geometric(a, float(k)) == pytest.approx(logarithm, rel=1e-13, abs=1e-13)
    if logarithm < 700:
        assert geometric(a, float(k)) == pytest.approx(float(total), rel=1e-12)
