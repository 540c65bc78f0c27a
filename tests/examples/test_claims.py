"""Every example: its claims hold, and with any inequality of a claim turned around that claim fails."""

import re
import shutil
from collections.abc import Mapping
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


def judged(path: Path, results: Mapping[str, object]) -> list[Claim]:
    """All claims of a file, on the results of its experiments."""
    program = load(path)
    return [claim for experiment, result in results.items() for claim in program.claims(result, experiment)]


@pytest.mark.parametrize("name", FILES)
def test_claims_hold_and_turned_around_they_fail(name: str, tmp_path: Path) -> None:
    """In one test: what takes time are the results, and the tests of a file may be dealt to several processes."""
    program = load(EXAMPLES / name)
    results = {experiment: program.run(experiment) for experiment in program.experiments}
    claims = judged(EXAMPLES / name, results)
    assert claims
    assert not [f"{claim.text}: {claim.found}" for claim in claims if not claim.holds]
    shutil.copytree(EXAMPLES, tmp_path, dirs_exist_ok=True)
    for which in range(3):
        text, has = turned_around((EXAMPLES / name).read_text("utf-8"), which)
        if any(has):
            (tmp_path / name).write_text(text, "utf-8")
            claims = judged(tmp_path / name, results)
            assert len(claims) == len(has)
            assert not [claim.text for claim, turned in zip(claims, has) if turned and claim.holds]
