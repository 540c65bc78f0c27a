"""One row for each operator: what it means, how it is printed, what kind it gives. Everybody reads these rows.

`meaning` is what the reference evaluator calls on scalars; a kernel prints `source`, and carries the text of `meaning` where that is a
function of `scalar`. `array` is the same on labelled arrays, after a run.
"""

import math
import operator
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from neurashed_dsl.ir import scalar


class Operator(NamedTuple):
    strength: int  # how tightly it binds, as in language.md 1; 10 for calls
    source: str  # Python (numba) text
    meaning: Callable[..., Any]
    kind: str  # "int real bool"; "same": int of ints, else real
    array: Callable[..., Any]
    arity: int = 2


def _row(function: Callable[..., Any], array: Callable[..., Any], arity: int = 1, kind: str = "real") -> Operator:
    """A function of `scalar`, whose text a kernel carries."""
    holes = ", ".join(["{}"] * arity)
    return Operator(10, f"{function.__name__}({holes})", function, kind, array, arity)


def _math(
    name: str, array: Callable[..., Any], kind: str = "real", meaning: Callable[..., Any] | None = None, arity: int = 1
) -> Operator:
    """A function of `math`. Where Python's raises and a kernel's gives an infinity or NaN, `meaning` gives them, too."""
    holes = ", ".join(["{}"] * arity)
    return Operator(10, f"math.{name}({holes})", meaning or getattr(math, name), kind, array, arity)


def _numpy(function: np.ufunc) -> Operator:
    return Operator(10, f"np.{function.__name__}({{}})", lambda x: float(function(x)), "real", function, 1)


def _conjunction(a: Any, b: Any) -> Any:
    return a and b


def _disjunction(a: Any, b: Any) -> Any:
    return a or b


def _softplus(x: Any) -> Any:
    return np.logaddexp(0.0, x)


def _sigmoid(x: Any) -> Any:
    return np.exp(-np.logaddexp(0.0, -x))


def _erf(x: Any) -> Any:
    return np.vectorize(math.erf, otypes=[float])(x)


def _relu(x: Any) -> Any:
    return np.maximum(x, 0)


OPERATORS: dict[str, Operator] = {
    "or": Operator(2, "{} or {}", _disjunction, "bool", np.logical_or),
    "and": Operator(3, "{} and {}", _conjunction, "bool", np.logical_and),
    "not": Operator(4, "not {}", operator.not_, "bool", np.logical_not, 1),
    "==": Operator(5, "{} == {}", operator.eq, "bool", operator.eq),
    "!=": Operator(5, "{} != {}", operator.ne, "bool", operator.ne),
    "<": Operator(5, "{} < {}", operator.lt, "bool", operator.lt),
    "<=": Operator(5, "{} <= {}", operator.le, "bool", operator.le),
    ">": Operator(5, "{} > {}", operator.gt, "bool", operator.gt),
    ">=": Operator(5, "{} >= {}", operator.ge, "bool", operator.ge),
    "+": Operator(6, "{} + {}", operator.add, "same", operator.add),
    "-": Operator(6, "{} - {}", operator.sub, "same", operator.sub),
    "*": Operator(7, "{} * {}", operator.mul, "same", operator.mul),
    "/": _row(scalar.divide, operator.truediv, 2),  # exact on whole numbers and fractions, until `settle_numbers`
    "divide": Operator(7, "{} / {}", scalar.divide, "real", operator.truediv),
    "//": Operator(7, "{} // {}", operator.floordiv, "same", operator.floordiv),
    "%": Operator(7, "{} % {}", operator.mod, "same", operator.mod),
    "neg": Operator(8, "-{}", operator.neg, "same", operator.neg, 1),
    "^": _row(scalar.power, np.power, 2),  # likewise
    "power": _math("pow", np.power, meaning=scalar.power, arity=2),
    "real": Operator(10, "float({})", float, "real", lambda x: x * 1.0, 1),
    "int": Operator(10, "int({})", int, "int", lambda x: x, 1),
    "abs": Operator(10, "abs({})", abs, "same", np.abs, 1),
    "exp": _math("exp", np.exp, meaning=scalar.exponential),
    "log": _math("log", np.log, meaning=scalar.logarithm),
    "sqrt": _math("sqrt", np.sqrt, meaning=scalar.root),
    "sin": _math("sin", np.sin, meaning=scalar.sine),
    "cos": _math("cos", np.cos, meaning=scalar.cosine),
    "tanh": _math("tanh", np.tanh),
    "relu": _row(scalar.relu, _relu),
    "sign": _row(scalar.sign, np.sign),
    "floor": _math("floor", np.floor, "int"),
    "ceil": _math("ceil", np.ceil, "int"),
    "round": _row(scalar.rounded, np.round, 1, "int"),
    # The same as reals, which may be too large for a whole number.
    "real int": _numpy(np.trunc),
    "real floor": _numpy(np.floor),
    "real ceil": _numpy(np.ceil),
    "real round": _numpy(np.rint),
    "min": _row(scalar.smaller, np.minimum, 2, "same"),
    "max": _row(scalar.larger, np.maximum, 2, "same"),
    "clip": _row(scalar.clip, np.clip, 3),
    "softplus": _row(scalar.softplus, _softplus),
    "sigmoid": _row(scalar.sigmoid, _sigmoid),
    "log1p": _math("log1p", np.log1p, meaning=scalar.log1p),
    "expm1": _math("expm1", np.expm1, meaning=scalar.expm1),
    "erf": _math("erf", _erf),
    "within": _row(scalar.within, lambda at, size: at, 2, "int"),
    "whole": _row(scalar.whole, lambda x: x, 1, "int"),
    "log_sum": _row(scalar.log_sum, np.logaddexp, 2),
    "log_difference": _row(scalar.log_difference, lambda a, b: np.exp(a) - np.exp(b), 2),
    "log_power": _row(scalar.log_power, operator.mul, 2),
    "fractional": _row(scalar.fractional, np.vectorize(scalar.fractional), 6),
    "geometric": _row(scalar.geometric, np.vectorize(scalar.geometric), 2),
    "log_geometric": _row(scalar.log_geometric, np.vectorize(scalar.log_geometric), 2),
    "log_fractional": _row(scalar.log_fractional, np.vectorize(scalar.log_fractional), 6),
}

NO_NUMBER = scalar.whole(math.nan)
# What a user may call by name; the other rows are written with symbols or come from lowering.
FUNCTIONS = (
    "abs exp log sqrt sin cos tanh relu sign floor ceil round min max clip softplus sigmoid log1p expm1 erf"
).split()


class Reducer(NamedTuple):
    """A left fold: accumulators start as `start`, each element `v` changes them by `step`, the result is `finish` (all Python text).

    `n` counts the elements. `early` is the value of the accumulator at which nothing can change any more.
    """

    start: dict[str, str]
    step: str
    finish: str
    kind: str
    early: str = ""


REDUCERS: dict[str, Reducer] = {
    "sum": Reducer({"a": "0"}, "a = a + v", "a", "same"),
    "prod": Reducer({"a": "1.0"}, "a = a * v", "a", "real"),  # whole numbers are soon too large
    "mean": Reducer({"a": "0.0", "n": "0"}, "a = a + v; n = n + 1", "a / n if n > 0 else nan", "real"),
    "max": Reducer({"a": "-inf"}, "a = v if v > a or v != v else a", "a", "real"),
    "min": Reducer({"a": "inf"}, "a = v if v < a or v != v else a", "a", "real"),
    "any": Reducer({"a": "False"}, "a = a or v", "a", "bool", early="True"),
    "all": Reducer({"a": "True"}, "a = a and v", "a", "bool", early="False"),
    "count": Reducer({"a": "0"}, "a = a + 1 if v else a", "a", "int"),
    # The sum of numbers held as logarithms, in one sweep: a is the largest so far, b the sum in units of it.
    "log_sum": Reducer(
        {"a": "-inf", "b": "0.0"},
        "b = b * math.exp(a - v) + 1.0 if v > a else (b + math.exp(v - a) if v > -inf else (b if v == v else v)); a = v if v > a else a",
        "a + math.log(b) if b > 0.0 else (a if b == b else nan)",
        "real",
    ),
}
