"""`size`, `lowest` and `highest` of all that has them, counted by hand; kernel and evaluator alike."""

import numpy as np
from reference_run import reference_run, study_of

import neurashed_dsl as nshed

SYSTEM = """
fn last(set) = highest(1..set)
measure spread(L) = size(L) + 10 * lowest(L) + 100 * highest(L)
system s(n: int = 4, wide[layer] = [5, 7, 9]) {
  axis unit = 0..n
  axis layer = 1..3
  axis side = [left, right]
  const held[unit] = 1
  state x[unit] = 0
  state w[unit, side] = 0
  let far[u in 2..5] = u
  let below[u in unit] = size(1..u) + 10 * size(u..n) + 100 * highest(0..u) + 1000 * last(u)
  let all = size(unit) + 10 * size(side) + 100 * size(wide) + 1000 * size(held) + 10000 * size(far) + 100000 * size(axis(w, 2))
  let ends = lowest(unit) + 10 * highest(unit) + 100 * lowest(far) + 1000 * highest(far)
  let one = size(left)
  x[u in unit] <- x[u] + 1
  w[u in unit, t in side] <- w[u, t]
}
experiment e {
  model s
  run steps: 1
  record below = below at start
  record all = all at start
  record ends = ends at start
  record one = one at start
  record of_array = spread(x) at start
  record of_axis = spread(layer) at start
}
"""
NETWORK = """
measure spread(L) = sum(λ[n] for n in L) / size(L)
network small {
  level traits { a, b, c }
  level parts {
    d = all(a, b)
    e = any(a, b, c)
  }
  classes {
    first <- d
    second <- e
  }
  inputs {
    one: a, b -> first
    two: b    -> second
    three: c  -> second
  }
  init λ = 2
  init η = 1
  update λ by additive(1, 0)
  update η by additive(1, 0)
}
experiment e {
  model small
  run steps: 1
  record levels = size(node) + 10 * size(traits) + 100 * size(class) + 1000 * size(sample) at start
  record shown = size(trained) at start
  record below[n in node] = size(into(n)) at start
  record of_level = spread(parts) at start
  record of_node = spread(d) at start
}
"""


def values(text: str) -> dict[str, np.ndarray]:
    program = nshed.loads(text)
    found, meant = program.run(jobs=1), reference_run(study_of(program))[0]
    for name in meant:
        np.testing.assert_array_equal(found[name].values, meant[name])
    return {name: found[name].values for name in meant}


def test_of_axes_ranges_and_arrays() -> None:
    found = values(SYSTEM)
    np.testing.assert_array_equal(found["below"], [u + 10 * (5 - u) + 1100 * u for u in range(5)])
    assert found["all"] == 5 + 20 + 300 + 5000 + 40000 + 200000
    assert found["ends"] == 0 + 40 + 200 + 5000
    assert found["one"] == 1
    assert found["of_array"] == 5 + 400
    assert found["of_axis"] == 3 + 10 + 300


def test_of_levels_inputs_and_what_a_relation_gives() -> None:
    found = values(NETWORK)
    assert found["levels"] == 5 + 30 + 200 + 3000
    assert found["shown"] == 3
    np.testing.assert_array_equal(found["below"], [0, 0, 0, 2, 3])
    assert found["of_level"] == found["of_node"] == 2
