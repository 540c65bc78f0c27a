"""Syntax errors in the language's words: by example where there is one, else by what could have stood there.

`grammar/mistakes/` holds one file for each message of `errors.MISTAKES`: malformed programs, with `# or` between them.
An error is like an example if the parser could have gone on with the same things and found the same. (lark's own
`match_examples` parses all examples anew for each error, and takes any of the same state, whatever was found.)
"""

import re
from collections.abc import Callable, Mapping
from difflib import SequenceMatcher
from typing import NamedTuple

from neurashed_dsl.diagnostics import Diagnostic, Kind, Span, nearest
from neurashed_dsl.resources import folder
from neurashed_dsl.syntax import errors
from neurashed_dsl.syntax.slips import NEAR, near, slip_at
from neurashed_dsl.values import frozen

LIKENESS, GREAT_LIKENESS = 0.65, 0.75

_BEFORE = re.compile(r'("[^"\n]*"|\w+|<-|->|[=!<>]=|//|\.{2,3}|[^\w\s])$')


class Trouble(NamedTuple):
    """Where a parser stopped: the text found, its terminal (`end`: of a line or of all), its state, what it accepts.

    `heads`: the first words of the statements it stands in, the outermost first.
    """

    found: str
    terminal: str
    start: int
    end: int
    heads: tuple[str, ...]
    state: int
    accepts: frozenset[str]


Key = tuple[tuple[str, ...], int, frozenset[str], str, str]


@frozen
class Lessons:
    """What the grammar and the examples teach: how terminals and keywords are spelt, messages, systems' statements."""

    spelling: Mapping[str, str]
    words: Mapping[str, str]
    kinds: Mapping[Key, Kind]
    system: frozenset[str]


def learn(spelling: Mapping[str, str], words: Mapping[str, str], trouble_of: Callable[[str], Trouble]) -> Lessons:
    """Raises KeyError for an example without a message."""
    kinds: dict[Key, Kind] = {}
    for file in sorted((folder("grammar") / "mistakes").glob("*.nshed")):
        text = file.read_text("utf-8")
        for example in text.split("\n# or\n"):
            exactly = re.match(r"# exactly: (.*)", example)
            trouble = trouble_of(example)
            for key in _keys(trouble, exactly[1] if exactly else "", words):
                kinds.setdefault(key, errors.MISTAKES[file.stem])
    return Lessons(spelling, words, kinds, trouble_of("system s {\n^\n}").accepts)


def known(trouble: Trouble, lessons: Lessons) -> Kind | None:
    """The message of the example that is like this error."""
    keys = [key for found in (trouble.found, "") for key in _keys(trouble, found, lessons.words)]
    return next((lessons.kinds[key] for key in keys if key in lessons.kinds), None)


def correction(trouble: Trouble, lessons: Lessons) -> str:
    """The terminal of the keyword that was meant, or ''. An example must be outdone by a great likeness."""
    exact = any(key in lessons.kinds for key in _keys(trouble, trouble.found, lessons.words))
    if not _is_word(trouble, lessons.words) or len(trouble.found) < 2 or exact:
        return ""
    wanted = {lessons.words[t]: t for t in trouble.accepts if t in lessons.words}
    meant = nearest(trouble.found, wanted)
    likeness = SequenceMatcher(None, trouble.found.casefold(), meant).ratio()
    return wanted[meant] if likeness > (GREAT_LIKENESS if known(trouble, lessons) else LIKENESS) else ""


def explain(trouble: Trouble, text: str, at: Callable[[int, int], Span], lessons: Lessons) -> Diagnostic:
    """The message for an error in a laid-out text; `at` makes spans of its offsets."""
    before = _BEFORE.search(near(text, trouble.start).rstrip())
    values = {
        "found": trouble.found,
        "what": f"`{trouble.found}`" if trouble.found else "the end of the line",
        "before": before[0] if before else "",
        "expected": spelt(trouble.accepts, lessons),
        "meant": errors.CHARACTERS.get(trouble.found, ""),
        "namer": errors.NAMERS.get(next(iter(trouble.heads), ""), ""),
    }
    slip = slip_at(text, trouble.start, trouble.accepts)
    if slip:
        return slip.kind.at(at(slip.start, slip.end), **{**values, **slip.values})
    foreign = _foreign(trouble, lessons)
    if foreign:
        return foreign.at(at(trouble.start, trouble.end))
    head = _misspelt_head(trouble, text, lessons)
    if head:
        start, found, meant = head
        return errors.MISSPELT.at(at(start, start + len(found)), found=found, meant=meant)
    span = at(trouble.start, trouble.end)
    if re.search(r"\b[0-9][0-9._]*$", near(text, trouble.start)) and (
        trouble.found == "(" or _is_word(trouble, lessons.words)
    ):
        return errors.TIMES_MISSING.at(span, **values)
    return (known(trouble, lessons) or _general(trouble, lessons)).at(span, **values)


def _keys(trouble: Trouble, found: str, words: Mapping[str, str]) -> list[Key]:
    """What two errors must have in common to be alike, the nearest likeness first."""
    heads = tuple([head for head in trouble.heads if head in words.values() and head != "for"][-2:])
    accepts = trouble.accepts - {"LPAR", "LSQB", "_DOT"} if "PLUS" in trouble.accepts else trouble.accepts
    terminal = "NAME" if _is_word(trouble, words) else trouble.terminal
    # A name can be missing in many places that have no more in common than that.
    states = (trouble.state, -1) if len(accepts) > 1 else (trouble.state,)
    return [(h, state, accepts, terminal, found) for h in (heads, ()) for state in states]


def _is_word(trouble: Trouble, words: Mapping[str, str]) -> bool:
    return trouble.terminal == "NAME" or (trouble.terminal in words and trouble.found not in errors.RESERVED)


def _foreign(trouble: Trouble, lessons: Lessons) -> Kind | None:
    """The message for a statement that begins with a word which begins none in such a block."""
    named = "_GETS" in trouble.accepts  # a system's statement may begin with any name
    if len(trouble.heads) < 2 or not (named or _is_statement(trouble.accepts, lessons)):
        return None
    block, head = trouble.heads[-2:]
    return errors.FOREIGN.get((block, head if named else trouble.found))


def _misspelt_head(trouble: Trouble, text: str, lessons: Lessons) -> tuple[int, str, str] | None:
    """A system's statement may begin with any name: `stat x = 0` is wrong only at `x`."""
    head = re.search(r"(?:^|[{\n])[ \t\r]*(\w+)[ \t]*$", near(text, trouble.start))
    if head is None or not _is_word(trouble, lessons.words) or "_GETS" not in trouble.accepts:
        return None
    meant = nearest(head[1], [lessons.words[t] for t in lessons.system if t in lessons.words])
    start = max(trouble.start - NEAR, 0) + head.start(1)
    return (start, head[1], meant) if meant else None


def _general(trouble: Trouble, lessons: Lessons) -> Kind:
    accepts = trouble.accepts
    if trouble.terminal == "character":
        return errors.STRANGE_CHARACTER
    if _is_statement(accepts, lessons):
        return errors.NO_STATEMENT
    if {"NAME", "NUMBER", "LPAR"} <= accepts and "PLUS" not in accepts:
        return errors.MISSING_VALUE
    if "NAME" in accepts and trouble.found in errors.RESERVED:
        return errors.RESERVED_NAME
    if "NAME" in accepts:
        return errors.MISSING_NAME
    return errors.ENDS_EARLY if trouble.terminal == "end" else errors.UNEXPECTED


def _is_statement(accepts: frozenset[str], lessons: Lessons) -> bool:
    """Whether a statement could begin there."""
    return sum(t in lessons.words for t in accepts - errors.RESERVED_TERMINALS) > 3


def spelt(accepts: frozenset[str], lessons: Lessons) -> str:
    """What may stand there, in words; '' if that would be a long list."""
    names, rest = [], set(accepts)
    rest -= {"_NL", "$END", "RBRACE"} if _is_statement(accepts, lessons) else set()
    for phrase, marks, covers in errors.PHRASES:
        if marks <= rest:
            names.append(phrase)
            rest -= covers
    names += sorted(f"`{lessons.words.get(t) or lessons.spelling[t]}`" for t in rest)
    if len(names) > errors.MOST_EXPECTED:
        return ""
    return " or ".join(part for part in (", ".join(names[:-1]), names[-1] if names else "") if part)
