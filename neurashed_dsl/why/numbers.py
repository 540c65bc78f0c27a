"""How numbers, names and tables read in what `nshed why` prints."""

import math
from collections.abc import Iterator, Sequence

LISTED = 4  # names in a list; twice as many where they stand alone
SMALLEST = 1e-6  # smaller shares are as good as none


def amount(log: float) -> str:
    """A number that is given as its logarithm, to four digits, at any size."""
    if math.isinf(log):
        return "0" if log < 0 else "∞"
    if abs(log) < 12:
        return f"{math.exp(log):.4g}"
    exponent = math.floor(log / math.log(10))
    return f"{math.exp(log - exponent * math.log(10)):.2f}·10^{exponent}"


def chance(p: float) -> str:
    """A probability; near 1 by what is missing."""
    if p > 0.9999:
        missing = 1 - p
        return "1" if missing < 1e-15 else f"1 - {missing:.2g}"
    return f"{p:.3g}"


def percent(share: float) -> str:
    return f"{100 * share:.0f} %" if share >= 0.0995 else f"{100 * share:.2g} %" if share >= SMALLEST else "~ 0 %"


def listed(names: Sequence[str], last: str = ", ") -> str:
    if len(names) > 2 * LISTED:
        return ", ".join(names[: 2 * LISTED]) + f" and {len(names) - 2 * LISTED} more"
    return ", ".join(names[:-1]) + last + names[-1] if len(names) > 1 else "".join(names)


def aligned(rows: Sequence[tuple[str, ...]], sides: str, indent: str = "  ") -> Iterator[str]:
    """Rows as lines; `sides`: < or > for each column, as it is pushed to the left or the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = [c.ljust(w) if s == "<" else c.rjust(w) for c, w, s in zip(row, widths, sides)]
        yield (indent + "  ".join(cells)).rstrip()
