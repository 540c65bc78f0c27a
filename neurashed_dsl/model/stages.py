"""`stage NAME { … }`: parts of one run, one after another, each with a length, an order and a batch of its own."""

from collections.abc import Sequence

from neurashed_dsl.model import experiment_errors as errors
from neurashed_dsl.model.clock import Clock, clock_of
from neurashed_dsl.model.constant import option
from neurashed_dsl.model.scope import Lowering, Scope
from neurashed_dsl.syntax import ast
from neurashed_dsl.values import frozen

Options = dict[str, ast.Expr]


@frozen
class Segment:
    """A stage from step `start` on. `run`: its options, those of the experiment's own `run` among them. `ending`: when it may end sooner."""

    name: str
    start: int
    clock: Clock
    run: Options
    items: tuple[ast.Node, ...]
    ending: ast.Stop | None = None

    @property
    def stop(self) -> int:
        """The step at which it ends, and the next begins."""
        return self.start + self.clock.steps


def segments_of(
    stages: Sequence[ast.Stage], shared: Options, flows: bool, keys: Sequence[str], scope: Scope, to: Lowering
) -> list[Segment] | None:
    """The stages with where they begin. None after a report."""
    made: list[Segment] = []
    start, broken = 0, False
    for stage in stages:
        if any(s.name == stage.name.name for s in made):
            to.report.add(errors.TWICE.at(stage.name.span, what=f"stage {stage.name.name}"))
        found = _segment(stage, shared, start, flows, keys, scope, to)
        if found is None:
            broken = True
            continue
        if made and found.clock.dt != made[0].clock.dt:
            to.report.add(errors.ONE_DT.at(stage.name.span))
        made.append(found)
        start += found.clock.steps
    return None if broken else made


def _segment(
    stage: ast.Stage, shared: Options, start: int, flows: bool, keys: Sequence[str], scope: Scope, to: Lowering
) -> Segment | None:
    runs = [i for i in stage.items if isinstance(i, ast.Run)]
    for again in runs[1:]:
        to.report.add(errors.TWICE.at(again.span, what="run"))
    given = runs[0].arguments if runs else ()
    own = option(given, "run", keys, to.report)
    run = {**shared, **own}
    clock = clock_of(stage.name, "stage", run, len(own) < len(given), flows, scope, to)
    endings = [i for i in stage.items if isinstance(i, ast.Stop)]
    for twice in endings[1:]:
        to.report.add(errors.TWICE.at(twice.span, what="stop when"))
    ending = endings[0] if endings else None
    return None if clock is None else Segment(stage.name.name, start, clock, run, stage.items, ending)


def whole_clock(segments: Sequence[Segment]) -> Clock:
    """The clock of the whole run."""
    return Clock(sum(s.clock.steps for s in segments), segments[0].clock.dt)
