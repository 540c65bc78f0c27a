"""How far a long computation is: a bar on a terminal, elsewhere a line a tenth; nothing for what is soon done."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import TextIO

from neurashed_dsl.cli.terminal import is_terminal

Tell = Callable[[int, int, str], None]
"""`tell(done, total, label)`."""

PATIENCE = 1.0  # seconds before anything is shown, and between two lines


@contextmanager
def meter(stream: TextIO | None = None, clock: Callable[[], float] = time.monotonic) -> Iterator[Tell]:
    """A callback to pass as `progress`; what it shows is gone, or complete, when the context ends, however it ends."""
    stream = stream or sys.stderr
    with ExitStack() as shown:
        yield bar(stream, clock, shown) if is_terminal(stream) else lines(stream, clock)


def of_cells(label: str) -> bool:
    """Cells of a sweep are counted; steps are too many for that."""
    return label.endswith(" cells")


def lines(stream: TextIO, clock: Callable[[], float]) -> Tell:
    """At most one line for each tenth of each label, and a second between two."""
    began = last = clock()
    told: dict[str, int] = {}

    def tell(done: int, total: int, label: str) -> None:
        nonlocal last
        now, tenth = clock(), 10 * done // total if total else 10
        if now - last >= PATIENCE and tenth > told.get(label, 0):
            last, told[label] = now, tenth
            print(
                f"{label}: {f'{done} of {total}' if of_cells(label) else f'{10 * tenth} %'}, {now - began:.0f} s",
                file=stream,
                flush=True,
            )

    return tell


def bar(stream: TextIO, clock: Callable[[], float], shown: ExitStack) -> Tell:
    """A bar for each label, drawn once patience has run out and taken away when `shown` closes."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskID, TaskProgressColumn, TextColumn, TimeRemainingColumn

    began = clock()
    tasks: dict[str, TaskID] = {}
    look = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    progress = Progress(*look, console=Console(file=stream), transient=True)

    def tell(done: int, total: int, label: str) -> None:
        if clock() - began < PATIENCE:
            return
        if not tasks:
            shown.enter_context(progress)
        if label not in tasks:
            tasks[label] = progress.add_task(label, total=total)
        shown_as = f"{label} {done} of {total}" if of_cells(label) else label
        progress.update(tasks[label], completed=done, total=total, description=shown_as)

    return tell
