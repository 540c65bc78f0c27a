"""Threads that do the work while the main one waits, so that Ctrl-C is heard: a kernel that compiles, or a leap, hears nothing."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager


@contextmanager
def waited_for(threads: int) -> Iterator[ThreadPoolExecutor]:
    """A pool whose work is waited for at the end, but not after KeyboardInterrupt."""
    pool, wait = ThreadPoolExecutor(threads), True
    try:
        yield pool
    except KeyboardInterrupt:
        wait = False
        raise
    finally:
        pool.shutdown(wait, cancel_futures=not wait)
