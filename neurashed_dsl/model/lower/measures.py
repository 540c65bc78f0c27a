"""Measures: a let is made where one is first asked for."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from neurashed_dsl.diagnostics import Report, Span
from neurashed_dsl.ir.expr import (
    Apply,
    Binder,
    Const,
    Domain,
    Expr,
    Range,
    Read,
    Reduce,
    Row,
    Var,
    Whole,
    domain_parts,
    free,
    substitute,
    with_domain_parts,
)
from neurashed_dsl.ir.system import Let
from neurashed_dsl.model import arithmetic, errors
from neurashed_dsl.model.arguments import bind_arguments
from neurashed_dsl.model.bounds import ends_of, surely_inside
from neurashed_dsl.model.demands import (
    MAX_INLINING,
    single,
)
from neurashed_dsl.model.lower import expressions, indices
from neurashed_dsl.model.scope import (
    UNKNOWN,
    ArrayOf,
    Lowering,
    Meaning,
    MeasureOf,
    RelationOf,
    Scope,
    SetOf,
    Typed,
)
from neurashed_dsl.syntax import ast
from neurashed_dsl.syntax.walk import walk

ITSELF = "a measure can't read itself"


def measured(x: ast.Call, meaning: MeasureOf, scope: Scope, to: Lowering) -> ArrayOf | None:
    """The array that a measure gives for these arguments: a let made where it is first asked for. Its parameters are by name."""
    measure = _chosen(x, meaning, scope, to)
    values = bind_arguments(x, measure.name.name, measure.parameters, to.report)
    if values is None:
        return None
    if not to.world:
        to.report.add(errors.NOT_CONSTANT.at(x.span, what="the model, and is known only where something is recorded"))
        return None
    names: dict[str, Meaning] = {}
    for parameter in measure.parameters:
        given = values.get(parameter.name.name)
        default = parameter.default or x.function
        if given is not None:
            found = _by_name(given, scope, to)
        else:
            with _faults_told(x, measure, to):
                found = _by_name(default, meaning.scope.child(to.world).child(names), to)
        if found is UNKNOWN or not _fits(x, parameter, given, found, meaning, to):
            return None
        names[parameter.name.name] = found
        names |= _axes_named(parameter, found)
    key = (measure, tuple((n, _identity(m)) for n, m in names.items()))
    if key in to.measuring or len(to.measuring) > MAX_INLINING:
        to.report.add(errors.NO_ARRAY.at(x.span, name=measure.name.name, hint=ITSELF))
        return None
    if key not in to.measured:
        to.measuring.append(key)
        with _faults_told(x, measure, to):
            made = _measure(measure, meaning.scope.child(to.world).child(names), x, to)
        to.measuring.pop()
        if made is None:
            return None
        to.measured[key] = made
    return to.measured[key]


def _chosen(x: ast.Call, meaning: MeasureOf, scope: Scope, to: Lowering) -> ast.Measure:
    """Of measures of one name, that which takes as many arguments, of these ranks, and whose arrays the model has."""
    given = len(x.arguments)
    fitting = [m for m in meaning.overloads if _of_rank(m, x, scope, to)] or list(meaning.overloads)
    exact = [m for m in fitting if len(m.parameters) == given]
    exact = exact or [m for m in fitting if len(m.parameters) >= given] or fitting[-1:]
    if len(exact) == 1:
        return exact[0]
    return next((m for m in exact if _has_arrays(m, meaning.scope.child(to.world))), exact[0])


def _has_arrays(measure: ast.Measure, scope: Scope) -> bool:
    own = {p.name.name for p in measure.parameters}
    read = {n.base.name for n in walk(measure.body) if isinstance(n, ast.Index)} - own
    return all(scope.find(name) is not None or scope.find(f"{name}()") is not None for name in read)


def _of_rank(measure: ast.Measure, x: ast.Call, scope: Scope, to: Lowering) -> bool:
    """Do the arrays have the axes that its parameters name, as `X[class, coord]` does?"""
    if not any(p.binders for p in measure.parameters):
        return True
    values = bind_arguments(x, measure.name.name, measure.parameters, Report()) or {}
    wanted = {p.name.name: len(p.binders) for p in measure.parameters if p.binders and p.name.name in values}
    return all(_rank(_by_name(values[name], scope, to)) in (rank, None) for name, rank in wanted.items())


def _fits(
    x: ast.Call, parameter: ast.Parameter, given: ast.Expr | None, found: Meaning, measure: MeasureOf, to: Lowering
) -> bool:
    """Has an argument as many axes as its parameter names? False after a report."""
    rank = _rank(found)
    if given is not None and isinstance(found, Typed) and _lacks_indices(x, parameter, given, found, measure, to):
        return False
    if given is None or not parameter.binders or rank in (len(parameter.binders), None):
        return True
    others = (p for m in measure.overloads for p in m.parameters if p.name.name == parameter.name.name and p.binders)
    wanted = ", or ".join(dict.fromkeys(" × ".join(b.name for b in p.binders) for p in others))
    shape = (
        " × ".join(found.axes) if isinstance(found, ArrayOf) and found.axes else errors.many(rank or 0, "axis", "axes")
    )
    values = {"wanted": wanted, "given": f"over {shape}" if rank else "one number"}
    to.report.add(errors.MEASURE_SHAPE.at(given.span, name=x.function.name, text=given.span.text, **values))
    return False


def _lacks_indices(
    x: ast.Call, parameter: ast.Parameter, given: ast.Expr, found: Typed, measure: MeasureOf, to: Lowering
) -> bool:
    """Is it one number, where each measure of that name reads elements? Then that is reported."""
    name = parameter.name.name
    bodies = [m.body for m in measure.overloads if any(p.name.name == name for p in m.parameters)]
    if found.dims or found.kind == "unknown" or not all(_indexes(name, body) for body in bodies):
        return False
    what = f"one {errors.PUBLIC.get(found.axis, found.axis)}" if found.axis else "one number"
    other = any(not m.parameters and m.binders for m in measure.overloads) and found.axis
    values = {"function": x.function.name, "name": name, "text": given.span.text, "what": what}
    to.report.add(errors.ARRAY_WANTED.at(given.span, **values, all=x.function.name if other else ""))
    return True


def _indexes(name: str, body: ast.Expr) -> bool:
    return any(isinstance(n, ast.Index) and n.base.name == name for n in walk(body))


def _rank(meaning: Meaning) -> int | None:
    """None where that isn't known, after a report."""
    match meaning:
        case ArrayOf(_, axes):
            return len(axes)
        case Typed(_, kind, _, dims):
            return None if kind == "unknown" else len(dims)
        case _:
            return 0


def _axes_named(parameter: ast.Parameter, found: Meaning) -> dict[str, Meaning]:
    """`class` and `coord` of a parameter `X[class, coord]` are the axes of the array that is given."""
    if not isinstance(found, ArrayOf) or len(found.axes) != len(parameter.binders):
        return {}
    domains = found.domains or tuple(map(Whole, found.axes))
    return {
        binder.name: SetOf(axis, domain, partial(_inside, domain))
        for binder, axis, domain in zip(parameter.binders, found.axes, domains)
    }


def _inside(domain: Domain, at: Expr) -> Expr:
    if not isinstance(domain, Range):
        return Const(True)
    return Apply("and", (Apply(">=", (at, domain.low)), Apply("<", (at, domain.high))))


@contextmanager
def _faults_told(x: ast.Call, measure: ast.Measure, to: Lowering) -> Iterator[None]:
    """What is wrong in a measure of another file is told where the measure is asked for: its user can't mend it there."""
    outer = to.report
    if x.span.source is not measure.span.source:
        to.report = Report()
    try:
        yield
    finally:
        inner, to.report = to.report, outer
    for fault in inner.found if inner is not outer else []:
        place = {"text": fault.span.text, "place": fault.span.place} if fault.span else {}
        hint = fault.values.get("hint", "") if fault.kind is errors.WRONG_AXIS else ""
        values = {"why": fault.message, "label": fault.label, "hint": hint, **place}
        to.report.add(errors.BAD_MEASURE.at(x.span, name=measure.name.name, **values))


def _by_name(x: ast.Expr, scope: Scope, to: Lowering) -> Meaning:
    meaning = scope.find(x.name) if isinstance(x, ast.Name) else None
    if isinstance(x, ast.Call) and isinstance(of := scope.find(x.function.name + "()"), MeasureOf):
        return measured(x, of, scope, to) or UNKNOWN
    if isinstance(x, ast.Call) and isinstance(scope.find(x.function.name), RelationOf):
        return members(x, scope, to)
    return meaning if meaning is not None else _named(expressions.lower(x, scope, to))


def _named(x: Typed) -> Meaning:
    """What is no more than a whole array, as a probe's, is that array."""
    match x.expr:
        case Read(array, index) if x.dims and index == tuple(Var(b.name) for b in x.dims):
            axes = [b.domain.axis for b in x.dims if isinstance(b.domain, Whole)]
            return ArrayOf(array, tuple(axes), x.kind, x.axis) if len(axes) == len(x.dims) else x
        case _:
            return x


def members(x: ast.Call, scope: Scope, to: Lowering) -> Meaning:
    """`edges(parts)`, `into(cat)`: what a measure runs over."""
    found = indices.domain_of(x, scope, to)
    if found is None:
        return UNKNOWN
    domain, axis, _ = found
    assert axis is not None

    def holds(at: Expr) -> Expr:
        binder = Binder(to.fresh("member"), domain)
        return Reduce("any", Apply("==", (at, Var(binder.name))), (binder,))

    return SetOf(axis, domain, holds, x.span)


def _identity(meaning: Meaning) -> object:
    match meaning:
        case Typed(expr, kind, axis, _):
            return (expr, kind, axis)
        case SetOf(axis, domain, _, _):
            return (axis, domain)
        case ArrayOf(name, at=at):
            return (name, at)
        case _:
            return id(meaning)


def _measure(measure: ast.Measure, home: Scope, x: ast.Call, to: Lowering) -> ArrayOf | None:
    inner, binders = indices.bound(measure.binders, home, to)
    body = single(expressions.lower(measure.body, inner, to), measure.body.span, to)
    if body.kind == "unknown" or len(binders) != len(measure.binders):
        return None
    wants_log = measure.type is not None and measure.type.name == "log"
    kind = "log" if wants_log else body.kind
    expr = arithmetic.as_log(body) if wants_log else body.expr
    name = f"{measure.name.name}.{len(to.lets)}"
    read = free(expr).union(*(free(p) for b in binders for p in domain_parts(b.domain))) - {b.name for b in binders}
    given = sorted(read & to.domains.keys())
    domains = [d for v in given if (d := _everywhere(v, x.span, to)) is not None]
    if len(domains) < len(given):
        return None
    around = tuple(Binder(to.fresh(v), d) for v, d in zip(given, domains))
    to.domains |= {b.name: b.domain for b in around}
    places: dict[str, Expr] = {v: Var(b.name) for v, b in zip(given, around)}
    expr, binders = substitute(expr, places), tuple(_with_places(b, places) for b in binders)
    to.lets.append(Let(name, (*around, *binders), expr, "real" if kind == "log" else kind, kind == "log", span=x.span))
    axes = tuple(indices.domain_axis(b.domain, to) for b in binders)
    if body.axis is not None and surely_inside(body.expr, to.axes[body.axis].size, to):
        to.elements[name] = body.axis
    at = tuple(map(Var, given))
    return ArrayOf(name, axes, kind, body.axis, tuple(b.domain for b in binders), x.span, at)


def _everywhere(name: str, span: Span, to: Lowering) -> Domain | None:
    """What an index of the caller's runs over; from its least to its largest value, if that is said by another index. None after a report."""
    domain = to.domains[name]
    if not any(map(free, domain_parts(domain))):
        return domain
    if isinstance(domain, Row):
        return Whole(to.targets[domain.relation])
    ends = ends_of(Var(name), to)
    if ends is None:
        to.report.add(errors.NOT_CONSTANT.at(span, what="an index whose range moves"))
        return None
    return Range(Const(ends[0]), Const(ends[1] + 1), indices.domain_axis(domain, to))


def _with_places(b: Binder, places: dict[str, Expr]) -> Binder:
    return Binder(b.name, with_domain_parts(b.domain, tuple(substitute(p, places) for p in domain_parts(b.domain))))
