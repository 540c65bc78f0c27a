"""Is an expression a·x + c in one of its variables? Symbolically: a and c are expressions."""

from neurashed_dsl.ir.expr import Apply, Const, Expr, Select, Var, free

ZERO, ONE = Const(0), Const(1)
Line = tuple[Expr, Expr]


def affine(expr: Expr, variable: str) -> Line | None:
    """(a, c), neither of which reads the variable; None if `expr` isn't of that form."""
    if variable not in free(expr):
        return ZERO, expr
    match expr:
        case Var():
            return ONE, ZERO
        case Apply("+" | "-" as op, (left, right)):
            one, two = affine(left, variable), affine(right, variable)
            return (joined(op, one[0], two[0]), joined(op, one[1], two[1])) if one and two else None
        case Apply("neg", (inner,)):
            line = affine(inner, variable)
            return (joined("-", ZERO, line[0]), joined("-", ZERO, line[1])) if line else None
        case Apply("*", (left, right)):
            one, two = affine(left, variable), affine(right, variable)
            if one is None or two is None or (one[0] != ZERO and two[0] != ZERO):
                return None
            factor, line = (one[1], two) if one[0] == ZERO else (two[1], one)
            return scaled(factor, line[0]), scaled(factor, line[1])
        case Apply("/" | "divide" as op, (left, right)) if variable not in free(right):
            line = affine(left, variable)
            return (_over(op, line[0], right), _over(op, line[1], right)) if line else None
        case Apply("real", (inner,)):
            return affine(inner, variable)
        case Select(condition, yes, no) if variable not in free(condition):
            one, two = affine(yes, variable), affine(no, variable)
            return (chosen(condition, one[0], two[0]), chosen(condition, one[1], two[1])) if one and two else None
        case _:
            return None


def joined(op: str, a: Expr, b: Expr) -> Expr:
    if b == ZERO:
        return a
    if a == ZERO:
        return b if op == "+" else Apply("neg", (b,))
    return Apply(op, (a, b))


def scaled(factor: Expr, x: Expr) -> Expr:
    if x == ZERO:
        return ZERO
    return factor if x == ONE else x if factor == ONE else Apply("*", (factor, x))


def _over(op: str, x: Expr, divisor: Expr) -> Expr:
    return x if x == ZERO else Apply(op, (x, divisor))


def chosen(condition: Expr, yes: Expr, no: Expr) -> Expr:
    return yes if yes == no else Select(condition, yes, no)
