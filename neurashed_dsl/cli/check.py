"""`nshed check`: every static check, nothing run."""

import sys
from collections.abc import Sequence
from pathlib import Path

from neurashed_dsl import driver
from neurashed_dsl.cli.failure import AT_FAULT, WELL
from neurashed_dsl.cli.target import Settings
from neurashed_dsl.cli.terminal import many, say, tell, tell_json
from neurashed_dsl.diagnostics import Diagnostic, Report
from neurashed_dsl.syntax.decode import decode


def check(files: Sequence[str], settings: Settings, allow: tuple[Path, ...], as_json: bool) -> int:
    """Exit code 1 if there is an error in any of the files; warnings alone are well."""
    found: list[Diagnostic] = []
    for file in files:
        here = check_stdin(settings, allow) if file == "-" else driver.check(Path(file), settings, allow)
        found += here
        if not as_json:
            tell(here)
            say(f"{file}: {tally(here)}")
    if as_json:
        tell_json(found)
    return AT_FAULT if any(d.severity == "error" for d in found) else WELL


def check_stdin(settings: Settings, allow: tuple[Path, ...]) -> list[Diagnostic]:
    report = Report()
    source = decode("<stdin>", sys.stdin.buffer.read(), report)
    return driver.check_source(source, None, settings, allow, report)


def tally(diagnostics: Sequence[Diagnostic]) -> str:
    """`1 error, 2 warnings`; kinds that don't occur are left out."""
    count = {s: sum(d.severity == s for d in diagnostics) for s in ("error", "warning")}
    return ", ".join(many(n, s) for s, n in count.items() if n) or "no errors"
