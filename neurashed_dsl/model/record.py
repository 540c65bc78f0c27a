"""`record NAME = expression grid`: the expression lowered, its dimensions named, its grid worked out."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from math import inf
from typing import Any

import numpy as np

from neurashed_dsl.diagnostics import NOWHERE
from neurashed_dsl.ir.evaluate import evaluate
from neurashed_dsl.ir.expr import Binder, Const, Domain, Range, Row, Whole
from neurashed_dsl.ir.system import Dimension, Grid, Record
from neurashed_dsl.model import arithmetic
from neurashed_dsl.model import experiment_errors as errors
from neurashed_dsl.model.clock import Clock, report
from neurashed_dsl.model.constant import constant_number, shown, whole
from neurashed_dsl.model.demands import known_now, single, wanted
from neurashed_dsl.model.errors import NOT_A_VALUE, PUBLIC
from neurashed_dsl.model.graph import Graph
from neurashed_dsl.model.lower import bound, domain_axis, lower
from neurashed_dsl.model.scope import Lowering, Scope, Typed
from neurashed_dsl.model.system.errors import BAD_DT
from neurashed_dsl.syntax import ast

DEFAULT_POINTS = 200  # records without a grid are taken about so often, evenly
MOST_TIMES = 10**7


def lower_record(
    item: ast.Record, graph: Graph | None, clock: Clock, grids: dict[Any, Grid], scope: Scope, to: Lowering
) -> Record | None:
    """A record of an experiment; None after a report. Records that say the same grid share it."""
    inner, binders = bound(item.binders, scope, to)
    body = lower(item.value, inner, to)
    grid = _grid(item, clock, grids, scope, to)
    if body.kind in ("unknown", "text") or grid is None or len(binders) != len(item.binders):
        return None
    if body.axis and isinstance(body.expr, Const) and isinstance(item.value, ast.Name):
        of = PUBLIC.get(body.axis, body.axis)
        hint = {"node": f"`λ[{item.value.name}]`, say, is its amplification"}.get(
            of, f"an array of the {of}s takes it as an index"
        )
        to.report.add(NOT_A_VALUE.at(item.value.span, name=item.value.name, what=f"one of the {of}s", hint=hint))
        return None
    if not _sizes_known((*binders, *body.dims), item, to):
        return None
    record = _recorded(item.name.name, binders, body, grid, graph, to, item)
    names = [d.name for d in record.dimensions]
    if item.name.name in [*names, "step", "time", "repeat"]:
        to.report.add(errors.RECORD_NAMED_AS_DIMENSION.at(item.name.span, name=item.name.name))
        return None
    return record


def _sizes_known(dims: Sequence[Binder], item: ast.Record, to: Lowering) -> bool:
    """Can room be made for the record? False after a report."""
    for i, binder in enumerate(dims):
        span = item.binders[i].span if i < len(item.binders) else item.value.span
        match binder.domain:
            case Range(low, high, _) if known_now(low, to) is None or known_now(high, to) is None:
                to.report.add(errors.SIZE_VARIES.at(span))
                return False
            case Row(_, at) if known_now(at, to) is None:
                to.report.add(errors.SIZE_VARIES.at(span))
                return False
            case _ if (size := _size(binder.domain, to)) > MOST_TIMES:
                to.report.add(errors.TOO_WIDE.at(span, name=item.name.name, size=size, most=MOST_TIMES))
                return False
    return True


def _size(domain: Domain, to: Lowering) -> int:
    match domain:
        case Whole(axis):
            return to.axes[axis].size
        case Range(low, high, _):
            return int(known_now(high, to) or 0) - int(known_now(low, to) or 0)
        case _:
            return 0


def record_named(name: str, grid: Grid, scope: Scope, to: Lowering) -> Record | None:
    """A record of an array as it is held, logarithms not undone: for probes."""
    value = lower(ast.Name(span=NOWHERE, name=name), scope, to)
    if value.kind == "unknown":
        return None
    return Record(name, value.dims, value.expr, grid)


def _recorded(
    name: str, binders: tuple[Binder, ...], body: Typed, grid: Grid, graph: Graph | None, to: Lowering, item: ast.Record
) -> Record:
    body_value = arithmetic.integer(to, body)
    dims = (*binders, *body.dims)
    kind = "real" if body.kind == "log" else body.kind
    shown = [b.name for b in item.binders]
    dimensions = dimensions_of([b.domain for b in dims], shown, graph, to)
    return Record(
        name, dims, arithmetic.as_real(body_value), grid, kind, dimensions, item.span, _measure_name(item.value)
    )


def _measure_name(x: ast.Expr) -> str:
    return x.function.name if isinstance(x, ast.Call) else x.name if isinstance(x, ast.Name) else ""


# --- dimensions -----------------------------------------------------------------------------------------------------------


def dimensions_of(
    domains: Sequence[Domain], shown: Sequence[str], graph: Graph | None, to: Lowering
) -> tuple[Dimension, ...]:
    made: list[Dimension] = []
    for i, domain in enumerate(domains):
        name, labels = _dimension(domain, shown[i] if i < len(shown) else "index", graph, to)
        if any(d.name == name for d in made):
            name = "other" if name == "input" else f"other_{name}"
        made.append(Dimension(name, labels))
    return tuple(made)


def _dimension(domain: Domain, shown: str, graph: Graph | None, to: Lowering) -> tuple[str, Any]:
    axis = domain_axis(domain, to)
    positions = _positions(domain, to)
    if axis == "":
        return shown, np.array(positions)
    known = to.axes[axis]
    labels = np.array(positions) + known.origin if known.labels is None else [known.labels[p] for p in positions]
    match domain:
        case Row(relation, _) if axis == "sample":
            return relation, labels
        case Range(_, _, "node") if graph is not None:
            return _set_name(positions, graph), labels
        case _:
            return axis if graph is None else PUBLIC.get(axis, axis), labels


def _positions(domain: Domain, to: Lowering) -> list[int]:
    match domain:
        case Whole(axis):
            return list(range(to.axes[axis].size))
        case Range(low, high, _):
            return list(range(evaluate(low, {}, to.memory), evaluate(high, {}, to.memory)))
        case Row(relation, at):
            data = to.rows[relation]()
            row = evaluate(at, {}, to.memory)
            return [int(m) for m in data.members[data.offsets[row] : data.offsets[row + 1]]]


def _set_name(positions: Sequence[int], graph: Graph) -> str:
    if not positions:
        return "node"
    low, high = positions[0], positions[-1] + 1
    sets: Iterable[tuple[str, int, int]] = [
        *((v.name, v.start, v.stop) for v in graph.levels),
        *((f.name, f.start, f.start + len(f.indices)) for f in graph.families if len(f.indices) > 1),
    ]
    return next((name for name, start, stop in sets if (start, stop) == (low, high)), "node")


def distinct(records: Sequence[Record]) -> tuple[Record, ...]:
    """One name, one list of labels: where a dimension of another record has this one's name and other labels, this is `NAME_RECORD`."""
    known: dict[str, Any] = {}

    def named(d: Dimension, record: Record) -> Dimension:
        if list(known.setdefault(d.name, d.labels)) != list(d.labels):
            d = Dimension(f"{d.name}_{record.name}", d.labels)
            known[d.name] = d.labels
        return d

    return tuple(replace(r, dimensions=tuple(named(d, r) for d in r.dimensions)) for r in records)


# --- grids ----------------------------------------------------------------------------------------------------------------


def _grid(item: ast.Record, clock: Clock, grids: dict[Any, Grid], scope: Scope, to: Lowering) -> Grid | None:
    if item.grid == "when":
        return _when(item, clock.steps, scope, to)
    found = grid_steps(item, clock, scope, to)
    if found is None:
        return None
    timeless = item.grid in ("end", "start")
    if len(found) > MOST_TIMES:
        _too_often(item, len(found), found, to)
        return None
    key = (item.grid if timeless else "", found if isinstance(found, range) else tuple(found))
    taken = np.arange(found.start, found.stop, found.step) if isinstance(found, range) else np.array(found, np.int64)
    return grids.setdefault(key, Grid(taken, timeless=timeless))


def _too_often(item: ast.Record, count: int, steps: Sequence[int], to: Lowering) -> None:
    every = 10 ** len(str(steps[-1] // MOST_TIMES)) if steps else 0
    span = item.grid_value.span if item.grid_value is not None else item.name.span
    values = {
        "name": item.name.name,
        "count": shown(count),
        "most": MOST_TIMES,
        "every": every,
        "hint": "" if steps else "`… first 1000` ends it",
    }
    to.report.add(errors.TOO_OFTEN.at(span, **values))


def grid_steps(item: ast.Record, clock: Clock, scope: Scope, to: Lowering) -> list[int] | range | None:
    """The steps at which a record without `when` is taken; None after a report."""
    steps = clock.steps
    match item.grid:
        case "end":
            return [steps]
        case "start":
            return [0]
        case "every" if item.grid_value is not None and clock.moments is not None:
            return _every_time(item.grid_value, clock, scope, to)
        case "every" if item.grid_value is not None:
            every = clock.step(item.grid_value, "`every`", 1, scope, to)
            return None if every is None else range(0, steps + 1, every)
        case "at" if item.grid_value is not None:
            return _listed(item.name.name, item.grid_value, clock, scope, to)
        case _:
            return range(0, steps + 1, max(1, steps // DEFAULT_POINTS) if clock.moments is None else 1)


def _every_time(x: ast.Expr, clock: Clock, scope: Scope, to: Lowering) -> list[int] | None:
    """The moments of data that are nearest to even times."""
    assert clock.moments is not None
    every = constant_number(x, scope, to)
    if every is None:
        return None
    times = clock.moments[: clock.steps + 1]
    if not 0 < every < inf or (times[-1] - times[0]) / every > MOST_TIMES:
        report(BAD_DT, x, "`every`", "a time above 0", every, to)
        return None
    return sorted(
        {clock.moment(float(t)) for t in np.arange(times[0], times[-1] + every / 2, float(every))}
        - {len(clock.moments)}
    )


def _listed(name: str, x: ast.Expr, clock: Clock, scope: Scope, to: Lowering) -> list[int] | None:
    items = x.items if isinstance(x, ast.ListOf) else (x,)
    found: list[int] = []
    if not items:
        to.report.add(errors.NO_TIMES.at(x.span, name=name))
        return None
    for item in items:
        step = clock.step(item, "a step" if clock.dt is None else "at", 0, scope, to)
        if step is None:
            return None
        if step > clock.steps:
            to.report.add(errors.BAD_GRID.at(item.span, when=clock.shown(step), end=clock.end))
            return None
        found.append(step)
    return sorted(set(found))


def _when(item: ast.Record, steps: int, scope: Scope, to: Lowering) -> Grid | None:
    assert item.grid_value is not None
    condition = single(
        wanted(lower(item.grid_value, scope, to), "bool", item.grid_value.span, to), item.grid_value.span, to
    )
    first = steps + 1 if item.first is None else whole(item.first, "`first`", 1, scope, to)
    if condition.kind == "unknown" or first is None:
        return None
    if min(first, steps + 1) > MOST_TIMES:
        _too_often(item, min(first, steps + 1), (), to)
        return None
    return Grid(None, condition.expr, min(first, steps + 1))
