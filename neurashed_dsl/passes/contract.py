"""Sums of products over a common index become matrix products, which a library does many times faster than loops.

`sum(W[s, i] * x[b, i] for i in input)` is x·Wᵀ. Its last bits may differ from those of the plain sum, which adds in order: the terms
are the same, and the difference is below k ε Σ|terms| for k of them. `run … sums: plain` leaves all sums as they are written.
"""

from dataclasses import dataclass, field, replace

from neurashed_dsl.ir.expr import Apply, Binder, Expr, Read, Reduce, Var, Whole, rebuild, substitute
from neurashed_dsl.ir.kinds import array_kinds
from neurashed_dsl.ir.system import Let, System

LEAST = 4096  # multiplications from which on a call of the library is worth it


@dataclass
class _Products:
    """`axes` of all arrays of real numbers that cover them; `made`: lets by what they hold, its indices numbered."""

    system: System
    axes: dict[str, tuple[str, ...]]
    made: dict[Expr, str] = field(default_factory=dict)
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
            case Reduce("sum", Apply("*", (Read() as a, Read() as b)), (Binder(k, Whole(axis)),), None):
                rows, columns = self._others(a, k), self._others(b, k)
                if rows is None or columns is None or not rows + columns or set(rows) & set(columns):
                    return None
                names = (*rows, *columns)
                if any(n not in over for n in names):
                    return None
                if not rows or (columns and list(over).index(columns[0]) < list(over).index(rows[0])):
                    a, b, names = b, a, (*columns, *rows)  # laid out as it is read
                if self._size(axis, *(over[n] for n in names)) < LEAST:
                    return None
                return replace(e, body=Apply("*", (a, b))), tuple(Binder(n, Whole(over[n])) for n in names)
        return None

    def _others(self, factor: Read, k: str) -> tuple[str, ...] | None:
        """The index of a factor that isn't summed over; None if it is no matrix or vector along it."""
        names = tuple(i.name for i in factor.index if isinstance(i, Var))
        if len(names) < len(factor.index) or len(set(names)) < len(names) or k not in names or len(names) > 2:
            return None
        return tuple(n for n in names if n != k) if factor.array in self.axes else None

    def _size(self, *axes: str) -> int:
        total = 1
        for axis in axes:
            total *= self.system.axes[axis].size
        return total

    def _read(self, e: Reduce, binders: tuple[Binder, ...]) -> Expr:
        names = {b.name: Var(f"product {k}") for k, b in enumerate((*binders, *e.binders))}
        general = substitute(e.body, dict(names))
        if general not in self.made:
            own = {n: f"{n.split('.')[0]}.product {len(self.made)}" for n in names}
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
    to = _Products(system, _matrices(system))
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


def _matrices(system: System) -> dict[str, tuple[str, ...]]:
    kinds = array_kinds(system)
    found = {s.name: s.axes for s in system.slots.values()}
    found |= {d.name: d.axes for d in system.draws.values() if d.distribution != "presentation"}
    found |= {t.name: t.axes for t in system.tables.values() if not t.packed and t.data.dtype == float}
    for let in (*system.hoisted, *system.lets):
        if all(isinstance(b.domain, Whole) for b in let.binders):
            found[let.name] = tuple(b.domain.axis for b in let.binders if isinstance(b.domain, Whole))
    return {n: axes for n, axes in found.items() if kinds[n] == "real"}
