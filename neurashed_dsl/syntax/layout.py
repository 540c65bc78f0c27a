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
from neurashed_dsl.syntax.ast import Comment

DEEPEST = 200
LONGEST_LINE = 10**6
MOST_ERRORS = 100
DECLARATIONS = frozenset(
    ["experiment", "fn", "law", "measure", "network", "param", "rule", "system", "unchecked", "use"]
)

_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_TOKEN = re.compile(
    r'(?P<comment>\#[^\n]*)|(?P<text>"(?:[^"\\\n]|\\[^\n])*")|(?P<open_text>"[^\n]*)|(?P<end>\n)|(?P<word>[^\W\d]\w*)'
    r"|(?P<open>[(\[{])|(?P<close>[)\]}])|(?P<mark><-|->|[=!<>]=|//|\.{2,3}|\w+|[^ \t\r\f\n\ufeff])"
)
# The marks and words that a line must not end with to end its statement, and that the next must not begin with.
_BEFORE_END = re.compile(r"==?|!=|[<>]=?|[+\-*%^~:,{]|//?|<-|->|\.\.|and|or|not|in|if|then|else")
_AFTER_END = re.compile(r"then|else|and|or|->|<-|\{")
_CLOSER = {"(": ")", "[": "]", "{": "}"}


class Token(NamedTuple):
    kind: str
    start: int
    end: int
    word: str


class Chunk(NamedTuple):
    """One top-level declaration. `broken`: offsets in statements that a bracket has spoilt; `mended`: in mended ones."""

    start: int
    end: int
    broken: tuple[int, ...]
    mended: tuple[int, ...]


@dataclass(frozen=True)
class Layout:
    text: str
    chunks: tuple[Chunk, ...]
    comments: tuple[Comment, ...]


@dataclass
class _Scan:
    """What is known on the way.

    `suspects`: `{`s whose `}` stands further left than the line that opened them. `hopeless`: the declaration's blocks don't
    fit together. `spoilt`: the statement's brackets don't, and that was said.
    """

    source: Source
    report: Report
    tokens: list[Token]
    start: int = 0
    open: list[Token] = field(default_factory=list)
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
    tokens = [Token(m.lastgroup or "", m.start(), m.end(), m[0]) for m in _TOKEN.finditer(source.text)]
    comments = tuple(_comment(source, t) for t in tokens if t.kind == "comment")
    scan = _Scan(source, report, list(_runs_of_ends(t for t in tokens if t.kind != "comment")))
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


def _comment(source: Source, token: Token) -> Comment:
    before = source.text[source.text.rfind("\n", 0, token.start) + 1 : token.start]
    text = token.word.rstrip()
    return Comment(Span(source, token.start, token.start + len(text)), text, not before.strip("\ufeff \t\r\f"))


def _runs_of_ends(tokens: Iterable[Token]) -> Iterable[Token]:
    """Line ends with nothing between them are one."""
    run: Token | None = None
    for token in tokens:
        if token.kind == "end":
            run = Token("end", run.start if run else token.start, token.end, "\n")
            continue
        if run:
            yield run
            run = None
        yield token
    if run:
        yield run


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
        case "word" if scan.open and token.word in DECLARATIONS and _interrupts(scan, at):
            _cut(scan, token.start)


def _end(scan: _Scan, at: int) -> None:
    token = scan.tokens[at]
    before = scan.tokens[at - 1].word if at else "{"
    after = scan.tokens[at + 1].word if at + 1 < len(scan.tokens) else ""
    inside = bool(scan.open) and scan.open[-1].word != "{"
    goes_on = _BEFORE_END.fullmatch(before) or _AFTER_END.fullmatch(after)
    if inside or (goes_on and after != "}" and (scan.open or not _declares(scan, at + 1))):
        scan.edits.append((token.start, token.end, " " * (token.end - token.start)))
        return
    scan.spoilt = False
    if not scan.open:
        _cut(scan, token.start)


def _open(scan: _Scan, token: Token) -> None:
    if token.word == "{" and scan.open and scan.open[-1].word != "{":
        _repair(scan, scan.open.pop(), token)
    scan.open.append(token)
    if len(scan.open) == DEEPEST + 1 and not scan.hopeless:
        _complain(scan, errors.TOO_DEEP, token, most=DEEPEST)
        scan.hopeless = True


def _repair(scan: _Scan, opened: Token, brace: Token) -> None:
    """A `{` ends what `(` or `[` began: put the missing closer into the blank before it."""
    _never_closed(scan, opened)
    if scan.source.text[brace.start - 1].isspace():
        scan.edits.append((brace.start - 1, brace.start, _CLOSER[opened.word]))
        scan.mended.append(opened.start)
    else:
        scan.broken.append(opened.start)


def _close(scan: _Scan, token: Token) -> None:
    wanted = next((o for o in reversed(scan.open) if _CLOSER[o.word] == token.word), None)
    if wanted is None:
        kind = errors.CLOSES_NOTHING if not scan.open else errors.WRONG_CLOSER
        opened = scan.open[-1] if scan.open else token
        line = scan.source.position(opened.start)[0]
        if token.word == "}" or not scan.spoilt:
            _complain(scan, kind, token, found=token.word, opened=opened.word, line=line)
        scan.edits.append((token.start, token.end, " "))
        scan.mended.append(token.start)
        return
    while (opened := scan.open.pop()) is not wanted:
        _never_closed(scan, opened)
        scan.broken.append(opened.start)
    if token.word == "}" and _indent(scan, token) < _indent(scan, opened):
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
    return first and _declares(scan, at) and _indent(scan, scan.tokens[at]) <= _indent(scan, scan.open[0])


def _declares(scan: _Scan, at: int) -> bool:
    """Whether the words from here on can only be the head of a declaration, `rule all_of`."""
    head = scan.tokens[at : at + 2]
    if len(head) < 2 or head[0].word not in DECLARATIONS or head[1].word in errors.RESERVED:
        return False
    return head[1].kind in ("word", "text") and head[1].word != "within"


def _cut(scan: _Scan, end: int) -> None:
    """End a declaration here. What is still open was never closed."""
    for opened in scan.open:
        if opened.word == "{":
            scan.hopeless = True
            opened = next((s for s in scan.suspects if s.start > opened.start), opened)
        else:
            scan.broken.append(opened.start)
        _never_closed(scan, opened)
    if not scan.hopeless and scan.source.text[scan.start : end].strip("\ufeff \t\r\f\n"):
        scan.chunks.append(Chunk(scan.start, end, tuple(scan.broken), tuple(scan.mended)))
    scan.open, scan.suspects, scan.broken, scan.mended, scan.hopeless, scan.start = [], [], [], [], False, end


def _never_closed(scan: _Scan, opened: Token) -> None:
    kind: Kind = errors.OPEN_BLOCK if opened.word == "{" else errors.OPEN_BRACKET
    _complain(scan, kind, opened, opened=opened.word, closer=_CLOSER[opened.word])


def _complain(scan: _Scan, kind: Kind, token: Token, **values: object) -> None:
    """Beyond `MOST_ERRORS` nobody reads on, and a report compares each finding with all others."""
    scan.spoilt = True
    if len(scan.report.found) < MOST_ERRORS:
        scan.report.add(kind.at(Span(scan.source, token.start, token.end), **values))


def _indent(scan: _Scan, token: Token) -> int:
    text = scan.source.text
    start = text.rfind("\n", 0, token.start) + 1
    return len(text[start : token.start + 1]) - len(text[start : token.start + 1].lstrip("\ufeff \t\r\f"))


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


_STRUCTURE = re.compile(r'"(?:[^"\\\n]|\\[^\n])*"|[{}\n]')


def statement_at(text: str, offset: int) -> tuple[int, int]:
    """The innermost statement of a laid-out declaration that holds `offset`, with its block if it has one."""
    offset = max(len(text[: offset + 1].rstrip()) - 1, 0)
    starts = [0]
    for mark in _STRUCTURE.finditer(text):
        if mark[0] in ("\n", "}") and starts[-1] <= offset < mark.start():
            return starts[-1], mark.start()
        _step(starts, mark)
    return starts[0], len(text)


def heads_at(text: str, offset: int) -> list[str]:
    """The first words of the statements that hold `offset`, the outermost first."""
    starts = [0]
    for mark in _STRUCTURE.finditer(text, 0, len(text[:offset].rstrip())):
        _step(starts, mark)
    found = [re.compile(r"\s*(\w*)").match(text, start) for start in starts]
    return [match[1] if match else "" for match in found]


def _step(starts: list[int], mark: re.Match[str]) -> None:
    """Keep the starts of the statements that are open."""
    if mark[0] == "{":
        starts.append(mark.end())
    elif mark[0] == "}" and len(starts) > 1:
        starts.pop()
    elif mark[0] == "\n":
        starts[-1] = mark.end()
