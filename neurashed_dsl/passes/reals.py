"""Whole numbers that may become too large are worked out in reals, which don't wrap round, and which show a division by 0.

A whole number has 64 bits, and a product of two can be anything when it has more. Up to 2^53 reals hold whole numbers exactly, so this changes
none of them; beyond that a state of whole numbers stops the run, as a real one does that isn't finite.
"""

from collections.abc import Mapping
from dataclasses import replace

from neurashed_dsl.ir.expr import (
    Apply,
    Const,
    Expr,
    Iterate,
    Read,
    Reduce,
    Select,
    arrays,
    domain_parts,
    transform,
    walk,
)
from neurashed_dsl.ir.kinds import array_kinds, kind_of
from neurashed_dsl.ir.system import Let, Next, Record, System, expressions, map_expressions

EXACT = 2**53  # up to here a real is every whole number
WIDE = 2**63
PLACE = 2**31  # positions, steps, and what tables and draws hold, are smaller
MANY = 2**24  # terms of a sum
SAME = {"+", "-", "*", "//", "%", "neg", "abs", "min", "max"}
ROUNDED = {"int", "floor", "ceil", "round"}
COMPARE = {"==", "!=", "<", "<=", ">", ">="}


def in_reals(system: System) -> System:
    """The system with products and quotients of whole numbers in reals, where they are asked for as reals, compared, recorded or kept."""
    kinds = array_kinds(system)
    if not any(_suspect(e, kinds) for x in expressions(system) for e in walk(x)):
        return system
    places = _places(system)
    sizes, divisors = _sizes(system, kinds), frozenset(n for n, v in system.parameters.items() if v)

    def change(e: Expr) -> Expr:
        match e:
            case Apply(op, args) if op in COMPARE or kind_of(e, kinds) == "real":
                return replace(e, args=tuple(kept(a) for a in args))
            case Select(_, yes, no) if kind_of(e, kinds) == "real":
                return replace(e, yes=kept(yes), no=kept(no))
        return e

    def kept(e: Expr, most: int = WIDE) -> Expr:
        return real(e, kinds) if kind_of(e, kinds) == "int" and _size(e, sizes, divisors) >= most else e

    def following(f: Next) -> Next:
        return replace(f, updates=tuple((slot, of_slot(slot, e)) for slot, e in f.updates))

    def of_slot(slot: str, e: Expr) -> Expr:
        if system.slots[slot].kind != "int":
            return kept(e)
        found = kept(e, EXACT + 1)
        return e if found is e else Apply("whole", (found,))

    def record(r: Record) -> Record:
        return replace(r, expr=kept(r.expr))

    def let(x: Let) -> Let:
        found = x.expr if x.name in places else kept(x.expr)
        return x if found is x.expr else replace(x, expr=found, kind="real")

    hoisted, lets, late = (tuple(map(let, xs)) for xs in (system.hoisted, system.lets, system.late))
    system = replace(system, hoisted=hoisted, lets=lets, late=late)
    kinds |= {x.name: x.kind for x in (*hoisted, *lets, *late)}
    made = map_expressions(system, lambda x: transform(x, change))
    return replace(made, next=tuple(map(following, made.next)), records=tuple(map(record, made.records)))


def _places(system: System) -> set[str]:
    """Arrays that say where something is read, or over what something runs: they stay whole."""
    found = set[str]()
    for e in (e for x in expressions(system) for e in walk(x)):
        parts: tuple[Expr, ...] = ()
        match e:
            case Read(_, index):
                parts = index
            case Reduce(binders=binders):
                parts = tuple(p for b in binders for p in domain_parts(b.domain))
            case Iterate(low=low, high=high):
                parts = (low, high)
        found = found.union(*map(arrays, parts))
    owners: list[Let | Next | Record] = [*system.hoisted, *system.lets, *system.late, *system.next, *system.records]
    return found.union(*(arrays(p) for x in owners for b in x.binders for p in domain_parts(b.domain)))


def real(e: Expr, kinds: Mapping[str, str]) -> Expr:
    """A whole number's expression, in reals from its leaves on."""
    if kind_of(e, kinds) == "real":
        return e
    match e:
        case Const(value):
            return replace(e, value=float(value))
        case Apply(op, args) if op in SAME:
            return replace(e, args=tuple(real(a, kinds) for a in args))
        case Apply(op, args) if op in ROUNDED:
            return replace(e, op=f"real {op}", args=tuple(real(a, kinds) for a in args))
        case Select(_, yes, no):
            return replace(e, yes=real(yes, kinds), no=real(no, kinds))
        case Reduce("sum", body):
            return replace(e, body=real(body, kinds))
    return Apply("real", (e,))


def _suspect(e: Expr, kinds: Mapping[str, str]) -> bool:
    return isinstance(e, Apply) and (
        e.op in ROUNDED or (e.op in ("+", "-", "*", "//", "%") and kind_of(e, kinds) == "int")
    )


def _sizes(system: System, kinds: Mapping[str, str]) -> dict[str, int]:
    """What the whole numbers of each array can't exceed. Parameters of usual sizes are alike, so that their kernels are."""
    held = {n: EXACT for n in (*system.slots, *(x.name for x in (*system.hoisted, *system.lets, *system.late)))}
    given = {n: max(PLACE, abs(v)) for n, v in system.parameters.items() if kinds[n] == "int" and isinstance(v, int)}
    return held | given


def _size(e: Expr, sizes: Mapping[str, int], divisors: frozenset[str]) -> int:
    """A bound of a whole number's size; of what may be a division by 0, more than any."""
    match e:
        case Const(value):
            return abs(int(value))
        case Apply("//" | "%", (_, Const(0))):
            return WIDE
        case Apply("//" | "%", (_, by)) if not (
            isinstance(by, Const) or (isinstance(by, Read) and by.array in divisors)
        ):
            return WIDE
        case Apply(op) if op in ROUNDED:
            return WIDE
        case Apply(op, args) if op in SAME:
            parts = [_size(a, sizes, divisors) for a in args]
            return parts[0] * parts[1] if op == "*" else max(parts) if op in ("min", "max") else sum(parts)
        case Select(_, yes, no):
            return max(_size(yes, sizes, divisors), _size(no, sizes, divisors))
        case Reduce("sum", body):
            return MANY * _size(body, sizes, divisors)
        case Read(array, _):
            return sizes.get(array, PLACE)
        case Iterate():
            return EXACT
    return PLACE
