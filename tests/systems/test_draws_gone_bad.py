"""Arguments of a draw that only the run knows: where no number can be drawn from them, the run ends at that step."""

import pytest

import neurashed_dsl as nshed
from neurashed_dsl import NshedError

TEXT = """
system s {
  state x = 0
  state y = 0
  draw b ~ DRAW
  x <- x + 1
  y <- b
}
experiment e {
  model s
  run steps: 9
  repeat REPEATS
  record y every 1
}
"""


@pytest.mark.parametrize("repeats", [2, 16])
@pytest.mark.parametrize(
    ("draw", "step"),
    [
        ("bernoulli(x / 4)", 5),
        ("normal(0, 3 - x)", 4),
        ("poisson(3 - x)", 4),
        ("uniform(0, 3 - x)", 4),
        ("exponential(3 - x)", 3),
        ("lognormal(0, 3 - x)", 4),
    ],
)
def test_the_step_is_told(draw: str, step: int, repeats: int) -> None:
    text = TEXT.replace("DRAW", draw).replace("REPEATS", str(repeats))
    with pytest.raises(NshedError) as error:
        nshed.loads(text).run(jobs=1)
    (told,) = error.value.diagnostics
    assert (told.code, told.values["array"], told.values["step"]) == ("not-finite", "y", step)
    assert told.helps == ["`b`: no number is drawn where the arguments are none of the distribution, as `sd` below 0"]
