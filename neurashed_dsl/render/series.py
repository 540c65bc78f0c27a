"""What a plot shows of recorded arrays: which dimension runs along, which are lines, what becomes of repeats.

Arrays are `xarray.DataArray`s as `runtime` makes them: dimensions are swept parameters, `repeat`, `step` or `time`
(another grid's is `step_NAME`), then axes, levels, `input`, `other`, `class`. Infinite values and NaN are gaps.
"""

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import product
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from neurashed_dsl.render.escape import printable, shortened
from neurashed_dsl.values import frozen

if TYPE_CHECKING:
    from xarray import DataArray

Floats = npt.NDArray[np.float64]
MOST_LINES = 12
LARGEST = 1e300  # beyond, matplotlib's arithmetic on axes overflows
REPEAT = "repeat"


@frozen
class Line:
    """`middle` along `x`, in a band from `low` to `high` if there is something to average. All have shape [points]."""

    label: str
    x: Floats
    middle: Floats
    low: Floats | None = None
    high: Floats | None = None
    note: str = ""  # what middle and band are


@frozen
class Along:
    """A dimension as an axis of a picture: positions, and names for them if they aren't numbers."""

    name: str
    positions: Floats
    names: tuple[str, ...] | None = None


@contextmanager
def gaps_allowed() -> Iterator[None]:
    """The mean of nothing but gaps is a gap, without a warning."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore", RuntimeWarning)
        yield


def values(array: "DataArray") -> Floats:
    """Numbers that can be drawn; the others are NaN."""
    data = np.asarray(array.values, dtype=np.float64)
    return np.where(np.abs(data) <= LARGEST, data, np.nan)


def time_of(array: "DataArray") -> str | None:
    """The time dimension: `step`, `time`, `step_NAME`, `time_NAME`; swept parameters may be called so, too."""
    own = [str(d) for d in array.dims if d not in swept_dimensions(array)]
    return next((d for d in own if d.split("_")[0] in ("step", "time")), None)


def along(array: "DataArray", dimension: str) -> Along:
    size = array.sizes[dimension]
    name = dimension.split("_")[0] if dimension == time_of(array) else dimension  # each grid has a time of its own
    if dimension not in array.coords:
        return Along(name, np.arange(size, dtype=np.float64))
    data = np.asarray(array.coords[dimension].values)
    if np.issubdtype(data.dtype, np.number):
        return Along(name, data.astype(np.float64))
    return Along(name, np.arange(size, dtype=np.float64), tuple(printable(str(label)) for label in data))


def at_time(array: "DataArray", step: float | None) -> "DataArray":
    """The array without its time dimension: at the recorded step or time nearest to `step`, or at the last."""
    time = time_of(array)
    if time is None:
        return array
    if array.sizes[time] == 0:
        return array.sum(time) * np.nan
    if step is None:
        return array.isel({time: -1})
    return array.isel({time: int(np.abs(along(array, time).positions - step).argmin())})


def running_dimension(array: "DataArray", wanted: str | None) -> str | None:
    """What runs along x: the one asked for, else time, else the first dimension of numbers, else the first at all."""
    dimensions = [str(d) for d in array.dims if d != REPEAT]
    if wanted in dimensions:
        return wanted
    numeric = [d for d in dimensions if along(array, d).names is None]
    return next(iter([*filter(None, [time_of(array)]), *numeric, *dimensions]), None)


def band(data: Floats, axis: int, quantiles: tuple[float, float]) -> tuple[Floats, Floats | None, Floats | None]:
    """Mean, lower and upper end over one axis (the ends None if there is but one element)."""
    with gaps_allowed():
        middle = np.nanmean(data, axis=axis)
        if data.shape[axis] < 2:
            return middle, None, None
        low, high = np.nanquantile(data, quantiles, axis=axis)
    return middle, low, high


def swept_dimensions(array: "DataArray") -> list[str]:
    """The dimensions along which a sweep has its cells."""
    return [str(d) for d in array.dims if d in array.coords and "swept" in array.coords[d].attrs]


def some_cells(array: "DataArray", dimension: str) -> "tuple[DataArray, str]":
    """An array with few enough elements beside `dimension` for a line each, where it has cells of a sweep: these stay apart, if need be only some of
    them, evenly; the other elements are averaged. And what was done, in words."""
    others = [str(d) for d in array.dims if d not in (dimension, REPEAT)]
    swept = [d for d in swept_dimensions(array) if d != dimension]
    if not swept or prod(array.sizes[d] for d in others) <= MOST_LINES:
        return array, ""
    averaged = [d for d in others if d not in swept]
    with gaps_allowed():
        array = array.mean(averaged) if averaged else array
    cells = prod(array.sizes[d] for d in swept)
    most = int(MOST_LINES ** (1 / len(swept))) if cells > MOST_LINES else MOST_LINES
    places = {d: np.linspace(0, n - 1, min(most, n)).round().astype(int) for d in swept for n in [array.sizes[d]]}
    shown = array.isel(places)
    few = prod(shown.sizes[d] for d in swept)
    notes = [f"{few} of {cells:,} cells"] * (few < cells) + [f"mean over {', '.join(averaged)}"] * bool(averaged)
    return shown, "; ".join(notes)


def lines_of(array: "DataArray", name: str, x: str | None = None) -> tuple[Along, list[Line]]:
    """One line for each element of the further dimensions, if they are few: mean over the repeats, band from least to
    largest. If they are many: the mean of all, band from the 10 % to the 90 % quantile; but cells of a sweep stay apart."""
    dimension = running_dimension(array, x)
    if dimension is None:
        array, dimension = array.expand_dims("value", -1), "value"
    axis = along(array, dimension)
    array, left_out = some_cells(array, dimension)
    others = [str(d) for d in array.dims if d not in (dimension, REPEAT)]
    ordered = array.transpose(*([REPEAT] if REPEAT in array.dims else []), *others, dimension)
    data = values(ordered).reshape(array.sizes.get(REPEAT, 1), -1, array.sizes[dimension])
    if data.shape[1] > MOST_LINES:
        middle, low, high = band(data.reshape(-1, data.shape[2]), 0, (0.1, 0.9))
        note = f"mean of {data.shape[1]:,}{f' in {data.shape[0]} repeats' * (data.shape[0] > 1)}, with 10 % and 90 %"
        return axis, [Line(printable(name), axis.positions, middle, low, high, note)]
    middle, low, high = band(data, 0, (0.0, 1.0))
    repeats = f"mean of {data.shape[0]} repeats, with least and largest" * (data.shape[0] > 1)
    note = "\n".join(filter(None, [repeats, left_out]))
    labels = [element_label(name, array, others, place) for place in product(*(range(array.sizes[d]) for d in others))]
    return axis, [
        Line(label, axis.positions, middle[i], None if low is None else low[i], None if high is None else high[i], note)
        for i, label in enumerate(labels)
    ]


def rows_of(array: "DataArray", x: str | None, step: float | None, most: int) -> tuple["DataArray", str, list[str]]:
    """(array, what runs along x, what tells its rows apart) of values along an axis: `x`, or the last dimension.

    Rows are the recorded times; in a sweep, its cells at `step` or at the last time; of an array without time, the elements
    of all further dimensions. What is neither is averaged, but the repeats are kept.
    """
    swept = swept_dimensions(array)
    if (swept or step is not None) and x != time_of(array):
        array = at_time(array, step)
    time = time_of(array)
    left = [str(d) for d in array.dims if d not in (REPEAT, time)]
    along_x = x if x in array.dims else left[-1] if left else time
    if along_x is None:
        return array.expand_dims("value", -1), "value", []
    left = [d for d in left if d != along_x]
    rows = [d for d in left if d in swept] if swept else [time] if time not in (None, along_x) else left
    array, rows = fewer(array, rows, most)
    with gaps_allowed():
        array = array.mean([str(d) for d in array.dims if d not in (along_x, REPEAT, *rows)])
    return array, along_x, rows


def fewer(array: "DataArray", rows: list[str], most: int) -> tuple["DataArray", list[str]]:
    """At most `most` rows: names are left out of `rows`, numbers are thinned, the longest dimension first."""
    while (count := int(np.prod([array.sizes[d] for d in rows]))) > most:
        named = [d for d in rows if along(array, d).names]
        rows = [d for d in rows if d not in named]
        if not named:
            longest = max(rows, key=lambda d: array.sizes[d])
            size = array.sizes[longest]
            array = thinned(array, longest, max(most * size // count, size // 2))
    return array, rows


def thinned(array: "DataArray", dimension: str, most: int) -> "DataArray":
    """At most `most` elements along a dimension, evenly, the first and the last among them."""
    size = array.sizes[dimension]
    if size <= most:
        return array
    stride = even_stride(size, most)
    spots = range(0, size, stride) if (size - 1) % stride == 0 else np.linspace(0, size - 1, most).round().astype(int)
    return array.isel({dimension: spots})


def even_stride(size: int, most: int) -> int:
    """Steps by which at most `most` of `size` places are met: the shortest, or one up to twice as long that ends at the last."""
    least = max(-(-(size - 1) // max(most - 1, 1)), 1)
    return next((s for s in range(least, 2 * least + 1) if (size - 1) % s == 0), least)


def element_label(name: str, array: "DataArray", dimensions: Sequence[str], place: Sequence[int]) -> str:
    """`mi[b1]`, `mi[noise: 0.1]`."""
    texts = []
    for dimension, index in zip(dimensions, place):
        axis = along(array, dimension)
        texts.append(shortened(axis.names[index], 24) if axis.names else f"{axis.name}: {axis.positions[index]:.6g}")
    return printable(name) + (f"[{', '.join(texts)}]" if texts else "")


def grid_of(
    array: "DataArray", x: str | None, y: str | None, step: float | None
) -> tuple[Along, Along, Floats, tuple[str, ...]]:
    """(x, y, values [y, x], averaged dimensions). Time stands at `step`, or at the last, unless it is x or y, or is
    needed as one; dimensions that are neither x nor y are averaged."""
    time = time_of(array)
    free = [str(d) for d in array.dims if d != REPEAT and d != time]
    if time is not None and time not in (x, y) and (len(free) >= 2 or step is not None):
        array = at_time(array, step)
    x, y = _two_dimensions([str(d) for d in array.dims if d != REPEAT], time, x, y)
    for name in (y, x):
        if name not in array.dims:
            array = array.expand_dims(name, -1)  # " ", "  ": nothing runs along it
    averaged = tuple(str(d) for d in array.dims if d not in (x, y))
    ordered = array.transpose(*averaged, y, x)
    data = values(ordered).reshape(-1, array.sizes[y], array.sizes[x])
    return along(array, x), along(array, y), band(data, 0, (0.0, 1.0))[0], averaged


def _two_dimensions(dimensions: list[str], time: str | None, x: str | None, y: str | None) -> tuple[str, str]:
    """x: the one asked for, time, or the last; y: the one asked for, or the first that is left (rows of a matrix)."""
    left = [d for d in dimensions if d not in (x, y)]
    if x not in dimensions:
        x = time if time in left else left[-1] if left else " "
        left = [d for d in left if d != x]
    if y not in dimensions:
        y = left[0] if left else "  "
    return x, y


def spread(arrays: Sequence[Floats]) -> Any:
    """(least, largest) of all that can be drawn, or None if there is nothing."""
    found = [a[np.isfinite(a)] for a in arrays]
    whole = np.concatenate([np.ravel(a) for a in found]) if found else np.empty(0)
    return (float(whole.min()), float(whole.max())) if whole.size else None
