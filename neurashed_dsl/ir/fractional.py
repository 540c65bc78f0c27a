"""Is an expression (p·x + q)/(r·x + s) in one of its variables? Such maps compose as 2 × 2 matrices, so that many at once are a power of one."""

from neurashed_dsl.ir.affine import ONE, ZERO, affine, chosen, joined, scaled
from neurashed_dsl.ir.expr import Apply, Const, Expr, Select, free

Matrix = tuple[Expr, Expr, Expr, Expr]


def fractional(expr: Expr, variable: str) -> Matrix | None:
    """(p, q, r, s), none of which reads the variable; None if `expr` isn't of that form."""
    if (line := affine(expr, variable)) is not None:
        return *line, ZERO, ONE
    match expr:
        case Apply("divide" | "/", (above, below)):
            return _product(fractional(above, variable), _turned(fractional(below, variable)))
        case Apply("*", (left, right)):
            return _product(fractional(left, variable), fractional(right, variable))
        case Apply("power" | "^", (base, Const(value))) if value == -1:
            return _turned(fractional(base, variable))
        case Apply("+" | "-" as op, (left, right)):
            return _sum(op, fractional(left, variable), fractional(right, variable))
        case Apply("neg", (inner,)):
            return _sum("-", (ZERO, ZERO, ZERO, ONE), fractional(inner, variable))
        case Apply("real", (inner,)):
            return fractional(inner, variable)
        case Select(condition, yes, no) if variable not in free(condition):
            one, two = fractional(yes, variable), fractional(no, variable)
            return _each(condition, one, two) if one and two else None
        case _:
            return None


def _turned(m: Matrix | None) -> Matrix | None:
    """1 / m"""
    return None if m is None else (m[2], m[3], m[0], m[1])


def _product(a: Matrix | None, b: Matrix | None) -> Matrix | None:
    """Above and below the line one factor at most may read x."""
    if a is None or b is None:
        return None
    above, below = _times(a[:2], b[:2]), _times(a[2:], b[2:])
    return (*above, *below) if above and below else None


def _times(a: tuple[Expr, Expr], b: tuple[Expr, Expr]) -> tuple[Expr, Expr] | None:
    if a[0] != ZERO and b[0] != ZERO:
        return None
    (_, factor), line = (a, b) if a[0] == ZERO else (b, a)
    return scaled(factor, line[0]), scaled(factor, line[1])


def _sum(op: str, a: Matrix | None, b: Matrix | None) -> Matrix | None:
    """Over one denominator: that of the one that has x below the line."""
    if a is None or b is None or (a[2] != ZERO and b[2] != ZERO):
        return None
    mine, yours = _times(a[:2], b[2:]), _times(b[:2], a[2:])
    below = _times(a[2:], b[2:])
    if mine is None or yours is None or below is None:
        return None
    return joined(op, mine[0], yours[0]), joined(op, mine[1], yours[1]), *below


def _each(condition: Expr, a: Matrix, b: Matrix) -> Matrix:
    p, q, r, s = (chosen(condition, x, y) for x, y in zip(a, b, strict=True))
    return p, q, r, s
