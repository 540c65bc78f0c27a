"""Starts: a kernel works out what the evaluator does, to the last bit, and says no less of what goes wrong."""

import numpy as np
import pytest
from generated_systems import programs
from hypothesis import given, settings
from reference_run import same_bits, study_of
from thorough import examples

import neurashed_dsl as nshed
from neurashed_dsl.ir.evaluate import Memory
from neurashed_dsl.ir.starts import stages_of
from neurashed_dsl.ir.system import System
from neurashed_dsl.passes import lower
from neurashed_dsl.runtime.start import starts_kernel, starts_of
from neurashed_dsl.runtime.streams import stream

ALWAYS = 10**12  # replicates for which a kernel is always worth it

# Sums and sums of sums, constants that read themselves one way or the other, draws that read what is made of others, one that reads its index, a logarithm, whole numbers, truths,
# fractions that no float is.
MANY = """
system many(n: int = 6, spread = 0.3) {
  axis i = 1..n
  axis k = 0..3
  const a[i, k] ~ normal(0, 1)
  const length[j in i] = sqrt(sum(a[j, m]^2 for m in k))
  const up[j in i] = 1/3 * j + sum(length[p] for p in i if p <= j)
  const down[j in i] = up[if j == 1 then n else j - 1]
  const total = sum(abs(a[j, m]) for j in i, m in k if m != 2)
  const most = max(length[j] for j in i) + total
  const shifted[i] ~ normal(most, spread)
  const each[j in i] ~ normal(up[j], spread + total)
  const late[j in i] = shifted[j] - most + each[j]
  const run_up[j in i] = (if j == 1 then 1/3 else run_up[j - 1] / 3) + each[j]
  const run_down[j in i, m in k] = if j == n then a[j, m] else run_down[j + 1, m] * 0.7 + run_up[j] / (m + 1)
  state x[j in i, m in k] = a[j, m] / length[j] + down[j] * m + late[j]
  state g[j in i]: log = exp(late[j]) * 1/3
  state count[j in i]: int = j * 2 + (if a[j, 1] > 0 then 1 else 0)
  state high[j in i]: bool = a[j, 2] > 0
  state whole = most
  state ran[j in i, m in k] = run_down[j, m] * 2
  state thirds[j in i] = 0.1 * j + j / 3 - 1
  state copy[j in i] = x[j, 1] - log(g[j])
  x[j in i, m in k] <- x[j, m]
  g[j in i] <- g[j]
  count[j in i] <- count[j]
  high[j in i] <- high[j]
  whole <- whole
  ran[j in i, m in k] <- ran[j, m]
  thirds[j in i] <- thirds[j]
  copy[j in i] <- copy[j]
}
experiment e {
  model many
  run steps: 1
  record x every 1
}
"""


def system_of(text: str) -> System:
    return lower(study_of(nshed.loads(text)).system)


def both(system: System, replicate: int = 0) -> None:
    def stream_of(name: str) -> np.random.Generator:
        return stream(3, replicate, name)

    kernel = starts_kernel(system, ALWAYS)
    assert kernel is not None
    plain, fast = (starts_of(system, Memory(system), stream_of, k) for k in (None, kernel))
    assert list(plain) == list(fast) == list(system.slots)
    for name, values in plain.items():
        assert values.dtype == fast[name].dtype, name
        assert same_bits(values, fast[name]), name


@given(programs(steps=1))
@settings(max_examples=examples(2), deadline=None)
def test_of_generated_systems(text: str) -> None:
    both(system_of(text))


def test_of_everything_that_a_start_may_read() -> None:
    system = system_of(MANY)
    assert [len(stage.slots) for stage in stages_of(system)] == [2, 5, 3, 1]
    both(system)
    both(system, replicate=1)


def test_an_index_beyond_its_axis_is_told_as_the_evaluator_tells_it() -> None:
    system = system_of(MANY.replace("down[j] * m", "down[i(4 + floor(3 * abs(a[j, m])))]"))
    said = []
    for kernel in (None, starts_kernel(system, ALWAYS)):
        with pytest.raises(nshed.NshedError) as error:
            starts_of(system, Memory(system), lambda name: stream(3, 0, name), kernel)
        said.append(str(error.value))
    assert said[0] == said[1]
    assert "an index goes beyond its axis at the start" in said[0]


def test_sums_that_have_a_closed_form() -> None:
    """Partial sums of 1, 2, … and unit vectors, where there is so much of it that a run takes the kernel."""
    text = """
system sums(n: int = 2000) {
  axis i = 1..n
  axis k = 1..3
  const a[i, k] ~ normal(0, 1)
  const long[j in i] = sqrt(sum(a[j, m]^2 for m in k))
  state partial[j in i] = sum(p for p in i if p <= j)
  state unit[j in i, m in k] = a[j, m] / long[j]
  partial[j in i] <- partial[j]
  unit[j in i, m in k] <- unit[j, m]
}
experiment e {
  model sums
  run steps: 1
  record partial at start
  record ones[j in i] = sum(unit[j, m]^2 for m in k) at start
}
"""
    found = nshed.loads(text).run()
    assert found["partial"].values.tolist() == [j * (j + 1) / 2 for j in range(1, 2001)]
    assert abs(found["ones"].values - 1).max() < 1e-15
