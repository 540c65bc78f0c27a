"""When an index that only the run knows is beyond its axis: which equation reads there, and at which step."""

from collections.abc import Iterator, Sequence
from copy import deepcopy
from dataclasses import replace
from typing import Any

import numpy as np

from neurashed_dsl.diagnostics import Diagnostic, Kind, NshedError, Span
from neurashed_dsl.ir.circles import together
from neurashed_dsl.ir.evaluate import MEMORY, Env, Memory, bindings, closure
from neurashed_dsl.ir.expr import Apply, Binder, Expr, walk
from neurashed_dsl.ir.stepping import fill_lets
from neurashed_dsl.ir.system import Let, System
from neurashed_dsl.runtime.bind import Arrays, Built, lanes_of, run_kernel

BEYOND = Kind(
    "beyond-axis-in-run",
    "an index goes beyond its axis at {when}",
    "read here",
    ("`if … then … else …` keeps it on the axis; `boundary` gives a value beyond it",),
)


def advanced(
    built: Built, start: int, stop: int, final: int, arrays: Arrays, replicates: Sequence[int], told: bool
) -> int:
    """What the kernel's `advance` returns. Raises NshedError where an index goes beyond its axis; `told`: in which replicate."""
    kept = _kept(arrays) if built.checked else None
    try:
        return int(run_kernel(built, "advance", (start, stop, final), arrays))
    except IndexError:
        assert kept is not None, "only `within` raises it"
        raise NshedError([_found(built, start, stop, final, kept, replicates, told)]) from None


def beyond(span: Span | None, when: str) -> NshedError:
    return NshedError([BEYOND.at(span, when=when)])


def _guards(e: Expr) -> list[Span]:
    return [x.span for x in walk(e) if isinstance(x, Apply) and x.op == "within"]


def _kept(arrays: Arrays) -> Arrays:
    """What a step changes, as it is before it."""
    slots = {n: s.copy() for n, s in arrays.slots.items()}
    return replace(arrays, slots=slots, rngs=deepcopy(arrays.rngs), due=arrays.due.copy())


def _found(
    built: Built, start: int, stop: int, final: int, arrays: Arrays, replicates: Sequence[int], told: bool
) -> Diagnostic:
    """Steps are made again, one by one, until the one that fails; there the evaluator says which equation it is."""
    batches = arrays.batches
    for step in range(start, max(stop, start + 1)):
        before = _kept(arrays)
        arrays.batches = {n: b[step - start :] for n, b in batches.items()}
        try:
            run_kernel(built, "advance", (step, step if final else step + 1, final), arrays)
        except IndexError:
            arrays.slots = before.slots
            places = [_place(built, _alone(built, arrays, lane), step) for lane in range(len(replicates))]
            lane = next((i for i, place in enumerate(places) if place is not None), 0)
            when = f"step {step} of repeat {replicates[lane]}" if told else f"step {step}"
            return BEYOND.at(places[lane], when=when)
    raise AssertionError("no step fails when it is made again")


def _alone(built: Built, arrays: Arrays, lane: int) -> Arrays:
    """The arrays of one replicate."""

    def own(each: dict[str, Any]) -> dict[str, Any]:
        return {n: a[..., lane] if lanes_of(built, n) else a for n, a in each.items()}

    return replace(arrays, slots=own(arrays.slots), scratch=own(arrays.scratch), draws=own(arrays.draws))


def _place(built: Built, arrays: Arrays, step: int) -> Span | None:
    system = built.system
    memory = Memory(system, {**arrays.scratch, **arrays.slots, **arrays.draws, **arrays.probes})
    memory.arrays |= {n: b[0] for n, b in arrays.batches.items() if len(b)}
    memory.relations |= built.relations
    env: Env = {"step": step}
    for group in together((*system.hoisted, *system.lets)):
        if _fails(lambda group=group: fill_lets(group, memory, env)):
            return _spot_of(group)
    for binders, expr, span in _others(system):
        if _fails(lambda b=binders, e=expr: _evaluate_all(b, e, memory, env)):
            return _spot(expr, span)
    for group in together(system.late):
        if _fails(lambda group=group: fill_lets(group, memory, env)):
            return _spot_of(group)
    failing = [r for r in system.records if _fails(lambda r=r: _evaluate_all(r.binders, r.expr, memory, env))]
    return _spot(failing[0].expr, failing[0].span) if failing else None


def _others(system: System) -> Iterator[tuple[tuple[Binder, ...], Expr, Span | None]]:
    for draw in system.draws.values():
        for arg in draw.args:
            yield draw.binders, arg, None
    for following in system.next:
        for expr in (*(e for _, e in following.updates), *following.index):
            yield following.binders, expr, following.span
    if system.stop is not None:
        yield (), system.stop, None


def _evaluate_all(binders: tuple[Binder, ...], expr: Expr, memory: Memory, env: Env) -> None:
    value = closure(expr)
    for bound in bindings(binders)({**env, MEMORY: memory}):
        value(bound)


def _fails(run: Any) -> bool:
    try:
        with np.errstate(all="ignore"):
            run()
    except IndexError:
        return True
    except KeyError:  # it reads what a let that failed would have given
        return False
    return False


def _spot_of(group: Sequence[Let]) -> Span | None:
    """Of several lets, that of the first one that may fail."""
    let = next((x for x in group if any(_guards(x.expr))), group[0])
    return _spot(let.expr, let.span)


def _spot(expr: Expr, equation: Span | None) -> Span | None:
    """The very read, if the equation has one only that may fail."""
    spots = set(_guards(expr))
    return spots.pop() if len(spots) == 1 else equation
