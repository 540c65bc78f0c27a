"""Sums of products taken from the inside: equal to the plain sums but for rounding, in fewer multiplications."""

from math import prod

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference_run import reference_run, same_bits, study_of

import neurashed_dsl as nshed
from neurashed_dsl.ir.expr import Binder, Reduce, Whole, walk
from neurashed_dsl.ir.system import System
from neurashed_dsl.passes import lower

# Sums over two and three indices, of factors with any of them, above and below the line; along an axis long enough for several sums at once.
TEXT = """
system made(n: int = 3, m: int = {rows}, c = 1.5) {{
  axis  i = 1..n
  axis  j = 1..m
  axis  k = 0..n
  state x[i, j] ~ normal(0, 1)
  const u[a in i, b in k] = 1 / (a + b)
  const v[j] ~ uniform(1, 2)
  let   made[a in i, b in k] = {first}
  let   mean_of[a in i] = mean(x[a, p] for p in j)
  let   along[b in j] = max(x[a, b] * v[b] for a in i)
  x[a in i, b in j] <- tanh(x[a, b] + made[a, b % 2] + mean_of[a] - along[b] + ({second}))
}}
experiment trial {{
  model made
  run   steps: 2{sums}
  record x every 1
  record made every 1
}}
"""
FACTORS = "c v[q] x[p,q] x[a,q] u[p,b] u[p,r] u[a,r] (2-r) exp(u[a,r]) (1+x[p,q]^2) p (if_p==a_then_1_else_0)".split()


@st.composite
def products(draw: st.DrawFn) -> str:
    """A sum over p of i, q of j and perhaps r of k, where a of i and b of k are known."""
    terms = draw(st.lists(st.sampled_from(FACTORS), min_size=2, max_size=5))
    over = "p in i, q in j" + (", r in k" if any("r]" in t or "-r" in t for t in terms) else "")
    below = draw(st.sampled_from(["", "", "/ (1 + v[q])", "/ u[a, b]", "/ c", "/ (2 + p) / v[q]"]))
    return f"sum({' * '.join(terms).replace('_', ' ')} {below} for {over})"


def text(first: str, second: str = "0", sums: str = "", rows: int = 4) -> str:
    return TEXT.format(first=first, second=second.replace("b]", "b % 3]"), sums=sums, rows=rows)


@settings(max_examples=8, deadline=None)
@given(products(), products())
def test_factored_sums_are_the_sums(first: str, second: str) -> None:
    study = study_of(nshed.loads(text(first, second)))
    written, lowered = reference_run(study, until="settle_numbers"), reference_run(study)
    for before, after in zip(written, lowered):
        scale = 1 + np.abs(before["made"]).max()
        assert np.allclose(before["made"], after["made"], rtol=0, atol=1e-12 * scale)


def test_the_kernel_has_the_evaluators_bits() -> None:
    """Of sums that are taken apart, and of several long ones side by side: 17 terms, of 3 and of 4 elements at once."""
    program = nshed.loads(text("sum(u[p, b] * x[p, q] * v[q] / c for p in i, q in j)", "made[2, 1] / 9", rows=17))
    found, exact = program.run(), reference_run(study_of(program))
    for step, values in enumerate(exact):
        assert all(same_bits(found[name][step], values[name]) for name in ("x", "made"))


def test_plain_sums_are_left() -> None:
    first = "sum(u[p, b] * x[p, q] * v[q] for p in i, q in j)"
    assert _terms(lower(study_of(nshed.loads(text(first, sums=", sums: plain"))).system)) > _terms(
        lower(study_of(nshed.loads(text(first))).system)
    )


ELASTIC = """experiment e {{
  model locally_elastic{mean}(classes: {k}{more})
  run steps: 2, dt: 0.1{sums}
  record X at end
}}"""


@pytest.mark.parametrize("more", ["", ", logits: false"], ids=["L", "I"])
def test_the_drift_costs_what_the_structure_of_h_needs(more: str) -> None:
    """The LE-ODE sums over class and coordinate for each class and coordinate: K⁴ terms as it is written, K³ and K² as it is done."""
    runs = [ELASTIC.format(mean="_mean", k=10, more=more, sums=sums) for sums in ("", ", sums: plain")]
    done, plain = (lower(study_of(nshed.loads(text)).system) for text in runs)
    assert _terms(plain) >= 10**4
    assert _terms(done) <= 10**3 + 10**2


@pytest.mark.parametrize("more", ["", ", logits: false, features: 2", ", H: (if k == j then 0.5 else a * b)"])
def test_the_sde_is_as_written(more: str) -> None:
    study = study_of(nshed.loads(ELASTIC.format(mean="", k=3, more=f", samples: 4{more}", sums="")))
    written, done = reference_run(study, until="settle_numbers")[-1], reference_run(study)[-1]
    assert np.allclose(written["X"], done["X"], rtol=0, atol=1e-14)


def _terms(system: System) -> int:
    """How many terms all sums of a step have between them."""
    placed = [(x.binders, x.expr) for x in system.lets]
    placed += [(f.binders, e) for f in system.next for _, e in f.updates]
    return sum(
        _size(system, binders) * _size(system, e.binders)
        for binders, expr in placed
        for e in walk(expr)
        if isinstance(e, Reduce)
    )


def _size(system: System, binders: tuple[Binder, ...]) -> int:
    return prod(system.axes[b.domain.axis].size for b in binders if isinstance(b.domain, Whole))
