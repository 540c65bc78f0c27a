"""Local elasticity against a finite step of the plain implementation; overlap against sets."""

from pathlib import Path

import numpy as np
import plain
import pytest
import xarray

import neurashed_dsl as nshed

HERE = Path(__file__).parent
NET = plain.figure4()
INPUTS = list(NET.inputs)
State = tuple[plain.Values, plain.Weights]


@pytest.fixture(scope="module")
def found() -> xarray.Dataset:
    return nshed.load(HERE / "figure4.nshed").run("elastic")


def state_at(found: xarray.Dataset, step: int) -> State:
    now = found.sel(step=step)
    lam = {str(n): float(v) for n, v in zip(now["node"].values, now["strength"].values)}
    eta = {tuple(str(e).split(" -> ")): float(v) for e, v in zip(now["edge"].values, now["edge_weight"].values)}
    return lam, eta  # type: ignore[return-value]


def changes(of: str, x: str, state: State) -> tuple[np.ndarray, np.ndarray]:
    """Logits of one input before a step on x, and how it moves them."""
    before, after = plain.logits(NET, of, *state), plain.logits(NET, of, *plain.step(NET, [x], *state))
    old = np.array(list(before.values()))
    return old, np.array(list(after.values())) - old


@pytest.mark.parametrize("step", [0, 80, 160])
def test_finite_step(found: xarray.Dataset, step: int) -> None:
    state = state_at(found, step)
    expected = [[plain.local_elasticity(NET, x, other, *state) for other in INPUTS] for x in INPUTS]
    assert found["le"].dims[1:] == ("input", "other")
    np.testing.assert_allclose(found["le"].sel(step=step), expected, rtol=1e-9)
    np.testing.assert_array_equal(np.diag(found["le"].sel(step=step)), 1)


@pytest.mark.parametrize("step", [0, 80, 160])
def test_sign_and_scale(found: xarray.Dataset, step: int) -> None:
    state = state_at(found, step)
    for x in INPUTS:
        for other in INPUTS:
            before, change = changes(other, x, state)
            at = {"input": x, "other": other}
            signed, relative = (
                float(found["signed"].sel(step=step).sel(at)),
                float(found["relative"].sel(step=step).sel(at)),
            )
            assert abs(signed) == pytest.approx(float(found["le"].sel(step=step).sel(at)), rel=1e-12)
            assert np.sign(signed) == np.sign(change.sum())
            assert relative == pytest.approx(np.linalg.norm(change) / np.linalg.norm(before), rel=1e-9)


def test_by_class_is_the_mean_over_its_inputs(found: xarray.Dataset) -> None:
    assert found["grouped"].dims == ("step", "class", "other") or found["grouped"].dims == ("step", "class", "input")
    first = found["le"].sel(input=["s1", "s2", "s3", "s4"]).mean("input")
    second = found["le"].sel(input=["s5", "s6", "s7", "s8"]).mean("input")
    np.testing.assert_allclose(found["grouped"].isel({"class": 0}), first, rtol=1e-12)
    np.testing.assert_allclose(found["grouped"].isel({"class": 1}), second, rtol=1e-12)


def test_overlap_is_jaccards_index(found: xarray.Dataset) -> None:
    expected = [[plain.jaccard(NET, x, other) for other in INPUTS] for x in INPUTS]
    np.testing.assert_allclose(found["shared"], expected, rtol=1e-15)


def test_pathway_is_what_fires(found: xarray.Dataset) -> None:
    for x in INPUTS:
        lit = found["node"].values[found["path"].sel(input=x).values.astype(bool)]
        assert set(map(str, lit)) == plain.pathway(NET, x)


def test_a_step_that_changes_nothing_divides_by_nothing() -> None:
    """LE is 0/0 for a network that doesn't train."""
    source = (HERE / "figure4.nshed").read_text("utf-8")
    still = (
        source.replace("base^up * x", "x").replace("base^(-down) * x", "x").replace("law race", "unchecked law race")
    )
    found = nshed.loads(still).run("elastic")
    assert bool(found["le"].isnull().all())


def test_more_shared_pathway_larger_elasticity() -> None:
    """The order that facts/neurashed.md gives where the second-last nodes are private to a class, here Figure 1's: 1a, 1b, 2, 3."""
    found = nshed.load(HERE.parents[1] / "examples" / "figure1.nshed").run()
    row = (
        found["before"].isel(repeat=0).sel(input="x1a")
        if "repeat" in found["before"].dims
        else found["before"].sel(input="x1a")
    )
    same_class, sharing, apart = (float(row.sel(other=x)) for x in ("x1b", "x2", "x3"))
    assert same_class > sharing > apart
    assert float(row.sel(other="x1a")) == 1
