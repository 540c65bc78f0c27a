"""What all readings of an array add to its adjoint, as a sum for each of its elements: a scatter turned into a gather.

A share adds `value` at array[index], for all values of its indices. For the element at `at` these are the solutions of index = at: an index that
is a variable, or one and a number, is solved for it; `f in into(n)` and `src(e)` are turned round (an `Inverse`); what is left is tried out.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from neurashed_dsl.ir.adjoint import Share, afresh, all_of
from neurashed_dsl.ir.affine import affine
from neurashed_dsl.ir.derivative import ZERO
from neurashed_dsl.ir.expr import (
    Apply,
    Binder,
    Const,
    Domain,
    Expr,
    Range,
    Read,
    Reduce,
    Row,
    Select,
    Var,
    Whole,
    domain_parts,
    free,
    substitute,
    with_domain_parts,
)
from neurashed_dsl.values import equal


@equal
class Inverse:
    """A relation to be made: for each position of the axis `source`, where in a relation or in a table of positions it stands."""

    of: str
    source: str


@dataclass
class Around:
    """What is known of the system: sizes of axes, tables that hold positions, and their axes; and what is noted on the way."""

    sizes: Mapping[str, int]
    tables: Mapping[str, str]  # tables of positions, and the axis they are along
    fresh: Callable[[str], str]
    inverses: dict[str, Inverse] = field(default_factory=dict)

    def inverse(self, of: str, source: str) -> str:
        name = f"{of} by {source}"
        self.inverses[name] = Inverse(of, source)
        return name


@dataclass
class Equation:
    """The index equations on the way to their solution. `loops`: indices that are not solved; `tests`: what must hold besides."""

    at: tuple[Binder, ...]
    around: Around
    loops: dict[str, Domain]
    solved: dict[str, Expr] = field(default_factory=dict)
    tests: list[Expr] = field(default_factory=list)

    def add(self, index: Expr, own: Binder) -> None:
        """index = own."""
        index, position = substitute(index, self.solved), Var(own.name)
        for name in [n for n in self.loops if n in free(index)]:
            line = affine(index, name)
            if line is not None and self._solve(name, line, own):
                return
        if not self._by_table(index, own):
            self.tests.append(Apply("==", (index, position)))

    def _solve(self, name: str, line: tuple[Expr, Expr], own: Binder) -> bool:
        """The variable as an expression in the position, if it stands there once, and if its range tells whether it may have that value."""
        slope, offset = line
        if slope == Const(1):
            value = shifted(Var(own.name), offset)
        elif slope in (Const(-1), Apply("neg", (Const(1),))):
            value = Apply("-", (offset, Var(own.name)))
        else:
            return False
        domain = self.loops[name]
        if isinstance(domain, Row) and not self._turn(name, domain, value, own):
            return False
        del self.loops[name]
        if not isinstance(domain, Row):
            self.tests += self._inside(value, domain, own)
        self._replace(name, value)
        return True

    def _replace(self, name: str, value: Expr) -> None:
        one = {name: value}
        self.solved = {n: substitute(v, one) for n, v in self.solved.items()} | one
        self.tests = [substitute(t, one) for t in self.tests]
        for other, domain in self.loops.items():
            self.loops[other] = with_domain_parts(domain, tuple(substitute(p, one) for p in domain_parts(domain)))

    def _turn(self, name: str, domain: Row, value: Expr, own: Binder) -> bool:
        """`f in into(n)`, f known: n runs over those that have f in their row."""
        row = domain.at
        if not isinstance(row, Var) or value != Var(own.name) or not isinstance(own.domain, Whole):
            return False
        whole = self.loops.get(row.name)
        others = [n for n, d in self.loops.items() if n != name and any(row.name in free(p) for p in domain_parts(d))]
        if not isinstance(whole, Whole) or others:
            return False
        self.loops[row.name] = Row(self.around.inverse(domain.relation, own.domain.axis), value)
        return True

    def _by_table(self, index: Expr, own: Binder) -> bool:
        """`src(e)` is known: e runs over those of which it is the source."""
        match index:
            case Read(table, (Var(name),)) if table in self.around.tables:
                whole = self.loops.get(name)
                if whole == Whole(self.around.tables[table]) and isinstance(own.domain, Whole):
                    self.loops[name] = Row(self.around.inverse(table, own.domain.axis), Var(own.name))
                    return True
        return False

    def _inside(self, value: Expr, domain: Domain, own: Binder) -> list[Expr]:
        """That a value is one of its domain, as far as that isn't sure."""
        ends = self._ends(domain)
        assert ends is not None, "rows are turned round"
        known = self._ends(own.domain) if value == Var(own.name) else None
        found: list[Expr] = []
        if known is None or not _at_most(ends[0], known[0]):
            found.append(Apply(">=", (value, ends[0])))
        if known is None or not _at_most(known[1], ends[1]):
            found.append(Apply("<", (value, ends[1])))
        return found

    def _ends(self, domain: Domain) -> tuple[Expr, Expr] | None:
        match domain:
            case Range(low, high, _):
                return low, high
            case Whole(axis):
                return Const(0), Const(self.around.sizes[axis])
            case _:
                return None


def _at_most(a: Expr, b: Expr) -> bool:
    return a == b or (isinstance(a, Const) and isinstance(b, Const) and a.value <= b.value)


def shifted(at: Expr, offset: Expr) -> Expr:
    """at - offset."""
    if offset == Const(0):
        return at
    if isinstance(offset, Const) and offset.value < 0:
        return Apply("+", (at, Const(-offset.value)))
    match offset:
        case Apply("neg", (inner,)):
            return Apply("+", (at, inner))
    return Apply("-", (at, offset))


def gathered(share: Share, at: tuple[Binder, ...], around: Around) -> Expr:
    """The sum of what a share adds to the element whose position the binders `at` hold."""
    equation = Equation(at, around, {b.name: b.domain for b in share.place.binders})
    for index, own in zip(share.index, at):
        equation.add(index, own)
    tests = [*equation.tests, *(substitute(c, equation.solved) for c in share.place.conditions)]
    value = substitute(share.value, equation.solved)
    names = {n: around.fresh(n) for n in equation.loops}
    read: dict[str, Expr] = {old: Var(new) for old, new in names.items()}
    tests, value = [substitute(t, read) for t in tests], substitute(value, read)
    tests, value = [afresh(t, around.fresh) for t in tests], afresh(value, around.fresh)
    loops = tuple(
        Binder(names[n], with_domain_parts(d, tuple(substitute(p, read) for p in domain_parts(d))))
        for n, d in _in_order(equation.loops)
    )
    return _guarded(loops, tests, value)


def _in_order(loops: dict[str, Domain]) -> list[tuple[str, Domain]]:
    """Each after those that its range reads."""
    found: dict[str, Domain] = {}

    def add(name: str) -> None:
        if name not in found:
            for other in loops:
                if other != name and any(other in free(p) for p in domain_parts(loops[name])):
                    add(other)
            found[name] = loops[name]

    for name in loops:
        add(name)
    return list(found.items())


def _guarded(loops: tuple[Binder, ...], tests: list[Expr], value: Expr) -> Expr:
    if value == ZERO:
        return ZERO
    names = {b.name for b in loops}
    # Tests stand in an order: each may rely on those before it.
    inner = next((k for k, t in enumerate(tests) if free(t) & names), len(tests))
    if loops:
        value = Reduce("sum", value, loops, all_of(tests[inner:]))
        tests = tests[:inner]
    condition = all_of(tests)
    return value if condition is None else Select(condition, value, ZERO)
