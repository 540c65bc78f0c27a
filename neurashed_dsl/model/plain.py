"""A `system` that is over no network, as a System without records."""

from fractions import Fraction
from typing import TYPE_CHECKING

from neurashed_dsl.ir.system import TIME_STEP, System
from neurashed_dsl.model.parameter import Scalar, Value
from neurashed_dsl.model.probes import OF_STATES
from neurashed_dsl.model.scope import Lowering, MacroOf
from neurashed_dsl.model.system import Equations, assembled, lower_system
from neurashed_dsl.model.system.parameters import refuse_parameter_names

if TYPE_CHECKING:
    from neurashed_dsl.model.chosen import Chosen


def plain_system(
    chosen: "Chosen", parameters: dict[str, Value], dt: Fraction | None, scheme: str, to: Lowering
) -> tuple[System, Equations]:
    """The System, `parameters` of the file among its own. `to.world` gains its names. Errors are in `to.report`."""
    scope = chosen.system.scope.child()
    to.nonnegative |= {name for name, value in parameters.items() if value >= 0} | {TIME_STEP}
    own = chosen.bind(scope, to)
    declaration = chosen.written(to)
    refuse_parameter_names(declaration, parameters, chosen.caller, to)
    step = float(1 if dt is None else dt)
    to.memory.arrays[TIME_STEP] = Scalar(step)
    equations = lower_system(declaration, scope, {}, chosen.reader, to)
    equations.hashes |= chosen.hashes
    to.world = {**scope.names, **{f"{name}()": MacroOf(call) for name, call in OF_STATES.items()}}
    system = assembled(chosen.declaration.name.name, equations, {**parameters, **own, TIME_STEP: step}, scheme, to)
    return system, equations
