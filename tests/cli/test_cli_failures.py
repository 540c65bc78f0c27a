"""Every way to end has its exit code (architecture.md 6), its words on stderr, and never a traceback."""

import json

import pytest

from neurashed_dsl.cli.failure import reason
from neurashed_dsl.diagnostics import Bug, Kind, NshedError
from neurashed_dsl.driver import WrongUse

ODD = NshedError([Kind("odd", "this is odd").at(None)])


@pytest.mark.parametrize(
    ("end", "code", "words"),
    [
        ("complete", 0, "wrote out/first.nc"),
        (ODD, 1, "error[odd]: this is odd"),
        (WrongUse("no experiment `x`"), 2, "nshed: no experiment `x`"),
        (OSError(28, "No space left on device", "out/first.nc"), 2, "nshed: out/first.nc: no space left on device"),
        (PermissionError(13, "Permission denied"), 2, "nshed: permission denied"),
        (BrokenPipeError(32, "Broken pipe"), 2, ""),
        ("failed", 3, "wrote out/first.nc"),
        (Bug("the kernel does not type-check"), 70, "this is a bug in nshed: Bug: the kernel does not type-check"),
        (RecursionError("maximum recursion depth exceeded"), 70, "this is a bug in nshed: RecursionError"),
        (KeyboardInterrupt(), 130, "nshed: interrupted"),
        (MemoryError(), 2, "nshed: there is no memory left"),
        ("interrupted", 130, "what there is lies in out/first.nc"),
    ],
)
def test_exit_codes(nshed, stand_in, end, code, words):
    stand_in(experiments=("first",), ends={"first": end})
    ended = nshed("run", "model.nshed", "--out", "out")
    assert ended.code == code
    assert words in ended.err
    assert "Traceback" not in ended.out + ended.err


def test_a_bug_is_kept_with_what_was_asked_for(nshed, stand_in, monkeypatch, tmp_path):
    monkeypatch.setenv("NSHED_CACHE_DIR", str(tmp_path / "cache"))
    stand_in(experiments=("first",), ends={"first": ZeroDivisionError("division by zero")})
    ended = nshed("run", "model.nshed")
    (crash,) = (tmp_path / "cache" / "crashes").iterdir()
    assert str(crash) in ended.err
    assert "Traceback" in crash.read_text()
    assert "ZeroDivisionError" in crash.read_text()


def test_a_bug_shows_its_traceback_when_asked_to(nshed, stand_in, monkeypatch):
    monkeypatch.setenv("NSHED_DEBUG", "1")
    stand_in(experiments=("first",), ends={"first": ZeroDivisionError("division by zero")})
    assert "Traceback" in nshed("run", "model.nshed").err


def test_a_bug_is_told_where_nothing_can_be_written(nshed, stand_in, monkeypatch, tmp_path):
    monkeypatch.setattr("neurashed_dsl.cli.failure.cache_folder", lambda: tmp_path / "nowhere")
    stand_in(experiments=("first",), ends={"first": ZeroDivisionError("division by zero")})
    ended = nshed("run", "model.nshed")
    assert ended.code == 70
    assert "Traceback" in ended.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["chek", "a.nshed"], "check"),
        (["run"], "FILE[:EXPERIMENT]"),
        (["run", "a.nshed", "--sead", "3"], "--seed"),
        (["run", "a.nshed", "--jobs", "0"], "--jobs"),
        (["run", "a.nshed", "--seed", "one"], "--seed"),
        (["run", "a.nshed", "--seed", "99999999999999999999999999"], "--seed"),
        (["run", "a.nshed", "--set", "base"], "name=value"),
        (["run", "a.nshed:"], "a name is missing"),
        (["run", "nowhere.nshed"], "nowhere.nshed"),
        (["check", "nowhere.nshed"], "nowhere.nshed"),
        (["fmt", "nowhere.nshed"], "nowhere.nshed"),
        (["show", "nowhere.nc"], "nowhere.nc"),
        (["compile", "animals.nshed", "--emit", "kernal"], "`kernel`"),
        (["render", "animals.nshed", "-o", "a.gif"], ".svg"),
        (["render", "animals.nshed", "--step", "3"], "--from"),
        (["export", "a.nc", "-o", "a.xls"], ".csv"),
        (["explain", "open-blok"], "`open-block`"),
        (["check", "."], "folder"),
        (["fmt", "."], "folder"),
        (["run", "."], "folder"),
        (["test", "nowhere"], "nowhere"),
    ],
)
def test_wrong_use_ends_with_2_and_says_what_was_meant(nshed, model, arguments, words):
    ended = nshed(*arguments)
    assert (ended.code, ended.out) == (2, "")
    assert words in ended.err
    assert "Traceback" not in ended.err


def test_reasons_name_the_file():
    assert reason(FileNotFoundError(2, "No such file or directory", "a.nc")) == "a.nc: no such file or directory"
    assert reason(OSError("odd")) == "odd"


def test_help_and_version_are_data(nshed):
    for option in ("-h", "--help"):
        ended = nshed(option)
        assert (ended.code, ended.err) == (0, "")
        verbs = [line.split()[0] for line in ended.out.split("Commands:\n")[1].splitlines()]
        assert verbs == [
            "new",
            "check",
            "fmt",
            "compile",
            "run",
            "fit",
            "test",
            "render",
            "why",
            "show",
            "export",
            "explain",
            "doctor",
            "cache",
            "lsp",
        ]
    assert nshed("--version").out.startswith("nshed ")
    for verb in verbs:
        assert nshed(verb, "-h").code == 0


def test_json_diagnostics_are_what_language_md_promises(nshed, tmp_path):
    (tmp_path / "bad.nshed").write_text("network animals {\n")
    ended = nshed("check", "--json", "bad.nshed")
    assert (ended.code, ended.err) == (1, "")
    (found,) = json.loads(ended.out)
    assert found.keys() == {"code", "severity", "message", "file", "start", "end", "help"}
    assert (found["code"], found["file"], found["start"]) == ("open-block", "bad.nshed", {"line": 1, "column": 17})
