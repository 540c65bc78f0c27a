"""Is an expression the logarithm of a·x + c, in the logarithm of x? Symbolically: log a and log c are expressions."""

import math

from neurashed_dsl.ir.affine import ZERO, Line
from neurashed_dsl.ir.expr import Apply, Const, Expr, Select, Var, free

NEVER = Const(-math.inf)  # the logarithm of 0


def log_affine(expr: Expr, variable: str) -> Line | None:
    """(log a, log c), neither of which reads the variable; None if `expr` isn't of that form."""
    if variable not in free(expr):
        return NEVER, expr
    match expr:
        case Var():
            return ZERO, NEVER
        case Apply("+", (left, right)):
            inner, by = (left, right) if variable in free(left) else (right, left)
            return _shifted("+", log_affine(inner, variable), by, variable)
        case Apply("-", (left, right)):
            return _shifted("-", log_affine(left, variable), right, variable)
        case Apply("log_sum", (left, right)):
            one, two = log_affine(left, variable), log_affine(right, variable)
            return (_log_sum(one[0], two[0]), _log_sum(one[1], two[1])) if one and two else None
        case Select(condition, yes, no) if variable not in free(condition):
            one, two = log_affine(yes, variable), log_affine(no, variable)
            return (_chosen(condition, one[0], two[0]), _chosen(condition, one[1], two[1])) if one and two else None
        case _:
            return None


def _shifted(op: str, line: Line | None, by: Expr, variable: str) -> Line | None:
    if line is None or variable in free(by):
        return None
    a, c = (e if e == NEVER else by if e == ZERO and op == "+" else Apply(op, (e, by)) for e in line)
    return a, c


def _log_sum(a: Expr, b: Expr) -> Expr:
    return b if a == NEVER else a if b == NEVER else Apply("log_sum", (a, b))


def _chosen(condition: Expr, yes: Expr, no: Expr) -> Expr:
    return yes if yes == no else Select(condition, yes, no)
