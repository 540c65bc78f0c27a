"""Programs with a few words taken out, doubled, swapped or replaced: whatever comes of it is answered with messages, soon."""

import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from thorough import examples

from neurashed_dsl.diagnostics import Report, Source
from neurashed_dsl.diagnostics.show import as_json, as_text
from neurashed_dsl.driver import check_source

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
SEED = HERE / "everything.nshed"
EXAMPLES = sorted((ROOT / "examples").glob("*.nshed"))
LANGUAGE = sorted((ROOT / "tests" / "syntax" / "language").glob("*.nshed"))
SYSTEMS = [HERE / "systems" / "plain.nshed", ROOT / "stdlib" / "springs.nshed"]
SECONDS = 20  # on a busy machine

TOKEN = re.compile(
    r'"(?:[^"\\\n]|\\[^\n])*"|#[^\n]*|\d[\d_]*(?:\.\d[\d_]*)?(?:[eE][+-]?\d+)?|\w+|\.\.\.|\.\.|<-|->|[=!<>]=|//|\n|[ \t]+|.'
)
STRANGE = (
    "0 -1 0.5 1/3 1e-3 1e-400 1e308 1e400 10^12 10^400 2^63 2^1000 1_000_000_000_000 9223372036854775808 inf -inf (inf-inf) 1/0 0/0"
    " true x n λ η step label input node class sample item vote trained fires logit() probability() probability loss local_elasticity()"
    " multiplicative neurashed all none sum(1 for i in 1..10) max(λ) 1..10^12 5..1 [] [1] [a -> b] ~normal(0, 1) ~normal(0, 1, clip: 0)"
    ' * "s" "" if then else for in and not -> <- = == .. , : { } ( ) [ ] #'
).split(" ")
WORDS = sorted(
    {t for f in (SEED, *EXAMPLES, *LANGUAGE, *SYSTEMS) for t in TOKEN.findall(f.read_text("utf-8")) if t[0].isalpha()}
)
OPERATORS = "+ - * / // % ^ == != < <= > >= and or .. , : = <- ->".split()


def tokens(file: Path) -> list[str]:
    return TOKEN.findall(file.read_text("utf-8"))


def mutated(files: list[Path]) -> st.SearchStrategy[tuple[Path, str]]:
    """A file, and its text with one to three changes."""

    @st.composite
    def draw_one(draw: Callable[..., object]) -> tuple[Path, str]:
        file = draw(st.sampled_from(files))
        words = tokens(file)
        for _ in range(draw(st.integers(1, 3))):
            places = [i for i, word in enumerate(words) if not word.isspace() and not word.startswith("#")]
            at, other = draw(st.sampled_from(places)), draw(st.sampled_from(places))
            match draw(st.integers(0, 5)):
                case 0:
                    words[at] = ""
                case 1:
                    words[at] = f"{words[at]} {words[at]}"
                case 2:
                    words[at], words[other] = words[other], words[at]
                case 3:
                    words[at] = words[other]
                case 4:
                    words[at] = draw(st.sampled_from(STRANGE))
                case _:
                    kin = STRANGE if words[at][0].isdigit() else WORDS if words[at][0].isalpha() else OPERATORS
                    words[at] = draw(st.sampled_from(kin))
            words = [word for word in words if word]
        return file, "".join(words)

    return draw_one()


def answered(file: Path, text: str) -> Report:
    """Any exception is a failure: `check` reports, and raises nothing for what a file holds."""
    report = Report()
    begin = time.monotonic()
    check_source(Source(file.name, text), file, {}, (), report)
    assert time.monotonic() - begin < SECONDS
    assert "Traceback" not in as_text(report.found)
    assert all(entry["message"] for entry in as_json(report.found))
    return report


quick = settings(deadline=None, suppress_health_check=list(HealthCheck))


@pytest.mark.parametrize("file", [SEED, *EXAMPLES, *SYSTEMS], ids=lambda file: file.stem)
def test_what_is_changed_is_right_before(file: Path) -> None:
    assert not answered(file, file.read_text("utf-8")).errors


@settings(quick, max_examples=examples(25))
@given(mutated([SEED]))
def test_a_change_to_a_file_of_everything(change: tuple[Path, str]) -> None:
    answered(*change)


@settings(quick, max_examples=examples(20))
@given(mutated(EXAMPLES))
def test_a_change_to_an_example(change: tuple[Path, str]) -> None:
    answered(*change)


@settings(quick, max_examples=examples(30))
@given(mutated(SYSTEMS))
def test_a_change_to_a_system(change: tuple[Path, str]) -> None:
    answered(*change)


@settings(quick, max_examples=examples(20))
@given(mutated(LANGUAGE))
def test_a_change_to_the_language_by_example(change: tuple[Path, str]) -> None:
    answered(*change)


@settings(quick, max_examples=examples(20))
@given(st.lists(st.sampled_from([*STRANGE, *WORDS, "\n", "\n"]), max_size=60))
def test_a_heap_of_words(words: list[str]) -> None:
    answered(SEED, " ".join(words))


@settings(quick, max_examples=examples(20))
@given(st.text(max_size=200))
def test_a_heap_of_letters(text: str) -> None:
    answered(SEED, text)
