"""What a system declares: states, constants, draws and white noises."""

from collections.abc import Mapping

from neurashed_dsl.builtins.draws import DISTRIBUTIONS
from neurashed_dsl.ir.expr import Binder, Const, Expr, Read, Var, arrays
from neurashed_dsl.ir.system import Draw, Fill, Let, Slot, Table
from neurashed_dsl.model import arithmetic
from neurashed_dsl.model.bounds import surely_inside
from neurashed_dsl.model.constant import shown
from neurashed_dsl.model.demands import known_now, single, wanted
from neurashed_dsl.model.distribution import Drawn, lower_distribution
from neurashed_dsl.model.errors import NOT_CONSTANT, WRONG_TYPE
from neurashed_dsl.model.lower import lower
from neurashed_dsl.model.results_given import members, text_of
from neurashed_dsl.model.scope import UNKNOWN, ArrayOf, Lowering, Scope, Typed
from neurashed_dsl.model.system import errors
from neurashed_dsl.model.system.array_parameters import scope_of_text
from neurashed_dsl.model.system.circles import arranged
from neurashed_dsl.model.system.equations import Equations, axes_of, kind_held, kind_named
from neurashed_dsl.model.system.given import array_from_file, array_of_list, array_of_result
from neurashed_dsl.syntax import ast
from neurashed_dsl.values import frozen

Starts = Mapping[str, tuple[Fill, ...]]


@frozen
class Place:
    """Where an array is declared: the scope with its indices (`inner`), their binders and axes, the scope around it."""

    inner: Scope
    binders: tuple[Binder, ...]
    axes: tuple[str, ...]
    scope: Scope
    made: Equations
    to: Lowering

    @property
    def sizes(self) -> tuple[int, ...]:
        return tuple(self.made.axes[a].size for a in self.axes)


def declare(
    item: ast.State | ast.Const | ast.Draw | ast.White, scope: Scope, starts: Starts, made: Equations, to: Lowering
) -> None:
    """One array, in the scope and among the equations."""
    inner, binders, axes = axes_of(item.binders, scope, to)
    promised = scope.names.get(item.name.name, UNKNOWN)
    scope.names[item.name.name] = UNKNOWN
    if len(binders) < len(item.binders) or "" in axes:
        if "" in axes:
            to.report.add(errors.OWN_AXIS.at(item.binders[axes.index("")].span, name=item.name.name))
        return
    at = Place(inner, binders, axes, scope, made, to)
    match item:
        case ast.State():
            scope.names[item.name.name] = promised
            _state(item, starts, at)
        case ast.Const():
            _const(item, at)
        case ast.Draw():
            _draw(item, at)
        case ast.White():
            scope.names[item.name.name] = ArrayOf(item.name.name, axes, "real", span=item.name.span)
            made.whites[item.name.name] = axes
            made.noisy.add(item.name.name)


def _state(item: ast.State, starts: Starts, at: Place) -> None:
    name = item.name.name
    kind = "real" if name in at.to.reals else kind_named(item.type, at.to)
    start = starts.get(name, ())
    if item.value is not None:
        start = (_start(item, item.value, kind, at),)
    elif not start:
        at.to.report.add(errors.NO_START.at(item.name.span, name=name, shape=with_indices(name, at.axes)))
    at.scope.names[name] = ArrayOf(name, at.axes, kind, span=item.name.span)
    positive = name in at.to.reals
    at.made.slots[name] = Slot(
        name, at.axes, kind_held(kind), start, kind == "log", positive, item.span, truth=kind == "bool"
    )


def _start(item: ast.State | ast.Const, value: ast.Expr, kind: str, at: Place) -> Fill:
    if item.drawn:
        return _drawn(value, item, kind, at)
    if isinstance(value, ast.ListOf):
        expr = _table(f"start of {item.name.name}", value, kind, at)
        return Fill(None, (expr,), binders=at.binders)
    found = as_declared(kind, single(lower(value, at.inner, at.to), value.span, at.to), item.name, value, at.to)
    found = arithmetic.integer(at.to, found)
    _moves(found.expr, value, at)
    return Fill(None, (arithmetic.as_real(found),), binders=at.binders)


def as_declared(kind: str, x: Typed, name: ast.Name, value: ast.Expr, to: Lowering) -> Typed:
    """`x` if it can be held as `kind`, else a report."""
    x = wanted(x, "bool" if kind == "bool" else "number", value.span, to)
    if kind == "int" and x.kind in ("real", "log"):
        to.report.add(errors.WHOLE_STATE.at(value.span, name=name.name))
        return UNKNOWN
    least = known_now(x.expr, to) if kind == "log" and x.kind in ("real", "int") else None
    if least is not None and least < 0:
        to.report.add(errors.NEGATIVE_LOG.at(value.span, name=name.name, fault=f"worked out as {shown(least)}"))
        return UNKNOWN
    return x


def with_indices(name: str, axes: tuple[str, ...]) -> str:
    return f"{name}[…]" if axes else name


def _moves(expr: Expr, x: ast.Expr, at: Place, own: str = "") -> bool:
    """Does it read what has no value where a run starts? Then it is reported. `own`: a constant that may read itself."""
    unknown = sorted(arrays(expr) - known_at_start(at.made) - {own})
    moving = [n for n in unknown if isinstance(at.inner.find(n), ArrayOf) or n in at.to.gradients]
    if moving:
        at.to.report.add(NOT_CONSTANT.at(x.span, what=f"`{moving[0]}`, which moves"))
    return bool(moving)


def _drawn(value: ast.Expr, item: ast.State | ast.Const, kind: str, at: Place) -> Fill:
    word = "state" if isinstance(item, ast.State) else "const"
    call = value if isinstance(value, ast.Call) else None
    if call is None:
        at.to.report.add(errors.NO_PRESENTATION.at(value.span, name=value.span.text))
        return Fill(None, (Const(0.0),))
    drawn = lower_distribution(call, at.inner, at.to)
    _holds_drawn(kind, drawn, item.name, call, at.to)
    for arg in drawn.args:
        _moves(arg, call, at)
    return Fill(None, drawn.args, drawn.name, f"{word} {item.name.name}", at.binders)


def _holds_drawn(kind: str, drawn: Drawn, name: ast.Name, call: ast.Call, to: Lowering) -> None:
    """Can what is drawn be held as `kind`?"""
    whole, truth = drawn.name in ("poisson", "bernoulli", "choice"), drawn.name == "bernoulli"
    if not drawn.name:
        return
    if kind == "int" and not whole:
        to.report.add(errors.WHOLE_STATE.at(call.span, name=name.name))
    if kind == "bool" and not truth:
        to.report.add(WRONG_TYPE.at(call.span, wanted="a condition", got="a number", hint="`bernoulli(p)` is one"))
    args = [a.value if isinstance(a, Const) else known_now(a, to) for a in drawn.args]
    if kind == "log" and None not in args and DISTRIBUTIONS[drawn.name].least(*args) < 0:
        to.report.add(errors.NEGATIVE_LOG.at(call.span, name=name.name, fault="numbers below 0 can be drawn from this"))


def _table(name: str, value: ast.ListOf, kind: str, at: Place) -> Expr:
    data = array_of_list(value, kind, at.sizes, at.inner, at.to)
    if data is not None:
        at.made.tables[name] = Table(name, at.axes, data)
    return Read(name, tuple(Var(b.name) for b in at.binders)) if data is not None else Const(0.0)


def _const(item: ast.Const, at: Place) -> None:
    name, span = item.name.name, item.name.span
    declared = kind_named(item.type, at.to) if item.type else None
    if isinstance(item.value, ast.DataFile | ast.ListOf) or members(item.value):
        _given(item, declared or "", at)
    elif item.drawn:
        kind = declared or "real"
        start = (_start(item, item.value, kind, at),)
        at.made.slots[name] = Slot(name, at.axes, kind_held(kind), start, kind == "log", span=item.span)
        at.scope.names[name] = ArrayOf(name, at.axes, kind, span=span)
    else:
        at.scope.names[name] = ArrayOf(name, at.axes, declared or "real", span=span)
        at.scope.names[name] = _expressed(item, declared, at) or UNKNOWN


def _expressed(item: ast.Const, declared: str | None, at: Place) -> ArrayOf | None:
    """A constant that is worked out, from itself along an axis, too. None after a report."""
    name = item.name.name
    text = scope_of_text(name, at.inner, item.binders, at.to)
    value = kept_index(single(lower(item.value, text, at.to), item.value.span, at.to), at.to)
    kind = declared or value.kind
    value = as_declared(declared, value, item.name, item.value, at.to) if declared else value
    if value.kind == "unknown" or _moves(value.expr, item.value, at, name):
        return None
    expr = arithmetic.as_log(value) if kind == "log" else arithmetic.as_real(value)
    let = Let(name, at.binders, expr, "real" if kind == "log" else kind, kind == "log", span=item.span)
    found, circle = arranged([let], at.to.gradients)
    if circle:
        at.to.report.add(errors.CIRCULAR_LET.at(item.name.span, circle=" → ".join(circle)))
        return None
    at.to.elements |= {name: value.axis} if value.axis else {}
    at.made.constants += found
    return ArrayOf(name, at.axes, kind, value.axis, span=item.name.span)


def _given(item: ast.Const, kind: str, at: Place) -> None:
    name = item.name.name
    if isinstance(item.value, ast.DataFile):
        found = array_from_file(item.value, kind, at.sizes, at.made.reader, at.to)
        if found is not None:
            at.made.hashes[item.value.path.value] = found[1]
        data = None if found is None else found[0]
    elif not isinstance(item.value, ast.ListOf):
        data = array_of_result(item.value, item.name, kind, at.sizes, at.made.reader, at.to)
        if data is None or not at.made.reader.results[text_of(item.value)].sha256:
            at.made.pending.add(name)
    else:
        data = array_of_list(item.value, kind, at.sizes, at.to.callers.get(name, at.inner), at.to)
    if data is not None:
        at.made.tables[name] = Table(name, at.axes, data)
        named = {"b": "bool", "i": "int", "f": "real"}[data.dtype.kind]
        at.scope.names[name] = ArrayOf(name, at.axes, "log" if kind == "log" else named, span=item.name.span)


def known_at_start(made: Equations) -> set[str]:
    """Constants, however they are made."""
    return {*made.slots, *made.tables, *(x.name for x in made.constants)}


def kept_index(x: Typed, to: Lowering) -> Typed:
    """An index that an array holds must be one of its axis, whatever reads it; `b + 1` at the end of the axis is an integer."""
    if x.axis is None or surely_inside(x.expr, to.axes[x.axis].size, to):
        return x
    return arithmetic.integer(to, x)


def _draw(item: ast.Draw, at: Place) -> None:
    name = item.name.name
    if isinstance(item.distribution, ast.Name):
        if item.distribution.name != "presentation" or "sample" not in at.to.axes:
            at.to.report.add(errors.NO_PRESENTATION.at(item.distribution.span, name=item.distribution.name))
        at.scope.names[name] = ArrayOf(name, at.axes, "int", "sample", span=item.name.span)
        at.to.elements[name] = "sample"
        at.made.draws[name] = Draw(name, at.axes, "presentation", kind="int")
        return
    drawn = lower_distribution(item.distribution, at.inner, at.to)
    known = {*known_at_start(at.made), *at.made.draws}
    for n in sorted(set().union(*map(arrays, drawn.args)) - known):
        if isinstance(at.inner.find(n), ArrayOf) or n in at.to.gradients:
            at.to.report.add(errors.DRAW_TOO_EARLY.at(item.distribution.span, name=n))
    at.scope.names[name] = ArrayOf(name, at.axes, drawn.kind, drawn.axis, span=item.name.span)
    at.to.elements |= {name: drawn.axis} if drawn.axis else {}
    if drawn.name:
        at.made.draws[name] = Draw(name, at.axes, drawn.name, drawn.args, at.binders, drawn.kind)
