"""Sums of products over several indices are taken from the inside: what an index doesn't touch stands outside its sum.

`sum(s[k, j] * u[j, a] * u[j, b] * m[j, b] for j in class, b in coord)` is `sum(s[k, j] * u[j, a] * inner[j] for j in class)`, and
`inner[j] = sum(u[j, b] * m[j, b] for b in coord)` a let of its own: of K classes and as many coordinates K³ multiplications in place of K⁴.
A sum over b with a factor `if a == b then x else 0` is its one term: of the matrix of an identity nothing is left.

The terms are the same, but they are added in another order, as in `contract`: last bits may differ from those of the plain sum. `run … sums: plain`
leaves all sums as they are written.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import reduce
from math import prod

from neurashed_dsl.ir.expr import (
    Apply,
    Binder,
    Const,
    Expr,
    Read,
    Reduce,
    Select,
    Var,
    Whole,
    free,
    rebuild,
    substitute,
)
from neurashed_dsl.ir.kinds import array_kinds, kind_of
from neurashed_dsl.ir.system import Let, System
from neurashed_dsl.passes.hoist import may_fail

Factor = tuple[Expr, bool]  # and whether it divides
Axes = dict[str, str]  # of indices that run over whole axes
_Sum = tuple[list[Binder], list[Factor]]


@dataclass
class _Factoring:
    """`kinds` of all arrays; `made`: lets by what they hold, its indices numbered; `new`: those that no equation is behind yet."""

    system: System
    kinds: dict[str, str]
    made: dict[Expr, Let] = field(default_factory=dict)
    new: list[Let] = field(default_factory=list)

    def taken(self, e: Expr, over: Axes) -> Expr:
        """The expression with its sums taken from the inside. `over`: the indices around it."""
        if not isinstance(e, Reduce):
            return rebuild(e, lambda x: self.taken(x, over))
        inner = over | _axes(e.binders)
        done = rebuild(e, lambda x: self.taken(x, inner))
        plain = e.where is None and len(_axes(e.binders)) == len(e.binders)
        if isinstance(done, Reduce) and e.op == "sum" and plain and kind_of(done, self.kinds) == "real":
            return self._sum(done, over)
        return done

    def _sum(self, e: Reduce, over: Axes) -> Expr:
        binders, factors = list(e.binders), self._factors(e.body)
        changed = False
        while True:
            known = over | _axes(binders)
            if (picked := _picked(binders, factors, known)) is not None:
                binders, factors = picked
            elif (best := self._best(binders, factors, over)) is not None:
                factors = self._inside(best, factors, known)
                binders.remove(best)
            else:
                break
            changed = True
        if not changed:
            return e
        body = self._product(factors)
        return Reduce("sum", body, tuple(binders), None, e.span) if binders else body

    def _factors(self, e: Expr, divides: bool = False) -> list[Factor]:
        match e:
            case Apply("*", (a, b)):
                return [*self._factors(a, divides), *self._factors(b, divides)]
            case Apply("divide", (a, b)):
                return [*self._factors(a, divides), *self._factors(b, not divides)]
            case Apply("real", (a,)) if kind_of(a, self.kinds) == "real":
                return self._factors(a, divides)
        return [(e, divides)]

    def _product(self, factors: Sequence[Factor]) -> Expr:
        above, below = _times([e for e, divides in factors if not divides]), [e for e, divides in factors if divides]
        whole = Apply("divide", (self._real(above), self._real(_times(below)))) if below else above
        return self._real(whole)

    def _real(self, e: Expr) -> Expr:
        return e if kind_of(e, self.kinds) == "real" else Apply("real", (e,))

    def _best(self, binders: Sequence[Binder], factors: Sequence[Factor], over: Axes) -> Binder | None:
        """The index whose sum is best taken first, as a let; None where that saves no multiplication."""
        known = over | _axes(binders)
        around = self._size(over)
        costs = []
        for b in binders if len(binders) > 1 else ():
            inside = [e for e, _ in factors if b.name in free(e)]
            others = set().union(*map(free, inside)) - {b.name}
            if inside and others <= known.keys() and not any(map(may_fail, inside)):
                apart = self._size({name: known[name] for name in others | {b.name}})
                left = around * self._size(_axes([other for other in binders if other is not b]))
                costs.append((apart + left, b))
        cost, best = min(costs, key=lambda pair: pair[0], default=(0, None))
        return best if cost < around * self._size(_axes(binders)) else None

    def _size(self, axes: Axes) -> int:
        return prod(self.system.axes[axis].size for axis in axes.values())

    def _inside(self, b: Binder, factors: Sequence[Factor], known: Axes) -> list[Factor]:
        """The factors, with the sum over `b` read from a let, which holds also what hangs on no other index than that sum."""
        inside = [f for f in factors if b.name in free(f[0])]
        others = set().union(*(free(e) for e, _ in inside)) - {b.name}
        indices = [name for name in known if name in others]
        along = [f for f in factors if f not in inside and free(f[0]) <= others and not may_fail(f[0])]
        rest = [f for f in factors if f not in inside and f not in along]
        summed = Reduce("sum", self._product(inside), (b,))
        return [*rest, (self._read(self._product([*along, (summed, False)]), indices, known), False)]

    def _read(self, e: Expr, indices: Sequence[str], known: Axes) -> Expr:
        general = substitute(_renamed(e, "summed"), {name: Var(f"sum {k}") for k, name in enumerate(indices)})
        if general not in self.made:
            name = f"sum {len(self.made) + 1}"
            own = {i: f"{i.split('.')[0]}.{name}" for i in indices}
            expr = substitute(_renamed(e, name), {old: Var(new) for old, new in own.items()})
            let = Let(name, tuple(Binder(own[i], Whole(known[i])) for i in indices), expr)
            self.made[general] = let
            self.new.append(let)
            self.kinds[name] = let.kind
        return Read(self.made[general].name, tuple(map(Var, indices)))

    def news(self) -> list[Let]:
        found, self.new = self.new, []
        return found


def _renamed(e: Expr, suffix: str) -> Expr:
    """With names of its own for what its sums bind: equal sums look alike, and no name is bound twice."""
    e = rebuild(e, lambda x: _renamed(x, suffix))
    if not isinstance(e, Reduce):
        return e
    own = {b.name: f"{b.name.split('.')[0]}.{suffix}" for b in e.binders}
    bound = tuple(Binder(own[b.name], b.domain) for b in e.binders)
    return replace(e, body=substitute(e.body, {old: Var(new) for old, new in own.items()}), binders=bound)


def _axes(binders: Sequence[Binder]) -> Axes:
    return {b.name: b.domain.axis for b in binders if isinstance(b.domain, Whole)}


def _times(factors: Sequence[Expr]) -> Expr:
    return reduce(lambda a, b: Apply("*", (a, b)), factors) if factors else Const(1.0)


def _picked(binders: Sequence[Binder], factors: Sequence[Factor], known: Axes) -> _Sum | None:
    """Without a sum of which a factor leaves one term."""
    for f in factors:
        match f:
            case Select(Apply("==", (Var() as x, Var() as y)), value, Const(0)), False:
                rest = [g for g in factors if g is not f] + [(value, False)] * (value != Const(1))
                for b in binders:
                    other = x if y.name == b.name else y
                    if b.name in (x.name, y.name) and x != y and known.get(other.name) == known[b.name]:
                        left = [c for c in binders if c is not b]
                        return left, [(substitute(e, {b.name: other}), divides) for e, divides in rest]
    return None


def factor(system: System) -> System:
    """A system whose sums of products over several indices are taken in the order that costs least."""
    if system.plain_sums:
        return system
    to = _Factoring(system, array_kinds(system))
    lets: list[Let] = []
    for let in system.lets:
        expr = let.expr if let.scan else to.taken(let.expr, _axes(let.binders))
        lets += [*to.news(), replace(let, expr=expr)]
    following = []
    for f in system.next:
        following.append(replace(f, updates=tuple((slot, to.taken(e, _axes(f.binders))) for slot, e in f.updates)))
        lets += to.news()
    if not to.made:
        return replace(system, lets=tuple(lets), next=tuple(following))
    note = f"{len(to.made)} sums taken ahead, out of sums over several indices (`sums: plain` would add in order)"
    return replace(system, lets=tuple(lets), next=tuple(following), notes=(*system.notes, note))
