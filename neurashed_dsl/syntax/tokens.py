"""The words and marks of a text, as far as its layout depends on them, and its comments."""

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from neurashed_dsl.diagnostics import Source, Span
from neurashed_dsl.syntax.ast import Comment

BLANKS = "\ufeff \t\r\f"

_TOKEN = re.compile(
    r'(?P<comment>\#[^\n]*)|(?P<text>"(?:[^"\\\n]|\\[^\n])*")|(?P<open_text>"[^\n]*)|(?P<end>\n)|(?P<word>[^\W\d]\w*)'
    r"|(?P<open>[(\[{])|(?P<close>[)\]}])|(?P<mark><-|->|[=!<>]=|//|\.{2,3}|\w+|[^ \t\r\f\n\ufeff])"
)


class Token(NamedTuple):
    """`kind` is a group of the pattern above; `indent`, how far right its line begins."""

    kind: str
    start: int
    end: int
    word: str
    indent: int = 0


def read(source: Source) -> tuple[list[Token], tuple[Comment, ...]]:
    """The tokens without the comments, and the comments. Line ends with nothing between them are one token."""
    found = [Token(m.lastgroup or "", m.start(), m.end(), m[0]) for m in _TOKEN.finditer(source.text)]
    comments = tuple(_comment(source, t) for t in found if t.kind == "comment")
    return list(_joined(t for t in found if t.kind != "comment")), comments


def _comment(source: Source, token: Token) -> Comment:
    before = source.text[source.text.rfind("\n", 0, token.start) + 1 : token.start]
    text = token.word.rstrip()
    return Comment(Span(source, token.start, token.start + len(text)), text, not before.strip(BLANKS))


def _joined(tokens: Iterable[Token]) -> Iterator[Token]:
    run: Token | None = None
    indent = 0
    for token in tokens:
        if token.kind == "end":
            run = Token("end", run.start if run else token.start, token.end, "\n")
            continue
        if run:
            indent = token.start - run.end
            yield run
            run = None
        yield token._replace(indent=indent)
    if run:
        yield run
