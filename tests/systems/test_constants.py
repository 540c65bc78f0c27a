"""Constants that read themselves along an axis: powers, Fibonacci's numbers, Pascal's triangle; by the evaluator and by a kernel."""

import math

import numpy as np
import pytest
from reference_run import reference_run, same_bits, study_of

import neurashed_dsl as nshed
from neurashed_dsl.runtime import start

SCANS = """
system scans(n: int = 12) {
  axis site = 1..n
  const half[i in site] = if i == 1 then 1 else half[i - 1] / 2
  const rest[i in site] = if i == n then half[i] else half[i] + rest[i + 1]
  const fibonacci[i in site]: int = if i <= 2 then 1 else fibonacci[i - 1] + fibonacci[i - 2]
  const pascal[i in site, j in site]: int =
    if j == 1 then 1 else if i == 1 then 0 else pascal[i - 1, j] + pascal[i - 1, j - 1]
  const factorial[i in site] = factorial[i - 1] * i
  boundary factorial[0] = 1
  const thrice[i in site]: log = if i == 1 then 3 else thrice[i - 1] * 3
  const even[i in site]: bool = if i == 1 then false else not even[i - 1]
  const first ~ normal(0, 1)
  const doubled[i in site] = if i == 1 then first else 2 * doubled[i - 1]
  state x[i in site] = doubled[i]
  x[i in site] <- x[i] + half[i]
}
experiment e {
  model scans
  run steps: 2
  record half = half at start
  record rest = rest at start
  record fibonacci = fibonacci at start
  record pascal = pascal at start
  record factorial = factorial at start
  record thrice = thrice at start
  record even[i in site] = if even[i] then 1 else 0 at start
  record x
}
"""
N = 12
PLACES = np.arange(1, N + 1)


def closed_forms(n: int) -> dict[str, object]:
    root = math.sqrt(5)
    return {
        "half": 0.5 ** (PLACES - 1),
        "rest": 0.5 ** (PLACES - 2) - 0.5 ** (n - 1),
        "fibonacci": np.round(((1 + root) / 2) ** PLACES / root),
        "pascal": [[math.comb(i, j) for j in range(n)] for i in range(n)],
        "factorial": [math.factorial(i) for i in PLACES],
        "even": 1 - PLACES % 2,
    }


@pytest.mark.parametrize("much", [start.MUCH, 0], ids=["evaluator", "kernel"])
def test_what_has_a_closed_form(much: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(start, "MUCH", much)
    found = nshed.loads(SCANS).run(jobs=1)
    for name, values in closed_forms(N).items():
        np.testing.assert_array_equal(found[name].values, values, name)
    np.testing.assert_allclose(found["thrice"].values, 3.0**PLACES, rtol=1e-13)
    x = found["x"].values
    assert same_bits(x[0], x[0, 0] * 2.0 ** (PLACES - 1))
    np.testing.assert_allclose(x[2], x[0] + 2 * 0.5 ** (PLACES - 1), rtol=1e-15)


def test_kernel_and_evaluator_have_the_same_bits() -> None:
    program = nshed.loads(SCANS)
    found, meant = program.run(jobs=1), reference_run(study_of(program))
    assert same_bits(found["x"].values, np.array([m["x"] for m in meant]))
    for name in ("half", "rest", "fibonacci", "pascal", "factorial", "thrice"):
        assert same_bits(found[name].values.astype(float), meant[0][name].astype(float)), name


def test_through_a_network() -> None:
    """How deep a node lies."""
    text = """
network tree {
  level bottom { a, b }
  level middle { c = any(a, b) }
  level top {
    d = all(a, c)
    e = any(b)
  }
  classes {
    first <- d
    second <- e
  }
  inputs {
    one: a -> first
    two: b -> second
  }
  init λ = 1
  init η = 1
  update λ by additive(1, 0)
  update η by additive(1, 0)
}
system mine over network {
  state λ[node]: log
  state η[vote]: log
  const depth[n in node] = 1 + max(0, max(depth[m] for m in into(n)))
  λ[n in node] <- λ[n]
  η[v in vote] <- η[v]
}
experiment e {
  model mine(tree)
  run steps: 1
  record depth = depth at start
}
"""
    assert nshed.loads(text).run(jobs=1)["depth"].values.tolist() == [1, 1, 2, 3, 2]


def test_in_a_requirement() -> None:
    """What is worked out before the run."""
    text = SCANS.replace("  state x", '  require fibonacci[n] < 200 "not too many"\n  state x')
    assert nshed.loads(text).run(jobs=1)["fibonacci"].values[-1] == 144
    with pytest.raises(nshed.NshedError, match="not too many"):
        nshed.loads(text, set={"n": 13})


def test_a_gradient_goes_along_a_constant_that_reads_itself() -> None:
    """loss = Σ p_i x_i with p_i = p_1 / 2^(i-1): by p_1 it is Σ x_i / 2^(i-1)."""
    text = """
system s(n: int = 5) {
  axis site = 1..n
  const p[i in site] = if i == 1 then 3 else p[i - 1] / 2
  state x[i in site] = i^2
  let loss = sum(p[i] * x[i] for i in site)
  x[i in site] <- x[i] - grad(loss, x[i])
}
experiment e {
  model s
  run steps: 1
  record by_x[i in site] = grad(loss, x[i]) at start
  record by_first = grad(loss, p[1]) at start
}
"""
    found = nshed.loads(text).run(jobs=1)
    np.testing.assert_array_equal(found["by_x"].values, 3 * 0.5 ** np.arange(5))
    assert found["by_first"] == sum(i**2 / 2 ** (i - 1) for i in range(1, 6))


@pytest.mark.parametrize("word", ["const", "let"])
@pytest.mark.parametrize("law", ["x[i] * p[i] + 1", "if i > 1 then x[i] * p[i] + 1 else x[i]"])
def test_laws_with_factors_that_read_themselves(word: str, law: str) -> None:
    """The passes that look for closed forms of many steps asked without end what p is made of. x* = 1 / (1 - p)."""
    text = f"""
system s(n: int = 4) {{
  axis site = 1..n
  {word} p[i in site] = if i == 1 then 1/2 else p[i - 1] / 2
  state x[i in site] = 1
  x[i in site] <- {law}
}}
experiment e {{
  model s
  run steps: 200
  record x at end
}}
"""
    found = nshed.loads(text).run(jobs=1)["x"].values
    expected = 1 / (1 - 0.5 ** np.arange(1, 5))
    np.testing.assert_allclose(found[1:], expected[1:], rtol=1e-15)
    assert found[0] == (1 if law.startswith("if") else 2)
