"""The surface tree: what a user wrote, and where.

Nodes are identities (eq=False), never change after parsing, have no methods. Every node has `span`. Names keep the
user's spelling except that `lambda`, `eta`, `kappa` become `λ`, `η`, `κ` (language.md 1).
"""

import sys
from dataclasses import field
from fractions import Fraction
from typing import Literal

from neurashed_dsl.diagnostics import Source, Span
from neurashed_dsl.values import frozen, named

DEEPEST = 200
LONGEST_CHAIN = 1000


def let_readers_recurse() -> None:
    """A tree may be some thousand levels deep, and whoever reads one recurses: Python's 1000 frames are too few."""
    sys.setrecursionlimit(max(sys.getrecursionlimit(), 20 * LONGEST_CHAIN))


@named
class Node:
    span: Span = field(repr=False)


# --- expressions ------------------------------------------------------------------------------------------------------


@named
class Number(Node):
    """`3`, `0.5`, `1e-3`, `10_000`; `text` as written. Exact: `Fraction` for decimals, too."""

    value: int | Fraction
    text: str


@named
class Truth(Node):
    """`true`, `false`."""

    value: bool


@named
class Text(Node):
    """A string in double quotes, quotes and escapes resolved."""

    value: str


@named
class Name(Node):
    """A bare name: `λ`, `cat`, `all`, `input`, `inf`."""

    name: str


@named
class Star(Node):
    """`*` as an index: the whole axis."""


@named
class Interval(Node):
    """`a..b`, both ends included."""

    low: "Expr"
    high: "Expr"


@named
class ListOf(Node):
    """`[a, b, c]`."""

    items: tuple["Expr", ...]


@named
class Unary(Node):
    """`-x`, `not x`."""

    op: Literal["-", "not"]
    operand: "Expr"


@named
class Binary(Node):
    """`op` is one of `or and == != < <= > >= in + - * / // % ^`."""

    op: str
    left: "Expr"
    right: "Expr"


@named
class If(Node):
    """`if condition then yes else no`."""

    condition: "Expr"
    yes: "Expr"
    no: "Expr"


@named
class Binder(Node):
    """`i in 1..n`, `f in into(n)`, `b in block`; in `state x[block]` `domain` is None and `name` the axis."""

    name: str
    domain: "Expr | None"


@named
class Member(Node):
    """`trained.le`, `trained.le[rate: 0.1]`: what another experiment records or derives, or elements of it."""

    experiment: Name
    name: "Name | Index"


@named
class Comprehension(Node):
    """`e for i in …, j in … if c`: only as an argument of a call or of `[…]`."""

    body: "Expr"
    binders: tuple[Binder, ...]
    where: "Expr | None"


@named
class DataFile(Node):
    """`from "file.npz" ("name")`."""

    path: Text
    array: Text | None


@named
class Argument(Node):
    """`value`, `name: value` or `name: from "file"`, in a call or an index."""

    name: str | None
    value: "Expr"


@named
class Call(Node):
    """`f(a, b, name: c)`; reducers and distributions are calls, too."""

    function: Name
    arguments: tuple[Argument, ...]


@named
class Index(Node):
    """`x[i, 1..3, *, step: 4]`."""

    base: Name
    arguments: tuple[Argument, ...]


@named
class Pick(Node):
    """`last(x)[k: 1]`: places of what a function of records gives."""

    base: Call
    arguments: tuple[Argument, ...]


@named
class Drawn(Node):
    """`~normal(0, s)` inside a law."""

    distribution: Call


@named
class EdgeRef(Node):
    """`left[1] -> y[1]`, as an index of η or κ."""

    source: "Expr"
    target: "Expr"


Expr = (
    Number
    | Truth
    | Text
    | Name
    | Member
    | DataFile
    | Star
    | Interval
    | ListOf
    | Unary
    | Binary
    | If
    | Comprehension
    | Call
    | Index
    | Pick
    | Drawn
    | EdgeRef
)


# --- small declarations -----------------------------------------------------------------------------------------------


@named
class Use(Node):
    """`use "f.nshed"` (names None: everything) or `use "f.nshed" (figure4, race as racing)`: pairs (theirs, ours)."""

    path: Text
    names: tuple[tuple[Name, Name], ...] | None


@named
class Parameter(Node):
    """A parameter of a file, a network, a system, a law, a function, a rule or a measure.

    `param share: real = 0.5 within 0..1`; `alpha(t) = 1` has `arguments` ("t",); `E[k in class, j in class] = 1` has `binders`;
    `deps...` has `rest` True.
    """

    name: Name
    type: Name | None = None
    default: Expr | None = None
    bound: Interval | None = None
    arguments: tuple[Name, ...] | None = None
    rest: bool = False
    binders: tuple[Binder, ...] = ()


@named
class FileParameter(Node):
    """`param …` at the top of a file."""

    parameter: Parameter


@named
class Function(Node):
    name: Name
    parameters: tuple[Parameter, ...]
    body: Expr


@named
class LawPart(Node):
    """`fire(x) = e` or `rest(x) = e`."""

    name: Name
    argument: Name
    body: Expr


@named
class Law(Node):
    name: Name
    parameters: tuple[Parameter, ...]
    parts: tuple[LawPart, ...]
    unchecked: bool


@named
class Rule(Node):
    name: Name
    parameters: tuple[Parameter, ...]
    body: Expr


@named
class Measure(Node):
    """`measure NAME(parameters)[binders]: type = body`: a named array over whatever model an experiment has.

    Parameters are by name.
    """

    name: Name
    parameters: tuple[Parameter, ...]
    binders: tuple[Binder, ...]
    type: Name | None
    body: Expr


@named
class Data(Node):
    """`data NAME[axes] from "file" ("array", key: value, …)`: a trajectory that is given."""

    name: Name
    binders: tuple[Binder, ...]
    file: DataFile
    options: tuple[Argument, ...]


# --- networks ---------------------------------------------------------------------------------------------------------


@named
class For(Node):
    """`for c in 1..2, i in 1..3 { … }` around any items of the block it stands in."""

    binders: tuple[Binder, ...]
    body: tuple[Node, ...]


@named
class NodeName(Node):
    """`cat` or the family `left[c in 1..2]`."""

    name: Name
    binders: tuple[Binder, ...]


@named
class NodeDecl(Node):
    """`cat_head, cat_tail` (rule None) or `cat = cat_head or cat_tail` (one name)."""

    names: tuple[NodeName, ...]
    rule: Expr | None


@named
class Level(Node):
    """`level parts "title" { … }`; items are NodeDecl or For."""

    name: Name
    title: Text | None
    items: tuple[Node, ...]


@named
class ClassDecl(Node):
    """`feline <- cat, y[1..3]`: sources are refs, slices, levels, comprehensions."""

    name: NodeName
    sources: tuple[Expr, ...]


@named
class Classes(Node):
    """`classes { … }`; items are ClassDecl or For."""

    items: tuple[Node, ...]


@named
class InputDecl(Node):
    """`tabby: cat_head, cat_tail -> feline weight 2`; `name` may be a family `s[i in 1..3]`."""

    name: NodeName
    fires: tuple[Expr, ...]
    label: Expr
    weight: Expr | None
    crop: "Crop | None"


@named
class Crop(Node):
    """`crop 0.5 keep 0.3`: how often a random part is shown, and how much of the pattern is kept in it."""

    chance: Expr
    keep: Expr | None


@named
class Inputs(Node):
    """`inputs { … }`; items are InputDecl or For."""

    items: tuple[Node, ...]


@named
class DataName(Node):
    """`name COLUMN`; columns are names or strings."""

    column: Name | Text


@named
class DataLabel(Node):
    """`label COLUMN`."""

    column: Name | Text


@named
class DataFire(Node):
    """`fire four_legs when legs == 4`; `condition` reads columns."""

    node: Expr
    condition: Expr


@named
class DataWeight(Node):
    """`weight COLUMN-EXPRESSION`."""

    value: Expr


@named
class DataHoldOut(Node):
    """`hold_out 0.2` or `hold_out COLUMN`."""

    value: Expr


@named
class InputsFrom(Node):
    """`inputs from "zoo.csv" { … }`."""

    path: Text
    items: tuple[DataName | DataLabel | DataFire | DataWeight | DataHoldOut | Crop, ...]


@named
class Init(Node):
    """`init λ[common] ~ uniform(0, 0.01)` (drawn) or `init η = 1`. `targets` empty: all."""

    array: Name
    targets: tuple[Expr, ...]
    drawn: bool
    value: Expr


@named
class Update(Node):
    """`update λ[common] by race(up: 3/4)`; `when` is `together`, `both` or None. `law` is a Name or a Call."""

    array: Name
    targets: tuple[Expr, ...]
    law: Name | Call
    when: Name | None


@named
class AmplifyEdges(Node):
    """`amplify edges`."""


@named
class Network(Node):
    """Items: Level, Classes, Inputs, InputsFrom, Init, Update, AmplifyEdges, For."""

    name: Name
    parameters: tuple[Parameter, ...]
    items: tuple[Node, ...]


# --- systems ----------------------------------------------------------------------------------------------------------


@named
class Axis(Node):
    """`axis block = 1..blocks`."""

    name: Name
    domain: Expr


@named
class State(Node):
    """`state x[block]: log = 0` / `~ normal(0, 1)` (drawn); value None: starts come from the network's `init`."""

    name: Name
    binders: tuple[Binder, ...]
    type: Name | None
    drawn: bool
    value: Expr | None


@named
class Const(Node):
    name: Name
    binders: tuple[Binder, ...]
    type: Name | None
    drawn: bool
    value: Expr | DataFile


@named
class Boundary(Node):
    """`boundary x[0] = 0, x[n + 1] = target`: one node for each equation."""

    target: Index
    value: Expr


@named
class Draw(Node):
    """`draw xi[block] ~ normal(0, noise)`; `distribution` is a Call, or the Name `presentation`."""

    name: Name
    binders: tuple[Binder, ...]
    distribution: Call | Name


@named
class White(Node):
    """`white W[class, coord]`."""

    name: Name
    binders: tuple[Binder, ...]


@named
class Let(Node):
    """`let force[b in block]: real = …`; `observe` makes it a thing to record."""

    name: Name
    binders: tuple[Binder, ...]
    type: Name | None
    value: Expr
    observe: bool


@named
class Next(Node):
    """`x[b in block] <- e` (differential False) or `d/dt x[b in block] = e`."""

    name: Name
    binders: tuple[Binder, ...]
    value: Expr
    differential: bool


@named
class Check(Node):
    """`require condition "words"`, or (`warning`) `warn if condition "words"`."""

    condition: Expr
    words: Text
    warning: bool


@named
class System(Node):
    """Items: Axis, State, Const, Boundary, Draw, White, Let, Next, Check."""

    name: Name
    parameters: tuple[Parameter, ...]
    over_network: bool
    items: tuple[Node, ...]


# --- experiments ------------------------------------------------------------------------------------------------------


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


Declaration = Use | FileParameter | Function | Law | Rule | Measure | Data | Network | System | Experiment


@frozen
class Comment:
    """`# text`, with the `#`. `own_line`: nothing but blanks stand before it on its line."""

    span: Span
    text: str
    own_line: bool


@frozen
class Document:
    """A well-formed file: declarations in the order written, and its comments."""

    source: Source
    items: tuple[Declaration, ...]
    comments: tuple[Comment, ...]
