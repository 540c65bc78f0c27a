"""When a value stops being a finite number: which one, at which step, by which equation."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from neurashed_dsl.backend.draw import may_be_none
from neurashed_dsl.diagnostics import Diagnostic, Kind
from neurashed_dsl.ir.operators import NO_NUMBER
from neurashed_dsl.ir.plan import Study
from neurashed_dsl.runtime.bind import Built

NOT_FINITE = Kind(
    "not-finite",
    "{array} stops being a finite number at step {step}{replicate}",
    "it is {value} here{place}",
    (
        "{law}",
        "{step_size}",
        "{drawn}",
    ),
)
LEAST = {"real": -np.inf, "int": NO_NUMBER, "bool": -1}
LAW = "the law must give a number of at least 0 for every number it is applied to"


def not_finite(
    study: Study,
    built: Built,
    slots: Mapping[str, np.ndarray[Any, Any]],
    buffers: Mapping[str, np.ndarray[Any, Any]],
    step: int,
    replicate: int,
) -> Diagnostic | None:
    """The diagnostic for the first value that isn't finite (of a logarithm: that is NaN or infinite), or None.

    The kernel stops before it assigns what it keeps in a buffer until all next values are known, so these are looked at, too.
    """
    held = [(slot, slots[slot.name]) for slot in built.system.slots.values()]
    held += [(slot, buffers[f"buffer {slot.name}"]) for slot, _ in held if f"buffer {slot.name}" in buffers]
    for slot, values in held:
        bad = np.argwhere(~(values < np.inf) | (not slot.log and ~(values > LEAST[slot.kind])))
        if len(bad):
            at = tuple(int(i) for i in bad[0])
            where = "" if study.plan.repeat is None else f" of repeat {replicate}"
            shown = (
                "beyond 2^53, or divided by 0,"
                if slot.kind == "int"
                else "not a number"
                if np.isnan(values[at])
                else "infinite"
            )
            place = ", ".join(_label(built, axis, i) for axis, i in zip(slot.axes, at))
            return NOT_FINITE.at(
                _span(study, built, slot.name, at),
                array=slot.name,
                step=step,
                replicate=where,
                value=shown,
                place=f", at `{place}`" if place else "",
                law="" if study.facts is None else LAW,
                step_size="a smaller `dt` may help" if study.system.flows else "",
                drawn=_doubtful(built),
            )
    return None


def _doubtful(built: Built) -> str:
    """A draw that may be the reason."""
    names = [f"`{n}`" for n, d in built.system.draws.items() if may_be_none(d, built.system.parameters)]
    return (
        f"{' and '.join(names)}: no number is drawn where the arguments are none of the distribution, as `sd` below 0"
        if names
        else ""
    )


def _label(built: Built, axis: str, position: int) -> str:
    known = built.system.axes[axis]
    return str(position + known.origin) if known.labels is None else str(known.labels[position])


def _span(study: Study, built: Built, slot: str, at: tuple[int, ...]) -> Any:
    """The law of that place, if it has one; else the equation."""
    trained = study.facts.trained.get(slot) if study.facts is not None else None
    if trained is not None and trained.law[at[0]] >= 0:
        return trained.laws[trained.law[at[0]]].law.name.span
    return next(f.span for f in built.system.next if any(s == slot for s, _ in f.updates))
