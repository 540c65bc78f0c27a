"""What a system declaration comes to, and what its parts need in common: sizes, axes of binders, types."""

from collections.abc import Mapping
from dataclasses import field
from graphlib import CycleError, TopologicalSorter
from typing import TypeVar

from neurashed_dsl.diagnostics import nearest
from neurashed_dsl.ir.expr import Binder, Expr
from neurashed_dsl.ir.system import Axis, Draw, Flow, Let, Next, Slot, Table
from neurashed_dsl.model.constant import evaluated
from neurashed_dsl.model.data import DataReader
from neurashed_dsl.model.errors import UNKNOWN_TYPE
from neurashed_dsl.model.lower import bound, domain_axis
from neurashed_dsl.model.scope import UNKNOWN, Lowering, Scope
from neurashed_dsl.model.system import errors
from neurashed_dsl.syntax import ast
from neurashed_dsl.syntax.walk import names
from neurashed_dsl.values import changing, frozen

TYPES = ("int", "real", "bool", "log")


@frozen
class Checked:
    """A `require` or `warn if`, lowered; `lets` are the constants and lets that it reads, in the order of evaluation."""

    item: ast.Check
    expr: Expr
    lets: tuple[Let, ...]


@changing
class Equations:
    """`noisy`: names of the white noises, and of the lets that read them. `pending`: arrays that another experiment's run will give."""

    reader: DataReader
    axes: dict[str, Axis] = field(default_factory=dict)
    tables: dict[str, Table] = field(default_factory=dict)
    hashes: dict[str, str] = field(default_factory=dict)
    slots: dict[str, Slot] = field(default_factory=dict)
    draws: dict[str, Draw] = field(default_factory=dict)
    whites: dict[str, tuple[str, ...]] = field(default_factory=dict)
    constants: list[Let] = field(default_factory=list)
    lets: list[Let] = field(default_factory=list)
    next: list[Next] = field(default_factory=list)
    flows: list[Flow] = field(default_factory=list)
    noisy: set[str] = field(default_factory=set)
    pending: set[str] = field(default_factory=set)
    checks: list[Checked] = field(default_factory=list)


Named = TypeVar("Named", ast.Let, ast.Const)


def ordered(items: list[Named], scope: Scope, to: Lowering) -> list[Named]:
    """Each after those it reads. Reading round in a circle is an error that names it; those in it are left out, as UNKNOWN."""
    by_name = {item.name.name: item for item in items}
    reads = reads_of(by_name, to)
    while True:
        try:
            return [by_name[n] for n in TopologicalSorter(reads).static_order()]
        except CycleError as error:
            circle = error.args[1][::-1]  # each reads the next
            to.report.add(errors.CIRCULAR_LET.at(by_name[circle[0]].name.span, circle=" → ".join(circle)))
            scope.names |= dict.fromkeys(circle, UNKNOWN)
            reads = {n: [r for r in others if r not in circle] for n, others in reads.items() if n not in circle}


def reads_of(by_name: Mapping[str, Named], to: Lowering) -> dict[str, list[str]]:
    """Which of the others each of these reads."""
    return {name: _read(item, by_name, to) for name, item in by_name.items()}


def _read(item: Named, by_name: Mapping[str, Named], to: Lowering) -> list[str]:
    """Other items that one reads, its boundary's values included."""
    found = names(item.value)
    for edge in to.edges.get(item.name.name, ()):
        found |= names(edge.value)
    drawn = isinstance(item, ast.Const) and item.drawn
    # An expression may, along an axis.
    itself = set() if drawn or isinstance(item.value, ast.ListOf) else {item.name.name}
    return sorted(found & by_name.keys() - itself, key=list(by_name).index)


def size_of(expr: Expr, to: Lowering) -> int | None:
    """A size, worked out from the parameters."""
    value = evaluated(expr, expr.span, to)
    return None if value is None else int(value)


def axes_of(
    binders: tuple[ast.Binder, ...], scope: Scope, to: Lowering
) -> tuple[Scope, tuple[Binder, ...], tuple[str, ...]]:
    """A scope with the indices, their binders, and the axes that these run over. There are fewer binders after a report."""
    inner, made = bound(binders, scope, to)
    return inner, made, tuple(domain_axis(b.domain, to) for b in made)


def kind_named(type_name: ast.Name | None, to: Lowering) -> str:
    if type_name is None:
        return "real"
    if type_name.name not in TYPES:
        to.report.add(UNKNOWN_TYPE.at(type_name.span, name=type_name.name, near=nearest(type_name.name, TYPES)))
        return "real"
    return type_name.name


def kind_held(kind: str) -> str:
    """Of a state: truths are held as 0 and 1."""
    return "int" if kind in ("int", "bool") else "real"
