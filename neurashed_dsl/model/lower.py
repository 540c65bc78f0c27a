"""Surface expressions to typed IR: names found, functions inlined, logs made logarithms, arrays given their dimensions.

`lower` never raises for a user's mistake: it reports it and returns UNKNOWN, which agrees with everything.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from fractions import Fraction
from typing import assert_never

from neurashed_dsl.diagnostics import NOWHERE, Report, Span, nearest
from neurashed_dsl.ir.expr import (
    Apply,
    Binder,
    Const,
    Domain,
    Expr,
    Range,
    Read,
    Row,
    Select,
    Var,
    Whole,
    substitute,
    tree_size,
)
from neurashed_dsl.ir.operators import FUNCTIONS, OPERATORS, REDUCERS
from neurashed_dsl.ir.system import Let
from neurashed_dsl.model import arithmetic, errors
from neurashed_dsl.model.arguments import bind_arguments
from neurashed_dsl.model.bounds import Outside, ends_of, outside, surely_inside
from neurashed_dsl.model.demands import (
    MAX_INLINING,
    MAX_OPERATIONS,
    MAX_RANGE,
    axis_words,
    described,
    known_now,
    may_inline,
    misplaced,
    number_held,
    rank_words,
    report_overgrown,
    report_unknown,
    single,
    too_long,
    wanted,
    whole_of,
)
from neurashed_dsl.model.scope import (
    UNKNOWN,
    ArrayOf,
    Edge,
    FunctionOf,
    Lowering,
    MacroOf,
    Meaning,
    MeasureOf,
    RelationOf,
    Scope,
    SetOf,
    Typed,
)
from neurashed_dsl.syntax import ast

OF_SETS = ("size", "lowest", "highest")
ITSELF = "a measure can't read itself"


def lower(x: ast.Expr, scope: Scope, to: Lowering) -> Typed:
    """The typed IR of a surface expression."""
    match x:
        case ast.Number():
            return _number(x, to)
        case ast.Truth():
            return Typed(Const(x.value, x.span), "bool")
        case ast.Text() | ast.Star() | ast.ListOf() | ast.Interval() | ast.EdgeRef() | ast.Comprehension():
            return misplaced(x, to)
        case ast.Name():
            return value_of(x, scope, to)
        case ast.Unary():
            return _unary(x, scope, to)
        case ast.Binary(op="in"):
            return _membership(x, scope, to)
        case ast.Binary():
            return _binary(x, scope, to)
        case ast.If():
            return _if(x, scope, to)
        case ast.Call():
            return _call(x, scope, to)
        case ast.Index():
            return _index(x, scope, to)
        case ast.Drawn() if to.draw is not None:
            return to.draw(x.distribution, scope)
        case ast.Drawn():
            to.report.add(errors.DRAW_NOT_HERE.at(x.span))
            return UNKNOWN
        case _:
            assert_never(x)


def _number(x: ast.Number, to: Lowering) -> Typed:
    if not number_held(x, to):
        return UNKNOWN
    return arithmetic.settled(Typed(Const(x.value, x.span), "real" if isinstance(x.value, Fraction) else "int"))


# --- names --------------------------------------------------------------------------------------------------------------


def value_of(x: ast.Name, scope: Scope, to: Lowering) -> Typed:
    meaning = scope.find(x.name) or scope.find(x.name + "()")
    match meaning:
        case Typed():
            return meaning
        case ArrayOf():
            return whole_array(meaning, x.span, to)
        case MeasureOf() | MacroOf() if scope.find(x.name) is None:
            return _call(ast.Call(span=x.span, function=x, arguments=()), scope, to)
        case None:
            report_unknown(x, scope, to)
        case _:
            what, hint = described(x.name, meaning)
            to.report.add(errors.NOT_A_VALUE.at(x.span, name=x.name, what=what, hint=hint))
    return UNKNOWN


def whole_array(array: ArrayOf, span: Span, to: Lowering) -> Typed:
    """An array without its indices: its dimensions are those of its axes."""
    domains = array.domains or tuple(map(Whole, array.axes))
    dims = tuple(Binder(to.fresh(axis), domain) for axis, domain in zip(array.axes, domains))
    to.domains |= {d.name: d.domain for d in dims}
    return Typed(Read(array.name, tuple(Var(d.name) for d in dims), span), array.kind, array.element, dims)


# --- operators ----------------------------------------------------------------------------------------------------------


def _unary(x: ast.Unary, scope: Scope, to: Lowering) -> Typed:
    operand = lower(x.operand, scope, to)
    if operand.kind == "unknown":
        return UNKNOWN
    if x.op == "not":
        operand = wanted(operand, "bool", x.operand.span, to)
        return replace(operand, expr=Apply("not", (operand.expr,), x.span)) if operand.kind != "unknown" else UNKNOWN
    operand = arithmetic.integer(to, wanted(operand, "number", x.operand.span, to))
    if operand.kind == "unknown":
        return UNKNOWN
    expr = arithmetic.folded(Apply("neg", (arithmetic.as_real(operand),), x.span))
    return Typed(expr, arithmetic.result_kind("neg", operand.kind), dims=operand.dims)


def _binary(x: ast.Binary, scope: Scope, to: Lowering) -> Typed:
    # A long sum leans to the left; a loop keeps the stack flat.
    chain: list[ast.Binary] = []
    first: ast.Expr = x
    while isinstance(first, ast.Binary) and first.op != "in":
        chain.append(first)
        first = first.left
    result = lower(first, scope, to)
    for part in reversed(chain):
        known = result if part.op == "and" else replace(result, expr=Apply("not", (result.expr,)))
        with guarded(known if part.op in ("and", "or") else UNKNOWN, to):
            right = lower(part.right, scope, to)
        result = _operated(part, result, right, to)
    return result


@contextmanager
def guarded(condition: Typed, to: Lowering) -> Iterator[None]:
    """What is lowered here is evaluated only where the condition holds."""
    known = condition.kind == "bool" and not condition.dims
    if known:
        to.guards.append(condition.expr)
    yield
    if known:
        to.guards.pop()


def _operated(x: ast.Binary, a: Typed, b: Typed, to: Lowering) -> Typed:
    if x.op in ("and", "or"):
        a, b = wanted(a, "bool", x.left.span, to), wanted(b, "bool", x.right.span, to)
    elif not (x.op in ("==", "!=") and a.kind == b.kind == "bool"):
        a, b = wanted(a, "number", x.left.span, to), wanted(b, "number", x.right.span, to)
    if x.op in ("/", "%", "//") and isinstance(b.expr, Const) and b.expr.value == 0 and b.kind in ("int", "real"):
        to.report.add(errors.DIVIDED_BY_ZERO.at(x.right.span))
        return UNKNOWN
    return arithmetic.binary(to, x.op, a, b, x.span)


def _membership(x: ast.Binary, scope: Scope, to: Lowering) -> Typed:
    left = lower(x.left, scope, to)
    meaning = scope.find(x.right.name) if isinstance(x.right, ast.Name) else None
    if isinstance(x.right, ast.Interval):
        low, high = lower(x.right.low, scope, to), lower(x.right.high, scope, to)
        above = arithmetic.binary(to, ">=", left, low, x.span)
        return arithmetic.binary(to, "and", above, arithmetic.binary(to, "<=", left, high, x.span), x.span)
    if not isinstance(meaning, SetOf):
        domain_of(x.right, scope, to)
        if not isinstance(x.right, ast.Call):
            to.report.add(errors.NOT_A_DOMAIN.at(x.right.span, near=""))
        return UNKNOWN
    if left.kind == "unknown":
        return UNKNOWN
    if left.axis != meaning.axis:
        to.report.add(errors.WRONG_AXIS.at(x.left.span, name="in", wanted=meaning.axis, got=axis_words(left)))
        return UNKNOWN
    return Typed(meaning.holds(left.expr), "bool", dims=left.dims)


def _if(x: ast.If, scope: Scope, to: Lowering) -> Typed:
    condition = wanted(lower(x.condition, scope, to), "bool", x.condition.span, to)
    with guarded(condition, to):
        yes = lower(x.yes, scope, to)
    with guarded(replace(condition, expr=Apply("not", (condition.expr,))), to):
        no = lower(x.no, scope, to)
    if "bool" in (yes.kind, no.kind) and yes.kind != no.kind:
        yes, no = wanted(yes, "number", x.yes.span, to), wanted(no, "number", x.no.span, to)
    return arithmetic.choose(condition, yes, no, x.span, to)


# --- calls --------------------------------------------------------------------------------------------------------------


def _call(x: ast.Call, scope: Scope, to: Lowering) -> Typed:
    name = x.function.name
    meaning = scope.find(name + "()") or scope.find(name)
    match meaning:
        case FunctionOf(ast.Function() as function):
            return _inlined(x, function, meaning.scope, scope, to)
        case MacroOf():
            return meaning.call(to, scope, x)
        case MeasureOf():
            array = measured(x, meaning, scope, to)
            return whole_array(array, x.span, to) if array else UNKNOWN
        case SetOf() if len(x.arguments) == 1:
            return _positioned(x, meaning, scope, to)
        case None if name in OF_SETS:
            return _of_set(x, scope, to)
        case Typed(_, "unknown"):
            return UNKNOWN  # reported where it is declared
        case None if name in REDUCERS or name in FUNCTIONS:
            return _builtin(x, scope, to)
        case None:
            near = nearest(name, [*scope.all(), *FUNCTIONS, *REDUCERS, *OF_SETS])
            to.report.add(errors.UNKNOWN_FUNCTION.at(x.function.span, name=name, near=near))
        case _:
            what, hint = described(name, meaning)
            to.report.add(
                errors.NOT_A_FUNCTION.at(x.function.span, name=name, what=what, hint=hint if "call" not in hint else "")
            )
    return UNKNOWN


def _builtin(x: ast.Call, scope: Scope, to: Lowering) -> Typed:
    name = x.function.name
    only = x.arguments[0].value if len(x.arguments) == 1 else None
    if name in REDUCERS and name != "log_sum" and only is not None and x.arguments[0].name is None:
        return _reducer(x, only, scope, to)
    if name in FUNCTIONS:
        return _scalar_function(x, scope, to)
    to.report.add(
        errors.WRONG_COUNT.at(
            x.span, function=name, given=errors.many(len(x.arguments), "argument"), takes="`e for i in …`, or one array"
        )
    )
    return UNKNOWN


def _scalar_function(x: ast.Call, scope: Scope, to: Lowering) -> Typed:
    name, arity = x.function.name, OPERATORS[x.function.name].arity
    takes = {1: "one number", 2: "two numbers", 3: "a number and two bounds"}[arity]
    for argument in x.arguments:
        if argument.name is not None:
            to.report.add(
                errors.UNKNOWN_ARGUMENT.at(argument.span, function=name, name=argument.name, near="", takes=takes)
            )
            return UNKNOWN
    given = len(x.arguments)
    many = name in ("min", "max") and given >= 2
    if given != arity and not many:
        to.report.add(errors.WRONG_COUNT.at(x.span, function=name, given=errors.many(given, "argument"), takes=takes))
        return UNKNOWN
    args = [wanted(lower(a.value, scope, to), "number", a.value.span, to) for a in x.arguments]
    args = [arithmetic.integer(to, a) for a in args]
    result = arithmetic.call(name, args[:arity], x.span, to)
    for other in args[arity:]:
        result = arithmetic.call(name, [result, other], x.span, to)
    return result


def _reducer(x: ast.Call, only: ast.Expr, scope: Scope, to: Lowering) -> Typed:
    name = x.function.name
    truths = name in ("any", "all", "count")
    if isinstance(only, ast.Comprehension):
        inner, binders = bound(only.binders, scope, to)
        where = (
            single(wanted(lower(only.where, inner, to), "bool", only.where.span, to), only.where.span, to)
            if only.where
            else None
        )
        with guarded(where or UNKNOWN, to):
            value = lower(only.body, inner, to)
        body = single(wanted(value, "bool" if truths else "number", only.body.span, to), only.body.span, to)
        if where is not None and where.kind == "unknown":
            return UNKNOWN
        return arithmetic.reduced(name, body, binders, where.expr if where else None, x.span, to)
    body = wanted(lower(only, scope, to), "bool" if truths else "number", only.span, to)
    if body.kind == "unknown":
        return UNKNOWN
    if not body.dims:
        to.report.add(
            errors.WRONG_TYPE.at(
                only.span, wanted="an array", got="a number", hint=f"`{name}(e for i in …)` runs over indices"
            )
        )
        return UNKNOWN
    return arithmetic.reduced(name, replace(body, dims=()), body.dims, None, x.span, to)


def _inlined(x: ast.Call, function: ast.Function, home: Scope, scope: Scope, to: Lowering) -> Typed:
    """A user's function: its body, with its parameters standing for the arguments."""
    values = bind_arguments(x, function.name.name, function.parameters, to.report)
    if values is None or not may_inline(x, function, to):
        return UNKNOWN
    names: dict[str, Meaning] = {}
    for parameter in function.parameters:
        given = values.get(parameter.name.name)
        where = scope if given is not None else home.child(names)
        names[parameter.name.name] = lower(given or parameter.default or x, where, to)
    to.depth += 1
    result = lower(function.body, home.child(names), to)
    to.depth -= 1
    if tree_size(result.expr) > MAX_OPERATIONS:
        report_overgrown(to)
        return UNKNOWN
    return result


# --- indices and domains -------------------------------------------------------------------------------------------------


def bound(binders: Iterable[ast.Binder], scope: Scope, to: Lowering) -> tuple[Scope, tuple[Binder, ...]]:
    """A scope in which the binders' names are indices, and the binders of the IR. A binder without a domain names its axis."""
    made: list[Binder] = []
    inner = scope.child()
    elements = 1
    for b in binders:
        if b.name in inner.names and b.domain is not None:
            to.report.add(errors.BOUND_TWICE.at(b.span, name=b.name))
        # `const E[class, class]` names an axis twice.
        found = domain_of(b.domain or ast.Name(span=b.span, name=b.name), scope if b.domain is None else inner, to)
        name = to.fresh(b.name)
        if found is None:
            inner.names[b.name] = UNKNOWN
            continue
        domain, axis, offset = found
        elements *= _elements(domain, to)
        if elements > MAX_RANGE and too_long(elements, b.span, to):
            inner.names[b.name] = UNKNOWN
            continue
        made.append(Binder(name, domain))
        to.domains[name] = domain
        inner.names[b.name] = Typed(arithmetic.shifted(Var(name, b.span), offset), "int", axis)
    return inner, tuple(made)


def _elements(domain: Domain, to: Lowering) -> int:
    """How often a range repeats what is inside it; 1 where it isn't known, or is as large as the model."""
    if isinstance(domain, Range) and not domain.axis:
        return max(1, _length(domain.low, domain.high, to) - 1)
    return 1


def domain_of(x: ast.Expr, scope: Scope, to: Lowering) -> tuple[Domain, str | None, int] | None:
    """What a binder runs over: the domain, the axis of its indices, and what to add to a position for the value of an index without an axis."""
    if isinstance(x, ast.Interval):
        low, high = (integer_expr(e, scope, to) for e in (x.low, x.high))
        if low is None or high is None:
            return None
        if too_long(_length(low, high, to), x.span, to):
            return None
        return Range(low, arithmetic.shifted(high, 1)), None, 0
    if isinstance(x, ast.Name):
        meaning = scope.find(x.name)
        if isinstance(meaning, SetOf):
            return meaning.domain, meaning.axis, 0
        if isinstance(meaning, Typed) and meaning.kind == "unknown":
            return None
        if isinstance(meaning, ArrayOf) and len(meaning.axes) == 1:
            return (meaning.domains or (Whole(meaning.axes[0]),))[0], meaning.axes[0], 0
        if isinstance(meaning, Typed) and meaning.axis is not None and not meaning.dims:
            return Range(meaning.expr, arithmetic.shifted(meaning.expr, 1), meaning.axis), meaning.axis, 0
    if isinstance(x, ast.Call) and x.function.name == "axis" and scope.find("axis") is None:
        return _axis_of(x, scope, to)
    if isinstance(x, ast.Call):
        meaning = scope.find(x.function.name)
        if isinstance(meaning, RelationOf) and len(x.arguments) == 1:
            at = position(x.arguments[0].value, meaning.source, x.function.name, scope, to)
            return None if at is None else (Row(meaning.name, inside(at, meaning.source, to)), meaning.target, 0)
    near = (
        nearest(x.name, [n for n in scope.all() if isinstance(scope.find(n), SetOf)]) if isinstance(x, ast.Name) else ""
    )
    to.report.add(errors.NOT_A_DOMAIN.at(x.span, near=near))
    return None


def _axis_of(x: ast.Call, scope: Scope, to: Lowering) -> tuple[Domain, str | None, int] | None:
    """`axis(X, 2)`: the second axis of an array."""
    given = [a.value for a in x.arguments]
    array = scope.find(given[0].name) if given and isinstance(given[0], ast.Name) else None
    if isinstance(array, Typed) and array.kind == "unknown":
        return None
    if not isinstance(array, ArrayOf) or len(given) != 2 or not isinstance(given[1], ast.Number):
        to.report.add(errors.NOT_A_DOMAIN.at(x.span, near=""))
        return None
    number = given[1].value
    if number not in range(1, len(array.axes) + 1):
        rank = errors.many(len(array.axes), "axis", "axes")
        to.report.add(errors.TOO_FEW_AXES.at(given[1].span, name=given[0].span.text, rank=rank, wanted=number))
        return None
    d = int(number) - 1
    return (array.domains or tuple(map(Whole, array.axes)))[d], array.axes[d], 0


def _of_set(x: ast.Call, scope: Scope, to: Lowering) -> Typed:
    """`size(block)`, `lowest(block)`, `highest(block)`, of whatever an index can run over."""
    if len(x.arguments) != 1 or x.arguments[0].name is not None:
        given = errors.many(len(x.arguments), "argument")
        to.report.add(errors.WRONG_COUNT.at(x.span, function=x.function.name, given=given, takes="one set of indices"))
        return UNKNOWN
    found = domain_of(x.arguments[0].value, scope, to)
    if found is None:
        return UNKNOWN
    domain, axis, _ = found
    if isinstance(domain, Row):
        to.report.add(errors.NOT_A_DOMAIN.at(x.arguments[0].span, near=""))
        return UNKNOWN
    origin = to.axes[axis].origin if axis else 0
    low, high = (domain.low, domain.high) if isinstance(domain, Range) else (Const(0), Const(to.axes[domain.axis].size))
    ends = {
        "size": arithmetic.folded(Apply("-", (high, low))),
        "lowest": arithmetic.shifted(low, origin),
        "highest": arithmetic.shifted(high, origin - 1),
    }
    return Typed(ends[x.function.name], "int")


def _length(low: Expr, high: Expr, to: Lowering) -> int:
    """The number of elements of a range whose ends are known now, else 0."""
    a, b = known_now(low, to), known_now(high, to)
    return 0 if a is None or b is None else max(int(b) - int(a) + 1, 0)


def integer_expr(x: ast.Expr, scope: Scope, to: Lowering) -> Expr | None:
    """An expression that must be a whole number."""
    found = arithmetic.integer(to, single(wanted(lower(x, scope, to), "number", x.span, to), x.span, to))
    if found.kind == "unknown":
        return None
    return found.expr if found.kind == "int" else whole_of(found.expr, x.span, to)


def _positioned(x: ast.Call, axis: SetOf, scope: Scope, to: Lowering) -> Typed:
    """`coord(k)`: an index of an axis from an integer."""
    found = integer_expr(x.arguments[0].value, scope, to)
    if found is None:
        return UNKNOWN
    return Typed(inside(arithmetic.shifted(found, -to.axes[axis.axis].origin), axis.axis, to), "int", axis.axis)


def inside(at: Expr, axis: str, to: Lowering) -> Expr:
    """A position that is checked in the run where it can't be vouched for now."""
    size = to.axes[axis].size
    return at if surely_inside(at, size, to) else Apply("within", (at, Const(size)), getattr(at, "span", NOWHERE))


def position(x: ast.Expr, axis: str, name: str, scope: Scope, to: Lowering, *, edged: bool = False) -> Expr | None:
    """The position on `axis` that an index expression means: an index of that axis, a whole number, or one of its labels.

    `edged`: the array has a boundary, so that the position may be beyond the axis.
    """
    known = to.axes[axis]
    label = x.name if isinstance(x, ast.Name) else x.value if isinstance(x, ast.Text) else _written(x)
    if (
        known.labels is not None
        and isinstance(x, ast.Name | ast.Text | ast.Index | ast.EdgeRef)
        and not _is_variable(x, axis, scope)
    ):
        match scope.find(label):
            case Typed(Const(at), _, there) if (
                there == axis
            ):  # a parameter that stands for a label, or the label itself
                return Const(at, x.span)
        if label in known.labels:
            return Const(list(known.labels).index(label), x.span)
        near = nearest(label, known.labels)
        to.report.add(
            errors.UNKNOWN_LABEL.at(x.span, axis=errors.PUBLIC.get(axis, axis), name=label, size=known.size, near=near)
        )
        return None
    found = single(lower(x, scope, to), x.span, to)
    if found.kind == "unknown":
        return None
    if found.axis is None and isinstance(found.expr, Const) and found.kind == "int":
        at = int(found.expr.value) - known.origin
        if not edged and not 0 <= at < known.size:
            bounds = {"low": known.origin, "high": known.origin + known.size - 1}
            to.report.add(errors.OUT_OF_AXIS.at(x.span, index=found.expr.value, axis=axis, **bounds))
            return None
        return Const(at, x.span)
    if found.axis is None and found.kind == "int" and known.labels is None:
        return arithmetic.shifted(found.expr, -known.origin)
    if found.axis != axis:
        to.report.add(errors.WRONG_AXIS.at(x.span, name=name, wanted=axis, got=axis_words(found)))
        return None
    return found.expr


def _written(x: ast.Expr) -> str:
    """`x[1, 2]` as the coordinate `x[1,2]`, `left -> bear` as the edge's."""
    if isinstance(x, ast.EdgeRef):
        return f"{_written(x.source)} -> {_written(x.target)}"
    return "".join(x.span.text.split())


def _is_variable(x: ast.Expr, wanted: str, scope: Scope) -> bool:
    """Is it an index, rather than the label of a node, an input, …? A label may have the name of an array."""
    name = x.base.name if isinstance(x, ast.Index) else x.name if isinstance(x, ast.Name) else ""
    match scope.find(name):
        case Typed(Const(), _, axis):
            return axis is None or axis == wanted  # a parameter of a measure, bound to a label
        case ArrayOf(_, axes):
            return isinstance(x, ast.Index) or not axes
        case found:
            return isinstance(found, Typed)


def _index(x: ast.Index, scope: Scope, to: Lowering) -> Typed:
    meaning = scope.find(x.base.name)
    if meaning is None or isinstance(meaning, SetOf):
        # A level may bear the name of a measure.
        meaning = scope.find(x.base.name + "()") or meaning
    if meaning is None:
        report_unknown(x.base, scope, to)
        return UNKNOWN
    if isinstance(meaning, MeasureOf) and any(key[0] in meaning.overloads for key in to.measuring):
        to.report.add(errors.NO_ARRAY.at(x.base.span, name=x.base.name, hint=ITSELF))
        return UNKNOWN
    if isinstance(meaning, MeasureOf):
        meaning = measured(ast.Call(span=x.base.span, function=x.base, arguments=()), meaning, scope, to) or UNKNOWN
    if not isinstance(meaning, ArrayOf):
        if not (isinstance(meaning, Typed) and meaning.kind == "unknown"):
            to.report.add(errors.NOT_AN_ARRAY.at(x.base.span, name=x.base.name))
        return UNKNOWN
    if not meaning.axes:
        to.report.add(errors.NOT_AN_ARRAY.at(x.base.span, name=x.base.name))
        return UNKNOWN
    if len(meaning.axes) != len(x.arguments):
        to.report.add(errors.WRONG_RANK.at(x.span, **rank_words(x, meaning.axes)))
        return UNKNOWN
    return _at(x, meaning, whole_array(meaning, x.span, to), scope, to)


def _at(x: ast.Index, meaning: ArrayOf, array: Typed, scope: Scope, to: Lowering) -> Typed:
    """The array's expression with its dimensions replaced by the positions given; `*` leaves a dimension open."""
    values: dict[str, Expr] = {}
    open_dims: list[Binder] = []
    for argument, axis, dim in zip(x.arguments, meaning.axes, array.dims):
        if isinstance(argument.value, ast.Star):
            open_dims.append(dim)
            continue
        at = position(argument.value, axis, x.base.name, scope, to, edged=meaning.name in to.edges)
        if at is None:
            return UNKNOWN
        values[dim.name] = at
    read = replace(substitute(array.expr, values), span=x.span)
    assert isinstance(read, Read)
    element = _bounded(x, meaning, read, to)
    return UNKNOWN if element is None else replace(array, expr=element, dims=tuple(open_dims))


def _bounded(x: ast.Index, meaning: ArrayOf, read: Read, to: Lowering) -> Expr | None:
    """The read, or what its boundary gives where it is beyond the axes. None after a report."""
    edges = to.edges.get(meaning.name, [])
    index = list(read.index)
    for d, (at, axis) in enumerate(zip(read.index, meaning.axes)):
        if meaning.domains is not None:
            continue
        known = to.axes[axis]
        allowed, partly = _beyond(edges, d, known.origin)
        case = outside(at, allowed, known.size, to)
        if case is None:
            continue
        if case.certain and not partly:
            _report_beyond(x, meaning, d, case, to)
            return None
        index[d] = Apply("within", (at, Const(known.size)), x.span)
    result: Expr = replace(read, index=tuple(index))
    for edge in edges:
        result = _edged(result, read, edge, meaning, to)
    return result


def _beyond(edges: Iterable[Edge], d: int, origin: int) -> tuple[set[int], bool]:
    """Positions beyond an axis at which an array has a value wherever it is along the others; has it some at places of the others?"""
    there = [e for e in edges if e.places[d] is not None]
    everywhere = {e.places[d] for e in there if sum(p is not None for p in e.places) == 1}
    return {p - origin for p in everywhere if p is not None}, len(everywhere) < len({e.places[d] for e in there})


def _edged(result: Expr, read: Read, edge: Edge, meaning: ArrayOf, to: Lowering) -> Expr:
    """`if` the index is that of the boundary `then` its value `else` what else it is."""
    tests: list[Expr] = []
    for at, place, axis in zip(read.index, edge.places, meaning.axes):
        if place is None:
            continue
        there = place - to.axes[axis].origin
        ends = ends_of(at, to)
        if ends is not None and not ends[0] <= there <= ends[1]:
            return result
        tests.append(Apply("==", (at, Const(there))))
    key = f"boundary of {meaning.name}"
    if key in to.inside:
        to.report.add(errors.NO_ARRAY.at(edge.value.span, name=meaning.name, hint="a boundary can't read itself"))
        return result
    to.inside.append(key)
    value = single(wanted(lower(edge.value, edge.scope, to), "number", edge.value.span, to), edge.value.span, to)
    to.inside.pop()
    if value.kind == "unknown":
        return result
    value = arithmetic.integer(to, value)
    held = arithmetic.as_log(value) if meaning.kind == "log" else arithmetic.as_real(value)
    condition = tests[0]
    for test in tests[1:]:
        condition = Apply("and", (condition, test))
    return Select(condition, held, result, read.span)


def _report_beyond(x: ast.Index, meaning: ArrayOf, d: int, case: Outside, to: Lowering) -> None:
    axis = to.axes[meaning.axes[d]]
    index = ["…"] * len(meaning.axes)
    index[d] = str(case.at + axis.origin)
    names = [f"{n.rsplit('.', 1)[0]} = {_shown_index(n, v, to)}" for n, v in case.values.items()]
    values = {"name": x.base.name, "index": ", ".join(index), "where": f" at {', '.join(names)}" if names else ""}
    values |= {"text": x.span.text, "axis": axis.name}
    spot = x.arguments[d].span
    to.report.add(errors.BEYOND_AXIS.at(spot, low=axis.origin, high=axis.origin + axis.size - 1, **values))


def _shown_index(name: str, value: int, to: Lowering) -> int:
    """A bound position as the integer that a user knows."""
    domain = to.domains[name]
    axis = domain_axis(domain, to)
    return value + to.axes[axis].origin if axis else value


# --- measures -----------------------------------------------------------------------------------------------------------


def measured(x: ast.Call, meaning: MeasureOf, scope: Scope, to: Lowering) -> ArrayOf | None:
    """The array that a measure gives for these arguments: a let made where it is first asked for. Its parameters are by name."""
    measure = next((m for m in meaning.overloads if len(m.parameters) == len(x.arguments)), None)
    measure = measure or next(
        (m for m in meaning.overloads if len(m.parameters) >= len(x.arguments)), meaning.overloads[-1]
    )
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
        found = (
            _by_name(given, scope, to)
            if given is not None
            else _by_name(default, meaning.scope.child(to.world).child(names), to)
        )
        if found is UNKNOWN:
            return None
        names[parameter.name.name] = found
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
        to.report.add(
            errors.BAD_MEASURE.at(x.span, name=measure.name.name, why=fault.message, label=fault.label, **place)
        )


def _by_name(x: ast.Expr, scope: Scope, to: Lowering) -> Meaning:
    meaning = scope.find(x.name) if isinstance(x, ast.Name) else None
    if isinstance(x, ast.Call) and isinstance(of := scope.find(x.function.name + "()"), MeasureOf):
        return measured(x, of, scope, to) or UNKNOWN
    return meaning if meaning is not None else lower(x, scope, to)


def _identity(meaning: Meaning) -> object:
    match meaning:
        case Typed(expr, kind, axis, _):
            return (expr, kind, axis)
        case SetOf(axis, domain, _, _):
            return (axis, domain)
        case ArrayOf(name):
            return name
        case _:
            return id(meaning)


def _measure(measure: ast.Measure, home: Scope, x: ast.Call, to: Lowering) -> ArrayOf | None:
    inner, binders = bound(measure.binders, home, to)
    body = single(lower(measure.body, inner, to), measure.body.span, to)
    if body.kind == "unknown" or len(binders) != len(measure.binders):
        return None
    wants_log = measure.type is not None and measure.type.name == "log"
    kind = "log" if wants_log else body.kind
    expr = arithmetic.as_log(body) if wants_log else body.expr
    name = f"{measure.name.name}.{len(to.lets)}"
    to.lets.append(Let(name, binders, expr, "real" if kind == "log" else kind, kind == "log", span=x.span))
    axes = tuple(domain_axis(b.domain, to) for b in binders)
    if body.axis is not None and surely_inside(body.expr, to.axes[body.axis].size, to):
        to.elements[name] = body.axis
    return ArrayOf(name, axes, kind, body.axis, tuple(b.domain for b in binders), x.span)


def domain_axis(domain: Domain, to: Lowering) -> str:
    """The axis that a domain's positions lie on; "" for plain integers."""
    match domain:
        case Whole(axis) | Range(_, _, axis):
            return axis
        case Row(relation, _):
            return to.targets[relation]
        case _:
            assert_never(domain)
