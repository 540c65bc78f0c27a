"""What is known of a set of indices, and what is none: `size(block)`, `lowest(block)`, `highest(block)`; an index, an array of several axes."""

from neurashed_dsl.diagnostics import nearest
from neurashed_dsl.ir.expr import Apply, Binder, Const, Domain, Expr, Range, Reduce, Row, Var, Whole
from neurashed_dsl.model import arithmetic, errors
from neurashed_dsl.model.lower import indices
from neurashed_dsl.model.scope import UNKNOWN, ArrayOf, Lowering, Scope, SetOf, Typed
from neurashed_dsl.syntax import ast

OF_SETS = ("size", "lowest", "highest")


def of_set(x: ast.Call, scope: Scope, to: Lowering) -> Typed:
    """`size(block)`, `lowest(block)`, `highest(block)`, of whatever an index can run over."""
    if len(x.arguments) != 1 or x.arguments[0].name is not None:
        given = errors.many(len(x.arguments), "argument")
        to.report.add(errors.WRONG_COUNT.at(x.span, function=x.function.name, given=given, takes="one set of indices"))
        return UNKNOWN
    name, given_set = x.function.name, x.arguments[0].value
    found = indices.domain_of(given_set, scope, to, name)
    if found is None:
        return UNKNOWN
    domain, axis, _ = found
    if isinstance(domain, Row):
        return _of_row(name, domain, given_set, to)
    origin = to.axes[axis].origin if axis else 0
    low, high = (
        (domain.low, domain.high)
        if isinstance(domain, Range)
        else (Const(0), Const(to.axes[domain.axis].size, of=domain.axis))
    )
    ends = {
        "size": arithmetic.folded(Apply("-", (high, low))),
        "lowest": arithmetic.shifted(low, origin),
        "highest": arithmetic.shifted(high, origin - 1),
    }
    return Typed(ends[name], "int")


def _of_row(name: str, row: Row, x: ast.Expr, to: Lowering) -> Typed:
    """Of what a relation gives, which need not lie side by side and may be nothing at all."""
    if name == "size":
        return Typed(Reduce("sum", Const(1), (Binder(to.fresh("member"), row),)), "int")
    hint = f"`{'min' if name == 'lowest' else 'max'}(i for i in {x.span.text})` looks at all of them"
    to.report.add(errors.WRONG_TYPE.at(x.span, wanted="an axis, a level or a range", got="a relation", hint=hint))
    return UNKNOWN


def one_place(x: ast.Name, at: Expr, axis: str, scope: Scope, to: Lowering, of: str) -> Domain | None:
    """The name of a node, of a class, … is a set of one. An index isn't: `size(i)` would be 1 whatever it runs over. `of` as in `domain_of`."""
    if isinstance(at, Const):
        return Range(at, arithmetic.shifted(at, 1), axis)
    near = _around(x, at, axis, scope, to)
    near = f"{of}({near})" if near and of else near
    to.report.add(errors.ONE_PLACE.at(x.span, name=x.name, axis=errors.PUBLIC.get(axis, axis), near=near))
    return None


def _around(x: ast.Name, at: Expr, axis: str, scope: Scope, to: Lowering) -> str:
    """The name of the set that an index runs over, else of its axis. "" where `x` is a parameter: its mistake is the caller's."""
    if isinstance(at, Var) and at.name.rpartition(".")[0] != x.name:
        return ""
    run_over = to.domains.get(at.name) if isinstance(at, Var) else None
    sets = {n: s.domain for n in scope.all() if isinstance(s := scope.find(n), SetOf) and s.axis == axis}
    return next((n for domain in (run_over, Whole(axis)) for n in sets if sets[n] == domain), "")


def meant(name: str, scope: Scope) -> str:
    """What may have been meant by a name over which nothing can run."""
    match scope.find(name):
        case ArrayOf(_, axes) if len(axes) > 1:
            return f"axis({name}, 1)"
        case _:
            return nearest(name, [n for n in scope.all() if isinstance(scope.find(n), SetOf)])
