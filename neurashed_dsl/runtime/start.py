"""The state at step 0: each slot filled by its `Fill`s, in order, later ones winning."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import numpy as np
import numpy.typing as npt

from neurashed_dsl.builtins.draws import DISTRIBUTIONS
from neurashed_dsl.diagnostics import Span
from neurashed_dsl.ir.evaluate import MEMORY, Memory, bindings, closure, evaluate
from neurashed_dsl.ir.expr import Expr, arrays, free
from neurashed_dsl.ir.stepping import fill_let
from neurashed_dsl.ir.system import Fill, Slot, System
from neurashed_dsl.runtime.beyond import beyond

Stream = Callable[[str], np.random.Generator]
Start = npt.NDArray[np.float64] | npt.NDArray[np.int64]


def starts_of(system: System, memory: Memory, stream: Stream) -> dict[str, Start]:
    """All slots at step 0. What a start reads (constants, other starts) is worked out before it, into `memory`."""
    lets = {x.name: x for x in system.hoisted}
    found: dict[str, Start] = {}

    def need(name: str) -> None:
        if name in memory.arrays:
            return
        if name in lets:
            supply([lets[name].expr])
            with _told(lets[name].span):
                fill_let(lets[name], memory, {"step": 0})
        elif name in system.slots:
            supply([a for fill in system.slots[name].start for a in fill.args])
            with _told(system.slots[name].span):
                memory.arrays[name] = found[name] = start_of(system.slots[name], system, memory, stream)

    def supply(exprs: Sequence[Expr]) -> None:
        for name in sorted(set().union(*map(arrays, exprs)) if exprs else set()):
            need(name)

    for name in system.slots:
        need(name)
    return {name: found[name] for name in system.slots}


@contextmanager
def _told(span: Span) -> Iterator[None]:
    try:
        yield
    except IndexError:
        raise beyond(span, "the start") from None


def start_of(
    slot: Slot, system: System, memory: Memory, stream: Stream
) -> npt.NDArray[np.float64] | npt.NDArray[np.int64]:
    """The slot's array at step 0; a slot without axes has one element. A draw is made for the whole array, whatever part of it is used."""
    shape = tuple(system.axes[a].size for a in slot.axes) or (1,)
    values = np.zeros(shape)
    for fill in slot.start:
        new = _drawn(fill, shape, memory, stream) if fill.distribution else _given(fill, shape, memory)
        if fill.where is None:
            values[...] = new
        else:
            values[fill.where] = new[fill.where]
    if slot.log:
        with np.errstate(divide="ignore", invalid="ignore"):
            values = np.log(values)
    return values.astype(np.int64) if slot.kind == "int" else values


def _given(fill: Fill, shape: tuple[int, ...], memory: Memory) -> npt.NDArray[np.float64]:
    (expr,) = fill.args
    if not fill.binders:
        return np.full(shape, float(evaluate(expr, {}, memory)))
    body = closure(expr)
    found = [float(body(env)) for env in bindings(fill.binders)({MEMORY: memory, "step": 0})]
    return np.array(found).reshape(shape)


def _drawn(fill: Fill, shape: tuple[int, ...], memory: Memory, stream: Stream) -> npt.NDArray[np.float64]:
    assert fill.distribution is not None
    row, rng = DISTRIBUTIONS[fill.distribution], stream(fill.stream)
    args = [closure(a) for a in fill.args]
    if not any(free(a) for a in fill.args):
        return row.sample(rng, [a({MEMORY: memory}) for a in args], shape)
    each = [row.sample(rng, [a(env) for a in args], (1,)) for env in bindings(fill.binders)({MEMORY: memory})]
    return np.array(each, np.float64).reshape(shape)
