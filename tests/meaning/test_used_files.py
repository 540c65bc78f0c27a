"""Files that use files: networks by name, data beside the file that names them; and what commands say of names."""

from pathlib import Path

import pytest

from neurashed_dsl.cli import main
from neurashed_dsl.driver import Program, WrongUse, load

NETWORK = """
network pets {
  level traits { fur, beak }
  classes {
    mammal <- fur
    bird <- beak
  }
  inputs from "pets.csv" { label kind }
  inputs from "../more.csv" { label kind }
  update λ by multiplicative
  update η by multiplicative
}
"""
OWN = """
use "models/pets.nshed" (pets as animals)
network own {
  level traits { a }
  classes { k <- a }
  inputs { i: a -> k }
  update λ by multiplicative
}
experiment e {
  model animals
  run steps: 9
  record late = loss() when loss() >= 0 first 2
  record all = loss() every 3
}
"""


@pytest.fixture
def program(tmp_path: Path) -> Program:
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "pets.nshed").write_text(NETWORK)
    (tmp_path / "models" / "pets.csv").write_text("fur,beak,kind\n1,0,mammal\n0,1,bird\n")
    (tmp_path / "more.csv").write_text("fur,beak,kind\n0,1,bird\n")
    (tmp_path / "main.nshed").write_text(OWN)
    return load(tmp_path / "main.nshed")


def test_networks_of_used_files_are_named_and_drawn(program: Program) -> None:
    assert program.networks == ("own", "animals")
    assert list(program.graph().nodes) == ["a"]
    assert list(program.graph("animals").nodes) == list(program.graph("e").nodes) == ["fur", "beak"]
    assert "beak" in program.render("animals").dot


def test_data_lie_beside_the_file_that_names_them_and_samples_are_numbered_on(program: Program) -> None:
    inputs = program.graph("animals").inputs
    assert list(inputs.names) == ["s1", "s2", "s3"]
    assert inputs.labels.tolist() == [0, 1, 1]


def test_a_name_that_isn_t_there_is_told_with_those_that_are(program: Program) -> None:
    with pytest.raises(WrongUse, match="no network, system or experiment `animal`; did you mean `animals`"):
        program.graph("animal")
    with pytest.raises(WrongUse, match=r"there are own, animals, e$"):
        program.graph("xyz")


def test_moments_have_a_dimension_of_their_own(program: Program) -> None:
    result = program.run("e")
    assert dict(result.sizes) == {"step_late": 2, "step": 4}
    assert result["step"].values.tolist() == [0, 3, 6, 9]
    assert result["step_late_at"].values.tolist() == [0, 1]
    assert '"nshed": "' in result.attrs["versions"]


@pytest.mark.parametrize(("stage", "shown"), [("ast", "Network"), ("model", "network pets"), ("dot", "digraph")])
def test_a_file_without_experiments_shows_its_first_stages(
    program: Program, tmp_path: Path, capsys: pytest.CaptureFixture[str], stage: str, shown: str
) -> None:
    (tmp_path / "more.csv").rename(tmp_path / "models" / "more.csv")
    file = tmp_path / "models" / "pets.nshed"
    file.write_text(NETWORK.replace("../", ""))
    assert main(["compile", str(file), "--emit", stage]) == 0
    assert shown in capsys.readouterr().out
