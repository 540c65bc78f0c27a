"""Networks: levels, classes, inputs, and how they are trained."""

from neurashed_dsl.syntax.ast.declarations import Parameter
from neurashed_dsl.syntax.ast.expressions import Binder, Call, Expr, Name, Text
from neurashed_dsl.syntax.ast.node import Node
from neurashed_dsl.values import named


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
