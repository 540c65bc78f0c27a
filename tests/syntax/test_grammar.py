"""The grammar itself: strict, fast to load, and only parse.py knows whose parser reads it."""

import os
import subprocess
import sys
from pathlib import Path

import lark
import pytest

from neurashed_dsl.resources import PACKAGE, folder
from neurashed_dsl.syntax.build import MAKERS
from neurashed_dsl.syntax.make_expressions import LITERALS

GRAMMAR = folder("grammar") / "nshed.lark"


def test_the_grammar_is_lalr_without_conflicts_and_collisions() -> None:
    pytest.importorskip("interegular", reason="lark's strict mode needs it")
    lark.Lark(GRAMMAR.read_text("utf-8"), parser="lalr", lexer="contextual", start="file", strict=True)


def test_each_rule_of_the_grammar_has_a_maker_and_each_maker_a_rule() -> None:
    parser = lark.Lark(GRAMMAR.read_text("utf-8"), parser="earley", start="file", maybe_placeholders=True)
    made = {
        r.alias or (r.options.template_source or str(r.origin.name))
        for r in parser.rules
        if not r.options.expand1 or r.alias
    }
    rules = {name for name in made if not name.startswith("_") and name != "file"}
    assert rules == set(MAKERS) | set(LITERALS)


def run(code: str, cache: Path) -> str:
    environment = {**os.environ, "NSHED_CACHE_DIR": str(cache), "PYTHONPATH": str(PACKAGE.parent)}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    return done.stdout


PARSE = """
from neurashed_dsl.diagnostics import Report, Source
from neurashed_dsl.syntax.parse import parse
report = Report()
print(len(parse(Source("x", "fn f(x) = x"), report).items), len(report.found))
"""


def test_tables_come_from_the_cache_and_a_damaged_one_is_made_again(tmp_path: Path) -> None:
    assert run(PARSE, tmp_path) == "1 0\n"
    (tables,) = tmp_path.glob("grammar-*.tables")
    whole = tables.read_bytes()
    assert run(PARSE, tmp_path) == "1 0\n"
    assert tables.read_bytes() == whole
    for damage in (whole[: len(whole) // 2], b"nonsense"):
        tables.write_bytes(damage)
        assert run(PARSE, tmp_path) == "1 0\n"
        assert tables.read_bytes() != damage
    assert [f.name for f in tmp_path.iterdir()] == [tables.name]


def test_without_a_cache_folder_parsing_works_all_the_same(tmp_path: Path) -> None:
    occupied = tmp_path / "file"
    occupied.write_text("not a folder")
    assert run(PARSE, occupied / "cache") == "1 0\n"


def test_only_parse_imports_lark() -> None:
    importers = {
        f.name
        for f in PACKAGE.rglob("*.py")
        if "import lark" in f.read_text("utf-8") or "from lark" in f.read_text("utf-8")
    }
    assert importers == {"parse.py"}
