"""Sums of products as matrix products: equal to the plain sums but for rounding, and to themselves on any number of threads."""

from dataclasses import replace

import numpy as np
import pytest
from reference_run import reference_run, same_bits, study_of

import neurashed_dsl as nshed
from neurashed_dsl.passes import lower

# Every layout of factors and results, a vector, a scan that must be left alone, a sum with a condition.
TEXT = """
system made(n: int = 24) {{
  axis  i = 1..n
  axis  j = 1..n
  axis  k = 1..n
  state A[i, k] ~ normal(0, 1)
  state B[k, j] ~ normal(0, 1)
  draw  x[k, i] ~ normal(0, 0.1)
  let   plain[a in i, b in j] = tanh(sum(A[a, c] * B[c, b] for c in k))
  let   left[a in i, b in j] = sum(x[c, a] * B[c, b] for c in k)
  let   turned[b in j, a in i] = sum(B[c, b] * x[c, a] for c in k)
  let   both[c in k, a in i] = sum(plain[a, b] * B[c, b] for b in j)
  let   along[a in i] = sum(A[a, c] * x[c, 1] for c in k)
  let   some[a in i, b in j] = sum(A[a, c] * B[c, b] for c in k if c != 3)
  A[a in i, c in k] <- 0.9 * A[a, c] + 0.01 * sum(left[a, b] * B[c, b] for b in j) + both[c, a] / 100 + along[a] / 100
  B[c in k, b in j] <- 0.9 * B[c, b] + 0.01 * sum(A[a, c] * (turned[b, a] + some[a, b]) for a in i)
}}
experiment trial {{
  model made({size})
  run steps: 5{sums}
  repeat 4, seed: 3
  record A at end
  record B at end
}}
"""


def text(sums: str = "", size: str = "") -> str:
    return TEXT.format(sums=sums, size=size)


def test_products_are_the_sums() -> None:
    study = study_of(nshed.loads(text()))
    assert sum(x.product for x in lower(study.system).lets) >= 5
    found, exact = nshed.loads(text()).run(), reference_run(study)[-1]
    for name in "AB":
        scale = np.abs(exact[name]).max()
        assert np.abs(found[name][0].to_numpy() - exact[name]).max() < 1e-14 * scale * 24


def test_plain_sums_are_added_in_order() -> None:
    program = nshed.loads(text(", sums: plain"))
    assert not any(x.product for x in lower(study_of(program).system).lets)
    exact = reference_run(study_of(program))[-1]
    assert same_bits(program.run()["A"][0], exact["A"])


@pytest.mark.parametrize("jobs", [2, 3])
def test_threads_change_no_bit(jobs: int) -> None:
    program = nshed.loads(text())
    one, many = program.run(jobs=1), program.run(jobs=jobs)
    assert same_bits(one["A"], many["A"])
    assert same_bits(one["B"], many["B"])


def test_small_sums_are_left_alone() -> None:
    program = nshed.loads(text(size="n: 8"))
    assert not any(x.product for x in lower(study_of(program).system).lets)


def test_indices_of_one_name() -> None:
    """Every layer calls its units `j`, and so the gradient sums over one `j` for each other one."""
    layers = """
system made(n: int = 16) {
  axis  item = 1..n
  axis  low = 1..n
  axis  high = 1..n
  const x[item, low] ~ normal(0, 1)
  state A[low, low] ~ normal(0, 0.3)
  state B[high, low] ~ normal(0, 0.3)
  let   first[b in item, j in low] = tanh(sum(A[j, i] * x[b, i] for i in low))
  let   second[b in item, j in high] = tanh(sum(B[j, i] * first[b, i] for i in low))
  let   loss = sum(second[b, j]^2 for b in item, j in high)
  A[j in low, i in low] <- A[j, i] - 0.1 * grad(loss, A[j, i])
  B[j in high, i in low] <- B[j, i]
}
experiment trial {
  model made
  run steps: 1
  record A at end
}
"""
    study = study_of(nshed.loads(layers))
    written = replace(study, system=replace(study.system, plain_sums=True))
    found, exact = (reference_run(s)[-1]["A"] for s in (study, written))
    assert np.abs(found - exact).max() < 1e-13
