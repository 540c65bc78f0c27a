"""What a parameter may be, by the type that it is declared with ("" for none)."""

import math
from fractions import Fraction

from neurashed_dsl.model.arithmetic import LARGEST, WHOLE
from neurashed_dsl.model.constant import shown

TYPES = {
    "": "a number",
    "int": "a whole number",
    "real": "a number",
    "bool": "true or false",
    "log": "a number not below 0",
}


def fits(value: object, kind: str) -> bool:
    if kind == "bool" or isinstance(value, bool):
        return isinstance(value, bool) and kind in ("bool", "")
    if not isinstance(value, int | float | Fraction) or value != value:
        return False
    if kind == "int":
        return bool(-WHOLE < value < WHOLE and value == int(value))
    held = -LARGEST <= value <= LARGEST or value in (math.inf, -math.inf)
    return held if kind != "log" else value >= 0


def shown_value(value: object) -> str:
    return (
        shown(value)
        if isinstance(value, int | float | Fraction) and not isinstance(value, bool)
        else str(value).lower()
    )
