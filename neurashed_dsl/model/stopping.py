"""`stop when`: what ends the run, or a stage of it; and what may be asked in the compiled loop."""

from collections.abc import Sequence
from functools import reduce

from neurashed_dsl.diagnostics import Span
from neurashed_dsl.ir.expr import Apply, Const, Expr, Var, arrays
from neurashed_dsl.ir.system import Probe
from neurashed_dsl.model.demands import single, wanted
from neurashed_dsl.model.experiment_errors import UNPLANNED_PROBE
from neurashed_dsl.model.lower import lower
from neurashed_dsl.model.probes import probes_read
from neurashed_dsl.model.scope import Lowering, Scope
from neurashed_dsl.model.stage_errors import TWO_STOPS
from neurashed_dsl.model.stages import Segment
from neurashed_dsl.model.system.errors import WHITE_NOT_HERE
from neurashed_dsl.syntax import ast


def stop_of(
    whole: ast.Stop | None, segments: Sequence[Segment], scope: Scope, noisy: set[str], to: Lowering
) -> Expr | None:
    """When the run ends (`whole`), or a stage does: its condition is asked in that stage alone."""
    found = [] if whole is None else [_condition(whole, scope, noisy, to)]
    for segment in segments:
        if segment.ending is not None:
            if whole is not None:
                to.report.add(TWO_STOPS.at(segment.ending.span, place=whole.span.place))
            condition = _condition(segment.ending, scope, noisy, to)
            found.append(Apply("and", (_during(segment), condition)))
    return reduce(lambda a, b: Apply("or", (a, b)), found) if found else None


def _during(segment: Segment) -> Expr:
    step = Var("step")
    return Apply("and", (Apply(">=", (step, Const(segment.start))), Apply("<", (step, Const(segment.stop)))))


def _condition(stop: ast.Stop, scope: Scope, noisy: set[str], to: Lowering) -> Expr:
    spot = stop.condition.span
    condition = single(wanted(lower(stop.condition, scope, to), "bool", spot, to), spot, to).expr
    refuse_probes(probes_read(condition, to), spot, to)
    refuse_white(condition, spot, noisy, to)
    return condition


def refuse_white(expr: Expr, span: Span, noisy: set[str], to: Lowering) -> None:
    """White noise has no value: only a scheme knows what it comes to in a step."""
    read = arrays(expr)
    for let in reversed(to.lets):
        read |= arrays(let.expr) if let.name in read else set()
    if read & noisy:
        to.report.add(WHITE_NOT_HERE.at(span))


def refuse_probes(probes: Sequence[Probe], span: Span, to: Lowering) -> None:
    """Probes are taken at steps that are known before the run."""
    for measure in dict.fromkeys(p.measure for p in probes):
        to.report.add(UNPLANNED_PROBE.at(span, name=measure))
