"""What theory says of long runs: random laws, thresholds of frequency, full batches, `both`, and p → 1."""

from math import log

import numpy as np
import pytest

import neurashed_dsl as nshed

COIN = """
law noisy(up = 0.05, down = -0.02, s_up = 0.3, s_down = 0.1) {{
  fire(x) = x * exp(up + ~normal(0, s_up))
  rest(x) = x * exp(down + ~normal(0, s_down))
}}
network coin {{
  level low {{ a, b }}
  level high {{
    ha = any(a)
    hb = any(b)
  }}
  classes {{
    one <- ha
    two <- hb
  }}
  inputs {{
    x1: a -> one weight {first}
    x2: b -> two weight {second}
  }}
  init   λ = 1
  update λ by noisy
}}
experiment walk {{
  model  coin
  run    steps: {steps}, order: independent
  repeat {repeats}, seed: 11
  record size = log(amplification(low)) at end
}}
"""


@pytest.mark.parametrize(("first", "second"), [(1, 1), (1, 4)])
def test_random_laws(first: int, second: int) -> None:
    """Mean and variance of log λ: T(pμ⁺ + (1-p)μ⁻), T[p s⁺² + (1-p) s⁻² + p(1-p)(μ⁺-μ⁻)²]."""
    steps, repeats, p = 150, 1500, first / (first + second)
    found = (
        nshed.loads(COIN.format(first=first, second=second, steps=steps, repeats=repeats))
        .run()["size"]
        .sel(low="a")
        .values
    )
    mean = steps * (p * 0.05 + (1 - p) * -0.02)
    variance = steps * (p * 0.3**2 + (1 - p) * 0.1**2 + p * (1 - p) * 0.07**2)
    assert abs(found.mean() - mean) < 4 * (variance / repeats) ** 0.5
    assert abs(found.var(ddof=1) - variance) < 4 * variance * (2 / repeats) ** 0.5


def test_nodes_of_a_level_draw_for_themselves() -> None:
    """The noise of two nodes that fire together is independent."""
    source = COIN.format(first=1, second=1, steps=100, repeats=800).replace("x1: a ->", "x1: a, b ->")
    found = nshed.loads(source).run()["size"]
    a, b = found.sel(low="a").values, found.sel(low="b").values
    assert not np.array_equal(a, b)
    quiet = source.replace("s_up = 0.3, s_down = 0.1", "s_up = 0, s_down = 0")
    common = nshed.loads(quiet).run()["size"].sel(low="a").values  # what the choice of inputs does to `a`
    assert abs(np.corrcoef(a - common, b)[0, 1]) < 4 / 800**0.5


def tenths(a: float, b: float) -> nshed.Program:
    """Ten inputs; node n[k] fires for k of them."""
    fires = [", ".join(["n[10]", *(f"n[{k}]" for k in range(1, 10) if i < k)]) for i in range(10)]
    inputs = "\n".join(f"    x{i}: {on} -> {'one' if i % 2 else 'two'}" for i, on in enumerate(fires))
    return nshed.loads(f"""
network tenths {{
  level low {{ n[k in 1..10] }}
  level high {{ h = any(n) }}
  classes {{
    one <- h
    two <- h
  }}
  inputs {{
{inputs}
  }}
  init   λ = 1
  update λ by multiplicative({a}, {b})
}}
experiment trial {{
  model  tenths
  run    steps: 1000, order: shuffled
  repeat 3, seed: 5
  record size = log(amplification(low)) at end
}}
""")


@pytest.mark.parametrize(("a", "b"), [(1.1, 0.9), (1.02, 0.99), (1.5, 0.97)])
def test_what_fires_too_rarely_fades(a: float, b: float) -> None:
    """The threshold p* = ln(1/b)/ln(a/b)."""
    threshold = log(1 / b) / log(a / b)
    size = tenths(a, b).run()["size"]
    for k in range(1, 11):
        grown = size.sel(low=f"n[{k}]") > 0
        assert bool((grown == (k / 10 > threshold)).all()), k


CROSS = """
network cross {{
  level low {{ a, b, c }}
  level high {{
    h1 = any(a)
    h2 = any(b)
  }}
  classes {{
    one <- h1, h2
    two <- h1, h2
  }}
  inputs {{
    x1: a, c -> one
    x2: b, c -> two
  }}
  init   λ = 0.1
  init   η = 0.1
  update λ by multiplicative(1.05, 0.9)
  update η by multiplicative(1.05, 0.9) {when}
}}
experiment trial {{
  model  cross
  run    steps: 300, {run}
  record p = probability(label) every 1
  record size = log(amplification(low)) every 1
  record weight_size[e in vote] = log(η[e]) every 1
}}
"""


def test_both_keeps_p_at_a_half() -> None:
    """A fully connected top and a full batch: each edge's ends fire somewhere in the batch, and all weights stay equal."""
    found = nshed.loads(CROSS.format(when="when both", run="batch: all")).run()
    assert bool((found["p"] == 0.5).all())
    assert np.unique(found["weight_size"].isel(step=-1)).size == 1


def test_together_learns() -> None:
    found = nshed.loads(CROSS.format(when="when together", run="batch: all")).run()
    assert bool((found["p"].isel(step=-1) > 0.999).all())
    assert bool((found["p"].isel(step=0) == 0.5).all())


def test_a_full_batch_is_the_union() -> None:
    """Every node that fires for any input fires at each step; and a batch of all inputs, one after another, is the same."""
    full = nshed.loads(CROSS.format(when="when together", run="batch: all")).run()
    np.testing.assert_allclose(full["size"].sel(low="a"), log(0.1) + np.arange(301) * log(1.05), rtol=1e-12)
    turns = nshed.loads(CROSS.format(when="when together", run="batch: 2, order: cyclic")).run()
    for name in full:
        np.testing.assert_allclose(full[name], turns[name], rtol=1e-12)


def test_a_rare_class_is_not_learned() -> None:
    """p_j(x) → 1 if R_j > max(0, max R_i), where R is the largest sum of rates along a path: facts, "When p → 1"."""
    often = CROSS.format(when="", run="order: shuffled").replace("-> two\n", "-> two weight 9\n")
    rates = {x: p * log(1.05) + (1 - p) * log(0.9) for x, p in (("x1", 0.1), ("x2", 0.9))}
    assert rates["x1"] < 0 < rates["x2"]
    found = nshed.loads(often).run()["p"].isel(step=-1)
    assert float(found.sel(input="x2")) > 0.9
    assert float(found.sel(input="x1")) < 0.6
