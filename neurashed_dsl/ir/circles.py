"""Lets that read each other round, and what is needed of lets that may."""

from collections.abc import Callable, Iterable
from itertools import groupby

from neurashed_dsl.ir.expr import arrays
from neurashed_dsl.ir.system import Let


def together(lets: Iterable[Let]) -> list[tuple[Let, ...]]:
    """Those that are worked out together, in order: the lets of a circle, any other by itself."""
    return [tuple(group) for _, group in groupby(lets, key=lambda x: x.circle or x.name)]


def needed(
    names: Iterable[str], lets: Iterable[Let], reads: Callable[[Let], set[str]] = lambda x: arrays(x.expr)
) -> tuple[set[str], list[Let]]:
    """All arrays that these are made of, themselves included, and the lets among them in the order of evaluation."""
    read, chosen = set(names), list[Let]()
    for group in reversed(together(lets)):
        if any(x.name in read for x in group):
            read |= set().union(*map(reads, group))
            chosen[:0] = group
    return read, chosen
