"""Documents that are parsed once: a file's tree is kept until its text changes, so that the parser needn't even be loaded.

A file has one place in the cache folder, under its path. Only documents without findings are kept.
"""

import pickle
import sys
from collections.abc import Iterator
from contextlib import suppress
from functools import cache, lru_cache
from pathlib import Path
from zlib import adler32, crc32

from neurashed_dsl.diagnostics import Report, Source
from neurashed_dsl.resources import PACKAGE, cache_folder, folder, keep
from neurashed_dsl.syntax.ast import Document, let_readers_recurse


def parse_kept(source: Source, path: Path | None, report: Report) -> Document:
    """`parse`, from the cache if it is there. `path`: which file this is the text of; None: of none, and nothing is kept."""
    file = cache_folder() / f"tree-{crc32(str(path.absolute()).encode()):08x}.pickle" if path else None
    if file:
        with suppress(Exception):  # a damaged cache is worth no more than parsing again
            return _kept(file, source.name, source.text)
    from neurashed_dsl.syntax.parse import parse

    before = len(report.found)
    document = parse(source, report)
    if file and len(report.found) == before:
        with suppress(OSError, RecursionError):
            keep(file, pickle.dumps((_stamp(), document)))
    return document


@lru_cache(maxsize=32)
def _kept(file: Path, name: str, text: str) -> Document:
    """Nobody changes a tree: a process reads that of a library's file once. Raises LookupError where the file holds another."""
    let_readers_recurse()
    stamp, found = pickle.loads(file.read_bytes())
    if stamp == _stamp() and (found.source.name, found.source.text) == (name, text):
        return found  # type: ignore[no-any-return]
    raise LookupError(file)


@cache
def _stamp() -> tuple[object, ...]:
    """It changes with all that makes a tree what it is."""
    texts = list(_makers())
    return (*sys.version_info[:2], crc32(b"".join(texts)), *map(adler32, texts))


def _makers() -> Iterator[bytes]:
    for file in (
        *sorted((PACKAGE / "syntax").rglob("*.py")),
        PACKAGE / "diagnostics" / "source.py",
        PACKAGE / "values.py",
    ):
        yield file.read_bytes()
    yield (folder("grammar") / "nshed.lark").read_bytes()
