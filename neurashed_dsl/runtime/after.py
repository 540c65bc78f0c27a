"""Claims and derived arrays, evaluated on a result."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from neurashed_dsl.builtins.after import AFTER, After
from neurashed_dsl.diagnostics import Span
from neurashed_dsl.ir.evaluate import evaluate_arrays
from neurashed_dsl.ir.expr import Apply, Const, Expr, Var
from neurashed_dsl.values import frozen

if TYPE_CHECKING:
    import xarray


@frozen
class Claim:
    """An `expect` and what became of it. `found`: the numbers behind the verdict, in words."""

    text: str
    title: str
    holds: bool
    found: str
    experiment: str
    span: Span


def functions() -> dict[str, Callable[..., Any]]:
    """What `evaluate_arrays` needs beside the operators."""
    made: dict[str, Callable[..., Any]] = {f"after {name}": _function(row) for name, row in AFTER.items()}
    return made | {"pick": _pick, "choose": _choose}


def _function(row: After) -> Callable[..., Any]:
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
        return row.apply(x, dims, options)

    return apply


def _number(e: Expr) -> float:
    return float(evaluate_arrays(e, {}, {}))


def _pick(x: Any, *places: Expr) -> Any:
    at = {
        p.args[0].name: p.args[1].value
        for p in places
        if isinstance(p, Apply) and isinstance(p.args[0], Var) and isinstance(p.args[1], Const)
    }
    return x.isel(at, drop=True)


def _choose(condition: Any, yes: Any, no: Any) -> Any:
    import xarray

    return xarray.where(condition, yes, no)  # type: ignore[no-untyped-call]


@np.errstate(all="ignore")  # an infinity or a NaN is told as the number it is
def derived(expr: Expr, dataset: "xarray.Dataset") -> Any:
    return evaluate_arrays(expr, _values(dataset), functions())


def _values(dataset: "xarray.Dataset") -> Mapping[str, Any]:
    return {str(n): v for n, v in dataset.data_vars.items()}


@np.errstate(all="ignore")
def judged(
    text: str, title: str, expr: Expr, share: float | None, dataset: "xarray.Dataset", experiment: str, span: Span
) -> Claim:
    """A claim over the mean of the repeats, or in a share of them."""
    if share is None or "repeat" not in dataset.dims:
        data = dataset.mean("repeat") if "repeat" in dataset.dims else dataset
        truth = evaluate_arrays(expr, _values(data), functions())
        return Claim(text, title, bool(np.all(truth)), _shown(expr, _values(data)), experiment, span)
    truth = np.atleast_1d(np.asarray(evaluate_arrays(expr, _values(dataset), functions()), bool))
    count, total = int(truth.sum()), int(truth.size)
    mean = _shown(expr, _values(dataset.mean("repeat")))
    return Claim(
        text,
        title,
        count >= share / 100 * total - 1e-9,
        f"{count} of {total} repeats; {mean} in the mean",
        experiment,
        span,
    )


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
    found = np.asarray(evaluate_arrays(expr, values, functions()))
    if found.dtype.kind == "b":
        return str(bool(found.all())).lower()
    if found.size == 1:
        return f"{float(found.ravel()[0]):.6g}"
    return f"{float(np.nanmin(found)):.4g}..{float(np.nanmax(found)):.4g}"
