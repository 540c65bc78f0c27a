"""What changes on the way of a run, in the order in which it is done: how the inputs are presented, and what `set`, `prune`, `rewind` and
`snapshot` say."""

from collections.abc import Sequence
from dataclasses import replace

from neurashed_dsl.diagnostics import nearest
from neurashed_dsl.ir.plan import START, Intervention, Study
from neurashed_dsl.ir.system import System
from neurashed_dsl.model import experiment_errors as errors
from neurashed_dsl.model.constant import Settings, constant_number, whole
from neurashed_dsl.model.interventions import Number, base_of, parameter_set, sets_parameter, state_set
from neurashed_dsl.model.load import Model
from neurashed_dsl.model.pruning import pruning_of
from neurashed_dsl.model.scope import Lowering, Scope
from neurashed_dsl.model.stage_errors import UNKNOWN_SNAPSHOT
from neurashed_dsl.model.stages import Segment
from neurashed_dsl.model.weave import Fires
from neurashed_dsl.syntax import ast
from neurashed_dsl.values import frozen


@frozen
class Change:
    """A statement of the stage `stage` ("": of none) and the step at which it is done."""

    step: int
    part: ast.Node
    stage: str = ""


def changes_of(sets: Sequence[ast.SetAt], segments: Sequence[Segment], scope: Scope, to: Lowering) -> list[Change]:
    """Statements with their steps. What stands before `run` is done when its stage begins, what stands after it when the stage ends; a stage
    counts its steps from its start."""
    found: list[Change] = []
    for item in sets:
        step = None if item.step is None else whole(item.step, "a step", 0, scope, to)
        if item.step is None:
            to.report.add(errors.SET_WITHOUT_STEP.at(item.span))
        found += [] if step is None else [Change(step, item)]
    for segment in segments:
        now = segment.start
        for part in segment.items:
            if isinstance(part, ast.Run):
                now = segment.stop
            elif isinstance(part, ast.SetAt) and part.step is not None:
                step = whole(part.step, "a step", 0, scope, to)
                found += [] if step is None else [Change(segment.start + step, part, segment.name)]
            elif isinstance(part, ast.SetAt | ast.Prune | ast.Rewind | ast.Snapshot):
                found.append(Change(now, part, segment.name))
    return found


def interventions_of(
    changes: Sequence[Change], study: Study, model: Model, fires: Fires, settings: Settings, to: Lowering
) -> tuple[Intervention, ...]:
    """All that changes, by steps. `study` has the interventions that are about the order of the inputs.

    `set` of a parameter makes the study anew with the other value; from then on the systems that run are those of that study.
    """
    every: list[Intervention | Change] = [*study.plan.interventions, *changes]
    made: list[Intervention] = []
    current = study
    for change in sorted(every, key=lambda c: c.step):
        if isinstance(change, Intervention):
            made.append(change if change.system is None else _running(change, current))
            continue
        match change.part:
            case ast.SetAt() as part if sets_parameter(part, study, model):
                settings, other = _with_parameter(part, change.step, study, model, settings, to)
                current = other or current
                made += [] if other is None else [_running(Intervention(change.step), other)]
            case ast.SetAt() as part:
                value = _value(part, change.step, study, model, to)
                made += [] if value is None else state_set(part, change.step, float(value), study, model, to)
            case ast.Prune() as part:
                pruning = pruning_of(part, study, fires, model.scope, to)
                made += [] if pruning is None else [Intervention(change.step, pruning=pruning)]
            case ast.Snapshot() as part:
                made += _snapshot(part, change, made, to)
            case ast.Rewind() as part:
                made += _rewind(part, change, made, to)
            case _:
                pass
    return tuple(made)


def _with_parameter(
    part: ast.SetAt, step: int, study: Study, model: Model, settings: Settings, to: Lowering
) -> tuple[Settings, Study | None]:
    value = _value(part, step, study, model, to)
    return (settings, None) if value is None else parameter_set(part, value, study, settings, to)


def _value(part: ast.SetAt, step: int, study: Study, model: Model, to: Lowering) -> Number | None:
    """What is set, if its time comes. None after a report."""
    slot = study.system.slots.get(base_of(part.target))
    value = constant_number(part.value, model.scope, to, "bool" if slot and slot.truth else "number")
    if value is None or step <= study.plan.steps:
        return value
    spot = (part.step or part).span
    to.report.add(errors.BAD_GRID.at(spot, when=f"step {step}", end=f"step {study.plan.steps}"))
    return None


def _running(change: Intervention, study: Study) -> Intervention:
    """The change to the systems that a study has at its step."""
    pairs: list[tuple[System, System | None]] = [(study.system, study.single)]
    pairs += [(i.system, i.single) for i in study.plan.interventions if i.system is not None and i.step <= change.step]
    system, single = pairs[-1]
    return replace(change, system=system, single=single)


def _snapshot(part: ast.Snapshot, change: Change, made: Sequence[Intervention], to: Lowering) -> list[Intervention]:
    """One without a name has that of its stage."""
    name = part.name.name if part.name else change.stage
    if any(i.snapshot == name for i in made):
        to.report.add(errors.TWICE.at((part.name or part).span, what=f"snapshot {name}"))
        return []
    return [Intervention(change.step, snapshot=name)]


def _rewind(part: ast.Rewind, change: Change, made: Sequence[Intervention], to: Lowering) -> list[Intervention]:
    if part.name is None:
        return [Intervention(change.step, rewind=START)]
    name, taken = part.name.name, [i.snapshot for i in made if i.snapshot]
    if name in taken:
        return [Intervention(change.step, rewind=name)]
    known = ", ".join(f"`{t}`" for t in taken)
    near = nearest(name, taken)
    hint = "" if taken else f"`snapshot {name}`, in a stage before, takes one"
    to.report.add(UNKNOWN_SNAPSHOT.at(part.name.span, name=name, near=near, known=known, hint=hint))
    return []
