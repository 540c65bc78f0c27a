"""The gradients that a system's equations and records ask for, after a look at whether they exist."""

from collections.abc import Collection
from dataclasses import replace

from neurashed_dsl.diagnostics import Span
from neurashed_dsl.ir.expr import Apply, Expr, Read, arrays
from neurashed_dsl.ir.gradient import Fault, differentiated, reads_in_vain
from neurashed_dsl.ir.system import Gradient, System
from neurashed_dsl.model.errors import NO_LOSS
from neurashed_dsl.model.scope import Lowering
from neurashed_dsl.model.system import errors


def with_gradients(system: System, noisy: Collection[str], to: Lowering) -> System:
    """The system with those asked for so far. Where one doesn't exist that is reported, and all are left out."""
    asked = tuple(to.gradients.values())
    whole = replace(system, gradients=asked)
    refused = [g for g in asked if _refused(g, whole, noisy, to)]
    faults = [] if refused else differentiated(whole)[1]
    for fault in faults:
        _report(fault, whole, to)
    if refused or faults:
        return system
    for g in reads_in_vain(whole):
        to.report.add(errors.ZERO_GRADIENT.at(g.span, loss=g.loss, of=g.of))
    return whole


def _refused(g: Gradient, system: System, noisy: Collection[str], to: Lowering) -> bool:
    """White noise has no value, and a let that reads its own gradient reads itself."""
    if {g.loss, g.of} & set(noisy):
        to.report.add(errors.WHITE_NOT_HERE.at(g.span))
        return True
    lets = {x.name: x for x in (*system.hoisted, *system.lets, *system.late)}
    if g.loss not in lets:
        to.report.add(NO_LOSS.at(g.span, what=f"`{g.loss}` isn't worked out from anything"))
        return True
    if g.name in arrays(lets[g.loss].expr):
        to.report.add(errors.CIRCULAR_LET.at(g.span, circle=f"{g.loss} → {g.loss}"))
        return True
    return False


def _report(fault: Fault, system: System, to: Lowering) -> None:
    g = fault.gradient
    spot = _span_of(fault)
    to.report.add(
        errors.NOT_DIFFERENTIABLE.at(
            spot, text=spot.text, why=_why(fault.expr, system), loss=g.loss, of=g.of, where=g.span.place
        )
    )


def _span_of(fault: Fault) -> Span:
    return fault.expr.span or fault.let.span or fault.gradient.span


def _why(e: Expr, system: System) -> str:
    match e:
        case Read(array) if array in system.draws:
            return "a draw: how its number depends on its parameters isn't known"
        case Apply("floor" | "ceil" | "round" | "//" | "int" | "within"):
            return "a whole number: it jumps, and is constant between"
        case _:
            return "not a function with a derivative"
