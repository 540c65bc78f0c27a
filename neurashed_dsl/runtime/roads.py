"""Which road a study takes from one record to the next: step by step, or all steps in between at once where that has a closed form.

It hangs on the study alone, never on how fast a machine is: the same study gives the same bits.
"""

import math
from collections.abc import Iterator
from dataclasses import fields

import numpy as np

from neurashed_dsl.diagnostics import Kind, NshedError
from neurashed_dsl.ir.plan import Presentation, Study
from neurashed_dsl.ir.system import System
from neurashed_dsl.passes import lower
from neurashed_dsl.passes.leaps import composed, counted
from neurashed_dsl.values import frozen

EXACT, STEPWISE = "exact", "stepwise"
WORTH = 1000  # steps that take as long as a leap, measured on Figure 4's network
CHANGES = {
    "step",
    "system",
    "single",
    "slot",
    "where",
    "value",
    "rewind",
    "snapshot",
    "presentation",
}  # of an intervention
STATEMENTS = {"pruning": "prune"}  # that make the others

NO_EXACT_ROAD = Kind(
    "no-exact-road",
    "`{experiment}` can only be run step by step: {why}",
    "",
    ("without `--exact` an experiment takes the fastest road that holds for it",),
)


@frozen
class Leap:
    """How the state of one system gets far. `tally` counts or composes, `apply` makes a state of it; both are through all passes.

    `period`: after how many steps all has happened equally often (counts), or the same comes again (powers); 0 where batches must be drawn.
    `aligned`: a period begins only where a pass does.
    """

    kind: str
    tally: System | None  # None where nothing depends on the batch
    apply: System
    period: int
    aligned: bool = False


@frozen
class Road:
    """`leaps` are those of the study's system and of its interventions' systems and orders, by the step from which they hold; none if the run goes
    step by step. `why`: why it isn't another road."""

    leaps: tuple[tuple[int, Leap], ...]
    why: str

    @property
    def name(self) -> str:
        return " and ".join(dict.fromkeys(leap.kind for _, leap in self.leaps)) or STEPWISE


def road_of(study: Study, wanted: str = "") -> Road:
    """The fastest road that holds, or the one that is wanted. Raises NshedError where that is a closed form and there is none."""
    if wanted == STEPWISE:
        return Road((), "it was asked for")
    leaps: list[tuple[int, Leap]] = []
    unknown = _unknown_changes(study)
    for step, system, order in _parts(study):
        leap = unknown or _leap(system, order)
        if isinstance(leap, str):
            if wanted == EXACT:
                raise NshedError([NO_EXACT_ROAD.at(None, experiment=study.name, why=leap)])
            return Road((), leap)
        leaps.append((step, leap))
    short = "" if wanted == EXACT else _too_short(study, leaps)
    return Road((), short) if short else Road(tuple(leaps), _told(leaps))


def _parts(study: Study) -> Iterator[tuple[int, System, Presentation | None]]:
    """From which step on which system moves, and how inputs come."""
    system, order = study.system, study.plan.presentation
    yield 0, system, order
    for change in study.plan.interventions:
        if change.system is not None or change.presentation is not None:
            system, order = change.system or system, change.presentation or order
            yield change.step, system, order


def _unknown_changes(study: Study) -> str:
    """An intervention that changes more than leaps know of, such as a replicate's own tables."""
    found = [f for i in study.plan.interventions for f in fields(i) if f.name not in CHANGES]
    return next(
        (
            f"`{STATEMENTS.get(f.name, f.name)}` changes the run"
            for i in study.plan.interventions
            for f in found
            if getattr(i, f.name) != f.default
        ),
        "",
    )


def _leap(system: System, order: Presentation | None) -> Leap | str:
    """How a system gets far, or why it doesn't."""
    low = lower(system, "inline_lets")
    counts = counted(low)
    if not isinstance(counts, str):
        if not counts.tally.next or order is None:
            return Leap("powers", None, lower(counts.apply), 1)
        return Leap("counts", lower(counts.tally), lower(counts.apply), *_period(order))
    if "commute" not in counts or order is None:
        return counts
    if order.order != "cyclic":
        return f"{counts}, and the order is {order.order}"
    powers = composed(low)
    if isinstance(powers, str):
        return f"{counts}, and {powers}"
    return Leap("powers", lower(powers.tally), lower(powers.apply), *_period(order))


def _period(order: Presentation) -> tuple[int, bool]:
    """After how many steps each input has come equally often, in batches that are known; and whether that begins with a pass."""
    size = len(order.samples)
    if order.order in ("cyclic", "all"):
        return size // math.gcd(size, order.batch), False
    return (size, True) if order.order == "shuffled" and order.batch == 1 else (0, False)


def kinds_of_batches(order: Presentation) -> int:
    """How many there may be, the order within them aside."""
    return math.comb(len(np.unique(order.samples)) + order.batch - 1, order.batch)


# --- is it worth it? ------------------------------------------------------------------------------------------------------------


def _too_short(study: Study, leaps: list[tuple[int, Leap]]) -> str:
    """Why stepping is faster, if it is."""
    order = study.plan.presentation
    rows = max(leap.period or (kinds_of_batches(order) if order is not None else 1) for _, leap in leaps)
    stops, steps = len(stops_of(study)), study.plan.steps
    if stops * (WORTH + rows) <= steps:
        return ""
    return (
        f"{leaps[0][1].kind} would do, but there are only {steps / max(1, stops):.3g} steps from one record to the next"
    )


def stops_of(study: Study) -> list[int]:
    """Steps at which the state is looked at or changed, and the last one."""
    found = {i.step for i in study.plan.interventions} | {study.plan.steps}
    for record in study.system.records:
        found |= set() if record.grid.steps is None else set(record.grid.steps.tolist())
    return sorted(found - {0})


def _told(leaps: list[tuple[int, Leap]]) -> str:
    return "; ".join(dict.fromkeys(_words(leap) for _, leap in leaps))


def _words(leap: Leap) -> str:
    if leap.kind == "counts":
        whole = "known for whole passes" if leap.period else "counted as batches are drawn"
        return f"growth and decay commute, so that only how often a value fired matters, {whole}"
    same = "every step is" if leap.period == 1 else f"every {leap.period} steps are"
    return f"{same} the same map, applied many times at once"
