"""`nshed lsp`: the answers over the Language Server Protocol, on standard input and output."""

from importlib import metadata
from pathlib import Path
from typing import Any

from lsprotocol import types
from pygls.lsp.server import LanguageServer
from pygls.uris import from_fs_path, to_fs_path

from neurashed_dsl.diagnostics import Diagnostic, Source, Span
from neurashed_dsl.editor import answers
from neurashed_dsl.resources import folder

SEVERITIES = {"error": types.DiagnosticSeverity.Error, "warning": types.DiagnosticSeverity.Warning}
KINDS = {
    "network": types.SymbolKind.Class,
    "system": types.SymbolKind.Class,
    "experiment": types.SymbolKind.Module,
    "function": types.SymbolKind.Function,
    "law": types.SymbolKind.Function,
    "rule": types.SymbolKind.Function,
    "axis": types.SymbolKind.Enum,
    "const": types.SymbolKind.Constant,
    "parameter": types.SymbolKind.TypeParameter,
}
server = LanguageServer("nshed", metadata.version("nshed"))


@server.feature(types.TEXT_DOCUMENT_DID_OPEN)
@server.feature(types.TEXT_DOCUMENT_DID_CHANGE)
@server.feature(types.TEXT_DOCUMENT_DID_SAVE)
def checked(params: Any) -> None:
    """Publish what is wrong; a finding about another file is told at the top of this one."""
    uri = params.text_document.uri
    source, path = _read(uri)
    found = [_finding(d, source) for d in answers.findings(source, path)]
    server.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri, found))


@server.feature(types.TEXT_DOCUMENT_DID_CLOSE)
def closed(params: types.DidCloseTextDocumentParams) -> None:
    server.text_document_publish_diagnostics(types.PublishDiagnosticsParams(params.text_document.uri, []))


@server.feature(types.TEXT_DOCUMENT_FORMATTING)
def formatting(params: types.DocumentFormattingParams) -> list[types.TextEdit]:
    source, _ = _read(params.text_document.uri)
    new = answers.formatted(source)
    return [] if new is None or new == source.text else [types.TextEdit(_range(Span(source, 0, len(source.text))), new)]


@server.feature(types.TEXT_DOCUMENT_DOCUMENT_SYMBOL)
def outlined(params: types.DocumentSymbolParams) -> list[types.DocumentSymbol]:
    source, _ = _read(params.text_document.uri)
    return [_symbol(s) for s in answers.outline(source)]


@server.feature(types.TEXT_DOCUMENT_DEFINITION)
def defined(params: types.DefinitionParams) -> types.Location | None:
    span = _declaration(params)
    file = span and _file(span, params.text_document.uri)
    return types.Location(file, _range(span)) if span and file else None


@server.feature(types.TEXT_DOCUMENT_HOVER)
def hovered(params: types.HoverParams) -> types.Hover | None:
    span = _declaration(params)
    if span is None:
        return None
    words = f"```nshed\n{answers.shown(span)}\n```\n{span.place}"
    return types.Hover(types.MarkupContent(types.MarkupKind.Markdown, words))


@server.feature(types.TEXT_DOCUMENT_COMPLETION)
def completed(params: types.CompletionParams) -> list[types.CompletionItem]:
    source, path = _read(params.text_document.uri)
    names = answers.names_known(source, path, _offset(source, params.position))
    return [types.CompletionItem(name, sort_text=f"{k:05}") for k, name in enumerate(names)]


def _declaration(params: types.DefinitionParams | types.HoverParams) -> Span | None:
    source, path = _read(params.text_document.uri)
    return answers.declaration(source, path, _offset(source, params.position))


def _read(uri: str) -> tuple[Source, Path | None]:
    """The text as the editor has it, saved or not."""
    name = to_fs_path(uri)
    path = Path(name) if name and uri.startswith("file:") else None
    text = server.workspace.get_text_document(uri).source.replace("\r\n", "\n")
    return Source(str(path or "<text>"), text), path


def _file(span: Span, uri: str) -> str | None:
    """The address of the file that holds a span; None for one of the library inside a package that isn't a folder."""
    name = span.source.name
    path = folder("stdlib").parent / name if name.startswith("stdlib/") else Path(to_fs_path(uri) or "").parent / name
    return from_fs_path(str(path)) if path.is_file() else None


def _symbol(s: answers.Symbol) -> types.DocumentSymbol:
    kind = KINDS.get(s.kind, types.SymbolKind.Variable)
    inside = [_symbol(x) for x in s.inside]
    return types.DocumentSymbol(s.name, kind, _range(s.whole), _range(s.span), detail=s.kind, children=inside)


def _finding(d: Diagnostic, source: Source) -> types.Diagnostic:
    here = d.span is not None and d.span.source.name == source.name
    lines = [d.message, *(f"help: {line}" for line in d.helps)]
    if d.span is not None and not here:
        lines.insert(0, f"{d.span.place}:")
    span = d.span if d.span is not None and here else Span(source, 0, 0)
    return types.Diagnostic(
        _range(span), "\n".join(lines), severity=SEVERITIES[d.severity], code=d.code, source="nshed"
    )


def _range(span: Span) -> types.Range:
    return types.Range(_position(span.source, span.start), _position(span.source, span.end))


def _position(source: Source, offset: int) -> types.Position:
    """The protocol counts from 0, and in UTF-16."""
    line, column = source.position(offset)
    before = source.line(line)[: column - 1]
    return types.Position(line - 1, len(before.encode("utf-16-le")) // 2)


def _offset(source: Source, at: types.Position) -> int:
    """The end of the text for a line beyond it: an editor may ask before it has told of a change."""
    if at.line > source.text.count("\n"):
        return len(source.text)
    text = source.line(at.line + 1).encode("utf-16-le")[: 2 * at.character].decode("utf-16-le", "ignore")
    return source.offset(at.line + 1, len(text) + 1)
