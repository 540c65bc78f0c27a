"""What a result holds: its records, its coordinates, its claims, and where it came from."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import xarray as xr

from neurashed_dsl.cli.fitted import fit_table
from neurashed_dsl.cli.found import claim_words, facts, failures, summary
from neurashed_dsl.cli.store import damaged
from neurashed_dsl.cli.terminal import columns
from neurashed_dsl.model.fit import OWN

TOLD = {"text", "title", "holds", "found"}  # of a claim


def account(result: xr.Dataset, file: Path) -> str:
    """Sections, those left out of which there is nothing to say. Raises NshedError where the file was changed so that it can't be told."""
    if "fit" in result.attrs and not OWN.keys() <= result.variables.keys():
        raise damaged(file, "it lacks what a fit found")
    return "\n".join(sections(result, claims_of(result, file)))


def claims_of(result: xr.Dataset, file: Path) -> list[dict[str, Any]]:
    try:
        claims = json.loads(str(result.attrs.get("claims", "[]")))
    except ValueError:
        raise damaged(file, "its claims aren't JSON") from None
    if not isinstance(claims, list) or any(not isinstance(c, dict) or c.keys() != TOLD for c in claims):
        raise damaged(file, "its claims aren't as `nshed run` writes them")
    return claims


def sections(result: xr.Dataset, claims: list[dict[str, Any]]) -> Iterator[str]:
    yield f"recorded\n{summary(result)}"
    if fit := fit_table(result):
        yield f"fitted\n{fit}"
    known = [(str(name), labels(values)) for name, values in result.coords.items() if name != "status"]
    if known:
        yield "coordinates\n" + columns(known)
    failed = failures(result)
    if failed:
        yield f"cells that failed: {len(failed)} of {result['status'].size}\n" + columns((each,) for each in failed)
    if claims:
        yield "claims\n" + "\n".join(f"  {claim_words(**claim)}" for claim in claims)
    told = facts(result)
    if told:
        yield "where it came from\n" + columns(told.items())


def labels(values: xr.DataArray) -> str:
    """`0, 20, 40, … 600`."""
    shown = [f"{v:g}" if isinstance(v, int | float) else str(v) for v in values.values.ravel().tolist()]
    return ", ".join(shown if len(shown) <= 6 else [*shown[:3], f"… {shown[-1]}"]) + f" ({values.size})"
