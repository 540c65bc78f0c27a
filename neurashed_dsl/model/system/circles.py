"""Lets that read themselves, or each other round: in which order they can be worked out.

A let that reads itself runs one way along an axis. Lets that read each other round do so together where they share an axis along which no round goes
back: at each of its positions they are worked out one after another.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from graphlib import CycleError, TopologicalSorter

from neurashed_dsl.ir.expr import Apply, Const, Expr, Read, Reduce, Row, Var, Whole, arrays, walk
from neurashed_dsl.ir.system import Gradient, Let

Ways = dict[
    tuple[str, str], set[str]
]  # of (reader, read): "" at the same position, "up" from a lower one, "down", or "?"


def groups(reads: Mapping[str, Collection[str]]) -> list[list[str]]:
    """Names, each after those it reads; those that read each other round stand together."""
    home = {name: name for name in reads}
    while True:
        merged: dict[str, list[str]] = {}
        members: dict[str, list[str]] = {}
        for name, others in reads.items():
            members.setdefault(home[name], []).append(name)
            merged.setdefault(home[name], []).extend(home[o] for o in others if home[o] != home[name])
        circle = _circle_in(merged)
        if not circle:
            return [members[name] for name in TopologicalSorter(merged).static_order()]
        home = {name: circle[0] if h in circle else h for name, h in home.items()}


def _circle_in(reads: Mapping[str, Collection[str]]) -> list[str]:
    """Names of which each reads the next, and the last is the first; none if there is no circle. It begins at the name that stands first."""
    try:
        TopologicalSorter(reads).prepare()
    except CycleError as error:
        circle = error.args[1][:0:-1]
        start = circle.index(next(n for n in reads if n in circle))
        return [*circle[start:], *circle[: start + 1]]
    return []


def arranged(lets: Sequence[Let], gradients: Mapping[str, Gradient]) -> tuple[list[Let], list[str]]:
    """Lets in an order in which they can be worked out, marked as scans and circles; and the names along a circle that goes round without end."""
    by_name = {x.name: x for x in lets}
    reads = {x.name: [n for n in by_name if n in _read(x, gradients)] for x in lets}
    found: list[Let] = []
    for names in groups({n: [r for r in read if r != n] for n, read in reads.items()}):
        group = [by_name[n] for n in names]
        if len(group) == 1 and names[0] not in reads[names[0]]:
            found += group
            continue
        turned = _scanned(group[0]) if len(group) == 1 else None
        turned = turned or next((x for places in _axes(group) if (x := _turned(group, places, gradients))), None)
        if turned is None:
            return found, _fault(group, reads, gradients)
        found += turned
    return found, []


def _read(let: Let, gradients: Mapping[str, Gradient]) -> set[str]:
    """What it reads; of a gradient, its loss."""
    read = arrays(let.expr)
    return read | {gradients[n].loss for n in read & gradients.keys()}


# --- one let --------------------------------------------------------------------------------------------------------------


def _scanned(let: Let) -> list[Let] | None:
    """A let that reads itself, if it can run through its elements in order, or from the last to the first."""
    ways = {_first_way(read, let) for read in _own_reads(let)}
    return [replace(let, scan=ways.pop())] if len(ways) == 1 and ways <= {"up", "down"} else None


def _own_reads(let: Let) -> Iterator[Read]:
    return (e for e in walk(let.expr) if isinstance(e, Read) and e.array == let.name)


def _first_way(read: Read, let: Let) -> str:
    """By the first index that isn't its own."""
    rows = _rows(let)
    ways = (_way(i, Var(b.name), rows) for i, b in zip(read.index, let.binders))
    return next((w for w in ways if w), "?")


def _rows(let: Let) -> dict[str, Row]:
    binders = [b for e in walk(let.expr) if isinstance(e, Reduce) for b in e.binders]
    return {b.name: b.domain for b in binders if isinstance(b.domain, Row)}


def _way(index: Expr, own: Var, rows: Mapping[str, Row]) -> str:
    """From which positions along an axis is read, seen from one's own?"""
    if index == own:
        return ""
    match index:
        case Var(name) if name in rows and rows[name].relation in ("into", "outof") and rows[name].at == own:
            return "up" if rows[name].relation == "into" else "down"
        case Read("tail", (Var(name),)) if name in rows and rows[name].relation == "edges" and rows[name].at == own:
            return "up"
        case Apply("-" | "+" as op, (inner, Const(value))) if inner == own and isinstance(value, int) and value > 0:
            return "up" if op == "-" else "down"
    return "?"


# --- several --------------------------------------------------------------------------------------------------------------


def _axes(group: Sequence[Let]) -> Iterator[dict[str, int]]:
    """Which binder of each may run along an axis that all have; of several over one axis the first ones, the second ones, …"""
    found: dict[str, dict[str, list[int]]] = {}
    for let in group:
        for k, b in enumerate(let.binders):
            if isinstance(b.domain, Whole):
                found.setdefault(b.domain.axis, {}).setdefault(let.name, []).append(k)
    for places in found.values():
        if len(places) == len(group):
            for k in range(max(map(len, places.values()))):
                yield {name: own[min(k, len(own) - 1)] for name, own in places.items()}


def _turned(group: Sequence[Let], places: Mapping[str, int], gradients: Mapping[str, Gradient]) -> list[Let] | None:
    """The lets as a circle along the axis of these binders, in their order at each position; None if that doesn't work out."""
    ways = _ways(group, places, gradients)
    steps = set().union(*ways.values()) - {""}
    if len(steps) != 1 or not steps <= {"up", "down"}:
        return None
    (way,) = steps
    own = {_first_way(r, x) for x in group for r in _own_reads(x) if _at(x, places) in r.index[places[x.name] :][:1]}
    here = {x.name: [b for a, b in ways if a == x.name != b and "" in ways[a, b]] for x in group}
    if own - {way} or _circle_in(here):
        return None
    by_name, order = {x.name: x for x in group}, list(TopologicalSorter(here).static_order())
    return [replace(by_name[n], scan=way, circle=order[0], level=places[n]) for n in order]


def _at(let: Let, places: Mapping[str, int]) -> Var:
    return Var(let.binders[places[let.name]].name)


def _ways(group: Sequence[Let], places: Mapping[str, int], gradients: Mapping[str, Gradient]) -> Ways:
    """How each reads the others, and itself. Through a gradient a loss is read as a whole."""
    found: Ways = {}
    for let in group:
        rows = _rows(let)
        for e in (x for x in walk(let.expr) if isinstance(x, Read)):
            if e.array in places:
                found.setdefault((let.name, e.array), set()).add(_way(e.index[places[e.array]], _at(let, places), rows))
            elif e.array in gradients and gradients[e.array].loss in places:
                found.setdefault((let.name, gradients[e.array].loss), set()).add("?")
    return found


def _fault(group: Sequence[Let], reads: Mapping[str, list[str]], gradients: Mapping[str, Gradient]) -> list[str]:
    """The circle to tell of: if there is one, of reads that go along no axis."""
    names = [x.name for x in group]
    inside = {n: [r for r in reads[n] if r in names] for n in names}
    for places in _axes(group):
        ways = _ways(group, places, gradients)
        still = {n: [r for r in inside[n] if ways[n, r] & {"", "?"}] for n in inside}
        if circle := _circle_in(still):
            return circle
    return _circle_in(inside)
