"""The library of matrix products keeps to the thread that calls it: replicates have one each already, and no bit may depend on how many share one."""

from collections.abc import Iterable
from contextlib import AbstractContextManager, nullcontext
from importlib import import_module
from typing import Any

from neurashed_dsl.runtime.bind import Built


def one_thread_each(builts: Iterable[Built]) -> AbstractContextManager[Any]:
    """Around the run of kernels. Those without products have nothing to do with the library, and don't load it."""
    if not any(let.product for built in builts for let in built.system.lets):
        return nullcontext()
    import_module("scipy.linalg.cython_blas")  # what numba calls: only a library that is loaded can be told
    from threadpoolctl import threadpool_limits

    return threadpool_limits(1, user_api="blas")  # type: ignore[no-any-return]
