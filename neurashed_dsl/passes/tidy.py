"""Small rewritings that keep meaning to the last bit: exact constants become floats, constant tables constants, single-use lets disappear."""

import math
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

import numpy as np

from neurashed_dsl.ir.circles import together
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
    arrays,
    domain_parts,
    free,
    rebuild,
    substitute,
    transform,
    walk,
)
from neurashed_dsl.ir.starts import map_starts
from neurashed_dsl.ir.system import Let, System, Table, expressions, map_expressions

PLACES = "places of "  # a draw: the parameter that is the size of the axis it draws from


def settle_numbers(system: System) -> System:
    """Fractions become the nearest float. Parameters stay arguments, and so do the sizes of axes of which a place is drawn: a sweep compiles once."""

    def settle(e: Expr) -> Expr:
        match e:
            case Const(Fraction() as exact):
                return replace(e, value=float(exact))
            case Apply("/" | "^" as op, (a, b)):
                return Apply({"/": "divide", "^": "power"}[op], (_float(a), _float(b)), e.span)
        return e

    def change(e: Expr) -> Expr:
        return transform(e, settle)

    return map_starts(map_expressions(_with_sizes_drawn_from(system), change), change)


def _with_sizes_drawn_from(system: System) -> System:
    chosen = {n: d for n, d in system.draws.items() if d.distribution == "choice"}
    sizes = {PLACES + n: float(d.args[0].value) for n, d in chosen.items() if isinstance(d.args[0], Const)}
    draws = {n: replace(d, args=(Read(PLACES + n),)) for n, d in chosen.items() if PLACES + n in sizes}
    return replace(system, parameters={**system.parameters, **sizes}, draws={**system.draws, **draws})


def _float(e: Expr) -> Expr:
    if isinstance(e, Const):
        return replace(e, value=float(e.value))
    return e if isinstance(e, Read) else Apply("real", (e,))


def fold_tables(system: System) -> System:
    """A table with one value is that value: most networks have one law, and all votes fire together. So is a parameter that is infinite:
    a bound that bounds nothing needs no test."""
    constant = {t.name: _only_value(t) for t in system.tables.values()}
    constant |= {name: value for name, value in system.parameters.items() if value in (math.inf, -math.inf)}
    single = {a.name for a in system.axes.values() if a.size == 1}

    def fold(e: Expr) -> Expr:
        match e:
            case Read(array, _) if constant.get(array) is not None:
                return Const(constant[array], e.span)  # type: ignore[arg-type]
            case Apply("==", (Const(a), Const(b))):
                return Const(a == b, e.span)
            case Apply("or", (Const(a), b)):
                return Const(True) if a else b
            case Apply("and", (Const(a), b)):
                return b if a else Const(False)
            case Select(Const(c), yes, no):
                return yes if c else no
            case Reduce("any" | "all", body, (only,), None) if (
                isinstance(only.domain, Whole) and only.domain.axis in single
            ):
                return substitute(body, {only.name: Const(0)})
        return e

    return map_expressions(system, lambda x: transform(x, fold))


def _only_value(table: Table) -> int | float | bool | None:
    # Floats stay arguments of the kernel: a sweep over them must not compile anew.
    if table.packed or table.moves or table.data.size == 0 or table.data.dtype.kind == "f":
        return None
    first = table.data.flat[0]
    return first.item() if bool(np.all(table.data == first)) else None


def inline_lets(system: System) -> System:
    """A let that is read at one place, or is no more than an element of another array, is written out there. Scans stay."""
    system = inline_names(system)  # they hide where others are read
    uses = Counter(e.array for x in expressions(system) for e in walk(x) if isinstance(e, Read))
    often = _read_often(system)
    return _inlined(system, lambda x: uses[x.name] == 1 and x.name not in often)


def inline_names(system: System) -> System:
    """A let that is no more than a number or an element of another array is read there."""
    return _inlined(system, lambda x: isinstance(x.expr, Read | Const | Var))


def _inlined(system: System, gone: Callable[[Let], bool]) -> System:
    inlined = {x.name: x for x in (*system.lets, *system.late) if not x.scan and gone(x)}

    def write_out(e: Expr) -> Expr:
        if isinstance(e, Read) and e.array in inlined:
            let = inlined[e.array]
            values = dict(zip((b.name for b in let.binders), map(write_out, e.index)))
            return write_out(substitute(let.expr, values))
        e = rebuild(e, write_out)
        # A state that is held as it is, asked for its logarithm by a measure, and recorded as a number.
        return (
            e.args[0].args[0]
            if isinstance(e, Apply) and e.op == "exp" and isinstance(e.args[0], Apply) and e.args[0].op == "log"
            else e
        )

    return drop_unread(map_expressions(system, write_out))


def _read_often(system: System) -> set[str]:
    """Arrays of which one place in the text reads an element many times: inside a reducer, or where an index of the equation doesn't pick it."""
    found = {
        e.array
        for x in expressions(system)
        for r in walk(x)
        if isinstance(r, Reduce)
        for e in walk(r)
        if isinstance(e, Read)
    }
    placed: list[tuple[tuple[Binder, ...], Expr]] = [
        (x.binders, x.expr) for x in (*system.lets, *system.hoisted, *system.late)
    ]
    placed += [(f.binders, e) for f in system.next for _, e in f.updates] + [
        (r.binders, r.expr) for r in system.records
    ]
    for binders, expr in placed:
        names = {b.name for b in binders}
        reads = [e for e in walk(expr) if isinstance(e, Read)]
        found |= {e.array for e in reads if not names <= set().union(*map(free, e.index))}
    return found


def drop_unread(system: System) -> System:
    """Lets, tables, draws and parameters that nothing reads."""
    while True:
        read = {a for x in expressions(system) for a in arrays(x)}
        read |= {a for p in system.probes.values() for a in p.tables}
        # A scan reads itself, and lets of a circle each other; that alone doesn't keep them.
        others = _read_by_others(system)
        kept = replace(
            system,
            lets=tuple(x for x in system.lets if x.name in others),
            late=tuple(x for x in system.late if x.name in others),
            hoisted=tuple(x for x in system.hoisted if x.name in others),
            tables={n: t for n, t in system.tables.items() if n in read},
            draws={n: d for n, d in system.draws.items() if n in read},
            parameters={n: v for n, v in system.parameters.items() if n in read},
        )
        sizes = [len(x) for s in (system, kept) for x in (s.lets, s.late, s.hoisted, s.tables, s.draws, s.parameters)]
        if sizes[:6] == sizes[6:]:
            return kept
        system = kept


def _read_by_others(system: System) -> set[str]:
    lets = (*system.lets, *system.late, *system.hoisted)
    bare = replace(system, lets=(), late=(), hoisted=())
    found = {a for x in expressions(bare) for a in arrays(x)}
    for group in together(lets):
        own = {x.name for x in group}
        parts = [e for x in group for e in (x.expr, *(p for b in x.binders for p in domain_parts(b.domain)))]
        found |= {a for x in parts for a in arrays(x)} - own
    return found | {x.name for group in together(lets) if found & {x.name for x in group} for x in group}
