"""An experiment's items, by what they are; those said twice are reported."""

from dataclasses import field

from neurashed_dsl.model import experiment_errors as errors
from neurashed_dsl.model.constant import Settings, whole
from neurashed_dsl.model.scope import Lowering, Scope
from neurashed_dsl.syntax import ast
from neurashed_dsl.values import changing

MOST_REPEATS = 10**6


@changing
class Asked:
    """An experiment's items, by what they are."""

    name: str
    model: ast.ModelUse | None = None
    run_arguments: tuple[ast.Argument, ...] = ()
    run_misread: bool = False
    repeat: ast.Expr | None = None
    seed: ast.Expr | None = None
    records: list[ast.Record] = field(default_factory=list)
    stop: ast.Stop | None = None
    sets: list[ast.SetAt] = field(default_factory=list)
    stages: list[ast.Stage] = field(default_factory=list)


def items_of(item: ast.Experiment, to: Lowering) -> Asked:
    asked = Asked(item.name.name)
    seen: set[str] = set()

    def once(what: str, node: ast.Node) -> None:
        if what in seen:
            to.report.add(errors.TWICE.at(node.span, what=what))
        seen.add(what)

    for part in item.items:
        match part:
            case ast.ModelUse():
                once("model", part)
                asked.model = asked.model or part
            case ast.Run():
                once("run", part)
                asked.run_arguments = asked.run_arguments or part.arguments
            case ast.Repeat(count=count, seed=seed):
                for what in ["repeat"] * bool(count) + ["seed"] * bool(seed):
                    once(what, part)
                asked.repeat = count or asked.repeat
                asked.seed = seed or asked.seed
            case ast.Fit():
                once("fit", part)
            case ast.Record():
                asked.records.append(part)
            case ast.Stop():
                once("stop when", part)
                asked.stop = part
            case ast.SetAt():
                asked.sets.append(part)
            case ast.Stage():
                asked.stages.append(part)
            case ast.Prune() | ast.Rewind() | ast.Snapshot():
                to.report.add(errors.OUTSIDE_STAGE.at(part.span, what=type(part).__name__.lower()))
    return asked


def repeat_of(asked: Asked, scope: Scope, to: Lowering) -> int | None:
    return None if asked.repeat is None else whole(asked.repeat, "`repeat`", 1, scope, to, MOST_REPEATS)


def seed_of(asked: Asked, settings: Settings, scope: Scope, to: Lowering) -> int:
    if settings.seed is not None:
        return settings.seed
    return 0 if asked.seed is None else whole(asked.seed, "`seed`", 0, scope, to) or 0
