"""Expressions: what has a value, or is a part of what has one."""

from fractions import Fraction
from typing import Literal

from neurashed_dsl.syntax.ast.node import Node
from neurashed_dsl.values import named


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
