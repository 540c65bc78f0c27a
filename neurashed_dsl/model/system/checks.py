"""`require` and `warn if`: what a system asks of its parameters, looked at before the run.

A condition reads parameters, constants that aren't drawn, lets made of these, and the time. What changes with the time is looked at when the run
starts, at steps 1, 2, 4, … and at the last one.
"""

from collections.abc import Iterator

from neurashed_dsl.diagnostics import Span
from neurashed_dsl.ir.circles import needed
from neurashed_dsl.ir.evaluate import Memory, evaluate
from neurashed_dsl.ir.expr import arrays, free
from neurashed_dsl.ir.stepping import fill_lets
from neurashed_dsl.ir.system import TIME_STEP, System
from neurashed_dsl.model.demands import single, wanted
from neurashed_dsl.model.lower import lower
from neurashed_dsl.model.scope import Lowering, Scope
from neurashed_dsl.model.system import errors
from neurashed_dsl.model.system.equations import Checked, Equations
from neurashed_dsl.syntax import ast


def lower_check(item: ast.Check, scope: Scope, made: Equations, to: Lowering) -> None:
    """One condition, kept in `made.checks` with the equations it needs. One that only the run could answer is reported."""
    spot = item.condition.span
    typed = single(wanted(lower(item.condition, scope, to), "bool", spot, to), spot, to)
    if typed.kind == "unknown":
        return
    read, lets = needed(arrays(typed.expr), (*made.constants, *made.lets))
    moving = sorted(read & {*made.slots, *made.draws, *made.whites})
    if moving:
        to.report.add(errors.CHECK_OF_THE_RUN.at(spot, name=moving[0]))
    elif not read & made.pending:
        made.checks.append(Checked(item, typed.expr, tuple(lets)))


def judge_checks(system: System, made: Equations, steps: int, use: Span, to: Lowering) -> None:
    """Report, where the model is used, what is required and isn't so, and what is warned of and is."""
    for check in made.checks:
        found = _first(check, system, steps)
        if found is None:
            continue
        kind = errors.WARNED if check.item.warning else errors.REQUIRED
        condition = " ".join(check.item.condition.span.text.split())
        values = {"words": check.item.words.value, "place": check.item.span.place, "condition": condition}
        to.report.add(kind.at(use, **values, time=f"{found:g}" if _moves(check) else ""))


def _moves(check: Checked) -> bool:
    return bool({"t", "step"} & set().union(*map(free, (check.expr, *(x.expr for x in check.lets)))))


def _first(check: Checked, system: System, steps: int) -> float | None:
    """The first time at which there is something to say. What can't be worked out, as a division by 0, says nothing."""
    dt = float(system.parameters[TIME_STEP])
    for step in _looked_at(steps) if _moves(check) else (0,):
        memory, now = Memory(system), {"step": step, "t": step * dt}
        try:
            fill_lets(check.lets, memory, now)
            held = evaluate(check.expr, now, memory)
        except (ArithmeticError, IndexError, ValueError):
            continue
        if bool(held) == check.item.warning:
            return step * dt
    return None


def _looked_at(steps: int) -> Iterator[int]:
    yield 0
    step = 1
    while step < steps - 1:
        yield step
        step *= 2
    if steps > 1:
        yield steps - 1
