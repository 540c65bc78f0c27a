"""What a result holds: its records, its coordinates, its claims, and where it came from."""

import json
from collections.abc import Iterator

import xarray as xr

from neurashed_dsl.cli.fitted import fit_table
from neurashed_dsl.cli.found import claim_words, facts, failures, summary
from neurashed_dsl.cli.terminal import columns


def account(result: xr.Dataset) -> str:
    """Sections, those left out of which there is nothing to say."""
    return "\n".join(sections(result))


def sections(result: xr.Dataset) -> Iterator[str]:
    yield f"recorded\n{summary(result)}"
    if fit := fit_table(result):
        yield f"fitted\n{fit}"
    known = [(str(name), labels(values)) for name, values in result.coords.items() if name != "status"]
    if known:
        yield "coordinates\n" + columns(known)
    failed = failures(result)
    if failed:
        yield f"cells that failed: {len(failed)} of {result['status'].size}\n" + columns((each,) for each in failed)
    claims = json.loads(result.attrs.get("claims", "[]"))
    if claims:
        yield "claims\n" + "\n".join(f"  {claim_words(**claim)}" for claim in claims)
    told = facts(result)
    if told:
        yield "where it came from\n" + columns(told.items())


def labels(values: xr.DataArray) -> str:
    """`0, 20, 40, … 600`."""
    shown = [f"{v:g}" if isinstance(v, int | float) else str(v) for v in values.values.ravel().tolist()]
    return ", ".join(shown if len(shown) <= 6 else [*shown[:3], f"… {shown[-1]}"]) + f" ({values.size})"
