"""`normal(0, s)` after a `~`: a row of `builtins.draws` and its arguments."""

from fractions import Fraction
from typing import NamedTuple

from neurashed_dsl.builtins.draws import DISTRIBUTIONS
from neurashed_dsl.diagnostics import nearest
from neurashed_dsl.ir.expr import Const, Expr, Whole
from neurashed_dsl.model import arithmetic, errors
from neurashed_dsl.model.arguments import bind_arguments
from neurashed_dsl.model.demands import known_now, single, wanted
from neurashed_dsl.model.lower import lower
from neurashed_dsl.model.scope import Lowering, Scope, SetOf, Typed
from neurashed_dsl.syntax import ast


class Drawn(NamedTuple):
    """A row of `builtins.draws` and its arguments in order; "" after a report. `axis`: what is drawn is a position on it."""

    name: str
    args: tuple[Expr, ...] = ()
    kind: str = "real"
    axis: str | None = None


NOTHING = Drawn("", kind="unknown")


def lower_distribution(x: ast.Call, scope: Scope, to: Lowering) -> Drawn:
    """The distribution that a call names."""
    name = x.function.name
    if name == "choice":
        return _choice(x, scope, to)
    row = DISTRIBUTIONS.get(name)
    if row is None:
        near = nearest(name, DISTRIBUTIONS)
        to.report.add(
            errors.UNKNOWN_DISTRIBUTION.at(x.function.span, name=name, known=", ".join(DISTRIBUTIONS), near=near)
        )
        return NOTHING
    parameters = [_parameter(x, p.name, p.default) for p in row.parameters]
    values = bind_arguments(x, name, parameters, to.report)
    if values is None:
        return NOTHING
    args: list[Expr] = []
    for p in row.parameters:
        if p.name not in values:
            assert p.default is not None
            args.append(Const(float(p.default)))
            continue
        given = values[p.name]
        found = single(wanted(lower(given, scope, to), "number", given.span, to), given.span, to)
        found = arithmetic.integer(to, found)
        if found.kind == "unknown":
            return NOTHING
        args.append(arithmetic.as_real(found))
    values_now = [a.value if isinstance(a, Const) else known_now(a, to) for a in args]
    numbers = [arithmetic.as_float(n) for n in values_now if isinstance(n, int | float | Fraction)]
    fault = row.fault(*numbers) if len(numbers) == len(args) else ""
    if fault:
        to.report.add(errors.BAD_DISTRIBUTION.at(x.span, fault=fault))
        return NOTHING
    return Drawn(name, tuple(args))


def _choice(x: ast.Call, scope: Scope, to: Lowering) -> Drawn:
    """`choice(axis)`: an index of the axis, each equally likely."""
    values = bind_arguments(x, "choice", [_parameter(x, "axis", None)], to.report)
    if values is None:
        return NOTHING
    axis = values["axis"]
    meaning = scope.find(axis.name) if isinstance(axis, ast.Name) else None
    if isinstance(axis, ast.Name) and isinstance(meaning, Typed) and meaning.axis == axis.name:
        # `draw each[i] ~ choice(i)`: the index that bears the name of its axis.
        return Drawn("choice", (Const(float(to.axes[axis.name].size)),), "int", axis.name)
    if not isinstance(meaning, SetOf) or not isinstance(meaning.domain, Whole):
        near = nearest(axis.span.text, [n for n in scope.all() if isinstance(scope.find(n), SetOf)])
        to.report.add(errors.NOT_A_DOMAIN.at(axis.span, near=near))
        return NOTHING
    return Drawn("choice", (Const(float(to.axes[meaning.axis].size)),), "int", meaning.axis)


def _parameter(x: ast.Call, name: str, default: float | None) -> ast.Parameter:
    given = None if default is None else ast.Name(span=x.span, name=name)
    return ast.Parameter(span=x.span, name=ast.Name(span=x.span, name=name), default=given)
