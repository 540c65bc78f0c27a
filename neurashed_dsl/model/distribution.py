"""`normal(0, s)` after a `~`: a row of `builtins.draws` and its arguments."""

from fractions import Fraction

from neurashed_dsl.builtins.draws import DISTRIBUTIONS
from neurashed_dsl.diagnostics import nearest
from neurashed_dsl.ir.expr import Const, Expr
from neurashed_dsl.model import arithmetic, errors
from neurashed_dsl.model.arguments import bind_arguments
from neurashed_dsl.model.demands import known_now, single, wanted
from neurashed_dsl.model.lower import lower
from neurashed_dsl.model.scope import Lowering, Scope
from neurashed_dsl.syntax import ast


def lower_distribution(x: ast.Call, scope: Scope, to: Lowering) -> tuple[str, tuple[Expr, ...]]:
    """The name and the arguments of a distribution, in the order of its row; ("", ()) after a report."""
    name = x.function.name
    row = DISTRIBUTIONS.get(name)
    if row is None:
        known = ", ".join(DISTRIBUTIONS)
        to.report.add(
            errors.UNKNOWN_DISTRIBUTION.at(x.function.span, name=name, known=known, near=nearest(name, DISTRIBUTIONS))
        )
        return "", ()
    parameters = [_parameter(x, p.name, p.default) for p in row.parameters]
    values = bind_arguments(x, name, parameters, to.report)
    if values is None:
        return "", ()
    args: list[Expr] = []
    for p in row.parameters:
        if p.name not in values:
            assert p.default is not None
            args.append(Const(float(p.default)))
            continue
        given = values[p.name]
        found = single(wanted(lower(given, scope, to), "number", given.span, to), given.span, to)
        found = arithmetic.integer(to, found)
        args.append(arithmetic.as_real(found))
    values_now = [a.value if isinstance(a, Const) else known_now(a, to) for a in args]
    numbers = [arithmetic.as_float(n) for n in values_now if isinstance(n, int | float | Fraction)]
    fault = row.fault(*numbers) if len(numbers) == len(args) else ""
    if fault:
        to.report.add(errors.BAD_DISTRIBUTION.at(x.span, fault=fault))
        return "", ()
    return name, tuple(args)


def _parameter(x: ast.Call, name: str, default: float | None) -> ast.Parameter:
    given = None if default is None else ast.Name(span=x.span, name=name)
    return ast.Parameter(span=x.span, name=ast.Name(span=x.span, name=name), default=given)
