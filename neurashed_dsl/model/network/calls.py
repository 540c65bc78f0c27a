"""Calls in rules: `any`, `at_least` and their like, and named rules, which are inlined."""

from dataclasses import replace

import numpy as np

from neurashed_dsl.diagnostics import Span
from neurashed_dsl.model.arguments import bind_arguments
from neurashed_dsl.model.demands import may_inline
from neurashed_dsl.model.network import errors
from neurashed_dsl.model.network.building import COUNTING, Building, unknown_call
from neurashed_dsl.model.network.columns import Ints
from neurashed_dsl.model.network.constancy import report_constant
from neurashed_dsl.model.network.fickle import fickle, is_fickle
from neurashed_dsl.model.network.formulas import (
    HIGHEST,
    LOWEST,
    Column,
    Linear,
    Many,
    Part,
    Truths,
    Values,
    Window,
    Wire,
    linear_of,
    row_sums,
    total,
)
from neurashed_dsl.model.network.gates import helper
from neurashed_dsl.model.network.rows import Rows, bound_to, expand, whole
from neurashed_dsl.model.network.rules import part
from neurashed_dsl.model.scope import FunctionOf
from neurashed_dsl.syntax import ast

THRESHOLDS = ("at_least", "at_most", "exactly")


def call(x: ast.Call, rows: Rows, b: Building) -> Part | None:
    """A rule in a rule, one of the language's or one of the user's."""
    name = x.function.name
    meaning = rows.scope.find(name)
    if isinstance(meaning, FunctionOf) and isinstance(meaning.declaration, ast.Rule):
        return _inlined(x, meaning, rows, b)
    if is_fickle(x, rows):
        return fickle(x, rows, b)
    if name not in COUNTING:
        unknown_call(x, rows, b)
        return None
    if name == "sum":
        return _summed(x, rows, b)
    limit = None
    arguments = x.arguments
    if name in THRESHOLDS:
        if not arguments or arguments[0].name is not None:
            b.to.report.add(errors.NO_THRESHOLD.at(x.span, function=name))
            return None
        limit, arguments = whole(arguments[0].value, rows, b.memory, b.to), arguments[1:]
    counted = many(arguments, name, rows, b)
    if counted is None or (limit is None and name in THRESHOLDS):
        return None
    return _counted(name, limit, counted, x, rows, b)


def _counted(name: str, limit: Ints | None, counted: Many, x: ast.Call, rows: Rows, b: Building) -> Part | None:
    size, all_, none = counted.size, np.full(rows.count, HIGHEST), np.full(rows.count, LOWEST)
    match name:
        case "count":
            return counted.count
        case "size":
            return Values(size)
        case "any":
            return _window(counted, np.ones_like(size), all_)
        case "all":
            return _window(counted, size, all_)
        case "none":
            return _window(counted, none, np.zeros_like(size))
        case "majority":  # more than half
            return _window(counted, size // 2 + 1, all_)
    assert limit is not None
    low, high = (limit if name != "at_most" else none), (limit if name != "at_least" else all_)
    window = _window(counted, low, high)
    # Whatever stands around it, a threshold that no number of its nodes can pass is a slip.
    if size.all() and report_constant(window, x.span, lambda _: x.span.text, b.to, everywhere=True):
        return None
    return window


def _window(counted: Many, low: Column, high: Column) -> Window:
    a = counted.count
    bare = Linear(a.parent, a.wires, a.weights, np.zeros(len(low), np.int64))
    return Window(bare, low - a.constant, high - a.constant)


def many(arguments: tuple[ast.Argument, ...], function: str, rows: Rows, b: Building) -> Many | None:
    """All truths that the arguments name, each node once. None after a report."""
    found = [_several(a, function, rows, b) for a in arguments]
    known = [m for m in found if m is not None]
    if len(known) < len(found):
        return None
    count = total([m.count for m in known], rows.count)
    size = np.sum([m.size for m in known], axis=0) if known else np.zeros(rows.count, np.int64)
    return _once(Many(count, size))


def _once(x: Many) -> Many:
    """A node that is named twice is one dependent."""
    a = x.count
    if len(a.wires) < 2:
        return x
    key = a.parent * (int(a.wires.max()) + 1) + a.wires
    if (np.diff(key) > 0).all():
        return x
    plain = a.weights == 1
    _, first = np.unique(key[plain], return_index=True)
    kept = np.zeros(len(key), np.bool_)
    kept[np.flatnonzero(plain)[first]] = True
    kept |= ~plain
    lost = np.bincount(a.parent[~kept], minlength=len(x.size))
    return Many(Linear(a.parent[kept], a.wires[kept], a.weights[kept], a.constant), x.size - lost)


def _several(argument: ast.Argument, function: str, rows: Rows, b: Building) -> Many | None:
    x = argument.value
    if argument.name is not None:
        words = {"wanted": "nodes without names", "example": "at_least(2, a, b, c)"}
        b.to.report.add(errors.RULE_ARGUMENT.at(argument.span, function=function, **words))
        return None
    if not isinstance(x, ast.Comprehension):
        return _as_many(part(x, rows, b), x.span, b)
    expanded = expand(x.binders, x.where, rows, b.memory, b.to)
    if expanded is None:
        return None
    inner, parent = expanded
    body = _as_many(part(x.body, inner, b), x.body.span, b)
    if body is None:
        return None
    return Many(_folded(body.count, parent, rows), np.asarray(row_sums(parent, body.size, rows.count)))


def _folded(a: Linear, parent: Ints, rows: Rows) -> Linear:
    """The sums of inner rows added up for the row they came from."""
    return Linear(parent[a.parent], a.wires, a.weights, row_sums(parent, a.constant, rows.count))


def _as_many(found: Part | None, span: Span, b: Building) -> Many | None:
    if found is None or isinstance(found, Many):
        return found
    if isinstance(found, Values | Linear):
        b.to.report.add(errors.NOT_A_CONDITION.at(span, got="a number", hint="nodes and conditions are counted"))
        return None
    if isinstance(found, Window):
        wires = helper(b.gates, found, span, b.to)
        if wires is None:
            return None
        found = Wire(wires)
    a = linear_of(found)
    return Many(a, np.ones(len(a.constant), np.int64))


def _summed(x: ast.Call, rows: Rows, b: Building) -> Part | None:
    """`sum(w[j] * x[j] for j in 1..3)`."""
    only = x.arguments[0].value if len(x.arguments) == 1 else None
    if not isinstance(only, ast.Comprehension):
        words = {"wanted": "one sum over indices", "example": "sum(e for i in 1..n)"}
        b.to.report.add(errors.RULE_ARGUMENT.at(x.span, function="sum", **words))
        return None
    expanded = expand(only.binders, only.where, rows, b.memory, b.to)
    if expanded is None:
        return None
    inner, parent = expanded
    match part(only.body, inner, b):
        case Values() | Truths() | Wire() | Linear() as body:
            return _folded(linear_of(body), parent, rows)
        case Many() as several:
            return _folded(several.count, parent, rows)
        case Window() as window:
            wires = helper(b.gates, window, only.body.span, b.to)
            return None if wires is None else _folded(linear_of(Wire(wires)), parent, rows)
    return None


# --- named rules ----------------------------------------------------------------------------------------------------


def _inlined(x: ast.Call, meaning: FunctionOf, rows: Rows, b: Building) -> Part | None:
    rule: ast.Rule = meaning.declaration
    if not may_inline(x, rule, b.to):
        return None
    x, rest = _arranged(x, rule)
    given = bind_arguments(x, rule.name.name, rule.parameters, b.to.report)
    if given is None:
        return None
    inner = replace(rows, scope=meaning.scope.child())
    b.to.depth += 1
    for parameter in rule.parameters:
        if parameter.rest:
            value: Part | None = many(rest, rule.name.name, rows, b)
        elif parameter.name.name in given:
            value = part(given[parameter.name.name], rows, b)
        else:
            value = part(parameter.default or x, inner, b)
        named = None if value is None else _named(parameter, value, inner, b)
        if named is None:
            b.to.depth -= 1
            return None
        inner = named
    result = part(rule.body, inner, b)
    b.to.depth -= 1
    return result


def _arranged(x: ast.Call, rule: ast.Rule) -> tuple[ast.Call, tuple[ast.Argument, ...]]:
    """The call without what falls to `deps...`: the plain arguments that no fixed parameter without a name takes."""
    if not any(p.rest for p in rule.parameters):
        return x, ()
    named = {a.name for a in x.arguments}
    open_ = [p.name.name for p in rule.parameters if not p.rest and p.name.name not in named]
    plain = [a for a in x.arguments if a.name is None]
    filled = [replace(a, name=name) for a, name in zip(plain, open_)]
    return replace(x, arguments=(*(a for a in x.arguments if a.name), *filled)), tuple(plain[len(filled) :])


def _named(parameter: ast.Parameter, value: Part, rows: Rows, b: Building) -> Rows | None:
    """Rows in which the parameter means the value. A condition becomes a helper, so that it is shared, not copied."""
    name = parameter.name.name
    if isinstance(value, Values):
        kind = "int" if value.values.dtype == np.int64 else "real"
        return bound_to(rows, name, value.values, kind, b.to)
    if isinstance(value, Truths):
        return bound_to(rows, name, value.values, "bool", b.to)
    if isinstance(value, Window):
        wires = helper(b.gates, value, parameter.span, b.to)
        if wires is None:
            return None
        value = Wire(wires)
    return replace(rows, scope=rows.scope.child({name: FunctionOf(value, rows.scope, parameter.span)}))
