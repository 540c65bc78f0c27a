"""`nshed render`: a network or a system as a picture, or as DOT on stdout; a plot of a result."""

from pathlib import Path
from typing import TYPE_CHECKING

from neurashed_dsl.cli.failure import WELL
from neurashed_dsl.cli.target import read_target
from neurashed_dsl.cli.terminal import say, tell
from neurashed_dsl.diagnostics import WrongUse
from neurashed_dsl.driver import load
from neurashed_dsl.render.picture import WRITERS
from neurashed_dsl.render.pictures import PLOT_FORMS, Plot
from neurashed_dsl.runtime.files import replacing

if TYPE_CHECKING:
    import xarray as xr


def read_result(file: Path | None) -> "xr.Dataset | None":
    if file is None:
        return None
    from neurashed_dsl.cli.store import read

    return read(file)


def render(
    model: str, out: Path | None, input: str | None, result: Path | None, step: int | None, allow: tuple[Path, ...]
) -> int:
    if out is not None and out.suffix.lower() not in WRITERS:
        raise WrongUse(f"`{out}` must end in one of {', '.join(WRITERS)}")
    if step is not None and result is None:
        raise WrongUse("`--step` needs `--from RESULT.nc`, whose step it is")
    path, name = read_target(model)
    program = load(path, allow=allow)
    tell(program.warnings)
    picture = program.render(name, input=input, result=read_result(result), step=step)
    if isinstance(picture, Plot) and (out is None or out.suffix.lower() not in PLOT_FORMS):
        raise WrongUse(f"a plot is written to a file: `-o NAME` with one of {', '.join(PLOT_FORMS)}")
    if out is None:
        print(picture.dot.rstrip("\n"))
        return WELL
    with replacing(out) as draft:
        picture.save(draft)
    say(f"wrote {out}")
    return WELL
