"""Going down the surface tree without knowing every node: fields are found by reflection, once for each class."""

from collections.abc import Iterator
from dataclasses import fields

from neurashed_dsl.syntax import ast


def parts(node: ast.Node) -> Iterator[ast.Node]:
    """The nodes directly inside, in the order of their fields."""
    for field in fields(node):
        value = getattr(node, field.name)
        if isinstance(value, ast.Node):
            yield value
        elif isinstance(value, tuple):
            yield from _inside(value)


def _inside(values: tuple[object, ...]) -> Iterator[ast.Node]:
    for value in values:
        if isinstance(value, ast.Node):
            yield value
        elif isinstance(value, tuple):
            yield from _inside(value)


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
        " ".join([type(n).__name__, *(f"{f.name}={_mark(getattr(n, f.name))}" for f in fields(n) if f.name != "span")])
        for n in walk(node)
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
