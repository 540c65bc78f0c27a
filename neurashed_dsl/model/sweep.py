"""`sweep` statements, read and checked: names that may be swept, values that fit them, not too many cells."""

from collections.abc import Mapping, Sequence

from neurashed_dsl.diagnostics import Report, nearest
from neurashed_dsl.ir.plan import Sweep, Swept
from neurashed_dsl.model import sweep_errors as errors
from neurashed_dsl.model.constant import constant_number, shown
from neurashed_dsl.model.load import Model
from neurashed_dsl.model.parameter_types import TYPES, fits, kind_of, shown_value
from neurashed_dsl.model.scope import Lowering, Scope
from neurashed_dsl.model.sweep_cells import Knob, Sweeps, knobs_of
from neurashed_dsl.model.sweep_values import few, label_of, labels_of, setting_of, short, values_of
from neurashed_dsl.syntax import ast


def read_sweeps(item: ast.Experiment, model: Model, settings: Mapping[str, object], to: Lowering) -> Sweeps | None:
    """The sweeps of an experiment. None after a report; without `sweep`, of no dimension."""
    knobs = knobs_of(item, model)
    before = len(to.report.errors)
    axes: list[Swept] = []
    written: dict[str, tuple[ast.Expr, ...]] = {}
    for part in item.items:
        if not isinstance(part, ast.Sweep):
            continue
        _names(part, knobs, settings, written, to)
        found = _values(part, knobs, model, to)
        if found is not None:
            written |= found
            axes.append(Swept({name: labels_of(values) for name, values in found.items()}))
    plan = Sweep(tuple(axes))
    taken = {part.name.name: part for part in item.items if isinstance(part, ast.Record | ast.Derive)}
    for name in [*written, *(["status"] if axes else [])]:
        if name in taken:
            to.report.add(errors.NAME_OF_SWEEP.at(taken[name].name.span, name=name, what="of a record, too"))
    if len(to.report.errors) == before and axes:
        few(plan.count, next(part.span for part in item.items if isinstance(part, ast.Sweep)), to)
    if len(to.report.errors) > before:
        return None
    return Sweeps(plan, written, {name: knobs[name].where for name in written})


def _names(
    part: ast.Sweep, knobs: Mapping[str, Knob], settings: Mapping[str, object], seen: Mapping[str, object], to: Lowering
) -> None:
    """Say what is wrong with the names of a sweep."""
    for i, name in enumerate(part.names):
        knob = knobs.get(name.name)
        if name.name in seen or name.name in [n.name for n in part.names[:i]]:
            to.report.add(errors.SWEPT_TWICE.at(name.span, name=name.name))
        elif knob is None:
            words = {"near": nearest(name.name, knobs), "known": ", ".join(f"`{k}`" for k in knobs)}
            to.report.add(errors.UNKNOWN_SWEPT.at(name.span, name=name.name, **words))
        elif knob.given is not None or name.name in settings:
            span, where = (knob.given, "given here") if knob.given else (name.span, "swept here, given by `--set`")
            to.report.add(errors.GIVEN_AND_SWEPT.at(span, name=name.name, where=where))


def _values(
    part: ast.Sweep, knobs: Mapping[str, Knob], model: Model, to: Lowering
) -> dict[str, tuple[ast.Expr, ...]] | None:
    """The values of each name of one statement. None after a report."""
    lists = _lists(part, to)
    if lists is None:
        return None
    found: dict[str, tuple[ast.Expr, ...]] = {}
    for name, x in zip(part.names, lists):
        knob = knobs.get(name.name)
        values = values_of(x, knob is None or knob.where == "run", model.scope, to)
        if values is None:
            return None
        if not values:
            to.report.add(errors.NO_VALUES.at(x.span, name=name.name))
            return None
        if knob is not None and knob.parameter is not None and knob.home is not None:
            _fit(values, knob.parameter, knob.home, to)
        found[name.name] = values
    sizes = {len(values) for values in found.values()}
    if len(sizes) > 1:
        counts = ", ".join(f"{len(values)} of `{name}`" for name, values in found.items())
        to.report.add(errors.UNEQUAL_ZIP.at(part.values.span, counts=counts))
        return None
    return found if _distinct(found, to) else None


def _lists(part: ast.Sweep, to: Lowering) -> Sequence[ast.Expr] | None:
    """The list of each name: `zip` has one for each, without it there is one name."""
    x = part.values
    zipped = isinstance(x, ast.Call) and x.function.name == "zip"
    if not zipped and len(part.names) == 1:
        return [x]
    if (
        isinstance(x, ast.Call)
        and zipped
        and len(x.arguments) == len(part.names)
        and not any(a.name for a in x.arguments)
    ):
        return [a.value for a in x.arguments]
    hint = (
        f"`zip` with a list for each of the {len(part.names)} names" if len(part.names) > 1 else "names for each list"
    )
    to.report.add(errors.NOT_VALUES.at(x.span, text=short(x.span), hint=f"wanted: {hint}"))
    return None


def _distinct(found: Mapping[str, tuple[ast.Expr, ...]], to: Lowering) -> bool:
    seen: set[tuple[object, ...]] = set()
    for row in zip(*found.values()):
        labels = tuple(label_of(x) for x in row)
        if labels in seen:
            to.report.add(errors.VALUE_TWICE.at(row[0].span, value=", ".join(map(str, labels))))
            return False
        seen.add(labels)
    return True


def _fit(values: Sequence[ast.Expr], parameter: ast.Parameter, home: Scope, to: Lowering) -> None:
    """Say which values aren't of the parameter's type, or out of its bound. A bound that reads others is looked at in each cell."""
    kind = kind_of(parameter)
    aside = Lowering(Report(), memory=to.memory)
    ends = (
        [constant_number(e, home, aside) for e in (parameter.bound.low, parameter.bound.high)]
        if parameter.bound
        else []
    )
    for x in values:
        value = setting_of(x)
        words = {"name": parameter.name.name, "value": shown_value(value)}
        if not fits(value, kind):
            wanted = TYPES.get(kind, TYPES[""])
            to.report.add(errors.WRONG_SWEPT.at(x.span, wanted=wanted, **words))
        elif len(ends) == 2 and None not in ends and not ends[0] <= value <= ends[1]:  # type: ignore[operator]
            low, high = (shown(e) for e in ends if e is not None)
            to.report.add(errors.SWEPT_OUT_OF_BOUND.at(x.span, low=low, high=high, **words))
