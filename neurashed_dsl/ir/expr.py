"""Expressions of the IR: values, compared without their spans, so that equal subexpressions are found by `==`.

Indices are positions, counted from 0. Kinds (`int real bool`) are derived, not stored: `kinds.kind_of`. There are no `log` numbers here:
whoever lowers to the IR has already turned them into reals that are logarithms.
"""

from collections.abc import Callable, Iterator
from dataclasses import field, replace
from fractions import Fraction
from typing import assert_never

from neurashed_dsl.diagnostics import NOWHERE, Span
from neurashed_dsl.values import equal


def _span() -> Span:
    return field(default=NOWHERE, compare=False, repr=False)


@equal
class Const:
    """A number. `Fraction` only while sizes and rules are worked out; kernels see int, float and bool.

    `of`: the axis whose size it is, give or take a whole number. Kernels get the size and add the difference: a sweep over sizes compiles once.
    """

    value: int | float | bool | Fraction
    span: Span = _span()
    of: str = field(default="", compare=False, repr=False)

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Const) and type(self.value) is type(other.value) and repr(self.value) == repr(other.value)
        )

    def __hash__(self) -> int:
        return hash(repr(self.value))


@equal
class Var:
    """A bound index, or the clock: `step`."""

    name: str
    span: Span = _span()


@equal
class Read:
    """An element of a named array; a scalar has no index."""

    array: str
    index: tuple["Expr", ...] = ()
    span: Span = _span()


@equal
class Apply:
    """A row of `operators.OPERATORS` on its operands. `and`, `or` stop early."""

    op: str
    args: tuple["Expr", ...]
    span: Span = _span()


@equal
class Select:
    """`if`: only the branch taken is evaluated."""

    condition: "Expr"
    yes: "Expr"
    no: "Expr"
    span: Span = _span()


@equal
class Reduce:
    """`sum(body for …)` over the binders in order, left to right. `op` is a row of `operators.REDUCERS`."""

    op: str
    body: "Expr"
    binders: tuple["Binder", ...]
    where: "Expr | None" = None
    span: Span = _span()


@equal
class Iterate:
    """`body` applied for each value of `clock` from `low` up to, not including, `high`, to `variable`, which starts as `start`."""

    variable: str
    start: "Expr"
    clock: str
    low: "Expr"
    high: "Expr"
    body: "Expr"
    span: Span = _span()


Expr = Const | Var | Read | Apply | Select | Reduce | Iterate


@equal
class Whole:
    """Every position of an axis."""

    axis: str


@equal
class Range:
    """Positions `low` up to, not including, `high`, of an axis, or plain integers."""

    low: Expr
    high: Expr
    axis: str = ""


@equal
class Row:
    """One row of a relation: the members of `relation` at `at`."""

    relation: str
    at: Expr


Domain = Whole | Range | Row


@equal
class Binder:
    name: str
    domain: Domain


def domain_parts(domain: Domain) -> tuple[Expr, ...]:
    match domain:
        case Whole():
            return ()
        case Range(low, high, _):
            return (low, high)
        case Row(_, at):
            return (at,)
        case _:
            assert_never(domain)


def with_domain_parts(domain: Domain, parts: tuple[Expr, ...]) -> Domain:
    match domain:
        case Whole():
            return domain
        case Range():
            return replace(domain, low=parts[0], high=parts[1])
        case Row(relation, _):
            return Row(relation, *parts)
        case _:
            assert_never(domain)


def children(expr: Expr) -> tuple[Expr, ...]:
    """The expressions directly inside, domains included, in the order of evaluation."""
    match expr:
        case Const() | Var():
            return ()
        case Read(_, index):
            return index
        case Apply(_, args):
            return args
        case Select(condition, yes, no):
            return (condition, yes, no)
        case Reduce(_, body, binders, where):
            inner = tuple(p for b in binders for p in domain_parts(b.domain))
            return (*inner, *(() if where is None else (where,)), body)
        case Iterate(_, start, _, low, high, body):
            return (start, low, high, body)
        case _:
            assert_never(expr)


def rebuild(expr: Expr, change: Callable[[Expr], Expr]) -> Expr:
    """The same node with `change` applied to each of its children."""
    match expr:
        case Const() | Var():
            return expr
        case Read(_, index):
            return replace(expr, index=tuple(map(change, index))) if index else expr
        case Apply(_, args):
            return replace(expr, args=tuple(map(change, args)))
        case Select(condition, yes, no):
            return replace(expr, condition=change(condition), yes=change(yes), no=change(no))
        case Reduce(_, body, binders, where):
            bound = tuple(
                Binder(b.name, with_domain_parts(b.domain, tuple(map(change, domain_parts(b.domain))))) for b in binders
            )
            return replace(expr, binders=bound, where=None if where is None else change(where), body=change(body))
        case Iterate(_, start, _, low, high, body):
            return replace(expr, start=change(start), low=change(low), high=change(high), body=change(body))
        case _:
            assert_never(expr)


def walk(expr: Expr) -> Iterator[Expr]:
    """`expr` and everything inside it."""
    yield expr
    for child in children(expr):
        yield from walk(child)


def tree_size(expr: Expr) -> int:
    """How many expressions `walk` would pass. Parts that are one object are looked at once: there may be 2^60 of them."""
    known: dict[int, int] = {}

    def size(e: Expr) -> int:
        if id(e) not in known:
            known[id(e)] = 1 + sum(map(size, children(e)))
        return known[id(e)]

    return size(expr)


def transform(expr: Expr, change: Callable[[Expr], Expr]) -> Expr:
    """`change` applied to every node, from the leaves up."""
    return change(rebuild(expr, lambda e: transform(e, change)))


def substitute(expr: Expr, values: dict[str, Expr]) -> Expr:
    """Variables replaced by expressions. Bound names are unique by construction, so nothing is captured."""
    return transform(expr, lambda e: values.get(e.name, e) if isinstance(e, Var) else e) if values else expr


def free(expr: Expr) -> set[str]:
    """Names of variables that `expr` reads and doesn't bind."""
    match expr:
        case Var(name):
            return {name}
        case Reduce(_, _, binders, _):
            return set().union(*map(free, children(expr))) - {b.name for b in binders}
        case Iterate(variable, start, clock, low, high, body):
            return free(start) | free(low) | free(high) | (free(body) - {variable, clock})
        case _:
            return set().union(*map(free, children(expr)))


def arrays(expr: Expr) -> set[str]:
    """Names of arrays that `expr` reads."""
    return {e.array for e in walk(expr) if isinstance(e, Read)}
