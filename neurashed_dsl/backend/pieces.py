"""Small pieces of text that writers share."""

import math
import re

from neurashed_dsl.ir.expr import Expr, Iterate, Reduce, walk


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


def renamed(text: str, names: dict[str, str]) -> str:
    return re.sub(r"\b[abnv]\b", lambda m: names.get(m[0], m[0]), text)
