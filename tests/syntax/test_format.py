"""The canonical form: the same tree, itself its own canonical form, and each comment once."""

import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from syntax_trees import documents, parsed, tree_equal

from neurashed_dsl.resources import folder
from neurashed_dsl.syntax.ast import Document
from neurashed_dsl.syntax.format import format_document

SNIPPETS = sorted((Path(__file__).parent / "language").glob("*.nshed"))
modest = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


@pytest.mark.parametrize("snippet", SNIPPETS, ids=lambda snippet: snippet.stem)
def test_every_example_of_the_language_parses_and_has_a_canonical_form(snippet: Path, golden) -> None:
    document = parsed(snippet.read_text("utf-8"))
    canonical = format_document(document)
    golden(snippet.with_suffix(".formatted"), canonical)
    again = parsed(canonical)
    assert tree_equal(document.items, again.items)
    assert format_document(again) == canonical
    assert [c.text for c in document.comments] == [c.text for c in again.comments]


@pytest.mark.parametrize("file", sorted(folder("stdlib").glob("*.nshed")), ids=lambda file: file.stem)
def test_the_library_parses_and_keeps_its_tree(file: Path) -> None:
    document = parsed(file.read_text("utf-8"))
    again = parsed(format_document(document))
    assert tree_equal(document.items, again.items)
    assert sorted(c.text for c in document.comments) == sorted(c.text for c in again.comments)


@modest
@given(documents)
def test_any_tree_survives_formatting_and_parsing(document: Document) -> None:
    text = format_document(document)
    again = parsed(text)
    assert tree_equal(document.items, again.items), text
    assert format_document(again) == text


@modest
@given(documents, st.data())
def test_comments_and_blank_lines_anywhere_are_kept_once(document: Document, data: st.DataObject) -> None:
    lines, said = [], 0
    for line in format_document(document).splitlines():
        for kind in data.draw(st.lists(st.sampled_from(["above", "blank"]), max_size=2)):
            lines.append(f"   # c{said}." if kind == "above" else "  ")
            said += kind == "above"
        after = data.draw(st.booleans())
        lines.append(f"{line} # c{said}." if after else line)
        said += after
    text = "\n".join(lines)
    before = parsed(text)
    canonical = format_document(before)
    again = parsed(canonical)
    assert tree_equal(before.items, again.items)
    assert tree_equal(document.items, again.items)
    found = [c.text for c in again.comments]
    assert sorted(found) == sorted(f"# c{n}." for n in range(said)), text
    assert format_document(again) == canonical
    assert not re.search(r"\n\n\n|[ \t]\n|\A\n|\n\n\Z", canonical)


def test_long_lines_break_where_a_line_may_go_on() -> None:
    names = [f"a_rather_long_name_{i}" for i in range(12)]
    for body in (
        f"any({', '.join(names)})",
        " + ".join(names),
        " or ".join(names),
        f"sum({' * '.join(names)} for i in x)",
    ):
        text = f"fn f(x) = {body}\n"
        canonical = format_document(parsed(text))
        assert max(map(len, canonical.splitlines())) <= 120
        assert tree_equal(parsed(text).items, parsed(canonical).items)


def test_only_the_parentheses_that_bind() -> None:
    text = "fn f(x) = ((a + b)) * (c * d) - (e - (f - g)) ^ (h ^ (-i)) - -(j) + (-k) ^ 2 + (l == m)\n"
    assert format_document(parsed(text)) == (
        "fn f(x) = (a + b) * (c * d) - (e - (f - g))^h^(-i) - -j + (-k)^2 + (l == m)\n"
    )
    assert format_document(parsed("fn f(x) = -(x^2) + not_ * (if a then (b) else (c))\n")) == (
        "fn f(x) = -x^2 + not_ * (if a then b else c)\n"
    )
