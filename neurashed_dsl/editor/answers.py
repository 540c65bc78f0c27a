"""Questions of an editor, answered from the text as it stands, right or wrong: findings, outline, declarations, names to go on with."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from neurashed_dsl.builtins.after import AFTER
from neurashed_dsl.diagnostics import Diagnostic, NshedError, Report, Source, Span
from neurashed_dsl.driver import check_source
from neurashed_dsl.ir.operators import FUNCTIONS, REDUCERS
from neurashed_dsl.model.load import Model, load_model
from neurashed_dsl.model.scope import declared_at
from neurashed_dsl.syntax import ast
from neurashed_dsl.syntax.format import format_document
from neurashed_dsl.syntax.parse import parse
from neurashed_dsl.syntax.walk import parts, walk
from neurashed_dsl.values import frozen


@frozen
class Symbol:
    """Something declared: `kind` is the word for it (`network`, `state`, …), `whole` its declaration, `span` its name."""

    name: str
    kind: str
    span: Span
    whole: Span
    inside: tuple["Symbol", ...] = ()


def findings(source: Source, path: Path | None) -> list[Diagnostic]:
    """Everything that `nshed check` says of a text."""
    report = Report()
    try:
        return check_source(source, path, {}, (), report)
    except NshedError as error:
        return error.diagnostics


def formatted(source: Source) -> str | None:
    """The canonical form; None while the text is malformed."""
    report = Report()
    document = parse(source, report)
    return None if report.errors else format_document(document)


def outline(source: Source) -> list[Symbol]:
    """Declarations of the file, and what each declares; what is malformed is missing."""
    return list(_symbols(parse(source, Report()).items))


def _symbols(nodes: Iterable[ast.Node]) -> Iterator[Symbol]:
    for node in nodes:
        name = _name_of(node)
        if name is not None:
            yield Symbol(name.name, type(node).__name__.lower(), name.span, node.span, tuple(_symbols(parts(node))))


def _name_of(node: ast.Node) -> ast.Name | None:
    """The name that a node declares."""
    if isinstance(node, ast.Argument | ast.Member | ast.Next):
        return None
    if isinstance(node, ast.FileParameter):
        return node.parameter.name
    name = getattr(node, "name", None)
    return name if isinstance(name, ast.Name) else None


def declaration(source: Source, path: Path | None, offset: int) -> Span | None:
    """Where the name at a place is declared: in the same declaration, else in the file, in one that it uses, in the library."""
    word = word_at(source, offset)
    if not word:
        return None
    model = load_model(source, path, Report(), {})
    own = [name.span for name in _declared_in(_around(model, offset)) if name.name == word]
    if own:
        return own[0]
    return declared_at(model.scope.find(word) or model.scope.find(f"{word}()"))


def _around(model: Model, offset: int) -> ast.Node | None:
    items = model.documents[model.source.name].items
    return next((x for x in items if x.span.start <= offset <= x.span.end), None)


def _declared_in(node: ast.Node | None) -> list[ast.Name]:
    """The names declared by a node and all inside it, as they stand."""
    found = [name for inner in (walk(node) if node is not None else ()) if (name := _name_of(inner))]
    return sorted(found, key=lambda name: name.span.start)


def word_at(source: Source, offset: int) -> str:
    """The name that a place lies in, or at the end of."""
    text = source.text
    start = offset
    while start and _in_name(text[start - 1]):
        start -= 1
    end = offset
    while end < len(text) and _in_name(text[end]):
        end += 1
    return text[start:end]


def _in_name(letter: str) -> bool:
    return letter.isalnum() or letter == "_"


def names_known(source: Source, path: Path | None, offset: int) -> list[str]:
    """Names that may stand at a place, those of the declaration around it first."""
    model = load_model(source, path, Report(), {})
    known = [
        *(name.name for name in _declared_in(_around(model, offset))),
        *(name.removesuffix("()") for name in model.scope.all()),
        *FUNCTIONS,
        *REDUCERS,
        *AFTER,
    ]
    return list(dict.fromkeys(known))


def shown(span: Span) -> str:
    """The lines of a declaration up to its block, with the comment above it."""
    source = span.source
    line, _ = source.position(span.start)
    first = line
    while first > 1 and source.line(first - 1).lstrip().startswith("#"):
        first -= 1
    return "\n".join(source.line(n).strip() for n in range(first, line + 1))
