"""Cropped inputs: how parts are made, and that they can't help with the core laws (facts/neurashed.md, "Beyond the core" 6)."""

import numpy as np
import pytest

import neurashed_dsl as nshed

STEPS = 3000
PARTS = f"""
network cut {{
  level low {{ a, b, c, d }}
  level high {{
    h = any(low)
    l = all(a, b)
  }}
  classes {{
    one <- h
    two <- l
  }}
  inputs {{
    x: a, b, c -> one crop 0.6 keep 0.3
    y: d, a    -> two crop 1 keep 0
    z: a, b, c -> one
  }}
  update λ by multiplicative
}}
experiment trial {{
  model  cut
  run    steps: {STEPS}, batch: 3, order: cyclic
  record x[n in node] = shown[1, n] every 1
  record y[n in node] = shown[2, n] every 1
  record z[n in node] = shown[3, n] every 1
  record path = pathway() at end
}}
"""


def close(share: float, p: float) -> bool:
    return abs(share - p) <= 4.5 * (p * (1 - p) / STEPS) ** 0.5


def test_parts_are_as_likely_as_said() -> None:
    """A node of a pattern of k stays with keep + (1 - keep)^k / k: each by itself, and one of them at random where none would."""
    found = nshed.loads(PARTS).run()
    x, y, z = (found[name].values[:STEPS].astype(bool) for name in "xyz")
    kept = 0.3 + 0.7**3 / 3
    for node in (0, 1, 2):
        assert close(x[:, node].mean(), 0.4 + 0.6 * kept)
    whole = 0.4 + 0.6 * 0.3**3
    assert close(x[:, :3].all(axis=1).mean(), whole)
    assert close((x[:, 0] & x[:, 1]).mean(), 0.4 + 0.6 * 0.3**2)
    assert np.array_equal(x[:, 5], x[:, 0] & x[:, 1])  # what stands above sees the part
    assert x[:, :3].any(axis=1).all()
    assert not x[:, 3].any()
    # A part that keeps nothing keeps one.
    assert (y[:, [0, 3]].sum(axis=1) == 1).all()
    assert close(y[:, 3].mean(), 0.5)
    assert z[:, :3].all()
    # Measures see whole patterns.
    assert found["path"].sel(input="x").values.tolist() == [1, 1, 1, 0, 1, 1]


def monotone(seed: int, crop: float) -> str:
    """A network whose rules never ask that something rests."""
    rng = np.random.default_rng(seed)
    lines = ["network made {", "  level low { e[i in 1..8] }", "  level mid {"]
    for k in range(5):
        of = ", ".join(f"e[{i}]" for i in sorted(rng.choice(8, 3, replace=False) + 1))
        lines.append(f"    m{k} = at_least({rng.integers(1, 4)}, {of})")
    lines += ["  }", "  level top {", "    t1 = any(m0, m1, m2)", "    t2 = all(m3, m4)", "  }"]
    lines += ["  classes {", "    one <- t1, t2", "    two <- t1, t2", "  }", "  inputs {"]
    for k in range(4):
        of = ", ".join(f"e[{i}]" for i in sorted(rng.choice(8, 5, replace=False) + 1))
        lines.append(f"    x{k}: {of} -> {('one', 'two')[k % 2]} crop {crop} keep 0.4")
    lines += ["  }", "  init   λ ~ uniform(0, 1)", "  update λ by additive(0.02, 0.97)"]
    lines += ["  update η by multiplicative(1.05, 0.97)", "}", "experiment trial {", "  model  made"]
    lines += [f"  run    steps: 150, order: shuffled\n  repeat 3, seed: {seed}"]
    lines += ["  record size[n in node] = λ[n] every 1", "  record weight_size[e in vote] = log(η[e]) every 1", "}"]
    return "\n".join(lines)


@pytest.mark.parametrize("seed", range(3))
def test_a_value_is_at_most_what_it_would_have_been(seed: int) -> None:
    """Under the same presentations, step by step: laws of growth exceed laws of decay, and a part fires what the whole does, or less."""
    cropped, whole = (nshed.loads(monotone(seed, crop)).run() for crop in (0.7, 0))
    for name in ("size", "weight_size"):
        assert (cropped[name] <= whole[name] + 1e-12).all()
        assert (cropped[name] < whole[name] - 1e-3).any()
        assert np.array_equal(cropped[name].isel(step=0), whole[name].isel(step=0))


def test_the_same_numbers_with_any_number_of_threads() -> None:
    one, two = (nshed.loads(monotone(4, 0.5)).run(jobs=jobs) for jobs in (1, 2))
    assert np.array_equal(one["size"], two["size"])
    assert not np.array_equal(one["size"].isel(repeat=0), one["size"].isel(repeat=1))
