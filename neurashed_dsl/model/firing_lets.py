"""A circuit as lets: which nodes fire at each place of the batch, or for each sample, worked out wire by wire in the order of evaluation.

Wires are numbered anew: the first level's nodes, then one for each gate. A gate costs its edges; nothing is written out for a single node. A
contest reads all wires before it, so the let over the wires is cut there, and goes on in another one.

Draws have streams of their own: `shown.maybe` a number for each place and each `maybe`, `shown.crop` one for each place, `shown.part` one for each
place and each node of the first level.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from neurashed_dsl.ir.circuit import Circuit, Contests
from neurashed_dsl.ir.expr import Apply, Binder, Const, Domain, Expr, Range, Read, Reduce, Select, Var, Whole
from neurashed_dsl.ir.system import Axis, Draw, Let, System, Table
from neurashed_dsl.model.graph import Graph
from neurashed_dsl.values import frozen

SHOWN, FIRES, LAMBDA = "shown", "fires", "λ"
FAR = 2**58  # beyond any sum of weights, and its double still fits
At = Callable[[Expr], Expr]


@frozen
class Laid:
    """The wires of a circuit in the order of evaluation. `cuts`: where a contest begins."""

    bottom: int
    wires: int
    place: npt.NDArray[np.int64]  # [wire of the circuit]
    cuts: tuple[int, ...]

    @property
    def plain(self) -> bool:
        """Is every wire a node, in order?"""
        return not self.cuts and len(self.place) == self.wires and bool((self.place == np.arange(self.wires)).all())


@frozen
class Asking:
    """What the wires of one let ask for: the pattern (place, wire), the luck of a draw (place, wire), and where their sample is."""

    name: str
    axis: str
    sensor: Callable[[Expr, Expr], Expr]
    luck: Callable[[Expr, Expr], Expr] | None
    strong: bool


def laid(circuit: Circuit) -> Laid:
    gates = len(circuit.target)
    place = np.zeros(circuit.wires, np.int64)
    place[: circuit.bottom] = np.arange(circuit.bottom)
    place[circuit.target] = circuit.bottom + np.arange(gates)
    _, first = np.unique(circuit.contests.contest, return_index=True)
    cuts = (circuit.bottom + circuit.contests.gates[first]).tolist()
    return Laid(circuit.bottom, circuit.bottom + gates, place, tuple(cuts))


def for_places(system: System, graph: Graph, batch: str, drawn: bool) -> System:
    """`shown` as lets; with `drawn` they read draws of their own."""
    chances = len(graph.circuit.chances.gates) if drawn else 0
    cropped = drawn and graph.inputs.crops is not None

    def sample(i: Expr) -> Expr:
        return Read(batch, (i,))

    def sensor(i: Expr, w: Expr) -> Expr:
        pattern = Read("shown.pattern", (sample(i), w))
        kept = Apply("<=", (Read("shown.part", (i, w)), Read("shown.kept", (i,))))
        return Apply("and", (pattern, kept)) if cropped else pattern

    asking = Asking(SHOWN, "item", sensor, _luck if chances else None, len(graph.circuit.contests.gates) > 0)
    system = _with_tables(system, graph)
    draws = _draws(chances > 0, cropped)
    lets = (*((_kept(sample),) if cropped else ()), *_lets(asking, laid(graph.circuit), graph.circuit, system))
    return replace(system, draws={**system.draws, **draws}, lets=(*lets, *system.lets))


def for_samples(system: System, graph: Graph) -> System:
    """`fires` as lets, over whole patterns, at the λ at hand."""
    asking = Asking(FIRES, "sample", lambda s, w: Read("shown.pattern", (s, w)), None, strong=True)
    system = _with_tables(system, graph)
    return replace(system, lets=(*_lets(asking, laid(graph.circuit), graph.circuit, system), *system.lets))


# --- draws ------------------------------------------------------------------------------------------------------------------


def _draws(chances: bool, cropped: bool) -> Mapping[str, Draw]:
    ends = (Const(0.0), Const(1.0))
    made = [Draw("shown.maybe", ("item", "shown.chance"), "uniform", ends)] if chances else []
    if cropped:
        made += [Draw("shown.crop", ("item",), "uniform", ends)]
        made += [Draw("shown.part", ("item", "shown.sensor"), "uniform", ends)]
    return {d.name: d for d in made}


def _luck(i: Expr, w: Expr) -> Expr:
    """No gate that draws, or one that is lucky."""
    number = Read("shown.draw of", (w,))
    lucky = Apply("<", (Read("shown.maybe", (i, number)), Read("shown.chance of", (number,))))
    return Apply("or", (Apply("<", (number, Const(0))), lucky))


def _kept(sample: At) -> Let:
    """Up to which number of `shown.part` a node of the pattern stays: at least the node with the lowest one does."""
    i, n = Var("item.shown.kept"), Var("n.shown.kept")
    domain = Binder(n.name, Whole("shown.sensor"))
    lowest = Reduce("min", Read("shown.part", (i, n)), (domain,), Read("shown.pattern", (sample(i), n)))
    part = Apply("max", (Read("shown.keep of", (sample(i),)), lowest))
    cropped = Apply("<", (Read("shown.crop", (i,)), Read("shown.crop of", (sample(i),))))
    return Let("shown.kept", (Binder(i.name, Whole("item")),), Select(cropped, part, Const(1.0)))


# --- lets -------------------------------------------------------------------------------------------------------------------


def _lets(asking: Asking, lay: Laid, circuit: Circuit, system: System) -> tuple[Let, ...]:
    if lay.plain:
        return (_segment(asking.name, Whole("node"), 0, asking, lay, system),)
    made: list[Let] = []
    for k in range(len(lay.cuts) + 1):
        if k:
            made.append(_top(k, asking))
        low = Read(f"shown.cut {k}") if k else Const(0)
        domain = Range(low, Read(f"shown.cut {k + 1}"), "shown.wire") if lay.cuts else Whole("shown.wire")
        made.append(_segment(f"{asking.name}.{k}", domain, k, asking, lay, system))
    i, n = Var(f"{asking.axis}.{asking.name}"), Var(f"n.{asking.name}")
    everywhere = (Binder(i.name, Whole(asking.axis)), Binder(n.name, Whole("node")))
    wire = _wire(asking.name, len(lay.cuts), i, Read("shown.place of", (n,)))
    return (*made, Let(asking.name, everywhere, wire, "bool"))


def _wire(name: str, last: int, i: Expr, w: Expr) -> Expr:
    """Does a wire fire? Segments up to `last` are looked at."""
    found: Expr = Read(f"{name}.{last}", (i, w))
    for k in reversed(range(last)):
        found = Select(Apply("<", (w, Read(f"shown.cut {k + 1}"))), Read(f"{name}.{k}", (i, w)), found)
    return found


def _top(k: int, asking: Asking) -> Let:
    """The largest λ among those that take part in the contest before segment k."""
    i, r = Var(f"{asking.axis}.{asking.name}.top.{k}"), Var(f"r.{asking.name}.top.{k}")
    rivals = Range(Read(f"shown.rivals {k - 1}"), Read(f"shown.rivals {k}"), "shown.rival")
    there = _wire(asking.name, k - 1, i, Read("shown.rival wire", (r,)))
    top = Reduce("max", Read(LAMBDA, (Read("shown.rival of", (r,)),)), (Binder(r.name, rivals),), there)
    return Let(f"{asking.name}.top {k}", (Binder(i.name, Whole(asking.axis)),), top)


def _segment(name: str, domain: Domain, k: int, asking: Asking, lay: Laid, system: System) -> Let:
    i, w, e = (Var(f"{v}.{asking.name}.{k}") for v in (asking.axis, "w", "e"))

    def source(at: Expr) -> Expr:
        return Read(name, (i, at)) if lay.plain else _wire(asking.name, k, i, at)

    edges = Range(Read("shown.begin", (w,)), Read("shown.end", (w,)), "shown.edge")
    where = source(Read("shown.source", (e,)))
    total = Reduce("sum", Read("shown.weight", (e,)), (Binder(e.name, edges),), where)
    # low <= total <= high, the total read once.
    middle = Apply("-", (Apply("*", (Const(2), total)), Read("shown.middle", (w,))))
    gate: Expr = Apply("<=", (Apply("abs", (middle,)), Read("shown.span", (w,))))
    if asking.luck:
        gate = Apply("and", (gate, asking.luck(i, w)))
    if k:
        gate = Apply("and", (gate, _is_strong(f"{asking.name}.top {k}", i, w, system)))
    sensors = Apply("<", (w, Const(lay.bottom)))
    fires = gate if k else Select(sensors, asking.sensor(i, w), gate)
    return Let(name, (Binder(i.name, Whole(asking.axis)), Binder(w.name, domain)), fires, "bool", scan="up")


def _is_strong(top: str, i: Expr, w: Expr, system: System) -> Expr:
    """No gate that asks for strength, or one whose node has it."""
    number = Read("shown.strong of", (w,))
    share, own = Read("shown.share of", (number,)), Read(LAMBDA, (Read("shown.node of", (number,)),))
    least = Apply("+" if system.slots[LAMBDA].log else "*", (share, Read(top, (i,))))
    return Apply("or", (Apply("<", (number, Const(0))), Apply(">=", (own, least))))


# --- tables -----------------------------------------------------------------------------------------------------------------


def _with_tables(system: System, graph: Graph) -> System:
    """Tables and axes of the circuit; what isn't read is dropped by a pass."""
    circuit, lay = graph.circuit, laid(graph.circuit)
    contests = circuit.contests
    tables = [*_of_wires(circuit, lay), *_of_contests(contests, lay, system.slots[LAMBDA].log if lay.cuts else False)]
    tables += [
        Table("shown.place of", ("node",), lay.place[: circuit.nodes]),
        Table("shown.chance of", ("shown.chance",), circuit.chances.chance),
        Table("shown.pattern", ("sample", "shown.sensor"), graph.inputs.bits, packed=True),
    ]
    if graph.inputs.crops is not None and graph.inputs.keeps is not None:
        tables += [Table("shown.crop of", ("sample",), graph.inputs.crops)]
        tables += [Table("shown.keep of", ("sample",), graph.inputs.keeps)]
    sizes = {
        "shown.wire": lay.wires,
        "shown.edge": len(circuit.sources),
        "shown.chance": len(circuit.chances.gates),
        "shown.sensor": circuit.bottom,
        "shown.strong": len(contests.gates),
        "shown.rival": len(contests.rivals),
    }
    numbers = {f"shown.cut {k + 1}": cut for k, cut in enumerate((*lay.cuts, lay.wires))}
    numbers |= {f"shown.rivals {c}": int(offset) for c, offset in enumerate(contests.offsets)} if lay.cuts else {}
    return replace(
        system,
        axes={**system.axes, **{name: Axis(name, size) for name, size in sizes.items()}},
        parameters={**system.parameters, **(numbers if lay.cuts else {})},
        tables={**system.tables, **{t.name: t for t in tables}},
    )


def tables_of(graph: Graph) -> dict[str, npt.NDArray[Any]]:
    """The data of the tables that say which gates there are, and what the inputs show."""
    tables = _of_wires(graph.circuit, laid(graph.circuit))
    return {"shown.pattern": graph.inputs.bits, **{t.name: t.data for t in tables}}


def _of_wires(circuit: Circuit, lay: Laid) -> list[Table]:
    def of_gates(name: str, values: npt.NDArray[Any], none: int = 0) -> Table:
        whole = np.full(lay.wires, none, np.int64)
        whole[lay.bottom :] = values
        return Table(f"shown.{name}", ("shown.wire",), whole)

    low, high = (np.clip(bound, -FAR, FAR) for bound in (circuit.low, circuit.high))
    return [
        of_gates("begin", circuit.offsets[:-1]),
        of_gates("end", circuit.offsets[1:]),
        of_gates("middle", low + high),
        of_gates("span", high - low),
        of_gates("draw of", _numbers(circuit.chances.gates, len(circuit.target)), -1),
        of_gates("strong of", _numbers(circuit.contests.gates, len(circuit.target)), -1),
        Table("shown.source", ("shown.edge",), lay.place[circuit.sources].astype(np.int32)),
        Table("shown.weight", ("shown.edge",), circuit.weights),
    ]


def _numbers(gates: npt.NDArray[np.int64], count: int) -> npt.NDArray[np.int64]:
    """The place of each gate among some; -1 of the others."""
    numbers = np.full(count, -1, np.int64)
    numbers[gates] = np.arange(len(gates))
    return numbers


def _of_contests(contests: Contests, lay: Laid, logs: bool) -> list[Table]:
    with np.errstate(divide="ignore"):
        share = np.log(contests.share) if logs else contests.share
    return [
        Table("shown.node of", ("shown.strong",), contests.nodes),
        Table("shown.share of", ("shown.strong",), share),
        Table("shown.rival of", ("shown.rival",), contests.rivals),
        Table("shown.rival wire", ("shown.rival",), lay.place[contests.wires]),
    ]
