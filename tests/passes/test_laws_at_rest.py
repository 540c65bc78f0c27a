"""Which laws let a step cost what fires: those whose `rest`, many times over, is as cheap as once."""

import pytest
from reference_run import study_of

import neurashed_dsl as nshed
from neurashed_dsl.ir.expr import Row, Whole
from neurashed_dsl.ir.system import System
from neurashed_dsl.passes import lower

TEXT = """
param base = 1.1

law race(up = 1, down = 1/2) {
  fire(x) = base^up * x
  rest(x) = base^(-down) * x
}
law slow(fade = 0.1) {
  fire(x) = x + 0.1
  rest(x) = (1 - fade) * x
}
law cooling(a = 1.5) {
  fire(x) = a * x
  rest(x) = x * (1 - 1 / (2 + step))
}
law squashed(c = 1) {
  fire(x) = x + c
  rest(x) = x / (1 + x)
}
law worn(b = 0.1) {
  fire(x) = 2 * x
  rest(x) = x / (1 + b * x)
}
unchecked law relaxing(rate = 0.1, floor = 0.2) {
  fire(x) = x + 1
  rest(x) = x + rate * (floor - x)
}
law leaking(c = 0.1) {
  fire(x) = x + 1
  rest(x) = max(x - c, 0)
}
unchecked law waning(b = 0.1) {
  fire(x) = x + 0.1
  rest(x) = x * (1 - b * x)
}
unchecked law pole(b = 0.1) {
  fire(x) = x + 1
  rest(x) = x / (1 - b * x)
}
law noisy(sd = 0.1) {
  fire(x) = x * exp(0.1 + ~normal(0, sd))
  rest(x) = 0.9 * x
}
law held(c = 1) {
  fire(x) = x + c
  rest(x) = x
}
network net {
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
  update λ by LAW
}
experiment trial {
  model net
  run   steps: 10, batch: BATCH
  record p = probability() at end
}
"""

CLOSED = [
    *("race", "multiplicative", "additive", "saturating", "slow", "held", "multiplicative(2, 0)"),
    *("squashed", "worn", "relaxing", "leaking"),
    *("multiplicative\n  update λ[a] by worn", "additive\n  update λ[high] by squashed"),
]


def lowered(law: str, batch: str = "1") -> System:
    return lower(study_of(nshed.loads(TEXT.replace("LAW", law).replace("BATCH", batch))).system)


@pytest.mark.parametrize("batch", ["1", "2"])
@pytest.mark.parametrize("law", CLOSED)
def test_a_step_costs_what_fires(law: str, batch: str) -> None:
    made = lowered(law, batch)
    assert "λ.since" in made.slots
    (only,) = [f for f in made.next if f.updates[0][0] == "λ"]
    assert any(isinstance(b.domain, Row) for b in only.binders)
    assert not any(isinstance(b.domain, Whole) and b.domain.axis == "node" for b in only.binders)


@pytest.mark.parametrize("law", ["cooling", "waning", "pole", "noisy"])
def test_others_touch_every_value(law: str) -> None:
    made = lowered(law)
    assert "λ.since" not in made.slots
    assert any(isinstance(b.domain, Whole) and b.domain.axis == "node" for f in made.next for b in f.binders)


@pytest.mark.parametrize("law", ["race", "additive"])
def test_a_full_batch_has_nothing_that_rests_by_chance(law: str) -> None:
    made = lowered(law, "all")
    assert made.tabulated == ()
    assert made.hoisted  # the union of the pathways
