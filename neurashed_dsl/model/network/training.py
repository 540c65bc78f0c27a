"""`init` and `update`: where λ and η, or κ, start, and the law of each place. Later statements win.

Without `init` they start at 1. η without `update` stays as it is; λ or κ without any is a mistake.
"""

from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import Any

import numpy as np
import numpy.typing as npt

from neurashed_dsl.builtins.draws import DISTRIBUTIONS
from neurashed_dsl.diagnostics import Bug, Span, nearest
from neurashed_dsl.ir.evaluate import Memory, evaluate
from neurashed_dsl.model.distribution import lower_distribution
from neurashed_dsl.model.errors import BAD_DISTRIBUTION, NOT_CONSTANT
from neurashed_dsl.model.graph import LawUse, Start, Trained
from neurashed_dsl.model.network import errors
from neurashed_dsl.model.network.laws import law_of
from neurashed_dsl.model.network.parameters import machine, number_of
from neurashed_dsl.model.network.rows import Rows, shown
from neurashed_dsl.model.network.targets import Places, targets
from neurashed_dsl.model.scope import Lowering
from neurashed_dsl.syntax import ast
from neurashed_dsl.syntax.spelling import GREEK
from neurashed_dsl.values import changing

WHEN = {"η": ("together", "both"), "κ": ("together", "both", "tied")}


@changing
class Training:
    """What statements have said so far about one array."""

    law: npt.NDArray[np.int16]
    together: npt.NDArray[np.bool_]
    tied: npt.NDArray[np.bool_]
    uses: list[tuple[LawUse, tuple[Any, ...]]] = field(default_factory=list)
    starts: list[Start] = field(default_factory=list)
    span: Span | None = None


def train(
    statements: Sequence[tuple[ast.Init | ast.Update, Rows]],
    network: ast.Network,
    places: Places,
    memory: Memory,
    to: Lowering,
) -> Mapping[str, Trained]:
    """λ, η and κ after all statements; places has those that the network trains."""
    made = {name: _untrained(places.sizes.get(name, 0)) for name in ("λ", "η", "κ")}
    for statement, rows in statements:
        if statement.array.name not in places.sizes:
            _not_trained(statement.array, places, to)
        elif isinstance(statement, ast.Update):
            _update(statement, rows, places, made[statement.array.name], memory, to)
        else:
            _init(statement, rows, places, made[statement.array.name], memory, to)
    first = next(iter(places.sizes))
    if made[first].span is None and not any(
        isinstance(s, ast.Update) and s.array.name not in places.sizes for s, _ in statements
    ):
        to.report.add(errors.NO_UPDATE.at(network.name.span, name=network.name.name, array=first))
    return {name: _trained(training, network) for name, training in made.items()}


def _untrained(size: int) -> Training:
    return Training(np.full(size, -1, np.int16), np.ones(size, np.bool_), np.zeros(size, np.bool_))


def _not_trained(array: ast.Name, places: Places, to: Lowering) -> None:
    if places.edges is not None and array.name in ("λ", "η"):
        to.report.add(errors.EDGES_INSTEAD.at(array.span, name=array.name))
    elif array.name == "κ":
        to.report.add(errors.NODES_INSTEAD.at(array.span))
    else:
        spelled = [*places.sizes, *(ascii for ascii, greek in GREEK.items() if greek in places.sizes)]
        words = "κ (`kappa`) is of the edges" if places.edges else errors.OF_NODES
        to.report.add(
            errors.NOT_TRAINED.at(
                array.span,
                name=array.name,
                known=" or ".join(places.sizes),
                near=nearest(array.name, spelled),
                words=words,
            )
        )


def _trained(made: Training, network: ast.Network) -> Trained:
    span = made.span or network.name.span
    return Trained(made.law, tuple(use for use, _ in made.uses), tuple(made.starts), made.together, made.tied, span)


def _update(x: ast.Update, rows: Rows, places: Places, made: Training, memory: Memory, to: Lowering) -> None:
    made.span = made.span or x.span
    where = targets(x.targets, x.array.name, rows, places, memory, to)
    found = law_of(x.law, rows, memory, to)
    when = _when(x, to)
    if found is None or where is None or not when:
        return
    use, key = found
    known = next((i for i, (_, k) in enumerate(made.uses) if k == key), None)
    if known is None:
        known = len(made.uses)
        made.uses.append((use, key))
    at: Any = slice(None) if not x.targets else where
    made.law[at], made.together[at], made.tied[at] = known, when != "both", when == "tied"


def _when(x: ast.Update, to: Lowering) -> str:
    """When an edge fires; "" after a report."""
    if x.when is None:
        return "together"
    words = WHEN.get(x.array.name)
    if words is None:
        to.report.add(errors.WHEN_OF_NODES.at(x.when.span))
    elif x.when.name not in words:
        known = "`, `".join(words[:-1]) + f"` or `{words[-1]}"
        to.report.add(errors.WHEN_WORD.at(x.when.span, name=x.when.name, words=known, near=nearest(x.when.name, words)))
    else:
        return x.when.name
    return ""


def _init(x: ast.Init, rows: Rows, places: Places, made: Training, memory: Memory, to: Lowering) -> None:
    where = targets(x.targets, x.array.name, rows, places, memory, to)
    start = _drawn(x, rows, memory, to) if x.drawn else _number(x, rows, memory, to)
    if where is None or start is None:
        return
    distribution, arguments = start
    made.starts.append(Start(where if x.targets else None, distribution, arguments, x.span))


def _number(x: ast.Init, rows: Rows, memory: Memory, to: Lowering) -> tuple[None, tuple[int | float]] | None:
    value = number_of(x.value, rows, memory, to)
    if value is None:
        return None
    if not 0 <= value < float("inf"):
        to.report.add(errors.NEGATIVE_START.at(x.value.span, array=x.array.name, why=f"worked out as {shown(value)}"))
        return None
    return None, (machine(value),)


def _drawn(x: ast.Init, rows: Rows, memory: Memory, to: Lowering) -> tuple[str, tuple[int | float, ...]] | None:
    called = x.value
    if isinstance(called, ast.Name):
        called = ast.Call(span=called.span, function=called, arguments=())
    if not isinstance(called, ast.Call):
        raise Bug("the grammar lets only a distribution stand after `~`")
    before = len(to.report.errors)
    name, exprs, *_ = lower_distribution(called, rows.scope, to)
    if not name or len(to.report.errors) > before:
        return None
    env = {name: values.tolist()[0] for name, values in rows.env.items()}
    try:
        arguments = tuple(machine(evaluate(e, env, memory)) for e in exprs)
    except KeyError as unknown:
        to.report.add(NOT_CONSTANT.at(called.span, what=f"`{unknown.args[0]}`"))
        return None
    row = DISTRIBUTIONS[name]
    fault = row.fault(*arguments)
    if fault:
        to.report.add(BAD_DISTRIBUTION.at(called.span, fault=fault))
        return None
    least = row.least(*arguments)
    if not least >= 0:
        why = f"it can be as low as {shown(least)}"
        hint = (
            "`clip:` cuts a normal distribution off; uniform, exponential and lognormal ones stay above 0"
            if not fault
            else ""
        )
        to.report.add(errors.NEGATIVE_START.at(called.span, array=x.array.name, why=why, hint=hint))
        return None
    return name, arguments
