"""A scan along a short axis becomes one let for each level, where that makes matrices of what it sums.

`h[l, n, j] = relu(sum(W[l, j, k] * h[l - 1, n, k] for k in unit))` is of rank 3, and no matrix product; `h on layer 2` is one. What else runs along
that axis – adjoints, equations, sums over it – is written out level by level with it, and its choices among levels are decided. Whoever
reads such an array at a level that isn't known finds it put together again, under its own name.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from math import prod
from typing import TypeVar

from neurashed_dsl.ir.circles import together
from neurashed_dsl.ir.expr import (
    Apply,
    Binder,
    Const,
    Domain,
    Expr,
    Range,
    Read,
    Reduce,
    Select,
    Var,
    Whole,
    arrays,
    domain_parts,
    free,
    rebuild,
    substitute,
    walk,
    with_domain_parts,
)
from neurashed_dsl.ir.system import Let, Next, System
from neurashed_dsl.passes.contract import large
from neurashed_dsl.passes.known import settled
from neurashed_dsl.passes.sink import sink
from neurashed_dsl.passes.tidy import inline_names

T = TypeVar("T")
MOST = 32  # levels: each has lines of its own in the kernel


def unroll(system: System) -> System:
    """A system with its scans of large sums written out, along each axis where that can be done."""
    for axis in () if system.plain_sums else system.axes:
        if system.axes[axis].size <= MOST and any(_gains(let, axis, system) for let in system.lets):
            system = _unrolled(system, axis) or system
    return system


def _gains(let: Let, axis: str, system: System) -> bool:
    """Is it a scan over the axis that sums large products, alone or in a circle?"""
    over = [b.domain.axis for b in let.binders if isinstance(b.domain, Whole)]
    if not let.scan or axis not in over:
        return False
    around = prod(system.axes[a].size for a in over if a != axis)
    return any(isinstance(e, Reduce) and e.op == "sum" and large(around * _extent(e, system)) for e in walk(let.expr))


def _extent(e: Reduce, system: System) -> int:
    return prod(system.axes[b.domain.axis].size if isinstance(b.domain, Whole) else 1 for b in e.binders)


def _unrolled(system: System, axis: str) -> System | None:
    """Everything along the axis level by level; None where a scan doesn't run along it."""
    to = _Levels(system, axis)
    lets: list[Let] = []
    for group in together(system.lets):
        made = to.lets(group)
        if made is None:
            return None
        lets += made
    following = tuple(f for n in system.next for f in to.following(n))
    return sink(inline_names(replace(system, lets=tuple(lets), next=following)))


@dataclass
class _Levels:
    """`split`: the arrays that are written out, which of their indices is gone, and the levels that are there."""

    system: System
    axis: str
    split: dict[str, tuple[int, set[int]]] = field(default_factory=dict)

    def lets(self, group: Sequence[Let]) -> list[Let] | None:
        """The levels of a let, or of those of a circle, in the order of evaluation, and themselves made of them. None if one reads a level
        after it, or if the circle runs along another axis."""
        first, levels = group[0], self._along(group[0].binders)[1]
        if not any(self._along(x.binders)[1] for x in group):
            return [replace(x, expr=self.taken(x.expr)) for x in group]
        if first.circle and any(self._along(x.binders) != (x.level, levels) for x in group):
            return None
        names = {x.name for x in group}
        self.split |= {x.name: (self._along(x.binders)[0], set()) for x in group}
        found: list[Let] = []
        for k in reversed(levels) if first.scan == "down" else levels:
            for let in group:
                level = self._level(let, k)
                if names & arrays(level.expr):
                    return None
                found.append(level)
        return [*found, *(replace(x, expr=self._joined(x, levels), scan="", circle="") for x in group)]

    def _level(self, let: Let, k: int) -> Let:
        place, made = self.split[let.name]
        made.add(k)
        expr = self.taken(substitute(let.expr, {let.binders[place].name: Const(k)}))
        own = self._named(let.name, k)
        scan = let.scan if own in arrays(expr) else ""
        return replace(let, name=own, binders=_without(let.binders, place), expr=expr, scan=scan, circle="")

    def _along(self, binders: Sequence[Binder]) -> tuple[int, Sequence[int]]:
        """Which binder runs along the axis, and over which levels; no levels if none does."""
        for place, b in enumerate(binders):
            levels = self._levels(b.domain)
            if levels:
                return place, levels
        return 0, ()

    def _levels(self, domain: Domain) -> Sequence[int]:
        match domain:
            case Whole(axis) if axis == self.axis:
                return range(self.system.axes[axis].size)
            case Range(low, high, axis) if axis == self.axis:
                ends = self._known(low), self._known(high)
                return range(ends[0].value, ends[1].value) if all(isinstance(e, Const) for e in ends) else ()  # type: ignore[union-attr,arg-type]
        return ()

    def _joined(self, let: Let, levels: Sequence[int]) -> Expr:
        """The whole array, from its levels."""
        place = self.split[let.name][0]
        at = tuple(Var(b.name) for b in _without(let.binders, place))
        *others, last = [(k, Read(self._named(let.name, k), at)) for k in levels]
        expr: Expr = last[1]
        for k, read in reversed(others):
            expr = Select(Apply("==", (Var(let.binders[place].name), Const(k))), read, expr)
        return expr

    def _named(self, array: str, level: int) -> str:
        return f"{array} on {self.axis} {level + self.system.axes[self.axis].origin}"

    def following(self, f: Next) -> list[Next]:
        place, levels = self._along(f.binders)
        if not levels:
            return [replace(f, updates=tuple((s, self.taken(e)) for s, e in f.updates))]
        found = []
        for k in levels:
            one: dict[str, Expr] = {f.binders[place].name: Const(k)}
            where = None if f.where is None else self._known(substitute(f.where, one))
            found.append(
                replace(
                    f,
                    binders=tuple(_at(b, one) for b in _without(f.binders, place)),
                    index=tuple(self._known(substitute(i, one)) for i in f.index),
                    updates=tuple((s, self.taken(substitute(e, one))) for s, e in f.updates),
                    where=None if where == Const(True) else where,
                )
            )
        return found

    # --- expressions ------------------------------------------------------------------------------------------------

    def taken(self, e: Expr) -> Expr:
        """The expression with choices among levels decided, and levels of arrays read where they are. What decides nothing stays as it is: kernels
        of layers of other widths are the same."""
        match e:
            case Select(condition, yes, no):
                known = self._known(condition)
                if isinstance(known, Const):
                    return self.taken(yes if known.value else no)
                return replace(e, condition=known, yes=self.taken(yes), no=self.taken(no))
            case Reduce("sum") if arrays(e) & self.split.keys() and self._along(e.binders)[1]:
                return self._sum(e)
            case Apply("and" | "or"):
                return self._known(e)
            case Read():
                return self._read(e)
        return rebuild(e, self.taken)

    def _known(self, e: Expr) -> Expr:
        """A constant, if it is one; of `and` and `or`, what is left."""
        found = settled(e, self.system)
        if isinstance(found, Const):
            return found
        match e:
            case Apply("and" | "or" as op, (first, second)):
                sides = self._known(first), self._known(second)
                # Had one decided, there would be nothing left.
                rest = [x for x in sides if not isinstance(x, Const)]
                return rest[0] if len(rest) == 1 else Apply(op, sides, e.span)
        return self.taken(e)

    def _read(self, e: Read) -> Expr:
        index = tuple(map(self._known, e.index))
        if e.array in self.split:
            place, made = self.split[e.array]
            match index[place]:
                case Const(int(k)) if k in made:
                    return Read(self._named(e.array, k), _without(index, place), e.span)
        return replace(e, index=index)

    def _sum(self, e: Reduce) -> Expr:
        """A sum over levels, as one sum after another."""
        place, levels = self._along(e.binders)
        total: Expr | None = None
        for k in levels:
            one: dict[str, Expr] = {e.binders[place].name: Const(k)}
            where = None if e.where is None else self._known(substitute(e.where, one))
            if where == Const(False):
                continue
            binders = tuple(_at(b, one) for b in _without(e.binders, place))
            body = self.taken(substitute(e.body, one))
            term = _sum_if(Reduce("sum", body, binders, None if where == Const(True) else where, e.span))
            total = term if total is None else Apply("+", (total, term))
        return Const(0.0) if total is None else total


def _sum_if(e: Reduce) -> Expr:
    """A condition that hangs on nothing that is summed over stands outside."""
    if e.where is None or free(e.where) & {b.name for b in e.binders}:
        return e
    return Select(e.where, replace(e, where=None), Const(0.0))


def _at(b: Binder, one: dict[str, Expr]) -> Binder:
    return Binder(b.name, with_domain_parts(b.domain, tuple(substitute(p, one) for p in domain_parts(b.domain))))


def _without(items: tuple[T, ...], place: int) -> tuple[T, ...]:
    return items[:place] + items[place + 1 :]
