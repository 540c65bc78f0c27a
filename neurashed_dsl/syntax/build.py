"""From the parser's tree to the surface tree, by plain recursion.

Takes a tree of rules of `nshed.lark`, whatever class it has (`Branch`); returns AST nodes. A maker bears its rule's
name, takes the span and the children already made (None for what was left out), and returns a node, or a tuple where
there is no node for it.
"""

from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

from neurashed_dsl.diagnostics import Report, Source, Span
from neurashed_dsl.syntax.make_experiments import EXPERIMENTS
from neurashed_dsl.syntax.make_expressions import EXPRESSIONS, LITERALS
from neurashed_dsl.syntax.make_networks import NETWORKS
from neurashed_dsl.syntax.make_systems import SYSTEMS

MAKERS: dict[str, Callable[..., Any]] = {**EXPRESSIONS, **NETWORKS, **SYSTEMS, **EXPERIMENTS}


class Branch(Protocol):
    """A rule's name, its parts (branches, texts of tokens, None) and where it stands."""

    data: str
    children: list[Any]
    meta: Any


class Place(NamedTuple):
    """The text that the tree's offsets count from, and where complaints go."""

    source: Source
    base: int
    report: Report


def build(branch: Branch, place: Place) -> Any:
    """The node of a branch. Complains about numbers and texts that say nothing; never raises for a user's mistake."""
    children = []
    for child in branch.children:
        # A token is a text with a lexer's baggage, which must not get into the tree.
        plain = str(child) if isinstance(child, str) else child
        children.append(build(child, place) if hasattr(child, "data") else plain)
    span = _span(branch, place)
    if branch.data in LITERALS:
        return LITERALS[branch.data](span, children[0], place.report)
    return MAKERS[branch.data](span, *children)


def _span(branch: Branch, place: Place) -> Span:
    start = getattr(branch.meta, "start_pos", 0)
    return Span(place.source, place.base + start, place.base + getattr(branch.meta, "end_pos", start))
