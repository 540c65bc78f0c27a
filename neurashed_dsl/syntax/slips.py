"""Habits of other languages that show in the words around an error, and not in what the parser found there: `x += 1`, `dx/dt = …`.

A slip is one if what stands before the error, what stands from it on, and what the parser would have taken are as its row says.
"""

import re
from typing import NamedTuple

from neurashed_dsl.diagnostics import Kind
from neurashed_dsl.syntax import errors
from neurashed_dsl.values import frozen

NEAR = 200


@frozen
class Slip:
    """One habit. What its patterns name is among the words of its message, which points from the first `at` to the last."""

    kind: Kind
    before: str
    after: str
    accepts: frozenset[str] = frozenset()


class Found(NamedTuple):
    kind: Kind
    start: int
    end: int
    values: dict[str, str]


_EQUATION, _VALUE_BEFORE, _LISTED = frozenset(["_GETS"]), frozenset(["PLUS"]), frozenset(["COMMA"])
_TOP, _NO_VALUE = frozenset(["_USE"]), frozenset(["NAME", "NUMBER", "LPAR"])
_HEAD = r"(?:^|[{\n])[ \t\r]*"
_PLACE = r"(?P<name>[^\W\d]\w*)(?:\[[^\]\n]*\])?[ \t]*"

SLIPS = (
    Slip(errors.COMMA_MISSING, r"(?P<left>\S+)[ \t]*$", r"(?P<at>[^\W\d]\w*)[ \t]*:", _LISTED),
    Slip(errors.LAMBDA, r"\b(?P<at>lambda)[ \t]*$", r"(?P<name>\w+)"),
    Slip(errors.CHANGE_IN_PLACE, rf"{_HEAD}{_PLACE}$", r"(?P<at>(?P<sign>[-+*/^])=)", _EQUATION),
    Slip(errors.DERIVATIVE, rf"{_HEAD}(?P<at>d){_PLACE}$", r"(?P<at>/[ \t]*dt)\b", _EQUATION),
    Slip(errors.DERIVATIVE, rf"{_HEAD}{_PLACE}$", r"(?P<at>')", _EQUATION),
    Slip(errors.TRANSPOSED, rf"{_PLACE}$", r"(?P<at>')", _VALUE_BEFORE),
    Slip(errors.UNEQUAL, r"(?P<at><)$", r"(?P<at>>)"),
    Slip(errors.PERCENT, r"(?P<number>[0-9.]*[0-9])[ \t]*(?P<at>%)\s*$", r"[)\]},\n]|$", _NO_VALUE),
    Slip(errors.PERCENT, rf"(?P<number>[0-9.]*[0-9])[ \t]*(?P<at>%)[ \t]{{2,}}{_PLACE}$", r"\w|<-", _VALUE_BEFORE),
    Slip(errors.SLASHES, rf"{_HEAD}$", r"(?P<at>//)", _TOP),
    Slip(errors.SLASHES, rf"{_HEAD}$", r"(?P<at>//).*\w[ \t]+[^\W\d]"),
    Slip(errors.SLASHES, r"(?P<at>//)[ \t]*\w+[ \t]*$", r"[^\W\d]"),
)


def slip_at(text: str, start: int, accepts: frozenset[str]) -> Found | None:
    """The first habit that the words around an error show."""
    for slip in SLIPS:
        before = re.search(slip.before, near(text, start)) if slip.accepts <= accepts else None
        after = re.compile(slip.after).match(text, start)
        if before and after:
            marks = [*_marks(before, max(start - NEAR, 0)), *_marks(after, 0)]
            return Found(slip.kind, marks[0], marks[-1], {**before.groupdict(), **after.groupdict()})
    return None


def _marks(match: re.Match[str], shift: int) -> list[int]:
    """The ends of the group `at`, if there is one."""
    return [end + shift for end in match.span("at")] if "at" in match.groupdict() else []


def near(text: str, offset: int) -> str:
    """What stands before an offset, as far as messages look back. All of a long text would take a search too long."""
    return text[max(offset - NEAR, 0) : offset]
