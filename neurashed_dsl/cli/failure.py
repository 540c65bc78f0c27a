"""What an exception means to the shell: an exit code, and words on stderr. Tracebacks are for NSHED_DEBUG=1 alone."""

import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import click

from neurashed_dsl.cli.terminal import say, tell
from neurashed_dsl.diagnostics import NshedError, WrongUse
from neurashed_dsl.resources import cache_folder

WELL, AT_FAULT, WRONG_USE, CELLS_FAILED, BUG, INTERRUPTED = 0, 1, 2, 3, 70, 130


def guarded(command: Callable[[], int]) -> int:
    """The exit code that `command` returns, or the one for what it raises."""
    try:
        code = command()
        if not sys.stdout.closed:  # the language server closes it as it ends
            sys.stdout.flush()  # a full disk or a closed pipe shows here, not when the interpreter shuts down
    except BaseException as error:
        return code_of(error)
    return code


def code_of(error: BaseException) -> int:
    """Say what happened and return the exit code for it."""
    match error:
        case NshedError():
            tell(error.diagnostics)
            return AT_FAULT
        case click.exceptions.Exit():
            return error.exit_code
        case click.ClickException():
            error.show()
            return WRONG_USE
        case WrongUse():
            say(f"nshed: {error}")
            return WRONG_USE
        case KeyboardInterrupt():
            say("nshed: interrupted")
            return INTERRUPTED
        case MemoryError():
            say("nshed: there is no memory left")
            return WRONG_USE
        case OSError():
            if not isinstance(error, BrokenPipeError):  # who reads `| head` knows why
                say(f"nshed: {reason(error)}")
            abandon_stdout()
            return WRONG_USE
        case _:
            return bug(error)


def end_now(code: int) -> None:
    """End the process if a thread still works: who interrupts doesn't wait for a kernel to compile, and the interpreter would.

    Files of ours are whole or not there (`replacing`, `keep`), and so are numba's.
    """
    at_work = [t for t in threading.enumerate() if t is not threading.main_thread() and not t.daemon]
    if code == INTERRUPTED and at_work:
        abandon_stdout()
        sys.stderr.flush()
        os._exit(code)


def reason(error: OSError) -> str:
    """`results/zoo.nc: permission denied`, in whatever detail the system gave."""
    words = (error.strerror or str(error) or type(error).__name__).strip()
    words = words[:1].lower() + words[1:]
    return f"{os.fspath(error.filename)}: {words}" if isinstance(error.filename, str | os.PathLike) else words


def abandon_stdout() -> None:
    """Send what is buffered for a reader that has gone nowhere, so that the interpreter's last flush can't fail."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def bug(error: BaseException) -> int:
    """Our fault: keep the traceback in a file and ask for a report."""
    import traceback

    account = "".join(traceback.format_exception(error))
    if os.environ.get("NSHED_DEBUG") == "1":
        say(account)
        kept = None
    else:
        kept = crash_file(account)
    say(f"nshed: this is a bug in nshed: {type(error).__name__}: {error}".rstrip(": "))
    say(f"please report it, with {kept}" if kept else "please report it, with the lines above")
    if kept is None and os.environ.get("NSHED_DEBUG") != "1":
        say(account)
    return BUG


def crash_file(account: str) -> Path | None:
    """Keep a traceback, and what was asked for, in the cache folder; None if it can't be written."""
    from datetime import datetime

    text = f"command: {' '.join(sys.argv)}\npython: {sys.version}\nplatform: {sys.platform}\n\n{account}"
    try:
        file = cache_folder() / "crashes" / f"{datetime.now():%Y%m%d-%H%M%S}-{os.getpid()}.txt"
        file.parent.mkdir(exist_ok=True)
        file.write_text(text, encoding="utf-8")
    except OSError:
        return None
    return file
