"""A text and places in it. Offsets count characters; lines and columns count from 1."""

from bisect import bisect_right
from dataclasses import field
from functools import cached_property
from typing import NamedTuple

from neurashed_dsl.values import frozen


@frozen
class Source:
    """A named text. Two sources are the same only if they are one object."""

    name: str
    text: str = field(repr=False)

    @cached_property
    def _starts(self) -> list[int]:
        return [0, *(i + 1 for i, c in enumerate(self.text) if c == "\n")]

    def position(self, offset: int) -> tuple[int, int]:
        """(line, column) of a character offset."""
        line = bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1

    def line(self, number: int) -> str:
        """The text of a line, without its end; empty beyond the last."""
        if not 1 <= number <= len(self._starts):
            return ""
        return self.text[self._starts[number - 1] :].split("\n", 1)[0]

    def offset(self, line: int, column: int) -> int:
        return self._starts[line - 1] + column - 1


class Span(NamedTuple):
    """Characters `start` up to, not including, `end` of a source."""

    source: Source
    start: int
    end: int

    def __repr__(self) -> str:
        return f"<{self.place}>"

    def to(self, other: "Span") -> "Span":
        return Span(self.source, self.start, max(self.end, other.end))

    @property
    def text(self) -> str:
        return self.source.text[self.start : self.end]

    @property
    def place(self) -> str:
        line, column = self.source.position(self.start)
        return f"{self.source.name}:{line}:{column}"


NOWHERE = Span(Source("<nowhere>", ""), 0, 0)
