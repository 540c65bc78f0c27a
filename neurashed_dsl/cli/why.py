"""`nshed why`: what an input is taken for, and why, in words, as JSON or as a picture."""

from pathlib import Path

from neurashed_dsl.cli.failure import WELL
from neurashed_dsl.cli.render import read_result
from neurashed_dsl.cli.target import Settings, read_target
from neurashed_dsl.cli.terminal import print_json, say, tell
from neurashed_dsl.diagnostics import WrongUse
from neurashed_dsl.driver import load
from neurashed_dsl.render.picture import WRITERS
from neurashed_dsl.runtime.files import replacing


def why(
    model: str,
    input: str,
    node: str | None,
    step: int | None,
    repeat: int,
    cell: Settings,
    result: Path | None,
    out: Path | None,
    seed: int | None,
    settings: Settings,
    allow: tuple[Path, ...],
    as_json: bool,
) -> int:
    """Print the account; with `out` write the picture, too."""
    if out is not None and out.suffix.lower() not in WRITERS:
        raise WrongUse(f"`{out}` must end in one of {', '.join(WRITERS)}")
    if result is not None and seed is not None:
        raise WrongUse("`--seed` is of a run; the result that `--from` names has its own")
    path, name = read_target(model)
    program = load(path, set=settings, allow=allow, experiment=name)
    tell(program.warnings)
    found = program.why(
        name, input=input, node=node, step=step, repeat=repeat, cell=cell, seed=seed, result=read_result(result)
    )
    if as_json:
        print_json(found.data)
    else:
        print(found.text)
    if out is not None:
        with replacing(out) as draft:
            found.save(draft)
        say(f"wrote {out}")
    return WELL
