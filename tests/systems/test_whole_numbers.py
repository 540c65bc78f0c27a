"""Whole numbers: exact up to 2^53, and never wrapped round or divided by 0 without a word."""

import math

import numpy as np
import pytest

import neurashed_dsl as nshed
from neurashed_dsl import NshedError

FACTORIALS = """
system s(m: int = 25) {
  axis  i = 1..m
  const f[q in i] = prod(p for p in i if p <= q)
  state x[i] = 0
  x[q in i] <- prod(p + step for p in 1..q)
}
experiment e {
  model s
  run steps: 1
  record f at end
  record x[q in i] = x[q] at end
  record g = prod(p for p in 1..25) at end
}
"""

GROWING = """
system s {
  state n: int = 3
  n <- {law}
}
experiment e {
  model s
  run steps: 60
  repeat {repeats}
  record n every 1
}
"""


def growing(law: str, repeats: int) -> str:
    return GROWING.replace("{law}", law).replace("{repeats}", str(repeats))


def test_products_of_whole_numbers_are_factorials() -> None:
    found = nshed.loads(FACTORIALS).run()
    expected = [float(math.factorial(q)) for q in range(1, 26)]
    np.testing.assert_allclose(found["f"].values.ravel(), expected, rtol=1e-15)
    np.testing.assert_allclose(found["x"].values.ravel(), expected, rtol=1e-15)
    assert found["g"].item() == pytest.approx(math.factorial(25), rel=1e-15)


def test_large_parameters_are_multiplied_as_reals() -> None:
    text = "system s(k: int = 4000000000) {\n  state r = 0\n  r <- k * k * 1.0 + (if k * k > k then 1e19 else 0)\n}\n"
    text += "experiment e {\n  model s\n  run steps: 1\n  record r at end\n  record z = k * k * k + 0 * r at end\n}\n"
    text = text.replace("k * k * k + 0 * r", "cube(r)").replace(
        "system", "fn cube(r) = 4000000000 * 4000000000 * 4000000000 + 0 * r\n\nsystem", 1
    )
    found = nshed.loads(text).run()
    assert found["r"].item() == 1.6e19 + 1e19
    assert found["z"].item() == pytest.approx(6.4e28, rel=1e-15)


@pytest.mark.parametrize("repeats", [1, 16])
@pytest.mark.parametrize(
    ("law", "step"),
    [
        ("n * n", 5),  # 3^32 is below 2^53, and 3^64 isn't
        ("n + n * (step + 1)", 16),  # 3 · 17! is below 2^53, and 3 · 18! isn't
        ("7 // (step - 3)", 3),
        ("n % (2 - step)", 2),
        ("n + 9007199254740990", 0),
        ("round(n * 1e5)", 3),
        ("max(n * n * i for i in 1..1)", 5),
        ("floor(n / (4 - step))", 4),
    ],
)
def test_what_is_no_whole_number_any_more_ends_the_run(law: str, step: int, repeats: int) -> None:
    with pytest.raises(NshedError) as error:
        nshed.loads(growing(law, repeats)).run(jobs=1)
    (told,) = error.value.diagnostics
    assert (told.code, told.values["step"]) == ("not-finite", step)
    assert told.values["value"] == "beyond 2^53, or divided by 0,"


@pytest.mark.parametrize("repeats", [1, 16])
def test_whole_numbers_are_exact_up_to_2_to_53(repeats: int) -> None:
    """A linear congruential generator, of which no product reaches 2^53."""
    law = "(n * 1103515245 + 12345) % 4194301"
    found = nshed.loads(growing(law, repeats)).run(jobs=1)["n"].isel(repeat=0).values
    expected = [3]
    while len(expected) < len(found):
        expected.append((expected[-1] * 1103515245 + 12345) % 4194301)
    assert found.tolist() == expected


def test_a_place_that_is_checked_may_be_divided_by() -> None:
    """`%` of an index by a parameter stays whole: it says where."""
    text = "system s(m: int = 3) {\n  axis i = 0..5\n  state x[q in i] = q\n  x[q in i] <- x[q % m]\n}\n"
    found = nshed.loads(text + "experiment e {\n  model s\n  run steps: 1\n  record x[q in i] = x[q] at end\n}\n").run()
    assert found["x"].values.ravel().tolist() == [0, 1, 2, 0, 1, 2]


def test_what_is_rounded_as_a_real_may_be_large() -> None:
    text = "system s {\n  state x = 123456789.123456789\n  state y = 0\n  state z = 0\n  x <- round(x * 1e12) / 1e12\n  y <- floor(1e30) + ceil(x)\n"
    text += "  z <- round(2.5) + round(3.5) + round(-0.5) + floor(-1.5) + ceil(-1.5)\n}\n"
    text += "experiment e {\n  model s\n  run steps: 1\n  record x at end\n  record y at end\n  record z at end\n}\n"
    found = nshed.loads(text).run()
    assert found["x"].item() == pytest.approx(123456789.123456789, rel=1e-15)
    assert found["y"].item() == 1e30
    assert found["z"].item() == 2 + 4 + 0 - 2 - 1


def test_lets_and_constants_that_grow_large_are_real() -> None:
    """Unless they say where something is read."""
    text = """
system s(k: int = 4000000000) {
  axis  i = 1..70
  const p[q in i] = if q == 1 then 1 else 2 * p[q - 1]
  const at[q in i] = (q * 7919 * 7919 * 7919) % 70 + 1
  let   m = k * k
  state r = 0
  state x[q in i] = q
  r <- m * 1.0
  x[q in i] <- x[at[q]]
}
experiment e {
  model s
  run steps: 1
  record r at end
  record p at end
  record x[q in i] = x[q] at end
}
"""
    found = nshed.loads(text).run()
    assert found["r"].item() == 1.6e19
    assert found["p"].values.ravel().tolist() == [2.0**q for q in range(70)]
    assert found["x"].values.ravel().tolist() == [(q * 7919**3) % 70 + 1 for q in range(1, 71)]
