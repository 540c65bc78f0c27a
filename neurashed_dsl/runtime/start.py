"""The state at step 0: each slot filled by its `Fill`s, in order, later ones winning; by the evaluator, or by a kernel where there is much to do."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from neurashed_dsl.backend.kernel import load
from neurashed_dsl.backend.write import write_starts
from neurashed_dsl.builtins.draws import DISTRIBUTIONS, Distribution
from neurashed_dsl.diagnostics import Kind, NshedError, Span
from neurashed_dsl.ir.circles import needed, together
from neurashed_dsl.ir.evaluate import MEMORY, Memory, bindings, closure, evaluate
from neurashed_dsl.ir.expr import arrays, free
from neurashed_dsl.ir.starts import Stage, read_by, stages_of, work_of
from neurashed_dsl.ir.stepping import fill_lets
from neurashed_dsl.ir.system import Fill, Slot, System
from neurashed_dsl.runtime.beyond import beyond
from neurashed_dsl.runtime.bind import Arrays, Built, run_kernel, scratch_of

Stream = Callable[[str], np.random.Generator]
Start = npt.NDArray[np.float64] | npt.NDArray[np.int64]
BAD_START = Kind("bad-start-draw", "no numbers can be drawn for this start: {fault}", "as the run begins")
MUCH = 2_000_000  # subexpressions: the evaluator takes as long for them as numba for a kernel


class BadDraw(ValueError):
    """The arguments of a draw are none of its distribution."""


def starts_kernel(system: System, replicates: int) -> Built | None:
    """A kernel for the starts of so many replicates, if that ends sooner. The numbers are the same."""
    if work_of(system) * replicates < MUCH:
        return None
    whole, kernel = write_starts(system)
    return Built(whole, kernel, load(kernel.own, f"{system.name}_starts", kernel.shared), dict(system.relations))


def starts_of(system: System, memory: Memory, stream: Stream, kernel: Built | None = None) -> dict[str, Start]:
    """All slots at step 0. What a start reads (constants, other starts) is worked out before it, into `memory`."""
    found: dict[str, Start] = {}
    for k, stage in enumerate(stages_of(system)):
        given = _by_kernel(k, system, kernel, found) if kernel is not None else {}
        memory.arrays |= given
        _fill_lets(stage, given, memory)
        for slot in stage.slots:
            with _told(slot.span):
                found[slot.name] = start_of(slot, system, memory, stream)
        memory.arrays |= found
    return {name: found[name] for name in system.slots}


def _by_kernel(stage: int, system: System, kernel: Built, found: Mapping[str, Start]) -> dict[str, npt.NDArray[Any]]:
    """The stage's lets that are arrays, and starts as `start of …`. Nothing where an index goes beyond its axis: the evaluator says where."""
    if (name := f"begin_{stage}") not in kernel.kernel.functions:
        return {}
    own = Arrays(dict(found), scratch_of(kernel))
    numbers = replace(kernel.system, parameters=system.parameters, tables=system.tables)
    try:
        run_kernel(replace(kernel, system=numbers), name, (), own)
    except IndexError:
        return {}
    filled = {a.name for a in kernel.kernel.functions[name] if a.role == "let"}
    return {n: own.scratch[n] for n in filled}


def _fill_lets(stage: Stage, given: Mapping[str, Any], memory: Memory) -> None:
    """Those that no kernel gave, as far as a start reads them that isn't given."""
    left = [read_by(slot) for slot in stage.slots if f"start of {slot.name}" not in given]
    _, lets = needed(set().union(*left), stage.lets, lambda x: set() if x.name in given else arrays(x.expr))
    for group in together([x for x in lets if x.name not in given]):
        with _told(group[0].span):
            fill_lets(group, memory, {"step": 0})


@contextmanager
def _told(span: Span) -> Iterator[None]:
    try:
        yield
    except IndexError:
        raise beyond(span, "the start") from None
    except BadDraw as error:
        raise NshedError([BAD_START.at(span, fault=str(error))]) from None


def start_of(slot: Slot, system: System, memory: Memory, stream: Stream) -> Start:
    """The slot's array at step 0; a slot without axes has one element. A draw is made for the whole array, whatever part of it is used."""
    shape = tuple(system.axes[a].size for a in slot.axes) or (1,)
    values = np.zeros(shape)
    for fill in slot.start:
        new = _drawn(fill, shape, memory, stream) if fill.distribution else _given(slot, fill, shape, memory)
        if fill.where is None:
            values[...] = new
        else:
            values[fill.where] = new[fill.where]
    if slot.log:
        with np.errstate(divide="ignore", invalid="ignore"):
            values = np.log(values)
    return values.astype(np.int64) if slot.kind == "int" else values


def _given(slot: Slot, fill: Fill, shape: tuple[int, ...], memory: Memory) -> npt.NDArray[np.float64]:
    ready: npt.NDArray[np.float64] | None = memory.arrays.get(f"start of {slot.name}")
    if ready is not None:
        return ready
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
        return _sampled(row, rng, [a({MEMORY: memory}) for a in args], shape)
    each = [_sampled(row, rng, [a(env) for a in args], (1,)) for env in bindings(fill.binders)({MEMORY: memory})]
    return np.array(each, np.float64).reshape(shape)


def _sampled(
    row: Distribution, rng: np.random.Generator, args: Sequence[Any], shape: tuple[int, ...]
) -> npt.NDArray[np.float64]:
    if fault := row.fault(*args):
        raise BadDraw(fault)
    return row.sample(rng, args, shape)
