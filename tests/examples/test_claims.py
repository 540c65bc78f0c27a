"""Every example: its claims hold, and with any inequality of a claim turned around that claim fails."""

import re
import shutil
from functools import cache
from pathlib import Path

import pytest

from neurashed_dsl import load
from neurashed_dsl.runtime.after import Claim

EXAMPLES = Path(__file__).parents[2] / "examples"
TURNED = {"<": ">=", ">": "<=", "<=": ">", ">=": "<", "==": "!=", "!=": "=="}
FILES = sorted(p.name for p in EXAMPLES.glob("*.nshed"))
BOUND = re.compile(r"[<>]=?|[=!]=")


def claims_of(text: str) -> list[tuple[int, int]]:
    """Where each claim's expression stands: from `expect` to its `for … of repeats`, its title or its end."""
    found = []
    for start in re.finditer(r"^ *expect ", text, re.MULTILINE):
        rest = re.compile(r'for \d+% of|"|\n(?! *and\b)').search(text, start.end())
        found.append((start.end(), rest.start() if rest else len(text)))
    return found


def inequalities(claim: str) -> list[tuple[int, int]]:
    """Comparisons that aren't inside a call or an index."""
    depth = [0]
    for letter in claim:
        depth.append(depth[-1] + (letter in "([") - (letter in ")]"))
    return [m.span() for m in BOUND.finditer(claim) if depth[m.start()] == 0]


def turned_around(text: str, which: int) -> tuple[str, list[bool]]:
    """The file with the `which`-th inequality of each claim turned around, and which claims have one."""
    has, done, pieces = [], 0, []
    for start, end in claims_of(text):
        places = inequalities(text[start:end])
        has.append(which < len(places))
        if has[-1]:
            low, high = places[which]
            pieces += [text[done : start + low], TURNED[text[start + low : start + high]]]
            done = start + high
    return "".join([*pieces, text[done:]]), has


@cache
def results(name: str) -> dict[str, object]:
    program = load(EXAMPLES / name)
    return {experiment: program.run(experiment) for experiment in program.experiments}


def judged(path: Path, name: str) -> list[Claim]:
    """All claims of a file, on the results of the example called `name`."""
    program = load(path)
    return [claim for experiment, result in results(name).items() for claim in program.claims(result, experiment)]


@pytest.mark.parametrize("name", FILES)
def test_the_claims_hold(name: str) -> None:
    claims = judged(EXAMPLES / name, name)
    assert claims
    assert not [f"{claim.text}: {claim.found}" for claim in claims if not claim.holds]


@pytest.mark.parametrize("which", [0, 1, 2])
@pytest.mark.parametrize("name", FILES)
def test_a_claim_turned_around_fails(name: str, which: int, tmp_path: Path) -> None:
    shutil.copytree(EXAMPLES, tmp_path, dirs_exist_ok=True)
    text, has = turned_around((EXAMPLES / name).read_text("utf-8"), which)
    (tmp_path / name).write_text(text, "utf-8")
    if any(has):
        claims = judged(tmp_path / name, name)
        assert len(claims) == len(has)
        assert not [claim.text for claim, turned in zip(claims, has) if turned and claim.holds]
