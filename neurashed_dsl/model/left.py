"""What a run leaves beside its records: the states at its snapshots, when nodes were pruned, when the run or its stages stopped."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from neurashed_dsl.ir.expr import Const
from neurashed_dsl.ir.plan import Left, Study
from neurashed_dsl.ir.system import Dimension, Grid, Record
from neurashed_dsl.model.errors import PUBLIC
from neurashed_dsl.model.record import distinct
from neurashed_dsl.model.scope import Lowering
from neurashed_dsl.model.stage_errors import NAME_OF_RESULT


def left_by(study: Study, to: Lowering) -> tuple[Left, ...]:
    """Names that are recorded, too, are reported."""
    made: list[Left] = []
    taken = Dimension("snapshot", list(study.plan.snapshots))
    for slot in study.system.slots.values() if study.plan.snapshots else ():
        made.append(_left(f"snapshot_{slot.name}", [taken, *_dimensions(slot.axes, study)], "snapshot", slot.name))
    if study.plan.prunes:
        made.append(_left("pruned_at", _dimensions(("node",), study), "pruned"))
    in_stages = any(s.stops for s in study.plan.stages)
    if study.system.stop is not None and not in_stages:
        made.append(_left("stopped_at", [], "stopped"))
    made += [_left(f"stopped_at_{s.name}", [], "stopped", s.name) for s in study.plan.stages if s.stops]
    names = {left.record.name: left for left in made}
    for record in study.system.records:
        if record.name in names:
            to.report.add(NAME_OF_RESULT.at(record.span, name=record.name, what=_words(names[record.name])))
    named = distinct([*study.system.records, *(left.record for left in made)])[len(study.system.records) :]
    return tuple(Left(record, left.kind, left.of) for record, left in zip(named, made))


def _words(left: Left) -> str:
    if left.kind == "snapshot":
        return f"{left.of} at the snapshots"
    return (
        "the step at which a node is pruned"
        if left.kind == "pruned"
        else f"the step at which {left.of or 'the run'} stops"
    )


def _left(name: str, dimensions: Sequence[Dimension], kind: str, of: str = "") -> Left:
    return Left(Record(name, (), Const(0), Grid(np.array([0]), timeless=True), dimensions=tuple(dimensions)), kind, of)


def _dimensions(axes: Sequence[str], study: Study) -> list[Dimension]:
    made: list[Dimension] = []
    for axis in axes:
        name = axis if study.facts is None else PUBLIC.get(axis, axis)
        name = f"other_{name}" if any(d.name == name for d in made) else name
        known = study.system.axes[axis]
        labels: Any = np.arange(known.size) + known.origin if known.labels is None else list(known.labels)
        made.append(Dimension(name, labels))
    return made
