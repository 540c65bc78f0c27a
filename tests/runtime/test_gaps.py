"""What is missing, as a run stopped early or as there is no number, makes no claim true, and none false that holds of all there is."""

import numpy as np
import pytest

import neurashed_dsl as nshed

HALVES = """
system s {
  state x = 1
  x <- x / 2
}
experiment e {
  model s
  run steps: 10
  repeat 4
  stop when x < 0.2
  record x every 1
  derive low = if x > 0.4 then 1 else 2
  derive lost = 0 * x / (first(x) - 1)
  expect CLAIM
}
"""


@pytest.mark.parametrize(
    ("claim", "holds"),
    [
        # 1, 1/2, 1/4, 1/8, and nothing more
        ("all(x > 0)", True),
        ("all(x > 0.2)", False),
        ("not any(x < 0)", True),
        ("count(x > 0.4) == 2", True),
        ("first_step(x < 0.4) == 2", True),
        ("x[step: 9] < 0.1", False),
        ("not (x[step: 9] < 0.1)", False),
        ("x[step: 9] != 0.1", False),
        ("not (x[step: 9] < 0.1 and first(x) == 1)", False),
        ("not (x[step: 9] < 0.1 and first(x) == 2)", True),  # false whatever it is
        ("x[step: 9] < 0.1 or first(x) == 1", True),
        ("x[step: 9] < 0.1 or first(x) == 2", False),
        ("all(lost > 0)", False),
        ("not all(lost > 0)", False),
        ("not any(lost > 0)", False),
        ("count(lost > 0) == 0", True),
        ("(if x[step: 9] > 0 then 1 else 2) > 0", False),
        ("last(low) == 2", True),
    ],
)
@pytest.mark.parametrize("share", ["", " for 100% of repeats"])
def test_claims(claim: str, share: str, holds: bool) -> None:
    program = nshed.loads(HALVES.replace("CLAIM", claim + share))
    assert [c.holds for c in program.test("e")] == [holds]


def test_a_choice_is_missing_where_its_condition_is() -> None:
    low = nshed.loads(HALVES.replace("CLAIM", "first(x) == 1")).run()["low"].isel(repeat=0).values
    np.testing.assert_array_equal(low[:5], [1, 1, 2, 2, np.nan])
