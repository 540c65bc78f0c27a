"""Equations to a System, after a look at whether the scheme can integrate them."""

from collections.abc import Mapping

from neurashed_dsl.ir.derivative import NotDifferentiable, derivative
from neurashed_dsl.ir.expr import Expr, Read, Var, arrays, walk
from neurashed_dsl.ir.noise import own_noise, reading, written_out
from neurashed_dsl.ir.schemes import SCHEMES
from neurashed_dsl.ir.system import Flow, System
from neurashed_dsl.model.parameter import Value
from neurashed_dsl.model.scope import Lowering
from neurashed_dsl.model.system import errors
from neurashed_dsl.model.system.equations import Equations
from neurashed_dsl.model.system.gradients import with_gradients


def assembled(name: str, made: Equations, parameters: Mapping[str, Value], scheme: str, to: Lowering) -> System:
    """The System without relations and records. What the scheme can't do is reported."""
    system = System(
        name=name,
        axes=made.axes,
        relations={},
        parameters=parameters,
        tables=made.tables,
        slots=made.slots,
        draws=made.draws,
        lets=tuple(x for x in made.lets if x.name not in made.noisy),
        next=tuple(made.next),
        flows=tuple(made.flows),
        whites=made.whites,
        scheme=scheme,
        hoisted=tuple(made.constants),
    )
    for flow in system.flows:
        _suits(flow, system, to)
    return with_gradients(system, made.noisy, to)


def _suits(flow: Flow, system: System, to: Lowering) -> None:
    """Can the scheme integrate this noise? (language.md 8, Schemes.)"""
    scheme = SCHEMES[system.scheme]
    if flow.noise is None:
        return
    lets = {x.name: x for x in system.lets if x.name in reading({f.slot for f in system.flows}, system.lets)}
    noise = written_out(flow.noise, lets)
    states = {f.slot for f in system.flows}
    depends = arrays(noise) & states
    if depends and not scheme.any_factor:
        _refuse(flow, system.scheme, "the factor of the noise depends on the state", to)
    elif depends and scheme.corrected:
        own = tuple(Var(b.name) for b in flow.binders)
        if not _smooth(noise, Read(flow.slot, own)):
            _refuse(flow, system.scheme, "the factor of its noise has no derivative that could be worked out", to)
            return
        elsewhere = [
            e
            for e in walk(noise)
            if isinstance(e, Read) and e.array in states and (e.array, e.index) != (flow.slot, own)
        ]
        if own_noise(noise, system.whites, flow.binders) is None or elsewhere:
            _refuse(flow, system.scheme, "its noise isn't diagonal", to)


def _smooth(noise: Expr, element: Read) -> bool:
    try:
        derivative(noise, element)
    except NotDifferentiable:
        return False
    return True


def _refuse(flow: Flow, scheme: str, why: str, to: Lowering) -> None:
    to.report.add(errors.NOT_FOR_SCHEME.at(flow.span, scheme=scheme, why=why))
