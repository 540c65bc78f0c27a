"""Documents that are parsed once on a machine: the standard library's, which every file needs.

Kept beside the kernels under the hash of the text and of this package's own source, so that what is kept is never stale. Only documents without
findings are kept.
"""

import hashlib
import os
import pickle
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

from platformdirs import user_cache_dir

from neurashed_dsl.diagnostics import Report, Source
from neurashed_dsl.resources import folder
from neurashed_dsl.syntax.ast import Document


def parse_kept(source: Source, report: Report) -> Document:
    """`parse`, from the cache if it is there."""
    file = Path(os.environ.get("NSHED_CACHE_DIR") or user_cache_dir("nshed")) / f"tree-{_key(source)}.pickle"
    with suppress(Exception):  # a damaged cache is worth no more than parsing again
        found = pickle.loads(file.read_bytes())
        if isinstance(found, Document):
            return found
    from neurashed_dsl.syntax.parse import parse

    before = len(report.found)
    document = parse(source, report)
    if len(report.found) == before:
        _keep(document, file)
    return document


def _key(source: Source) -> str:
    digest = hashlib.sha256(f"{sys.version_info[:2]} {source.name}\n{source.text}".encode())
    for file in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(file.read_bytes())
    digest.update((folder("grammar") / "nshed.lark").read_bytes())
    return digest.hexdigest()[:24]


def _keep(document: Document, file: Path) -> None:
    with suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=file.parent, prefix=file.name, delete=False) as made:
            pickle.dump(document, made)
        os.replace(made.name, file)
