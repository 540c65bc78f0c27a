"""Experiments: what is run, recorded, changed on the way, and claimed."""

from typing import Literal

from neurashed_dsl.syntax.ast.expressions import Argument, Binder, Call, Expr, Interval, Name, Text
from neurashed_dsl.syntax.ast.node import Node
from neurashed_dsl.values import named


@named
class ModelUse(Node):
    """`model figure4`, `model spring_chain(noise: 0)`, `model mine(figure4)`."""

    value: Name | Call


@named
class Run(Node):
    """`run steps: 2000, batch: 1, order: shuffled`; `order` may be a ListOf."""

    arguments: tuple[Argument, ...]


@named
class Repeat(Node):
    """`repeat 20, seed: 2021`; also `seed 7` alone (count None)."""

    count: Expr | None
    seed: Expr | None


@named
class Sweep(Node):
    """`sweep mu in linspace(0, 1, 5)` (one name) or `sweep (a, b) in zip([…], […])`."""

    names: tuple[Name, ...]
    values: Expr


@named
class Record(Node):
    """`record top[n in parts] = e every 20`.

    `grid_value`: the step of `every`, the list of `at`, the condition of `when`; `first`: how often `when` may hold.
    """

    name: Name
    binders: tuple[Binder, ...]
    value: Expr
    grid: Literal["every", "at", "end", "start", "when"] | None
    grid_value: Expr | None
    first: Expr | None


@named
class Derive(Node):
    name: Name
    value: Expr


@named
class Fitted(Node):
    """`k in 0.1..2`, a parameter that is fitted; without `in` between the bounds that it is declared with."""

    name: Name
    bound: Interval | None


@named
class Fit(Node):
    """`fit curve to other.curve by k in 0.1..2, noise in 0..1, starts: 8`."""

    value: Expr
    data: Expr
    parameters: tuple[Fitted, ...]
    arguments: tuple[Argument, ...]


@named
class Plot(Node):
    """`plot lines(a, b)`."""

    value: Call


@named
class Expect(Node):
    """`expect claim for 95% of repeats "why"`; `share` is the percentage expression."""

    claim: Expr
    share: Expr | None
    title: Text | None


@named
class Stop(Node):
    """`stop when condition`."""

    condition: Expr


@named
class SetAt(Node):
    """`set name = value at step n`; without `at`, in a stage, at its start."""

    target: Expr
    value: Expr
    step: Expr | None


@named
class Stage(Node):
    """`stage dense { … }`: items Run, SetAt, Prune, Rewind, Snapshot, Stop."""

    name: Name
    items: tuple[Node, ...]


@named
class Prune(Node):
    """`prune features keep: 5`."""

    level: Name
    arguments: tuple[Argument, ...]


@named
class Rewind(Node):
    """`rewind`, to the start of the run, or `rewind to name`, to a snapshot."""

    name: Name | None


@named
class Snapshot(Node):
    """`snapshot name`."""

    name: Name | None


@named
class Experiment(Node):
    """Items: ModelUse, Run, Repeat, Sweep, Record, Derive, Fit, Plot, Expect, Stage, and those of a Stage."""

    name: Name
    title: Text | None
    items: tuple[Node, ...]
