"""The canonical form of a file: `nshed fmt`.

Takes a Document parsed without errors; returns a text that parses to the same tree. Every comment is kept once: before
the statement that it stood before or in, or at the end of the statement's line. Between statements stands at most one
blank line.
"""

import re
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from neurashed_dsl.syntax import ast
from neurashed_dsl.syntax.align import aligned
from neurashed_dsl.syntax.format_statements import BLOCKS, WRITERS
from neurashed_dsl.syntax.pretty import MARK, STEP, WIDTH, Doc, render

_BLANK_LINE = re.compile(r"\n[ \t\r\f]*\n")
_ONE_LINERS = (ast.Law, ast.Level, ast.Classes, ast.Inputs, ast.For, ast.Stage)


@dataclass
class _Page:
    """The lines so far, the comments still to come, and where in the old text the last thing written ended."""

    text: str
    comments: deque[ast.Comment]
    lines: list[str] = field(default_factory=list)
    end: int = 0
    fresh: bool = True
    after_boundary: bool = False

    def write(self, start: int, line: str) -> None:
        """A line or several, after a blank one if the old text had one there; not at the beginning of a block."""
        if not self.fresh and _BLANK_LINE.search(self.text, self.end, max(start, self.end)):
            self.lines.append("")
        self.lines.append(line)
        self.fresh = False


def format_document(document: ast.Document) -> str:
    page = _Page(document.source.text, deque(sorted(document.comments, key=lambda c: c.span.start)))
    _items(page, document.items, 0)
    _comments_before(page, len(page.text) + 1, 0)
    return "".join(f"{line}\n" for line in aligned(page.lines))


def _items(page: _Page, items: Sequence[ast.Node], indent: int) -> None:
    for item in items:
        _comments_before(page, item.span.start, indent)
        if type(item) in BLOCKS:
            _block(page, item, indent)
        elif not (isinstance(item, ast.Boundary) and _joined(page, item, indent)):
            _comments_within(page, item.span.start, item.span.end, indent)
            page.write(item.span.start, " " * indent + render(WRITERS[type(item)](item), indent))
            page.end = max(page.end, item.span.end)
        _comment_after(page)
        page.after_boundary = isinstance(item, ast.Boundary)


def _block(page: _Page, item: ast.Node, indent: int) -> None:
    write, within = BLOCKS[type(item)]
    head, inner = write(item), within(item)
    brace = _brace(page, item)
    _comments_within(page, item.span.start, brace, indent)
    short = _one_line(page, item, head, inner, indent)
    if short:
        page.write(item.span.start, short)
        page.end = item.span.end
        return
    page.write(item.span.start, " " * indent + render([head, " {"], indent))
    page.end = max(page.end, brace)
    _comment_after(page)
    page.fresh = True
    _items(page, inner, indent + STEP)
    _comments_before(page, item.span.end, indent + STEP)
    page.lines.append(" " * indent + "}")
    page.end, page.fresh = max(page.end, item.span.end), False


def _one_line(page: _Page, item: ast.Node, head: Doc, inner: Sequence[ast.Node], indent: int) -> str:
    """`head { statement }` if it was written on one line and fits on one, `head {}` if nothing is in it, else ''."""
    commented = page.comments and page.comments[0].span.start < item.span.end
    if not inner and not commented:
        return " " * indent + render([head, " {}"], indent)
    if commented or "\n" in item.span.text or len(inner) != 1:
        return ""
    if type(inner[0]) in BLOCKS or not isinstance(item, _ONE_LINERS):
        return ""
    line = " " * indent + render([head, " { ", WRITERS[type(inner[0])](inner[0]), " }"], indent).replace(MARK, "")
    return line if "\n" not in line and len(line) <= WIDTH else ""


def _joined(page: _Page, item: ast.Boundary, indent: int) -> bool:
    """Whether this equation went to the end of the line of the one before it, as it was written."""
    equation = f", {render(WRITERS[ast.Boundary](item), indent).removeprefix('boundary ')}"
    fits = page.lines and "\n" not in equation and len(page.lines[-1] + equation) <= WIDTH
    if not fits or not page.after_boundary or "\n" in page.text[page.end : item.span.start]:
        return False
    page.lines[-1] += equation
    page.end = max(page.end, item.span.end)
    return True


def _brace(page: _Page, item: ast.Node) -> int:
    """Where the block of a node begins: past its `{`. Before it no other can stand but in texts and comments."""
    found = re.compile(r'(?:#[^\n]*|"(?:[^"\\\n]|\\.)*"|[^"#{])*\{').match(page.text, item.span.start, item.span.end)
    return found.end() if found else item.span.start


def _comments_before(page: _Page, offset: int, indent: int) -> None:
    while page.comments and page.comments[0].span.start < offset:
        comment = page.comments.popleft()
        page.write(comment.span.start, " " * indent + comment.text)
        page.end = max(page.end, comment.span.end)


def _comments_within(page: _Page, start: int, end: int, indent: int) -> None:
    """Comments in the midst of a statement move before it."""
    while page.comments and page.comments[0].span.start < end:
        page.write(start, " " * indent + page.comments.popleft().text)
        page.end = max(page.end, start)


def _comment_after(page: _Page) -> None:
    """A comment at the end of a statement's line stays there."""
    if page.comments and "\n" not in page.text[page.end : page.comments[0].span.start]:
        comment = page.comments.popleft()
        if comment.own_line:
            page.comments.appendleft(comment)
            return
        page.lines[-1] += f"{MARK}  {comment.text}"
        page.end = comment.span.end
