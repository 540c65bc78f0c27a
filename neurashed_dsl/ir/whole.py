"""Expressions over whole labelled arrays, after a run: `derive`, claims, and measures of what was recorded.

A variable is an array, or an index: an array of its positions along a dimension of its own name. What is read by indices was made ready for it
(`indexed`, `over`): its dimensions are `@0`, `@1`, …, beside those that nobody indexes (time, repeats, cells), which go along with everything.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from neurashed_dsl.ir.expr import Apply, Binder, Const, Expr, Range, Read, Reduce, Select, Var
from neurashed_dsl.ir.operators import OPERATORS

Functions = Mapping[str, Callable[..., Any]]
Values = Mapping[str, Any]
ASIDE = ("dim", "option", "place", "between", "among")  # what is handed to functions as it stands


def evaluate_arrays(expr: Expr, values: Values, functions: Functions) -> Any:
    """An expression whose variables are labelled arrays. `functions` are consulted before the operators; they get expressions' values."""

    def value(e: Expr) -> Any:
        return evaluate_arrays(e, values, functions)

    match expr:
        case Const(number):
            return float(number) if isinstance(number, Fraction) else number
        case Var(name):
            return values[name]
        case Read(array, index):
            return _element(values[array], [value(i) for i in index])
        case Select(condition, yes, no):
            return chosen(value(condition), value(yes), value(no))
        case Reduce():
            return _reduced(expr, values, functions)
        case Apply("let", (Var(name), what, rest)):
            return evaluate_arrays(rest, {**values, name: value(what)}, functions)
        case Apply("indexed", (array, *dims)):
            return _indexed(value(array), [d.name for d in dims if isinstance(d, Var)])
        case Apply("over", (body, *spans)):
            return _over(body, [_binder(s) for s in spans], values, functions)
        case Apply("named", (array, *dims)):
            return _named(value(array), dims)
        case Apply(op, args) if op in functions:
            return functions[op](*(a if isinstance(a, Apply) and a.op in ASIDE else value(a) for a in args))
        case Apply(op, args):
            return OPERATORS[op].array(*map(value, args))
        case _:
            raise TypeError(f"{type(expr).__name__} among arrays")


def span(binder: Binder) -> Apply:
    """A binder as an operand of `over`."""
    assert isinstance(binder.domain, Range)
    return Apply("span", (Var(binder.name), binder.domain.low, binder.domain.high))


def _binder(e: Expr) -> Binder:
    assert isinstance(e, Apply)
    name, low, high = e.args[0], e.args[1], e.args[2]
    assert isinstance(name, Var)
    return Binder(name.name, Range(low, high))


def chosen(condition: Any, yes: Any, no: Any) -> Any:
    """One or the other; missing where the condition is (runtime/gaps.py)."""
    import xarray

    where: Any = xarray.where
    found = where(condition == 1, yes, no)
    if np.any(gaps := condition != condition):
        found = where(gaps, np.nan, found)
    # `where` forgets what coordinates say of themselves: which are swept.
    known = {n: c for x in (no, yes, condition) for n, c in getattr(x, "coords", {}).items()}
    return found.assign_coords({n: c for n, c in known.items() if n in found.coords}) if known else found


# --- arrays that are read by indices ------------------------------------------------------------------------------------------


def _indexed(array: Any, dims: Sequence[str]) -> Any:
    """An array with these dimensions, in this order, for indices to run over."""
    array = _labelled(array).drop_vars([d for d in dims if d in getattr(array, "coords", {})])
    return array.rename({d: f"@{k}" for k, d in enumerate(dims)})


def _labelled(x: Any) -> Any:
    import xarray

    return x if isinstance(x, xarray.DataArray) else xarray.DataArray(x)


def _over(body: Expr, binders: Sequence[Binder], values: Values, functions: Functions) -> Any:
    """The body for all values of the binders."""
    places = _places(binders, values, functions)
    found = _labelled(evaluate_arrays(body, {**values, **places}, functions))
    missing = {name: at.size for name, at in places.items() if name not in found.dims}
    return found.expand_dims(missing).rename({b.name: f"@{k}" for k, b in enumerate(binders)})


def _places(binders: Sequence[Binder], values: Values, functions: Functions) -> dict[str, Any]:
    import xarray

    made: dict[str, Any] = {}
    for b in binders:
        assert isinstance(b.domain, Range)
        low, high = (int(evaluate_arrays(e, values, functions)) for e in (b.domain.low, b.domain.high))
        made[b.name] = xarray.DataArray(np.arange(low, high), dims=[b.name])
    return made


def _element(array: Any, index: Sequence[Any]) -> Any:
    """What stands at each place. One beyond the array stands in a branch that isn't taken: what is there doesn't matter."""
    sizes = [array.sizes[f"@{k}"] for k in range(len(index))]
    names = [str(i.dims[0]) if getattr(i, "dims", ()) and _is_whole(i, n) else "" for i, n in zip(index, sizes)]
    if all(names) and len(set(names)) == len(names):
        return array.rename({f"@{k}": name for k, name in enumerate(names)})
    return array.isel({f"@{k}": np.clip(i, 0, n - 1) for k, (i, n) in enumerate(zip(index, sizes))})


def _is_whole(index: Any, size: int) -> bool:
    return index.shape == (size,) and bool((index.values == np.arange(size)).all())


def _named(array: Any, dims: Sequence[Expr]) -> Any:
    """An array with the names and labels that its dimensions have for a user, those nobody indexed first."""
    names: list[str] = []
    labels: dict[str, Any] = {}
    for d in dims:
        assert isinstance(d, Apply)
        name, places = d.args[0], d.args[1:]
        assert isinstance(name, Var)
        names.append(name.name)
        labels[name.name] = [p.value if isinstance(p, Const) else getattr(p, "name", "") for p in places]
    array = array.rename({f"@{k}": name for k, name in enumerate(names)})
    return array.transpose(..., *names).assign_coords(labels)


# --- reducers -----------------------------------------------------------------------------------------------------------------


def _reduced(expr: Reduce, values: Values, functions: Functions) -> Any:
    """A fold over the dimensions of the binders. What `where` leaves out counts as the fold's neutral element."""
    places = _places(expr.binders, values, functions)
    inner = {**values, **places}

    def spread(e: Expr) -> Any:
        found = _labelled(evaluate_arrays(e, inner, functions))
        return found.expand_dims({name: at.size for name, at in places.items() if name not in found.dims})

    body, held = spread(expr.body), None if expr.where is None else spread(expr.where)
    dims = list(places)
    if expr.op == "mean":
        count = math.prod(at.size for at in places.values()) if held is None else held.sum(dims)
        return _folded("sum", body, held, dims) / count
    return _folded(expr.op, body, held, dims)


NEUTRAL = {
    "sum": 0,
    "prod": 1,
    "max": -np.inf,
    "min": np.inf,
    "any": False,
    "all": True,
    "count": False,
    "log_sum": -np.inf,
}


def _folded(op: str, body: Any, held: Any, dims: list[str]) -> Any:
    if held is not None:
        body = chosen(held == 1, body, NEUTRAL[op])
    if op == "log_sum":
        most = body.max(dims, skipna=False)
        unit = most.where(np.isfinite(most), 0)
        return unit + np.log(np.exp(body - unit).sum(dims, skipna=False))
    body = body * 1.0 if op == "prod" else body  # whole numbers are soon too large
    if op not in ("any", "all", "count"):
        return getattr(body, op)(dims, skipna=False)
    found, gaps = getattr(body == 1, {"count": "sum"}.get(op, op))(dims), body.isnull().any(dims)
    return found.where(~gaps) if bool(gaps.any()) else found
