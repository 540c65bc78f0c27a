"""Files that are there whole or not at all."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def replacing(file: Path) -> Iterator[Path]:
    """A path to write to; what was written takes the place of `file` at the end, or vanishes with the exception.

    Folders on the way are made. Raises OSError, of `file`.
    """
    if file.is_dir():
        raise IsADirectoryError(21, "is a folder", str(file))
    file.parent.mkdir(parents=True, exist_ok=True)
    try:
        handle, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.stem}-", suffix=file.suffix)
    except OSError as error:
        raise type(error)(error.errno, error.strerror, str(file)) from error
    os.close(handle)
    draft = Path(name)
    try:
        yield draft
        draft.chmod(file.stat().st_mode & 0o777 if file.exists() else 0o666 & ~mask())
        draft.replace(file)
    finally:
        draft.unlink(missing_ok=True)


def mask() -> int:
    """The umask, which can be read only by setting it."""
    current = os.umask(0)
    os.umask(current)
    return current
