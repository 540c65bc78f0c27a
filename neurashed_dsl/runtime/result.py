"""What all replicates recorded, as one `xarray.Dataset` with named dimensions and coordinates (language.md 8, Dimensions)."""

import json
import platform
from collections.abc import Iterable, Mapping, Sequence
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import numpy as np

from neurashed_dsl import __version__
from neurashed_dsl.ir.plan import Left, Study, time_names, times
from neurashed_dsl.ir.scalar import exponential
from neurashed_dsl.ir.system import Record
from neurashed_dsl.runtime.simulate import Replicate

if TYPE_CHECKING:
    import xarray


def dataset_of(study: Study, replicates: Sequence[Replicate | None]) -> "xarray.Dataset":
    """Records by name; dims: `repeat` if asked for, time, axes. A replicate that didn't run holds NaN."""
    import xarray

    done = [r for r in replicates if r is not None]
    names = time_names(study.system.records, study.plan)
    repeated = study.plan.repeat is not None
    variables: dict[str, Any] = {}
    coordinates: dict[str, Any] = {"repeat": np.arange(len(replicates))} if repeated else {}
    # Grids as they were written: passes rewrite conditions, and keep the order.
    for i, grid in enumerate(dict.fromkeys(r.grid for r in study.system.records)):
        if grid.timeless:
            continue
        name = names[grid]
        if grid.steps is None:
            most = max((int(r.due[i]) for r in done), default=0)
            coordinates[name] = np.arange(most)
            taken = [_padded(r.at[i], most) if r else np.full(most, -1) for r in replicates]
            variables[f"{name}_at"] = _variable((name,), [_when(t, study) for t in taken], repeated)
        else:
            coordinates[name] = times(grid.steps, study.plan)
    coordinates |= _stages(study, coordinates, names.values())
    for record in study.system.records:
        count = None if record.grid.timeless else len(coordinates[names[record.grid]])
        dims = [*([names[record.grid]] if count is not None else []), *(d.name for d in record.dimensions)]
        blank = np.full([*([count] if count is not None else []), *(len(d.labels) for d in record.dimensions)], np.nan)
        arrays = [blank if r is None else _taken(record, r, count) for r in replicates]
        variables[record.name] = (
            *_variable(tuple(dims), arrays, repeated),
            {"measure": record.measure, "declared": " ".join(record.span.text.split())},
        )
        coordinates |= {d.name: np.asarray(d.labels) for d in record.dimensions}
    for left in study.left:
        dims = [d.name for d in left.record.dimensions]
        variables[left.record.name] = _variable(tuple(dims), [_left(left, study, r) for r in replicates], repeated)
        coordinates |= {d.name: np.asarray(d.labels) for d in left.record.dimensions}
    return xarray.Dataset(variables, coordinates)


def _taken(record: Record, replicate: Replicate, count: int | None) -> Any:
    values = replicate.outs[record.name]
    return values[0] if count is None else values[:count]


def _left(left: Left, study: Study, replicate: Replicate | None) -> Any:
    """NaN where the run didn't come so far."""
    found = np.full([len(d.labels) for d in left.record.dimensions], np.nan)
    if replicate is None:
        return found
    if left.kind == "stopped":
        whole = replicate.step if replicate.stopped else np.inf
        return _when(np.array(float(replicate.ends.get(left.of, np.inf) if left.of else whole)), study)
    if left.kind == "pruned":
        assert replicate.pruned_at is not None
        return np.where(replicate.pruned_at < 0, np.inf, _when(replicate.pruned_at, study))
    for i, name in enumerate(study.plan.snapshots):
        if name in replicate.snapshots:
            held = replicate.snapshots[name][left.of].reshape(found.shape[1:])
            # One by one, as a record's kernel does it: NumPy's own `exp` differs in the last bits.
            found[i] = np.vectorize(exponential, otypes=[float])(held) if study.system.slots[left.of].log else held
    return found


def _stages(study: Study, coordinates: Mapping[str, Any], dims: Iterable[str]) -> dict[str, Any]:
    """Along each time dimension, the stage that a time belongs to: where one ends and another begins, the one that begins."""
    if not study.plan.stages:
        return {}
    begin = times(np.array([s.start for s in study.plan.stages]), study.plan)
    labels = np.array([s.name for s in study.plan.stages])
    return {
        "_".join(["stage", *dim.split("_")[1:]]): (dim, labels[np.searchsorted(begin, coordinates[dim], "right") - 1])
        for dim in dims
        if dim in coordinates
    }


def _when(steps: Any, study: Study) -> Any:
    return times(steps.astype(float), study.plan)


def _padded(values: Any, count: int) -> Any:
    return np.where(values[:count] < 0, np.nan, values[:count])


def _variable(dims: tuple[str, ...], arrays: Sequence[Any], repeated: bool) -> Any:
    return (("repeat", *dims), np.stack(arrays)) if repeated else (dims, arrays[0])


def provenance(
    texts: Mapping[str, str], hashes: Mapping[str, str], parameters: Mapping[str, Any], seed: int
) -> dict[str, Any]:
    """Attributes that say where a result came from: sources with imports, data hashes, parameters, seed, versions."""
    libraries = {name: version(name) for name in ("numpy", "numba", "xarray")}
    versions = {"nshed": __version__, "python": platform.python_version(), **libraries}
    return {
        "source": "\n".join(f"# --- {name}\n{text}" for name, text in texts.items()),
        "data_hashes": json.dumps(dict(hashes)),
        "parameters": json.dumps({k: float(v) if not isinstance(v, int) else v for k, v in parameters.items()}),
        "seed": seed,
        "versions": json.dumps(versions),
    }
