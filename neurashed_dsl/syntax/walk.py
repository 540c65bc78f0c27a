"""Going down the surface tree without knowing every node: fields are found by reflection, once for each class."""

from collections.abc import Iterator
from dataclasses import fields
from functools import cache
from typing import Any

from neurashed_dsl.syntax import ast


def parts(node: ast.Node) -> list[ast.Node]:
    """The nodes directly inside, in the order of their fields."""
    found: list[ast.Node] = []
    for name in _fields(node):
        value = getattr(node, name)
        if isinstance(value, ast.Node):
            found.append(value)
        elif isinstance(value, tuple):
            _collect(value, found)
    return found


def _fields(node: ast.Node) -> tuple[str, ...]:
    kind: Any = type(node)  # mypy takes it for something that can't be hashed
    return _fields_of(kind)


@cache
def _fields_of(kind: type[ast.Node]) -> tuple[str, ...]:
    return tuple(f.name for f in fields(kind) if f.name != "span")


def _collect(values: tuple[object, ...], found: list[ast.Node]) -> None:
    for value in values:
        if isinstance(value, ast.Node):
            found.append(value)
        elif isinstance(value, tuple):
            _collect(value, found)


def walk(node: ast.Node) -> Iterator[ast.Node]:
    """`node` and all nodes inside it, without recursion (sums may be long)."""
    waiting = [node]
    while waiting:
        here = waiting.pop()
        yield here
        waiting.extend(parts(here))


def names(node: ast.Node) -> set[str]:
    """Every bare name inside, whatever it stands for."""
    return {n.name for n in walk(node) if isinstance(n, ast.Name)}


def outline(node: ast.Node) -> str:
    """Everything that was said, but where and with which comments: equal for equal trees, different for others."""
    return "\n".join(
        " ".join([type(n).__name__, *(f"{name}={_mark(getattr(n, name))}" for name in _fields(n))]) for n in walk(node)
    )


def _mark(value: object) -> str:
    """A node inside has a line of its own."""
    match value:
        case ast.Node():
            return "·"
        case tuple():
            return f"({', '.join(map(_mark, value))})"
        case _:
            return repr(value)
