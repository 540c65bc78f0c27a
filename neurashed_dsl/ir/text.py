"""The IR as text a person can read: `nshed compile --emit ir`. The one printer of IR expressions."""

from fractions import Fraction
from typing import assert_never

from neurashed_dsl.ir.expr import (
    Apply,
    Binder,
    Const,
    Domain,
    Expr,
    Iterate,
    Range,
    Read,
    Reduce,
    Row,
    Select,
    Var,
    Whole,
)
from neurashed_dsl.ir.operators import OPERATORS
from neurashed_dsl.ir.system import Let, Next, System

SYMBOLS = {"or", "and", "==", "!=", "<", "<=", ">", ">=", "+", "-", "*", "//", "%", "/", "^"}
STRENGTH = {"/": 7, "^": 9}


def text_of(system: System) -> str:
    """A whole system: axes with sizes, relations, arrays, equations, records."""
    lines = [f"system {system.name}"]
    lines += [f"  axis {a.name} = {a.size}" for a in system.axes.values()]
    lines += [
        f"  relation {r.name}: {r.source} -> {r.target}, {len(r.members)} members" for r in system.relations.values()
    ]
    lines += [f"  parameter {n} = {v}" for n, v in system.parameters.items()]
    lines += [f"  table {t.name}[{', '.join(t.axes)}]" for t in system.tables.values()]
    lines += [f"  slot {s.name}[{', '.join(s.axes)}]: {'log' if s.log else s.kind}" for s in system.slots.values()]
    lines += [
        f"  draw {d.name}[{', '.join(d.axes)}] ~ {d.distribution}{_arguments(d.args)}" for d in system.draws.values()
    ]
    lines += [f"  probe {p.name}[{', '.join(p.axes)}]" for p in system.probes.values()]
    for table in system.tabulated:
        head = f"{table.name}({table.source_variable})"
        lines.append(f"  tabulate {head} = {table.target_variable} in {table.target} if {expression(table.holds)}")
    for title, lets in (("once", system.hoisted), ("let", system.lets), ("late", system.late)):
        lines += [f"  {title} {_let(x)}" for x in lets]
    lines += [f"  {_next(x)}" for x in system.next]
    lines += [f"  record {r.name}{_binders(r.binders)} = {expression(r.expr)}" for r in system.records]
    if system.stop is not None:
        lines.append(f"  stop when {expression(system.stop)}")
    return "\n".join(lines) + "\n"


def _arguments(args: tuple[Expr, ...]) -> str:
    return f"({', '.join(map(expression, args))})" if args else ""


def _let(let: Let) -> str:
    way = f" ({let.scan}{', ' + let.circle if let.circle else ''})" if let.scan else ""
    return f"{let.name}{_binders(let.binders)}{way} = {expression(let.expr)}"


def _next(following: Next) -> str:
    index = f"[{', '.join(map(expression, following.index))}]" if following.index else ""
    where = f" if {expression(following.where)}" if following.where is not None else ""
    changes = "; ".join(f"{slot}{index} <- {expression(e)}" for slot, e in following.updates)
    over = f" for {', '.join(map(_binder, following.binders))}" if following.binders else ""
    return changes + over + where


def _binders(binders: tuple[Binder, ...]) -> str:
    return f"[{', '.join(map(_binder, binders))}]" if binders else ""


def _binder(binder: Binder) -> str:
    return f"{binder.name} in {_domain(binder.domain)}"


def _domain(domain: Domain) -> str:
    match domain:
        case Whole(axis):
            return axis
        case Range(low, high, axis):
            return f"{axis}{expression(low)}..<{expression(high)}"
        case Row(relation, at):
            return f"{relation}({expression(at)})"
        case _:
            assert_never(domain)


def expression(e: Expr) -> str:
    """One expression, with as few brackets as its operators allow."""
    return _text(e)[0]


def _text(e: Expr) -> tuple[str, int]:
    match e:
        case Const(value):
            return (str(value) if isinstance(value, Fraction | bool | int) else repr(value)), 10
        case Var(name):
            return name, 10
        case Read(array, index):
            return (f"{array}[{', '.join(map(expression, index))}]" if index else array), 10
        case Apply(op, args):
            return _apply(op, args)
        case Select(condition, yes, no):
            return f"if {expression(condition)} then {expression(yes)} else {expression(no)}", 1
        case Reduce(op, body, binders, where):
            tail = f" if {expression(where)}" if where is not None else ""
            return f"{op}({expression(body)} for {', '.join(map(_binder, binders))}{tail})", 10
        case Iterate(variable, start, clock, low, high, body):
            run = f"{clock} in {expression(low)}..<{expression(high)}"
            return f"iterate({variable} = {expression(start)}, {expression(body)} for {run})", 10
        case _:
            assert_never(e)


def _apply(op: str, args: tuple[Expr, ...]) -> tuple[str, int]:
    if op not in SYMBOLS and op not in ("neg", "not"):
        return f"{op}({', '.join(map(expression, args))})", 10
    strength = STRENGTH.get(op, OPERATORS[op].strength)
    if len(args) == 1:
        text, inner = _text(args[0])
        sign = "-" if op == "neg" else "not "
        return f"{sign}{text if inner >= strength else f'({text})'}", strength
    parts = []
    for i, a in enumerate(args):
        text, inner = _text(a)
        parts.append(text if inner > strength or (inner == strength and i == 0) else f"({text})")
    return f" {op} ".join(parts), strength
