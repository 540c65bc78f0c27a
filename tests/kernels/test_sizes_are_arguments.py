"""Sizes of axes are arguments: a sweep over them compiles once, and each size means what it means to the evaluator."""

import pytest
from reference_run import reference_run, same_bits, study_of

import neurashed_dsl as nshed
from neurashed_dsl.backend.write import write_kernel
from neurashed_dsl.passes import lower

CHAIN = """
param n: int = 5

experiment e {
  model spring_chain(blocks: n, noise: 0.2)
  run steps: 30, dt: 0.01
  record bent = convexity(load)
  record turn = curvature(load)
}
"""

# The last place and those beside it, ends of ranges, sizes in values of either kind, an index that the run checks.
PLACES = """
param n: int = 5

system ring {
  axis  place = 1..n
  state x[i in place] = i / size(place)
  state at = 1.0
  boundary x[0] = 1, x[n + 1] = 2
  let   end = x[highest(place)] + x[highest(place) - 1] * size(place) - x[1] / (size(place) - 1)
  let   picked = x[floor(at)]
  x[i in place] <- (x[i - 1] + x[i + 1]) / 2 + 0.01 * end * (if i == highest(place) then 1 else 0) + 0.001 * picked
  at <- if at < highest(place) - 1 then at + 1 else at
}

experiment e {
  model ring
  run steps: 12
  record x[i in place] = x[i]
}
"""


@pytest.mark.parametrize("lanes", [0, 16])
@pytest.mark.parametrize("text", [CHAIN, PLACES], ids=["chain", "places"])
def test_systems_of_other_sizes_share_a_kernel(text: str, lanes: int) -> None:
    few, many = (write_kernel(lower(study_of(nshed.loads(text, set={"n": n})).system), bool(lanes)) for n in (5, 9))
    assert few.source == many.source


@pytest.mark.parametrize("n", [3, 5, 9])
@pytest.mark.parametrize("text", [CHAIN, PLACES], ids=["chain", "places"])
def test_each_size_is_its_own(text: str, n: int) -> None:
    program = nshed.loads(text, set={"n": n})
    found, expected = program.run(), reference_run(study_of(program))
    for name in found.data_vars:
        assert all(
            same_bits(
                found[name].values[..., step, :] if found[name].ndim > 1 else found[name].values[step],
                expected[step][name],
            )
            for step in range(len(expected))
        )
