"""What the user points at: `FILE[:NAME]` and `--set name=value`."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from neurashed_dsl.diagnostics import WrongUse
from neurashed_dsl.syntax.spelling import spelled

Settings = dict[str, int | float | str]


class Target(NamedTuple):
    path: Path
    name: str | None


def read_target(text: str) -> Target:
    """`zoo.nshed:phases` names a thing in a file. If the whole is a file, or the end is no name, it is all a path."""
    left, colon, right = text.rpartition(":")
    drive = len(left) == 1 and left.isalpha()
    if not colon or not left or drive or Path(text).exists() or (right and not right.isidentifier()):
        return Target(Path(text), None)
    if not right:
        raise WrongUse(f"a name is missing after `{text}`")
    return Target(Path(left), spelled(right))


def read_settings(pairs: Iterable[str], option: str = "--set") -> Settings:
    """`["base=1.05"]` → `{"base": 1.05}`; what is no number stays text. Of equal names the last counts."""
    settings: Settings = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name.strip() or not value.strip():
            raise WrongUse(f"`{option}` takes name=value, not `{pair}`")
        settings[name.strip()] = read_value(value.strip())
    return settings


def read_value(text: str) -> int | float | str:
    if re.fullmatch(r"[+-]?[0-9][0-9_]*", text):
        return int(text)
    if re.fullmatch(r"[+-]?([0-9][0-9_]*(\.[0-9_]*)?([eE][+-]?[0-9]+)?|inf)", text):
        return float(text)
    above, slash, below = text.partition("/")
    return read_ratio(above.strip(), below.strip(), text) if slash and "/" not in below else text


def read_ratio(above: str, below: str, text: str) -> int | float | str:
    """`1/10` as in the language: worked out exactly, whole where it can be. What is no ratio of numbers stays text."""
    from fractions import Fraction  # here, as it takes longer to load than `nshed --help` should

    parts = [read_value(part) for part in (above, below)]
    try:
        exact = Fraction(str(parts[0])) / Fraction(str(parts[1]))
        return int(exact) if exact.denominator == 1 else float(exact)
    except (ValueError, ZeroDivisionError, OverflowError):
        return text
