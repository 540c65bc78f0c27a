"""What an expression that nothing moves comes to, at all places at once, as far as it can be known before a run."""

from typing import Any

import numpy as np
import numpy.typing as npt

from neurashed_dsl.ir.evaluate import evaluate
from neurashed_dsl.ir.expr import Apply, Const, Expr, Read, Select, Var, rebuild, substitute, transform
from neurashed_dsl.ir.operators import OPERATORS
from neurashed_dsl.ir.system import System

Numbers = npt.NDArray[np.float64]


def written_out(expr: Expr, system: System) -> Expr:
    """Hoisted lets are replaced by what they stand for, but for those that read themselves."""
    lets = {x.name: x for x in system.hoisted if not x.scan}

    def write(e: Expr) -> Expr:
        if not isinstance(e, Read) or e.array not in lets:
            return e
        let = lets[e.array]
        return transform(substitute(let.expr, dict(zip((b.name for b in let.binders), e.index, strict=True))), write)

    return transform(expr, write)


def numbers(expr: Expr, system: System, place: str, axis: str) -> Numbers | None:
    """The expression's values along `axis`, which the variable `place` runs over, or its one value; None where that isn't known."""
    with np.errstate(all="ignore"):
        found = _value(written_out(expr, system), system, {place: np.arange(system.axes[axis].size)})
    return None if found is None else np.asarray(found, np.float64)


def _value(e: Expr, system: System, at: dict[str, npt.NDArray[np.int64]]) -> npt.NDArray[Any] | None:
    def each(parts: tuple[Expr, ...]) -> list[npt.NDArray[Any]] | None:
        found = [v for x in parts if (v := _value(x, system, at)) is not None]
        return found if len(found) == len(parts) else None

    match e:
        case Const(value):
            return np.asarray(value)
        case Var(name):
            return at.get(name)
        case Read(name, ()) if name in system.parameters:
            return np.asarray(system.parameters[name])
        case Read(name, index) if name in system.tables and not system.tables[name].packed:
            where = each(index)
            data = system.tables[name].data
            # A branch that isn't taken may read beyond the table; then nothing is known.
            if where is None or any((w < 0).any() or (w >= n).any() for w, n in zip(where, data.shape, strict=True)):
                return None
            return np.asarray(data[tuple(where)])
        case Apply(op, args):
            operands = each(args)
            return None if operands is None else np.asarray(OPERATORS[op].array(*operands))
        case Select(condition, yes, no):
            parts = each((condition, yes, no))
            return None if parts is None else np.where(*parts)
        case _:
            return None


EXACT = {*"+ - * // % neg min max == != < <= > >= not".split()}


def whole_number(e: Expr, system: System) -> Expr:
    """The constant that one operation on whole numbers and truths comes to, or an element of a parameter or table of these; else the expression."""
    match e:
        case Read(name, ()) if name in system.parameters and isinstance(system.parameters[name], int):
            return Const(system.parameters[name], e.span)
        case Read(name, index) if name in system.tables and not (table := system.tables[name]).packed:
            at = tuple(int(i.value) for i in index if isinstance(i, Const))
            inside = len(at) == len(index) and all(0 <= k < n for k, n in zip(at, table.data.shape))
            if inside and not table.moves and table.data.dtype.kind in "iub":
                return Const(table.data[at].item(), e.span)
        case Apply("within", (Const(int(at)), Const(int(size)))) if 0 <= at < size:
            return Const(at, e.span)
        case Apply("real", (Const(int(value)),)):
            return Const(float(value), e.span)
        case Apply("//" | "%", (_, Const(0))):
            return e
        case Apply(op, args) if op in EXACT and all(isinstance(a, Const) and isinstance(a.value, int) for a in args):
            return Const(evaluate(e), e.span)
    return e


def settled(e: Expr, system: System) -> Expr:
    """The expression with everything in it worked out that is a whole number or a truth before the run."""
    match e:
        case Apply("and" | "or" as op, (first, second)):
            sides = settled(first, system), settled(second, system)
            for one, other in (sides, sides[::-1]):
                if isinstance(one, Const):
                    return other if bool(one.value) == (op == "and") else one
            return Apply(op, sides, e.span)
    return whole_number(rebuild(e, lambda x: settled(x, system)), system)
