"""What the user points at: `FILE[:NAME]` and `--set name=value`."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from neurashed_dsl.diagnostics import WrongUse

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
    return Target(Path(left), right)


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
    return text
