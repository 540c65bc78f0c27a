"""The one abstraction: a random map on named arrays (architecture 1). Sizes are numbers; names are resolved; rules and laws are gone.

    state' = Φ(state, tables, parameters, step; draws)

Arrays live in one name space: parameters (rank 0), tables, slots, draws, lets and probes are all read by `Read(name, index)`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import field, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from neurashed_dsl.diagnostics import NOWHERE, Span
from neurashed_dsl.ir.expr import Binder, Expr, Reduce, Row, domain_parts, walk, with_domain_parts
from neurashed_dsl.values import frozen

TIME_STEP = "time step"  # the parameter that is `dt`


@frozen
class Axis:
    """An index set. A position p stands for the integer p + origin; `labels` are its coordinates in results."""

    name: str
    size: int
    origin: int = 1
    labels: Sequence[str] | None = None


@frozen
class Relation:
    """For each position of `source`, a row of positions of `target`, in CSR form (offsets int64[size + 1], members int32/int64)."""

    name: str
    source: str
    target: str
    offsets: npt.NDArray[np.int64]
    members: npt.NDArray[np.integer[Any]]


@frozen
class Table:
    """A constant array. `packed`: data is uint64[second axis, words], bit s & 63 of word s >> 6 is the truth at (s, n). `moves`: an intervention
    may bring other data."""

    name: str
    axes: tuple[str, ...]
    data: npt.NDArray[Any]
    packed: bool = False
    moves: bool = False


@frozen
class Fill:
    """A part of a slot's start: at `where` (positions along a rank-1 slot; None: everywhere) the value of `expr`, or a draw.

    `distribution` names a row of `builtins.draws`; its arguments are `args`. `stream` names the random stream. `taken` is the function applied
    to a number before it is stored ("log" for log slots). Binders range over the slot's axes, for starts that read their index.
    """

    where: npt.NDArray[np.int64] | None
    args: tuple[Expr, ...]
    distribution: str | None = None
    stream: str = ""
    binders: tuple[Binder, ...] = ()


@frozen
class Slot:
    """A state array and where it starts. `log`: the numbers held are logarithms (0 is -inf). `positive`: they are known not to be below 0.
    `truth`: the whole numbers are 1 for true and 0 for false."""

    name: str
    axes: tuple[str, ...]
    kind: str  # "real" or "int"
    start: tuple[Fill, ...]
    log: bool = False
    positive: bool = False
    span: Span = NOWHERE
    truth: bool = False


@frozen
class Draw:
    """A random array, drawn anew at each step and held during it, from the stream of its own name.

    `distribution` "presentation" is a mini-batch, filled by `runtime` in the order that the plan says.
    """

    name: str
    axes: tuple[str, ...]
    distribution: str
    args: tuple[Expr, ...] = ()
    binders: tuple[Binder, ...] = ()  # over the axes, for arguments that read their index
    kind: str = "real"


@frozen
class Let:
    """A derived array over `binders` (one for each dimension). `scan`: "up"/"down" if it reads itself at lower/higher positions: from the first
    element on, or from the last. Lets of one `circle`, side by side, read each other so, along binder number `level` of each."""

    name: str
    binders: tuple[Binder, ...]
    expr: Expr
    kind: str = "real"
    log: bool = False
    scan: str = ""
    circle: str = ""
    level: int = 0
    span: Span = NOWHERE
    product: bool = False  # a sum of products of two arrays over one index, worked out as a matrix product


@frozen
class Next:
    """For all bindings: slot[index] gets the value of its expression; all are evaluated on the state at the start of the step.

    Two bindings may give one index only if they give one value. `last`: assigned after the others, so that it wins where both
    give an index. `where` filters; a kernel that updates in place evaluates it against the current state, so that it can drop
    a second binding of an index that is done.
    """

    binders: tuple[Binder, ...]
    index: tuple[Expr, ...]
    updates: tuple[tuple[str, Expr], ...]
    where: Expr | None = None
    last: bool = False
    span: Span = NOWHERE


@frozen
class Flow:
    """A differential equation: d/dt slot[binders] = drift + noise, until `discretise` makes a `Next` of it.

    `noise` is linear in the elements of `System.whites` that it reads; None where there is none. `Var("t")` is the time.
    """

    binders: tuple[Binder, ...]
    slot: str
    drift: Expr
    noise: Expr | None = None
    span: Span = NOWHERE


@frozen
class Gradient:
    """The array that `name` stands for, until `differentiate` makes it: the derivatives of the let `loss` by the elements of `of`."""

    name: str
    loss: str
    of: str
    span: Span = NOWHERE


@frozen
class Grid:
    """When a record is taken. `steps`: ascending steps, or None with `when`: whenever it holds, at most `first` times."""

    steps: npt.NDArray[np.int64] | None
    when: Expr | None = None
    first: int = 0
    timeless: bool = False  # `at end`, `at start`: no time dimension


@frozen
class Record:
    """An observable and its grid. `binders` are the dimensions of the array; `dimensions` their names and coordinates in the result."""

    name: str
    binders: tuple[Binder, ...]
    expr: Expr
    grid: Grid
    kind: str = "real"
    dimensions: tuple["Dimension", ...] = ()
    span: Span = NOWHERE
    measure: str = ""  # the measure that it is, if it is no more than that


@frozen
class Dimension:
    """A dimension of a result: its name and its coordinate labels."""

    name: str
    labels: Sequence[str] | npt.NDArray[Any]


@frozen
class Probe:
    """An array that is measured outside the loop, before a record reads it. `tables` are those that the measure reads; one that is `stepping`
    sees what a step on a single sample would change."""

    name: str
    axes: tuple[str, ...]
    measure: str
    options: Mapping[str, Any]
    tables: tuple[str, ...] = ()
    stepping: bool = False


@frozen
class Tabulated:
    """A relation that is worked out before the loop: the positions of `target` at which `holds`, for each of `source`."""

    name: str
    source: str
    target: str
    source_variable: str
    target_variable: str
    holds: Expr


@frozen
class System:
    name: str
    axes: Mapping[str, Axis]
    relations: Mapping[str, Relation]
    parameters: Mapping[str, float | int | bool]
    tables: Mapping[str, Table]
    slots: Mapping[str, Slot]
    draws: Mapping[str, Draw]
    lets: tuple[Let, ...]  # in the order of evaluation
    next: tuple[Next, ...]
    records: tuple[Record, ...] = ()
    probes: Mapping[str, Probe] = field(default_factory=dict)
    stop: Expr | None = None
    hoisted: tuple[Let, ...] = ()  # evaluated once, before the loop
    late: tuple[Let, ...] = ()  # evaluated when a record is taken
    tabulated: tuple[Tabulated, ...] = ()  # relations, in the order of their making
    gradients: tuple[Gradient, ...] = ()  # none after `differentiate`
    flows: tuple[Flow, ...] = ()  # none after `discretise`
    whites: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # white noises and their axes; none after it
    plain_sums: bool = False  # all sums are added in order, as they are written
    scheme: str = "euler"  # a row of `ir.schemes`
    settle: tuple[Next, ...] = ()  # brings resting values up to date, for those who read the state from outside
    notes: tuple[str, ...] = ()  # what the passes decided, for `nshed compile`


def map_expressions(system: System, change: Callable[[Expr], Expr]) -> System:
    """The system with `change` applied to each of its expressions, as a whole."""

    def binder(b: Binder) -> Binder:
        return Binder(b.name, with_domain_parts(b.domain, tuple(map(change, domain_parts(b.domain)))))

    def let(x: Let) -> Let:
        return replace(x, expr=change(x.expr), binders=tuple(map(binder, x.binders)))

    def following(x: Next) -> Next:
        where = None if x.where is None else change(x.where)
        updates = tuple((slot, change(e)) for slot, e in x.updates)
        return replace(
            x, binders=tuple(map(binder, x.binders)), index=tuple(map(change, x.index)), updates=updates, where=where
        )

    def flow(x: Flow) -> Flow:
        noise = None if x.noise is None else change(x.noise)
        return replace(x, binders=tuple(map(binder, x.binders)), drift=change(x.drift), noise=noise)

    def record(x: Record) -> Record:
        grid = x.grid if x.grid.when is None else replace(x.grid, when=change(x.grid.when))
        return replace(x, expr=change(x.expr), binders=tuple(map(binder, x.binders)), grid=grid)

    return replace(
        system,
        draws={n: replace(d, args=tuple(map(change, d.args))) for n, d in system.draws.items()},
        lets=tuple(map(let, system.lets)),
        hoisted=tuple(map(let, system.hoisted)),
        late=tuple(map(let, system.late)),
        next=tuple(map(following, system.next)),
        flows=tuple(map(flow, system.flows)),
        settle=tuple(map(following, system.settle)),
        records=tuple(map(record, system.records)),
        stop=None if system.stop is None else change(system.stop),
        tabulated=tuple(replace(t, holds=change(t.holds)) for t in system.tabulated),
    )


def expressions(system: System) -> list[Expr]:
    """Every expression of a system, those of starts included."""
    found: list[Expr] = []

    def note(expr: Expr) -> Expr:
        found.append(expr)
        return expr

    map_expressions(system, note)
    return found + [a for s in system.slots.values() for f in s.start for a in f.args]


def relations_read(system: System) -> set[str]:
    """Names of the relations that binders run over."""
    lets = (*system.lets, *system.hoisted, *system.late)
    rows: list[tuple[Binder, ...]] = [x.binders for x in lets]
    rows += [x.binders for x in (*system.next, *system.settle)] + [x.binders for x in system.records]
    domains = [b.domain for binders in rows for b in binders]
    reduces = [e for x in expressions(system) for e in walk(x) if isinstance(e, Reduce)]
    domains += [b.domain for e in reduces for b in e.binders]
    return {d.relation for d in domains if isinstance(d, Row)}
