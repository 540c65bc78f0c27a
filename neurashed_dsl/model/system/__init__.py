"""A `system` declaration to the arrays and equations of the IR, in a scope that brings its parameters (and the network, if it is over one)."""

from collections.abc import Mapping

from neurashed_dsl.ir.expr import Read, Var
from neurashed_dsl.ir.system import TIME_STEP, Fill
from neurashed_dsl.model.data import DataReader
from neurashed_dsl.model.scope import UNKNOWN, ArrayOf, FunctionOf, Lowering, Meaning, Scope, SetOf, Typed
from neurashed_dsl.model.system import errors
from neurashed_dsl.model.system.arrays import declare
from neurashed_dsl.model.system.assembled import assembled
from neurashed_dsl.model.system.axes import declare_axis, declare_boundary
from neurashed_dsl.model.system.checks import judge_checks, lower_check
from neurashed_dsl.model.system.equations import Equations, ordered
from neurashed_dsl.model.system.gradients import with_gradients
from neurashed_dsl.model.system.lets import lower_lets
from neurashed_dsl.model.system.motion import all_move, lower_motion, one_kind
from neurashed_dsl.model.system.parameters import bind_system_parameters
from neurashed_dsl.syntax import ast

__all__ = [
    "Equations",
    "assembled",
    "bind_system_parameters",
    "errors",
    "judge_checks",
    "lower_system",
    "with_gradients",
]

CLOCK: Mapping[str, Meaning] = {
    "step": Typed(Var("step"), "int"),
    "t": Typed(Var("t"), "real"),
    "dt": Typed(Read(TIME_STEP), "real"),
}


def lower_system(
    system: ast.System, scope: Scope, starts: Mapping[str, tuple[Fill, ...]], reader: DataReader, to: Lowering
) -> Equations:
    """The equations of a system. `scope` gains its names. `starts`: of the states that a network starts; `reader`: of its data."""
    made = Equations(axes=dict(to.axes), reader=reader)
    to.axes = made.axes
    _declared_twice(system, to)
    # While sizes are worked out, arrays are known to be there, and to have no value yet.
    arrays = [i for i in system.items if isinstance(i, ast.State | ast.Const | ast.Draw | ast.White | ast.Let)]
    scope.names |= {i.name.name: ArrayOf(i.name.name, (), "int", span=i.name.span) for i in arrays}
    for item in system.items:
        if isinstance(item, ast.Axis):
            declare_axis(item, scope, made, to)
        elif isinstance(item, ast.Function):
            scope.names[item.name.name] = FunctionOf(item, scope, item.name.span)
    scope.names |= {i.name.name: _promised(i, scope) for i in arrays}
    for item in system.items:
        if isinstance(item, ast.Boundary):
            declare_boundary(item, system, scope, to)
    _declare_all(system, scope, starts, made, to)
    to.states |= {name: slot.log for name, slot in made.slots.items()}
    lower_lets(system, scope, made, to)
    for item in system.items:
        if isinstance(item, ast.Check):
            lower_check(item, scope, made, to)
    one_kind(system, to)
    for item in system.items:
        if isinstance(item, ast.Next):
            lower_motion(item, scope, made, to)
    all_move(system, made, to)
    return made


def _declare_all(
    system: ast.System, scope: Scope, starts: Mapping[str, tuple[Fill, ...]], made: Equations, to: Lowering
) -> None:
    """Constants, states and draws. Where a run starts, all that moves is promised only, the clock too; draws know the time and the states."""
    clock = {n: m for n, m in CLOCK.items() if n not in scope.names}
    scope.names |= {n: m if n == "dt" else ArrayOf(n, (), "real") for n, m in clock.items()}
    for const in ordered([i for i in system.items if isinstance(i, ast.Const)], scope, to):
        declare(const, scope, starts, made, to)
    for item in system.items:
        if isinstance(item, ast.State):
            declare(item, scope, starts, made, to)
    scope.names |= clock
    for item in system.items:
        if isinstance(item, ast.Draw | ast.White):
            declare(item, scope, starts, made, to)


def _promised(item: ast.State | ast.Const | ast.Draw | ast.White | ast.Let, scope: Scope) -> Meaning:
    """An array as those see it that are worked out before it: it is there, and has no value yet."""
    domains = [b.domain if isinstance(b.domain, ast.Name) else ast.Name(span=b.span, name=b.name) for b in item.binders]
    sets = [scope.find(d.name) for d in domains]
    axes = tuple(s.axis for s in sets if isinstance(s, SetOf))
    return ArrayOf(item.name.name, axes, "real", span=item.name.span) if len(axes) == len(sets) else UNKNOWN


def _declared_twice(system: ast.System, to: Lowering) -> None:
    seen: dict[str, ast.Name] = {p.name.name: p.name for p in system.parameters if not p.binders}
    named = ast.Axis | ast.State | ast.Const | ast.Draw | ast.White | ast.Let | ast.Function
    for item in system.items:
        if isinstance(item, named):
            if item.name.name in seen:
                first = seen[item.name.name].span.place
                to.report.add(errors.DECLARED_TWICE.at(item.name.span, name=item.name.name, first=first))
            seen[item.name.name] = item.name
