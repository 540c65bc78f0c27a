"""`nshed new`: a commented model to start from."""

import shlex
from pathlib import Path

from neurashed_dsl.cli.failure import WELL
from neurashed_dsl.cli.terminal import say
from neurashed_dsl.diagnostics import WrongUse

STARTER = Path(__file__).with_name("starter.nshed")


def new(name: str) -> int:
    """Write NAME.nshed. Raises WrongUse if something of that name is there, OSError if it can't be written."""
    file = Path(name if name.endswith(".nshed") else f"{name}.nshed")
    if file.name == ".nshed":
        raise WrongUse(f"`{name}` is no name for a file")
    pasted = shlex.quote(str(file))
    try:
        with file.open("x", encoding="utf-8", newline="\n") as out:
            out.write(STARTER.read_text(encoding="utf-8").replace("FILE", pasted))
    except FileExistsError:
        raise WrongUse(f"`{file}` is there already, and stays as it is") from None
    say(f"wrote {file}\ntry: nshed run {pasted}")
    return WELL
