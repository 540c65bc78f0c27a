"""`nshed cache`: the folder in which compiled kernels and the parser's tables wait to be used again."""

import os
from collections.abc import Iterator
from pathlib import Path

from platformdirs import user_cache_dir

from neurashed_dsl.cli.failure import WELL
from neurashed_dsl.cli.terminal import columns, many, say, size

# Only what nshed itself writes is ever counted or deleted: NSHED_CACHE_DIR may name a folder that holds more.
OURS = ("*.py", "__pycache__/*.nb[ic]", "__pycache__/*.pyc", "*.tables", "crashes/crash-*.txt")


def cache_folder() -> Path:
    return Path(os.environ.get("NSHED_CACHE_DIR") or user_cache_dir("nshed"))


def kept() -> Iterator[Path]:
    folder = cache_folder()
    for pattern in OURS:
        yield from folder.glob(pattern)


def cache(clear: bool) -> int:
    """Say where, how many and how large; or delete."""
    files = list(kept())
    total = sum(file.stat().st_size for file in files)
    kernels = sum(file.suffix == ".py" for file in files)
    if clear:
        for file in files:
            file.unlink(missing_ok=True)
        say(f"deleted {many(len(files), 'file')}, {size(total)}")
    else:
        print(columns([("folder", str(cache_folder())), ("kernels", str(kernels)), ("size", size(total))], indent=""))
    return WELL
