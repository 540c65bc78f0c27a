"""Small declarations: parameters, functions, laws, rules, measures, data; and what is used of other files."""

from neurashed_dsl.syntax.ast.expressions import Argument, Binder, DataFile, Expr, Interval, Name, Text
from neurashed_dsl.syntax.ast.node import Node
from neurashed_dsl.values import named


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
