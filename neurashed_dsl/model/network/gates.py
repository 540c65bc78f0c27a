"""Gates of the circuit, collected block by block in the order of evaluation."""

from dataclasses import field

import numpy as np
import numpy.typing as npt

from neurashed_dsl.diagnostics import Span
from neurashed_dsl.ir.circuit import Chances, Circuit
from neurashed_dsl.model.network import errors
from neurashed_dsl.model.network.columns import Ints
from neurashed_dsl.model.network.formulas import Column, Linear, Window, is_object, row_sums
from neurashed_dsl.model.scope import Lowering
from neurashed_dsl.values import changing, frozen

Reals = npt.NDArray[np.float64]

# Weights above this could lose bits on their way through a kernel, and no rule that someone meant has them.
LARGEST_WEIGHT = 2**53
BEYOND = 2**61


@frozen
class Chance:
    """A gate fires with this probability, row by row."""

    p: Reals


@frozen
class Strength:
    """A gate fires if λ of its node is at least `share` of the largest λ of the node's level, row by row."""

    nodes: Ints
    share: Reals


Asks = Chance | Strength


@frozen
class Entrants:
    """Gates that ask for a strong node, and where that stands in the source."""

    gates: Ints
    asks: Strength
    span: Span


@changing
class Gates:
    """Helper wires are numbered from the number of nodes on."""

    nodes: int
    wires: int
    edges: int = 0
    targets: list[Ints] = field(default_factory=list)
    sizes: list[Ints] = field(default_factory=list)
    sources: list[Ints] = field(default_factory=list)
    weights: list[Ints] = field(default_factory=list)
    low: list[Ints] = field(default_factory=list)
    high: list[Ints] = field(default_factory=list)
    chances: list[tuple[Ints, Reals]] = field(
        default_factory=list
    )  # gates that draw, and with which probability they fire
    contests: list[Entrants] = field(default_factory=list)

    @property
    def count(self) -> int:
        return sum(map(len, self.targets))


def helper(gates: Gates, window: Window, span: Span, to: Lowering, asks: Asks | None = None) -> Ints | None:
    """Hidden wires, one for each row, that fire where the window holds and what they ask for is so. None after a report."""
    rows = len(window.low)
    wires = np.arange(gates.wires, gates.wires + rows)
    if not add(gates, wires, window, span, to, asks):
        return None
    gates.wires += rows
    return wires


def add(gates: Gates, targets: Ints, window: Window, span: Span, to: Lowering, asks: Asks | None = None) -> bool:
    """A gate for each row. False after a report of weights that are too large."""
    rows, a = len(targets), window.sum
    if not _fit(a, rows):
        to.report.add(errors.TOO_LARGE.at(span))
        return False
    if asks is not None:
        own = gates.count + np.arange(rows)
        if isinstance(asks, Chance):
            gates.chances.append((own, asks.p))
        else:
            gates.contests.append(Entrants(own, asks, span))
    gates.edges += len(a.wires)
    gates.targets.append(targets)
    gates.sizes.append(np.bincount(a.parent, minlength=rows))
    gates.sources.append(a.wires.astype(np.int32))
    gates.weights.append(a.weights.astype(np.int64))
    gates.low.append(bounded(window.low))
    gates.high.append(bounded(window.high))
    return True


def _fit(a: Linear, rows: int) -> bool:
    if not is_object(a.weights) and (not len(a.weights) or np.abs(a.weights).max() < 2**31):
        return True
    return bool((row_sums(a.parent, np.abs(a.weights.astype(object)), rows) < LARGEST_WEIGHT).all())


def bounded(column: Column) -> Ints:
    """Bounds beyond any sum brought within int64."""
    if is_object(column):
        return np.array([max(-BEYOND, min(BEYOND, int(v))) for v in column], np.int64)
    return np.clip(column, -BEYOND, BEYOND)


def circuit_of(gates: Gates, bottom: int) -> Circuit:
    """The gates in the order in which they were added, of which none is in a contest yet."""

    def all_of(parts: list[Ints]) -> Ints:
        return np.concatenate(parts) if parts else np.zeros(0, np.int64)

    drawing = [np.concatenate(column) for column in zip(*gates.chances)]
    return Circuit(
        nodes=gates.nodes,
        bottom=bottom,
        wires=gates.wires,
        target=all_of(gates.targets),
        offsets=np.concatenate([[0], np.cumsum(all_of(gates.sizes))]).astype(np.int64),
        sources=all_of(gates.sources).astype(np.int32),
        weights=all_of(gates.weights),
        low=all_of(gates.low),
        high=all_of(gates.high),
        chances=Chances(*drawing),
    )
