"""Sweeps: a cell is a run of its own, wherever it runs; a run that was killed goes on; what fails doesn't stop the others."""

import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

import neurashed_dsl as nshed
from neurashed_dsl.driver.running import run_cell
from neurashed_dsl.ir.plan import Sweep, Swept
from neurashed_dsl.runtime import budget
from neurashed_dsl.runtime.again import Kernels
from neurashed_dsl.runtime.budget import memory_of
from neurashed_dsl.runtime.combine import combined

LADDER = """
param base = 1.02 within 1..2
param spread = 0.1

law noisy(mu = 0.05, sd = 0.2) {
  fire(x) = x * exp(mu + ~normal(0, sd))
  rest(x) = 0.99 * x
}

network ladder(width: int = 3 within 1..10, up: real = 2) {
  level low { x[i in 1..width] }
  level high { y[i in 1..width] = x[i] }
  classes {
    one <- y[1]
    two <- y
  }
  inputs {
    a: x[1] -> one
    b: x    -> two
  }
  init   λ ~ uniform(0.5, 1)
  init   η = 1
  update λ by noisy(base - 1, spread)
  update η by multiplicative(base, 0.99)
}
"""
EXPERIMENT = """
experiment e {
  model ladder MODEL
  run batch: 1, RUN
  repeat 3, seed: 4
  SWEEPS
  record sure = probability(label) every 20
  record am = amplification(high) at end
  derive least = min(last(sure))
  plot lines(sure)
  expect last(sure[a]) > 0.1 "learned"
}
"""


def program(sweeps: str = "", model: str = "", run: str = "steps: 60", **given: object) -> nshed.Program:
    text = LADDER + EXPERIMENT.replace("SWEEPS", sweeps).replace("MODEL", model).replace("RUN", run)
    return nshed.loads(text, **given)  # type: ignore[arg-type]


def same(a: xr.Dataset, b: xr.Dataset) -> bool:
    """To the last bit, with the same labels."""
    names = {*a.variables} == {*b.variables}
    return names and all(
        a[n].dims == b[n].dims and np.array_equal(a[n].values, b[n].values, equal_nan=a[n].dtype.kind == "f")
        for n in a.variables
    )


SEVERAL = "sweep base in linspace(1.01, 1.04, 4)\n  sweep width in [2, 4, 3]\n  sweep order in [cyclic, shuffled]"


# --- a cell is a run of its own ---------------------------------------------------------------------------------------------


def test_a_cell_is_the_run_that_its_values_would_give() -> None:
    swept = program(SEVERAL).run("e")
    assert dict(swept.sizes) | {"base": 4, "width": 3, "order": 2} == dict(swept.sizes)
    assert swept["sure"].dims == ("base", "width", "order", "repeat", "step", "input")
    for base, width, order in [(1.01, 2, "cyclic"), (1.04, 4, "shuffled"), (1.03, 3, "cyclic")]:
        alone = program(run=f"steps: 60, order: {order}").run("e", set={"base": base, "width": width})
        cell = swept.sel(base=base, width=width, order=order).sel(high=alone["high"])
        for name in alone.data_vars:
            np.testing.assert_array_equal(cell[name].values, alone[name].values)


def test_a_parameter_of_the_model_is_as_if_written() -> None:
    swept = program("sweep width in 2..3\n  sweep steps in [20, 60]", run="order: cyclic").run("e")
    alone = program(model="(width: 3)", run="order: cyclic, steps: 20").run("e")
    cell = swept.sel(width=3, steps=20).sel(step=alone["step"])
    np.testing.assert_array_equal(cell["am"].values, alone["am"].values)
    np.testing.assert_array_equal(cell["sure"].values, alone["sure"].values)
    assert swept["sure"].sel(steps=20, step=60).isnull().all()


def test_numbers_are_those_that_their_labels_say() -> None:
    """1/3 isn't a float: the cell is run with the float that is its coordinate."""
    swept = program("sweep spread in linspace(0, 1, 4)").run("e")
    assert swept["spread"].values.tolist() == [0, 1 / 3, 2 / 3, 1]
    alone = program().run("e", set={"spread": swept["spread"].values[1].item()})
    np.testing.assert_array_equal(swept["am"].isel(spread=1).values, alone["am"].values)


def test_zipped_values_share_a_dimension() -> None:
    swept = program("sweep (base, width) in zip([1.01, 1.02, 1.03], [2, 3, 4])").run("e")
    assert swept["am"].dims == ("base", "repeat", "high")
    assert swept["width"].dims == ("base",)
    alone = program().run("e", set={"base": 1.03, "width": 4})
    np.testing.assert_array_equal(swept["am"].sel(base=1.03).values, alone["am"].values)
    np.testing.assert_array_equal(swept["least"].sel(base=1.03).values, alone["least"].values)


@pytest.mark.parametrize(
    ("values", "found"),
    [
        ("[2, 1/2, 10^-3]", [2, 0.5, 0.001]),
        ("linspace(0, 0.03, 4)", [0, 0.01, 0.02, 0.03]),
        ("linspace(1, 9, 1)", [1]),
        ("logspace(-3, 0, 4)", [0.001, 0.01, 0.1, 1]),
        ("geomspace(0.001, 1, 4)", [0.001, 0.01, 0.1, 1]),
        ("1..4", [1, 2, 3, 4]),
        ("[-1, 0]", [-1, 0]),
    ],
)
def test_values(values: str, found: list[float]) -> None:
    sweep = program(f"sweep spread in {values}").elaborate("e").sweeps.plan
    labels = sweep.axes[0].values["spread"]
    assert labels.dtype == (np.int64 if all(isinstance(v, int) for v in found) else np.float64)
    np.testing.assert_allclose(labels, found, rtol=1e-15)


# --- wherever it runs -------------------------------------------------------------------------------------------------------


def test_threads_and_processes_change_no_bit() -> None:
    found = program(SEVERAL)
    one = found.run("e", jobs=1)
    assert same(one, found.run("e", jobs=2))
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as pool:
        assert same(one, found.run("e", executor=pool))


@pytest.mark.filterwarnings("default")  # dask's own
def test_dask_changes_no_bit() -> None:
    distributed = pytest.importorskip("distributed")
    from neurashed_dsl.driver.far import dask_executor

    found = program(SEVERAL)
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:
        executor = dask_executor(cluster.scheduler_address)
        assert same(found.run("e", jobs=1), found.run("e", executor=executor))


def test_no_dask_there() -> None:
    pytest.importorskip("distributed")
    from neurashed_dsl.driver.far import dask_executor

    with pytest.raises(nshed.WrongUse, match="no dask scheduler answers"):
        dask_executor("nonsense://here")


# --- what is kept -----------------------------------------------------------------------------------------------------------


def cells_run(found: nshed.Program, out: Path) -> int:
    """How many cells are run, and not found in the folder."""
    before = {f: f.stat().st_mtime_ns for f in (out / ".cells").glob("[!.]*.npz")}
    found.run("e", out=out)
    after = {f: f.stat().st_mtime_ns for f in (out / ".cells").glob("[!.]*.npz")}
    return sum(before.get(f) != t for f, t in after.items())


def test_only_what_changes_a_cell_runs_it_again(tmp_path: Path) -> None:
    sweeps = "sweep base in [1.01, 1.02]"
    text = LADDER + EXPERIMENT.replace("SWEEPS", sweeps).replace("MODEL", "").replace("RUN", "steps: 60")
    assert cells_run(nshed.loads(text), tmp_path) == 2
    assert cells_run(nshed.loads(text), tmp_path) == 0
    for old, new, runs in [
        ("plot lines(sure)", "plot heatmap(am)", 0),
        ("> 0.1", "> 0.2", 0),
        ("derive least = min(last(sure))", "", 0),
        ("param spread", "# a remark\nparam spread", 0),
        ("[1.01, 1.02]", "[1.01, 1.02, 1.03]", 1),
        ("every 20", "every 10", 2),
        ("seed: 4", "seed: 5", 2),
        ("spread = 0.1", "spread = 0.2", 2),
        ("0.99", "0.98", 2),
    ]:
        assert cells_run(nshed.loads(text.replace(old, new)), tmp_path) == runs, new


def test_what_was_kept_is_what_was_run(tmp_path: Path) -> None:
    found = program(SEVERAL)
    first = found.run("e", out=tmp_path)
    for file in sorted((tmp_path / ".cells").glob("[!.]*.npz"))[::2]:
        file.unlink()
    damaged = next((tmp_path / ".cells").glob("[!.]*.npz"))
    damaged.write_bytes(damaged.read_bytes()[:100])
    again = found.run("e", out=tmp_path)
    assert same(first, again)
    assert same(first, found.run("e"))


KILLED = """
experiment e {
  model ladder
  run steps: 200_000, batch: 1
  repeat 2, seed: 9
  sweep base in linspace(1.01, 1.04, 4)
  sweep width in 2..4
  record am = amplification(high) every 20_000
}
"""


@pytest.mark.skipif(os.name != "posix", reason="SIGKILL")
def test_killed_and_run_again_equals_uninterrupted(tmp_path: Path) -> None:
    file = tmp_path / "killed.nshed"
    file.write_text(LADDER + KILLED, "utf-8")
    whole = nshed.load(file).run("e", jobs=2)
    out = tmp_path / "out"
    command = [sys.executable, "-c", "from neurashed_dsl.cli import main; raise SystemExit(main())"]
    command += ["run", f"{file}:e", "--out", str(out), "--jobs", "2"]
    rng = np.random.Generator(np.random.PCG64(os.getpid()))
    killed = 0
    for _ in range(2):
        running = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline, before = time.monotonic() + 120, len(list((out / ".cells").glob("[!.]*.npz")))
        while running.poll() is None and len(list((out / ".cells").glob("[!.]*.npz"))) <= before:
            assert time.monotonic() < deadline
            time.sleep(0.02)
        time.sleep(rng.uniform(0, 0.5))
        running.send_signal(signal.SIGKILL)
        killed += running.wait() == -signal.SIGKILL
    assert killed > 0
    kept = len(list((out / ".cells").glob("[!.]*.npz")))
    assert subprocess.run(command, capture_output=True, check=False).returncode == 0
    with xr.open_dataset(out / "e.nc", engine="h5netcdf") as found:
        for name in whole.data_vars:
            np.testing.assert_array_equal(found[name].values, whole[name].values)
    assert kept > 0


# --- what fails -------------------------------------------------------------------------------------------------------------


def test_a_cell_that_fails_does_not_stop_the_others() -> None:
    text = LADDER.replace("exp(mu + ~normal(0, sd))", "(if sd > 1 then log(0 - sd) else 1.1)").replace(
        "law noisy", "unchecked law noisy"
    )
    text += EXPERIMENT.replace("SWEEPS", "sweep spread in [0.5, 2, 1]").replace("MODEL", "").replace("RUN", "steps: 60")
    found = nshed.loads(text)
    result = found.run("e")
    assert result.attrs["status"] == "failed"
    status = result["status"].values.tolist()
    assert status[0] == status[2] == "done"
    assert status[1].startswith("spread = 2: ")
    assert result["am"].isel(spread=1).isnull().all()
    assert result["least"].isel(spread=1).isnull().all()
    assert result["am"].isel(spread=[0, 2]).notnull().all()
    (claim,) = found.claims(result)
    assert not claim.holds
    assert "2 of 3 cells" in claim.found
    assert "spread = 2" in claim.found
    negated = nshed.loads(text.replace('last(sure[a]) > 0.1 "learned"', "not (last(sure[a]) > 2)"))
    assert not negated.claims(result, "e")[0].holds  # what is missing isn't below 2 either


def test_a_cell_that_can_not_be_made_is_one_that_fails() -> None:
    found = program("sweep steps in [60, 40, 80]\n  record late = loss() at [50]", run="order: cyclic")
    result = found.run("e")
    assert result["status"].values[1] == "steps = 40: step 50 is never reached"
    assert result["late"].isel(steps=1).isnull().all()
    assert result["late"].isel(steps=[0, 2]).notnull().all()
    assert result["step_sure"].values.tolist() == [0, 20, 40, 60, 80]


def test_a_first_cell_that_can_not_be_made_is_said_before_the_run() -> None:
    found = program("sweep steps in [40, 60]\n  record late = loss() at [50]", run="order: cyclic")
    assert [d.code for d in found.warnings] == ["cell-fails"]
    assert found.run("e").attrs["status"] == "failed"


def test_too_little_memory_is_said_before_the_first_cell(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the whole sweep: each of its cells alone would fit."""
    found = program("sweep spread in linspace(0, 1, 1000)")
    alone = memory_of(found.study("e")[0])
    assert memory_of(found.study("e")[0], cells=1000) > 100 * alone
    monkeypatch.setattr(budget, "free_memory", lambda: 20 * alone)
    with pytest.raises(nshed.NshedError) as refused:
        found.run("e")
    assert [d.code for d in refused.value.diagnostics] == ["over-budget"]


def test_an_interrupt_keeps_what_is_finished(tmp_path: Path) -> None:
    found = program("sweep base in [1.01, 1.02, 1.03]")

    def interrupt(done: int, total: int, label: str) -> None:
        if done:
            raise KeyboardInterrupt

    result = found.run("e", jobs=1, out=tmp_path, progress=interrupt)
    assert result.attrs["status"] == "interrupted"
    status = result["status"].values.tolist()
    assert set(status) == {"done", "missing"}
    assert len(list((tmp_path / ".cells").glob("[!.]*.npz"))) == status.count("done")
    assert same(found.run("e", out=tmp_path), found.run("e"))


# --- claims -----------------------------------------------------------------------------------------------------------------


def judged(claim: str, sweeps: str) -> tuple[bool, str]:
    text = LADDER + EXPERIMENT.replace("SWEEPS", sweeps).replace("MODEL", "").replace("RUN", "steps: 60")
    found = nshed.loads(text.replace('last(sure[a]) > 0.1 "learned"', claim))
    (one,) = found.test("e")
    return one.holds, one.found


def test_claims_hold_in_each_cell_unless_they_pick() -> None:
    sweeps = "sweep base in linspace(1.01, 1.04, 4)\n  sweep width in [2, 3]"
    assert judged("base < 1.04 or last(sure[a]) > 2", sweeps)[0] is False
    assert "6 of 8 cells; not where base = 1.04, width = 2" in judged("base < 1.04 or last(sure[a]) > 2", sweeps)[1]
    assert judged("am[y[3], base: 1.03, width: 3] > 0", sweeps)[0]
    assert judged("am[y[2], base: 1.02] > 0", sweeps)[0]
    assert not judged("am[y[3], base: 1.02] > 0", sweeps)[0]  # NaN in the ladder of width 2
    assert judged("am[y[2], base: 1.04, width: 2] > am[y[2], base: 1.01, width: 2]", sweeps)[0]


def test_shares_of_repeats_hold_in_each_cell() -> None:
    holds, found = judged("last(sure[a]) > 0 for 100% of repeats", "sweep base in [1.01, 1.02]")
    assert holds
    assert found.startswith("2 of 2 cells")


def test_claims_pick_words_and_zipped_values() -> None:
    assert judged("am[y[1], order: cyclic] > 0", "sweep order in [cyclic, shuffled]")[0]
    sweeps = "sweep (base, spread) in zip([1.01, 1.01], [0.1, 0.2])"
    assert judged("am[y[1], spread: 0.2] > 0 and spread[spread: 0.2] == 0.2", sweeps)[0]


# --- putting together -------------------------------------------------------------------------------------------------------


def test_cells_are_put_together_by_their_labels() -> None:
    """Whatever the order of the labels in each cell, and whatever is missing there."""
    cells = {
        0: xr.Dataset({"r": ("n", [1.0, 2.0])}, {"n": ["b", "a"]}),
        1: xr.Dataset({"r": ("n", [3.0, 4.0])}, {"n": ["a", "b"]}),
        3: xr.Dataset({"r": (("n",), [5.0]), "stopped_at": ((), 7.0)}, {"n": ["c"]}),
    }
    sweep = Sweep((Swept({"p": np.array([10, 20])}), Swept({"q": np.array(["x", "y"])})))
    whole = combined(sweep, cells, {2: "p = 20, q = x: no"}, cells[0])
    assert whole["r"].dims == ("p", "q", "n")
    assert whole["r"].sel(p=10, q="x", n=["a", "b"]).values.tolist() == [2, 1]
    assert whole["r"].sel(p=10, q="y", n=["a", "b"]).values.tolist() == [3, 4]
    assert whole["r"].sel(p=20, q="y", n="c").item() == 5
    assert whole["r"].sel(p=20, q="y", n=["a", "b"]).isnull().all()
    assert whole["r"].sel(p=20, q="x").isnull().all()
    assert whole["stopped_at"].values.ravel()[3] == 7
    two = combined(sweep, {0: cells[0], 1: cells[1]}, {}, cells[0])  # as large as each, in the order of one
    assert two["r"].sel(p=10, q="x", n=["a", "b"]).values.tolist() == [2, 1]
    assert two["r"].sel(p=10, q="y", n=["a", "b"]).values.tolist() == [3, 4]
    assert whole["status"].values.tolist() == [["done", "done"], ["p = 20, q = x: no", "done"]]


def test_a_failing_cell_leaves_the_halt_of_the_others_alone() -> None:
    text = LADDER.replace("exp(mu + ~normal(0, sd))", "log(0 - sd)").replace("law noisy", "unchecked law noisy")
    text += EXPERIMENT.replace("SWEEPS", "sweep spread in [1, 2]").replace("MODEL", "").replace("RUN", "steps: 60")
    found, halt = nshed.loads(text), threading.Event()
    ran = run_cell(found, "e", found.elaborate("e"), None, 1, "", Kernels(), halt, 0)
    assert ran.dataset is None
    assert ran.failure
    assert not halt.is_set()
    halt.set()
    well = program("sweep spread in [0, 1]")
    assert run_cell(well, "e", well.elaborate("e"), None, 1, "", Kernels(), halt, 0).failure == "interrupted"


def test_stages_stay_along_time() -> None:
    text = (
        LADDER
        + """
experiment e {
  model ladder
  sweep width in [2, 3]
  stage one { run steps: 20 }
  stage two { run steps: 20, order: cyclic }
  record right = loss() every 10
  expect first(right, stage: two) > 0
}
"""
    )
    found = nshed.loads(text)
    result = found.run("e")
    assert result["stage"].dims == ("step",)
    assert result["stage"].values.tolist() == ["one", "one", "two", "two", "two"]
    assert found.claims(result)[0].holds
