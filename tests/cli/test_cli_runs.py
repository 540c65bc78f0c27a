"""Verbs that run experiments: run, test, render."""

import json
import os
import signal
from pathlib import Path

import xarray as xr

from neurashed_dsl.cli import judge


def test_run_runs_every_experiment_and_keeps_it(nshed, stand_in, tmp_path):
    program = stand_in()
    ended = nshed("run", "model.nshed", "--set", "base=1.05", "--seed", 7, "--jobs", 2)
    given = {"seed": 7, "jobs": 2, "out": Path("results/model"), "executor": None, "road": None}
    assert [asked for asked in program.asked if asked[1]] == [("first", given), ("second", given)]
    assert program.loaded["set"] == {"base": 1.05}
    folder = tmp_path / "results" / "model"
    kept = {f"{e}{end}" for e in ("first", "second") for end in (".nc", "-sure.svg", "-sure.png")}
    assert {f.name for f in folder.iterdir()} >= kept
    assert (folder / "first-sure.svg").read_text().startswith("drawn as .svg\n")
    report = (folder / "report.html").read_text()
    for words in (">animals<", "second: sure", "loss &lt; 1", "base 1.05"):
        assert words in report
    assert ended.code == 0


def test_run_tells_what_it_found(nshed, stand_in):
    stand_in(holds=False)
    ended = nshed("run", "model.nshed:first", "--out", "out")
    lines = ended.out.splitlines()
    assert lines[0] == "first"
    assert "step 80" in lines[1]
    assert "(0.4444 … 1)" in lines[1]
    assert "0.25" in lines[3]
    assert lines[4:] == ["  ✓ it learns: loss < 1 — found 0.25", "  ✗ sure > 2 — found 1"]
    assert ended.code == 0  # a claim that doesn't hold is for `nshed test` to judge
    assert "wrote out/first.nc" in ended.err


def test_pictures_of_the_same_numbers_are_not_drawn_again(nshed, stand_in, tmp_path):
    stand_in()
    nshed("run", "model.nshed:first", "--out", "out")
    picture = tmp_path / "out" / "first-sure.png"
    picture.write_text("kept")
    nshed("run", "model.nshed:first", "--out", "out")
    assert picture.read_text() == "kept"
    (tmp_path / "out" / "first-sure.svg").unlink()
    nshed("run", "model.nshed:first", "--out", "out")
    assert picture.read_text() == "drawn as .png"


def test_a_result_that_is_there_is_not_written_again(nshed, stand_in, tmp_path):
    program = stand_in()
    file = tmp_path / "out" / "first.nc"
    assert "wrote out/first.nc" in nshed("run", "model.nshed:first", "--out", "out").err
    before = file.stat()
    assert "out/first.nc is as it was" in nshed("run", "model.nshed:first", "--out", "out", "--jobs", 1).err
    assert (file.stat().st_ino, file.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    file.write_bytes(b"spoiled")
    assert "wrote out/first.nc" in nshed("run", "model.nshed:first", "--out", "out").err
    assert xr.open_dataset(file, engine="h5netcdf").load().attrs["seed"] == 7
    program.holds = False  # another verdict is another result
    assert "wrote out/first.nc" in nshed("run", "model.nshed:first", "--out", "out").err


def test_what_run_keeps_can_be_read_again(nshed, stand_in, tmp_path):
    from made_results import result

    stand_in()
    nshed("run", "model.nshed:first", "--out", "out")
    with xr.open_dataset(tmp_path / "out" / "first.nc", engine="h5netcdf") as kept:
        xr.testing.assert_equal(kept.load(), result())
        assert [claim["holds"] for claim in json.loads(kept.attrs["claims"])] == [True, True]
        assert kept.attrs["seed"] == 7


def test_run_goes_on_after_failed_cells_and_stops_at_an_interrupt(nshed, stand_in, tmp_path):
    program = stand_in(experiments=("a", "b", "c"), ends={"a": "failed", "b": "interrupted"})
    ended = nshed("run", "model.nshed", "--out", "out")
    assert ended.code == 130
    assert [name for name, given in program.asked if given] == ["a", "b"]
    assert (tmp_path / "out" / "b.nc").exists()
    assert not list((tmp_path / "out").glob("b*.svg"))


def test_a_failing_write_leaves_the_old_result(nshed, stand_in, tmp_path, monkeypatch):
    def fail(path, _):
        with path.open("wb") as half:
            half.write(b"half")
        raise OSError(28, "No space left on device", str(path))

    stand_in()
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "first.nc").write_bytes(b"old")
    monkeypatch.setattr(Path, "write_bytes", fail)
    assert nshed("run", "model.nshed", "--out", "out").code == 2
    assert [(f.name, f.read_bytes()) for f in (tmp_path / "out").iterdir()] == [("first.nc", b"old")]


def test_run_where_the_folder_is_a_file(nshed, stand_in, tmp_path):
    program = stand_in()
    (tmp_path / "out").touch()
    ended = nshed("run", "model.nshed", "--out", "out")
    assert (ended.code, ended.err) == (2, "nshed: out is a file, not a folder\n")
    assert program.asked == []  # found out before the work, not after it


SWEPT = """
system half(lr = 0.5) {
  state x = 1
  x <- x * lr
}
experiment down {
  model half
  run steps: 2
  record eta = x every 1
  expect last(eta) < 0.1
}
experiment grid {
  model half
  run steps: 2
  sweep lr in [0.1, 0.2]
  record x at end
}
"""


def test_what_another_experiment_sweeps_can_be_set_for_one_that_is_run_alone(nshed, tmp_path):
    (tmp_path / "swept.nshed").write_text(SWEPT)
    assert nshed("run", "swept.nshed:down", "--set", "lr=1/10", "--out", "out").code == 0
    with xr.open_dataset(tmp_path / "out" / "down.nc", engine="h5netcdf") as kept:
        assert json.loads(kept.attrs["parameters"]) == {"lr": 0.1}
    assert nshed("export", "out/down.nc", "--only", "eta").out == nshed("export", "out/down.nc", "--only", "η").out
    assert nshed("test", "swept.nshed:down", "--set", "lr=0.9").out.endswith("0 passed, 1 failed\n")
    assert nshed("compile", "swept.nshed:down", "--set", "lr=0.9").code == 0
    for target in ("swept.nshed", "swept.nshed:grid"):
        ended = nshed("run", target, "--set", "lr=0.1", "--out", "out")
        assert ended.code == 1
        assert "error[given-and-swept]" in ended.err


def test_run_of_a_file_without_experiments(nshed, model):
    ended = nshed("run", "animals.nshed")
    assert ended.code == 2
    assert "no experiment" in ended.err


def test_test_reports_each_claim_and_counts(nshed, stand_in):
    stand_in(holds=False)
    ended = nshed("test", "model.nshed")
    lines = ended.out.splitlines()
    assert ended.code == 1
    assert lines[0] == "model.nshed:first: ✓ it learns: loss < 1 — found 0.25"
    assert lines[1] == "model.nshed:first: ✗ sure > 2 — found 1"
    assert lines[-1] == "2 passed, 2 failed"


def test_test_of_claims_that_hold(nshed, stand_in):
    stand_in()
    ended = nshed("test", "model.nshed:first", "--json")
    claims = json.loads(ended.out)
    assert ended.code == 0
    assert [c["holds"] for c in claims] == [True, True]
    assert claims[0]["start"] == {"line": 1, "column": 8}


def test_test_searches_folders_and_goes_on_after_a_broken_file(nshed, model, tmp_path):
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "bad.nshed").write_text("network animals {\n")
    ended = nshed("test", ".")
    assert ended.code == 1
    assert "deep/bad.nshed" in ended.err
    assert ended.out == "0 passed, 1 failed\n"


def halves(folder, **ends):
    for name, end in ends.items():
        text = f"system half {{\n  state x = 1\n  x <- x / 2\n}}\n\nexperiment run {{\n  model half\n  run steps: 2\n  record x\n  expect last(x) < {end}\n}}\n"
        (folder / f"{name}.nshed").write_text(text)


def test_files_side_by_side_are_as_in_turn(nshed, tmp_path):
    halves(tmp_path, a=2, b=0.2)
    (tmp_path / "c.nshed").write_text("network c {\n")
    beside, in_turn = nshed("test", ".", "--jobs", "2"), nshed("test", ".", "--jobs", "1")
    assert beside[:2] == in_turn[:2]
    assert beside.out.splitlines()[-1] == "1 passed, 2 failed"
    assert "c.nshed: not tested" in beside.err


def ended_at_b(target, how):
    if target.path.name == "b.nshed":
        os.kill(os.getpid(), signal.SIGKILL)  # as a system does that lacks memory
    return judge.alone(target, how)


def test_a_process_that_the_system_ends_costs_its_own_file_alone(nshed, tmp_path, monkeypatch):
    halves(tmp_path, a=2, b=2, c=2, d=0.2)
    monkeypatch.setattr(judge, "alone", ended_at_b)
    ended = nshed("test", ".", "--jobs", "2")
    assert (ended.code, ended.out.splitlines()[-1]) == (1, "2 passed, 2 failed")
    assert "b.nshed: not tested: the system ended its process, perhaps for want of memory" in ended.err


def test_render(nshed, stand_in, tmp_path):
    program = stand_in()
    assert nshed("render", "model.nshed") == (0, "digraph {}\n", "")
    ended = nshed("render", "model.nshed:animals", "-o", "deep/a.svg", "--input", "tabby")
    assert (ended.code, ended.out) == (0, "")
    assert (tmp_path / "deep" / "a.svg").read_text() == "drawn as .svg"
    assert program.asked[-1] == ("animals", {"input": "tabby", "result": None, "step": None})


def test_render_reads_a_result(nshed, stand_in):
    program = stand_in()
    nshed("run", "model.nshed:first", "--out", "out")
    assert nshed("render", "model.nshed", "--from", "out/first.nc", "--step", 40).code == 0
    given = program.asked[-1][1]
    assert given["step"] == 40
    assert given["result"].attrs["seed"] == 7


SPRINGS = """
experiment pulled {
  model  spring_chain(blocks: 2)
  run    until: 1, dt: 0.5, method: euler
  record springs = stretch every 0.5
  plot   chain(springs)
}
"""


def test_render_of_systems_and_their_results(nshed, tmp_path):
    (tmp_path / "springs.nshed").write_text(SPRINGS)
    assert nshed("run", "springs.nshed", "--out", "out").code == 0
    assert (tmp_path / "out" / "spring_chain.svg").exists()  # the report shows the system
    assert nshed("render", "springs.nshed:langevin_chain").out.startswith("digraph system {")
    for name in ("", ":pulled", ":chain_springs"):
        assert nshed("render", f"springs.nshed{name}", "--from", "out/pulled.nc", "-o", f"a{name[1:]}.svg").code == 0
        assert ">time: 0.5<" in (tmp_path / f"a{name[1:]}.svg").read_text()
    wrong = nshed("render", "springs.nshed", "--from", "out/pulled.nc", "-o", "a.dot")
    assert (wrong.code, wrong.out) == (2, "")
    assert ".pdf" in wrong.err
    assert nshed("render", "springs.nshed", "--from", "out/pulled.nc").code == 2
    assert nshed("render", "springs.nshed", "--input", "tabby").code == 2
