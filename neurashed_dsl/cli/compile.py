"""`nshed compile`: what a model becomes, how large it is and how long that took."""

from pathlib import Path

from neurashed_dsl.cli.failure import WELL
from neurashed_dsl.cli.target import Settings, read_target
from neurashed_dsl.cli.terminal import columns, tell
from neurashed_dsl.diagnostics import WrongUse, nearest
from neurashed_dsl.driver import Program, load
from neurashed_dsl.driver.compiled import Compiled
from neurashed_dsl.model.show import model_text, syntax_text

STAGES = ("ast", "model", "ir", "kernel", "dot", "json")


def compile(model: str, emit: str | None, settings: Settings, allow: tuple[Path, ...]) -> int:
    """Print a summary for each experiment, or what one stage made."""
    if emit is not None and emit not in STAGES:
        near = nearest(emit, STAGES)
        raise WrongUse(
            f"no stage `{emit}`" + (f"; did you mean `{near}`?" if near else f"; there are {', '.join(STAGES)}")
        )
    path, name = read_target(model)
    program = load(path, set=settings, allow=allow, experiment=name)
    tell(program.warnings)
    if emit is not None:
        print(emitted(program, name, emit).rstrip("\n"))
        return WELL
    for each in [name] if name else program.experiments or [None]:
        print(summary(each or path.name, program.compile(each)))
    return WELL


def emitted(program: Program, name: str | None, stage: str) -> str:
    """What one stage made. The first ones need no experiment."""
    match stage:
        case "ast":
            return syntax_text(program.model.documents.values())
        case "model":
            return model_text(program.model)
        case "dot" if not program.experiments:
            return str(program.render(name).dot)
        case _:
            return str(getattr(program.compile(name), stage))


def summary(title: str, compiled: Compiled) -> str:
    times = [(stage, f"{seconds:.3g} s") for stage, seconds in compiled.seconds.items()]
    return f"{title}\n" + columns([*compiled.summary.items(), *times])
