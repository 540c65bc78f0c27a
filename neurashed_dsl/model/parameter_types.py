"""What a parameter may be, by the type that it is declared with ("" for none)."""

import math
from fractions import Fraction

from neurashed_dsl.model.arithmetic import LARGEST, WHOLE
from neurashed_dsl.model.constant import shown
from neurashed_dsl.syntax import ast

TYPES = {
    "": "a number",
    "int": "a whole number",
    "real": "a number",
    "bool": "true or false",
    "log": "a number not below 0",
}

ARITHMETIC = ("+", "-", "*", "/", "//", "%", "^")


def kind_of(parameter: ast.Parameter) -> str:
    """Its type. One without a type whose default is a number as it is written is a number, too, and no truth."""
    if parameter.type is not None:
        return parameter.type.name
    return "real" if _is_number(parameter.default) else ""


def _is_number(x: ast.Expr | None) -> bool:
    match x:
        case ast.Number():
            return True
        case ast.Unary(op="-"):
            return True
        case ast.Binary(op=op):
            return op in ARITHMETIC
        case _:
            return False


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
