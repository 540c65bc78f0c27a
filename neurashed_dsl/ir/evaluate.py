"""The reference evaluator: what the IR means, scalar by scalar, in plain Python. Kernels equal it to the last bit.

`closure(expr)` turns an expression into a Python function of an environment: a dict with variables by name and, under `MEMORY`, the arrays.
Sizes, rules, starts and tests all come through here; no second evaluator exists.
"""

import operator
from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from functools import lru_cache
from typing import Any, assert_never

import numpy as np

from neurashed_dsl.ir import scalar
from neurashed_dsl.ir.expr import (
    Apply,
    Binder,
    Const,
    Domain,
    Expr,
    Iterate,
    Range,
    Read,
    Reduce,
    Row,
    Select,
    Var,
    Whole,
)
from neurashed_dsl.ir.operators import OPERATORS, REDUCERS, Reducer
from neurashed_dsl.ir.system import System

Env = dict[str, Any]
Closure = Callable[[Env], Any]
MEMORY = " memory"  # no variable has such a name


class Memory:
    """Arrays by name, sizes of axes, rows of relations: what expressions read."""

    def __init__(self, system: System | None = None, arrays: Mapping[str, Any] | None = None) -> None:
        self.sizes = {a.name: a.size for a in system.axes.values()} if system else {}
        self.relations = dict(system.relations) if system else {}
        self.packed = {t.name for t in system.tables.values() if t.packed} if system else set()
        self.arrays: dict[str, Any] = {}
        if system:
            self.arrays |= {name: np.asarray(v) for name, v in system.parameters.items()}
            self.arrays |= {t.name: t.data for t in system.tables.values()}
        self.arrays |= arrays or {}


def evaluate(expr: Expr, env: Env | None = None, memory: Memory | None = None) -> Any:
    """The value of one expression. Raises IndexError where an array is read outside its axis, ZeroDivisionError on exact x / 0."""
    return closure(expr)({**(env or {}), MEMORY: memory})


@lru_cache(maxsize=4096)
def closure(expr: Expr) -> Closure:
    match expr:
        case Const(value):
            return lambda env: value
        case Var(name):
            return operator.itemgetter(name)
        case Read(array, index):
            return _read(array, tuple(map(closure, index)))
        case Apply(op, args):
            return _apply(op, tuple(map(closure, args)))
        case Select(condition, yes, no):
            c, y, n = closure(condition), closure(yes), closure(no)
            return lambda env: y(env) if c(env) else n(env)
        case Reduce():
            return _reduce(expr)
        case Iterate():
            return _iterate(expr)
        case _:
            assert_never(expr)


def _read(array: str, index: tuple[Closure, ...]) -> Closure:
    def element(env: Env, at: tuple[Any, ...]) -> Any:
        memory: Memory = env[MEMORY]
        data = memory.arrays[array]
        if array in memory.packed:
            s, n = at
            return bool(int(data[n, s >> 6]) >> (s & 63) & 1)
        if at and min(at) < 0:
            raise IndexError(f"{array}{list(at)}")
        return data.item(*at) if isinstance(data, np.ndarray) else data[at]

    if len(index) == 1:
        (only,) = index
        return lambda env: element(env, (only(env),))
    if len(index) == 2:
        first, second = index
        return lambda env: element(env, (first(env), second(env)))
    return lambda env: element(env, tuple(i(env) for i in index))


def _exact(x: Any) -> bool:
    return isinstance(x, int | Fraction) and not isinstance(x, bool)


def _divide(a: Any, b: Any) -> Any:
    if _exact(a) and _exact(b):
        quotient = Fraction(a) / Fraction(b)
        return quotient.numerator if quotient.denominator == 1 else quotient
    return scalar.divide(float(a), float(b))


def _power(a: Any, b: Any) -> Any:
    if (
        _exact(a)
        and isinstance(b, int)
        and abs(b) * max(1, abs(a.numerator).bit_length(), a.denominator.bit_length()) < 4096
    ):
        if a == 0 and b < 0:
            raise ZeroDivisionError("0 to a negative power")
        result = Fraction(a) ** b
        return result.numerator if result.denominator == 1 else result
    return scalar.power(float(a), float(b))


def _apply(op: str, args: tuple[Closure, ...]) -> Closure:
    if op == "and":
        a, b = args
        return lambda env: a(env) and b(env)
    if op == "or":
        a, b = args
        return lambda env: a(env) or b(env)
    special: dict[str, Callable[..., Any]] = {"/": _divide, "^": _power}
    meaning = special.get(op) or OPERATORS[op].meaning
    if len(args) == 1:
        (only,) = args
        return lambda env: meaning(only(env))
    if len(args) == 2:
        left, right = args
        return lambda env: meaning(left(env), right(env))
    return lambda env: meaning(*(a(env) for a in args))


def positions_of(domain: Domain) -> Callable[[Env], Any]:
    match domain:
        case Whole(axis):
            return lambda env: range(env[MEMORY].sizes[axis])
        case Range(low, high, _):
            a, b = closure(low), closure(high)
            return lambda env: range(a(env), b(env))
        case Row(relation, at):
            where = closure(at)
            return lambda env: _row_of(env[MEMORY].relations[relation], where(env))
        case _:
            assert_never(domain)


def _row_of(relation: Any, at: int) -> list[int]:
    low, high = relation.offsets[at : at + 2].tolist()
    return relation.members[low:high].tolist()  # type: ignore[no-any-return]


def bindings(binders: tuple[Binder, ...]) -> Callable[[Env], Iterator[Env]]:
    """All environments in which the binders are bound, first binder slowest."""
    steps, last = [(b.name, positions_of(b.domain)) for b in binders], len(binders) - 1
    if not steps:
        return lambda env: iter((env,))

    def bind(env: Env, depth: int = 0) -> Iterator[Env]:
        name, positions = steps[depth]
        for p in positions(env):
            inner = {**env, name: p}
            if depth == last:
                yield inner
            else:
                yield from bind(inner, depth + 1)

    return bind


def _reduce(expr: Reduce) -> Closure:
    fold = _fold(REDUCERS[expr.op])
    body, bind = closure(expr.body), bindings(expr.binders)
    if expr.where is None:
        return lambda env: fold(body(e) for e in bind(env))
    where = closure(expr.where)
    return lambda env: fold(body(e) for e in bind(env) if where(e))


def _fold(row: Reducer) -> Callable[[Iterator[Any]], Any]:
    """A Python function with the very text of the row, as the kernels have it."""
    starts = "; ".join(f"{k} = {v}" for k, v in row.start.items())
    early = f"\n        if a == {row.early}: break" if row.early else ""
    text = (
        f"def fold(values):\n    {starts}\n    for v in values:\n        {row.step}{early}\n    return {row.finish}\n"
    )
    space: dict[str, Any] = dict(vars(scalar))
    exec(text, space)
    return space["fold"]  # type: ignore[no-any-return]


def _iterate(expr: Iterate) -> Closure:
    start, low, high, body = (closure(e) for e in (expr.start, expr.low, expr.high, expr.body))

    def run(env: Env) -> Any:
        x = start(env)
        for t in range(low(env), high(env)):
            x = body({**env, expr.variable: x, expr.clock: t})
        return x

    return run
