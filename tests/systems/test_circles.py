"""Lets that read each other round along an axis, against what they are in closed form."""

import numpy as np
import pytest

import neurashed_dsl as nshed

# cos kθ and sin kθ by their addition theorems, each from both one place before, or after.
TURNING = """
system turning(last: int = 9) {{
  axis  k = 0..last
  state angle = 0.3
  let   c[j in k] = if j == {first} then 1 else c[j {back} 1] * cos(angle) - s[j {back} 1] * sin(angle)
  let   s[j in k] = if j == {first} then 0 else s[j {back} 1] * cos(angle) + c[j {back} 1] * sin(angle)
  let   loss = c[{last}] + 2 * s[{last}]
  angle <- angle + 0.1
}}
experiment trial {{
  model  turning
  run    steps: 2
  record c every 1
  record s every 1
  record slope = grad(loss, angle) every 1
  record inner[j in k] = grad(loss, c[j]) every 1
}}
"""


@pytest.mark.parametrize(("first", "back", "last"), [(0, "-", 9), (9, "+", 0)])
def test_addition_theorems(first: int, back: str, last: int) -> None:
    found = nshed.loads(TURNING.format(first=first, back=back, last=last)).run()
    angles = 0.3 + 0.1 * np.arange(3)
    turns = np.abs(np.arange(10) - first)
    np.testing.assert_allclose(found.c.squeeze(), np.cos(np.outer(angles, turns)), atol=1e-14)
    np.testing.assert_allclose(found.s.squeeze(), np.sin(np.outer(angles, turns)), atol=1e-14)
    np.testing.assert_allclose(found.slope.squeeze(), -9 * np.sin(9 * angles) + 18 * np.cos(9 * angles), rtol=1e-13)
    # What is added to the cosine at one place is turned by the angle that is left.
    left = np.outer(angles, 9 - turns)
    np.testing.assert_allclose(found.inner.squeeze(), np.cos(left) + 2 * np.sin(left), atol=1e-13)
