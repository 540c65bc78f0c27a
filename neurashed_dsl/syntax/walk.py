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
