"""What the Python API makes of what it is given, and how it shows itself."""

from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import neurashed_dsl as nshed

TEXT = """
param eta = 0.5

system half(d: int = 2, lr = 0.5, on = true) {
  axis i = 1..d
  state x[i] = 1
  x[a in i] <- if on then x[a] * lr * eta else x[a]
}

experiment down {
  model half
  run steps: 2
  record x every 1
  plot lines(x)
  expect last(x[1]) < 1
}

experiment grid {
  model half
  run steps: 2
  sweep lr in [0.1, 0.2]
  record y = x[1] at end
  plot lines(y, x: lr)
  expect y < 1
}

experiment after_grid {
  model half(on: true)
  run steps: 2
  derive z = grid.y[lr: 0.1]
  record x at end
}

experiment eta_is_swept {
  model half
  run steps: 1
  sweep eta in [0.1, 0.2]
  record eta2 = x[1] at end
}
"""


@pytest.fixture(scope="module")
def program() -> nshed.Program:
    return nshed.loads(TEXT, "half.nshed")


def last(program: nshed.Program, **given: Any) -> float:
    return float(program.run("down", set=given)["x"][-1, 0])


# --- what is given ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", [-1, 1.5, "a", True, 2**62 + 1, 10**26])
def test_a_seed_is_a_whole_number_as_in_a_file(program: nshed.Program, seed: Any) -> None:
    for ask in (program.run, program.study):
        with pytest.raises(nshed.WrongUse, match="`seed` takes a whole number of at"):
            ask("down", seed=seed)


def test_numpy_s_seed_is_a_number(program: nshed.Program, tmp_path: Path) -> None:
    result = program.run("down", seed=np.int64(3))
    assert (result.attrs["seed"], type(result.attrs["seed"])) == (3, int)
    program.run("down", seed=2**62).to_netcdf(tmp_path / "a.nc", engine="h5netcdf")


@pytest.mark.parametrize("jobs", [0, -1, "2", 1.5])
def test_jobs_are_at_least_one(program: nshed.Program, jobs: Any) -> None:
    with pytest.raises(nshed.WrongUse, match="`jobs` takes a whole number of at least 1"):
        program.run("down", jobs=jobs)


def test_a_folder_is_no_file(program: nshed.Program, tmp_path: Path) -> None:
    (tmp_path / "fruit.csv").touch()
    for out in (tmp_path / "fruit.csv", str(tmp_path / "fruit.csv" / "in_it")):
        with pytest.raises(nshed.WrongUse, match=r"fruit\.csv is a file, not a folder"):
            program.run("down", out=out)


@pytest.mark.parametrize("lr", [np.float64(0.25), np.float32(0.25), np.array(0.25), Fraction(1, 4), 0.25])
def test_numbers_of_other_sorts_are_numbers(program: nshed.Program, lr: Any) -> None:
    assert last(program, lr=lr, d=np.int64(3)) == (0.25 * 0.5) ** 2
    assert nshed.loads(TEXT, set={"on": np.bool_(True)}).settings["on"] is True


def test_what_is_no_value_is_refused(program: nshed.Program) -> None:
    with pytest.raises(nshed.WrongUse, match="`lr` is given no value"):
        last(program, lr=None)
    with pytest.raises(nshed.WrongUse, match="a mapping"):
        program.run("down", set="lr=1")  # type: ignore[arg-type]
    for name, value in {"lr": True, "eta": True, "d": False}.items():
        with pytest.raises(nshed.NshedError, match="number is wanted"):
            last(program, **{name: value})
    assert last(program, on=False) == 1


# --- names ------------------------------------------------------------------------------------------------------------------


def test_a_name_may_be_spelled_as_a_word(program: nshed.Program) -> None:
    assert last(program, eta=1) == last(program, **{"η": 1}) == 0.25
    greek = nshed.loads(TEXT.replace("experiment down", "experiment lambda"))
    assert greek.experiments[0] == "λ"
    assert greek.run("lambda").attrs["experiment"] == "λ"


def test_only_an_experiment_that_is_run_is_asked_what_it_sweeps(program: nshed.Program) -> None:
    assert last(program, lr=0.25) == (0.25 * 0.5) ** 2
    assert program.compile("down", set={"lr": 0.25}).memory > 0
    for name in ("grid", "after_grid"):  # which is made of the other's result
        with pytest.raises(nshed.NshedError, match="`lr` is swept, and given a value, too"):
            program.run(name, set={"lr": 0.25})
    with pytest.raises(nshed.NshedError, match="`lr` is swept"):
        nshed.loads(TEXT, set={"lr": 0.25})


def test_a_program_for_one_experiment_doesn_t_run_another_that_sweeps_what_is_set(tmp_path: Path) -> None:
    (tmp_path / "half.nshed").write_text(TEXT)
    loaded = nshed.load(tmp_path / "half.nshed", set={"lr": 0.25, "eta": 1}, experiment="down")
    assert float(loaded.run("down")["x"][-1, 0]) == 0.25**2
    for name in ("grid", "eta_is_swept"):
        with pytest.raises(nshed.NshedError, match="is swept, and given a value"):
            loaded.run(name)


def test_a_result_of_another_experiment_is_told(program: nshed.Program) -> None:
    down = program.run("down")
    for ask in (program.claims, program.plots):
        with pytest.raises(nshed.WrongUse, match="the result is of `down`, and has no `y`, which `grid` records"):
            ask(down, "grid")
        with pytest.raises(nshed.WrongUse, match="doesn't say what experiment it is of, and has no `y`"):
            ask(down.drop_attrs(), "grid")
    assert [claim.holds for claim in program.claims(down.drop_attrs(), "down")] == [True]


# --- how it shows itself ----------------------------------------------------------------------------------------------------


def test_a_program_is_told_in_a_line(program: nshed.Program) -> None:
    assert repr(program) == "<half.nshed: experiments down, grid, after_grid, eta_is_swept; systems half>"
    assert repr(nshed.loads("param x = 1")) == "<<text>: nothing to run or draw>"
    many = "\n".join(f"system s{i} {{\n  state x = 1\n  x <- x / 2\n}}" for i in range(10))
    assert repr(nshed.loads(many)).endswith("s6, s7 and 2 more>")
    assert "<th>systems</th><td>half</td>" in program._repr_html_()


def test_dir_names_what_there_is() -> None:
    assert set(nshed.__all__) <= set(dir(nshed))
