"""Options of functions of records, `window: 151`: numbers that don't depend on what was recorded."""

from collections.abc import Callable

from neurashed_dsl.builtins.after import After, Option
from neurashed_dsl.diagnostics import nearest
from neurashed_dsl.ir.expr import Apply, Const, Expr, Read, Var, walk
from neurashed_dsl.model import errors
from neurashed_dsl.model import experiment_errors as words
from neurashed_dsl.model.constant import evaluated, shown
from neurashed_dsl.model.scope import Lowering
from neurashed_dsl.syntax import ast

Constant = Callable[[ast.Expr], Expr | None]  # what an option says, lowered; None after a report


def options_of(x: ast.Call, row: After, constant: Constant, count: int | None, to: Lowering) -> list[Expr] | None:
    """`count`: of the times that are recorded, if that is known. None after a report."""
    wanted = row.options
    given: dict[str, float] = {}
    for a in x.arguments:
        if a.name is None:
            continue
        takes = ", ".join(f"`{w}:`" for w in wanted)
        if a.name not in wanted:
            to.report.add(
                words.UNKNOWN_KEY.at(
                    a.span, what=x.function.name, name=a.name, near=nearest(a.name, wanted), takes=takes
                )
            )
            return None
        value = _option(a.name, a.value, wanted[a.name], constant, to)
        if value is None:
            return None
        given[a.name] = value
    missing = [n for n, option in wanted.items() if option.required and n not in given]
    if missing:
        to.report.add(
            errors.MISSING_ARGUMENT.at(x.span, function=x.function.name, name=missing[0], takes=f"`{missing[0]}:`")
        )
        return None
    fault = row.fault(given, count)
    if fault:
        to.report.add(words.BAD_OPTIONS.at(x.span, fault=fault))
        return None
    return [Apply("option", (Var(name), Const(value))) for name, value in given.items()]


def _option(name: str, x: ast.Expr, option: Option, constant: Constant, to: Lowering) -> float | None:
    """A number that doesn't depend on what was recorded."""
    expr = constant(x)
    if expr is None:
        return None
    if any(isinstance(e, Var | Read) for e in walk(expr)):
        to.report.add(errors.NOT_CONSTANT.at(x.span, what="what is recorded"))
        return None
    value = evaluated(expr, x.span, to)
    if value is None:
        return None
    if not option.least <= value <= option.most or (option.whole and value != int(value)):
        bound = f"of at most {shown(option.most)}" if value > option.most else f"of at least {option.least}"
        to.report.add(words.BAD_STEPS.at(x.span, what=f"`{name}`", value=shown(value), bound=bound))
        return None
    return float(value)
