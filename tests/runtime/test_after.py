"""`derive` and `expect`: functions of what was recorded, against NumPy on curves that are known."""

import numpy as np
import pytest
import xarray
from small_runs import program

from neurashed_dsl.builtins.after import AFTER

TIMES = np.array([0.0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100])


def curve(values: object, times: np.ndarray = TIMES) -> xarray.DataArray:
    return xarray.DataArray(np.asarray(values), dims=("repeat", "step", "node"), coords={"step": times})


@pytest.fixture
def random() -> np.ndarray:
    return np.random.default_rng(1).normal(size=(3, 11, 2))


def applied(name: str, x: xarray.DataArray, dims: tuple[str, ...] = ("step",), **options: float) -> np.ndarray:
    return np.asarray(AFTER[name].apply(x, dims, options))


@pytest.mark.parametrize(
    ("name", "oracle"),
    [
        ("first", lambda v: v[:, 0]),
        ("last", lambda v: v[:, -1]),
        ("max", lambda v: v.max(axis=1)),
        ("min", lambda v: v.min(axis=1)),
        ("mean", lambda v: v.mean(axis=1)),
        ("std", lambda v: v.std(axis=1)),
        ("sum", lambda v: v.sum(axis=1)),
        ("argmax", lambda v: TIMES[v.argmax(axis=1)]),
        ("slope", lambda v: np.polyfit(TIMES, v.transpose(1, 0, 2).reshape(11, -1), 1)[0].reshape(3, 2)),
    ],
)
def test_over_time(name: str, oracle: object, random: np.ndarray) -> None:
    np.testing.assert_allclose(applied(name, curve(random)), oracle(random), rtol=1e-12)  # type: ignore[operator]


@pytest.mark.parametrize("name", ["first", "last", "max", "min", "mean", "sum", "argmax", "slope"])
def test_what_is_missing_is_passed_over(name: str, random: np.ndarray) -> None:
    """A run that stopped early is one that was recorded for so long."""
    cut = random.copy()
    cut[:, 7:] = np.nan
    np.testing.assert_allclose(applied(name, curve(cut)), applied(name, curve(random[:, :7], TIMES[:7])), rtol=1e-12)


def test_first_step() -> None:
    values = np.zeros((3, 11, 2))
    values[0, 4:], values[1, 10], values[2, 3] = 1, 1, 1
    found = applied("first_step", curve(values > 0.5))
    np.testing.assert_array_equal(found, [[40, 40], [100, 100], [30, 30]])
    assert (applied("first_step", curve(values > 2)) == np.inf).all()


def test_truths() -> None:
    values = np.array([[[True, False]] * 11, [[True, True]] * 11])
    x = xarray.DataArray(values, dims=("repeat", "step", "node"))
    assert applied("all", x, ("step", "node")).tolist() == [False, True]
    assert applied("any", x, ("step", "node")).tolist() == [True, True]
    assert applied("count", x, ("step", "node")).tolist() == [11, 22]


@pytest.mark.parametrize("step", [0, 40, 44, 100])
def test_at(step: int, random: np.ndarray) -> None:
    np.testing.assert_array_equal(applied("at", curve(random), step=step), random[:, round(step / 10)])


@pytest.mark.parametrize(
    ("window", "order", "derivative"), [(5, 2, 0), (5, 2, 1), (5, 2, 2), (3, 1, 0), (3, 1, 1), (11, 4, 0), (11, 4, 2)]
)
def test_savgol_is_exact_on_polynomials(window: int, order: int, derivative: int) -> None:
    """A polynomial of the order of the fit is its own fit, at the ends, too; its derivative is per unit of time."""
    coefficients = np.array([1.0, -0.3, 0.02, 4e-4, -3e-6])[: order + 1]
    p = np.polynomial.Polynomial(coefficients)
    x = curve(np.broadcast_to(p(TIMES)[None, :, None], (3, 11, 2)))
    expected = p.deriv(derivative)(TIMES) if derivative else p(TIMES)
    found = applied("savgol", x, window=window, order=order, derivative=derivative)
    np.testing.assert_allclose(found, np.broadcast_to(expected[None, :, None], (3, 11, 2)), rtol=1e-9, atol=1e-9)


def test_savgol_is_least_squares_in_a_window(random: np.ndarray) -> None:
    found = applied("savgol", curve(random), window=5, order=2)
    for i in range(2, 9):
        t = TIMES[i - 2 : i + 3]
        for r in range(3):
            for n in range(2):
                fit = np.polynomial.Polynomial.fit(t, random[r, i - 2 : i + 3, n], 2)
                assert found[r, i, n] == pytest.approx(fit(TIMES[i]), rel=1e-9)
    ends = np.polynomial.Polynomial.fit(TIMES[:5], random[0, :5, 0], 2)
    np.testing.assert_allclose(found[0, :2, 0], ends(TIMES[:2]), rtol=1e-9)


# --- through a file: λ[a] is 1.1^n, and λ[b] falls -------------------------------------------------------------------------

RECORDS = """
  run steps: 40, order: [x1]
  repeat 2
  record size[n in node] = log(λ[n]) every 2
  record value = λ[a] every 2
  record never = λ[a] when λ[a] > 1000
  record p = probability() at end
"""


def derived(expression: str) -> xarray.DataArray:
    return program(f"{RECORDS}  derive found = {expression}", extra="  init λ = 1").run()["found"]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("slope(size[a])", np.log(1.1)),
        ("slope(log(value))", np.log(1.1)),
        ("slope(size[node: b]) / slope(size[a])", -0.5),
        ("first_step(value > 2)", 8),
        ("first_step(value > 1000)", np.inf),
        ("first_step(never > 0)", np.inf),
        ("last(value) / first(value)", 1.1**40),
        ("argmax(size[b])", 0),
        ("at(value, step: 10)", 1.1**10),
        ("mean(size[a])", 20 * np.log(1.1)),
        ("std(size[a])", np.std(np.arange(0, 41, 2)) * np.log(1.1)),
        ("max(savgol(size[a], window: 5, order: 2, derivative: 1))", np.log(1.1)),
        ("if base > 1 then base else 0", 1.1),
        ("max(abs(savgol(size[a], window: 7) - size[a])) + 1", 1),
        ("p[x1, one] + p[class: two, input: x1]", 1),
        ("mean(size[a, step: 10..20])", 15 * np.log(1.1)),
        ("count(p[[x1, x3]] >= 0)", 4),
        ("last(size[a, step: [40, 0]])", 0),
        ("last(size)[a]", 40 * np.log(1.1)),
        ("times(last(size), by: 3)[a] - sum(first(size)[[a, b]])", 120 * np.log(1.1)),
        ("cos(pi) * last(value) / first(value)", -(1.1**40)),
        ("times(last(value), by: 3) / above_start(1.1^40)", 3 * 1.1**2),
    ],
)
def test_derived(expression: str, expected: float) -> None:
    found = derived(expression)
    np.testing.assert_allclose(found, np.full(found.shape, expected), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("name", ["first", "last", "max", "min", "mean", "std", "argmax", "slope"])
def test_what_was_never_recorded_has_no_value(name: str) -> None:
    assert bool(derived(f"{name}(never)").isnull().all())


@pytest.mark.parametrize(
    ("claim", "holds"),
    [
        ("last(value) > 45", True),
        ("all(late > 1.1^30 - 1e-9) and count(late > 0) == 6 and last(first_two[a]) == last(size[a])", True),
        ("all(above)", True),
        ("last(value) > 46", False),
        ("last(size[a]) > 3 and last(size[b]) < 0", True),
        ("last(size[a]) > 3 and last(size[b]) > 0", False),
        ("last(size)[a] > 3 and last(size)[node: b] < 0", True),
        ("all(last(size)[[a, b]] > 0)", False),
        ("last(size[a]) > 4 or last(size[b]) < 0", True),
        ("not last(size[a]) > 4", True),
        ("all(size[a] >= 0)", True),
        ("any(size[a] > 3.8)", True),
        ("first_step(value > 2) == 8", True),
        ("all(size[[a, b], step: 2..4] != 0) and times(last(size[a])) > 7", True),
        ("all(size[[a, b], step: 0..4] != 0)", False),
        ("min(p[x1, one]) > 2", False),
        ("last(never) > 0", False),
    ],
)
@pytest.mark.parametrize("share", ["", " for 50% of repeats"])
def test_claims(claim: str, holds: bool, share: str) -> None:
    parts = """
  derive late = value[step: 30..40]
  derive above = late > 1
  derive first_two = size[[a, b, a]]
"""
    made = program(f"{RECORDS}{parts}  expect {claim}{share}", extra="  init λ = 1")
    (judged,) = made.test()
    assert judged.holds is holds
    assert judged.found


def test_a_share_of_repeats() -> None:
    """Of 40 repeats some grow: the share at which the claim turns is the share that does."""
    records = "  run steps: 30, order: independent\n  repeat 40, seed: 2\n  record value = λ[a] at end\n"
    made = program(
        records + "".join(f"  expect value > 1 for {p}% of repeats\n" for p in (0, 25, 50, 75, 100)),
        extra="  init λ = 1",
    )
    found = made.run()
    share = 100 * float((found["value"] > 1).mean())
    assert 0 < share < 100
    assert [c.holds for c in made.claims(found)] == [share >= p for p in (0, 25, 50, 75, 100)]


def test_ranks_of_who_wins() -> None:
    """Two teachers, three students, by hand: 3rd of 3 wins the first at last, and was last, second, first; nobody wins the second."""
    first = [[0.9, 0.5, 0.1], [0.9, 0.2, 0.5], [0.1, 0.2, 0.8]]
    values = np.stack([first, np.zeros((3, 3))], axis=-1)[None]
    x = xarray.DataArray(values, dims=("repeat", "step", "student", "teacher"), coords={"step": [0, 1, 2]})
    found = AFTER["rank_of_winner"].apply(x, ("step", "student"), {})
    assert found.dims == ("repeat", "step", "teacher")
    assert np.allclose(found[0, :, 0], [2 / 3, 1 / 3, 0])
    assert bool(found[0, :, 1].isnull().all())
    assert np.allclose(AFTER["mean_rank"].apply(x, ("step", "student", "teacher"), {}), [[2 / 3, 1 / 3, 0]])
