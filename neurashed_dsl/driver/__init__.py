"""The one place that knows the order of the stages: text → model → study → passes → kernel → result → claims and pictures."""

from neurashed_dsl.diagnostics import Diagnostic, NshedError, Span, WrongUse
from neurashed_dsl.driver.program import Program, check, check_source, load, loads
from neurashed_dsl.model.asked import Claimed

__all__ = [
    "Claimed",
    "Diagnostic",
    "NshedError",
    "Program",
    "Span",
    "WrongUse",
    "check",
    "check_source",
    "load",
    "loads",
]
