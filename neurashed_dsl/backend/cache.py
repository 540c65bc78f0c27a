"""Generated kernels in the cache folder, with what numba compiled from them beside them.

Files are named by content, so that nothing here needs a lock, and only files of that form are ever deleted.
"""

import re
from contextlib import suppress
from pathlib import Path

from neurashed_dsl.resources import cache_folder, keep
from neurashed_dsl.values import frozen

_OURS = re.compile(r"(nshed_\w+_[0-9a-f]{16})\.")


@frozen
class Entry:
    """One kernel: its module's name, its files, their bytes in all, the time of the last change (since the epoch)."""

    name: str
    files: tuple[Path, ...]
    size: int
    changed: float


def store(name: str, text: str) -> Path:
    """Put a module's text in the folder as NAME.py, whole or not at all; its path. What is there already stays."""
    path = cache_folder() / f"{name}.py"
    data = text.encode()
    with suppress(OSError):
        if path.read_bytes() == data:
            return path
    keep(path, data)
    return path


def entries() -> list[Entry]:
    """The kernels in the folder, the latest first."""
    found: dict[str, list[Path]] = {}
    place = cache_folder()
    for path in sorted([*place.glob("nshed_*"), *place.glob("__pycache__/nshed_*")]):
        if match := _OURS.match(path.name):
            found.setdefault(match[1], []).append(path)
    return sorted((_entry(name, files) for name, files in found.items()), key=lambda e: (-e.changed, e.name))


def _entry(name: str, files: list[Path]) -> Entry:
    stats = []
    for path in files:
        with suppress(FileNotFoundError):  # another process clears, too
            stats.append(path.stat())
    return Entry(name, tuple(files), sum(s.st_size for s in stats), max((s.st_mtime for s in stats), default=0.0))


def size() -> int:
    """Bytes in all."""
    return sum(entry.size for entry in entries())


def clear() -> int:
    """Delete all kernels and what was compiled from them, and trees and tables of the parser, nothing else; the number of kernels."""
    gone = entries()
    place = cache_folder()
    for path in (*(p for e in gone for p in e.files), *place.glob("tree-*.pickle"), *place.glob("grammar-*.tables")):
        path.unlink(missing_ok=True)
    return len(gone)
