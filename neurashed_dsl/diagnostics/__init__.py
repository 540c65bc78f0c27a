"""Messages to the user: where (`source`), what (`diagnostic`), how they look (`show`)."""

from neurashed_dsl.diagnostics.diagnostic import Bug, Diagnostic, Kind, NshedError, Report, WrongUse, nearest
from neurashed_dsl.diagnostics.source import NOWHERE, Source, Span

__all__ = ["NOWHERE", "Bug", "Diagnostic", "Kind", "NshedError", "Report", "Source", "Span", "WrongUse", "nearest"]
