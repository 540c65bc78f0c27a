"""Expressions of the IR as Python text that numba compiles. Reducers become loops in front of the line that needs them.

With lanes, replicates run side by side: what differs between them has a last dimension, `lane`, and each statement that touches it stands in
a loop over lanes of its own. LLVM makes vectors of such a loop if nothing in it branches or may be out of bounds, so both sides of a choice are
worked out first, and positions in them are kept within their arrays.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import assert_never

from neurashed_dsl.backend.folds import iterated, reduced
from neurashed_dsl.backend.lines import Lines
from neurashed_dsl.backend.pieces import heavy, number_text, size_text, wrapped
from neurashed_dsl.ir import scalar
from neurashed_dsl.ir.expr import (
    Apply,
    Binder,
    Const,
    Expr,
    Iterate,
    Range,
    Read,
    Reduce,
    Row,
    Select,
    Var,
    Whole,
    walk,
)
from neurashed_dsl.ir.operators import OPERATORS

COSTLY = {"//", "%", "^", "power"}  # and whatever calls a function: not worked out where it may not be needed
CHEAP = {"abs", "real", "int", "min", "max", "relu", "clip", "sign"}
ATOM = r"-?[\w.]+"


class Writer(Lines):
    """Expressions of one function."""

    @contextmanager
    def loops(self, binders: tuple[Binder, ...]) -> Iterator[list[str]]:
        """Nested loops over the binders; gives the position of each within its domain, counted from 0."""
        depth, counters = self.depth, []
        for b in binders:
            counters.append(self._loop(b))
            self.depth += 1
        yield counters
        self.depth = depth

    def _loop(self, b: Binder) -> str:
        name = self.fresh(b.name)
        match b.domain:
            case Whole(axis):
                self.read.add(f"size {axis}")
                self.whole.add(b.name)
                self.line(f"for {name} in range({self.names.sizes[axis]}):")
                counter = name
            case Range(low, high, _):
                first = self.value(low)
                self.line(f"for {name} in range({first}, {self.value(high)}):")
                counter = name if first == "0" else f"{name} - {wrapped(first)}"
            case Row(relation, at):
                offsets, members = self.names.rows[relation]
                self.read.add(f"rows {relation}")
                where, k = self.value(at), self.fresh("k")
                self.line(f"for {k} in range({offsets}[{where}], {offsets}[{where} + 1]):")
                self.lines.append("    " * (self.depth + 1) + f"{name} = {members}[{k}]")
                counter = f"{k} - {offsets}[{where}]"
            case _:
                assert_never(b.domain)
        self.variables[b.name] = name
        return counter

    # --- expressions ------------------------------------------------------------------------------------------------

    def value(self, e: Expr) -> str:
        """The text of an expression, after the lines it needs."""
        return self._text(e)[0]

    def differs(self, e: Expr) -> bool:
        """May it differ from lane to lane?"""
        if not self.names.lanes:
            return False
        return any(
            (isinstance(x, Read) and x.array in self.names.varying) or (isinstance(x, Var) and x.name in self.differing)
            for x in walk(e)
        )

    def _text(self, e: Expr) -> tuple[str, int]:
        match e:
            case Const(value, of=axis) if axis in self.names.sizes:
                self.read.add(f"size {axis}")
                return size_text(value, self.names.sizes[axis], self.names.lengths[axis])
            case Const(value):
                return number_text(value)
            case Var(name):
                return self.variables[name], 10
            case Read():
                return self._read(e), 10
            case Apply(op, args):
                return self._apply(e, op, args)
            case Select():
                return self._select(e)
            case Reduce():
                return reduced(e, self), 10
            case Iterate():
                return iterated(e, self), 10
            case _:
                assert_never(e)

    def _read(self, e: Read) -> str:
        if e.array in self.held:
            return self.held[e.array]
        self.read.add(e.array)
        index = [self.value(i) for i in e.index]
        if self.names.lanes and self.guarded:
            size = f"{self.names.text[e.array]}.shape"
            index = [
                text if self.stays(e.array, i) else f"min(max({text}, 0), {size}[{k}] - 1)"
                for k, (i, text) in enumerate(zip(e.index, index))
            ]
        return self.names.access(e.array, index)

    def stays(self, array: str, index: Expr) -> bool:
        """Is the index known to be on the array's axis?"""
        return array in self.names.full and isinstance(index, Var) and index.name in self.whole

    def _apply(self, e: Expr, op: str, args: tuple[Expr, ...]) -> tuple[str, int]:
        row = OPERATORS[op]
        if op in ("and", "or") and heavy(args[1]) and not self.names.lanes:
            return self._stepwise(op, args), 10
        if row.source.startswith(f"{row.meaning.__name__}(") and hasattr(scalar, row.meaning.__name__):
            self.helpers.add(row.meaning.__name__)
        if row.strength == 10:
            text = row.source.format(*map(self.value, args))
            if self.names.lanes and op not in CHEAP and not self.differs(e):
                return self.ahead(op, text, differs=False), 10
            return text, 10
        # The right operand of a left-associative operator needs brackets at equal strength; comparisons don't chain.
        texts = []
        for i, a in enumerate(args):
            with self.guard(op in ("and", "or") and i == 1):
                text, strength = (self._side(a), 10) if self.names.lanes and self.guarded else self._text(a)
            tight = strength > row.strength or (strength == row.strength and i == 0 and row.strength != 5)
            texts.append(text if tight else f"({text})")
        return row.source.format(*texts), row.strength

    @contextmanager
    def guard(self, begins: bool = True) -> Iterator[None]:
        before, self.guarded = self.guarded, self.guarded or begins
        yield
        self.guarded = before

    def _stepwise(self, op: str, args: tuple[Expr, ...]) -> str:
        name = self.fresh("truth")
        self.line(f"{name} = {self.value(args[0])}")
        with self.block(f"if {name}:" if op == "and" else f"if not {name}:"):
            self.line(f"{name} = {self.value(args[1])}")
        return name

    def _select(self, e: Select) -> tuple[str, int]:
        condition = self.value(e.condition)
        if self.names.lanes or (not heavy(e.yes) and not heavy(e.no)):
            with self.guard():
                yes, no = self._side(e.yes), self._side(e.no)
            return f"({yes} if {condition} else {no})", 10
        name = self.fresh("chosen")
        with self.block(f"if {condition}:"):
            self.line(f"{name} = {self.value(e.yes)}")
        with self.block("else:"):
            self.line(f"{name} = {self.value(e.no)}")
        return name, 10

    def _side(self, e: Expr) -> str:
        """One side of a choice. What costs little is worked out before: a choice between numbers at hand needs no branch."""
        text = self.value(e)
        if re.fullmatch(ATOM, text) or not (self.names.lanes or self._safe(e)):
            return text
        return self.ahead("side", text, self.differs(e))

    def _safe(self, e: Expr) -> bool:
        """Can it be worked out anywhere, for little?"""
        return not any(
            isinstance(x, Reduce | Iterate)
            or (isinstance(x, Apply) and (x.op in COSTLY or (OPERATORS[x.op].strength == 10 and x.op not in CHEAP)))
            or (isinstance(x, Read) and x.array not in self.held and not all(self.stays(x.array, i) for i in x.index))
            for x in walk(e)
        )
