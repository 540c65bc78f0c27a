"""What may be swept, and what an experiment is in one cell of its sweep.

A file's parameter gets its value as `--set` would give it; an option of `run`, or a parameter of the model, as if it had been written there.
So nothing further on knows of sweeps but what puts the cells together.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import field, replace
from typing import Any

import numpy as np

from neurashed_dsl.diagnostics import Report, Span
from neurashed_dsl.ir.plan import Sweep, Swept
from neurashed_dsl.model.load import Model, load_model
from neurashed_dsl.model.scope import FunctionOf, Scope
from neurashed_dsl.model.sweep_values import setting_of
from neurashed_dsl.syntax import ast
from neurashed_dsl.values import frozen

RUN_OPTIONS = ("steps", "until", "dt", "method", "batch", "order")
TIMES = ("until", "dt")


@frozen
class Knob:
    """Something that a sweep may turn. `where`: "file", "run" or the name of a network or system; `given`: where it has a value already."""

    where: str
    parameter: ast.Parameter | None = None
    home: Scope | None = None
    given: Span | None = None


@frozen
class Sweeps:
    """What is swept; `written`: each name's values as expressions, `where` they go."""

    plan: Sweep
    written: Mapping[str, tuple[ast.Expr, ...]] = field(default_factory=dict)
    where: Mapping[str, str] = field(default_factory=dict)


@frozen
class Cell:
    """An experiment without sweeps, and the file it stands in, with the values of one cell."""

    model: Model
    item: ast.Experiment
    settings: Mapping[str, object]


def knobs_of(item: ast.Experiment, model: Model) -> dict[str, Knob]:
    """Everything that may be swept, by name. The file's parameters hide the model's, and these the options of `run`."""
    knobs: dict[str, Knob] = {}
    for part in item.items:
        if isinstance(part, ast.ModelUse):
            knobs |= _of_model(part.value, model)
    stages = [i for part in item.items if isinstance(part, ast.Stage) for i in part.items]
    given = {a.name: a.span for part in (*item.items, *stages) if isinstance(part, ast.Run) for a in part.arguments}
    knobs |= {name: Knob("run", given=given.get(name)) for name in RUN_OPTIONS if name not in knobs}
    for declared in model.documents[model.source.name].items:
        if isinstance(declared, ast.FileParameter):
            knobs[declared.parameter.name.name] = Knob("file", declared.parameter, model.scope)
    return knobs


def unswept(settings: Mapping[str, object], item: ast.Experiment) -> dict[str, object]:
    """The settings that an experiment doesn't sweep."""
    names = {name.name for part in item.items if isinstance(part, ast.Sweep) for name in part.names}
    return {name: value for name, value in settings.items() if name not in names}


def _of_model(x: ast.Expr, model: Model) -> dict[str, Knob]:
    """Parameters of what a model is made of: a system over a network has those of both."""
    name = x.function if isinstance(x, ast.Call) else x
    if not isinstance(name, ast.Name):
        return {}
    meaning = model.scope.find(name.name)
    if not isinstance(meaning, FunctionOf) or not isinstance(meaning.declaration, ast.Network | ast.System):
        return {}
    made = meaning.declaration
    arguments = x.arguments if isinstance(x, ast.Call) else ()
    positional = [a for a in arguments if a.name is None]
    inner: dict[str, Knob] = {}
    if isinstance(made, ast.System) and made.over_network and positional:
        inner = _of_model(positional.pop(0).value, model)
    plain = [p for p in made.parameters if not p.rest and p.arguments is None and not p.binders]
    given = {p.name.name: a.span for p, a in zip(made.parameters, positional)}
    given |= {a.name: a.span for a in arguments if a.name is not None}
    home = meaning.scope
    return inner | {p.name.name: Knob(name.name, p, home, given.get(p.name.name)) for p in plain}


# --- cells ----------------------------------------------------------------------------------------------------------------


def cell_of(
    model: Model, item: ast.Experiment, sweeps: Sweeps, cell: int, settings: Mapping[str, object], report: Report
) -> Cell:
    """An experiment with the values of one cell. Mistakes that only this cell has are reported here and as it is elaborated."""
    if not sweeps.plan.axes:
        return Cell(model, item, settings)
    values = chosen(sweeps, cell)
    own = {name: setting_of(x) for name, x in values.items() if sweeps.where[name] == "file"}
    if own:
        model = load_model(model.source, model.path, report, {**settings, **own}, model.allowed, model)
    return Cell(model, _filled(item, values, sweeps.where), {**settings, **own})


def chosen(sweeps: Sweeps, cell: int) -> dict[str, ast.Expr]:
    """The value of every swept name in a cell, as an expression."""
    found: dict[str, ast.Expr] = {}
    for axis in reversed(sweeps.plan.axes):
        cell, place = divmod(cell, axis.size)
        found |= {name: sweeps.written[name][place] for name in axis.values}
    return found


def _filled(item: ast.Experiment, values: Mapping[str, ast.Expr], where: Mapping[str, str]) -> ast.Experiment:
    """The experiment as if these values had been written in `model` and `run`."""
    made: list[ast.Node] = []
    options = _arguments(values, where, "run")
    for part in item.items:
        match part:
            case ast.Sweep():
                continue
            case ast.Run():
                made.append(replace(part, arguments=(*part.arguments, *options)))
                options = ()
            case ast.ModelUse(value=value):
                made.append(replace(part, value=_told(value, values, where)))
            case _:
                made.append(part)
    if options:
        made.append(ast.Run(span=options[0].span, arguments=options))
    return replace(item, items=tuple(made))


def _told(x: ast.Expr, values: Mapping[str, ast.Expr], where: Mapping[str, str]) -> ast.Name | ast.Call:
    """A model with the arguments that are swept; what it is made over, likewise."""
    assert isinstance(x, ast.Name | ast.Call)
    call = x if isinstance(x, ast.Call) else ast.Call(span=x.span, function=x, arguments=())
    inner = tuple(
        replace(a, value=_told(a.value, values, where)) if i == 0 and isinstance(a.value, ast.Name | ast.Call) else a
        for i, a in enumerate(call.arguments)
        if a.name is None
    )
    named = tuple(a for a in call.arguments if a.name is not None)
    more = _arguments(values, where, call.function.name)
    return replace(call, arguments=(*inner, *named, *more)) if call.arguments or more else x


def _arguments(values: Mapping[str, ast.Expr], where: Mapping[str, str], place: str) -> tuple[ast.Argument, ...]:
    return tuple(ast.Argument(span=x.span, name=name, value=x) for name, x in values.items() if where[name] == place)


def corners(sweeps: Sweeps) -> list[int]:
    """The first cell, and those with the least and the largest of what changes sizes or times: every label that there is, is in one of them."""
    axes = sweeps.plan.axes
    first = [0] * len(axes)
    least = [_extreme(axis, np.argmin, 0) for axis in axes]
    largest = [_extreme(axis, np.argmax, axis.size - 1) for axis in axes]
    return list(dict.fromkeys(_number_of(sweeps.plan, place) for place in (first, least, largest)))


def _extreme(axis: Swept, which: Callable[[Any], Any], word: int) -> int:
    for name, values in axis.values.items():
        if values.dtype.kind == "i" or name in TIMES:
            return int(which(values))
    return word if axis.values[axis.name].dtype.kind == "U" else 0


def _number_of(plan: Sweep, place: Sequence[int]) -> int:
    cell = 0
    for axis, at in zip(plan.axes, place):
        cell = cell * axis.size + at
    return cell
