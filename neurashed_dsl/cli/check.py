"""`nshed check`: every static check, nothing run."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from neurashed_dsl import driver
from neurashed_dsl.cli.failure import AT_FAULT, WELL
from neurashed_dsl.cli.target import Settings, read_target
from neurashed_dsl.cli.terminal import many, say, tell, tell_json
from neurashed_dsl.diagnostics import Diagnostic, NshedError, Report, WrongUse
from neurashed_dsl.syntax.decode import decode

if TYPE_CHECKING:
    from neurashed_dsl.driver.learning import Learning


def check(files: Sequence[str], settings: Settings, allow: tuple[Path, ...], learning: bool, as_json: bool) -> int:
    """Exit code 1 if there is an error in any of the files; warnings alone are well."""
    found: list[Diagnostic] = []
    lessons: list[Learning] = []
    for file in files:
        here, taught = check_learning(file, settings, allow) if learning else (check_file(file, settings, allow), [])
        found += here
        lessons += taught
        if not as_json:
            tell(here)
            say(f"{file}: {tally(here)}")
            print("".join(f"{each.text}\n\n" for each in taught), end="")
    if as_json:
        tell_json(found, **({"learning": [each.data for each in lessons]} if learning else {}))
    return AT_FAULT if any(d.severity == "error" for d in found) else WELL


def check_file(file: str, settings: Settings, allow: tuple[Path, ...]) -> list[Diagnostic]:
    return check_stdin(settings, allow) if file == "-" else driver.check(Path(file), settings, allow)


def check_learning(
    model: str, settings: Settings, allow: tuple[Path, ...]
) -> "tuple[list[Diagnostic], list[Learning]]":
    """What is wrong with a file, and, if nothing is, what of it will be learned. `model`: FILE or FILE:NAME."""
    if model == "-":
        raise WrongUse("`--learning` needs a file, not standard input")
    path, name = read_target(model)
    try:
        program = driver.load(path, set=settings, allow=allow, experiment=name)
        return program.warnings, program.learning(name)
    except NshedError as error:
        return error.diagnostics, []


def check_stdin(settings: Settings, allow: tuple[Path, ...]) -> list[Diagnostic]:
    report = Report()
    source = decode("<stdin>", sys.stdin.buffer.read(), report)
    return driver.check_source(source, None, settings, allow, report)


def tally(diagnostics: Sequence[Diagnostic]) -> str:
    """`1 error, 2 warnings`; kinds that don't occur are left out."""
    count = {s: sum(d.severity == s for d in diagnostics) for s in ("error", "warning")}
    return ", ".join(many(n, s) for s, n in count.items() if n) or "no errors"
