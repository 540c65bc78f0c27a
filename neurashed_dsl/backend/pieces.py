"""Small pieces of text that writers share."""

import math
import re
from fractions import Fraction

from neurashed_dsl.ir.expr import Expr, Iterate, Reduce, walk
from neurashed_dsl.ir.operators import OPERATORS


def heavy(e: Expr) -> bool:
    """Does it need lines of its own?"""
    return any(isinstance(x, Reduce | Iterate) for x in walk(e))


def wrapped(text: str) -> str:
    return text if re.fullmatch(r"[\w.]+", text) else f"({text})"


def number_text(value: object) -> tuple[str, int]:
    if isinstance(value, float) and not math.isfinite(value):
        text = "nan" if value != value else "inf" if value > 0 else "-inf"
        return text, 10 if value > 0 else 8
    return repr(value), 10 if not str(value).startswith("-") else 8


def size_text(value: int | float | Fraction, size: str, length: int) -> tuple[str, int]:
    """A number by an argument `size` that is `length`, if a whole number lies between them."""
    more = value - length
    if more % 1 != 0:  # or infinite
        return number_text(value)
    text = f"{size} {'+' if more > 0 else '-'} {abs(int(more))}" if more else size
    strength = OPERATORS["+"].strength if more else 10
    return (f"float({text})", 10) if isinstance(value, float) else (text, strength)


def renamed(text: str, names: dict[str, str]) -> str:
    return re.sub(r"\b[abnv]\b", lambda m: names.get(m[0], m[0]), text)
