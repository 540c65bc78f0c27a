"""Every kind of message: one code, its own; words a user reads."""

import importlib
import re
from collections import Counter

from package_text import files

from neurashed_dsl.diagnostics import Kind


def kinds() -> dict[int, Kind]:
    found: dict[int, Kind] = {}
    for file in files():
        if file.name.startswith("backend/kernels/") or file.path.stem == "__main__" or "Kind(" not in file.text:
            continue
        name = "neurashed_dsl." + file.name.removesuffix(".py").replace("/", ".").removesuffix(".__init__")
        values = vars(importlib.import_module(name)).values()
        for value in values:
            for kind in (
                [value]
                if isinstance(value, Kind)
                else value.values()
                if isinstance(value, dict)
                else value
                if isinstance(value, tuple)
                else ()
            ):
                if isinstance(kind, Kind):
                    found[id(kind)] = kind
    return found


KINDS = sorted(kinds().values(), key=lambda k: k.code)


def test_there_are_many() -> None:
    assert len(KINDS) >= 50


# One mistake in several wordings; may only shrink.
SHARED = {
    *("bad-share", "declared-twice", "empty-data", "missing-argument", "negative-weight", "no-edge", "not-a-domain"),
    *(
        "repeated-statement",
        "too-large",
        "too-long",
        "unknown-class",
        "unknown-format",
        "unknown-node",
        "unknown-type",
        "wrong-type",
    ),
}


def test_codes_are_unique() -> None:
    shared = {code for code, count in Counter(k.code for k in KINDS).items() if count > 1}
    assert shared <= SHARED
    for code in shared:
        assert len({k.severity for k in KINDS if k.code == code}) == 1


def test_words() -> None:
    for kind in KINDS:
        _words_of(kind)


def _words_of(kind: Kind) -> None:
    assert re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", kind.code)
    assert kind.title
    assert not kind.title.endswith(".")
    assert not kind.title[0].isupper()
    assert kind.severity in ("error", "warning")
    for text in (kind.title, kind.label, *kind.help):
        assert "  " not in text
        assert not re.search(r"\b(parser|token|AST|IR|numba|lark|Python)\b", text), text
