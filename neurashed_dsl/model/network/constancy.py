"""Rules that can't but fire, or can't ever: reported with the numbers that show it."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from neurashed_dsl.diagnostics import Span
from neurashed_dsl.model.network import errors
from neurashed_dsl.model.network.formulas import HIGHEST, LOWEST, Window, span_of
from neurashed_dsl.model.network.rows import shown
from neurashed_dsl.model.scope import Lowering

Bools = npt.NDArray[np.bool_]


def constant_rows(window: Window) -> tuple[Bools, Bools]:
    """Where the window can't hold, and where it must, whatever fires. Sound, not complete: `2*a == 1` isn't seen."""
    low, high = span_of(window.sum, len(window.low))
    held = (window.low <= HIGHEST) & (window.high >= LOWEST)  # beyond them, an open end would seem crossed
    never = (window.low > high) | (window.high < low) | ((window.low > window.high) & held)
    return never.astype(np.bool_), ((window.low <= low) & (window.high >= high)).astype(np.bool_)


def report_constant(
    window: Window, span: Span, name: Callable[[int], str], to: Lowering, *, everywhere: bool = False
) -> bool:
    """Report the first row that never or always fires (`everywhere`: only if all do), by the name of its row. True
    after a report.
    """
    never, always = constant_rows(window)
    for kind, rows in ((errors.NEVER_FIRES, never), (errors.ALWAYS_FIRES, always)):
        if len(rows) and (rows.all() if everywhere else rows.any()):
            first = int(np.argmax(rows))
            to.report.add(kind.at(span, node=name(first), why=reason(window, first)))
            return True
    return False


def reason(window: Window, row: int) -> str:
    """`at least 4 of 3 nodes`: what is asked for, and what there is."""
    mine = window.sum.parent == row
    weights = window.sum.weights[mine]
    asked = _asked(int(window.low[row]), int(window.high[row]))
    if len(weights) and (weights == 1).all():
        return f"{asked} of {len(weights)} node{'s' * (len(weights) != 1)}"
    lowest, highest = (int(ends[row]) for ends in span_of(window.sum, len(window.low)))
    return f"{asked}, where the sum lies in {lowest}..{highest}"


def _asked(low: int, high: int) -> str:
    if high >= HIGHEST // 2:
        return f"at least {shown(low)}"
    if low <= LOWEST // 2:
        return f"at most {shown(high)}"
    if low > high:
        return "a value that no sum has"
    return f"exactly {shown(low)}" if low == high else f"from {shown(low)} to {shown(high)}"
