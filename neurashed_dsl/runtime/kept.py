"""Finished cells of a sweep on disk, so that a run that was killed goes on where it was: `DIR/.cells/KEY.npz`, there whole or not at all.
An experiment without a sweep is a cell, too, kept under its name: of it the last run stays.

`DIR/.cells/EXPERIMENT.json` names the cells in their order, `EXPERIMENT.state.json` says which failed, which are running, and when that was last
true: what `nshed show DIR` reads, also while the sweep runs.
"""

import json
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zipfile import BadZipFile

import numpy as np

from neurashed_dsl.ir.plan import Sweep, Swept
from neurashed_dsl.runtime.files import replacing
from neurashed_dsl.values import frozen

if TYPE_CHECKING:
    import xarray

BEAT = 2.0  # seconds between two states; one of three times that age is nobody's
OLD_DRAFT = 3600.0  # seconds after which a half-written file is no other run's


@frozen
class State:
    """What the files of a sweep say. `running` is empty where nobody runs it."""

    experiment: str
    sweep: Sweep
    done: frozenset[int]
    failed: Mapping[int, str]
    running: frozenset[int]


def cells_folder(out: Path) -> Path:
    return out / ".cells"


def load_cell(folder: Path, key: str, name: str = "") -> "xarray.Dataset | None":
    """A finished cell; None where there is none, or none that can be read. `name`: of its file, if that isn't the key."""
    import xarray

    file = cell_file(folder, name or key)
    if not file.exists():
        return None
    try:
        with file.open("rb") as opened, np.load(opened, allow_pickle=False) as held:
            told = json.loads(str(held["told"]))
            if told["key"] != key:
                return None
            variables = {n: (dims, held[str(i)], attrs) for i, (n, dims, attrs) in enumerate(told["variables"])}
    except (OSError, ValueError, KeyError, TypeError, BadZipFile):
        return None
    return xarray.Dataset(variables, attrs=told["attributes"]).set_coords(told["coordinates"])


def save_cell(folder: Path, key: str, dataset: "xarray.Dataset", name: str = "") -> None:
    """Arrays as they are: NetCDF takes a hundred times as long, which for a small cell is longer than to run it."""
    arrays = {str(i): _plain(v.values) for i, v in enumerate(dataset.variables.values())}
    variables = [(str(n), [str(d) for d in v.dims], dict(v.attrs)) for n, v in dataset.variables.items()]
    coordinates, attributes = list(map(str, dataset.coords)), {str(n): v for n, v in dataset.attrs.items()}
    whole = {"key": key, "variables": variables, "coordinates": coordinates, "attributes": attributes}
    told = json.dumps(whole, ensure_ascii=False)
    with replacing(cell_file(folder, name or key)) as draft:
        np.savez(draft, told=np.array(told), **arrays)


def cell_file(folder: Path, key: str) -> Path:
    return folder / f"{key}.npz"


def _plain(values: Any) -> Any:
    return values.astype(str) if values.dtype.kind == "O" else values


# --- the state of a sweep -------------------------------------------------------------------------------------------------


def announce(folder: Path, experiment: str, sweep: Sweep, keys: Sequence[str]) -> None:
    """Say which cells there will be. What a killed run left half-written goes."""
    folder.mkdir(parents=True, exist_ok=True)
    for draft in folder.glob(".*"):
        if time.time() - draft.stat().st_mtime > OLD_DRAFT:
            draft.unlink(missing_ok=True)
    axes = [{name: values.tolist() for name, values in axis.values.items()} for axis in sweep.axes]
    _write(folder / f"{experiment}.json", {"experiment": experiment, "axes": axes, "keys": list(keys)})


def tell_state(folder: Path, experiment: str, failed: Mapping[int, str], running: Iterable[int]) -> None:
    told = {"failed": {str(i): message for i, message in failed.items()}, "running": list(running), "at": time.time()}
    _write(folder / f"{experiment}.state.json", told)


def _write(file: Path, value: Mapping[str, Any]) -> None:
    with replacing(file) as draft:
        draft.write_text(json.dumps(value, ensure_ascii=False), encoding="utf-8")


def states(out: Path) -> list[State]:
    """The sweeps of a folder of results. Files that are no sweep's are passed over."""
    folder = cells_folder(out)
    files = sorted(file for file in folder.glob("*.json") if not file.name.endswith(".state.json"))
    return [state for state in (_state(folder, file) for file in files) if state is not None]


def _state(folder: Path, file: Path) -> State | None:
    try:
        said = json.loads(file.read_text("utf-8"))
        sweep = Sweep(tuple(Swept({n: np.array(v) for n, v in axis.items()}) for axis in said["axes"]))
        done = frozenset(i for i, key in enumerate(said["keys"]) if cell_file(folder, key).exists())
        now = folder / f"{said['experiment']}.state.json"
        told: dict[str, Any] = (
            json.loads(now.read_text("utf-8")) if now.exists() else {"failed": {}, "running": [], "at": 0}
        )
        alive = time.time() - told["at"] < 3 * BEAT
        failed = {int(i): str(message) for i, message in told["failed"].items() if int(i) not in done}
        running = frozenset(told["running"] if alive else ()) - done
        return State(said["experiment"], sweep, done, failed, running)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
