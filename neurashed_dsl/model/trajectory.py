"""`data x[class, coordinate, time] from "file.npz" ("logits")`: a trajectory that is given, as a model that walks along it.

It becomes a system without equations: an array of its name over its axes, time apart, which at step n is what stands in the file at
the nth moment. So whatever can be recorded, measured or plotted of a model can be of data. The moments are the times of such a run.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from neurashed_dsl.diagnostics import Span, nearest
from neurashed_dsl.model import data_errors as errors
from neurashed_dsl.model.constant import option, whole
from neurashed_dsl.model.data import DataReader
from neurashed_dsl.model.data_arrays import Arrays, array_named, read_arrays
from neurashed_dsl.model.results_given import Result
from neurashed_dsl.model.scope import Lowering, Scope
from neurashed_dsl.syntax import ast
from neurashed_dsl.values import frozen

TIME = ("time", "step")
OPTIONS = ("axes", "times")
Array = npt.NDArray[Any]


@frozen
class Trajectory:
    """`system` walks along it; `given` are its arrays, by the texts that they are written as; `moments`: the times."""

    system: ast.System
    given: Mapping[str, Result]
    moments: npt.NDArray[np.float64]
    path: str
    sha256: str


def trajectory_of(item: ast.Data, reader: DataReader, scope: Scope, to: Lowering) -> Trajectory | None:
    """None after a report."""
    options = option(item.options, "data", OPTIONS, to.report)
    names = [b.name for b in item.binders]
    if not _axes_named(item, names, to) or len(options) < len(item.options):
        return None
    arrays = read_arrays(item.file.path, reader, to)
    name = None if arrays is None else array_named(item.file.path, item.file.array, arrays, to)
    if arrays is None or name is None:
        return None
    order = _order(item, options.get("axes"), arrays, name, names, to)
    if order is None:
        return None
    clock = next((n for n in names if n in TIME), None)
    wanted = [*([clock] if clock else []), *(n for n in names if n != clock)]
    data = arrays.named[name].transpose([order.index(n) for n in wanted])
    if not _finite(item, data, wanted, to):
        return None
    moments = _moments(item, options.get("times"), clock, len(data), arrays, to)
    labels = {
        b.name: _labels(b, n, arrays, scope, to) for b, n in zip(_but(item.binders, clock), _but_time(data, clock))
    }
    if moments is None or None in labels.values():
        return None
    data = np.ascontiguousarray(data if clock else data[None], np.float64)
    system = _system(item, {n: d for n, d in labels.items() if d is not None}, len(data))
    given = {item.file.path.span.text: data, item.name.span.text: moments}
    results = {text: Result(array, arrays.sha256) for text, array in given.items()}
    return Trajectory(system, results, moments, item.file.path.value, arrays.sha256)


def _but(binders: Sequence[ast.Binder], clock: str | None) -> list[ast.Binder]:
    return [b for b in binders if b.name != clock]


def _but_time(data: Array, clock: str | None) -> tuple[int, ...]:
    return data.shape[1:] if clock else data.shape


# --- which axis is which ------------------------------------------------------------------------------------------------------


def _axes_named(item: ast.Data, names: Sequence[str], to: Lowering) -> bool:
    if not names:
        to.report.add(errors.NO_DATA_AXES.at(item.name.span, name=item.name.name))
        return False
    twice = [
        b for i, b in enumerate(item.binders) if b.name in names[:i] or (b.name in TIME and names[i] != _time(names))
    ]
    for binder in twice:
        to.report.add(errors.DATA_AXIS_TWICE.at(binder.span, name=binder.name))
    return not twice


def _time(names: Sequence[str]) -> str:
    return next((n for n in names if n in TIME), "")


def _order(
    item: ast.Data, x: ast.Expr | None, arrays: Arrays, name: str, names: Sequence[str], to: Lowering
) -> list[str] | None:
    """The axes in the order in which the file has them: as it says itself, or `axes: […]`, or as written in brackets. None after a report."""
    shape, path = arrays.named[name].shape, item.file.path.value
    if len(shape) != len(names):
        size = " × ".join(map(str, shape)) or "one number"
        values = {"path": path, "array": name, "size": size, "axes": ", ".join(names), "count": len(names)}
        to.report.add(errors.DATA_RANK.at(item.name.span, **values))
        return None
    if x is None:
        own = list(arrays.dims.get(name, names))
        if sorted(own) == sorted(names):
            return own
        values = {"path": path, "array": name, "axes": ", ".join(f"`{d}`" for d in own)}
        to.report.add(errors.DATA_DIMENSIONS.at(item.name.span, **values))
        return None
    listed = [i.name if isinstance(i, ast.Name) else i.span.text for i in x.items] if isinstance(x, ast.ListOf) else []
    if sorted(listed) != sorted(names):
        wrong = next((n for n in listed if n not in names), "")
        values = {"axes": ", ".join(f"`{n}`" for n in names), "near": nearest(wrong, names) if wrong else ""}
        to.report.add(errors.DATA_ORDER.at(x.span, **values))
        return None
    return listed


def _labels(binder: ast.Binder, size: int, arrays: Arrays, scope: Scope, to: Lowering) -> ast.Expr | None:
    """What an axis runs over: as it is written, else 1 … size. None after a report."""
    match binder.domain:
        case None:
            own = arrays.named.get(binder.name)
            if own is not None and own.dtype.kind == "U" and own.shape == (size,) and len(set(own.tolist())) == size:
                return ast.ListOf(span=binder.span, items=tuple(_text(str(v), binder.span) for v in own.tolist()))
            return _interval(1, size, binder.span)
        case ast.ListOf(items=items) if len(items) == size:
            return binder.domain
        case ast.Interval(low=low, high=high):
            ends = whole(low, "an end of an axis", 0, scope, to), whole(high, "an end of an axis", 0, scope, to)
            if None in ends:
                return None  # it was told
            if ends[1] == (ends[0] or 0) + size - 1:
                return binder.domain
    to.report.add(errors.DATA_SIZE.at(binder.span, name=binder.name, size=size))
    return None


# --- what stands there --------------------------------------------------------------------------------------------------------


def _finite(item: ast.Data, data: Array, names: Sequence[str], to: Lowering) -> bool:
    if not data.size:
        to.report.add(errors.NO_DATA.at(item.file.path.span, path=item.file.path.value))
        return False
    bad = np.argwhere(~np.isfinite(data))
    if len(bad):
        place = ", ".join(f"{n} {i + 1}" for n, i in zip(names, bad[0].tolist()))
        value = str(data[tuple(bad[0])])
        values = {"path": item.file.path.value, "place": place, "value": value, "more": len(bad) - 1}
        to.report.add(errors.DATA_NOT_FINITE.at(item.name.span, **values))
    return not len(bad)


def _moments(
    item: ast.Data, x: ast.Expr | None, clock: str | None, count: int, arrays: Arrays, to: Lowering
) -> npt.NDArray[np.float64] | None:
    """The time of each moment: an array of the file, that which `times:` names or that of the axis; else 0, 1, 2, … None after a report."""
    if clock is None:
        return np.zeros(1)
    if x is not None and not isinstance(x, ast.Text):
        to.report.add(
            errors.DATA_TIMES.at(x.span, name=x.span.text, fault="`times:` takes the name of an array, in quotes")
        )
        return None
    name = x.value if isinstance(x, ast.Text) else clock
    span = x.span if x is not None else item.name.span
    if x is not None and array_named(item.file.path, x, arrays, to) is None:
        return None
    found = arrays.named.get(name)
    if found is None or (x is None and found.ndim != 1):
        return np.arange(count, dtype=np.float64)
    fault = _fault_of_times(found, count)
    if fault:
        to.report.add(errors.DATA_TIMES.at(span, name=name, fault=fault))
        return None
    return found.astype(np.float64)


def _fault_of_times(times: Array, count: int) -> str:
    if times.shape != (count,):
        return f"it must hold {count} times, and is {' × '.join(map(str, times.shape)) or 'one number'}"
    if times.dtype.kind not in "iuf" or not np.isfinite(times).all():
        return "it holds values that are no numbers"
    back = np.flatnonzero(np.diff(times.astype(np.float64)) <= 0)
    return (
        f"times must increase, and number {back[0] + 2} is {times[back[0] + 1]:g} after {times[back[0]]:g}"
        if len(back)
        else ""
    )


# --- as a system --------------------------------------------------------------------------------------------------------------


def _system(item: ast.Data, axes: Mapping[str, ast.Expr], moments: int) -> ast.System:
    """Its arrays: the table, over the moments and the axes; that of its name, which is the table's row at this step; the time."""
    span, name = item.span, item.name
    table, clock = _name(f"{name.name} over time", span), _name(f"{name.name} moments", span)
    step, moment = _name("step", span), _name(f"moment of {name.name}", span)
    binders = tuple(ast.Binder(span=span, name=n, domain=None) for n in (moment.name, *axes))
    inner = tuple(ast.Binder(span=span, name=f"{n} at", domain=_name(n, span)) for n in axes)

    def element(array: ast.Name, *index: ast.Name) -> ast.Index:
        return ast.Index(
            span=span, base=array, arguments=tuple(ast.Argument(span=span, name=None, value=i) for i in index)
        )

    def given(array: ast.Name, over: tuple[ast.Binder, ...], text: Span) -> ast.Const:
        value = ast.Member(span=text, experiment=name, name=_name("as given", span))
        return ast.Const(span=span, name=array, binders=over, type=_name("real", span), drawn=False, value=value)

    present = element(table, step, *(_name(b.name, span) for b in inner))
    items = (
        *(ast.Axis(span=span, name=_name(n, span), domain=domain) for n, domain in axes.items()),
        ast.Axis(span=span, name=moment, domain=_interval(0, moments - 1, span)),
        given(table, binders, item.file.path.span),
        given(clock, binders[:1], name.span),
        ast.Let(span=span, name=name, binders=inner, type=None, value=present, observe=True),
        ast.Let(span=span, name=_name("t", span), binders=(), type=None, value=element(clock, step), observe=True),
    )
    return ast.System(span=span, name=name, parameters=(), over_network=False, items=items)


def _name(name: str, span: Span) -> ast.Name:
    return ast.Name(span=span, name=name)


def _text(value: str, span: Span) -> ast.Text:
    return ast.Text(span=span, value=value)


def _interval(low: int, high: int, span: Span) -> ast.Interval:
    ends = (ast.Number(span=span, value=v, text=str(v)) for v in (low, high))
    return ast.Interval(span=span, low=next(ends), high=next(ends))
