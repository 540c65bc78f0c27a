"""Statements below each other line up: each cell of a column is as wide as the widest (elastic tab stops).

A line's cells end at its marks. A column runs through neighbouring lines of one indentation that all have such a cell.
"""

from collections.abc import Sequence

from neurashed_dsl.syntax.pretty import MARK, WIDTH

WIDEST = 160  # of a line with its comment
MOST_BLANKS = 40  # where cells differ by more, lines are easier to read as they are


def aligned(lines: Sequence[str]) -> list[str]:
    """The statements (of one line or several) without marks. A blank line or another indentation ends all columns."""
    made: list[str] = []
    rows: list[list[str]] = []
    for line in [*lines, ""]:
        first, *others = line.split("\n")
        cells = first.split(MARK)
        if rows and (len(cells) < 2 or _indent(cells[0]) != _indent(rows[0][0])):
            made += _padded(rows)
            rows = []
        tail = "".join(f"\n{other}" for other in others).replace(MARK, "")
        if len(cells) > 1:
            rows.append([*cells[:-1], cells[-1] + tail])
        else:
            made.append(first + tail)
    return made[:-1]


def _indent(text: str) -> int:
    return len(text) - len(text.lstrip(" "))


def _padded(rows: list[list[str]]) -> list[str]:
    remarks = [cells.pop() if cells[-1].lstrip().startswith("#") else "" for cells in rows]
    for column in range(max(map(len, rows)) - 1):
        at = 0
        while at < len(rows):
            end = at
            while end < len(rows) and len(rows[end]) > column + 1:
                end += 1
            _pad(rows[at:end], column, WIDTH)
            at = max(end, at + 1)
    ends = [["".join(cells), remark] for cells, remark in zip(rows, remarks)]
    _pad([row for row in ends if row[1]], 0, WIDEST)
    return ["".join(row) for row in ends]


def _pad(rows: Sequence[list[str]], column: int, most: int) -> None:
    """Widen the cells of a column, unless a line would grow longer than `most` by it."""
    widths = [len(cells[column]) for cells in rows]
    if not rows or max(widths) - min(widths) > MOST_BLANKS:
        return
    lengths = [len("".join(cells).split("\n")[0]) for cells in rows]
    if max(length + max(widths) - width for length, width in zip(lengths, widths)) > most:
        return
    for cells, width in zip(rows, widths):
        cells[column] += " " * (max(widths) - width)
