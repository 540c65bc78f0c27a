"""Lines of one function, and where they stand: blocks, loops over lanes, names."""

import re
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

from neurashed_dsl.backend.names import LANE, Names


class Lines:
    """What a function is written into. `Writer` knows what to write."""

    def __init__(self, names: Names) -> None:
        self.names = names
        self.lines: list[str] = []
        self.depth = 1
        self.variables: dict[str, str] = {"step": "step"}
        self.whole: set[str] = set()  # variables that stay within their axis
        self.differing: set[str] = set()  # variables that differ from lane to lane
        self.held: dict[str, str] = {}  # arrays of which only the element at hand is kept, under this name
        self.pending: list[str] = []  # lines for the next loop over lanes
        self.guarded = False  # inside a choice: it may be worked out where it doesn't hold
        self.kinds = dict(names.kinds)
        self.used: set[str] = set(names.text.values())
        self.helpers: set[str] = set()
        self.read: set[str] = set()
        self.scratch: dict[str, str] = {}  # rows of lanes that the function needs, and their kinds

    def line(self, text: str) -> None:
        self.lines.append("    " * self.depth + text)

    @contextmanager
    def block(self, head: str) -> Iterator[None]:
        self.line(head)
        self.depth += 1
        yield
        self.depth -= 1

    def ahead(self, stem: str, text: str, differs: bool) -> str:
        """A name for a value that is worked out before what is being written: in its loop over lanes, if lanes differ in it."""
        name = self.fresh(stem)
        if differs:
            self.pending.append(f"{name} = {text}")
        else:
            self.line(f"{name} = {text}")
        return name

    @contextmanager
    def lanes(self, differs: bool = True) -> Iterator[None]:
        """A loop over lanes, if there are any, around what is written in it and what is pending."""
        pending, self.pending = self.pending, []
        if not self.names.lanes:
            yield
            return
        with self.block(f"for {LANE} in range(LANES):") if differs else nullcontext():
            for text in pending:
                self.line(text)
            yield

    def row(self, stem: str, kind: str = "real") -> str:
        """A row of lanes to keep something in: the text of an element."""
        name = self.fresh(stem)
        self.scratch[name] = kind
        return f"{name}[{LANE}]"

    def fresh(self, stem: str) -> str:
        stem = re.sub(r"\W+", "_", stem.split(".")[0]) or "x"
        stem = f"{stem}_" if stem in ("at", "due") else stem  # `at_0` is when the first grid's records are due
        n, name = 1, f"{stem}_1"
        while name in self.used:
            n += 1
            name = f"{stem}_{n}"
        self.used.add(name)
        return name
