"""The formatter lines up what stands below each other; the files of this project are in its form."""

from pathlib import Path

import pytest

from neurashed_dsl.diagnostics import Report, Source
from neurashed_dsl.syntax.format import format_document
from neurashed_dsl.syntax.parse import parse

ROOT = Path(__file__).parents[2]
FILES = sorted([*ROOT.glob("examples/*.nshed"), *ROOT.glob("stdlib/*.nshed"), ROOT / "neurashed_dsl/cli/starter.nshed"])


def formatted(text: str) -> str:
    report = Report()
    document = parse(Source("x", text), report)
    assert report.found == []
    return format_document(document)


@pytest.mark.parametrize("file", FILES, ids=lambda f: f.name)
def test_our_files_are_canonical(file: Path) -> None:
    text = file.read_text("utf-8")
    assert formatted(text) == text


def test_columns_end_at_blank_lines_and_at_lines_without_them() -> None:
    text = "network n {\n level l {\n a=x  # one\n bcd=y\n ef=z # three\n\n g=x\n hi, jk\n lmn=y\n }\n}"
    assert formatted(text) == (
        "network n {\n  level l {\n    a   = x   # one\n    bcd = y\n    ef  = z   # three\n\n"
        "    g = x\n    hi, jk\n    lmn = y\n  }\n}\n"
    ).replace("x   #", "x  #").replace("z   #", "z  #")


def test_a_line_is_not_made_too_long() -> None:
    long = " + ".join(["x"] * 27)
    text = f"experiment e {{\n  record a = {long}\n  record a_much_longer_name = 1\n}}\n"
    assert formatted(text) == text


def test_a_title_goes_to_the_next_line_and_is_read_there() -> None:
    claim = " + ".join(["last(x)"] * 9) + " > 1"
    text = f'experiment e {{\n  expect {claim}\n    "a title that is far too long to stand behind it"\n  expect y "short"\n}}\n'
    assert formatted(text) == formatted(text.replace('\n    "', ' "')) == text
