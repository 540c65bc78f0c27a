"""From text to Document. The only file that imports lark.

A file is cut into its top-level declarations (`layout`), each of which is parsed on its own. Where one fails, the
guilty statement is reported and blanked and the rest parsed again, so that all errors of a file are found in one go.
"""

import hashlib
import io
import re
import sys
from contextlib import suppress
from functools import cache
from typing import Any

import lark

from neurashed_dsl.diagnostics import Kind, Report, Source, Span
from neurashed_dsl.resources import cache_folder, folder, keep
from neurashed_dsl.syntax import errors
from neurashed_dsl.syntax.ast import DEEPEST, LONGEST_CHAIN, Document, let_readers_recurse
from neurashed_dsl.syntax.build import Place, build
from neurashed_dsl.syntax.layout import MOST_ERRORS, Chunk, Layout, lay_out
from neurashed_dsl.syntax.mistakes import Lessons, Trouble, correction, explain, learn
from neurashed_dsl.syntax.statements import heads_at, statement_at

MOST_WORK = 10**6  # characters parsed anew after errors
SPELT = {
    "COMPARE": "<",
    "_EQUALS": "=",
    "MINUS": "-",
    "SLASH": "/",
    "_DOT": ".",
    "_NL": "the end of the line",
    "$END": "",
}
SPELT |= {"NAME": "a name", "NUMBER": "a number", "STRING": "a text in quotes"}


def parse(source: Source, report: Report) -> Document:
    """What could be understood; the rest is in the report. Never raises for the user's mistakes."""
    let_readers_recurse()
    found = Report()
    layout = lay_out(source, found)
    items: list[Any] = []
    for chunk in layout.chunks:
        if len(found.found) < MOST_ERRORS:
            items += _declarations(source, layout, chunk, found)
    for diagnostic in sorted(found.found, key=lambda d: d.span.start if d.span else 0)[:MOST_ERRORS]:
        report.add(diagnostic)
    if len(found.found) >= MOST_ERRORS:
        report.add(errors.TOO_MANY.at(None, most=MOST_ERRORS))
    return Document(source, tuple(items), layout.comments)


def _declarations(source: Source, layout: Layout, chunk: Chunk, report: Report) -> list[Any]:
    text = layout.text[chunk.start : chunk.end]
    place = Place(source, chunk.start, report)
    for offset in chunk.broken:
        text = _without(text, offset - chunk.start)
    for _ in range(1 + MOST_WORK // len(text)):
        if not text.strip() or len(report.found) >= MOST_ERRORS:
            return []
        tree, offset = _tree(text, place, [at - chunk.start for at in chunk.mended])
        if tree is not None:
            return [build(child, place) for child in tree.children]
        text = _without(text, offset)
    return []


def _without(text: str, offset: int) -> str:
    """The text with the statement at `offset` blanked; all of it if there is nothing left to blank there."""
    start, end = statement_at(text, offset)
    start, end = (start, end) if text[start:end].strip() else (0, len(text))
    return text[:start] + " " * (end - start) + text[end:]


def _tree(text: str, place: Place, mended: list[int]) -> tuple[Any, int]:
    """The parser's tree, or None and the offset of what is wrong. Misspelt words are reported and taken as meant.

    `mended`: where something was reported and guessed right already. What else is wrong in such a statement may follow
    from the guess, and isn't reported.
    """

    def at(start: int, end: int) -> Span:
        return Span(place.source, place.base + start, place.base + end)

    def amend(error: Any) -> bool:
        trouble = _trouble(error, text)
        meant = correction(trouble, lessons())
        if not meant or len(place.report.found) >= MOST_ERRORS:
            return False
        word = lessons().words[meant]
        mended.append(trouble.start)
        place.report.add(errors.MISSPELT.at(at(trouble.start, trouble.end), found=trouble.found, meant=word))
        error.interactive_parser.feed_token(lark.Token.new_borrow_pos(meant, word, error.token))
        return True

    try:
        tree = _parser().parse(text, on_error=amend)
    except lark.UnexpectedInput as error:
        trouble = _trouble(error, text)
        if statement_at(text, trouble.start) not in [statement_at(text, offset) for offset in mended]:
            place.report.add(explain(trouble, text, at, lessons()))
        return None, trouble.start
    deep = _too_deep(tree)
    if deep is None:
        return tree, 0
    kind, most, start = deep
    place.report.add(kind.at(at(start, start + 1), most=most))
    return None, start


def _trouble(error: Any, text: str) -> Trouble:
    parser = error.interactive_parser
    accepts, state = frozenset(parser.accepts()), int(parser.parser_state.position)
    if not isinstance(error, lark.UnexpectedToken):
        start, found, terminal = error.pos_in_stream, text[error.pos_in_stream], "character"
    elif error.token.type in ("$END", "_NL"):
        start = len((text if error.token.type == "$END" else text[: error.token.start_pos]).rstrip())
        found, terminal = "", "end"
    else:
        start, found, terminal = error.token.start_pos, str(error.token), error.token.type
    return Trouble(found, terminal, start, start + len(found), tuple(heads_at(text, start)), state, accepts)


def _trouble_of(text: str) -> Trouble:
    """What is wrong with a small program that is wrong. Raises ValueError if nothing is."""
    layout = lay_out(Source("<example>", text), Report())
    for chunk in layout.chunks:
        try:
            _parser().parse(layout.text[chunk.start : chunk.end])
        except lark.UnexpectedInput as error:
            return _trouble(error, layout.text[chunk.start : chunk.end])
    raise ValueError(f"no mistake in an example of mistakes:\n{text}")


def _too_deep(tree: Any) -> tuple[Kind, int, int] | None:
    """The kind, limit and place of an expression that nests deeper than anyone should recurse."""
    waiting = [(tree, 0, 0)]
    while waiting:
        branch, nested, chain = waiting.pop()
        nested += branch.data in ("if_", "not_", "negative") or (branch.data == "binary" and branch.children[1] == "^")
        if nested > DEEPEST:
            return errors.TOO_NESTED, DEEPEST, branch.meta.start_pos
        if chain > 2 * LONGEST_CHAIN:
            return errors.TOO_NESTED, 2 * LONGEST_CHAIN, branch.meta.start_pos
        waiting += [(child, nested, chain + 1) for child in branch.children if isinstance(child, lark.Tree)]
    return None


@cache
def lessons() -> Lessons:
    """Made at the first error of a process: it takes a parse of every example."""
    spelling = {t.name: t.pattern.value for t in _parser().terminals}
    # A keyword's pattern is the word, and what can't follow it.
    words = {name: word[1] for name, value in spelling.items() if (word := re.match(r"(\w+)\(\?", value))}
    return learn({**spelling, **SPELT}, {**words, "_DDT": "d/dt"}, _trouble_of)


def terminals() -> list[str]:
    """The names of all that a parser can find."""
    return [t.name for t in _parser().terminals]


@cache
def _parser() -> lark.Lark:
    """The parser, from the cache if it is there: making its tables takes 0.7 s, loading them 0.03 s."""
    grammar = (folder("grammar") / "nshed.lark").read_text("utf-8")
    key = hashlib.sha256(f"{lark.__version__} {sys.version_info[:2]} {grammar}".encode()).hexdigest()[:24]
    file = cache_folder() / f"grammar-{key}.tables"
    try:
        with file.open("rb") as tables:
            return _quickened(lark.Lark.load(tables))
    except Exception:  # a damaged cache may fail in any way, and is worth no more than making the tables again
        options = {"propagate_positions": True, "maybe_placeholders": True, "_plugins": {"ContextualLexer": _Trusting}}
        parser = lark.Lark(grammar, parser="lalr", start="file", **options)
        made = io.BytesIO()
        parser.save(made)
        with suppress(OSError):
            keep(file, made.getvalue())
        return _quickened(parser)


class _Trusting(lark.lexer.ContextualLexer):
    """It takes terminals as they are. Where interegular is installed, lark would look for those that match the same, for 6 s; a test does."""

    def __init__(self, conf: Any, *given: Any, **named: Any) -> None:
        conf.skip_validation = True
        super().__init__(conf, *given, **named)


def _quickened(parser: lark.Lark) -> lark.Lark:
    """Without the work that lark does for each rule that only hands its child on: ten of them stand above a name.

    It saves a third of the time. The table isn't part of lark's interface: without it, parsing is merely slower.
    """
    callbacks = getattr(parser, "_callbacks", {})
    for rule in parser.rules:
        if rule.options.expand1 and len(rule.expansion) == 1 and rule.alias is None and rule in callbacks:
            callbacks[rule] = _only_child
    return parser


def _only_child(children: list[Any]) -> Any:
    return children[0]
