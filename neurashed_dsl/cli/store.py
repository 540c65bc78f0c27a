"""Results on disk, NetCDF4."""

import hashlib
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from neurashed_dsl.cli import errors
from neurashed_dsl.diagnostics import NshedError
from neurashed_dsl.runtime.files import replacing
from neurashed_dsl.runtime.kept import cells_folder

if TYPE_CHECKING:
    import xarray as xr

HDF5 = b"\x89HDF\r\n\x1a\n"


def save(result: "xr.Dataset", file: Path) -> bool:
    """Write a result, unless the file is as it was left when the same was written to it. Was it written?"""
    mark, note = fingerprint(result), cells_folder(file.parent) / f"{file.stem}.written"
    with suppress(OSError):
        if note.read_text("utf-8") == f"{mark} {_stamp(file)}":
            return False
    with replacing(file) as draft:
        result.to_netcdf(draft, engine="h5netcdf")
    with replacing(note) as draft:
        draft.write_text(f"{mark} {_stamp(file)}", "utf-8")
    return True


def fingerprint(result: "xr.Dataset") -> str:
    """A hash of all that a result holds, but for the command that made it: another one may come to the same."""
    told = sorted((name, repr(value)) for name, value in result.attrs.items() if name != "command")
    digest = hashlib.sha256(repr(told).encode())
    for name in sorted(result.variables, key=str):
        array = result.variables[name]
        digest.update(repr([name, name in result.coords, array.dims, array.dtype, array.attrs]).encode())
        digest.update(repr(array.values.tolist()).encode() if array.dtype.kind == "O" else array.values.tobytes())
    return digest.hexdigest()


def _stamp(file: Path) -> str:
    about = file.stat()
    return f"{about.st_size} {about.st_mtime_ns}"


def read(file: Path) -> "xr.Dataset":
    """The whole result, in memory. Raises NshedError if it is none, OSError if it can't be read."""
    import xarray

    with file.open("rb") as opened:
        start = opened.read(len(HDF5))
    if start != HDF5:
        raise NshedError([errors.NOT_A_RESULT.at(None, file=file)])
    try:
        with xarray.open_dataset(file, engine="h5netcdf", decode_times=False) as result:
            return result.load()
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        reason = (str(error) or type(error).__name__).splitlines()[0]
        raise NshedError([errors.DAMAGED_RESULT.at(None, file=file, reason=reason)]) from error
