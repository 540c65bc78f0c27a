"""Sweeps on the command line: what failed is named, exit code 3; `nshed show` of a folder, at any time."""

import time

import numpy as np
import xarray as xr

from neurashed_dsl.ir.plan import Sweep, Swept
from neurashed_dsl.runtime.kept import announce, cells_folder, save_cell, tell_state

MODEL = """
param wild = 0

unchecked law some(by) {
  fire(x) = if by > 1 then log(0 - by) else 1.1 * x
  rest(x) = 0.99 * x
}

network pair {
  level traits { left, right }
  classes {
    one <- left
    two <- right
  }
  inputs {
    a: left -> one
    b: right -> two
  }
  update λ by some(wild)
}

experiment e {
  model pair
  run steps: 20
  sweep wild in [0, 1, 2]
  record sure = probability(label) every 5
  plot lines(sure)
  expect last(sure[a]) > 0.4
}
"""


def test_a_failing_cell_is_named(nshed, tmp_path):
    (tmp_path / "pair.nshed").write_text(MODEL, encoding="utf-8")
    ended = nshed("run", "pair.nshed", "--out", "out")
    assert ended.code == 3
    assert "nshed: e: the cell wild = 2: " in ended.err
    assert "nshed: e: 1 cell of 3 failed" in ended.err
    with xr.open_dataset(tmp_path / "out" / "e.nc", engine="h5netcdf") as result:
        assert result.attrs["status"] == "failed"
        assert np.isnan(result["sure"].sel(wild=2)).all()
        assert result["status"].values.tolist()[:2] == ["done", "done"]
    shown = nshed("show", "out")
    assert shown.code == 0
    assert shown.out.splitlines()[:3] == ["e: 3 cells, wild 3", "  done    2", "  failed  1"]
    assert "  wild = 2: " in shown.out
    assert "cells that failed: 1 of 3\n  wild = 2: " in nshed("show", "out/e.nc").out
    assert nshed("test", "pair.nshed").code == 1


def test_compile_says_how_many_cells(nshed, tmp_path):
    (tmp_path / "pair.nshed").write_text(MODEL, encoding="utf-8")
    assert "cells   3: wild 3" in nshed("compile", "pair.nshed").out


def test_a_sweep_that_runs(nshed, tmp_path):
    """What its files say while another process runs it, and when that was killed."""
    sweep = Sweep((Swept({"a": np.array([1, 2])}), Swept({"b": np.array([0.5, 1, 2]), "c": np.array(["x", "y", "z"])})))
    folder = cells_folder(tmp_path)
    announce(folder, "phases", sweep, [f"key{i}" for i in range(6)])
    save_cell(folder, "key1", xr.Dataset({"r": ("n", np.arange(3.0))}))
    tell_state(folder, "phases", {4: "it failed"}, [2, 3])
    assert nshed("show", tmp_path).out.splitlines() == [
        "phases: 6 cells, a 2 × b, c 3",
        "  done     1",
        "  failed   1",
        "  running  2",
        "  missing  2",
        "failed",
        "  a = 2, b = 1, c = y: it failed",
        "running",
        "  a = 1, b = 2, c = z",
        "  a = 2, b = 0.5, c = x",
    ]
    state = folder / "phases.state.json"
    state.write_text(state.read_text("utf-8").replace(f"{int(time.time())}"[:6], "100000"), "utf-8")
    assert "running" not in nshed("show", tmp_path).out
    assert "missing  4" in nshed("show", tmp_path).out


def test_a_folder_without_sweeps(nshed, tmp_path):
    ended = nshed("show", tmp_path)
    assert ended.code == 2
    assert "no sweep was run" in ended.err


def test_cells_are_counted(capsys):
    from neurashed_dsl.cli import meter

    now = iter(range(0, 100, 3))
    with meter.meter(clock=lambda: float(next(now))) as tell:
        tell(3, 12, "phases: cells")
    assert "phases: cells: 3 of 12" in capsys.readouterr().err
