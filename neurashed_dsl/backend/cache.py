"""The folder in which generated kernels lie, with what numba compiled from them beside them.

NSHED_CACHE_DIR names it, else the platform does. Where it can't be written, a folder among the temporary files takes
its place. Files are named by content, so that nothing here needs a lock, and only files of that form are ever deleted.
"""

import os
import re
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from platformdirs import user_cache_dir

_OURS = re.compile(r"(nshed_\w+_[0-9a-f]{16})\.")


@dataclass(frozen=True)
class Entry:
    """One kernel: its module's name, its files, their bytes in all, the time of the last change (since the epoch)."""

    name: str
    files: tuple[Path, ...]
    size: int
    changed: float


def folder() -> Path:
    """Where kernels are kept: an absolute, writable folder. OSError only if not even temporary files can be written."""
    wanted = Path(os.environ.get("NSHED_CACHE_DIR") or user_cache_dir("nshed", appauthor=False)).expanduser().absolute()
    return wanted if _writable(wanted) else _temporary()


def _writable(path: Path) -> bool:
    try:
        path.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=path).close()
    except OSError:
        return False
    return True


def _temporary() -> Path:
    # What lies in the folder is executed: one of a known name is used only if nobody else can have put anything there.
    user = os.getuid() if hasattr(os, "getuid") else None
    path = Path(tempfile.gettempdir()) / f"nshed-{'cache' if user is None else user}"
    with suppress(OSError):
        path.mkdir(mode=0o700, exist_ok=True)
        found = path.lstat()
        private = user is None or (found.st_uid == user and not found.st_mode & 0o022)
        if private and not path.is_symlink() and _writable(path):
            return path
    return Path(tempfile.mkdtemp(prefix="nshed-"))


def store(name: str, text: str) -> Path:
    """Put a module's text in the folder as NAME.py, whole or not at all; its path. What is there already stays."""
    place = folder()
    path = place / f"{name}.py"
    data = text.encode()
    with suppress(OSError):
        if path.read_bytes() == data:
            return path
    handle, temporary = tempfile.mkstemp(prefix=f"{name}.", suffix=".tmp", dir=place)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        os.replace(temporary, path)
    finally:
        Path(temporary).unlink(missing_ok=True)
    return path


def entries() -> list[Entry]:
    """The kernels in the folder, the latest first."""
    found: dict[str, list[Path]] = {}
    place = folder()
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
    """Delete all kernels and what was compiled from them, nothing else; the number of kernels."""
    gone = entries()
    for entry in gone:
        for path in entry.files:
            path.unlink(missing_ok=True)
    return len(gone)
