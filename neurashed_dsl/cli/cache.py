"""`nshed cache`: the folder in which compiled kernels wait to be used again."""

from neurashed_dsl.backend.cache import clear as delete
from neurashed_dsl.backend.cache import entries
from neurashed_dsl.cli.failure import WELL
from neurashed_dsl.cli.terminal import columns, many, say, size
from neurashed_dsl.resources import cache_folder


def cache(clear: bool) -> int:
    """Say where, how many and how large; or delete."""
    kernels = entries()
    total = size(sum(kernel.size for kernel in kernels))
    if clear:
        say(f"deleted {many(delete(), 'kernel')}, {total}")
    else:
        print(columns([("folder", str(cache_folder())), ("kernels", str(len(kernels))), ("size", total)], indent=""))
    return WELL
