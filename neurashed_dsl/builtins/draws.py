"""One row for each distribution: its parameters, how NumPy draws it, its mean, its kernel text. Everybody reads these
rows.

The numbers of record are those of a NumPy Generator asked for one number after another: `sample` of n numbers takes
from the stream exactly what n calls of `kernel` take.
"""

import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from neurashed_dsl.ir.expr import Apply, Const, Expr

inf = math.inf
nan = math.nan


class Parameter(NamedTuple):
    """`default` None: it must be given."""

    name: str
    default: float | None = None


class Distribution(NamedTuple):
    """`fault(args)` says in words what is wrong with numbers as arguments, or ''; `least(args)` is the lowest value
    that can be drawn. `kernel` is text over `z`, a standard normal number within ± the third argument if there is one,
    `u`, a uniform one of [0, 1), or `rng`, the Generator; only the first two can be drawn in vector lanes. `sound` is the text of what must hold of
    arguments that only the run knows: where it doesn't, NaN is drawn.
    """

    parameters: tuple[Parameter, ...]
    sample: Callable[["np.random.Generator", Sequence[Any], Any], npt.NDArray[np.float64]]
    mean: Callable[[Sequence[Expr]], Expr]
    kernel: str
    fault: Callable[..., str]
    least: Callable[..., float]
    sound: str = "True"


def _normal(rng: "np.random.Generator", args: Sequence[Any], size: Any) -> npt.NDArray[np.float64]:
    mean, sd, clip = args
    if not clip >= 1e-4:
        return np.full(size, nan) if size is not None else np.asarray(nan)
    z = rng.standard_normal(size)
    flat = z.reshape(-1)
    # Asking for as many as are still missing never draws beyond the last one kept: the stream is that of single calls.
    kept = flat[np.abs(flat) <= clip]
    while len(kept) < len(flat):
        more = rng.standard_normal(len(flat) - len(kept))
        kept = np.concatenate([kept, more[np.abs(more) <= clip]])
    return np.asarray(mean + sd * kept.reshape(z.shape), np.float64)


def _uniform(rng: "np.random.Generator", args: Sequence[Any], size: Any) -> npt.NDArray[np.float64]:
    return np.asarray(rng.uniform(args[0], args[1], size), np.float64)


def _exponential(rng: "np.random.Generator", args: Sequence[Any], size: Any) -> npt.NDArray[np.float64]:
    return np.asarray(rng.standard_exponential(size) / args[0], np.float64)


def _lognormal(rng: "np.random.Generator", args: Sequence[Any], size: Any) -> npt.NDArray[np.float64]:
    return np.asarray(rng.lognormal(args[0], args[1], size), np.float64)


def _bernoulli(rng: "np.random.Generator", args: Sequence[Any], size: Any) -> npt.NDArray[np.float64]:
    return np.asarray(rng.random(size) < args[0], np.float64)


def _choice(rng: "np.random.Generator", args: Sequence[Any], size: Any) -> npt.NDArray[np.float64]:
    return np.asarray(np.floor(rng.random(size) * args[0]), np.float64)


def _poisson(rng: "np.random.Generator", args: Sequence[Any], size: Any) -> npt.NDArray[np.float64]:
    return np.asarray(rng.poisson(args[0], size), np.float64)


def _bad_normal(mean: float, sd: float, clip: float) -> str:
    if sd < 0:
        return "`sd` must not be negative"
    # Below this, more than 10^4 numbers would be thrown away for each one kept.
    return "" if clip >= 1e-4 else "`clip` must be at least 0.0001"


def _least_normal(mean: float, sd: float, clip: float) -> float:
    return mean - (sd * clip if sd else 0.0)


def _bad_uniform(lo: float, hi: float) -> str:
    return "`lo` must not exceed `hi`" if lo > hi else ""


def _bad_rate(rate: float) -> str:
    return "" if rate > 0 else "`rate` must be above 0"


def _bad_sigma(mu: float, sigma: float) -> str:
    return "`sigma` must not be negative" if sigma < 0 else ""


def _bad_share(p: float) -> str:
    return "" if 0 <= p <= 1 else "`p` must lie in 0..1"


def _bad_count(rate: float) -> str:
    return "" if 0 <= rate <= 1e15 else "`rate` must lie in 0..1e15"


def _zero(*args: float) -> float:
    return 0.0


def _middle(args: Sequence[Expr]) -> Expr:
    return Apply("/", (Apply("+", (args[0], args[1])), Const(2)))


def _middle_position(args: Sequence[Expr]) -> Expr:
    return Apply("/", (Apply("-", (args[0], Const(1))), Const(2)))


def _mean_lognormal(args: Sequence[Expr]) -> Expr:
    return Apply("exp", (Apply("+", (args[0], Apply("/", (Apply("*", (args[1], args[1])), Const(2))))),))


def _parameters(words: str) -> tuple[Parameter, ...]:
    return tuple(Parameter(word) for word in words.split())


DISTRIBUTIONS: dict[str, Distribution] = {
    "normal": Distribution(
        (Parameter("mean"), Parameter("sd"), Parameter("clip", inf)),
        _normal,
        lambda args: args[0],
        "{0} + {1} * z",
        _bad_normal,
        _least_normal,
        "{1} >= 0.0",
    ),
    "uniform": Distribution(
        _parameters("lo hi"), _uniform, _middle, "{0} + ({1} - {0}) * u", _bad_uniform, lambda lo, hi: lo, "{0} <= {1}"
    ),
    "exponential": Distribution(
        _parameters("rate"),
        _exponential,
        lambda args: Apply("/", (Const(1.0), args[0])),
        "rng.standard_exponential() / {0}",
        _bad_rate,
        _zero,
        "{0} > 0.0",
    ),
    "lognormal": Distribution(
        _parameters("mu sigma"), _lognormal, _mean_lognormal, "math.exp({0} + {1} * z)", _bad_sigma, _zero, "{1} >= 0.0"
    ),
    "bernoulli": Distribution(
        _parameters("p"),
        _bernoulli,
        lambda args: args[0],
        "(1.0 if u < {0} else 0.0)",
        _bad_share,
        _zero,
        "0.0 <= {0} <= 1.0",
    ),
    "poisson": Distribution(
        _parameters("rate"),
        _poisson,
        lambda args: args[0],
        "float(rng.poisson({0}))",
        _bad_count,
        _zero,
        "0.0 <= {0} <= 1e15",
    ),
    # Of an axis: `args` is its size, what is drawn a position.
    "choice": Distribution(
        _parameters("axis"), _choice, _middle_position, "math.floor(u * {0})", lambda size: "", _zero
    ),
}
