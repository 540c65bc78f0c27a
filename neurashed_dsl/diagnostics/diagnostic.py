"""What nshed tells a user: data with a place, rendered elsewhere (`show`).

A `Kind` is a row: code, severity and word templates. `KIND.at(span, name=…)` makes the diagnostic. Templates name their
fields in braces, so every message can be found by grep and listed by `nshed explain`. A help line is shown only if all its
fields were given and none is empty.
"""

from collections.abc import Iterable, Mapping
from dataclasses import field
from difflib import get_close_matches
from string import Formatter
from typing import Any

from neurashed_dsl.diagnostics.source import Span
from neurashed_dsl.values import changing, frozen


@frozen
class Kind:
    """One kind of message. `explain` is what `nshed explain CODE` prints beneath the title."""

    code: str
    title: str
    label: str = ""
    help: tuple[str, ...] = ()
    severity: str = "error"
    explain: str = ""

    def at(self, span: Span | None, **values: object) -> "Diagnostic":
        return Diagnostic(self, span, values)


@frozen
class Diagnostic:
    """One finding at one place (None: the command line, or the file as a whole)."""

    kind: Kind
    span: Span | None
    values: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.span.place if self.span else 'nshed'}: {self.severity}[{self.code}]: {self.message}"

    def __repr__(self) -> str:
        return f"<{self}>"

    @property
    def code(self) -> str:
        return self.kind.code

    @property
    def severity(self) -> str:
        return self.kind.severity

    @property
    def message(self) -> str:
        return self.kind.title.format(**self.values)

    @property
    def label(self) -> str:
        return self.kind.label.format(**self.values)

    @property
    def helps(self) -> list[str]:
        return [line.format(**self.values) for line in self.kind.help if all(self.values.get(f) for f in _fields(line))]


def _fields(template: str) -> list[str]:
    return [name.split(".")[0].split("[")[0] for _, name, _, _ in Formatter().parse(template) if name]


@changing
class Report:
    """Findings, in the order in which they were made. Stages append; nobody raises for the user's mistakes."""

    found: list[Diagnostic] = field(default_factory=list)

    def add(self, diagnostic: Diagnostic) -> None:
        if all(
            (d.code, d.span, d.message) != (diagnostic.code, diagnostic.span, diagnostic.message) for d in self.found
        ):
            self.found.append(diagnostic)

    @property
    def errors(self) -> list[Diagnostic]:
        return [d for d in self.found if d.severity == "error"]

    @property
    def warnings(self) -> list[Diagnostic]:
        return [d for d in self.found if d.severity == "warning"]

    def stop(self) -> None:
        """Raise all of it if there is an error."""
        if self.errors:
            raise NshedError(self.found)


class NshedError(Exception):
    """The input is at fault. `diagnostics` holds every finding."""

    def __init__(self, diagnostics: Iterable[Diagnostic]) -> None:
        self.diagnostics = list(diagnostics)
        super().__init__("\n".join(f"{d.span.place if d.span else 'nshed'}: {d.message}" for d in self.diagnostics))


class WrongUse(Exception):
    """The command is at fault, not the file: no such file, experiment or parameter."""


class Bug(AssertionError):
    """A broken promise inside nshed; never the user's fault."""


def nearest(name: str, candidates: Iterable[str]) -> str:
    """The candidate that `name` was probably meant to be, or ''; the same one whatever the order of the candidates."""
    folded = {c.casefold(): c for c in sorted(candidates)}
    found = get_close_matches(name.casefold(), folded, n=1, cutoff=0.6)
    return folded[found[0]] if found else ""
