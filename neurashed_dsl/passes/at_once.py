"""A law applied many times at once, if that has a closed form: x + c, a·x + c, (p·x + q)/(r·x + s), and these down to a
floor or up to a ceiling; also of numbers held as logarithms."""

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from neurashed_dsl.ir.affine import ONE, ZERO, affine
from neurashed_dsl.ir.expr import Apply, Const, Expr, Read, Select, Var, arrays, free, transform
from neurashed_dsl.ir.fractional import Matrix, fractional
from neurashed_dsl.ir.system import Slot, System
from neurashed_dsl.passes.known import Numbers, numbers, written_out

Many = Callable[[Expr, Expr], Expr]  # of a value and how often the law is applied to it
X = Var("x of a law")
NUMBER = Var("number that x is the logarithm of")


def many(law: Expr, element: Read, slot: Slot, system: System) -> Many | None:
    """`law` of the element x[n] of a slot, many times; None if that has no closed form. It reads, of all that changes, only its element."""
    law = _replaced(law, element, X)
    if "step" in free(law) or slot.name in arrays(law):
        return None
    return _closed(law, element, slot, system)


def _closed(law: Expr, element: Read, slot: Slot, system: System) -> Many | None:
    line = affine(law, X.name)
    if line == (ONE, ZERO):
        return lambda x, often: x
    if slot.kind != "real":
        return None
    if line is not None and line[0] == ONE:
        return lambda x, often: Apply("+", (x, _times(line[1], often)))
    return _bounded(law, element, slot, system) or _of_matrix(law, element, slot, system)


def _bounded(law: Expr, element: Read, slot: Slot, system: System) -> Many | None:
    """max(g(x), m), or min, of a g that increases and doesn't lead back over the bound: it is g many times, and then the bound."""
    match law:
        case Apply("max" | "min" as op, (inner, bound)) if X.name not in free(bound):
            pass
        case Apply("max" | "min" as op, (bound, inner)) if X.name not in free(bound):
            pass
        case Apply("relu", (inner,)):
            op, bound = "max", Const(0.0)
        case _:
            return None
    most = _closed(inner, element, slot, system)
    ends = [_along(e, element, slot, system) for e in (_replaced(inner, X, bound), bound)]
    if most is None or ends[0] is None or ends[1] is None:
        return None
    if not np.all(ends[0] <= ends[1] if op == "max" else ends[0] >= ends[1]):
        return None
    return lambda x, often: Select(Apply(">", (often, Const(0))), Apply(op, (most(x, often), bound)), x)


def _of_matrix(law: Expr, element: Read, slot: Slot, system: System) -> Many | None:
    if slot.log:
        found = _number(written_out(law, system))
        matrix = fractional(found, NUMBER.name) if found is not None else None
    else:
        matrix = fractional(law, X.name)
    if matrix is None:
        return None
    factor, *others = matrix
    scales = not slot.log and others == [ZERO, ZERO, ONE]
    if not (scales and slot.positive) and not _sound(matrix, element, slot, system):
        return None
    if scales:
        return lambda x, often: Apply("*", (x, _exp(_times(Apply("log", (factor,)), often))))
    op, entries = "log_fractional" if slot.log else "fractional", tuple(map(_real, matrix))
    return lambda x, often: Apply(op, (x, *entries, _real(often)))


def _sound(matrix: Matrix, element: Read, slot: Slot, system: System) -> bool:
    """Are the numbers such that no denominator is 0, and no number below 0 is raised to a power?"""
    known = [_along(entry, element, slot, system) for entry in matrix]
    if any(x is None for x in known):
        return False
    p, q, r, s = (np.asarray(x) for x in known)
    fair = (p >= 0) & (s > 0) & (p * s >= q * r)
    if matrix[2] == ZERO and not slot.log:
        return bool(np.all(fair))
    return (slot.log or slot.positive) and bool(np.all(fair & (q >= 0) & (r >= 0)))


def _along(e: Expr, element: Read, slot: Slot, system: System) -> Numbers | None:
    """Its values at the places of the slot."""
    (place,) = element.index
    assert isinstance(place, Var)
    return numbers(e, system, place.name, slot.axes[0])


def _number(e: Expr) -> Expr | None:
    """The number of which `e` is the logarithm, where X is that of NUMBER: sums were products. None if X stands anywhere else."""
    if X.name not in free(e):
        return _exp(e)
    match e:
        case Var():
            return NUMBER
        case Apply("+" | "-" | "log_sum" as op, (left, right)):
            one, two = _number(left), _number(right)
            return Apply({"+": "*", "-": "divide", "log_sum": "+"}[op], (one, two)) if one and two else None
        case Apply("log", (inner,)):
            found = _replaced(inner, Apply("exp", (X,)), NUMBER)
            return None if X.name in free(found) else found
        case Select(condition, yes, no) if X.name not in free(condition):
            one, two = _number(yes), _number(no)
            return Select(condition, one, two) if one and two else None
        case _:
            return None


def _times(logarithm: Expr, often: Expr) -> Expr:
    """A factor of 0 has the logarithm -inf, and 0 times that is no number: `log_power` is a product that knows."""
    return Apply("log_power", (logarithm, _real(often)))


def _exp(e: Expr) -> Expr:
    match e:
        case Const(value):
            return Const(math.exp(value))
        case Apply("log", (inner,)):
            return inner
        case _:
            return Apply("exp", (e,))


def _real(e: Expr) -> Expr:
    return (
        replace(e, value=float(e.value)) if isinstance(e, Const) else e if isinstance(e, Read) else Apply("real", (e,))
    )


def _replaced(expr: Expr, old: Expr, new: Expr) -> Expr:
    return transform(expr, lambda e: new if e == old else e)
