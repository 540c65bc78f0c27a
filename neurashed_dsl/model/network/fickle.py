"""`maybe(p, rule)` and `strong(rule, share)`: rules that ask for more than what fires below."""

import numpy as np

from neurashed_dsl.diagnostics import NOWHERE
from neurashed_dsl.model.arguments import bind_arguments
from neurashed_dsl.model.network.building import FICKLE, Building
from neurashed_dsl.model.network.formulas import HIGHEST, Linear, Window, Wire, window_of
from neurashed_dsl.model.network.gates import Asks, Chance, Strength, helper
from neurashed_dsl.model.network.rows import Rows, share_of
from neurashed_dsl.model.network.rules import condition
from neurashed_dsl.syntax import ast


def is_fickle(x: ast.Expr, rows: Rows) -> bool:
    """Is it a call of one of the two, and not of a user's rule of that name?"""
    return isinstance(x, ast.Call) and x.function.name in FICKLE and rows.scope.find(x.function.name) is None


def gate_of(rule: ast.Expr, rows: Rows, b: Building) -> tuple[Window, Asks | None] | None:
    """What a node's own gate says, and what it asks for. None after a report."""
    if isinstance(rule, ast.Call) and is_fickle(rule, rows):
        return _asking(rule, rows, b)
    plain = condition(rule, rows, b)
    return None if plain is None else (window_of(plain), None)


def fickle(x: ast.Call, rows: Rows, b: Building) -> Wire | None:
    """Such a rule inside another one: a helper that fires where it does."""
    found = _asking(x, rows, b)
    wires = None if found is None else helper(b.gates, found[0], x.span, b.to, found[1])
    return None if wires is None else Wire(wires)


def _asking(x: ast.Call, rows: Rows, b: Building) -> tuple[Window, Asks] | None:
    """What one gate for such a rule says, and what it asks for. None after a report."""
    name = x.function.name
    given = bind_arguments(x, name, _parameters(name), b.to.report)
    if given is None:
        return None
    inner = condition(given["rule"], rows, b)
    word = "p" if name == "maybe" else "share"
    number = share_of(given[word], f"`{word}` of `{name}`", rows, b.memory, b.to)
    if inner is None or number is None:
        return None
    if name == "maybe":
        return window_of(inner), Chance(number)
    # The contest asks whether the rule holds: that needs a wire of its own.
    holds = helper(b.gates, window_of(inner), x.span, b.to)
    if holds is None:
        return None
    ones = np.ones(rows.count, np.int64)
    alone = Linear(np.arange(rows.count), holds, ones, np.zeros(rows.count, np.int64))
    return Window(alone, ones, np.full(rows.count, HIGHEST)), Strength(rows.origin, number)


def _parameters(name: str) -> tuple[ast.Parameter, ...]:
    return tuple(ast.Parameter(span=NOWHERE, name=ast.Name(span=NOWHERE, name=n)) for n in FICKLE[name])
