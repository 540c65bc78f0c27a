"""The derivative of an expression by one element of an array, rule by rule, as a tree of the same IR."""

from collections.abc import Callable, Sequence

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


def _power(a: Expr, b: Expr) -> Sequence[Expr]:
    return _times(b, _to(a, _minus(b, Const(1)))), _times(_to(a, b), _log(a))


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
}


def derivative(expr: Expr, element: Read) -> Expr | None:
    """d expr / d element, where every read of the array in it is that element; None where it is 0. Raises NotDifferentiable."""
    if element.array not in arrays(expr):
        return None
    match expr:
        case Read():
            return ONE
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
        term = partial if inner == ONE else inner if partial == ONE else _times(partial, inner)
        total = term if total is None else _plus(total, term)
    return total
