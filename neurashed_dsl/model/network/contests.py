"""Gates that ask for a strong node: who takes part in which contest, and an order in which every contest is decided in time.

The contest of a level is among the nodes whose rule holds. The rule of a node that says `strong(rule, share)` is the rule inside it.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from neurashed_dsl.ir.circuit import Chances, Circuit, Contests
from neurashed_dsl.model.network import errors
from neurashed_dsl.model.network.columns import Ints
from neurashed_dsl.model.network.gates import Entrants
from neurashed_dsl.model.network.names import LevelNodes
from neurashed_dsl.model.scope import Lowering

Bools = npt.NDArray[np.bool_]


def with_contests(
    circuit: Circuit, entrants: Sequence[Entrants], levels: Sequence[LevelNodes], to: Lowering
) -> Circuit:
    """The circuit with its contests, gates reordered. Reports contests that would have to be decided before themselves."""
    if not entrants:
        return circuit
    gates, nodes = (np.concatenate(c) for c in zip(*((e.gates, e.asks.nodes) for e in entrants)))
    share = np.concatenate([e.asks.share for e in entrants])
    level, setter = _level_of_gates(circuit, levels), _setter(circuit)
    late = _after_contests(circuit, gates, level, setter)
    inner = circuit.sources[circuit.offsets[gates]].astype(np.int64)  # the one source: does the rule hold?
    owner = np.repeat(np.arange(len(entrants)), [len(e.gates) for e in entrants])
    for entrant in np.unique(owner[late[setter[inner]]]):
        to.report.add(errors.STRONG_IN_STRONG.at(entrants[entrant].span))
    order = np.lexsort((late, level))
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order))
    by_gate = np.argsort(place[gates])
    held, contest = np.unique(level[gates], return_inverse=True)
    rivals = [_rivals(levels[at], nodes, inner) for at in held]
    contests = Contests(
        gates=place[gates][by_gate],
        nodes=nodes[by_gate],
        share=share[by_gate],
        contest=contest.reshape(-1)[by_gate],
        offsets=np.cumsum([0, *(len(r) for r, _ in rivals)]).astype(np.int64),
        rivals=np.concatenate([r for r, _ in rivals]),
        wires=np.concatenate([w for _, w in rivals]),
    )
    return replace(_reordered(circuit, order, place), contests=contests)


def _setter(circuit: Circuit) -> Ints:
    """The gate of each wire; -1 of one that no gate sets."""
    setter = np.full(circuit.wires, -1)
    setter[circuit.target] = np.arange(len(circuit.target))
    return setter


def _level_of_gates(circuit: Circuit, levels: Sequence[LevelNodes]) -> Ints:
    """Gates are made level by level, helpers before the gates that read them."""
    starts = np.array([level.start for level in levels])
    level = np.searchsorted(starts, circuit.target, side="right") - 1
    level[circuit.target >= circuit.nodes] = len(levels) - 1
    return np.minimum.accumulate(level[::-1])[::-1]


def _after_contests(circuit: Circuit, asking: Ints, level: Ints, setter: Ints) -> Bools:
    """Gates that ask, and those of their level that depend on them."""
    late = np.zeros(len(level), np.bool_)
    late[asking] = True
    reader = np.repeat(np.arange(len(level)), np.diff(circuit.offsets))
    source = setter[circuit.sources]
    inside = (source >= 0) & (level[source] == level[reader])
    while True:
        reached = reader[inside & late[source]]
        if late[reached].all():
            return late
        late[reached] = True


def _rivals(level: LevelNodes, nodes: Ints, inner: Ints) -> tuple[Ints, Ints]:
    """Nodes of a level, and the wires that say whether their rules hold."""
    own = np.arange(level.start, level.start + level.count)
    mine = (nodes >= level.start) & (nodes < level.start + level.count)
    plain = own[~np.isin(own, nodes[mine])]
    return np.concatenate([plain, nodes[mine]]), np.concatenate([plain, inner[mine]])


def _reordered(circuit: Circuit, order: Ints, place: Ints) -> Circuit:
    """The same gates in another order; `place` is where each goes."""
    fan = np.diff(circuit.offsets)[order]
    offsets = np.concatenate([[0], np.cumsum(fan)]).astype(np.int64)
    edges = np.repeat(circuit.offsets[order] - offsets[:-1], fan) + np.arange(offsets[-1])
    drawing = np.argsort(place[circuit.chances.gates])
    return replace(
        circuit,
        target=circuit.target[order],
        offsets=offsets,
        sources=circuit.sources[edges],
        weights=circuit.weights[edges],
        low=circuit.low[order],
        high=circuit.high[order],
        chances=Chances(place[circuit.chances.gates][drawing], circuit.chances.chance[drawing]),
    )
