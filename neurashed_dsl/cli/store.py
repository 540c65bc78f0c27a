"""Results on disk, NetCDF4."""

from pathlib import Path
from typing import TYPE_CHECKING

from neurashed_dsl.cli import errors
from neurashed_dsl.diagnostics import NshedError
from neurashed_dsl.runtime.files import replacing

if TYPE_CHECKING:
    import xarray as xr

HDF5 = b"\x89HDF\r\n\x1a\n"


def save(result: "xr.Dataset", file: Path) -> None:
    with replacing(file) as draft:
        result.to_netcdf(draft, engine="h5netcdf")


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
