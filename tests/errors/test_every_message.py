"""Every row of every table of messages stands in a golden file somewhere under tests/."""

import importlib
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path

import neurashed_dsl
from neurashed_dsl.diagnostics import Kind
from neurashed_dsl.syntax.errors import MISTAKES

TESTS = Path(__file__).parents[1]
ELSEWHERE = {
    "long-line": "takes a megabyte: tests/syntax/test_limits.py",
    "too-many": "takes a hundred errors: tests/syntax/test_limits.py",
    "no-pyarrow": "takes a machine without pyarrow: tests/errors/data",
}


def rows() -> Iterator[Kind]:
    for module in pkgutil.walk_packages(neurashed_dsl.__path__, "neurashed_dsl."):
        found = importlib.import_module(module.name)
        yield from (value for value in vars(found).values() if isinstance(value, Kind))
    yield from MISTAKES.values()


def heading(kind: Kind) -> re.Pattern[str]:
    """The first line of a message of this kind, whatever its words."""
    title = re.sub(r"\\\{.*?\\\}", ".*", re.escape(kind.title.replace("{{", "\0").replace("}}", "\1")))
    title = title.replace("\0", r"\{").replace("\1", r"\}")
    return re.compile(rf"^{kind.severity}\[{kind.code}\]: {title}$", re.MULTILINE)


def test_every_kind_of_message_has_a_golden_file() -> None:
    shown = "\n".join(path.read_text("utf-8") for path in sorted(TESTS.rglob("*.err")))
    missing = {(k.code, k.title) for k in rows() if k.code not in ELSEWHERE and not heading(k).search(shown)}
    assert not missing


def test_every_golden_report_belongs_to_a_case() -> None:
    assert not [p for p in TESTS.rglob("*.err") if not p.with_suffix(".nshed").exists()]
