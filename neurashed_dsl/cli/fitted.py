"""What a fit found, as a table and as data."""

from typing import TYPE_CHECKING, Any

import numpy as np

from neurashed_dsl.cli.terminal import columns, many
from neurashed_dsl.model.fit import OWN

if TYPE_CHECKING:
    import xarray as xr

HEADS = ("", "estimate", "standard error", "start", "between")


def records_of(result: "xr.Dataset") -> list[str]:
    """The names of what was recorded and derived, without what a fit adds."""
    return [str(n) for n in result.data_vars if "fit" not in result.attrs or n not in OWN]


def fit_table(result: "xr.Dataset") -> str:
    """Each parameter with its standard error, start and bounds, and below how near the fit comes. "" where nothing was fitted."""
    if "fit" not in result.attrs:
        return ""
    told = fit_data(result)
    rows = [
        (p["name"], _number(p["estimate"]), _deviation(p), _number(p["start"]), f"{p['low']:g} … {p['high']:g}")
        for p in told["parameters"]
    ]
    rest = "came to rest" if told["converged"] else "did not come to rest"
    explained = "" if told["r_squared"] is None else f", R² {told['r_squared']:.6g}"
    left = f"  rms of what is left {told['rms']:.4g}{explained}; {many(told['evaluations'], 'evaluation')}, {rest}"
    return "\n".join([f"  fit {told['fit']}", columns([HEADS, *rows], "    "), left])


def fit_data(result: "xr.Dataset") -> dict[str, Any]:
    """Plain data, ready for JSON: null for a number that there isn't."""
    columns_of = (result["parameter"], result["estimate"], result["standard_error"], result["start"])
    rows = zip(*(c.values.tolist() for c in columns_of), result["bounds"].values.tolist())
    keys = ("name", "estimate", "standard_error", "start")
    parameters = [
        {**dict(zip(keys, row)), "low": low, "high": high, "at_bound": row[1] in (low, high)}
        for *row, (low, high) in rows
    ]
    for p in parameters:
        p["standard_error"] = _finite(p["standard_error"])
    return {
        "experiment": result.attrs["experiment"],
        "fit": result.attrs["fit"],
        "parameters": parameters,
        "rms": float(result["rms"]),
        "r_squared": _finite(float(result["r_squared"])),
        "evaluations": int(result["evaluations"]),
        "converged": bool(result["converged"]),
        "dimensions": {str(d): result[d].values.tolist() for d in result["data"].dims},
        "data": result["data"].values.tolist(),
        "fitted": result["fitted"].values.tolist(),
    }


def _finite(value: float) -> float | None:
    return value if np.isfinite(value) else None


def _number(value: float) -> str:
    return f"{value:.6g}"


def _deviation(parameter: dict[str, Any]) -> str:
    if parameter["at_bound"]:
        return "at its bound"
    deviation = parameter["standard_error"]
    return "not determined" if deviation is None else f"{deviation:.2g}"
