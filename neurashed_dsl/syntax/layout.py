"""What of a text the grammar need not see: comments, line ends that end no statement, the cut into declarations.

Takes a Source; returns its Layout, whose `text` has the source's length and offsets. Brackets are matched here, so that
an unclosed one is reported where it was opened, and once. Never raises for a user's mistake.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from neurashed_dsl.diagnostics import Kind, Report, Source, Span
from neurashed_dsl.syntax import errors
from neurashed_dsl.syntax.ast import DEEPEST, LONGEST_CHAIN, Comment
from neurashed_dsl.syntax.tokens import BLANKS, Token, read
from neurashed_dsl.values import frozen

LONGEST_LINE = 10**6
MOST_ERRORS = 100
MOST_OPEN = 5  # brackets of one declaration that are told to be open
DECLARATIONS = frozenset(
    ["data", "experiment", "fn", "law", "measure", "network", "param", "rule", "system", "unchecked", "use"]
)

_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
# The marks and words that a line must not end with to end its statement, and that the next must not begin with.
_BEFORE_END = re.compile(r"==?|!=|[<>]=?|[+\-*%^~:,{]|//?|<-|->|\.\.|and|or|not|in|if|then|else")
_AFTER_END = re.compile(r"then|else|and|or|->|<-|\{")
_OPERATOR = re.compile(r"[+\-*%^]|//?|and|or|not|if")
_CLOSER = {"(": ")", "[": "]", "{": "}"}


class Chunk(NamedTuple):
    """One top-level declaration. `broken`: offsets in statements that a bracket has spoilt; `mended`: in others."""

    start: int
    end: int
    broken: tuple[int, ...]
    mended: tuple[int, ...]


@frozen
class Layout:
    text: str
    chunks: tuple[Chunk, ...]
    comments: tuple[Comment, ...]


@dataclass
class _Scan:
    """What is known on the way.

    `suspects`: `{`s whose `}` stands further left than the line that opened them. `hopeless`: the declaration's blocks
    don't fit together. `spoilt`: the statement's brackets don't, and that was said. `links`: operators since the last
    comma, for each bracket that is open and for the statement.
    """

    source: Source
    report: Report
    tokens: list[Token]
    start: int = 0
    open: list[Token] = field(default_factory=list)
    links: list[int] = field(default_factory=lambda: [0])
    suspects: list[Token] = field(default_factory=list)
    broken: list[int] = field(default_factory=list)
    mended: list[int] = field(default_factory=list)
    hopeless: bool = False
    spoilt: bool = False
    edits: list[tuple[int, int, str]] = field(default_factory=list)
    chunks: list[Chunk] = field(default_factory=list)


def lay_out(source: Source, report: Report) -> Layout:
    """Empty if the text holds what no program may hold."""
    if _refused(source, report):
        return Layout("", (), ())
    tokens, comments = read(source)
    scan = _Scan(source, report, tokens)
    scan.edits += [(0, 1, " ")] if source.text.startswith("\ufeff") else []
    for at in range(len(scan.tokens)):
        _read(scan, at)
    _cut(scan, len(source.text))
    return Layout(_masked(source.text, comments, scan.edits), tuple(scan.chunks), comments)


def _refused(source: Source, report: Report) -> bool:
    found = _FORBIDDEN.search(source.text)
    if found:
        report.add(
            errors.FORBIDDEN_CHARACTER.at(Span(source, found.start(), found.end()), code=f"U+{ord(found[0]):04X}")
        )
        return True
    start = 0
    for line in source.text.split("\n") if len(source.text) > LONGEST_LINE else ():
        if len(line) > LONGEST_LINE:
            report.add(errors.LONG_LINE.at(Span(source, start, start + 1), most=LONGEST_LINE))
            return True
        start += len(line) + 1
    return False


def _read(scan: _Scan, at: int) -> None:
    token = scan.tokens[at]
    match token.kind:
        case "end":
            _end(scan, at)
        case "open":
            _open(scan, token)
        case "close":
            _close(scan, token)
        case "open_text":
            _open_text(scan, token)
        case "mark" | "word" if _OPERATOR.fullmatch(token.word):
            _link(scan, token)
        case "mark" if token.word == ",":
            scan.links[-1] = 0
        case "word" if scan.open and token.word in DECLARATIONS and _interrupts(scan, at):
            _cut(scan, token.start)


def _end(scan: _Scan, at: int) -> None:
    token = scan.tokens[at]
    before = scan.tokens[at - 1].word if at else "{"
    after = scan.tokens[at + 1].word if at + 1 < len(scan.tokens) else ""
    inside = bool(scan.open) and scan.open[-1].word != "{"
    goes_on = _BEFORE_END.fullmatch(before) or _AFTER_END.fullmatch(after) or after.startswith('"')
    if inside or (goes_on and after != "}" and (scan.open or not _declares(scan, at + 1))):
        scan.edits.append((token.start, token.end, " " * (token.end - token.start)))
        return
    scan.spoilt, scan.links[-1] = False, 0
    if not scan.open:
        _cut(scan, token.start)


def _link(scan: _Scan, token: Token) -> None:
    """Refuse a chain of operators whose tree nobody could read, before it costs the time to make it."""
    scan.links[-1] += 1
    if scan.links[-1] == LONGEST_CHAIN + 1:
        _complain(scan, errors.LONG_CHAIN, token, most=LONGEST_CHAIN)
        scan.broken.append(token.start)


def _open(scan: _Scan, token: Token) -> None:
    if token.word == "{" and scan.open and scan.open[-1].word != "{":
        _repair(scan, _pop(scan), token)
    scan.open.append(token)
    scan.links.append(0)
    if len(scan.open) == DEEPEST + 1 and not scan.hopeless:
        _complain(scan, errors.TOO_DEEP, token, most=DEEPEST)
        scan.hopeless = True


def _pop(scan: _Scan) -> Token:
    scan.links.pop()
    return scan.open.pop()


def _repair(scan: _Scan, opened: Token, brace: Token) -> None:
    """A `{` ends what `(` or `[` began: put the missing closer into the blank before it."""
    _never_closed(scan, opened)
    if scan.source.text[brace.start - 1].isspace():
        scan.edits.append((brace.start - 1, brace.start, _CLOSER[opened.word]))
        scan.mended.append(opened.start)
    else:
        scan.broken.append(opened.start)


def _close(scan: _Scan, token: Token) -> None:
    wanted = next((o for o in reversed(scan.open[-2 * DEEPEST :]) if _CLOSER[o.word] == token.word), None)
    if wanted is None:
        kind = errors.CLOSES_NOTHING if not scan.open else errors.WRONG_CLOSER
        opened = scan.open[-1] if scan.open else token
        line = scan.source.position(opened.start)[0]
        if token.word == "}" or not scan.spoilt:
            _complain(scan, kind, token, found=token.word, opened=opened.word, line=line)
        scan.edits.append((token.start, token.end, " "))
        scan.mended.append(token.start)
        return
    while (opened := _pop(scan)) is not wanted:
        _never_closed(scan, opened)
        scan.broken.append(opened.start)
    if token.word == "}" and token.indent < opened.indent:
        scan.suspects.append(opened)


def _open_text(scan: _Scan, token: Token) -> None:
    """Report a string without its end; let it end before a `{` that ends its line, else with the line."""
    kept = token.word.rstrip()
    kept = kept[:-1].rstrip() if kept.endswith("{") else kept
    end = token.start + len(kept)
    _complain(scan, errors.OPEN_TEXT, token._replace(end=end))
    scan.mended.append(token.start)
    if len(kept) < 2:
        scan.broken.append(token.start)
        scan.edits.append((token.start, token.start + 1, " "))
    else:
        scan.edits.append((token.start, end, '"' + "." * (len(kept) - 2) + '"'))
    if token.word.rstrip().endswith("{"):
        at = token.start + len(token.word.rstrip()) - 1
        _open(scan, Token("open", at, at + 1, "{"))


def _interrupts(scan: _Scan, at: int) -> bool:
    """Whether a word within brackets must be the head of the next declaration, the brackets having been forgotten.

    It must not stand further right than what it is in.
    """
    first = at == 0 or scan.tokens[at - 1].kind == "end"
    return first and _declares(scan, at) and scan.tokens[at].indent <= scan.open[0].indent


def _declares(scan: _Scan, at: int) -> bool:
    """Whether the words from here on can only be the head of a declaration, `rule all_of`."""
    head = scan.tokens[at : at + 2]
    if len(head) < 2 or head[0].word not in DECLARATIONS or head[1].word in errors.RESERVED:
        return False
    return head[1].kind in ("word", "text") and head[1].word != "within"


def _cut(scan: _Scan, end: int) -> None:
    """End a declaration here. What is still open was never closed; of many the outermost are told."""
    for number, opened in enumerate(scan.open):
        if opened.word == "{":
            scan.hopeless = True
            opened = next((s for s in scan.suspects if s.start > opened.start), opened)
        else:
            scan.broken.append(opened.start)
        if number < MOST_OPEN:
            _never_closed(scan, opened)
    if not scan.hopeless and scan.source.text[scan.start : end].strip(BLANKS + "\n"):
        scan.chunks.append(Chunk(scan.start, end, tuple(scan.broken), tuple(scan.mended)))
    scan.open, scan.links, scan.suspects = [], [0], []
    scan.broken, scan.mended, scan.hopeless, scan.start = [], [], False, end


def _never_closed(scan: _Scan, opened: Token) -> None:
    kind: Kind = errors.OPEN_BLOCK if opened.word == "{" else errors.OPEN_BRACKET
    _complain(scan, kind, opened, opened=opened.word, closer=_CLOSER[opened.word])


def _complain(scan: _Scan, kind: Kind, token: Token, **values: object) -> None:
    """Beyond `MOST_ERRORS` nobody reads on, and a report compares each finding with all others."""
    scan.spoilt = True
    if len(scan.report.found) < MOST_ERRORS:
        scan.report.add(kind.at(Span(scan.source, token.start, token.end), **values))


def _masked(text: str, comments: Iterable[Comment], edits: Iterable[tuple[int, int, str]]) -> str:
    """The text with comments blanked and the edits made; the same length."""
    blanks = [(c.span.start, c.span.end, " " * (c.span.end - c.span.start)) for c in comments]
    parts, at = [], 0
    for start, end, new in sorted([*blanks, *edits]):
        if start < at:
            new, start = new[at - start :], at
        parts += [text[at:start], new]
        at = max(at, end)
    return "".join([*parts, text[at:]])
