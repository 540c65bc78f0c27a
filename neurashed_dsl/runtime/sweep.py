"""The cells of a sweep, through any executor of `concurrent.futures`: what is there already is not run again, what fails doesn't stop the others."""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, CancelledError, Executor, Future, wait
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from neurashed_dsl.diagnostics import Bug
from neurashed_dsl.ir.plan import Sweep
from neurashed_dsl.runtime.kept import BEAT, announce, load_cell, save_cell, tell_state
from neurashed_dsl.runtime.repeat import Progress
from neurashed_dsl.values import frozen

if TYPE_CHECKING:
    import xarray


@frozen
class Ran:
    """What became of a cell: its records; or why there are none; or, where nshed itself is at fault, the traceback."""

    dataset: "xarray.Dataset | None" = None
    failure: str = ""
    bug: str = ""


@frozen
class Store:
    """Where cells are kept: a folder, and a key for each cell."""

    folder: Path
    keys: Sequence[str]


@dataclass(eq=False)
class Swept:
    """`cells` are finished, `failures` say why others aren't; what is in neither is missing."""

    cells: "dict[int, xarray.Dataset]" = field(default_factory=dict)
    failures: dict[int, str] = field(default_factory=dict)
    interrupted: bool = False


def run_cells(
    name: str,
    sweep: Sweep,
    work: Callable[[int], Ran],
    executor: Executor,
    store: Store | None = None,
    progress: Progress | None = None,
    halt: threading.Event | None = None,
) -> Swept:
    """Run every cell that isn't kept. KeyboardInterrupt sets `halt` (cells that share it end at their next chunk) and leaves what is finished."""
    found = Swept()
    if store is not None:
        announce(store.folder, name, sweep, store.keys)
        kept = ((i, load_cell(store.folder, key)) for i, key in enumerate(store.keys))
        found.cells = {i: dataset for i, dataset in kept if dataset is not None}
    futures: dict[Future[Ran], int] = {}
    try:
        futures = {executor.submit(work, i): i for i in range(sweep.count) if i not in found.cells}
        _collect(name, sweep, futures, found, store, progress)
    except KeyboardInterrupt:
        found.interrupted = True
    finally:
        if halt is not None and len(found.cells) + len(found.failures) < sweep.count:
            halt.set()
        for future in futures:
            future.cancel()
        if store is not None:
            tell_state(store.folder, name, found.failures, ())
    return found


def _collect(
    name: str,
    sweep: Sweep,
    futures: Mapping[Future[Ran], int],
    found: Swept,
    store: Store | None,
    progress: Progress | None,
) -> None:
    """Take cells as they finish, and write each before the next is looked at."""
    waiting = set(futures)
    told = 0.0
    while True:
        if progress:
            progress(len(found.cells) + len(found.failures), sweep.count, f"{name}: cells")
        if store is not None and (not waiting or time.monotonic() - told > BEAT):
            told = time.monotonic()
            tell_state(store.folder, name, found.failures, [futures[f] for f in waiting if f.running()])
        if not waiting:
            return
        done, waiting = wait(waiting, timeout=BEAT / 4, return_when=FIRST_COMPLETED)
        for future in sorted(done, key=lambda f: futures[f]):
            _take(futures[future], future, found, store)


def _take(cell: int, future: Future[Ran], found: Swept, store: Store | None) -> None:
    try:
        ran = future.result()
    except (KeyboardInterrupt, CancelledError):
        raise KeyboardInterrupt from None
    except Exception as error:  # the executor's: a worker that died, a broken connection
        ran = Ran(failure=f"its worker was lost: {type(error).__name__}: {error}".rstrip(": "))
    if ran.bug:
        raise Bug(ran.bug)
    if ran.dataset is None:
        found.failures[cell] = ran.failure
        return
    if store is not None:
        save_cell(store.folder, store.keys[cell], ran.dataset)
    found.cells[cell] = ran.dataset
