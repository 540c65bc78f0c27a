"""Messages about the form of a text: whole reports, one golden file for each kind."""

from pathlib import Path

import pytest

from neurashed_dsl.diagnostics import Kind, Report, Source
from neurashed_dsl.diagnostics.show import as_text
from neurashed_dsl.resources import folder
from neurashed_dsl.syntax import errors
from neurashed_dsl.syntax.decode import decode
from neurashed_dsl.syntax.mistakes import spelt
from neurashed_dsl.syntax.parse import lessons, parse, terminals

CASES = sorted((Path(__file__).parent / "errors").glob("*.nshed"))
EXAMPLES = sorted((folder("grammar") / "mistakes").glob("*.nshed"))
OUR_WORDS = ("NEWLINE", "LPAR", "RPAR", "LSQB", "_NL", "$END", "RBRACE", "STRING", "TOKEN")


def report_of(case: Path) -> Report:
    report = Report()
    parse(decode(case.name, case.read_bytes(), report), report)
    return report


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_whole_report_of_a_malformed_file(case: Path, golden) -> None:
    golden(case.with_suffix(".err"), as_text(report_of(case).found))


@pytest.mark.parametrize("case", EXAMPLES, ids=lambda case: case.stem)
def test_each_example_of_a_mistake_gives_its_message_and_no_other(case: Path) -> None:
    for example in case.read_text("utf-8").split("\n# or\n"):
        report = Report()
        parse(Source(case.name, example), report)
        assert [d.code for d in report.found] == [case.stem], example


def test_each_message_by_example_has_its_file() -> None:
    assert {case.stem for case in EXAMPLES} == set(errors.MISTAKES)


def test_each_kind_has_a_golden_file() -> None:
    kinds = {k.code for k in vars(errors).values() if isinstance(k, Kind)} | set(errors.MISTAKES)
    seen = {d.code for case in CASES for d in report_of(case).found}
    assert kinds - seen == {"long-line", "too-many"}, (
        "these two take a megabyte and a hundred errors: see test_limits.py"
    )


def test_no_message_speaks_the_parser_s_language() -> None:
    shown = "".join(case.with_suffix(".err").read_text("utf-8") for case in CASES)
    assert not [word for word in OUR_WORDS if word in shown]


def test_no_terminal_is_spelt_as_its_pattern() -> None:
    """Of whatever the parser could go on with, messages show what one would write."""
    for terminal in terminals():
        assert not set("\\?") & set(spelt(frozenset([terminal]), lessons())), terminal


def test_of_many_open_brackets_a_few_are_told() -> None:
    report = Report()
    parse(Source("deep.nshed", "system s {\n" + "{" * 2000), report)
    assert 1 <= len(report.found) <= 6
