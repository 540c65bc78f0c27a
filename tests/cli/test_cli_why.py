"""`nshed why`: words, JSON and pictures, and the exit codes of those who ask for what isn't there."""

import json

import pytest

EXPERIMENT = """
experiment training {
  model  animals
  run    steps: 60, order: cyclic
}

experiment batches {
  model animals
  run   steps: 4
  sweep batch in 1..2
}
"""


@pytest.fixture
def trained(model):
    model.write_text(model.read_text("utf-8") + EXPERIMENT, "utf-8")
    return model


def test_why_in_words(nshed, trained):
    ended = nshed("why", f"{trained}:training", "--input", "tabby")
    assert (ended.code, ended.err) == (0, "")
    lines = ended.out.splitlines()
    assert lines[0] == "tabby (feline), step 60 of training"
    assert lines[1].startswith("It is taken for what it is, feline: p = 0.5")
    assert "How the logit of feline comes about, in parts of it:" in lines
    assert any(line.endswith("30 of 60 steps  tabby 30") for line in lines)
    assert any("× 1.02^30 × 0.99^30 =" in line for line in lines)
    assert lines[-1] == "  with white_face: it is taken for bear"


def test_why_as_json_and_as_a_picture(nshed, trained, tmp_path):
    ended = nshed("why", f"{trained}:training", "--input", "tabby", "--step", 30, "--json", "-o", "why.svg")
    found = json.loads(ended.out)
    assert (found["input"], found["step"], found["taken_for"]) == ("tabby", 30, "feline")
    assert found["paths"] == [{"path": ["cat_head", "feline"], "share": 1.0}]
    assert ended.err == "wrote why.svg\n"
    assert "fires for tabby, and carries feline" in (tmp_path / "why.svg").read_text("utf-8")


def test_why_of_a_node_and_of_a_class(nshed, trained):
    node = nshed("why", trained, "--input", "tabby", "--node", "white_face").out
    assert "white_face doesn't fire." in node
    other = nshed("why", trained, "--input", "tabby", "--node", "bear").out
    assert "Nothing that fires leads to bear." in other


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["--input", "tabbi"], 1, "did you mean `tabby`?"),
        (["--input", "tabby", "--step", 61], 1, "ends at step 60"),
        (["--input", "tabby", "--repeat", 1], 1, "no repeat 1"),
        (["--input", "tabby", "--cell", "batch=2"], 2, "sweeps no `batch`"),
        (["--input", "tabby", "--cell", "batch"], 2, "`--cell` takes name=value"),
        (["--input", "tabby", "-o", "why.txt"], 2, "must end in one of"),
        (["--input", "tabby", "--from", "no.nc"], 2, "no.nc"),
        (["--input", "tabby", "--from", "no.nc", "--seed", 1], 2, "has its own"),
        ([], 2, "--input"),
    ],
)
def test_what_is_asked_wrongly(nshed, trained, arguments, code, words):
    ended = nshed("why", f"{trained}:training", *arguments)
    assert (ended.code, ended.out) == (code, "")
    assert words in ended.err


def test_why_of_a_cell(nshed, trained):
    assert nshed("why", f"{trained}:batches", "--input", "tabby").code == 1
    ended = nshed("why", f"{trained}:batches", "--input", "tabby", "--cell", "batch=2")
    assert ended.out.startswith("tabby (feline), step 4 of batches, batch = 2\n")


def test_why_from_a_result(nshed, trained):
    recorded = "  record strength = amplification(node) at end\n  record weights = weight() at end\n}\n\nexperiment b"
    trained.write_text(trained.read_text("utf-8").replace("}\n\nexperiment b", recorded), "utf-8")
    assert nshed("run", f"{trained}:training", "--out", "out").code == 0
    kept, ran = (nshed("why", trained, "--input", "tabby", *more) for more in (["--from", "out/training.nc"], []))
    assert kept.code == 0, kept.err
    assert kept.out.splitlines()[:6] == ran.out.splitlines()[:6]
