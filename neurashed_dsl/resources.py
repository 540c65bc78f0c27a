"""Where things are: `grammar/` and `stdlib/` (inside the package in a wheel, beside it in a checkout), and the cache folder.

NSHED_CACHE_DIR names that, else the platform does. Where it can't be written, a folder among the temporary files takes
its place.
"""

import os
from contextlib import suppress
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent


def folder(name: str) -> Path:
    """The folder `grammar` or `stdlib`. Raises FileNotFoundError if the installation is damaged."""
    for place in (PACKAGE / name, PACKAGE.parent / name):
        if place.is_dir():
            return place
    raise FileNotFoundError(f"the folder `{name}` is missing from the installation of nshed")


def cache_folder() -> Path:
    """Where kernels and parsed texts are kept: an absolute, writable folder. OSError only if not even temporary files can be written."""
    wanted = os.environ.get("NSHED_CACHE_DIR") or _of_the_platform()
    place = Path(wanted).expanduser().absolute()
    return place if _writable(place) else _temporary()


def _of_the_platform() -> str:
    from platformdirs import user_cache_dir

    return user_cache_dir("nshed", appauthor=False)


def _writable(path: Path) -> bool:
    with suppress(OSError):
        path.mkdir(parents=True, exist_ok=True)
        return os.access(path, os.W_OK | os.X_OK)
    return False


def _temporary() -> Path:
    import tempfile

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


def keep(path: Path, data: bytes) -> None:
    """Write a file of the cache whole or not at all: other processes read it, and need no lock. Raises OSError."""
    import tempfile

    handle, draft = tempfile.mkstemp(prefix=f"{path.stem}.", suffix=".tmp", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        os.replace(draft, path)
    finally:
        Path(draft).unlink(missing_ok=True)
