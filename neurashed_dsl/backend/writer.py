"""Expressions of the IR as Python text that numba compiles. Reducers become loops in front of the line that needs them."""

import inspect
import math
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, assert_never

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
from neurashed_dsl.ir.operators import OPERATORS, REDUCERS


class Writer:
    """Lines of one function. `access(name, index texts)` gives the text of an array's element; `sizes` and `rows` name arguments."""

    def __init__(
        self, access: Callable[[str, list[str]], str], sizes: dict[str, str], rows: dict[str, tuple[str, str]]
    ) -> None:
        self.access = access
        self.sizes = sizes
        self.rows = rows
        self.lines: list[str] = []
        self.depth = 1
        self.variables: dict[str, str] = {"step": "step"}
        self.used: set[str] = set()
        self.helpers: set[str] = set()
        self.read: set[str] = set()

    def line(self, text: str) -> None:
        self.lines.append("    " * self.depth + text)

    @contextmanager
    def block(self, head: str) -> Iterator[None]:
        self.line(head)
        self.depth += 1
        yield
        self.depth -= 1

    def fresh(self, stem: str) -> str:
        stem = re.sub(r"\W+", "_", stem.split(".")[0]) or "x"
        n, name = 1, f"{stem}_1"
        while name in self.used:
            n += 1
            name = f"{stem}_{n}"
        self.used.add(name)
        return name

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
                self.line(f"for {name} in range({self.sizes[axis]}):")
                counter = name
            case Range(low, high, _):
                first = self.value(low)
                self.line(f"for {name} in range({first}, {self.value(high)}):")
                counter = name if first == "0" else f"{name} - {_wrapped(first)}"
            case Row(relation, at):
                offsets, members = self.rows[relation]
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

    def _text(self, e: Expr) -> tuple[str, int]:
        match e:
            case Const(value):
                return _number(value)
            case Var(name):
                return self.variables[name], 10
            case Read(array, index):
                self.read.add(array)
                return self.access(array, [self.value(i) for i in index]), 10
            case Apply(op, args):
                return self._apply(op, args)
            case Select():
                return self._select(e)
            case Reduce():
                return self._reduce(e), 10
            case Iterate():
                return self._iterate(e), 10
            case _:
                assert_never(e)

    def _apply(self, op: str, args: tuple[Expr, ...]) -> tuple[str, int]:
        row = OPERATORS[op]
        if op in ("and", "or") and _heavy(args[1]):
            return self._stepwise(op, args), 10
        if row.source.startswith(f"{row.meaning.__name__}(") and hasattr(scalar, row.meaning.__name__):
            self.helpers.add(row.meaning.__name__)
        if row.strength == 10:
            return row.source.format(*map(self.value, args)), 10
        # The right operand of a left-associative operator needs brackets at equal strength; comparisons don't chain.
        texts = []
        for i, a in enumerate(args):
            text, strength = self._text(a)
            tight = strength > row.strength or (strength == row.strength and i == 0 and row.strength != 5)
            texts.append(text if tight else f"({text})")
        return row.source.format(*texts), row.strength

    def _stepwise(self, op: str, args: tuple[Expr, ...]) -> str:
        name = self.fresh("truth")
        self.line(f"{name} = {self.value(args[0])}")
        with self.block(f"if {name}:" if op == "and" else f"if not {name}:"):
            self.line(f"{name} = {self.value(args[1])}")
        return name

    def _select(self, e: Select) -> tuple[str, int]:
        condition = self.value(e.condition)
        if not _heavy(e.yes) and not _heavy(e.no):
            return f"({self.value(e.yes)} if {condition} else {self.value(e.no)})", 10
        name = self.fresh("chosen")
        with self.block(f"if {condition}:"):
            self.line(f"{name} = {self.value(e.yes)}")
        with self.block("else:"):
            self.line(f"{name} = {self.value(e.no)}")
        return name, 10

    def _reduce(self, e: Reduce) -> str:
        row = REDUCERS[e.op]
        names = {k: self.fresh(f"{e.op}_{k}") for k in row.start} | {"v": self.fresh("v")}
        for key, start in row.start.items():
            self.line(f"{names[key]} = {start}")
        with self.loops(e.binders):
            if e.where is None:
                self._fold_in(e, row.step, names)
            else:
                with self.block(f"if {self.value(e.where)}:"):
                    self._fold_in(e, row.step, names)
            if row.early and len(e.binders) == 1:
                self.line(f"if {'' if row.early == 'True' else 'not '}{names['a']}:")
                self.line("    break")
        return _renamed(f"({row.finish})" if " " in row.finish else row.finish, names)

    def _fold_in(self, e: Reduce, step: str, names: dict[str, str]) -> None:
        self.line(f"{names['v']} = {self.value(e.body)}")
        for part in step.split("; "):
            self.line(_renamed(part, names))

    def _iterate(self, e: Iterate) -> str:
        name, clock = self.fresh("value"), self.fresh("t")
        self.line(f"{name} = {self.value(e.start)}")
        self.variables |= {e.variable: name, e.clock: clock}
        with self.block(f"for {clock} in range({self.value(e.low)}, {self.value(e.high)}):"):
            self.line(f"{name} = {self.value(e.body)}")
        return name


def _heavy(e: Expr) -> bool:
    """Does it need lines of its own?"""
    return any(isinstance(x, Reduce | Iterate) for x in walk(e))


def _wrapped(text: str) -> str:
    return text if re.fullmatch(r"[\w.]+", text) else f"({text})"


def _number(value: object) -> tuple[str, int]:
    if isinstance(value, float) and not math.isfinite(value):
        text = "nan" if value != value else "inf" if value > 0 else "-inf"
        return text, 10 if value > 0 else 8
    return repr(value), 10 if not str(value).startswith("-") else 8


def _renamed(text: str, names: dict[str, str]) -> str:
    return re.sub(r"\b[abnv]\b", lambda m: names.get(m[0], m[0]), text)


def helper_text(names: set[str], others: Mapping[str, object]) -> str:
    """The functions that a kernel calls, of `scalar` and of the distributions, with numba's decorator."""
    found: dict[str, Any] = {**vars(scalar), **others}
    parts = [f'@njit(error_model="numpy")\n{inspect.getsource(found[name])}' for name in sorted(names)]
    return "\n\n".join(p.rstrip() for p in parts)
