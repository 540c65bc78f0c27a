"""Any text, however hostile, is parsed or refused: soon, with a report, without an exception."""

import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from syntax_trees import parsed

from neurashed_dsl.diagnostics import Report, Source
from neurashed_dsl.diagnostics.show import as_json, as_text
from neurashed_dsl.syntax.ast import Document
from neurashed_dsl.syntax.decode import decode
from neurashed_dsl.syntax.format import format_document
from neurashed_dsl.syntax.parse import parse

SNIPPETS = [f.read_text("utf-8") for f in sorted((Path(__file__).parent / "language").glob("*.nshed"))]
PIECES = [
    *'(){}[],:=~*^-+/%<>"#\n\t .;',
    "->",
    "<-",
    "..",
    "==",
    "if ",
    " then ",
    " else ",
    " for ",
    " in ",
    "λ",
    "\x00",
    "d/dt ",
    "}\n",
]
quick = settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
SECONDS = 20  # all of these take less than two on a good machine


def reported(text: str) -> tuple[Document, list[str]]:
    report = Report()
    document = parse(Source("test", text), report)
    as_text(report.found), as_text(report.found, color=True, width=60), as_json(report.found)
    return document, [d.code for d in report.found]


HOSTILE = {
    "parentheses": ("fn f(x) = " + "(" * 10**4 + "x" + ")" * 10**4, "too-deep"),
    "open parentheses": ("fn f(x) = " + "(" * 10**4, "too-deep"),
    "closing parentheses": ("fn f(x) = x" + ")" * 10**4, "closes-nothing"),
    "wrong closing brackets": ("fn f(x) = " + "(" * 10**4 + "]" * 10**4, "too-deep"),
    "blocks on a line": ("network n " + "{}" * 10**5, "unexpected"),
    "a blank line, and an error": ("fn f(x) = x" + " " * 10**5 + "y", "second-statement"),
    "blocks": ("network n " + "{\n" * 10**4, "too-deep"),
    "closing blocks": ("}\n" * 10**5, "closes-nothing"),
    "nots": ("fn f(x) = " + "not " * 10**4 + "x", "long-chain"),
    "minuses": ("fn f(x) = " + "- " * 10**4 + "x", "long-chain"),
    "powers": ("fn f(x) = " + "a^" * 10**4 + "x", "long-chain"),
    "ifs": ("fn f(x) = " + "if a then " * 10**4 + "x" + " else y" * 10**4, "long-chain"),
    "else ifs": ("fn f(x) = " + "if a then b else " * 10**4 + "x", "long-chain"),
    "conditions": ("fn f(x) = " + "if " * 10**4 + "x", "long-chain"),
    "a long sum": ("fn f(x) = " + " + ".join(["x"] * 10**5), "long-chain"),
    "a long disjunction": ("rule f(x) = " + " or ".join(["x"] * 10**5), "long-chain"),
    "long sums in brackets": ("fn f(x) = " + "(" * 20 + "x" + (" + x" * 900 + ")") * 20, "too-nested"),
    "a long line": ("# " + "x" * 10**6, "long-line"),
    "many errors": ("fn = 3\n" * 10**4, "too-many"),
    "many bad characters": ("$" * 10**5, "strange-character"),
    "many words": ("x " * 10**5, "no-statement"),
    "many quotes": ('"' * (10**5 + 1), "open-text"),
    "a huge number": ("param a = " + "9" * 10**5, "huge-number"),
    "a huge exponent": ("param a = 1e" + "9" * 10**5, "huge-number"),
    "a null character": ("param a = 1\0", "forbidden-character"),
    "an escape sequence": ("param a = \x1b[31m1", "forbidden-character"),
    "a text read backwards": ('use "\u202egnp.txt"', "forbidden-character"),
    "half a character": ("param \ud800 = 1", "forbidden-character"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_is_refused_in_time(name: str) -> None:
    text, code = HOSTILE[name]
    began = time.process_time()
    _, codes = reported(text)
    assert code in codes
    assert len(codes) <= 101
    assert time.process_time() - began < SECONDS


def test_what_is_long_but_not_deep_is_understood() -> None:
    began = time.process_time()
    names = ", ".join(f"x{i}" for i in range(5000))
    network = parsed(f"network n {{\n  level l {{\n    {names}\n    y = any({names})\n  }}\n}}").items[0]
    assert len(network.items[0].items[0].names) == 5000
    assert len(parsed("fn f(x) = " + " + ".join(["x"] * 1001)).items) == 1
    assert len(parsed("fn f(x) = x\n" * 2000).items) == 2000
    assert time.process_time() - began < SECONDS


def test_a_tree_at_the_limits_can_be_formatted() -> None:
    for text in (
        "fn f(x) = " + " + ".join(["x"] * 1001) + "\n",
        "fn f(x) = " + "f(" * 199 + "x" + ")" * 199 + "\n",
        "fn f(x) = " + "not " * 190 + "x\n",
        "fn f(x) = " + "(a - (b * " * 100 + "x" + "))" * 100 + "\n",
    ):
        document = parsed(text)
        assert format_document(parsed(format_document(document))) == format_document(document)


@pytest.mark.parametrize("text", ["", "\n", "  \n\t\n", "# nothing\n", "\ufeff", "\ufeff# nothing", "\r\n\r\n"])
def test_a_file_of_nothing_is_an_empty_document(text: str) -> None:
    assert parsed(text).items == ()


def test_line_ends_and_byte_order_marks_of_other_systems() -> None:
    text = 'network n {\n  level l "title" { a, b }  # c\n  classes {\n    c <- a,\n      b\n  }\n}\n'
    report = Report()
    for data in (text.encode(), text.replace("\n", "\r\n").encode("utf-8-sig"), text.replace("\n", "\r").encode()):
        source = decode("n", data, report)
        assert format_document(parse(source, report)) == format_document(parsed(text))
    assert format_document(parsed("\ufeff" + text.replace("\n", "\r\n"))) == format_document(parsed(text))
    assert not report.found


@quick
@given(st.text(max_size=200) | st.text(st.sampled_from('abc(){}[]=<->,:."#\n 19λ'), max_size=300))
def test_garbage(text: str) -> None:
    reported(text)


@quick
@given(st.binary(max_size=200))
def test_garbage_bytes(data: bytes) -> None:
    report = Report()
    parse(decode("test", data, report), report)
    as_text(report.found)


@quick
@given(st.sampled_from(SNIPPETS), st.data())
@example(SNIPPETS[0], None)
def test_programs_with_pieces_cut_out_and_put_in(text: str, data: st.DataObject | None) -> None:
    for _ in range(data.draw(st.integers(1, 4)) if data else 0):
        start = data.draw(st.integers(0, len(text)))
        end = min(len(text), start + data.draw(st.integers(0, 12)))
        text = text[:start] + data.draw(st.sampled_from(["", *PIECES])) + text[end:]
    document, codes = reported(text)
    if not codes:
        assert format_document(parsed(format_document(document))) == format_document(document)
