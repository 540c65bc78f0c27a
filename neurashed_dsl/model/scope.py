"""What names stand for while expressions are lowered to the IR."""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import field
from typing import Any

from neurashed_dsl.diagnostics import NOWHERE, Report, Span
from neurashed_dsl.ir.evaluate import Memory
from neurashed_dsl.ir.expr import Binder, Const, Domain, Expr
from neurashed_dsl.ir.system import Axis, Gradient, Let, Probe, Relation
from neurashed_dsl.syntax import ast
from neurashed_dsl.values import changing, frozen

NAMED_NUMBERS = {"inf": math.inf, "pi": math.pi}  # that have a name everywhere


@frozen
class Typed:
    """An expression and what it is.

    `kind`: "int real bool log text unknown". A log is held as its logarithm. `axis`: `expr` is a position on that axis (its kind is "int",
    and as a number it counts from the axis' origin). `dims`: the value is an array, and these binders bind its indices.
    """

    expr: Expr
    kind: str
    axis: str | None = None
    dims: tuple[Binder, ...] = ()


UNKNOWN = Typed(Const(0), "unknown")


@frozen
class ArrayOf:
    """A named array of the IR. `element`: the axis its elements are positions of. `domains`: what it is defined over, if not its whole axes.
    `at`: positions that are given already, along dimensions before those of `axes`."""

    name: str
    axes: tuple[str, ...]
    kind: str
    element: str | None = None
    domains: tuple[Domain, ...] | None = None
    span: Span = NOWHERE
    at: tuple[Expr, ...] = ()


@frozen
class SetOf:
    """An axis, or some of its positions; `holds(position)` is the truth of membership."""

    axis: str
    domain: Domain
    holds: Callable[[Expr], Expr]
    span: Span = NOWHERE


@frozen
class RelationOf:
    """`into(n)`: rows of a relation. `consecutive`: the rows of a level follow one another, so that its name stands for them all."""

    name: str
    source: str
    target: str
    span: Span = NOWHERE
    consecutive: bool = False


@frozen
class FunctionOf:
    """A user's `fn`, `rule`, `law`, `network`, `system`, and the scope its body reads."""

    declaration: Any
    scope: "Scope"
    span: Span = NOWHERE


@frozen
class MeasureOf:
    """A `measure` in all its arities."""

    overloads: tuple[ast.Measure, ...]
    scope: "Scope"
    span: Span = NOWHERE


@frozen
class MacroOf:
    """A name whose calls a Python function lowers: `fire(n, x)`, `src(e)`, a probe."""

    call: Callable[["Lowering", "Scope", ast.Call], Typed]
    span: Span = NOWHERE


Meaning = Typed | ArrayOf | SetOf | RelationOf | FunctionOf | MeasureOf | MacroOf


class Scope:
    """Names, and a parent to look further in. `labels`: axes whose labels are names, too (a network has too many nodes to list them ahead).

    A measure goes by the name `NAME()`, so that it may have the name of the array it reads.
    """

    def __init__(
        self, names: Mapping[str, Meaning] | None = None, parent: "Scope | None" = None, labels: tuple[Axis, ...] = ()
    ) -> None:
        self.names: dict[str, Meaning] = dict(names or {})
        self.parent = parent
        self.labels = labels

    def find(self, name: str) -> Meaning | None:
        scope: Scope | None = self
        while scope is not None:
            if name in scope.names:
                return scope.names[name]
            for axis in scope.labels:
                if axis.labels is not None and name in axis.labels:
                    return Typed(Const(list(axis.labels).index(name)), "int", axis.name)
            scope = scope.parent
        return None

    def all(self) -> Iterator[str]:
        scope: Scope | None = self
        while scope is not None:
            yield from scope.names
            scope = scope.parent

    def child(self, names: Mapping[str, Meaning] | None = None) -> "Scope":
        return Scope(names, self)


def declared_at(meaning: Meaning | None) -> Span | None:
    """Where a name was declared, for help lines."""
    span = getattr(meaning, "span", NOWHERE)
    return None if span is NOWHERE or meaning is None else span


@frozen
class Edge:
    """What an array gives outside its axes: at `places` (integers; None: anywhere along that axis) `value`, read in `scope`."""

    places: tuple[int | None, ...]
    value: ast.Expr
    scope: Scope


@changing
class Lowering:
    """What lowering appends to: findings, the lets that measures need, probes. `axes` are those of the system at hand."""

    report: Report
    axes: Mapping[str, Axis] = field(default_factory=dict)
    targets: Mapping[str, str] = field(default_factory=dict)  # relation -> the axis of its members
    rows: Mapping[str, Callable[[], Relation]] = field(default_factory=dict)  # makers of those relations
    memory: Memory = field(default_factory=Memory)  # values of parameters, for sizes
    lets: list[Let] = field(default_factory=list)
    probes: dict[str, Probe] = field(default_factory=dict)
    states: dict[str, bool] = field(default_factory=dict)  # the model's own, and whether they are held as logarithms
    gradients: dict[str, Gradient] = field(default_factory=dict)  # those asked for
    measured: dict[Any, ArrayOf] = field(default_factory=dict)
    measuring: list[Any] = field(default_factory=list)  # measures whose bodies are being lowered
    nonnegative: set[str] = field(default_factory=set)  # arrays whose numbers are known not to be below 0
    reals: set[str] = field(default_factory=set)  # `log` states whose growth is so slow that they are held as they are
    world: Mapping[str, Meaning] = field(default_factory=dict)  # the model's own names: what measures are about
    domains: dict[str, Domain] = field(default_factory=dict)  # what bound names run over
    elements: dict[str, str] = field(
        default_factory=dict
    )  # arrays whose elements are positions of an axis, all of them on it
    edges: dict[str, list[Edge]] = field(default_factory=dict)  # boundaries, by array
    inside: list[str] = field(default_factory=list)  # boundaries whose values are being lowered
    guards: list[Expr] = field(default_factory=list)  # conditions under which what is being lowered is evaluated
    callers: dict[str, "Scope"] = field(default_factory=dict)  # arrays whose text a caller gave, and its scope
    draw: Callable[[ast.Call, "Scope"], Typed] | None = None  # what `~` becomes, inside a law
    counter: int = 0
    depth: int = 0  # of calls being inlined
    inlined: int = 0  # calls within the outermost one
    outermost: ast.Call | None = None

    def fresh(self, name: str) -> str:
        """A bound name that no other expression uses."""
        self.counter += 1
        return f"{name}.{self.counter}"
