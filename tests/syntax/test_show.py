"""How a diagnostic looks (architecture.md, 6)."""

import json
import re

import pytest

from neurashed_dsl.diagnostics import Diagnostic, Kind, Source, Span
from neurashed_dsl.diagnostics.show import as_json, as_text

KIND = Kind("unknown-node", "no node `{name}` in the levels below", "not declared", ("did you mean `{near}`?",))


def at(text: str, what: str, name: str = "animals.nshed", kind: Kind = KIND, **values: str) -> Diagnostic:
    start = text.index(what)
    return kind.at(Span(Source(name, text), start, start + len(what)), **{"name": what, "near": "", **values})


def test_the_example_of_the_architecture() -> None:
    text = "\n" * 12 + "    cat   = cat_head or cat_tail\n    panda = all(pnada_head, bamboo)\n"
    near = "panda_head` (examples/animals.nshed:6:5)?"
    kind = Kind(KIND.code, KIND.title, KIND.label, ("did you mean `{near}",))
    shown = as_text([at(text, "pnada_head", "examples/animals.nshed", kind, near=near)])
    assert shown == (
        "error[unknown-node]: no node `pnada_head` in the levels below\n"
        "  --> examples/animals.nshed:14:17\n"
        "   |\n"
        "13 |     cat   = cat_head or cat_tail\n"
        "14 |     panda = all(pnada_head, bamboo)\n"
        "   |                 ^^^^^^^^^^ not declared\n"
        "   |\n"
        "   = help: did you mean `panda_head` (examples/animals.nshed:6:5)?\n"
    )


@pytest.mark.parametrize("before", ["", "\t", "a\tb ", "λη ", "頭頭 ", "e\u0301 ", "\t頭\t"])
@pytest.mark.parametrize("what", ["x", "頭", "long_name"])
def test_the_caret_stands_under_what_is_meant(before: str, what: str) -> None:
    line, caret = as_text([at(f"{before}{what} rest", what)]).splitlines()[3:5]
    widths = [2 if c == "頭" else 0 if c == "\u0301" else 1 for c in line]
    start, end = line.index(what), line.index(what) + len(what)
    assert caret.index("^") == sum(widths[:start])
    assert caret.count("^") == sum(widths[start:end])


def test_a_long_line_is_cut_around_the_caret() -> None:
    for text in (
        "x " * 5000 + "here " + "y " * 5000,
        "頭" * 5000 + "here" + "頭" * 5000,
        "here" + "y" * 10**5,
        "y" * 10**5 + "here",
        "\t" * 999 + "here" + "\t" * 999,
    ):
        for width in (40, 80, 200):
            line, caret = as_text([at(text, "here")], width=width).splitlines()[3:5]
            assert "here" in line
            assert sum(2 if c == "頭" else 1 for c in line) <= width
            assert caret.removesuffix(" not declared").endswith("^^^^")


def test_a_span_over_lines_is_marked_to_the_end_of_its_first() -> None:
    shown = as_text([at("a = (b +\n  c)\n", "(b +\n  c)")])
    assert shown.splitlines()[3:5] == ["1 | a = (b +", "  |     ^^^^ not declared (to line 2)"]


def test_an_empty_span_has_one_caret() -> None:
    end = KIND.at(Span(Source("n", "abc"), 3, 3), name="x", near="")
    assert as_text([end]).splitlines()[-2:] == ["1 | abc", "  |    ^ not declared"]
    nothing = KIND.at(Span(Source("n", ""), 0, 0), name="x", near="")
    assert as_text([nothing]).splitlines()[-1] == "  | ^ not declared"


def test_without_a_place_there_is_no_excerpt() -> None:
    assert as_text([KIND.at(None, name="x", near="y")]) == (
        "error[unknown-node]: no node `x` in the levels below\n = help: did you mean `y`?\n"
    )


def test_colours_are_only_added() -> None:
    found = [at("x y\nz", "y", near="w"), at("x y\nz", "z")]
    plain, coloured = as_text(found), as_text(found, color=True)
    assert "\x1b" not in plain
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == plain
    assert "\x1b[1;31merror[unknown-node]" in coloured


def test_nothing_in_a_text_reaches_the_terminal_as_a_command() -> None:
    shown = as_text([at("x = \x1b[2J\x07 \u202e y\ud800", "y")])
    assert not re.search("[\x00-\x09\x0b-\x1f\u202e\ud800]", shown)


def test_json() -> None:
    found = as_json([at("x =\n  y", "y", near="z"), KIND.at(None, name="x", near="")])
    assert json.loads(json.dumps(found)) == [
        {
            "code": "unknown-node",
            "severity": "error",
            "message": "no node `y` in the levels below",
            "file": "animals.nshed",
            "start": {"line": 2, "column": 3},
            "end": {"line": 2, "column": 4},
            "help": ["did you mean `z`?"],
        },
        {
            "code": "unknown-node",
            "severity": "error",
            "message": "no node `x` in the levels below",
            "file": None,
            "start": None,
            "end": None,
            "help": [],
        },
    ]
