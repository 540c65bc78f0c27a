"""When records are taken, and when a run stops."""

import numpy as np
import pytest
import xarray
from small_runs import program

from neurashed_dsl.diagnostics import NshedError

# λ[a] is 1.1^n: a fires at each step.
STEADY = "  run steps: 20, order: [x1]\n"


def steady(records: str, extra: str = "  init λ = 1") -> xarray.Dataset:
    return program(STEADY + records, extra=extra).run()


@pytest.mark.parametrize(
    ("grid", "steps"),
    [
        ("every 1", range(21)),
        ("every 6", [0, 6, 12, 18]),
        ("every 50", [0]),
        ("at [7, 3, 3, 20]", [3, 7, 20]),
        ("at [0]", [0]),
        ("at 5", [5]),
    ],
)
def test_steps(grid: str, steps: list[int]) -> None:
    found = steady(f"  record value = λ[a] {grid}")
    assert found["value"].dims == ("step",)
    assert found["step"].values.tolist() == list(steps)
    np.testing.assert_allclose(found["value"], 1.1 ** np.array(list(steps)), rtol=1e-12)


@pytest.mark.parametrize(("grid", "step"), [("at start", 0), ("at end", 20)])
def test_once(grid: str, step: int) -> None:
    found = steady(f"  record value = λ[a] {grid}")
    assert found["value"].dims == ()
    assert float(found["value"]) == pytest.approx(1.1**step)


def test_no_grid_is_about_two_hundred_points() -> None:
    found = program("  run steps: 10_000, order: [x1]\n  record value = λ[a]").run()
    assert found["step"].values.tolist() == list(range(0, 10_001, 50))


def test_records_of_one_grid_share_a_dimension() -> None:
    found = steady(
        "  record u = λ[a] every 5\n  record v = λ[b] every 5\n  record w = λ[c] at [9, 2]\n  record x = λ[c] at [2, 9]"
    )
    assert found["u"].dims == found["v"].dims == ("step",)
    assert found["w"].dims == found["x"].dims == ("step_w",)


def test_when() -> None:
    """1.1^n passes 2 at step 8."""
    found = steady(
        "  record value = λ[a] when λ[a] > 2 first 3\n  record all = λ[a] when λ[a] > 2\n  record never = λ[a] when λ[a] > 100"
    )
    np.testing.assert_allclose(found["value"], 1.1 ** np.array([8, 9, 10]), rtol=1e-12)
    np.testing.assert_array_equal(found["step_value_at"], [8, 9, 10])
    np.testing.assert_array_equal(found["step_all_at"], np.arange(8, 21))
    assert found["never"].sizes["step_never"] == 0


def test_when_takes_as_many_as_each_repeat_has() -> None:
    found = program(
        "  run steps: 30, order: independent\n  repeat 6, seed: 1\n  record value = λ[a] when λ[a] > 1"
    ).run()
    at, value = found["step_value_at"].values, found["value"].values
    assert (np.isnan(at) == np.isnan(value)).all()
    assert np.isfinite(at).any(axis=0).all()  # no more room than the longest needs
    assert not np.isnan(value[np.isfinite(at)]).any()
    assert (value[np.isfinite(value)] > 1).all()


def test_stop() -> None:
    found = steady(
        "  record value = λ[a] every 1\n  record end = λ[a] at end\n  record start = λ[a] at start\n  stop when λ[a] > 2"
    )
    assert float(found["stopped_at"]) == 8
    assert float(found["end"]) == pytest.approx(1.1**8)
    assert float(found["start"]) == 1
    np.testing.assert_allclose(found["value"][:9], 1.1 ** np.arange(9), rtol=1e-12)
    assert bool(found["value"][9:].isnull().all())


def test_the_last_state_is_recorded_once() -> None:
    found = steady("  record value = λ[a] when λ[a] > 1.5\n  stop when λ[a] > 2")
    np.testing.assert_array_equal(found["step_value_at"], [5, 6, 7, 8])


def test_each_repeat_stops_for_itself() -> None:
    found = program(
        "  run steps: 60, order: independent\n  repeat 8, seed: 1\n  record value = λ[a] every 1\n  stop when λ[a] > 2"
    ).run()
    for r in range(8):
        values = found["value"].isel(repeat=r).values
        end = int(min(float(found["stopped_at"].isel(repeat=r)), 60))
        assert (values[:end] <= 2).all()
        assert end == 60 or (values[end] > 2 and np.isnan(values[end + 1 :]).all())


def test_stop_at_once_and_never() -> None:
    assert float(steady("  record value = λ[a] every 1\n  stop when λ[a] >= 1")["stopped_at"]) == 0
    assert float(steady("  record value = λ[a] every 1\n  stop when λ[a] > 1000")["stopped_at"]) == np.inf
    assert "stopped_at" not in steady("  record value = λ[a] every 1")


def test_when_a_run_stopped_can_be_claimed_and_derived() -> None:
    text = STEADY + "  record value = λ[a] every 1\n  derive twice = 2 * stopped_at\n"
    made = program(text + "  stop when λ[a] > 2\n  expect stopped_at == 8\n  expect twice == 16", extra="  init λ = 1")
    assert [claim.holds for claim in made.test()] == [True, True]
    never = program(
        text + "  stop when λ[a] > 99\n  expect stopped_at <= 20\n  expect stopped_at == inf", extra="  init λ = 1"
    )
    assert [claim.holds for claim in never.test()] == [False, True]
    with pytest.raises(NshedError, match="nothing recorded is called `stopped_at`"):
        program(text)
    with pytest.raises(NshedError, match="`stopped_at` is what the result calls the step at which the run stops"):
        program("  run steps: 3\n  record stopped_at = λ[a]\n  stop when λ[a] > 2")


def test_no_step_at_all() -> None:
    found = program(
        "  run steps: 0\n  record value = λ[a] every 1\n  record end = λ[a] at end", extra="  init λ = 1"
    ).run()
    assert float(found["end"]) == 1
    assert found["value"].values.tolist() == [1]


@pytest.mark.parametrize("order", ["cyclic", "shuffled", "independent"])
def test_what_a_draw_decides_is_recorded_with_the_step_to_come(order: str) -> None:
    """In the last state, too, where the step to come is not taken."""
    records = (
        "  repeat 4, seed: 3\n  record which[i in item] = batch[i] every 1\n  record on[n in node] = lit[n] every 1\n"
    )
    short = program(f"  run steps: 7, order: {order}\n{records}").run()
    longer = program(f"  run steps: 12, order: {order}\n{records}").run().isel(step=slice(0, 8))
    np.testing.assert_array_equal(short["which"], longer["which"])
    lights = np.array([[1, 0, 0, 1, 0], [0, 1, 1, 1, 1], [0, 0, 1, 1, 1]])
    np.testing.assert_array_equal(short["on"], lights[short["which"].values[..., 0].astype(int) - 1])


def test_the_draw_of_the_step_at_which_a_run_stops() -> None:
    records = "  record which[i in item] = batch[i] every 1\n  record last[i in item] = batch[i] at end\n  stop when λ[c] > 1.3"
    found = program("  run steps: 60, order: shuffled\n" + records).run()
    assert float(found["last"].sum()) == float(found["which"].sel(step=found["stopped_at"]).sum())
