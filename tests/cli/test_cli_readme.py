"""The README says what is: its model prints what it shows, a mistake is answered as it shows, CI runs its commands."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def block(kind: str, containing: str = "") -> str:
    found = [b for b in re.findall(rf"^```{kind}\n(.*?)^```$", README, re.MULTILINE | re.DOTALL) if containing in b]
    assert len(found) == 1, (kind, containing)
    return found[0]


@pytest.fixture
def animals(tmp_path):
    file = tmp_path / "animals.nshed"
    file.write_text(block("nshed", "# animals.nshed"), encoding="utf-8")
    return file


def test_the_model_prints_what_the_readme_shows(nshed, animals, monkeypatch):
    monkeypatch.setattr("neurashed_dsl.cli.meter.PATIENCE", float("inf"))  # compiling may take long enough for a bar
    ended = nshed("run", "animals.nshed")
    assert "$ nshed run animals.nshed\n" + ended.out + ended.err == block("console", "$ nshed run")
    assert nshed("fmt", "--check", "animals.nshed").code == 0


def test_the_system_of_the_readme_is_canonical_and_its_claims_hold(nshed, tmp_path):
    (tmp_path / "noisy.nshed").write_text(block("nshed", "# noisy.nshed"), encoding="utf-8")
    assert nshed("fmt", "--check", "noisy.nshed").code == 0
    assert nshed("test", "noisy.nshed").code == 0


def test_the_python_of_the_readme_runs(nshed, animals, tmp_path):
    nshed("check", "animals.nshed")
    exec(compile(block("python"), "README.md", "exec"), {})
    assert "<svg" in (tmp_path / "panda.svg").read_text(encoding="utf-8")


def test_a_mistake_is_answered_as_the_readme_shows(nshed, animals):
    animals.write_text(animals.read_text(encoding="utf-8").replace("= cat_head", "= cat_hed"), encoding="utf-8")
    ended = nshed("check", "animals.nshed")
    assert "$ nshed check animals.nshed\n" + ended.err == block("console", "$ nshed check")


def test_every_verb_is_in_the_readme_and_the_docs(nshed):
    listed = [line.split()[0] for line in nshed("-h").out.split("Commands:\n")[1].splitlines()]
    docs = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
    for verb in listed:
        assert f"`nshed {verb}" in README
        assert f"**`nshed {verb}" in docs


def test_every_option_is_in_the_docs(nshed):
    docs = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
    listed = [line.split()[0] for line in nshed("-h").out.split("Commands:\n")[1].splitlines()]
    options = {o for verb in listed for o in re.findall(r"--[a-z]+", nshed(verb, "-h").out)} - {"--help"}
    assert {o for o in options if f"`{o}" not in docs and f" {o}" not in docs} == set()


def test_ci_takes_its_commands_from_the_readme():
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    (sed,) = re.findall(r"^mapfile -t commands < <\((.*)\)$", script, re.MULTILINE)
    commands = subprocess.run(["bash", "-c", sed], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert commands == 'pip install . && nshed run examples/zoo.nshed\npip install -e ".[test]" && pytest\n'
