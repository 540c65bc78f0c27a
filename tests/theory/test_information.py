"""Mutual information against facts/neurashed.md, against plain Monte Carlo, and by what holds of any channel; how λ is spread, against NumPy."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import xarray
from scipy.special import logsumexp

import neurashed_dsl as nshed
from neurashed_dsl.runtime.information import Channel, information

FIGURE4 = (Path(__file__).parent / "figure4.nshed").read_text("utf-8").partition("experiment")[0]
EQUAL = FIGURE4.replace("λ ~ uniform(0, 0.01)", "λ = 0.005").replace("η ~ uniform(0, 0.01)", "η = 0.005")
STEPS = [0, 160, 280, 400, 560, 800, 2000]
TABLE = {
    "parts": [0.211, 1.916, 2.000, 1.742, 1.008, 1.000, 1.000],
    "sensors": [0.282, 1.986, 2.324, 2.517, 2.797, 2.558, 2.000],
}


def run(network: str, records: Sequence[str], run: str = "steps: 1", jobs: int | None = None) -> xarray.Dataset:
    lines = "\n".join(f"  record {r}" for r in records)
    return nshed.loads(f"{network}\nexperiment e {{\n  model figure4\n  run {run}\n{lines}\n}}").run("e", jobs=jobs)


def level(patterns: Sequence[str], start: Sequence[float], weights: Sequence[int] = (), labels: str = "") -> str:
    """A network with one level, whose λ start as given; patterns as "110"."""
    nodes = [f"n{i}" for i in range(len(start))]
    fired = [", ".join(n for n, bit in zip(nodes, p) if bit == "1") for p in patterns]
    kinds = labels or "a" * len(patterns)
    inputs = [f"    s{i}: {f} -> {k} weight {(weights or [1] * 99)[i]}" for i, (f, k) in enumerate(zip(fired, kinds))]
    votes = [f"    {k} <- low" for k in sorted(set(kinds))]
    starts = [f"  init λ[{n}] = {v!r}" for n, v in zip(nodes, start)]
    lines = ["network figure4 {", f"  level low {{ {', '.join(nodes)} }}", "  classes {", *votes, "  }"]
    return "\n".join([*lines, "  inputs {", *inputs, "  }", *starts, "  update λ by multiplicative(2, 0.5)", "}"])


def bits(network: str, of: str = "input", options: str = "") -> np.ndarray:
    return run(network, [f"x = mutual_information(low, {of}{options}) at start"])["x"].values


@pytest.mark.parametrize("of", ["parts", "sensors"])
def test_the_table_of_figure_4(of: str) -> None:
    found = run(EQUAL, [f"x = mutual_information({of}, input) at {STEPS}"], "steps: 2000, order: cyclic")
    np.testing.assert_allclose(found["x"], TABLE[of], atol=0.02)


def test_a_full_batch_never_forgets() -> None:
    records = ["a = mutual_information(parts, input) at end", "b = mutual_information(sensors, input) at end"]
    found = run(EQUAL, records, "steps: 2000, batch: all")
    np.testing.assert_allclose([found["a"], found["b"]], [2, 3], atol=1e-9)


def monte_carlo(patterns: Sequence[str], strength: Sequence[float], joint: np.ndarray, noise: float) -> list[float]:
    """I(T;X) and I(T;Y) from a million samples, densities written out. `joint` is input × class."""
    rng, count = np.random.default_rng(1), 1_000_000
    means = np.array([[int(bit) for bit in p] for p in patterns]) * np.array(strength)
    x = rng.choice(joint.size, count, p=joint.ravel())
    t = means[x // joint.shape[1]] + noise * rng.normal(size=(count, len(strength)))
    density = np.exp(-((t[:, None] - means) ** 2).sum(axis=2) / (2 * noise**2))
    mixed = density @ joint.sum(axis=1)
    by_class = (density @ (joint / joint.sum(axis=0)))[np.arange(count), x % joint.shape[1]]
    alone = density[np.arange(count), x // joint.shape[1]]
    return [float(np.log2(alone / mixed).mean()), float(np.log2(by_class / mixed).mean())]


@pytest.mark.parametrize("to", ["spread", "max"])
def test_plain_monte_carlo(to: str) -> None:
    patterns, start, weights, labels = ["1100", "1010", "0111", "0111"], [1.0, 0.5, 0.7, 0.2], [3, 1, 2, 2], "abba"
    p = np.array(weights) / 8
    joint = p[:, None] * np.array([[k == "a", k == "b"] for k in labels])
    fires = np.array([[bit == "1" for bit in x] for x in patterns])
    size = (p @ fires * (1 - p @ fires)) @ np.array(start) ** 2 if to == "spread" else max(start) ** 2
    expected = monte_carlo(patterns, start, joint, float(np.sqrt(0.3**2 + 0.4**2 * size)))
    network, options = level(patterns, start, weights, labels), f", floor: 0.3, relative: 0.4, relative_to: {to}"
    found = [float(bits(network, of, options)) for of in ("input", "label")]
    np.testing.assert_allclose(found, expected, atol=0.004)


@pytest.mark.parametrize("of", ["input", "label"])
def test_bounds_contain_the_estimate(of: str) -> None:
    found = run(FIGURE4, [f"x = mutual_information(sensors, {of}, bounds: true) every 40"], "steps: 800")["x"]
    low, estimate, high = (found.sel(bound=b).values for b in ("lower", "estimate", "upper"))
    assert (low <= estimate).all()
    assert (estimate <= high).all()
    assert (high - low).max() > 0.1
    assert high.max() <= (3 if of == "input" else 1) + 1e-12


def test_labels_tell_no_more_than_inputs() -> None:
    records = [f"{x} = mutual_information(sensors, {x}) every 40" for x in ("input", "label")]
    found = run(FIGURE4, [r.replace("input =", "whole =").replace("label =", "part =") for r in records], "steps: 800")
    assert (found["part"] <= found["whole"]).all()
    assert (found["part"] < found["whole"] - 0.5).any()


def test_limits() -> None:
    four = ["1000", "0100", "0010", "0001"]
    assert bits(level(four, [1e6, 1e6, 1e6, 1e6])) == pytest.approx(2, abs=1e-9)
    assert bits(level(["1111"] * 4, [1, 2, 3, 4])) == pytest.approx(0, abs=1e-12)
    assert bits(level(four, [0, 0, 0, 0])) == pytest.approx(0, abs=1e-12)
    assert bits(level(four, [1, 2, 3, 4]), options=", floor: 0, relative: 0") == pytest.approx(2, abs=1e-12)
    assert bits(level([*four[:3], four[2]], [1e6] * 4)) == pytest.approx(
        1.5, abs=1e-9
    )  # two equal inputs: H(1/4, 1/4, 1/2)
    assert bits(level(four, [1e6] * 4, [5, 1, 1, 1])) == pytest.approx(-5 / 8 * np.log2(5 / 8) + 9 / 8, abs=1e-9)


def test_two_nodes_in_noise() -> None:
    """Points 0 and 2d apart on a line: I = 1 - E log2(1 + exp(-2d(d + ξ)))… by a fine quadrature."""
    d = 0.8
    x = np.linspace(-12, 12, 200_001)
    weight = np.exp(-(x**2) / 2) / np.sqrt(2 * np.pi)
    expected = 1 - (weight * np.log2(1 + np.exp(-2 * d * (d + x)))).sum() * (x[1] - x[0])
    found = bits(level(["10", "00"], [2 * d, 1.0]).replace("s1:  ->", "s1: n1 ->"), options=", floor: 1, relative: 0")
    assert found != pytest.approx(expected, abs=0.002)  # n1 fires for the other: farther apart
    both = level(["11", "01"], [2 * d, 1.0])
    assert bits(both, options=", floor: 1, relative: 0") == pytest.approx(expected, abs=0.002)


def test_any_size() -> None:
    """Without a floor only ratios count, however large λ is."""
    records = ["x = mutual_information(sensors, input, floor: 0, relative: 0.3) at [0, 8, 16]"]
    small = run(EQUAL, records, "steps: 16, order: cyclic")["x"]
    large = run(EQUAL.replace("λ = 0.005", "λ = 1e300"), records, "steps: 16, order: cyclic")["x"]
    np.testing.assert_allclose(small, large, rtol=1e-9)
    late = run(FIGURE4, ["x = mutual_information(sensors, input) at end"], "steps: 100_000")["x"]
    assert late == pytest.approx(2, abs=1e-6)


def test_threads_and_other_records_change_nothing() -> None:
    network = FIGURE4 + "experiment e {\n  model figure4\n  run steps: 300\n  repeat 4, seed: 3\n"
    record = "  record x = mutual_information(parts, input) every 20\n"
    one = nshed.loads(f"{network}{record}}}").run("e", jobs=1)["x"]
    other = "  record y = mutual_information(sensors, label) every 30\n  record z = local_elasticity() every 50\n"
    two = nshed.loads(f"{network}{other}{record}}}").run("e", jobs=2)["x"]
    np.testing.assert_array_equal(one.values, two.values)
    assert one.std("repeat").max() > 0


def spread_of(lam: np.ndarray) -> list[float]:
    """Participation, effective features, Gini: the last one from the order of the values."""
    share = lam / lam.sum()
    entropy = -(share[share > 0] * np.log(share[share > 0])).sum()
    rank = np.arange(1, len(lam) + 1)
    return [1 / (share**2).sum(), np.exp(entropy), (2 * rank - len(lam) - 1) @ np.sort(share) / len(lam)]


@pytest.mark.parametrize("start", [[1, 2, 3, 4], [5, 5, 5, 5], [0, 0, 7, 0], [0.1, 3, 0, 9]])
@pytest.mark.parametrize("scale", [1.0, 1e-200, 1e200])
def test_how_amplification_is_spread(start: list[float], scale: float) -> None:
    records = [f"{m} = {m}(low) at start" for m in ("participation", "effective_features", "gini")]
    for order in ([0, 1, 2, 3], [2, 0, 3, 1]):
        found = run(level(["1111"], [scale * start[i] for i in order]), [r.replace(" =", "_ =", 1) for r in records])
        values = [float(found[f"{m}_"]) for m in ("participation", "effective_features", "gini")]
        np.testing.assert_allclose(values, spread_of(np.array(start)), rtol=1e-12, atol=1e-12)


def test_spread_at_any_size() -> None:
    """λ beyond the largest float: after n steps, one node of two is 4ⁿ times the other."""
    found = run(level(["10"], [1.0, 1.0]), ["p = participation(low) at end", "g = gini(low) at end"], "steps: 5000")
    assert [float(found["p"]), float(found["g"])] == pytest.approx([1, 0.5], abs=1e-12)


@pytest.mark.parametrize("strength", [0.3, 3.0, 45.0, 60.0])
def test_overlaps_are_summed_as_by_the_definition(strength: float) -> None:
    """A chain of patterns, each with one node more, in two classes: near ones overlap, and at 45 the ends are e^700 apart at some points.

    I(T;X) = -Σ_x p(x) E log2 p(t)/p(t|x), written out with `logsumexp`.
    """
    count, rng = 16, np.random.default_rng(5)
    patterns = np.tril(np.ones((count, count), bool), -1)[:, : count - 1]
    weights = rng.dirichlet(np.ones(count))
    joint = np.column_stack(
        [np.where(np.arange(count) % 3 == 0, weights, 0), np.where(np.arange(count) % 3, weights, 0)]
    )
    each, points = np.full(count - 1, strength), rng.standard_normal((count - 1, 512))
    channel = Channel(np.arange(count - 1), np.ones(count - 1, bool), np.ones(count - 1), patterns, joint)
    found = information(channel.patterns * each, channel.joint, points)[:, 1]

    def surprise(share: np.ndarray) -> float:
        total = 0.0
        for k in np.flatnonzero(share):
            apart = (patterns ^ patterns[k]) * each
            inner = ((patterns.astype(float) - patterns[k]) * each) @ points
            ratio = logsumexp(inner - (apart**2).sum(axis=1)[:, None] / 2, b=share[:, None], axis=0)
            total -= share[k] * ratio.mean() / np.log(2)
        return total

    whole = surprise(weights)
    of_classes = sum(c.sum() * surprise(c / c.sum()) for c in joint.T)
    np.testing.assert_allclose(found[0], whole, rtol=1e-9)
    label = -sum(c.sum() * np.log2(c.sum()) for c in joint.T)
    np.testing.assert_allclose(found[1], min(whole - of_classes, label), rtol=1e-9)
