"""White noise in an equation: apart from the drift, linear or not, with a factor that depends on the state or not."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from typing import NamedTuple

from neurashed_dsl.ir.expr import (
    Apply,
    Binder,
    Const,
    Expr,
    Read,
    Reduce,
    Select,
    Var,
    arrays,
    rebuild,
    substitute,
    walk,
)
from neurashed_dsl.ir.system import Let


class Parts(NamedTuple):
    """An expression as drift + noise; None for a part that is nothing. `bad`: where a white noise doesn't stand linearly."""

    drift: Expr | None
    noise: Expr | None
    bad: Expr | None = None


def written_out(expr: Expr, lets: Mapping[str, Let]) -> Expr:
    """`expr` with every read of these lets, and of those they read, replaced by what it stands for."""

    def write(e: Expr) -> Expr:
        e = rebuild(e, write)
        if not (isinstance(e, Read) and e.array in lets):
            return e
        let = lets[e.array]
        return write(substitute(let.expr, {b.name: i for b, i in zip(let.binders, e.index)}))

    return write(expr)


def reading(names: Collection[str], lets: Collection[Let]) -> set[str]:
    """Names of the lets that read one of the arrays, at first hand or through other lets."""
    found: set[str] = set()
    while True:
        more = {x.name for x in lets if x.name not in found and arrays(x.expr) & (found | set(names))}
        if not more:
            return found
        found |= more


def parted(expr: Expr, whites: Collection[str]) -> Parts:
    """Drift and noise. The noise is linear in the elements of `whites`, or `bad` says where it isn't."""
    if not arrays(expr) & set(whites):
        return Parts(expr, None)
    match expr:
        case Read():
            return Parts(None, expr)
        case Apply("+" | "-" as op, (a, b)):
            return _sum(op, parted(a, whites), parted(b, whites))
        case Apply("neg", (a,)):
            return _each(parted(a, whites), lambda e: Apply("neg", (e,)))
        case Apply("*", (a, b)) if not arrays(b) & set(whites):
            return _each(parted(a, whites), lambda e: Apply("*", (e, b)))
        case Apply("*", (a, b)) if not arrays(a) & set(whites):
            return _each(parted(b, whites), lambda e: Apply("*", (a, e)))
        case Apply("/", (a, b)) if not arrays(b) & set(whites):
            return _each(parted(a, whites), lambda e: Apply("/", (e, b)))
        case Select(condition, yes, no) if not arrays(condition) & set(whites):
            return _choice(condition, parted(yes, whites), parted(no, whites))
        case Reduce("sum" | "mean", body, _, where) if where is None or not arrays(where) & set(whites):
            return _each(parted(body, whites), lambda e: replace(expr, body=e))
        case _:
            return Parts(None, None, expr)


def _each(parts: Parts, change: Callable[[Expr], Expr]) -> Parts:
    drift, noise = (None if e is None else change(e) for e in (parts.drift, parts.noise))
    return Parts(drift, noise, parts.bad)


def _sum(op: str, a: Parts, b: Parts) -> Parts:
    def both(x: Expr | None, y: Expr | None) -> Expr | None:
        if x is None or y is None:
            return x if y is None else Apply("neg", (y,)) if op == "-" else y
        return Apply(op, (x, y))

    return Parts(both(a.drift, b.drift), both(a.noise, b.noise), a.bad or b.bad)


def _choice(condition: Expr, a: Parts, b: Parts) -> Parts:
    def both(x: Expr | None, y: Expr | None) -> Expr | None:
        return None if x is None and y is None else Select(condition, x or Const(0.0), y or Const(0.0))

    return Parts(both(a.drift, b.drift), both(a.noise, b.noise), a.bad or b.bad)


def own_noise(noise: Expr, whites: Collection[str], binders: tuple[Binder, ...]) -> Read | None:
    """The one element of white noise that drives an equation whose noise is diagonal: its indices are those of the equation. Else None."""
    reads = {e for e in walk(noise) if isinstance(e, Read) and e.array in whites}
    if len(reads) != 1:
        return None
    (only,) = reads
    mine = {Var(b.name) for b in binders}
    return only if set(only.index) == mine and len(only.index) == len(mine) else None
