"""`batch:` and `order:` of `run`: how mini-batches are drawn from the inputs that are not held out."""

from collections.abc import Mapping

import numpy as np

from neurashed_dsl.diagnostics import nearest
from neurashed_dsl.ir.plan import Presentation
from neurashed_dsl.model import experiment_errors as errors
from neurashed_dsl.model.constant import shown, whole
from neurashed_dsl.model.errors import UNKNOWN_LABEL
from neurashed_dsl.model.graph import Graph
from neurashed_dsl.model.scope import Lowering, Scope
from neurashed_dsl.syntax import ast

MOST_IN_PASS = 10**7  # presentations of one pass over the inputs, each as often as its weight
ORDERS = ("cyclic", "shuffled", "independent")


def presentation_of(graph: Graph, run: Mapping[str, ast.Expr], scope: Scope, to: Lowering) -> Presentation | None:
    """The order of presentation; `shuffled`, batch 1, where nothing is said. None after a report."""
    trained = np.flatnonzero(~graph.inputs.held_out)
    if len(trained) == 0:
        to.report.add(errors.EMPTY_RECORD.at(graph.span, name=graph.name))
        return None
    batch = run.get("batch")
    order = run.get("order")
    size = _size(batch, len(trained), scope, to)
    if isinstance(order, ast.ListOf):
        return _given(order, graph, size or 1, to)
    name = order.name if isinstance(order, ast.Name) else "shuffled" if order is None else ""
    if name not in ORDERS:
        span = order.span if order is not None else graph.span
        to.report.add(errors.BAD_ORDER.at(span, near=nearest(name or span.text, ORDERS)))
        return None
    if _is_all(batch):
        return Presentation("all", trained, np.ones(len(trained)), len(trained))
    return None if size is None else _weighted(name, trained, graph, size, order, to)


def _is_all(batch: ast.Expr | None) -> bool:
    return isinstance(batch, ast.Name) and batch.name == "all"


def _size(batch: ast.Expr | None, most: int, scope: Scope, to: Lowering) -> int | None:
    """Inputs in a batch; None after a report."""
    if batch is None or _is_all(batch):
        return 1 if batch is None else most
    size = whole(batch, "`batch`", 1, scope, to)
    if size is not None and size > most:
        to.report.add(errors.BAD_BATCH.at(batch.span, most=most, value=size))
        return None
    return size


def some_presentation() -> Presentation:
    """What stands for one that was misread, so that records can be looked at."""
    return Presentation("cyclic", np.arange(1), np.ones(1), 1)


def _weighted(
    name: str, trained: np.ndarray, graph: Graph, size: int, order: ast.Expr | None, to: Lowering
) -> Presentation | None:
    weights = graph.inputs.weights[trained]
    if name == "independent":
        return Presentation(name, trained, weights / weights.sum(), size)
    odd = np.flatnonzero(weights != np.round(weights))
    if len(odd):
        at = int(trained[odd[0]])
        span = order.span if order is not None else graph.inputs.spans[at]
        to.report.add(errors.WEIGHTS_NOT_WHOLE.at(span, order=name, weight=f"{graph.inputs.weights[at]:g}"))
        return None
    if weights.sum() > MOST_IN_PASS:
        at = int(trained[weights.argmax()])
        span = order.span if order is not None else graph.inputs.spans[at]
        to.report.add(errors.LONG_PASS.at(span, order=name, count=shown(weights.sum()), most=MOST_IN_PASS))
        return None
    one_pass = np.repeat(trained, np.round(weights).astype(np.int64))
    return Presentation(name, one_pass, np.ones(len(one_pass)), size)


def _given(order: ast.ListOf, graph: Graph, size: int, to: Lowering) -> Presentation | None:
    names = list(graph.inputs.names)
    known = {n: i for i, n in enumerate(names)}
    sequence: list[int] = []
    for item in order.items:
        name = item.value if isinstance(item, ast.Text) else item.span.text.replace(" ", "")
        if name not in known:
            to.report.add(
                UNKNOWN_LABEL.at(item.span, axis="input", name=name, size=len(names), near=nearest(name, names))
            )
        else:
            sequence.append(known[name])
    if len(sequence) < len(order.items):
        return None
    if not sequence:
        to.report.add(errors.BAD_ORDER.at(order.span, near=""))
        return None
    return Presentation("cyclic", np.array(sequence, np.int64), np.ones(len(sequence)), size)
