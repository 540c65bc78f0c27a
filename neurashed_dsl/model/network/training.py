"""`init` and `update`: where λ and η start, and the law of each place. Later statements win.

Without `init` both start at 1. η without `update` stays as it is; λ without any is a mistake.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from neurashed_dsl.builtins.draws import DISTRIBUTIONS
from neurashed_dsl.diagnostics import Bug, Span, nearest
from neurashed_dsl.ir.evaluate import Memory, evaluate
from neurashed_dsl.model.distribution import lower_distribution
from neurashed_dsl.model.errors import BAD_DISTRIBUTION, NOT_CONSTANT, NOT_YET
from neurashed_dsl.model.graph import LawUse, Start, Trained
from neurashed_dsl.model.network import errors
from neurashed_dsl.model.network.laws import law_of
from neurashed_dsl.model.network.parameters import machine, number_of
from neurashed_dsl.model.network.rows import Rows, shown
from neurashed_dsl.model.network.targets import Places, targets
from neurashed_dsl.model.scope import Lowering
from neurashed_dsl.syntax import ast


@dataclass
class Training:
    """What statements have said so far about one array."""

    law: npt.NDArray[np.int16]
    together: npt.NDArray[np.bool_]
    uses: list[tuple[LawUse, tuple[Any, ...]]] = field(default_factory=list)
    starts: list[Start] = field(default_factory=list)
    span: Span | None = None


def train(
    statements: Sequence[tuple[ast.Init | ast.Update, Rows]],
    network: ast.Network,
    places: Places,
    memory: Memory,
    to: Lowering,
) -> tuple[Trained, Trained]:
    """λ and η after all statements."""
    made = {name: Training(np.full(size, -1, np.int16), np.ones(size, np.bool_)) for name, size in places.sizes.items()}
    for statement, rows in statements:
        name = statement.array.name
        if name == "κ":
            to.report.add(NOT_YET.at(statement.array.span, what="`κ`"))
        elif name not in made:
            to.report.add(
                errors.NOT_TRAINED.at(statement.array.span, name=name, near=nearest(name, ("λ", "η", "lambda", "eta")))
            )
        elif isinstance(statement, ast.Update):
            _update(statement, rows, places, made[name], memory, to)
        else:
            _init(statement, rows, places, made[name], memory, to)
    if made["λ"].span is None and not any(
        isinstance(s, ast.Update) and s.array.name not in made for s, _ in statements
    ):
        to.report.add(errors.NO_UPDATE.at(network.name.span, name=network.name.name))
    lam, eta = (_trained(made[name], network) for name in ("λ", "η"))
    return lam, eta


def _trained(made: Training, network: ast.Network) -> Trained:
    span = made.span or network.name.span
    return Trained(made.law, tuple(use for use, _ in made.uses), tuple(made.starts), made.together, span)


def _update(x: ast.Update, rows: Rows, places: Places, made: Training, memory: Memory, to: Lowering) -> None:
    made.span = made.span or x.span
    where = targets(x.targets, x.array.name, rows, places, memory, to)
    found = law_of(x.law, rows, memory, to)
    together = _together(x, to)
    if found is None or where is None or together is None:
        return
    use, key = found
    known = next((i for i, (_, k) in enumerate(made.uses) if k == key), None)
    if known is None:
        known = len(made.uses)
        made.uses.append((use, key))
    at: Any = slice(None) if not x.targets else where
    made.law[at], made.together[at] = known, together


def _together(x: ast.Update, to: Lowering) -> bool | None:
    if x.when is None:
        return True
    words = ("together", "both")
    if x.array.name != "η":
        to.report.add(errors.WHEN_OF_NODES.at(x.when.span))
    elif x.when.name not in words:
        to.report.add(errors.WHEN_WORD.at(x.when.span, name=x.when.name, near=nearest(x.when.name, words)))
    else:
        return x.when.name == "together"
    return None


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
