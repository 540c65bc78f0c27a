"""Kernels as modules: `load` takes the text of one, `call` calls what is in it.

A kernel's text is one module that imports math, numpy and numba, decorates with `njit(cache=True)`, and takes the functions that it
shares with other kernels from modules of theirs. Each is stored under the hash of itself and of the versions that compile it, so that it is compiled
once on a machine and never goes stale (architecture.md, 4). numba is imported when the first kernel is loaded.
"""

import gc
import hashlib
import importlib.util
import platform
import re
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import TypeVar

from neurashed_dsl.backend import cache
from neurashed_dsl.backend.shared import Shared
from neurashed_dsl.backend.threads import waited_for
from neurashed_dsl.diagnostics import Bug

Value = TypeVar("Value")

_loading = threading.Lock()  # a module stands in sys.modules before it is complete: no other thread may find it then


def load(source: str, stem: str, shared: Iterable[Shared] = ()) -> ModuleType:
    """The module of a kernel's text, loaded once per process; `stem` makes its file recognisable. `shared` is what it calls and others do, too.

    A text that doesn't run is a `Bug`.
    """
    source = "".join(map(_imported, shared)) + source
    name = _name(source, stem)
    path = cache.store(name, source)
    with _loading:
        known = sys.modules.get(name)
        if known is not None and known.__file__ == str(path):
            return known
        return _execute(name, path)


def _imported(of: Shared) -> str:
    """The line that imports it: it names the module by its text, so that a kernel is new when what it calls is."""
    module = load(of.module, of.names[0], of.needs)
    return f"from {module.__name__} import {', '.join(of.names)}\n"


def _name(source: str, stem: str) -> str:
    import numba
    import numpy

    versions = f"{numba.__version__} {numpy.__version__} {platform.python_version()}"
    digest = hashlib.sha256(f"{versions}\n{source}".encode()).hexdigest()[:16]
    return f"nshed_{re.sub(r'[^A-Za-z0-9]+', '_', stem).strip('_')[:40] or 'kernel'}_{digest}"


def _execute(name: str, path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise Bug(f"no loader for the kernel {path}")
    module = importlib.util.module_from_spec(spec)
    # Before it is executed: numba's cached code names its module, and a second process must find it under that name.
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        del sys.modules[name]
        raise Bug(_report(str(path), error)) from error
    return module


def call(function: Callable[..., Value], *arguments: object) -> Value:
    """function(*arguments). An error of numba's is our `Bug`: types are checked before a kernel is written.

    The main thread doesn't compile: where LLVM calls back into Python, KeyboardInterrupt is lost, and with it what it broke off.
    """
    from numba.core.errors import NumbaError

    compiles = not getattr(function, "overloads", True)
    try:
        # Threads that call it at the same time compile it once: numba has a lock.
        with _collecting_no_garbage(compiles):
            if compiles and threading.current_thread() is threading.main_thread():
                with waited_for(1) as pool:
                    return pool.submit(function, *arguments).result()
            return function(*arguments)
    except NumbaError as error:
        raise Bug(_report(getattr(function, "__name__", str(function)), error)) from error


@contextmanager
def _collecting_no_garbage(wanted: bool) -> Iterator[None]:
    """While numba compiles: of the millions of objects that it makes few are circles, and looking for them takes a tenth of the time."""
    pausing = wanted and gc.isenabled()
    if pausing:
        gc.disable()
    try:
        yield
    finally:
        if pausing:
            gc.enable()


def _report(what: str, error: Exception) -> str:
    text = re.sub(r"\x1b\[[0-9;]*m", "", str(error))
    return (
        f"the kernel {what} does not compile; please report this with the output of `nshed compile --emit kernel`\n"
        f"{type(error).__name__}: {text}"
    )
