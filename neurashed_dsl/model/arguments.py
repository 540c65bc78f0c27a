"""Which argument of a call belongs to which parameter."""

from collections.abc import Sequence

from neurashed_dsl.diagnostics import Report, nearest
from neurashed_dsl.model import errors
from neurashed_dsl.syntax import ast


def bind_arguments(
    call: ast.Call, name: str, parameters: Sequence[ast.Parameter], report: Report
) -> dict[str, ast.Expr] | None:
    """Arguments by parameter name, those left to their defaults missing. None after a report: one unknown, too many, twice, or missing.

    A parameter `deps...` must be the last; it isn't bound here (its arguments are those left over).
    """
    fixed = [p for p in parameters if not p.rest]
    names = [p.name.name for p in fixed]
    takes = ", ".join(f"`{p.name.name}`" for p in parameters) or "nothing"
    values: dict[str, ast.Expr] = {}
    positional = [a for a in call.arguments if a.name is None]
    fine = True
    if len(positional) > len(fixed) and len(fixed) == len(parameters):
        spot = positional[len(fixed)].span
        report.add(
            errors.TOO_MANY_ARGUMENTS.at(
                spot, function=name, most=errors.many(len(fixed), "argument"), given=len(call.arguments), takes=takes
            )
        )
        fine = False
    values |= {n: a.value for n, a in zip(names, positional)}
    fine = _bind_named(call, name, names, takes, values, report) and fine
    for parameter in fixed:
        if parameter.default is None and parameter.name.name not in values and fine:
            report.add(errors.MISSING_ARGUMENT.at(call.span, function=name, name=parameter.name.name, takes=takes))
            fine = False
    return values if fine else None


def _bind_named(
    call: ast.Call, name: str, names: Sequence[str], takes: str, values: dict[str, ast.Expr], report: Report
) -> bool:
    """Add `name: value` arguments to `values`. False after a report: one unknown, or twice."""
    fine = True
    for argument in call.arguments:
        if argument.name is None:
            continue
        if argument.name not in names:
            near = nearest(argument.name, names)
            report.add(
                errors.UNKNOWN_ARGUMENT.at(argument.span, function=name, name=argument.name, near=near, takes=takes)
            )
            fine = False
        elif argument.name in values:
            report.add(errors.REPEATED_ARGUMENT.at(argument.span, name=argument.name))
            fine = False
        else:
            values[argument.name] = argument.value
    return fine
