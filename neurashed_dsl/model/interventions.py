"""`set`: other values of parameters or of states."""

import math
from dataclasses import replace
from fractions import Fraction

import numpy as np

from neurashed_dsl.diagnostics import nearest
from neurashed_dsl.ir.plan import Intervention, Study
from neurashed_dsl.model import experiment_errors as errors
from neurashed_dsl.model.constant import Settings, shown
from neurashed_dsl.model.demands import known_now, rank_words
from neurashed_dsl.model.errors import WRONG_RANK
from neurashed_dsl.model.load import Model
from neurashed_dsl.model.lower import position
from neurashed_dsl.model.network import target_places
from neurashed_dsl.model.scope import Lowering, Scope
from neurashed_dsl.model.system.errors import WHOLE_STATE
from neurashed_dsl.syntax import ast

Number = int | float | Fraction


def parameter_set(
    part: ast.SetAt, value: Number, study: Study, settings: Settings, to: Lowering
) -> tuple[Settings, Study | None]:
    """The settings with the other value, and the study that is made anew of them; None after a report."""
    settings = replace(settings, values={**settings.values, part.target.span.text: value})
    other = settings.again(settings.values) if settings.again else None
    return settings, other if other is not None and _same_shape(other, study, part, to) else None


def sets_parameter(part: ast.SetAt, study: Study, model: Model) -> bool:
    name = part.target.name if isinstance(part.target, ast.Name) else ""
    return name in model.parameters or (name in _own_parameters(study) and name not in study.system.slots)


def _own_parameters(study: Study) -> set[str]:
    """Names of the parameters of a study's system."""
    return {n.split(" of ")[0] for n in study.system.parameters}


def _same_shape(other: Study, study: Study, part: ast.SetAt, to: Lowering) -> bool:
    same = {n: a.size for n, a in other.system.axes.items()} == {n: a.size for n, a in study.system.axes.items()}
    if not same:
        to.report.add(errors.DIFFERENT_STRUCTURE.at(part.span, name=part.target.span.text))
    return same


def base_of(target: ast.Expr) -> str:
    """The name of what is set, whole or in part."""
    return target.base.name if isinstance(target, ast.Index) else target.span.text


def state_set(part: ast.SetAt, step: int, value: float, study: Study, model: Model, to: Lowering) -> list[Intervention]:
    base = base_of(part.target)
    slot = study.system.slots.get(base)
    if slot is None:
        known = [*model.parameters, *_own_parameters(study), *study.system.slots]
        to.report.add(errors.CANT_SET.at(part.target.span, name=base, near=nearest(base, known)))
        return []
    if not math.isfinite(value):
        to.report.add(errors.INFINITE_STATE.at(part.value.span, array=base, value=shown(value)))
        return []
    if value < 0 and (slot.log or base in ("λ", "η", "κ")):
        to.report.add(errors.NEGATIVE_STATE.at(part.value.span, array=base, value=f"{value:g}"))
        return []
    if slot.kind == "int" and value != int(value):
        to.report.add(WHOLE_STATE.at(part.value.span, name=base))
        return []
    held = float(np.log(value)) if slot.log and value > 0 else -np.inf if slot.log else value
    if isinstance(part.target, ast.Name):
        return [Intervention(step, slot=base, value=held)]
    assert isinstance(part.target, ast.Index)
    if study.facts is None:
        return _element_set(part.target, base, held, step, study, to)
    where = _places(part.target, slot.axes[0], study, to)
    return [] if where is None else [Intervention(step, slot=base, where=where, value=held)]


def _element_set(
    target: ast.Index, base: str, held: float, step: int, study: Study, to: Lowering
) -> list[Intervention]:
    """`set x[3] = 0 at step 10` of a system: one element."""
    slot = study.system.slots[base]
    to = replace(to, axes=study.system.axes)
    if len(target.arguments) != len(slot.axes):
        to.report.add(WRONG_RANK.at(target.span, **rank_words(target, slot.axes)))
        return []
    at = [position(a.value, axis, base, Scope(), to) for a, axis in zip(target.arguments, slot.axes)]
    places = [None if p is None else known_now(p, to) for p in at]
    if any(p is None for p in places):
        return []
    sizes = tuple(study.system.axes[a].size for a in slot.axes)
    flat = np.ravel_multi_index(tuple(int(p) for p in places if p is not None), sizes)
    return [Intervention(step, slot=base, where=np.array([flat]), value=held)]


def _places(target: ast.Index, axis: str, study: Study, to: Lowering) -> np.ndarray | None:
    """Positions that an index of λ, η or κ names, through the very code that `init` uses."""
    return target_places(target, axis, study.facts, to)
