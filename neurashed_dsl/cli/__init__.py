"""The command line. `main` is the entry point of `nshed`; every verb has a file, loaded when the verb is used.

Exit codes, the same for every verb (failure.py): 0 well · 1 the input is at fault · 2 wrong use, or input/output
failed · 3 finished, but some cells failed · 70 our bug · 130 interrupted. Data goes to stdout, all else to stderr.
"""

import gc
import sys
from collections.abc import Sequence
from typing import Any, cast


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code. `arguments`: without the program's name; None: those of the process."""
    # At 700, a sixth of the start-up is spent looking for garbage among what was just loaded; `check` makes some 120 000 objects, and no garbage.
    gc.set_threshold(400_000)
    try:
        # Imported here so that an interrupt while libraries load ends as quietly as any other.
        from neurashed_dsl.cli.failure import end_now, guarded
        from neurashed_dsl.cli.terminal import harden
        from neurashed_dsl.cli.verbs import nshed
    except KeyboardInterrupt:
        return 130
    harden()

    if arguments is None and not any(a.startswith("--dask") for a in sys.argv):
        _leave_dask_out()

    def command() -> int:
        with nshed.make_context("nshed", list(sys.argv[1:] if arguments is None else arguments)) as context:
            return int(nshed.invoke(context) or 0)

    code = guarded(command)
    if arguments is None:
        gc.freeze()  # else the ending interpreter looks for garbage among all that was loaded: a third of what `nshed check` took
        end_now(code)
    return code


def _leave_dask_out() -> None:
    """Where dask is installed, xarray loads it with its cluster and all, to ask of each array whether it is dask's: a second for a run without it."""
    sys.modules.setdefault("dask", cast(Any, None))  # whoever imports it is told that there is none
