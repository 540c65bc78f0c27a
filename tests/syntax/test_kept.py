"""Trees kept by file: the same tree as the parser's, gone when the text changes, harmless when damaged."""

import subprocess
import sys
from pathlib import Path

import pytest

from neurashed_dsl.diagnostics import Report, Source
from neurashed_dsl.syntax.kept import parse_kept
from neurashed_dsl.syntax.parse import parse

FILE = Path("model.nshed")
TEXT = "fn f(x) = x + 1  # one\nlaw l { fire(x) = 2 * x\n rest(x) = x }"


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("NSHED_CACHE_DIR", str(tmp_path))
    return tmp_path


def read(text: str, name: str = "model.nshed", path: Path | None = FILE) -> object:
    report = Report()
    document = parse_kept(Source(name, text), path, report)
    assert document.source.text == text
    assert document.source.name == name
    return repr((document.items, document.comments, report.found))


def parsed(text: str, name: str = "model.nshed") -> object:
    report = Report()
    document = parse(Source(name, text), report)
    return repr((document.items, document.comments, report.found))


def test_a_kept_tree_is_the_parsers_with_its_places(place: Path) -> None:
    assert read(TEXT) == read(TEXT) == parsed(TEXT)
    assert len(list(place.glob("tree-*"))) == 1
    (item, _) = parse_kept(Source("model.nshed", TEXT), FILE, Report()).items
    assert item.span.place == "model.nshed:1:1"


def test_another_text_or_name_is_read_anew(place: Path) -> None:
    for text in (TEXT, TEXT.replace("1", "2"), TEXT):
        assert read(text) == parsed(text)
    assert read(TEXT, "elsewhere/model.nshed") == parsed(TEXT, "elsewhere/model.nshed")
    assert len(list(place.glob("tree-*"))) == 1


def test_what_has_mistakes_or_no_file_is_not_kept(place: Path) -> None:
    for _ in range(2):
        assert read("fn f(x) = ") == parsed("fn f(x) = ")
        assert read(TEXT, path=None) == parsed(TEXT)
    assert list(place.glob("tree-*")) == []


@pytest.mark.parametrize("damage", [b"", b"nonsense", b"\x80\x04N."])
def test_a_damaged_tree_is_made_again(place: Path, damage: bytes) -> None:
    read(TEXT)
    (file,) = place.glob("tree-*")
    whole = file.read_bytes()
    file.write_bytes(damage)
    assert read(TEXT) == parsed(TEXT)
    assert file.read_bytes() == whole


def test_a_file_that_did_not_change_needs_no_parser(place: Path, tmp_path: Path) -> None:
    file = tmp_path / "small.nshed"
    file.write_text(TEXT)
    code = f"import sys, neurashed_dsl as n; n.check({str(file)!r}); print('lark' in sys.modules)"
    runs = [subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout for _ in range(2)]
    assert runs == ["True\n", "False\n"]
