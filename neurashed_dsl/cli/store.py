"""Results on disk, NetCDF4."""

import hashlib
import io
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from neurashed_dsl.cli import errors
from neurashed_dsl.diagnostics import NshedError
from neurashed_dsl.runtime.files import replacing
from neurashed_dsl.runtime.kept import cells_folder
from neurashed_dsl.syntax.decode import HDF5

if TYPE_CHECKING:
    import xarray as xr


def save(result: "xr.Dataset", file: Path) -> bool:
    """Write a result, unless the file is as it was left when the same was written to it. Was it written?"""
    mark, note = fingerprint(result), cells_folder(file.parent) / f"{file.stem}.written"
    with suppress(OSError):
        if note.read_text("utf-8") == f"{mark} {_stamp(file)}":
            return False
    with replacing(file) as draft:
        draft.write_bytes(in_netcdf(result))
    with replacing(note) as draft:
        draft.write_text(f"{mark} {_stamp(file)}", "utf-8")
    return True


def in_netcdf(result: "xr.Dataset") -> memoryview:
    """What the file will hold, in memory, where there must be room for it twice: HDF5 itself takes the process down with it where a disk is full."""
    from h5netcdf import File
    from xarray.backends import H5NetCDFStore

    held = io.BytesIO()
    store: Any = H5NetCDFStore(File(held, "w"))
    result.dump_to_store(store)
    store.close()
    return held.getbuffer()


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
        raise damaged(file, reason) from error


def damaged(file: Path, reason: str) -> NshedError:
    return NshedError([errors.DAMAGED_RESULT.at(None, file=file, reason=reason)])
