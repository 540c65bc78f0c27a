"""What a run found, in a few lines: the end of each record, and the claims."""

import json
import sys
from collections.abc import Hashable
from typing import TYPE_CHECKING

import numpy as np

from neurashed_dsl.cli.fitted import records_of
from neurashed_dsl.cli.terminal import GREEN, RED, columns, paint
from neurashed_dsl.ir.plan import DONE, MISSING
from neurashed_dsl.runtime.after import Claim

if TYPE_CHECKING:
    import xarray as xr

PROVENANCE = ("status", "road", "parameters", "seed", "data_hashes", "versions", "command")


def summary(result: "xr.Dataset") -> str:
    """A line for each record: its name, its dimensions and how it ended."""
    rows = [(name, shape(result[name]), ending(result[name])) for name in records_of(result)]
    return columns(rows) if rows else "  nothing was recorded"


def failures(result: "xr.Dataset") -> list[str]:
    """The cells of a sweep that failed, each with its message."""
    status = result.coords.get("status")
    return [] if status is None else [str(s) for s in status.values.flat if s not in (DONE, MISSING)]


def shape(array: "xr.DataArray") -> str:
    """`repeat 20 × step 101`."""
    return " × ".join(f"{dim} {length}" for dim, length in array.sizes.items())


def is_time(dim: object) -> bool:
    return str(dim).partition("_")[0] in ("step", "time")


def ending(array: "xr.DataArray") -> str:
    """`at step 2000: 1.003 (1 … 1.012)`: the mean and the range of the last values; without time, of all."""
    last = {dim: last_known(array, dim) for dim in array.dims if is_time(dim) and array.sizes[dim]}
    where = "".join(f"at {dim} {number(array[dim].values[i])}: " for dim, i in last.items())
    return where + spread(array.isel(last).values)


def last_known(array: "xr.DataArray", dim: Hashable) -> int:
    """The last index at which there is a number: what was interrupted ends in NaN."""
    known = np.flatnonzero(array.notnull().any([d for d in array.dims if d != dim]).values)
    return int(known[-1]) if known.size else -1


def number(value: np.generic) -> str:
    return str(value) if value.dtype.kind in "iu" else f"{value:.6g}"


def spread(values: np.ndarray) -> str:
    if values.dtype.kind not in "bif":
        return ", ".join(map(str, values.flat[:3])) + (", …" if values.size > 3 else "")
    numbers = values.astype(float)[~np.isnan(values.astype(float))]
    missing = f", {values.size - numbers.size} missing" if numbers.size < values.size else ""
    if not numbers.size:
        return "no number"
    with np.errstate(all="ignore"):
        mean, low, high = (f"{x:.4g}" for x in (numbers.mean(), numbers.min(), numbers.max()))
    return mean + (f" ({low} … {high})" if low != high else "") + missing


def claim_line(claim: Claim) -> str:
    return claim_words(claim.text, claim.title, claim.holds, claim.found)


def claim_words(text: str, title: str | None, holds: bool, found: str) -> str:
    """`✓ the title: the claim — found 1.003`."""
    mark = paint("✓", GREEN, sys.stdout) if holds else paint("✗", RED, sys.stdout)
    return f"{mark} {title + ': ' if title else ''}{text} — found {found}"


def facts(result: "xr.Dataset") -> dict[str, str]:
    """Where a result came from, in words; what is empty is left out."""
    told = {name.replace("_", " "): words(result.attrs.get(name, "")) for name in PROVENANCE}
    return {name: value for name, value in told.items() if value}


def words(value: object) -> str:
    """An attribute for people: JSON objects as `name value, name value`."""
    try:
        held = json.loads(value) if isinstance(value, str) else value
    except ValueError:
        held = value
    return ", ".join(f"{k} {v}" for k, v in held.items()) if isinstance(held, dict) else str(held)
