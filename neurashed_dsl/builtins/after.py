"""Functions of what was recorded: `last(x)`, `first_step(c)`, `slope(x)`. They take and give labelled arrays, or plain numbers.

Each row says which dimensions go: "time" the time dimension (all but `repeat` where there is none), "all" every one but `repeat`, "none" none,
"rivals" the last but one beside time, "pairs" the last two; these two are handed the time dimension before them.
A missing value (a run that stopped early) is passed over.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np

nan, inf = float("nan"), float("inf")


class Option(NamedTuple):
    """A number by name: where it must lie, and whether it must be whole, or given."""

    least: float = 0
    most: float = 10**6
    whole: bool = True
    required: bool = False


def _any_options(options: Mapping[str, float], count: int | None) -> str:
    return ""


def _no_doubt(x: Any, dims: tuple[str, ...], options: Mapping[str, Any]) -> str:
    return ""


class After(NamedTuple):
    """`apply(x, dims, options)`: `dims` are the dimensions to remove. `fault(options, count)`: what is wrong with the options together, at so many
    times (None: not known before the run), or "". `doubt(x, dims, options)`: why a value is missing, or "". `empty`: the value where nothing was
    recorded, if `apply` doesn't know it."""

    goes: str
    apply: Callable[[Any, tuple[str, ...], Mapping[str, Any]], Any]
    options: Mapping[str, Option] = {}
    fault: Callable[[Mapping[str, float], int | None], str] = _any_options
    doubt: Callable[[Any, tuple[str, ...], Mapping[str, Any]], str] = _no_doubt
    empty: float | None = None


def _end(which: int) -> Callable[..., Any]:
    def pick(x: Any, dims: tuple[str, ...], options: Mapping[str, Any]) -> Any:
        (time,) = dims
        known = x.notnull()
        at = (
            known.argmax(time)
            if which == 0
            else x.sizes[time] - 1 - known.isel({time: slice(None, None, -1)}).argmax(time)
        )
        return x.isel({time: at}).drop_vars(time, errors="ignore")

    return pick


def _reduce(name: str) -> Callable[..., Any]:
    def reduce(x: Any, dims: tuple[str, ...], options: Mapping[str, Any]) -> Any:
        return getattr(x, name)(dims) if dims else x

    return reduce


def _argmax(x: Any, dims: tuple[str, ...], options: Mapping[str, Any]) -> Any:
    (time,) = dims
    return x.idxmax(time)


def _at(x: Any, dims: tuple[str, ...], options: Mapping[str, Any]) -> Any:
    (time,) = dims
    return x.sel({time: options.get("step", options.get("time"))}, method="nearest", drop=True)


def _bad_at(options: Mapping[str, float], count: int | None) -> str:
    return "" if len(options) == 1 else "`at` takes a `step:` or a `time:`, one of them"


def _slope(x: Any, dims: tuple[str, ...], options: Mapping[str, Any]) -> Any:
    (time,) = dims
    known = x[time].where(x.notnull())
    t = known - known.mean(time)
    return (t * (x - x.mean(time))).sum(time) / (t * t).sum(time)


def _first_step(x: Any, dims: tuple[str, ...], options: Mapping[str, Any]) -> Any:
    (time,) = dims
    held = _held(x)
    first = x[time].isel({time: held.argmax(time)}).astype(float)
    return first.where(held.any(time), np.inf).drop_vars(time, errors="ignore")


def _count(x: Any, dims: tuple[str, ...], options: Mapping[str, Any]) -> Any:
    return _held(x).sum(dims)


def _held(x: Any) -> Any:
    """Where it is true, and not missing."""
    return (x != 0) & x.notnull()


def _any(x: Any, dims: tuple[str, ...], options: Mapping[str, Any]) -> Any:
    return _known(x, _held(x).any(dims), dims)


def _all(x: Any, dims: tuple[str, ...], options: Mapping[str, Any]) -> Any:
    return _known(x, (_held(x) | x.isnull()).all(dims), dims)


def _known(x: Any, truth: Any, dims: tuple[str, ...]) -> Any:
    """The truth, missing where all that it is made of is."""
    unknown = x.isnull().all(dims) & all(x.sizes[d] for d in dims)
    return truth.where(~unknown) if bool(unknown.any()) else truth


def _savgol(x: Any, dims: tuple[str, ...], options: Mapping[str, Any]) -> Any:
    """Savitzky–Golay: a polynomial of `order` by least squares in a window, its `derivative` at the middle (at the ends: of the end's window)."""
    (time,) = dims
    return _smooth(
        x, time, int(options.get("window", 11)), int(options.get("order", 2)), int(options.get("derivative", 0))
    )


def _rank_of_winner(x: Any, dims: tuple[str, ...], options: Mapping[str, Any]) -> Any:
    """How many rivals stand above the one that stands highest in the end, over the number of rivals: 0 first. NaN where all end alike."""
    time, rivals = dims
    end = _end(-1)(x, (time,), {})
    winner = end.fillna(-inf).argmax(rivals)
    rank = (x > x.isel({rivals: winner})).sum(rivals) / x.sizes[rivals]
    return rank.where(end.max(rivals) > end.min(rivals)).drop_vars(rivals, errors="ignore")


def _mean_rank(x: Any, dims: tuple[str, ...], options: Mapping[str, Any]) -> Any:
    """The mean of `_rank_of_winner` over what they stand for."""
    time, rivals, sought = dims
    return _rank_of_winner(x, (time, rivals), options).mean(sought)


def _bad_savgol(options: Mapping[str, float], count: int | None) -> str:
    window, order, derivative = (options.get(n, d) for n, d in (("window", 11), ("order", 2), ("derivative", 0)))
    if count is not None and window > count:
        return f"`window` ({window:g}) is longer than what was recorded, {count} times"
    if order >= window:
        return f"`order` ({order:g}) must be below `window` ({window:g})"
    return f"`derivative` ({derivative:g}) can't exceed `order` ({order:g})" if derivative > order else ""


def _smooth(x: Any, time: str, window: int, order: int, derivative: int) -> Any:
    import math

    axis = x.get_axis_num(time)
    t = np.asarray(x[time], float)
    values = np.moveaxis(np.asarray(x, float), axis, 0)
    half, n = window // 2, len(t)
    out = np.empty_like(values)
    for i in range(n):
        low = min(max(0, i - half), max(0, n - window))
        part = slice(low, min(n, low + window))
        # In units of the window: powers of steps in the thousands would leave no digits.
        unit = float(np.abs(t[part] - t[i]).max()) or 1.0
        fit = np.linalg.pinv(np.vander((t[part] - t[i]) / unit, order + 1, increasing=True))
        out[i] = math.factorial(derivative) / unit**derivative * np.tensordot(fit[derivative], values[part], 1)
    return x.copy(data=np.moveaxis(out, 0, axis))


MOMENT = Option(most=2**62, whole=False)


def _late(x: Any, time: str, options: Mapping[str, Any]) -> Any:
    """x from `start` on, by default in the later half of the run; never at time 0, which has no logarithm."""
    t = x[time]
    start = options.get("start", float(t[-1]) / 2)
    return x.where((t >= start) & (t > 0))


def _tail_index(x: Any, dims: tuple[str, ...], options: Mapping[str, Any]) -> Any:
    """r of a rate that falls as t^(-r), of its integral x ~ t^(1 - r): 1 minus the slope of log x against log t."""
    (time,) = dims
    late = _late(x, time, options)
    y = np.log(late.where(late > 0))
    u = np.log(late[time].where(late[time] > 0)).where(y.notnull())
    u = u - u.mean(time)
    slope = (u * (y - y.mean(time))).sum(time) / (u * u).sum(time)
    return (1 - slope).where(~(late <= 0).any(time))


def _not_positive(x: Any, dims: tuple[str, ...], options: Mapping[str, Any]) -> str:
    (time,) = dims
    late = _late(x, time, options)
    low = (late <= 0).any([d for d in late.dims if d != time])
    if not bool(low.any()):
        return ""
    when, least = float(late[time][int(low.argmax(time))]), float(late.min())
    return f"a tail index needs an integral above 0, and from {time} {when:g} on it is as low as {least:.3g}"


AFTER: dict[str, After] = {
    "first": After("time", _end(0), empty=nan),
    "last": After("time", _end(-1), empty=nan),
    "max": After("time", _reduce("max"), empty=nan),
    "min": After("time", _reduce("min"), empty=nan),
    "mean": After("time", _reduce("mean"), empty=nan),
    "std": After("time", _reduce("std"), empty=nan),
    "sum": After("time", _reduce("sum")),
    "all": After("all", _all),
    "any": After("all", _any),
    "count": After("all", _count),
    "argmax": After("time", _argmax, empty=nan),
    "at": After("time", _at, {"step": MOMENT, "time": MOMENT}, fault=_bad_at, empty=nan),
    "tail_index": After("time", _tail_index, {"start": MOMENT}, doubt=_not_positive, empty=nan),
    "slope": After("time", _slope, empty=nan),
    "first_step": After("time", _first_step, empty=inf),
    "rank_of_winner": After("rivals", _rank_of_winner, empty=nan),
    "mean_rank": After("pairs", _mean_rank, empty=nan),
    "savgol": After(
        "none",
        _savgol,
        {"window": Option(least=1), "order": Option(most=20), "derivative": Option(most=20)},
        fault=_bad_savgol,
    ),
}
TIME_ONLY = (*"first last argmax at slope first_step savgol tail_index rank_of_winner mean_rank".split(),)
