"""AST nodes of systems, one maker for each rule of the grammar."""

from collections.abc import Callable
from typing import Any

from neurashed_dsl.diagnostics import Span
from neurashed_dsl.syntax import ast
from neurashed_dsl.syntax.make_expressions import items, name


def system(span: Span, name: ast.Name, params: Any, over: object, *parts: Any) -> ast.System:
    """A `boundary` statement is as many nodes as it has equations."""
    flat = [node for part in parts for node in (part if isinstance(part, tuple) else (part,))]
    return ast.System(span=span, name=name, parameters=params or (), over_network=over is not None, items=tuple(flat))


def state(drawn: bool) -> Callable[..., ast.State]:
    def make(span: Span, name: ast.Name, binders: Any, type_: ast.Name | None, value: ast.Expr | None) -> ast.State:
        return ast.State(span=span, name=name, binders=binders or (), type=type_, drawn=drawn, value=value)

    return make


def const(drawn: bool) -> Callable[..., ast.Const]:
    def make(span: Span, name: ast.Name, binders: Any, type_: ast.Name | None, value: ast.Expr) -> ast.Const:
        return ast.Const(span=span, name=name, binders=binders or (), type=type_, drawn=drawn, value=value)

    return make


def const_from(
    span: Span, name: ast.Name, binders: Any, type_: Any, path: ast.Text, array: ast.Text | None
) -> ast.Const:
    file = ast.DataFile(span=path.span.to((array or path).span), path=path, array=array)
    return ast.Const(span=span, name=name, binders=binders or (), type=type_, drawn=False, value=file)


def let(observe: bool) -> Callable[..., ast.Let]:
    def make(span: Span, name: ast.Name, binders: Any, type_: ast.Name | None, value: ast.Expr) -> ast.Let:
        return ast.Let(span=span, name=name, binders=binders or (), type=type_, value=value, observe=observe)

    return make


def next_(differential: bool) -> Callable[..., ast.Next]:
    def make(span: Span, name: ast.Name, binders: Any, value: ast.Expr) -> ast.Next:
        return ast.Next(span=span, name=name, binders=binders or (), value=value, differential=differential)

    return make


SYSTEMS: dict[str, Callable[..., Any]] = {
    "system": system,
    "over": lambda s: True,
    "axis": lambda s, name, domain: ast.Axis(span=s, name=name, domain=domain),
    "state": state(drawn=False),
    "state_drawn": state(drawn=True),
    "const": const(drawn=False),
    "const_drawn": const(drawn=True),
    "const_from": const_from,
    "boundary": items,
    "equation": lambda s, target, value: ast.Boundary(span=s, target=target, value=value),
    "draw": lambda s, name, binders, how: ast.Draw(span=s, name=name, binders=binders or (), distribution=how),
    "white": lambda s, name, binders: ast.White(span=s, name=name, binders=binders or ()),
    "let": let(observe=False),
    "observe": let(observe=True),
    "next": next_(differential=False),
    "ddt": next_(differential=True),
    "require": lambda s, condition, words: ast.Check(span=s, condition=condition, words=words, warning=False),
    "warn": lambda s, condition, words: ast.Check(span=s, condition=condition, words=words, warning=True),
    "statement_word": name,
}
