"""Small pieces of text that writers share."""

import inspect
import math
import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from neurashed_dsl.ir import scalar
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


def helper_text(names: set[str]) -> str:
    """The functions of `scalar` that a kernel calls, and those that they call, with numba's decorator."""
    todo, found = sorted(names), {}
    while todo:
        name = todo.pop()
        found[name] = getattr(scalar, name)
        todo += [
            n for n in found[name].__code__.co_names if inspect.isfunction(getattr(scalar, n, None)) and n not in found
        ]
    return functions_text(dict(sorted(found.items())))


def functions_text(functions: Mapping[str, object]) -> str:
    return "\n\n".join(f'@njit(error_model="numpy")\n{source_of(f)}' for f in functions.values())


@cache
def source_of(function: Any) -> str:
    """The text of a function: Python takes milliseconds to find it."""
    return inspect.getsource(function).rstrip()
