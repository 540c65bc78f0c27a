"""Sums of products over a common index become matrix products, which a library does many times faster than loops.

`sum(W[s, i] * x[b, i] for i in input)` is x·Wᵀ. Its last bits may differ from those of the plain sum, which adds in order: the terms
are the same, and the difference is below k ε Σ|terms| for k of them. `run … sums: plain` leaves all sums as they are written.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import reduce

from neurashed_dsl.ir.expr import (
    Apply,
    Binder,
    Const,
    Expr,
    Iterate,
    Read,
    Reduce,
    Select,
    Var,
    Whole,
    free,
    rebuild,
    substitute,
    walk,
)
from neurashed_dsl.ir.kinds import array_kinds, kind_of
from neurashed_dsl.ir.system import Let, System
from neurashed_dsl.passes.hoist import may_fail

LEAST = 4096  # multiplications from which on a call of the library is worth it


def large(multiplications: int) -> bool:
    return multiplications >= LEAST


@dataclass
class _Products:
    """`axes` of all arrays of real numbers that cover them, `kinds` of all; `made`: products by what they hold, its indices numbered, and
    `factors` by theirs and the axes of these."""

    system: System
    axes: dict[str, tuple[str, ...]]
    kinds: dict[str, str]
    made: dict[tuple[Expr, tuple[str, ...]], str] = field(default_factory=dict)
    factors: dict[tuple[Expr, tuple[str, ...]], str] = field(default_factory=dict)
    lets: list[Let] = field(default_factory=list)

    def taken(self, e: Expr, over: dict[str, str]) -> Expr:
        """The expression with its products read from lets. `over`: the axes of the indices around it."""
        match e:
            case Reduce():
                found = self.product(e, over)
                if found is not None:
                    return self._read(*found)
                inner = over | {b.name: b.domain.axis for b in e.binders if isinstance(b.domain, Whole)}
                return rebuild(e, lambda x: self.taken(x, inner))
            case _:
                return rebuild(e, lambda x: self.taken(x, over))

    def product(self, e: Reduce, over: dict[str, str]) -> tuple[Reduce, tuple[Binder, ...]] | None:
        """The sum with its factors in the order of a matrix product, and the indices of the result; None if it isn't one, or a small one."""
        match e:
            case Reduce("sum", Apply("*", (a, b)), (Binder(k, Whole(axis)),), where):
                a, b = self._sides(e.body, k, over) or (a, b)
                if where is not None:
                    if free(where) != {k}:
                        return None
                    a, b = self._masked(where, a, b)
                rows, columns = self._others(a, k, over), self._others(b, k, over)
                if rows is None or columns is None or not rows + columns or set(rows) & set(columns):
                    return None
                names = (*rows, *columns)
                if not all(isinstance(x, Read) for x in (a, b)) and not (rows and columns):
                    return None  # as much work as the sum itself
                if not rows or (columns and list(over).index(columns[0]) < list(over).index(rows[0])):
                    a, b, names = b, a, (*columns, *rows)  # laid out as it is read
                if not large(self._size(axis, *(over[n] for n in names))):
                    return None
                inner = over | {k: axis}
                body = Apply("*", (self._matrix(a, k, inner), self._matrix(b, k, inner)))
                return replace(e, body=body, where=None), tuple(Binder(n, Whole(over[n])) for n in names)
        return None

    def _sides(self, body: Expr, k: str, over: dict[str, str]) -> tuple[Expr, Expr] | None:
        """The factors of a product in two groups, by which index beside k they have; None if it takes more, or fewer."""
        groups: dict[str, list[Expr]] = {}
        rest: list[Expr] = []
        for factor in _factors(body):
            names = [n for n in over if n in free(factor) and n != k]
            if len(names) > 1:
                return None
            (groups.setdefault(names[0], []) if names else rest).append(factor)
        if len(groups) != 2:
            return None
        first, second = groups.values()
        return _multiplied([*first, *rest]), _multiplied(second)

    def _others(self, factor: Expr, k: str, over: dict[str, str]) -> tuple[str, ...] | None:
        """The index of a factor that isn't summed over; None if it is no matrix or vector along it, nor could be made one."""
        names = tuple(n for n in over if n in free(factor) and n != k)
        if k not in free(factor) or len(names) > 1 or free(factor) - {*names, k, "step"}:
            return None
        plain = self._is_matrix(factor) or not (
            may_fail(factor) or any(isinstance(x, Reduce | Iterate) for x in walk(factor))
        )
        return names if plain and kind_of(factor, self.kinds) == "real" else None

    def _is_matrix(self, factor: Expr) -> bool:
        """Is it an array, or a level of one, that is there as a whole, read along one or two of its indices?"""
        if not isinstance(factor, Read) or factor.array not in self.axes:
            return False
        names = [i.name for i in factor.index if isinstance(i, Var)]
        level = zip(factor.index[: len(factor.index) - len(names)], self.axes[factor.array])
        return 0 < len(names) == len(set(names)) <= 2 and all(
            isinstance(i, Const) and 0 <= i.value < self.system.axes[axis].size for i, axis in level
        )

    def _masked(self, where: Expr, a: Expr, b: Expr) -> tuple[Expr, Expr]:
        """Two factors with 0 for what isn't summed. 0 times an infinite number isn't 0: only a state is known to be finite."""
        if self._is_finite(a):
            return a, Select(where, b, Const(0.0))
        return Select(where, a, Const(0.0)), b if self._is_finite(b) else Select(where, b, Const(0.0))

    def _is_finite(self, factor: Expr) -> bool:
        return (
            isinstance(factor, Read) and factor.array in self.system.slots and not self.system.slots[factor.array].log
        )

    def _matrix(self, factor: Expr, k: str, over: dict[str, str]) -> Expr:
        """The factor as an array of its own, if it isn't one."""
        if self._is_matrix(factor):
            return factor
        names = [n for n in over if n in free(factor)]
        read: dict[str, Expr] = {n: Var(f"factor {i}") for i, n in enumerate(names)}
        general = substitute(factor, dict(read)), tuple(over[n] for n in names)
        if general not in self.factors:
            name = f"factor {len(self.factors) + 1}"
            own = {n: f"{n.split('.')[0]}.{name} {i}" for i, n in enumerate(names)}
            binders = tuple(Binder(own[n], Whole(over[n])) for n in names)
            self.factors[general] = name
            self.lets.append(Let(name, binders, substitute(factor, {n: Var(o) for n, o in own.items()})))
        return Read(self.factors[general], tuple(Var(n) for n in names))

    def _size(self, *axes: str) -> int:
        total = 1
        for axis in axes:
            total *= self.system.axes[axis].size
        return total

    def _read(self, e: Reduce, binders: tuple[Binder, ...]) -> Expr:
        names = {b.name: Var(f"product {k}") for k, b in enumerate((*binders, *e.binders))}
        general = substitute(e.body, dict(names)), tuple(b.domain.axis for b in binders if isinstance(b.domain, Whole))
        if general not in self.made:
            own = {n: f"{n.split('.')[0]}.product {len(self.made)} {k}" for k, n in enumerate(names)}
            read = {old: Var(new) for old, new in own.items()}
            summed = replace(
                e, body=substitute(e.body, dict(read)), binders=tuple(Binder(own[b.name], b.domain) for b in e.binders)
            )
            name = f"product {len(self.made) + 1}"
            self.made[general] = name
            self.lets.append(
                Let(name, tuple(Binder(own[b.name], b.domain) for b in binders), summed, product=True, span=e.span)
            )
        return Read(self.made[general], tuple(Var(b.name) for b in binders), e.span)


def contract(system: System) -> System:
    """A system with its large products apart, in lets that are marked as `product`."""
    if system.plain_sums:
        return system
    kinds = array_kinds(system)
    to = _Products(system, _matrices(system, kinds), kinds)
    for let in system.lets:
        over = {b.name: b.domain.axis for b in let.binders if isinstance(b.domain, Whole)}
        found = to.product(let.expr, over) if isinstance(let.expr, Reduce) and not let.scan else None
        if found is not None and found[1] == let.binders:
            to.lets.append(replace(let, expr=found[0], product=True))
        else:
            to.lets.append(let if let.scan else replace(let, expr=to.taken(let.expr, over)))
    following = []
    for f in system.next:
        over = {b.name: b.domain.axis for b in f.binders if isinstance(b.domain, Whole)}
        following.append(replace(f, updates=tuple((slot, to.taken(e, over)) for slot, e in f.updates)))
    if not any(x.product for x in to.lets):
        return system
    note = (
        f"{sum(x.product for x in to.lets)} sums of products by the matrix library (`sums: plain` would add in order)"
    )
    return replace(system, lets=tuple(to.lets), next=tuple(following), notes=(*system.notes, note))


def _factors(e: Expr) -> list[Expr]:
    match e:
        case Apply("*", (a, b)):
            return [*_factors(a), *_factors(b)]
    return [e]


def _multiplied(factors: list[Expr]) -> Expr:
    return reduce(lambda a, b: Apply("*", (a, b)), factors)


def _matrices(system: System, kinds: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    found = {s.name: s.axes for s in system.slots.values()}
    found |= {d.name: d.axes for d in system.draws.values() if d.distribution != "presentation"}
    found |= {t.name: t.axes for t in system.tables.values() if not t.packed and t.data.dtype == float}
    for let in (*system.hoisted, *system.lets):
        if all(isinstance(b.domain, Whole) for b in let.binders):
            found[let.name] = tuple(b.domain.axis for b in let.binders if isinstance(b.domain, Whole))
    return {n: axes for n, axes in found.items() if kinds[n] == "real"}
