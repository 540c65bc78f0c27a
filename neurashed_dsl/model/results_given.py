"""Results of other experiments as arrays: what they are called, and what is known of them before and after the run."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

from neurashed_dsl.model.result_errors import RESULT_SHAPE
from neurashed_dsl.model.scope import Lowering
from neurashed_dsl.syntax import ast
from neurashed_dsl.syntax.walk import walk
from neurashed_dsl.values import frozen


@frozen
class Result:
    """An array. `sha256` "": a stand-in, which has its shape but not its values. `times`: of its first dimension, if that is time."""

    data: npt.NDArray[Any]
    sha256: str = ""
    times: npt.NDArray[Any] | None = None


def members(x: ast.Node) -> list[ast.Member]:
    """What an expression reads of other experiments, in the order written."""
    return sorted((n for n in walk(x) if isinstance(n, ast.Member)), key=lambda n: n.span.start)


def with_numbers(
    parameters: Sequence[ast.Parameter], arguments: Mapping[str, ast.Expr], results: Mapping[str, Result], to: Lowering
) -> dict[str, ast.Expr]:
    """The arguments, with results for parameters that aren't arrays written as numbers. Before there are any, these have their defaults, or are 1."""
    made = dict(arguments)
    for parameter in parameters:
        name = parameter.name.name
        given = arguments.get(name)
        if given is None or parameter.binders or not members(given):
            continue
        found = results.get(text_of(given), Result(np.ones(())))
        along = parameter.arguments is not None and len(parameter.arguments) == 1
        if along and found.times is not None and found.data.ndim == 1:
            continue  # it is a function of time
        if found.data.shape:
            shape = " × ".join(map(str, found.data.shape))
            wanted = "one number, or one for each time" if along else "one number"
            words = {"text": text_of(given), "name": name, "given": shape, "wanted": wanted}
            to.report.add(RESULT_SHAPE.at(given.span, **words))
        if not found.sha256 and parameter.default is not None:
            del made[name]
        else:
            value = Fraction(found.data.flat[0])
            made[name] = ast.Number(span=given.span, value=value, text=str(float(value)))
    return made


def text_of(x: ast.Expr) -> str:
    """What a result goes by: as it is written, on one line."""
    return " ".join(x.span.text.split())
