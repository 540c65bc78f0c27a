"""examples/zoo.nshed: what its kinds are, by hand; what it computes, by a second implementation in plain numbers."""

import csv
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from neurashed_dsl import load
from neurashed_dsl.driver import Program

EXAMPLES = Path(__file__).parents[2] / "examples"
CLASSES = ["mammal", "bird", "fish", "reptile", "amphibian", "insect", "invertebrate"]
GROW, FADE = 1.005, 0.99995

# Who is of which kind, written down from what the animals are and from the peculiarities of the data.
KINDS = {
    "prowler": "boar cheetah leopard lion lynx mink mongoose polecat puma pussycat raccoon wolf",
    "bear_like": "aardvark bear",
    "ungulate_like": "antelope buffalo calf deer elephant giraffe goat oryx pony reindeer",
    "rodent_like": "cavy hamster hare squirrel vole",
    "tame_beast": "calf cavy girl goat hamster pony pussycat reindeer",
    "sea_beast": "dolphin porpoise seal sealion",
    "amphibian_like": "frog frog_2 newt platypus toad",
    "reptile_like": "pitviper slowworm tortoise tuatara",
    "snake_like": "pitviper seasnake slowworm",
    "insect_like": "flea gnat honeybee housefly ladybird moth termite wasp",
    "shellfish_like": "crab crayfish lobster octopus seawasp starfish",
    "worm_like": "clam seawasp slug worm",
    "many_armed": "octopus scorpion starfish",
    "stinging": "honeybee scorpion seawasp wasp",
}


@pytest.fixture(scope="module")
def animals() -> dict[str, str]:
    """Class by name, in the file's order."""
    with (EXAMPLES / "data" / "zoo.csv").open(encoding="utf-8") as file:
        rows = [(row["name"], row["type"]) for row in csv.DictReader(file)]
    second = max(i for i, (name, _) in enumerate(rows) if name == "frog")
    return {name if i != second else "frog_2": label for i, (name, label) in enumerate(rows)}


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Program:
    """The zoo from λ = 1.25, in the order of the file, once; it records who fires."""
    folder = tmp_path_factory.mktemp("zoo")
    shutil.copytree(EXAMPLES / "data", folder / "data")
    text = (EXAMPLES / "zoo.nshed").read_text("utf-8")
    for old, new, times in (
        ("~ uniform(1, 1.5)", "= 1.25", 1),
        ("steps: 810, batch: 1, order: shuffled", "steps: 81, order: cyclic", 2),
        ("repeat 20, seed: 1", "record who = pathway() at end\n  record says = probability() at end", 1),
        ("repeat 20, seed: 1", "", 1),
    ):
        assert text.count(old) >= times
        text = text.replace(old, new, times)
    (folder / "zoo.nshed").write_text(text, "utf-8")
    return load(folder / "zoo.nshed")


@pytest.fixture(scope="module")
def learning(program: Program) -> Any:
    return program.run("learning")


@pytest.fixture(scope="module")
def fires(learning: Any) -> Any:
    return learning.who.squeeze(drop=True).astype(bool)


def test_the_kinds_are_who_a_zoologist_expects(fires: Any, animals: dict[str, str]) -> None:
    classes = {c: {name for name, label in animals.items() if label == c} for c in CLASSES}
    expected = {kind: set(names.split()) for kind, names in KINDS.items()} | {
        "beast": classes["mammal"] - {"dolphin", "porpoise"},
        "bird_like": classes["bird"],
        "fish_like": classes["fish"] | {"dolphin", "porpoise", "seal"},
    }
    found = {kind: set(fires.input.values[fires.sel(node=kind).values]) for kind in expected}
    assert found == expected


def test_every_animal_is_of_some_kind(fires: Any, program: Program) -> None:
    kinds = next(level for level in program.graph("zoo").levels if level.name == "kinds")
    assert fires.values[:, kinds.start : kinds.stop].any(axis=1).all()


def test_the_held_out_animals_are_those_that_the_file_names(program: Program, animals: dict[str, str]) -> None:
    inputs = program.graph("zoo").inputs
    assert list(inputs.names) == list(animals)
    held = {name for name, out in zip(inputs.names, inputs.held_out) if out}
    text = (EXAMPLES / "zoo.nshed").read_text("utf-8")
    comment = text[text.index("Held out are 20 animals") : text.index("inputs from")].split(":", 1)[1]
    assert held == set(comment.replace("#", " ").replace("·", " ").replace(",", " ").replace(".", " ").split())
    assert {animals[name] for name in held} == set(CLASSES) == {animals[n] for n in animals if n not in held}


class Plain:
    """Training and logits in plain numbers, not logarithms; the wiring is the graph's."""

    def __init__(self, program: Program, fires: Any, animals: dict[str, str]) -> None:
        graph = program.graph("zoo")
        self.fires = fires.values
        self.label = np.array([CLASSES.index(c) for c in animals.values()])
        self.into = [graph.into_members[a:b] for a, b in zip(graph.into_offsets, graph.into_offsets[1:])]
        self.source, self.target = graph.vote_sources, graph.vote_targets
        self.trained = np.flatnonzero(~graph.inputs.held_out)
        self.strength, self.weight = np.full(fires.shape[1], 1.25), np.ones(len(self.source))

    def step(self, x: int) -> None:
        lit = self.fires[x]
        self.strength = self.strength * np.where(lit, GROW, FADE)
        self.weight = self.weight * np.where(lit[self.source] & (self.target == self.label[x]), GROW, FADE)

    def logits(self) -> np.ndarray[Any, Any]:
        score = np.zeros(self.fires.shape)
        for n, below in enumerate(self.into):
            received = score[:, below].sum(axis=1) if len(below) else 1.0
            score[:, n] = self.fires[:, n] * self.strength[n] * received
        votes = score[:, self.source] * self.weight
        return np.stack([votes[:, self.target == c].sum(axis=1) for c in range(len(CLASSES))], axis=1)

    def probability(self) -> np.ndarray[Any, Any]:
        powers = np.exp(self.logits())
        return np.asarray(powers / powers.sum(axis=1, keepdims=True))

    def moved(self, x: int) -> np.ndarray[Any, Any]:
        """How far the logits of each input move by one step on x."""
        strength, weight, before = self.strength, self.weight, self.logits()
        self.step(x)
        after, self.strength, self.weight = self.logits(), strength, weight
        return np.asarray(np.linalg.norm(after - before, axis=1))


@pytest.fixture(scope="module")
def plain(program: Program, fires: Any, animals: dict[str, str]) -> Plain:
    made = Plain(program, fires, animals)
    for x in made.trained:
        made.step(int(x))
    return made


def test_one_pass_gives_what_plain_numbers_give(learning: Any, plain: Plain) -> None:
    p = plain.probability()
    rows = np.arange(len(p))
    true = p[rows, plain.label]
    assert learning.says.values.squeeze() == pytest.approx(p, rel=1e-9)
    assert learning.loss.values.ravel()[-1] == pytest.approx(-np.log(true[plain.trained]).mean(), rel=1e-9)
    right = np.array([all(p[s, c] < true[s] for c in range(len(CLASSES)) if c != plain.label[s]) for s in rows])
    held = np.setdiff1d(rows, plain.trained)
    assert learning.right.values.ravel()[-1] == pytest.approx(right[plain.trained].mean(), rel=1e-12)
    assert learning.held_out.values.ravel()[-1] == pytest.approx(right[held].mean(), rel=1e-12)


def test_local_elasticity_is_what_plain_numbers_give(program: Program, plain: Plain) -> None:
    result = program.run("leopard")
    moved = np.array([plain.moved(x) for x in range(len(plain.label))])
    size = np.linalg.norm(plain.logits(), axis=1)
    assert result.after.values.squeeze() == pytest.approx(moved / moved.diagonal()[:, None], rel=1e-6)
    assert result.relative.values.squeeze() == pytest.approx(moved / size, rel=1e-6)
