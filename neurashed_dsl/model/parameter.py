"""A parameter's value, if it has the parameter's type and is within its bound, wherever it came from."""

from fractions import Fraction

from neurashed_dsl.diagnostics import nearest
from neurashed_dsl.model import load_errors as errors
from neurashed_dsl.model.arithmetic import WHOLE
from neurashed_dsl.model.constant import constant_number
from neurashed_dsl.model.errors import UNKNOWN_TYPE
from neurashed_dsl.model.parameter_types import TYPES, fits, kind_of, shown_value
from neurashed_dsl.model.scope import Lowering, Scope
from neurashed_dsl.syntax import ast

Value = int | float | bool


class Scalar:
    """A number that is read like an array of rank 0."""

    def __init__(self, value: Value) -> None:
        self.value = value

    def __getitem__(self, _: tuple[()]) -> Value:
        return self.value


def of_text(given: object) -> object:
    """`--set exact=false` comes as a text."""
    return {"true": True, "false": False}.get(given, given) if isinstance(given, str) else given


def checked(
    value: object, parameter: ast.Parameter, scope: Scope, to: Lowering, source: str, given: ast.Expr | None = None
) -> Value | None:
    """The value as its type wants it, `given` by an argument, or by `source` if it isn't in the text. None after a report."""
    kind = kind_of(parameter)
    if parameter.type and kind not in TYPES:
        to.report.add(UNKNOWN_TYPE.at(parameter.type.span, name=kind, near=nearest(kind, TYPES)))
        return None
    spot = parameter.name.span if given is None else given.span
    words = {
        "here": "declared here" if given is None else "given here",
        "name": parameter.name.name,
        "value": shown_value(value),
        "source": source,
    }
    if not fits(value, kind):
        beyond = kind == "int" and isinstance(value, int | Fraction) and not -WHOLE < value < WHOLE
        to.report.add(
            errors.WRONG_PARAMETER.at(spot, wanted="a whole number below 4.6e18" if beyond else TYPES[kind], **words)
        )
        return None
    assert isinstance(value, int | float | Fraction)
    if parameter.bound is not None:
        ends = [constant_number(e, scope, to) for e in (parameter.bound.low, parameter.bound.high)]
        low, high = ends
        if low is None or high is None:
            return None
        if not low <= value <= high:
            to.report.add(errors.OUT_OF_BOUND.at(spot, low=shown_value(low), high=shown_value(high), **words))
            return None
    return int(value) if kind == "int" else value if isinstance(value, int) and abs(value) < WHOLE else float(value)
