"""What will be learned of a network that is presented in one way: the whole account, class by class."""

from collections.abc import Mapping

from neurashed_dsl.ir.circuit import unpack
from neurashed_dsl.ir.plan import Presentation
from neurashed_dsl.model.graph import Graph
from neurashed_dsl.model.growth import Rates, rates_of, reasons
from neurashed_dsl.model.learning import Learned, classes_of
from neurashed_dsl.model.odds import odds
from neurashed_dsl.model.remedies import Remedy, remedies_of
from neurashed_dsl.model.scope import Lowering
from neurashed_dsl.model.shown import is_drawn, is_strong
from neurashed_dsl.model.unfolded import unfolded
from neurashed_dsl.model.weave import Fires
from neurashed_dsl.values import frozen


@frozen
class Lesson:
    """`remedies`: by class; `unknown`: places of which nothing is known, and why. Where edges are amplified, the graph is the unfolded one."""

    graph: Graph
    how: Presentation
    rates: Rates
    classes: tuple[Learned, ...]
    remedies: Mapping[int, tuple[Remedy, ...]]
    unknown: Mapping[str, str]


def lesson_of(graph: Graph, how: Presentation, table: Fires, to: Lowering) -> Lesson:
    """`table(graph)` gives the firing table, uint64[node, word]: what measures see, and p is one. What trains may be drawn."""
    seen = unpack(table(graph), len(graph.inputs.names))
    fires = odds(graph) if is_drawn(graph) or is_strong(graph) else seen
    graph, seen, fires = unfolded(graph, seen, fires, how)
    rates = rates_of(graph, fires, how, to)
    classes = classes_of(graph, seen, rates, how)
    remedies = {c.number: remedies_of(graph, seen, fires, rates, how, c) for c in classes}
    return Lesson(graph, how, rates, classes, remedies, reasons(graph, rates))
