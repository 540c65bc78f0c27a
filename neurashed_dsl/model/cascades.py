"""What is not said of a file that couldn't be read whole: findings that its unread statements may explain."""

import re
from collections.abc import Sequence

from neurashed_dsl.diagnostics import Diagnostic, Report, Source

# Something is said to be missing, or to be without an effect.
MISSING = frozenset(
    """
    class-unfed class-without-input empty-axis empty-level fades leads-nowhere missing-part never-fires
    never-moves no-array no-classes no-column-of-node no-edge no-end no-inputs no-label no-levels no-model no-start no-state
    no-update no-weight not-learned not-reached not-trained nothing-to-present parameter-without-value
    same-pattern stays-zero unreachable
    """.split()
)


def hide_consequences(report: Report, unread: Sequence[Source]) -> None:
    """Take findings out of the report that would go if the statements with syntax errors in `unread` were mended."""
    if unread:
        report.found[:] = [d for d in report.found if not _explained(d, unread)]


def _explained(d: Diagnostic, unread: Sequence[Source]) -> bool:
    if d.code in MISSING:
        return True
    name = str(d.values.get("name", ""))
    named = d.code.startswith("unknown-") or d.code in ("not-in-file", "bad-measure")
    return named and bool(name) and any(_declared_in(source, name, d) for source in unread)


def _declared_in(source: Source, name: str, d: Diagnostic) -> bool:
    """Does a statement somewhere else begin with the name, or with one word and the name?"""
    begins = re.compile(
        rf"(?:^|[{{,(])[^\S\n]*(?:(?:unchecked[^\S\n]+)?\w+[^\S\n]+)?({re.escape(name)})(?!\w)", re.MULTILINE
    )
    at = d.span.start if d.span and d.span.source is source else -1
    return any(found.start(1) != at for found in begins.finditer(source.text))
