"""`nshed lsp`, asked by a client in another process as an editor would."""

import asyncio
import sys
from pathlib import Path
from typing import Any

from lsprotocol import types
from pygls.lsp.client import LanguageClient

TEXT = """# How a value moves.
fn push(x) = 0.1 * x
system walker(rate = 0.5) {
  state λx = 1
  let 𝛼 = λx * rate
  λx <- λx + push(𝛼)
}
experiment walk {
  model  walker
  run    steps: 10
  record y = λx
  expect last(y) > friction(1, 0.5, 0.5)
}
"""


def session(text: str, path: Path) -> dict[str, Any]:
    return asyncio.run(asyncio.wait_for(_session(text, path), 120))


async def _session(text: str, path: Path) -> dict[str, Any]:
    client = LanguageClient("test", "1")
    told: asyncio.Queue[types.PublishDiagnosticsParams] = asyncio.Queue()
    client.feature(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)(lambda params: told.put_nowait(params))
    await client.start_io(sys.executable, "-m", "neurashed_dsl", "lsp")
    await client.initialize_async(types.InitializeParams(types.ClientCapabilities()))
    client.initialized(types.InitializedParams())
    document = types.TextDocumentIdentifier(path.as_uri())
    client.text_document_did_open(
        types.DidOpenTextDocumentParams(types.TextDocumentItem(document.uri, "nshed", 1, text))
    )
    found: dict[str, Any] = {"told": (await told.get()).diagnostics}
    wrong = types.TextDocumentContentChangeWholeDocument(text.replace("push(𝛼)", "psh(𝛼)"))
    client.text_document_did_change(
        types.DidChangeTextDocumentParams(types.VersionedTextDocumentIdentifier(2, document.uri), [wrong])
    )
    found["told when wrong"] = (await told.get()).diagnostics
    right = types.TextDocumentContentChangeWholeDocument(text)
    client.text_document_did_change(
        types.DidChangeTextDocumentParams(types.VersionedTextDocumentIdentifier(3, document.uri), [right])
    )
    found["told again"] = (await told.get()).diagnostics
    options = types.FormattingOptions(2, True)
    found["edits"] = await client.text_document_formatting_async(types.DocumentFormattingParams(document, options))
    found["symbols"] = await client.text_document_document_symbol_async(types.DocumentSymbolParams(document))
    for name, word in (("push", "push(𝛼"), ("alpha", "𝛼)"), ("friction", "friction")):
        at = place(text, word)
        found[name] = await client.text_document_definition_async(types.DefinitionParams(document, at))
    hover = await client.text_document_hover_async(types.HoverParams(document, place(text, "push(𝛼")))
    found["hover"] = hover.contents.value if hover else ""
    items = await client.text_document_completion_async(types.CompletionParams(document, place(text, "+ push")))
    found["names"] = [i.label for i in items]
    beyond = types.Position(999, 20)
    found["beyond"] = await client.text_document_completion_async(types.CompletionParams(document, beyond))
    await client.shutdown_async(None)
    client.exit(None)
    assert client._server is not None
    found["code"] = await client._server.wait()
    await client.stop()
    return found


def place(text: str, words: str) -> types.Position:
    """Where words begin, in UTF-16, in which 𝛼 is two."""
    before = text[: text.index(words)].split("\n")
    return types.Position(len(before) - 1, len(before[-1].encode("utf-16-le")) // 2)


def test_a_session(tmp_path: Path) -> None:
    path = tmp_path / "walk.nshed"
    path.write_text("# an older version", "utf-8")
    found = session(TEXT, path)
    assert not found["told"]
    assert not found["told again"]
    assert {"push", "friction"} <= {i.label for i in found["beyond"]}
    assert found["code"] == 0
    (finding,) = found["told when wrong"]
    assert (finding.code, finding.severity) == ("unknown-function", types.DiagnosticSeverity.Error)
    assert finding.range == types.Range(types.Position(5, 13), types.Position(5, 16))
    assert "help: did you mean `push`?" in finding.message
    (edit,) = found["edits"]
    assert edit.new_text.split("\n")[3:5] == ["  state λx = 1", "  let   𝛼 = λx * rate"]
    assert edit.range == types.Range(types.Position(0, 0), types.Position(13, 0))
    names = [(s.name, s.detail, [i.name for i in s.children]) for s in found["symbols"]]
    assert names[1] == ("walker", "system", ["rate", "λx", "𝛼"])
    assert found["push"].range.start == types.Position(1, 3)
    assert found["alpha"].range == types.Range(types.Position(4, 6), types.Position(4, 8))
    assert found["friction"].uri.endswith("stdlib/springs.nshed")
    assert found["hover"].startswith("```nshed\n# How a value moves.\nfn push(x) = 0.1 * x\n```")
    assert found["names"][:4] == ["walker", "rate", "λx", "𝛼"]
    assert {"push", "friction", "log1p", "last"} <= set(found["names"])
