"""The surface tree: what a user wrote, and where.

Nodes are identities (eq=False), never change after parsing, have no methods. Every node has `span`. Names keep the
user's spelling except that `lambda`, `eta`, `kappa` become `λ`, `η`, `κ` (language.md 1).
"""

from dataclasses import MISSING, FrozenInstanceError, dataclass, fields
from fractions import Fraction
from typing import ClassVar, Literal, TypeVar, dataclass_transform

from neurashed_dsl.diagnostics import Source, Span

T = TypeVar("T", bound="Node")


@dataclass_transform(eq_default=False, kw_only_default=True, frozen_default=True)
def node(cls: type[T]) -> type[T]:
    """A frozen dataclass whose `__init__` is `Node`'s: one for each of 70 classes would take 50 ms of every start."""
    made = dataclass(eq=False, repr=False, init=False)(cls)
    made._wanted = frozenset(f.name for f in fields(made) if f.default is MISSING)
    made._known = frozenset(f.name for f in fields(made))
    return made


@node
class Node:
    span: Span
    _wanted: ClassVar[frozenset[str]] = frozenset()
    _known: ClassVar[frozenset[str]] = frozenset()

    def __init__(self, **values: object) -> None:
        if not self._wanted <= values.keys() <= self._known:
            raise TypeError(f"{type(self).__name__} takes {sorted(self._known)}, not {sorted(values)}")
        self.__dict__.update(values)

    def __setattr__(self, name: str, value: object) -> None:
        raise FrozenInstanceError(f"cannot assign to {name}")

    def __repr__(self) -> str:
        shown = ", ".join(f"{k}={v!r}" for k, v in self.__dict__.items() if k != "span")
        return f"{type(self).__name__}({shown})"


# --- expressions ------------------------------------------------------------------------------------------------------


@node
class Number(Node):
    """`3`, `0.5`, `1e-3`, `10_000`; `text` as written. Exact: `Fraction` for decimals, too."""

    value: int | Fraction
    text: str


@node
class Truth(Node):
    """`true`, `false`."""

    value: bool


@node
class Text(Node):
    """A string in double quotes, quotes and escapes resolved."""

    value: str


@node
class Name(Node):
    """A bare name: `λ`, `cat`, `all`, `input`, `inf`."""

    name: str


@node
class Star(Node):
    """`*` as an index: the whole axis."""


@node
class Interval(Node):
    """`a..b`, both ends included."""

    low: "Expr"
    high: "Expr"


@node
class ListOf(Node):
    """`[a, b, c]`."""

    items: tuple["Expr", ...]


@node
class Unary(Node):
    """`-x`, `not x`."""

    op: Literal["-", "not"]
    operand: "Expr"


@node
class Binary(Node):
    """`op` is one of `or and == != < <= > >= in + - * / // % ^`."""

    op: str
    left: "Expr"
    right: "Expr"


@node
class If(Node):
    """`if condition then yes else no`."""

    condition: "Expr"
    yes: "Expr"
    no: "Expr"


@node
class Binder(Node):
    """`i in 1..n`, `f in into(n)`, `b in block`; in `state x[block]` `domain` is None and `name` the axis."""

    name: str
    domain: "Expr | None"


@node
class Comprehension(Node):
    """`e for i in …, j in … if c`: only as an argument of a call or of `[…]`."""

    body: "Expr"
    binders: tuple[Binder, ...]
    where: "Expr | None"


@node
class Argument(Node):
    """`value` or `name: value`, in a call or an index."""

    name: str | None
    value: "Expr"


@node
class Call(Node):
    """`f(a, b, name: c)`; reducers and distributions are calls, too."""

    function: Name
    arguments: tuple[Argument, ...]


@node
class Index(Node):
    """`x[i, 1..3, *, step: 4]`."""

    base: Name
    arguments: tuple[Argument, ...]


@node
class Drawn(Node):
    """`~normal(0, s)` inside a law."""

    distribution: Call


@node
class EdgeRef(Node):
    """`left[1] -> y[1]`, as an index of η or κ."""

    source: "Expr"
    target: "Expr"


Expr = (
    Number
    | Truth
    | Text
    | Name
    | Star
    | Interval
    | ListOf
    | Unary
    | Binary
    | If
    | Comprehension
    | Call
    | Index
    | Drawn
    | EdgeRef
)


# --- small declarations -----------------------------------------------------------------------------------------------


@node
class Use(Node):
    """`use "f.nshed"` (names None: everything) or `use "f.nshed" (figure4, race as racing)`: pairs (theirs, ours)."""

    path: Text
    names: tuple[tuple[Name, Name], ...] | None


@node
class Parameter(Node):
    """A parameter of a file, a network, a system, a law, a function, a rule or a measure.

    `param share: real = 0.5 within 0..1`; `alpha(t) = 1` has `arguments` ("t",); `deps...` has `rest` True.
    """

    name: Name
    type: Name | None = None
    default: Expr | None = None
    bound: Interval | None = None
    arguments: tuple[Name, ...] | None = None
    rest: bool = False


@node
class FileParameter(Node):
    """`param …` at the top of a file."""

    parameter: Parameter


@node
class Function(Node):
    name: Name
    parameters: tuple[Parameter, ...]
    body: Expr


@node
class LawPart(Node):
    """`fire(x) = e` or `rest(x) = e`."""

    name: Name
    argument: Name
    body: Expr


@node
class Law(Node):
    name: Name
    parameters: tuple[Parameter, ...]
    parts: tuple[LawPart, ...]
    unchecked: bool


@node
class Rule(Node):
    name: Name
    parameters: tuple[Parameter, ...]
    body: Expr


@node
class Measure(Node):
    """`measure NAME(parameters)[binders]: type = body`: a named array over whatever model an experiment has.

    Parameters are by name.
    """

    name: Name
    parameters: tuple[Parameter, ...]
    binders: tuple[Binder, ...]
    type: Name | None
    body: Expr


# --- networks ---------------------------------------------------------------------------------------------------------


@node
class For(Node):
    """`for c in 1..2, i in 1..3 { … }` around any items of the block it stands in."""

    binders: tuple[Binder, ...]
    body: tuple[Node, ...]


@node
class NodeName(Node):
    """`cat` or the family `left[c in 1..2]`."""

    name: Name
    binders: tuple[Binder, ...]


@node
class NodeDecl(Node):
    """`cat_head, cat_tail` (rule None) or `cat = cat_head or cat_tail` (one name)."""

    names: tuple[NodeName, ...]
    rule: Expr | None


@node
class Level(Node):
    """`level parts "title" { … }`; items are NodeDecl or For."""

    name: Name
    title: Text | None
    items: tuple[Node, ...]


@node
class ClassDecl(Node):
    """`feline <- cat, y[1..3]`: sources are refs, slices, levels, comprehensions."""

    name: NodeName
    sources: tuple[Expr, ...]


@node
class Classes(Node):
    """`classes { … }`; items are ClassDecl or For."""

    items: tuple[Node, ...]


@node
class InputDecl(Node):
    """`tabby: cat_head, cat_tail -> feline weight 2`; `name` may be a family `s[i in 1..3]`."""

    name: NodeName
    fires: tuple[Expr, ...]
    label: Expr
    weight: Expr | None
    crop: Expr | None


@node
class Inputs(Node):
    """`inputs { … }`; items are InputDecl or For."""

    items: tuple[Node, ...]


@node
class DataName(Node):
    """`name COLUMN`; columns are names or strings."""

    column: Name | Text


@node
class DataLabel(Node):
    """`label COLUMN`."""

    column: Name | Text


@node
class DataFire(Node):
    """`fire four_legs when legs == 4`; `condition` reads columns."""

    node: Expr
    condition: Expr


@node
class DataWeight(Node):
    """`weight COLUMN-EXPRESSION`."""

    value: Expr


@node
class DataHoldOut(Node):
    """`hold_out 0.2` or `hold_out COLUMN`."""

    value: Expr


@node
class InputsFrom(Node):
    """`inputs from "zoo.csv" { … }`."""

    path: Text
    items: tuple[DataName | DataLabel | DataFire | DataWeight | DataHoldOut, ...]


@node
class Init(Node):
    """`init λ[common] ~ uniform(0, 0.01)` (drawn) or `init η = 1`. `targets` empty: all."""

    array: Name
    targets: tuple[Expr, ...]
    drawn: bool
    value: Expr


@node
class Update(Node):
    """`update λ[common] by race(up: 3/4)`; `when` is `together`, `both` or None. `law` is a Name or a Call."""

    array: Name
    targets: tuple[Expr, ...]
    law: Name | Call
    when: Name | None


@node
class AmplifyEdges(Node):
    """`amplify edges`."""


@node
class Network(Node):
    """Items: Level, Classes, Inputs, InputsFrom, Init, Update, AmplifyEdges, For."""

    name: Name
    parameters: tuple[Parameter, ...]
    items: tuple[Node, ...]


# --- systems ----------------------------------------------------------------------------------------------------------


@node
class Axis(Node):
    """`axis block = 1..blocks`."""

    name: Name
    domain: Expr


@node
class DataFile(Node):
    """`from "file.npz" ("name")`."""

    path: Text
    array: Text | None


@node
class State(Node):
    """`state x[block]: log = 0` / `~ normal(0, 1)` (drawn); value None: starts come from the network's `init`."""

    name: Name
    binders: tuple[Binder, ...]
    type: Name | None
    drawn: bool
    value: Expr | None


@node
class Const(Node):
    name: Name
    binders: tuple[Binder, ...]
    type: Name | None
    drawn: bool
    value: Expr | DataFile


@node
class Boundary(Node):
    """`boundary x[0] = 0, x[n + 1] = target`: one node for each equation."""

    target: Index
    value: Expr


@node
class Draw(Node):
    """`draw xi[block] ~ normal(0, noise)`; `distribution` is a Call, or the Name `presentation`."""

    name: Name
    binders: tuple[Binder, ...]
    distribution: Call | Name


@node
class White(Node):
    """`white W[class, coord]`."""

    name: Name
    binders: tuple[Binder, ...]


@node
class Let(Node):
    """`let force[b in block]: real = …`; `observe` makes it a thing to record."""

    name: Name
    binders: tuple[Binder, ...]
    type: Name | None
    value: Expr
    observe: bool


@node
class Next(Node):
    """`x[b in block] <- e` (differential False) or `d/dt x[b in block] = e`."""

    name: Name
    binders: tuple[Binder, ...]
    value: Expr
    differential: bool


@node
class System(Node):
    """Items: Axis, State, Const, Boundary, Draw, White, Let, Next."""

    name: Name
    parameters: tuple[Parameter, ...]
    over_network: bool
    items: tuple[Node, ...]


# --- experiments ------------------------------------------------------------------------------------------------------


@node
class ModelUse(Node):
    """`model figure4`, `model spring_chain(noise: 0)`, `model mine(figure4)`."""

    value: Name | Call


@node
class Run(Node):
    """`run steps: 2000, batch: 1, order: shuffled`; `order` may be a ListOf."""

    arguments: tuple[Argument, ...]


@node
class Repeat(Node):
    """`repeat 20, seed: 2021`; also `seed 7` alone (count None)."""

    count: Expr | None
    seed: Expr | None


@node
class Sweep(Node):
    """`sweep mu in linspace(0, 1, 5)` (one name) or `sweep (a, b) in zip([…], […])`."""

    names: tuple[Name, ...]
    values: Expr


@node
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


@node
class Derive(Node):
    name: Name
    value: Expr


@node
class Plot(Node):
    """`plot lines(a, b)`."""

    value: Call


@node
class Expect(Node):
    """`expect claim for 95% of repeats "why"`; `share` is the percentage expression."""

    claim: Expr
    share: Expr | None
    title: Text | None


@node
class Stop(Node):
    """`stop when condition`."""

    condition: Expr


@node
class SetAt(Node):
    """`set name = value at step n`; without `at`, in a stage, at its start."""

    target: Expr
    value: Expr
    step: Expr | None


@node
class Stage(Node):
    """`stage dense { … }`: items Run, SetAt, Prune, Rewind, Snapshot, Stop."""

    name: Name
    items: tuple[Node, ...]


@node
class Prune(Node):
    """`prune features keep: 5`."""

    level: Name
    arguments: tuple[Argument, ...]


@node
class Rewind(Node):
    """`rewind`."""


@node
class Snapshot(Node):
    """`snapshot name`."""

    name: Name | None


@node
class Experiment(Node):
    """Items: ModelUse, Run, Repeat, Sweep, Record, Derive, Plot, Expect, Stage, and those of a Stage."""

    name: Name
    title: Text | None
    items: tuple[Node, ...]


Declaration = Use | FileParameter | Function | Law | Rule | Measure | Network | System | Experiment


@dataclass(frozen=True, eq=False)
class Comment:
    """`# text`, with the `#`. `own_line`: nothing but blanks stand before it on its line."""

    span: Span
    text: str
    own_line: bool


@dataclass(frozen=True, eq=False)
class Document:
    """A well-formed file: declarations in the order written, and its comments."""

    source: Source
    items: tuple[Declaration, ...]
    comments: tuple[Comment, ...]
