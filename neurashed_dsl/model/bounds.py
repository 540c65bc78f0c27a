"""Is an index on its axis? Worked out while compiling where it can be; a read that can't be vouched for is checked in the run.

Branches that aren't taken may be out of range, so what is under conditions is tried out: all values of the indices, with the conditions.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from neurashed_dsl.ir.evaluate import MEMORY, bindings, closure
from neurashed_dsl.ir.expr import (
    Apply,
    Binder,
    Const,
    Domain,
    Expr,
    Range,
    Read,
    Row,
    Select,
    Var,
    Whole,
    arrays,
    domain_parts,
    free,
)
from neurashed_dsl.model.demands import known_now
from neurashed_dsl.model.scope import Lowering, Typed

MOST_TRIED = 100_000
Ends = tuple[int, int]


class Outside(NamedTuple):
    """`certain`: there is such a case; else it can't be told. `values` of the indices at which, `at` the position."""

    certain: bool
    values: dict[str, int]
    at: int


def surely_inside(at: Expr, size: int, to: Lowering) -> bool:
    """Is a position 0 … size − 1 whatever the indices are?"""
    ends = ends_of(at, to)
    return ends is not None and ends[0] >= 0 and ends[1] < size


def ends_of(e: Expr, to: Lowering) -> Ends | None:
    """The least and the largest value that an integer expression can have; None where that isn't known."""
    match e:
        case Const(value) if isinstance(value, int):
            return value, value
        case Var(name):
            return _of_domain(to.domains.get(name), to)
        case Read(array, _) if array in to.elements:
            return 0, to.axes[to.elements[array]].size - 1
        case Read(_, ()):
            number = known_now(e, to)
            return None if number is None or number != int(number) else (int(number), int(number))
        case Apply("int", (Apply("clip", (_, low, high)),)):
            return _both(ends_of(low, to), ends_of(high, to))
        case Apply(op, args):
            return _of_operator(op, [ends_of(a, to) for a in args])
        case Select(_, yes, no):
            return _both(ends_of(yes, to), ends_of(no, to))
        case _:
            return None


def _of_domain(domain: Domain | None, to: Lowering) -> Ends | None:
    match domain:
        case Whole(axis):
            return 0, to.axes[axis].size - 1
        case Range(low, high, _):
            a, b = ends_of(low, to), ends_of(high, to)
            return None if a is None or b is None else (a[0], b[1] - 1)
        case Row(relation, _):
            return 0, to.axes[to.targets[relation]].size - 1
        case _:
            return None


def _both(a: Ends | None, b: Ends | None) -> Ends | None:
    return None if a is None or b is None else (min(a[0], b[0]), max(a[1], b[1]))


def _of_operator(op: str, args: list[Ends | None]) -> Ends | None:
    known = [a for a in args if a is not None]
    if len(known) < len(args):
        return None
    match op, known:
        case "+", [a, b]:
            return a[0] + b[0], a[1] + b[1]
        case "-", [a, b]:
            return a[0] - b[1], a[1] - b[0]
        case "*", [a, b]:
            corners = [x * y for x in a for y in b]
            return min(corners), max(corners)
        case "neg", [a]:
            return -a[1], -a[0]
        case "%", [a, (low, high)] if low > 0:
            return (0, high - 1) if a[0] < 0 or a[1] >= low else a
        case "//", [a, (low, high)] if low == high > 0:
            return a[0] // low, a[1] // low
        case "min" | "max" as which, [a, b]:
            choose = min if which == "min" else max
            return choose(a[0], b[0]), choose(a[1], b[1])
        case _:
            return None


def outside(at: Expr, allowed: set[int], size: int, to: Lowering) -> Outside | None:
    """A case in which a position is neither on the axis nor among the `allowed` ones; None if there is none."""
    ends = ends_of(at, to)
    if ends is not None and all(p in allowed or 0 <= p < size for p in _fringe(ends, size)):
        return None
    conditions = [g for g in to.guards if _static(g, to)]
    if ends is None or not _static(at, to):
        return Outside(False, {}, 0)
    binders = _binders(free(at).union(*map(free, conditions)), to)
    if _count(binders, to) > MOST_TRIED:
        return Outside(False, {}, 0)
    where, holds = closure(at), [closure(c) for c in conditions]
    for env in bindings(binders)({MEMORY: to.memory}):
        position = where(env)
        if not 0 <= position < size and position not in allowed and all(h(env) for h in holds):
            values = {n: env[n] for n in sorted(free(at))}
            return Outside(len(conditions) == len(to.guards), values, position)
    return None


def _fringe(ends: Ends, size: int) -> list[int]:
    """Positions outside the axis that may be meant, few enough to look at: what lies beyond isn't allowed anyway."""
    low, high = ends
    return [*range(low, min(0, low + 64)), *range(max(size, high - 63), high + 1)]


def _static(e: Expr, to: Lowering) -> bool:
    """Does it read nothing but indices and parameters?"""
    return arrays(e) <= to.memory.arrays.keys() and free(e) <= to.domains.keys()


def _count(binders: tuple[Binder, ...], to: Lowering) -> int:
    total = 1
    for binder in binders:
        ends = _of_domain(binder.domain, to)
        total *= MOST_TRIED + 1 if ends is None else max(ends[1] - ends[0] + 1, 0)
    return total


def _binders(names: set[str], to: Lowering) -> tuple[Binder, ...]:
    """What binds these names, those first that the ranges of others need."""
    found: list[Binder] = []

    def add(name: str) -> None:
        domain = to.domains[name]
        for other in sorted(set().union(*map(free, domain_parts(domain)))):
            add(other)
        if all(b.name != name for b in found):
            ends = None if isinstance(domain, Range) else _of_domain(domain, to)
            found.append(Binder(name, domain if ends is None else Range(Const(ends[0]), Const(ends[1] + 1))))

    for name in sorted(names):
        add(name)
    return tuple(found)


@contextmanager
def guarded(condition: Typed, to: Lowering) -> Iterator[None]:
    """What is lowered here is evaluated only where the condition holds."""
    known = condition.kind == "bool" and not condition.dims
    if known:
        to.guards.append(condition.expr)
    yield
    if known:
        to.guards.pop()
