"""Words for a person on stderr, data on stdout; coloured on a terminal, unless NO_COLOR is set."""

import io
import os
import sys
from collections.abc import Iterable
from typing import TextIO

from neurashed_dsl.diagnostics import Diagnostic
from neurashed_dsl.diagnostics.show import as_json, as_text

GREEN, RED, BOLD = "32", "31", "1"


def harden() -> None:
    """Characters that the terminal's encoding lacks become `?`, never an exception."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def is_terminal(stream: TextIO) -> bool:
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def has_colour(stream: TextIO) -> bool:
    return is_terminal(stream) and not os.environ.get("NO_COLOR")


def paint(text: str, style: str, stream: TextIO) -> str:
    return f"\x1b[{style}m{text}\x1b[0m" if has_colour(stream) else text


def say(text: str) -> None:
    """A line for the person at the terminal."""
    print(text, file=sys.stderr, flush=True)


def tell(diagnostics: Iterable[Diagnostic]) -> None:
    """Diagnostics as text, with the lines they speak of."""
    import shutil

    width = shutil.get_terminal_size().columns if is_terminal(sys.stderr) else None
    text = as_text(diagnostics, color=has_colour(sys.stderr), width=width)
    if text:
        say(text)


def tell_json(diagnostics: Iterable[Diagnostic], **more: object) -> None:
    """Diagnostics as a JSON list on stdout; with `more`, as an object that has it beside them."""
    listed = as_json(diagnostics)
    print_json({"diagnostics": listed, **more} if more else listed)


def print_json(data: object) -> None:
    import json

    print(json.dumps(data, ensure_ascii=False, indent=2))


def columns(rows: Iterable[tuple[str, ...]], indent: str = "  ") -> str:
    """Rows as lines in which all columns but the last are padded to one width."""
    table = list(rows)
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    return "\n".join((indent + "  ".join(c.ljust(w) for c, w in zip(row, widths))).rstrip() for row in table)


def many(count: int, thing: str) -> str:
    """`1 error`, `2 errors`."""
    return f"{count} {thing}" if count == 1 else f"{count} {thing}s"


def size(number: float) -> str:
    """Bytes in the largest unit that leaves a number of at least 1."""
    for unit in ("bytes", "kB", "MB"):
        if number < 1000:
            return f"{number:.3g} {unit}"
        number /= 1000
    return f"{number:.3g} GB"
