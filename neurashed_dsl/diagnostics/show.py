"""How diagnostics look: as text with the lines they point at, or as data for JSON.

Columns in text are what a terminal shows: a tab is four blanks, a wide letter two columns, a combining mark none.
"""

import unicodedata
from collections.abc import Iterable
from typing import Any, NamedTuple

from neurashed_dsl.diagnostics.diagnostic import Diagnostic
from neurashed_dsl.diagnostics.source import Span

WIDTH = 160
MOST_LETTERS = 600  # of one message
TAB = "    "

_SEVERITY = {"error": "\x1b[1;31m", "warning": "\x1b[1;33m"}


class _Ink(NamedTuple):
    """What is written before a part of a message, and after it: nothing without colours."""

    severity: str = ""
    bold: str = ""
    frame: str = ""
    plain: str = ""


def as_text(diagnostics: Iterable[Diagnostic], color: bool = False, width: int | None = None) -> str:
    """All of them, a blank line between two. `width`: what a line may take; an excerpt is cut around its caret."""
    return "\n".join(_one(d, color, max(width or WIDTH, 40)) for d in diagnostics)


def as_json(diagnostics: Iterable[Diagnostic]) -> list[dict[str, Any]]:
    """`{code, severity, message, file, start: {line, column}, end, help}`; file and places are None without a span."""
    return [
        {
            "code": d.code,
            "severity": d.severity,
            "message": d.message,
            "file": d.span.source.name if d.span else None,
            "start": _position(d.span, d.span.start) if d.span else None,
            "end": _position(d.span, d.span.end) if d.span else None,
            "help": d.helps,
        }
        for d in diagnostics
    ]


def _position(span: Span, offset: int) -> dict[str, int]:
    line, column = span.source.position(offset)
    return {"line": line, "column": column}


def _one(diagnostic: Diagnostic, color: bool, width: int) -> str:
    severity = _SEVERITY.get(diagnostic.severity, "")
    ink = _Ink(severity, "\x1b[1m", "\x1b[34m", "\x1b[0m") if color else _Ink()
    title = (
        f"{diagnostic.severity}[{diagnostic.code}]{ink.plain}{ink.bold}: {_printable(_shortened(diagnostic.message))}"
    )
    lines = [f"{ink.severity}{title}{ink.plain}"]
    gutter = ""
    if diagnostic.span:
        gutter = " " * len(str(diagnostic.span.source.position(diagnostic.span.start)[0]))
        lines += _excerpt(diagnostic.span, _printable(_shortened(diagnostic.label)), ink, width)
        lines += [f"{gutter} {ink.frame}|{ink.plain}"] if diagnostic.helps else []
    lines += [f"{gutter} {ink.frame}={ink.plain} help: {_printable(_shortened(line))}" for line in diagnostic.helps]
    return "".join(f"{line}\n" for line in lines)


def _excerpt(span: Span, label: str, ink: _Ink, width: int) -> list[str]:
    """The place, the line before unless it is blank, the line itself, and a caret under what is meant."""
    number, column = span.source.position(span.start)
    last = span.source.position(max(span.end - 1, span.start))[0]
    line = span.source.line(number)
    end = column - 1 + (span.end - span.start) if last == number else len(line.rstrip())
    pad = len(str(number))
    room = width - pad - 3
    start, stop = _window(line, column - 1, end, room)
    shown = ("…" if start else "") + line[start:stop] + ("…" if stop < len(line) else "")
    left = _columns(("…" if start else "") + line[start : column - 1])
    carets = "^" * max(_columns(line[column - 1 : min(end, stop)]), 1)
    note = " ".join(part for part in (carets, label, f"(to line {last})" if last > number else "") if part)
    before = span.source.line(number - 1)
    context = [(number - 1, before)] if before.strip() and _columns(before) <= room else []
    frame = f"{' ' * pad} {ink.frame}|{ink.plain}"
    return [
        f"{' ' * pad}{ink.frame}-->{ink.plain} {_printable(span.place)}",
        frame,
        *(f"{ink.frame}{n:>{pad}} |{ink.plain} {_printable(text)}".rstrip() for n, text in [*context, (number, shown)]),
        f"{frame} {' ' * left}{ink.severity}{note}{ink.plain}",
    ]


def _window(line: str, start: int, end: int, room: int) -> tuple[int, int]:
    """Which characters of a line to show so that it fits and the caret is in it."""
    if _columns(line) <= room:
        return 0, len(line)
    # Counted as if each character took what the widest takes, so that the window is never too wide.
    most = room // (len(TAB) if "\t" in line else 2 if _columns(line) > len(line) else 1) - 2
    first = max(0, min(start - most // 4, len(line) - most))
    return first, min(first + most, len(line))


def _columns(text: str) -> int:
    printed = _printable(text)
    if printed.isascii():
        return len(printed)
    return sum(0 if unicodedata.combining(c) else 1 + (unicodedata.east_asian_width(c) in "WF") for c in printed)


def _shortened(text: str) -> str:
    """A message with a name of 10^5 letters in it is not to be scrolled through."""
    return text if len(text) <= MOST_LETTERS else f"{text[: MOST_LETTERS // 2]}…{text[-MOST_LETTERS // 4 :]}"


def _printable(text: str) -> str:
    """Without tabs, and without what would move the cursor or can't be written at all."""
    text = text.rstrip("\r").replace("\t", TAB)
    if text.isprintable():
        return text
    return "".join("�" if unicodedata.category(c) in ("Cc", "Cs", "Cf") else c for c in text)
