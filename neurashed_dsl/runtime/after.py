"""Claims and derived arrays, evaluated on a result."""

import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from neurashed_dsl.builtins.after import AFTER, After
from neurashed_dsl.builtins.coordinates import between, places
from neurashed_dsl.builtins.separation import separability
from neurashed_dsl.diagnostics import Kind, Report, Span
from neurashed_dsl.ir.expr import Apply, Const, Expr, Var, walk
from neurashed_dsl.ir.plan import DONE
from neurashed_dsl.ir.whole import chosen, evaluate_arrays
from neurashed_dsl.runtime.gaps import TRUTHS, sure
from neurashed_dsl.values import frozen

if TYPE_CHECKING:
    import xarray


TIME_WORDS = ("step", "time")
NO_VALUE = Kind("no-value", "{why}", "it has no value here", severity="warning")


@frozen
class Claim:
    """An `expect` and what became of it. `found`: the numbers behind the verdict, in words."""

    text: str
    title: str
    holds: bool
    found: str
    experiment: str
    span: Span


def functions(doubts: list[str]) -> dict[str, Callable[..., Any]]:
    """What `evaluate_arrays` needs beside the operators. `doubts` gains why values are missing."""
    made: dict[str, Callable[..., Any]] = {f"after {name}": _function(row, doubts) for name, row in AFTER.items()}
    return (
        made
        | TRUTHS
        | {"other": _brought, "pick": _pick, "choose": chosen, "stage": _stage, "hyperplanes": _hyperplanes}
    )


def _hyperplanes(x: Any, *pieces: Expr) -> Any:
    """The share of pairs of classes that a hyperplane separates; `pieces` are the dimensions class, coordinate and sample."""
    import xarray

    dims = [p.args[0].name for p in pieces if isinstance(p, Apply) and isinstance(p.args[0], Var)]
    return xarray.apply_ufunc(separability, x, input_core_dims=[dims], vectorize=True)


def _stage(x: Any, dim: Expr, start: float, stop: float) -> Any:
    """The times of a stage, counted from its start."""
    assert isinstance(dim, Apply)
    assert isinstance(dim.args[0], Var)
    time = dim.args[0].name
    inside = x.isel({time: np.flatnonzero((x[time].values >= start) & (x[time].values < stop))})
    return inside.assign_coords({time: inside[time].values - start})


def _function(row: After, doubts: list[str]) -> Callable[..., Any]:
    def apply(x: Any, *pieces: Expr) -> Any:
        dims = tuple(
            p.args[0].name for p in pieces if isinstance(p, Apply) and p.op == "dim" and isinstance(p.args[0], Var)
        )
        options = {
            p.args[0].name: _number(p.args[1])
            for p in pieces
            if isinstance(p, Apply) and p.op == "option" and isinstance(p.args[0], Var)
        }
        if row.empty is not None and any(x.sizes[d] == 0 for d in dims):
            return x.sum(dims) * 0 + row.empty
        doubt = row.doubt(x, dims, options)
        if doubt:
            doubts.append(doubt)
        return row.apply(x, dims, options)

    return apply


def _interpolated(t: Any, at: Any, values: Any) -> Any:
    """Along the first dimension, linearly; NaN beyond the ends."""
    flat = values.reshape(len(at), -1)
    return np.stack([np.interp(t, at, v, np.nan, np.nan) for v in flat.T], axis=-1).reshape(len(t), *values.shape[1:])


def _brought(array: Any, *dims: Apply) -> Any:
    """A record of another experiment, time first, with the times and labels that it is wanted with; missing beyond its own times."""
    import xarray

    made: dict[str, Any] = {}
    values = array.values
    for own, wanted in zip(array.dims, dims, strict=True):
        name, labels = wanted.args[0], [getattr(a, "value", None) or getattr(a, "name", 0) for a in wanted.args[1:]]
        assert isinstance(name, Var)
        made[name.name] = labels
        if str(own).partition("_")[0] in TIME_WORDS:
            values = _interpolated(np.asarray(labels, float), array[own].values.astype(float), values)
    return xarray.DataArray(values, made, list(made))


def _number(e: Expr) -> float:
    return float(evaluate_arrays(e, {}, {}))


def _pick(x: Any, *picks: Expr) -> Any:
    at: dict[str, Any] = {}
    for pick in picks:
        assert isinstance(pick, Apply)
        assert isinstance(pick.args[0], Var)
        coordinate = x.coords[pick.args[0].name]
        where = _picked(pick.op, [_label_said(e) for e in pick.args[1:]], coordinate.values)
        if where is None:  # all cells of a sweep that have it failed
            return x.isel(dict.fromkeys(coordinate.dims, 0), drop=True) * np.nan
        at[coordinate.dims[0]] = where
    return x.isel(at, drop=True)


def _label_said(e: Expr) -> Any:
    assert isinstance(e, Const | Var)
    return e.value if isinstance(e, Const) else e.name


def _picked(op: str, said: list[Any], labels: Any) -> Any:
    """The place, or the places, of what was said along a coordinate; None where there are none."""
    if op == "between":
        low, high = said
        found = between(low, high, labels).tolist()
    else:
        found = [i for label in said for i in places(label, labels)[:1]]
    return (found[0] if op == "place" else found) if found else None


@contextmanager
def _gaps_allowed() -> Iterator[None]:
    """An infinity or a NaN is told as the number it is; the least of nothing but gaps is a gap."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore", RuntimeWarning)
        yield


def derived(
    expr: Expr, dataset: "xarray.Dataset", report: Report | None = None, others: Mapping[str, Any] | None = None
) -> Any:
    """An array, NaN in cells that failed. Where values are missing, why that is goes to the report. `others`: of other experiments."""
    doubts: list[str] = []
    with _gaps_allowed():
        found = evaluate_arrays(expr, {**_values(dataset), **(others or {})}, functions(doubts))
    for doubt in dict.fromkeys(doubts if report else ()):
        assert report is not None
        report.add(NO_VALUE.at(getattr(expr, "span", None), why=doubt))
    done = _done(found)
    return found if done is None else found.where(done, np.nan if found.dtype.kind == "f" else 0)


def spread(found: Any, dataset: "xarray.Dataset") -> Any:
    """Over all places that the dataset has: what was derived of some is missing, or false, at the others."""
    shorter = [d for d in getattr(found, "dims", ()) if d in dataset.dims and found.sizes[d] != dataset.sizes[d]]
    if not shorter:
        return found
    return found.reindex({d: dataset[d] for d in shorter}, fill_value=False if found.dtype.kind == "b" else np.nan)


def arrays_of(wanted: Sequence[tuple[str, Expr]], arrays: Mapping[str, Any]) -> dict[str, Any]:
    """Arrays that are made one after another of those before and of `arrays`; the last of the mean over the repeats, as claims are."""
    made = dict(arrays)
    with _gaps_allowed():
        for name, expr in wanted[:-1]:
            made[name] = evaluate_arrays(expr, made, functions([]))
        name, expr = wanted[-1]
        read = {v.name for v in walk(expr) if isinstance(v, Var)} & made.keys()
        means = {n: made[n].mean("repeat") if "repeat" in made[n].dims else made[n] for n in read}
        made[name] = evaluate_arrays(expr, means, functions([]))
    return made


def _values(dataset: "xarray.Dataset") -> Mapping[str, Any]:
    swept = {str(n): v for n, v in dataset.coords.items() if "swept" in v.attrs}
    return swept | {str(n): v for n, v in dataset.data_vars.items()}


def _done(found: Any) -> Any:
    """Which cells of a sweep ran to their end; None if there are no cells, or all did."""
    status = getattr(found, "coords", {}).get("status")
    return None if status is None or not status.dims or (status == DONE).all() else status == DONE


def judged(
    text: str, title: str, expr: Expr, share: float | None, dataset: "xarray.Dataset", experiment: str, span: Span
) -> Claim:
    """A claim over the mean of the repeats, or in a share of them; over a sweep, in every cell that it doesn't pick from."""
    dataset = dataset.drop_vars(dataset.data_vars.keys() - {v.name for v in walk(expr) if isinstance(v, Var)})
    with _gaps_allowed():
        mean = dataset.mean("repeat") if "repeat" in dataset.dims else dataset
        data = mean if share is None else dataset
        truth = evaluate_arrays(expr, _values(data), functions([]))
        done = _done(truth)
        truth = sure(truth) if done is None else sure(truth) & done
        if any(d != "repeat" for d in getattr(truth, "dims", ())):
            return Claim(text, title, *_in_cells(expr, truth, share, mean), experiment, span)
        if share is None or "repeat" not in dataset.dims:
            return Claim(text, title, bool(np.all(truth)), _shown(expr, _values(data)), experiment, span)
        alone = np.atleast_1d(np.asarray(truth, bool))
        count, total = int(alone.sum()), int(alone.size)
        found = f"{count} of {total} repeats; {_shown(expr, _values(mean))} in the mean"
        return Claim(text, title, count >= share / 100 * total - 1e-9, found, experiment, span)


def _in_cells(expr: Expr, truth: Any, share: float | None, mean: "xarray.Dataset") -> tuple[bool, str]:
    """Does it hold in each cell? And the numbers: of all cells, or of the first in which it doesn't."""
    repeated = "repeat" in truth.dims
    held = truth if not repeated else truth.mean("repeat") >= (share or 0) / 100 - 1e-9
    false = np.argwhere(~held.values)
    count = f"{held.size - len(false)} of {held.size} cells"
    if not len(false):
        return True, f"{count}; {_shown(expr, _values(mean))}" + " in the mean" * repeated
    cell = dict(zip(held.dims, false[0].tolist()))
    where = ", ".join(f"{d} = {_label(held[d].values[i])}" for d, i in cell.items())
    numbers = _shown(expr, _values(mean.sel({d: held[d].values[i] for d, i in cell.items()})))
    repeats = f"{int(truth.isel(cell).sum())} of {truth.sizes['repeat']} repeats, " if repeated else ""
    return False, f"{count}; not where {where}: {repeats}{numbers}"


def _label(value: Any) -> str:
    return f"{value:.6g}" if np.asarray(value).dtype.kind in "iuf" else str(value)


def _shown(expr: Expr, values: Mapping[str, Any]) -> str:
    """The two sides of a comparison, as numbers; of `and`, `or`, each part."""
    match expr:
        case Apply("and" | "or" as op, (a, b)):
            return f"{_shown(a, values)} {op} {_shown(b, values)}"
        case Apply("not", (a,)):
            return f"not {_shown(a, values)}"
        case Apply("==" | "!=" | "<" | "<=" | ">" | ">=" as op, (a, b)):
            return f"{_side(a, values)} {op} {_side(b, values)}"
        case _:
            return _side(expr, values)


def _side(expr: Expr, values: Mapping[str, Any]) -> str:
    found = np.asarray(evaluate_arrays(expr, values, functions([])))
    if found.dtype.kind == "b":
        return str(bool(found.all())).lower()
    if found.size == 1:
        return f"{float(found.ravel()[0]):.6g}"
    return f"{float(np.nanmin(found)):.4g}..{float(np.nanmax(found)):.4g}"
