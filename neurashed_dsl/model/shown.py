"""What fires: `shown[i, n]`, node n at place i of the batch, and `fires[s, n]`, node n for sample s; put in place of what equations read.

Of most networks both are one table, made ahead. Where firing is drawn (`maybe`, `crop`) or depends on λ (`strong`) it is worked out from the
circuit at each step (`firing_lets`).

`fires` is what measures see: whole patterns, `maybe` firing wherever its rule holds, `strong` at the λ at hand.
"""

from collections.abc import Sequence
from dataclasses import replace

from neurashed_dsl.ir.circles import needed
from neurashed_dsl.ir.expr import Expr, Read, arrays, transform, walk
from neurashed_dsl.ir.system import System, expressions, map_expressions
from neurashed_dsl.model import experiment_errors as errors
from neurashed_dsl.model.firing_lets import FIRES, LAMBDA, SHOWN, for_places, for_samples
from neurashed_dsl.model.graph import Graph
from neurashed_dsl.model.scope import Lowering

NOTE = "what fires is worked out at each step: {why}"


def is_strong(graph: Graph) -> bool:
    """Does what fires depend on λ?"""
    return len(graph.circuit.contests.gates) > 0


def is_drawn(graph: Graph) -> bool:
    """Does what fires in training depend on draws?"""
    return len(graph.circuit.chances.gates) > 0 or graph.inputs.crops is not None


def show(system: System, graph: Graph, to: Lowering, *, whole: bool = False) -> System:
    """The system with `shown` and `fires` worked out. `whole`: training as measures see it, without draws. Mistakes are reported."""
    read = _reads(system)
    probed = any(FIRES in p.tables for p in system.probes.values())
    batch = next((n for n, d in system.draws.items() if d.distribution == "presentation"), "")
    if SHOWN in read and not batch:
        to.report.add(errors.NO_BATCH.at(read[SHOWN].span))
        return system
    if is_strong(graph) and (read or probed) and not _amplifies(system):
        needs = "a system that trains it needs `state λ[node]: log`"
        hint = "with `amplify edges` the factors are κ, of edges" if graph.factors else needs
        to.report.add(errors.NOTHING_STRONG.at(graph.span, network=graph.name, hint=hint))
        return system
    drawn = is_drawn(graph) and not whole
    if SHOWN in read:
        system = _made(system, graph, batch, drawn) if drawn or is_strong(graph) else _from_table(system, batch)
    if not is_strong(graph):
        return system
    return for_samples(_without_table(system), graph) if FIRES in read else _without_table(system)


def refuse_tables(system: System, graph: Graph, to: Lowering) -> None:
    """Equations that train on `fires` alone would train on another network than the one that was written."""
    if not (is_strong(graph) or is_drawn(graph)):
        return
    moved = [e for f in system.next for _, e in f.updates] + [f.drift for f in system.flows]
    read, lets = needed(set().union(*map(arrays, moved)) if moved else (), system.lets)
    moved += [x.expr for x in lets]
    if FIRES in read and SHOWN not in read:
        spot = next(e for x in moved for e in walk(x) if isinstance(e, Read) and e.array == FIRES)
        to.report.add(errors.TRAINS_ON_TABLE.at(spot.span, network=graph.name, why=_why(graph, drawn=True)))


def _reads(system: System) -> dict[str, Read]:
    inside = (e for x in expressions(system) for e in walk(x) if isinstance(e, Read))
    return {e.array: e for e in inside if e.array in (SHOWN, FIRES)}


def _amplifies(system: System) -> bool:
    return LAMBDA in system.slots and system.slots[LAMBDA].axes == ("node",)


def _from_table(system: System, batch: str) -> System:
    def look_up(e: Expr) -> Expr:
        if isinstance(e, Read) and e.array == SHOWN:
            return Read(FIRES, (Read(batch, e.index[:1]), e.index[1]), e.span)
        return e

    return map_expressions(system, lambda x: transform(x, look_up))


def _without_table(system: System) -> System:
    """Probes work out for themselves what fires at the λ at hand."""
    probes = {n: replace(p, tables=tuple(t for t in p.tables if t != FIRES)) for n, p in system.probes.items()}
    return replace(system, probes=probes)


def _made(system: System, graph: Graph, batch: str, drawn: bool) -> System:
    note = NOTE.format(why=_why(graph, drawn))
    return replace(for_places(system, graph, batch, drawn), notes=(*system.notes, note))


def _why(graph: Graph, drawn: bool) -> str:
    words: Sequence[tuple[str, bool]] = (
        ("`maybe`", drawn and len(graph.circuit.chances.gates) > 0),
        ("`crop`", drawn and graph.inputs.crops is not None),
        ("`strong`", is_strong(graph)),
    )
    return ", ".join(word for word, true in words if true)
