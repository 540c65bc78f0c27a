"""Parameters that are arrays, `E[k in class, j in class] = …`: constants and lets of the system, whose text the caller may give.

A list or a file gives a constant; an expression is one, too, unless it reads the time or what moves: then it is a let. The caller's text is read
in the caller's scope, with the indices as the parameter names them and with the clock.
"""

from collections.abc import Mapping
from dataclasses import replace

from neurashed_dsl.model.results_given import Result, members
from neurashed_dsl.model.scope import Lowering, Scope
from neurashed_dsl.model.system.over_time import over_time, tables_of
from neurashed_dsl.syntax import ast
from neurashed_dsl.syntax.walk import names

CLOCK = ("t", "step")
MOVING = (ast.State, ast.Draw, ast.White, ast.Let)


def with_array_parameters(
    system: ast.System, given: Mapping[str, ast.Expr], caller: Scope, results: Mapping[str, Result], to: Lowering
) -> ast.System:
    """The system with its array parameters declared in its body, before all else. `to.callers` says whose text makes them."""
    moving = {*CLOCK, *(i.name.name for i in system.items if isinstance(i, MOVING))}
    made: list[ast.Node] = []
    for parameter in system.parameters:
        name = parameter.name.name
        value = given.get(name, parameter.default)
        found = over_time(parameter, given.get(name), results)
        if found is not None:
            made += tables_of(parameter, given[name], found)
        if not parameter.binders or value is None:
            continue
        if name in given:
            to.callers[name] = caller
        item = _declared(parameter, value, moving if name not in given else {*CLOCK})
        moving |= {name} if isinstance(item, ast.Let) else set()
        made += [item, *([_within(parameter, parameter.bound)] if parameter.bound is not None else [])]
    return replace(system, items=(*made, *system.items)) if made else system


def _declared(parameter: ast.Parameter, value: ast.Expr, moving: set[str]) -> ast.Const | ast.Let:
    """Lists and files fill an array by its axes; an expression is over the indices that the parameter names."""
    name, binders = parameter.name, parameter.binders
    kind = parameter.type or ast.Name(span=name.span, name="real")
    if isinstance(value, ast.ListOf | ast.DataFile) or members(value):
        binders = tuple(b if b.domain is None else _axis(b) for b in binders)
    elif names(value) & moving:
        return ast.Let(span=value.span, name=name, binders=binders, type=kind, value=value, observe=False)
    return ast.Const(span=value.span, name=name, binders=binders, type=kind, drawn=False, value=value)


def _within(parameter: ast.Parameter, bound: ast.Interval) -> ast.Check:
    """`within low..high` holds for each element."""
    span, name = bound.span, parameter.name
    binders = tuple(
        b if b.domain is not None else ast.Binder(span=span, name=f"at {i}", domain=ast.Name(span=span, name=b.name))
        for i, b in enumerate(parameter.binders)
    )
    places = tuple(ast.Argument(span=span, name=None, value=ast.Name(span=span, name=b.name)) for b in binders)
    element = ast.Index(span=span, base=name, arguments=places)
    sides = (
        ast.Binary(span=span, op="<=", left=bound.low, right=element),
        ast.Binary(span=span, op="<=", left=element, right=bound.high),
    )
    both = ast.Binary(span=span, op="and", left=sides[0], right=sides[1])
    each = ast.Comprehension(span=span, body=both, binders=binders, where=None)
    argument = ast.Argument(span=span, name=None, value=each)
    condition = ast.Call(span=span, function=ast.Name(span=span, name="all"), arguments=(argument,))
    words = ast.Text(span=span, value=f"each element of `{name.name}` must be within {bound.span.text}")
    return ast.Check(span=parameter.span, condition=condition, words=words, warning=False)


def _axis(binder: ast.Binder) -> ast.Binder:
    domain = binder.domain
    return ast.Binder(span=binder.span, name=domain.name, domain=None) if isinstance(domain, ast.Name) else binder


def scope_of_text(name: str, inner: Scope, binders: tuple[ast.Binder, ...], to: Lowering) -> Scope:
    """The scope in which the text of an array is read: the system's, or the caller's with the array's indices and the clock."""
    caller = to.callers.get(name)
    if caller is None:
        return inner
    known = {n: inner.find(n) for n in (*(b.name for b in binders), *CLOCK, "dt")}
    return caller.child({n: m for n, m in known.items() if m is not None})
