"""Backward through one expression: what it hands on of its adjoint to each element that it reads.

The adjoint of a number is the derivative of the loss by it. `Share`s are all there is: what makes an array's adjoint of them is `gather`.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from neurashed_dsl.ir.derivative import BY_VALUE, CONSTANT, ONE, RULES, ZERO, share_of_sum, times
from neurashed_dsl.ir.expr import (
    Apply,
    Binder,
    Const,
    Expr,
    Read,
    Reduce,
    Select,
    Var,
    arrays,
    children,
    rebuild,
    substitute,
)
from neurashed_dsl.values import frozen


@frozen
class Place:
    """Where in a let an expression stands: the indices bound there, those of the let first, and the conditions under which it counts, in order."""

    binders: tuple[Binder, ...]
    conditions: tuple[Expr, ...] = ()


@frozen
class Share:
    """Wherever the conditions of `place` hold: `value` is added to the adjoint of array[index]."""

    array: str
    index: tuple[Expr, ...]
    place: Place
    value: Expr


Aside = Callable[[Expr, Place], Expr]  # makes a let of an expression, and gives how it is read


@dataclass
class Backward:
    """One way through a let. `values`, `adjoints`: what is worked out once, of numbers and of adjoints; `fresh` makes names of indices."""

    moved: frozenset[str]  # arrays with an adjoint that is wanted
    drawn: frozenset[str]  # draws that depend on what the derivative is by
    values: Aside
    adjoints: Aside
    fresh: Callable[[str], str]
    shares: list[Share] = field(default_factory=list)
    faults: list[Expr] = field(default_factory=list)  # what has no derivative

    def through(self, e: Expr, adjoint: Expr, value: Expr | None, at: Place) -> None:
        """`value` is how the number that `e` gives can be read, if it can."""
        read = arrays(e)
        if not read & (self.moved | self.drawn) or adjoint == ZERO:
            return
        match e:
            case Read(array) if array in self.drawn:
                self.faults.append(e)
            case Read(array, index):
                self.shares.append(Share(array, index, at, adjoint))
            case Apply(op) if op in CONSTANT:
                return
            case Apply(op) if op in RULES:
                self._through_operator(e, adjoint, value, at)
            case Select(condition, yes, no):
                self.through(yes, adjoint, value, under(at, condition))
                self.through(no, adjoint, value, under(at, Apply("not", (condition,))))
            case Reduce():
                self._through_reducer(e, adjoint, value, at)
            case _:
                self.faults.append(e)

    def _through_operator(self, e: Apply, adjoint: Expr, value: Expr | None, at: Place) -> None:
        short = value is not None and e.op in BY_VALUE
        partials = (BY_VALUE[e.op](value),) if short and value is not None else RULES[e.op](*e.args)
        for partial, arg in zip(partials, e.args):
            if arrays(arg) & (self.moved | self.drawn):
                self.through(arg, times(adjoint, self._light(partial, at)), None, at)

    def _light(self, e: Expr, at: Place) -> Expr:
        """The expression with its reducers read from lets of their own."""
        return with_reducers(e, at, self.values)

    def _through_reducer(self, e: Reduce, adjoint: Expr, value: Expr | None, at: Place) -> None:
        if e.op in ("any", "all", "count"):
            return
        inner = Place((*at.binders, *e.binders), at.conditions if e.where is None else (*at.conditions, e.where))
        whole = value if value is not None else self.values(e, at) if e.op not in ("sum", "mean") else e
        if e.op == "mean":
            adjoint = over(adjoint, self._count(e, at))
        if e.op in ("max", "min"):
            same = Apply("==", (e.body, whole))
            adjoint = over(adjoint, self.values(replace(e, op="count", body=same), at))
        adjoint = adjoint if isinstance(adjoint, Read | Const) else self.adjoints(adjoint, at)
        self.through(e.body, times(adjoint, self._partial(e, whole)), None, inner)

    def _partial(self, e: Reduce, whole: Expr) -> Expr:
        """The derivative of a reducer by one of what it reduces. Of a largest number that there is several times, each has its share."""
        match e.op:
            case "max" | "min":
                return Select(Apply("==", (e.body, whole)), ONE, ZERO)
            case "prod":
                alone = Apply("!=", (e.body, ZERO))
                return Select(alone, Apply("/", (whole, e.body)), self._others(e))
            case "log_sum":
                return share_of_sum(e.body, whole)
            case _:
                return ONE

    def _others(self, e: Reduce) -> Expr:
        """The product of all the others, for where one is 0."""
        names = {b.name: Var(self.fresh(b.name)) for b in e.binders}
        again = renamed(e, {n: v.name for n, v in names.items()})
        same: Expr = Const(True)
        for name, other in names.items():
            here = Apply("==", (Var(name), other))
            same = here if same == Const(True) else Apply("and", (same, here))
        other_one = Apply("not", (same,))
        return replace(again, where=other_one if again.where is None else Apply("and", (again.where, other_one)))

    def _count(self, e: Reduce, at: Place) -> Expr:
        return self.values(Reduce("count", Const(True), e.binders, e.where), at)


def followed(e: Expr) -> set[str]:
    """Arrays whose numbers an expression changes with, not only by what they choose."""
    match e:
        case Read(array):
            return {array}
        case Select(_, yes, no):
            return followed(yes) | followed(no)
        case Apply(op) if op in CONSTANT:
            return set()
        case Reduce(_, body):
            return followed(body)
    return set[str]().union(*map(followed, children(e)))


def renamed(e: Reduce, names: dict[str, str]) -> Reduce:
    """A reducer with other names for its indices."""
    read = {old: Var(new) for old, new in names.items()}
    again = rebuild(e, lambda x: substitute(x, dict(read)))
    assert isinstance(again, Reduce)
    return replace(again, binders=tuple(Binder(names[b.name], b.domain) for b in again.binders))


def afresh(e: Expr, fresh: Callable[[str], str]) -> Expr:
    """The expression with names of its own for what it binds: it may come to stand inside another from the same place."""
    e = rebuild(e, lambda x: afresh(x, fresh))
    return renamed(e, {b.name: fresh(b.name) for b in e.binders}) if isinstance(e, Reduce) else e


def over(a: Expr, b: Expr) -> Expr:
    """a / b, worked out where both are known."""
    match a, b:
        case Const(x), Const(y) if y:
            return Const(float(x) / float(y))
    return Apply("/", (a, b))


def under(at: Place, condition: Expr) -> Place:
    """Inside a condition."""
    return replace(at, conditions=(*at.conditions, condition))


def with_reducers(e: Expr, at: Place, change: Aside) -> Expr:
    """The expression with its outermost reducers changed, each at its place."""
    match e:
        case Reduce():
            return change(e, at)
        case Select(condition, yes, no):
            sides = (yes, under(at, condition)), (no, under(at, Apply("not", (condition,))))
            changed = [with_reducers(x, there, change) for x, there in sides]
            return replace(e, condition=with_reducers(condition, at, change), yes=changed[0], no=changed[1])
        case Apply("and" | "or" as op, (first, second)):
            known = under(at, first if op == "and" else Apply("not", (first,)))
            return replace(e, args=(with_reducers(first, at, change), with_reducers(second, known, change)))
        case _:
            return rebuild(e, lambda x: with_reducers(x, at, change))


def all_of(conditions: Iterable[Expr]) -> Expr | None:
    """Their conjunction, in order; None if there are none."""
    result: Expr | None = None
    for condition in conditions:
        result = condition if result is None else Apply("and", (result, condition))
    return result
