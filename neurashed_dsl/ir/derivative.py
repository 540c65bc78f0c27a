"""The derivatives of the operators, one row each, and of an expression by one element of an array: trees of the same IR.

Forward, as `derivative` goes; `adjoint` goes through the same rows backward.
"""

from collections.abc import Callable, Sequence
from fractions import Fraction

from neurashed_dsl.ir.expr import Apply, Const, Expr, Read, Reduce, Select, arrays

ONE, ZERO = Const(1.0), Const(0.0)
Rule = Callable[..., Sequence[Expr]]


class NotDifferentiable(Exception):
    """`args[0]` is the expression that has no derivative."""


def _apply(op: str) -> Callable[..., Expr]:
    return lambda *args: Apply(op, args)


_plus, _minus, _times, _over, _to = map(_apply, ("+", "-", "*", "/", "^"))
_exp, _log, _sin, _cos, _tanh, _sqrt, _sigmoid, _sign = map(
    _apply, ("exp", "log", "sin", "cos", "tanh", "sqrt", "sigmoid", "sign")
)
_less = _apply("<")
_NONE = Const(float("-inf"))  # the logarithm of 0


def _power(a: Expr, b: Expr) -> Sequence[Expr]:
    lower = Const(b.value - 1) if isinstance(b, Const) else _minus(b, Const(1))
    by_base = _times(b, a if lower == Const(1) else _to(a, lower))
    return by_base, _times(_to(a, b), _log(a))


def _remainder(a: Expr, b: Expr) -> Sequence[Expr]:
    return ONE, Apply("neg", (Apply("real", (Apply("floor", (_over(a, b),)),)),))


def _clip(x: Expr, low: Expr, high: Expr) -> Sequence[Expr]:
    below, above = _less(x, low), _less(high, x)
    inside = Select(below, ZERO, Select(above, ZERO, ONE))
    return inside, Select(below, ONE, ZERO), Select(below, ZERO, Select(above, ONE, ZERO))


def share_of_sum(part: Expr, total: Expr) -> Expr:
    """The share e^part has in e^total: the derivative of a `log_sum`. 0 of nothing is 0."""
    return Select(Apply(">", (part, _NONE)), _exp(_minus(part, total)), ZERO)


# The partial derivatives of each operator by its operands.
RULES: dict[str, Rule] = {
    "+": lambda a, b: (ONE, ONE),
    "-": lambda a, b: (ONE, Const(-1.0)),
    "*": lambda a, b: (b, a),
    "/": lambda a, b: (_over(ONE, b), Apply("neg", (_over(a, _times(b, b)),))),
    "^": _power,
    "neg": lambda a: (Const(-1.0),),
    "real": lambda a: (ONE,),
    "abs": lambda a: (_sign(a),),
    "exp": lambda a: (_exp(a),),
    "log": lambda a: (_over(ONE, a),),
    "sqrt": lambda a: (_over(Const(0.5), _sqrt(a)),),
    "sin": lambda a: (_cos(a),),
    "cos": lambda a: (Apply("neg", (_sin(a),)),),
    "tanh": lambda a: (_minus(ONE, _times(_tanh(a), _tanh(a))),),
    "relu": lambda a: (Select(Apply(">", (a, ZERO)), ONE, ZERO),),
    "softplus": lambda a: (_sigmoid(a),),
    "sigmoid": lambda a: (_times(_sigmoid(a), _minus(ONE, _sigmoid(a))),),
    "log1p": lambda a: (_over(ONE, _plus(ONE, a)),),
    "expm1": lambda a: (_exp(a),),
    "erf": lambda a: (_times(Const(1.1283791670955126), _exp(Apply("neg", (_times(a, a),)))),),  # 2/√π
    "min": lambda a, b: (Select(Apply("<", (a, b)), ONE, ZERO), Select(Apply("<", (a, b)), ZERO, ONE)),
    "max": lambda a, b: (Select(Apply(">", (a, b)), ONE, ZERO), Select(Apply(">", (a, b)), ZERO, ONE)),
    "clip": _clip,
    "%": _remainder,
    "log_sum": lambda a, b: tuple(share_of_sum(x, Apply("log_sum", (a, b))) for x in (a, b)),
    "log_difference": lambda a, b: (_exp(a), Apply("neg", (_exp(b),))),
    "log_power": lambda a, b: (b, a),
}

# The same by the value at hand, where that is cheaper than to work it out again.
BY_VALUE: dict[str, Callable[[Expr], Expr]] = {
    "exp": lambda y: y,
    "expm1": lambda y: _plus(y, ONE),
    "sqrt": lambda y: _over(Const(0.5), y),
    "tanh": lambda y: _minus(ONE, _times(y, y)),
    "sigmoid": lambda y: _times(y, _minus(ONE, y)),
    "relu": lambda y: Select(Apply(">", (y, ZERO)), ONE, ZERO),
}

# Constant wherever they have a derivative. `floor` and its kin are, too, but whoever differentiates them has made a mistake.
CONSTANT = {"or", "and", "not", "==", "!=", "<", "<=", ">", ">=", "sign"}


def derivative(expr: Expr, element: Read) -> Expr | None:
    """d expr / d element, where every read of the array in it is that element; None where it is 0. Raises NotDifferentiable."""
    if element.array not in arrays(expr):
        return None
    match expr:
        case Read():
            return ONE
        case Apply(op) if op in CONSTANT:
            return None
        case Apply(op, args) if op in RULES:
            return _chain(RULES[op](*args), args, element)
        case Select(condition, yes, no):
            by = derivative(yes, element), derivative(no, element)
            return None if by == (None, None) else Select(condition, by[0] or ZERO, by[1] or ZERO)
        case Reduce("sum", body, binders, where):
            inner = derivative(body, element)
            return None if inner is None else Reduce("sum", inner, binders, where)
        case _:
            raise NotDifferentiable(expr)


def _chain(partials: Sequence[Expr], args: Sequence[Expr], element: Read) -> Expr | None:
    total: Expr | None = None
    for partial, arg in zip(partials, args):
        inner = derivative(arg, element)
        if inner is None:
            continue
        term = times(partial, inner)
        total = term if total is None else _plus(total, term)
    return total


def times(a: Expr, b: Expr) -> Expr:
    """a b, without factors that are 1 or 0, and with known numbers multiplied out."""
    for known, other in ((a, b), (b, a)):
        if isinstance(known, Const) and known.value == 1:
            return other
        if isinstance(known, Const) and known.value == 0:
            return ZERO
    match a, b:
        case Const(x), Const(y):
            return Const(_product(x, y))
        case _, Apply("neg", (inner,)):
            return Apply("neg", (times(a, inner),))
        case _, Const(-1.0):
            return Apply("neg", (a,))
        case Apply("neg", (inner,)), _:
            return Apply("neg", (times(inner, b),))
        case _, Select(condition, yes, no):
            # A choice stays outside: what multiplies nothing needn't be worked out.
            if ZERO in (yes, no):
                return Select(condition, times(a, yes), times(a, no))
    return _times(a, b)


def _product(x: int | float | Fraction, y: int | float | Fraction) -> float | Fraction:
    return float(x) * float(y) if isinstance(x, float) or isinstance(y, float) else Fraction(x) * Fraction(y)
