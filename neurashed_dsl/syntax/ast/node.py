"""What all nodes have, and how deep a tree may be."""

import sys
from dataclasses import field

from neurashed_dsl.diagnostics import Span
from neurashed_dsl.values import named

DEEPEST = 200
LONGEST_CHAIN = 1000


def let_readers_recurse() -> None:
    """A tree may be some thousand levels deep, and whoever reads one recurses: Python's 1000 frames are too few."""
    sys.setrecursionlimit(max(sys.getrecursionlimit(), 20 * LONGEST_CHAIN))


@named
class Node:
    span: Span = field(repr=False)
