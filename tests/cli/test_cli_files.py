"""Verbs that read and write models: new, check, fmt."""

import os
import stat

import pytest

from neurashed_dsl.cli.target import Target, read_settings, read_target, read_value
from neurashed_dsl.driver import WrongUse

UGLY = "network  animals{\n level traits { cat_head ,white_face } # eyes\n}\n"


def test_new_writes_a_model_that_is_well_and_canonical(nshed, tmp_path):
    assert nshed("new", "first").code == 0
    assert nshed("check", "first.nshed") == (0, "", "first.nshed: no errors\n")
    assert nshed("fmt", "--check", "first.nshed").code == 0
    assert "nshed run first.nshed" in (tmp_path / "first.nshed").read_text()


def test_new_never_overwrites(nshed, model):
    before = model.read_bytes()
    ended = nshed("new", "animals")
    assert (ended.code, model.read_bytes()) == (2, before)
    assert "animals.nshed" in ended.err


def test_new_in_a_folder_that_is_not_there(nshed):
    assert nshed("new", "nowhere/first").code == 2


def test_new_wants_a_name_and_quotes_it_where_it_is_pasted(nshed, tmp_path):
    for name in ("", "deep/", ".nshed"):
        ended = nshed("new", name)
        assert (ended.code, list(tmp_path.iterdir())) == (2, [])
        assert f"`{name}` is no name for a file" in ended.err
    assert nshed("new", "foo bar").err == "wrote foo bar.nshed\ntry: nshed run 'foo bar.nshed'\n"
    assert "nshed run 'foo bar.nshed'" in (tmp_path / "foo bar.nshed").read_text()


def test_check_counts_by_file(nshed, model, tmp_path):
    (tmp_path / "bad.nshed").write_text("network animals {\n")
    ended = nshed("check", "bad.nshed", "animals.nshed")
    assert ended.code == 1
    assert "bad.nshed: 1 error\n" in ended.err
    assert "animals.nshed: no errors" in ended.err
    assert ended.out == ""


@pytest.mark.parametrize("data", [b"\xff\xfe", b"network \x00", b"\x89HDF\r\n\x1a\n\x00\x00"])
def test_what_is_no_text_is_the_inputs_fault(nshed, tmp_path, data):
    (tmp_path / "odd.nshed").write_bytes(data)
    for verb in ("check", "fmt", "run", "test", "compile", "render", "show"):
        ended = nshed(verb, "odd.nshed")
        assert ended.code == 1, verb
        assert "error[" in ended.err


def test_check_reads_standard_input(nshed):
    assert nshed("check", "-", stdin="network animals {\n").code == 1
    assert nshed("check", "-", stdin="param base = 1.5\n").code == 0
    assert nshed("check", "-", stdin=b"param base = \xff\n").code == 1


def test_fmt_in_place_keeps_the_mode_and_leaves_nothing_behind(nshed, tmp_path):
    file = tmp_path / "ugly.nshed"
    file.write_text(UGLY)
    file.chmod(0o640)
    ended = nshed("fmt", "ugly.nshed")
    assert (ended.code, ended.out) == (0, "")
    assert file.read_text() != UGLY
    assert "# eyes" in file.read_text()
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert [f.name for f in tmp_path.glob("*ugly*")] == ["ugly.nshed"]
    assert nshed("fmt", "ugly.nshed") == (0, "", "")


def test_fmt_writes_through_a_link(nshed, tmp_path):
    (tmp_path / "ugly.nshed").write_text(UGLY)
    (tmp_path / "link.nshed").symlink_to("ugly.nshed")
    assert nshed("fmt", "link.nshed").code == 0
    assert (tmp_path / "link.nshed").is_symlink()
    assert (tmp_path / "ugly.nshed").read_text() != UGLY


@pytest.mark.parametrize("option", ["--check", "--diff"])
def test_fmt_only_looks(nshed, tmp_path, option):
    (tmp_path / "ugly.nshed").write_text(UGLY)
    ended = nshed("fmt", option, "ugly.nshed")
    assert ended.code == 1
    assert (tmp_path / "ugly.nshed").read_text() == UGLY
    assert bool(ended.out) == (option == "--diff")
    assert "ugly.nshed" in ended.err


def test_the_diff_is_what_fmt_does(nshed, tmp_path):
    (tmp_path / "ugly.nshed").write_text(UGLY)
    diff = nshed("fmt", "--diff", "ugly.nshed").out.splitlines()
    nshed("fmt", "ugly.nshed")
    new = (tmp_path / "ugly.nshed").read_text().splitlines()
    assert [line[1:] for line in diff[2:] if line[0] in "+ "] == new


def test_fmt_makes_line_ends_plain(nshed, model):
    assert nshed("fmt", "animals.nshed").code == 0
    plain = model.read_bytes()
    model.write_bytes(b"\xef\xbb\xbf" + plain.replace(b"\n", b"\r\n"))
    assert nshed("fmt", "--check", "animals.nshed").code == 1
    assert nshed("fmt", "animals.nshed").code == 0
    assert model.read_bytes() == plain


def test_fmt_leaves_a_file_with_a_syntax_error(nshed, tmp_path):
    (tmp_path / "bad.nshed").write_text("network  animals {\n")
    (tmp_path / "ugly.nshed").write_text(UGLY)
    ended = nshed("fmt", "bad.nshed", "ugly.nshed")
    assert ended.code == 1
    assert (tmp_path / "bad.nshed").read_text() == "network  animals {\n"
    assert (tmp_path / "ugly.nshed").read_text() != UGLY


def test_fmt_from_stdin_to_stdout(nshed, tmp_path):
    ended = nshed("fmt", "-", stdin=UGLY)
    (tmp_path / "ugly.nshed").write_text(UGLY)
    nshed("fmt", "ugly.nshed")
    assert ended == (0, (tmp_path / "ugly.nshed").read_text(), "")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write anywhere")
def test_fmt_of_a_file_in_a_folder_that_cannot_be_written(nshed, tmp_path):
    folder = tmp_path / "locked"
    folder.mkdir()
    (folder / "ugly.nshed").write_text(UGLY)
    folder.chmod(0o500)
    assert nshed("fmt", "locked/ugly.nshed").code == 2
    folder.chmod(0o700)


def test_targets(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = tmp_path.__class__
    assert read_target("a/zoo.nshed") == Target(path("a/zoo.nshed"), None)
    assert read_target("a/zoo.nshed:phases") == Target(path("a/zoo.nshed"), "phases")
    assert read_target("C:zoo.nshed") == Target(path("C:zoo.nshed"), None)
    assert read_target(r"C:\models\zoo.nshed") == Target(path(r"C:\models\zoo.nshed"), None)
    assert read_target(r"C:\models\zoo.nshed:phases") == Target(path(r"C:\models\zoo.nshed"), "phases")
    assert read_target("zoo.nshed:eta") == Target(path("zoo.nshed"), "η")
    assert read_target("10:30/zoo.nshed") == Target(path("10:30/zoo.nshed"), None)
    (tmp_path / "zoo:old").touch()
    assert read_target("zoo:old") == Target(path("zoo:old"), None)
    with pytest.raises(WrongUse):
        read_target("zoo.nshed:")


def test_settings():
    assert read_settings(["base=1.05", "n = 7", "order=shuffled", "n=8"]) == {"base": 1.05, "n": 8, "order": "shuffled"}
    assert isinstance(read_value("1_000"), int)
    assert read_value("-1e3") == -1000.0
    assert read_value("inf") == float("inf")
    ratios = {
        "1/10": 0.1,
        "6/3": 2,
        "-1/3": -1 / 3,
        "1.5 / 0.5": 3,
        "0/3": 0,
        "1/0": "1/0",
        "1/2/3": "1/2/3",
        "a/b": "a/b",
    }
    assert {text: read_value(text) for text in ratios} == ratios
    assert read_value("nan") == "nan"  # no number of the language
    for pair in ("base", "=3", "base="):
        with pytest.raises(WrongUse):
            read_settings([pair])
