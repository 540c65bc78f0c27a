"""Which systems can run with replicates side by side, one to a vector lane, and what the lanes of one don't share."""

from collections.abc import Iterable

from neurashed_dsl.backend.draw import writable
from neurashed_dsl.ir.expr import Apply, Binder, Expr, Iterate, Read, Reduce, Whole, arrays, domain_parts, walk
from neurashed_dsl.ir.system import System, expressions

# Two to four vectors: enough to hide latency, few enough that a slow draw of one lane seldom stops the others.
LANES = 16
SMALL = 2**20  # bytes of state for all lanes, at most: beyond that they push each other out of the cache


def varying(system: System) -> frozenset[str]:
    """Arrays that differ from replicate to replicate: the state, the draws, and the lets made of them."""
    found = {*system.slots, *system.draws}
    for let in (*system.hoisted, *system.lets, *system.late):
        if arrays(let.expr) & found or any(arrays(p) & found for b in let.binders for p in domain_parts(b.domain)):
            found.add(let.name)
    return frozenset(found)


def can_run_in_lanes(system: System) -> bool:
    """Every lane does the same at the same step, at the same places: only numbers differ."""
    plain = not (system.probes or system.tabulated or system.settle or system.stop is not None)
    plain = plain and not any(r.grid.when is not None for r in system.records)
    plain = plain and not any(x.product for x in system.lets)
    plain = plain and not any(t.packed for t in system.tables.values()) and not any(f.last for f in system.next)
    if not plain or not all(map(writable, system.draws.values())) or _bytes(system) > SMALL:
        return False
    if any(isinstance(x, Apply) and x.op == "within" for e in expressions(system) for x in walk(e)):
        return False  # one lane's index that goes beyond its axis would end them all
    return not any(arrays(e) & varying(system) for e in _places(system))


def _bytes(system: System) -> int:
    total = 0
    for axes in [*(s.axes for s in system.slots.values()), *(d.axes for d in system.draws.values())]:
        size = 8 * LANES
        for axis in axes:
            size *= system.axes[axis].size
        total += size
    return total


def _places(system: System) -> Iterable[Expr]:
    """Everything that says where, how often or whether: what lanes must share."""
    binders: list[Binder] = [b for x in (*system.hoisted, *system.lets, *system.late) for b in x.binders]
    binders += [b for f in system.next for b in f.binders] + [b for r in system.records for b in r.binders]
    inner = [e for x in expressions(system) for e in walk(x)]
    for e in inner:
        if isinstance(e, Reduce):
            binders += e.binders
        elif isinstance(e, Iterate):
            yield from (e.low, e.high)
        elif isinstance(e, Read):
            yield from e.index
    yield from (p for b in binders if not isinstance(b.domain, Whole) for p in domain_parts(b.domain))
    for f in system.next:
        yield from (*f.index, *([f.where] if f.where is not None else []))
