"""Systems: axes, arrays, and the equations that move them."""

from neurashed_dsl.syntax.ast.declarations import Parameter
from neurashed_dsl.syntax.ast.expressions import Binder, Call, DataFile, Expr, Index, Name, Text
from neurashed_dsl.syntax.ast.node import Node
from neurashed_dsl.values import named


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
