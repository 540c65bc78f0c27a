"""Parts of expressions as lets of their own, so that they are worked out once and have an adjoint of their own."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from neurashed_dsl.ir.adjoint import Place, afresh, all_of, under, with_reducers
from neurashed_dsl.ir.derivative import ZERO
from neurashed_dsl.ir.expr import (
    Binder,
    Const,
    Expr,
    Range,
    Read,
    Reduce,
    Row,
    Select,
    Var,
    arrays,
    domain_parts,
    free,
    substitute,
)
from neurashed_dsl.ir.kinds import kind_of
from neurashed_dsl.ir.system import Let


@dataclass
class Apart:
    """The lets made so far: `made` has their names by what they hold, with its indices numbered. `kinds` are those of all arrays."""

    fresh: Callable[[str], str]
    kinds: dict[str, str]
    made: dict[Expr, str] = field(default_factory=dict)

    def aside(self, e: Expr, at: Place, stem: str, into: list[Let]) -> Expr:
        """A read of a let that holds the expression, made if there is none; the expression itself, where its indices don't make an array."""
        condition = all_of(at.conditions)
        names = free(e) | (set() if condition is None else free(condition))
        binders = [b for b in at.binders if b.name in names]
        if not all(map(_makes_a_dimension, binders)):
            return e
        if condition is not None:
            e = Select(condition, e, ZERO)
        general = substitute(e, {b.name: Var(f"at {k}") for k, b in enumerate(binders)})
        if general not in self.made:
            own = {b.name: self.fresh(b.name) for b in binders}
            expr = afresh(substitute(e, {old: Var(new) for old, new in own.items()}), self.fresh)
            name = self._named(stem)
            self.made[general], self.kinds[name] = name, kind_of(e, self.kinds)
            into.append(Let(name, tuple(Binder(own[b.name], b.domain) for b in binders), expr, self.kinds[name]))
        return Read(self.made[general], tuple(Var(b.name) for b in binders))

    def _named(self, stem: str) -> str:
        k = 1
        while f"{stem} part {k}" in self.kinds:
            k += 1
        return f"{stem} part {k}"


def _makes_a_dimension(b: Binder) -> bool:
    """Are its positions known ahead, and places in an array?"""
    match b.domain:
        case Row():
            return False
        case Range(low, _, axis) if axis == "" and not (isinstance(low, Const) and low.value >= 0):
            return False
        case domain:
            return not any(map(free, domain_parts(domain)))


def isolated(group: Sequence[Let], to: Apart) -> list[Let]:
    """A let, or those of a circle, with the reducers inside as lets before them, but for those that read one of them."""
    parts: list[Let] = []
    names = {x.name for x in group}
    lets = [_opened(let, names, parts, to) for let in group]
    return [*parts, *lets]


def _opened(let: Let, names: set[str], parts: list[Let], to: Apart) -> Let:
    def apart(e: Expr, at: Place) -> Expr:
        assert isinstance(e, Reduce)
        inner = opened(e, at)
        return inner if names & arrays(e) else to.aside(inner, at, let.name, parts)

    def opened(e: Reduce, at: Place) -> Reduce:
        inside = Place((*at.binders, *e.binders), at.conditions)
        where = None if e.where is None else with_reducers(e.where, inside, apart)
        body = with_reducers(e.body, inside if where is None else under(inside, where), apart)
        return replace(e, where=where, body=body)

    at = Place(let.binders)
    expr = opened(let.expr, at) if isinstance(let.expr, Reduce) else with_reducers(let.expr, at, apart)
    return replace(let, expr=expr)
