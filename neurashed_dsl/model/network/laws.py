"""`race(up: 3/4)` after `by`: the law, with the numbers of its parameters."""

from typing import Any

from neurashed_dsl.diagnostics import nearest
from neurashed_dsl.ir.evaluate import Memory
from neurashed_dsl.model.arguments import bind_arguments
from neurashed_dsl.model.contracts import check_law
from neurashed_dsl.model.demands import described
from neurashed_dsl.model.graph import LawUse
from neurashed_dsl.model.network import errors
from neurashed_dsl.model.network.parameters import Number, checked, machine, number_of, typed
from neurashed_dsl.model.network.rows import Rows, single
from neurashed_dsl.model.scope import FunctionOf, Lowering, Scope
from neurashed_dsl.syntax import ast


def law_of(x: ast.Name | ast.Call, rows: Rows, memory: Memory, to: Lowering) -> tuple[LawUse, tuple[Any, ...]] | None:
    """The law and its arguments, its contract checked, and a key by which two uses are equal. None after a report."""
    name = x if isinstance(x, ast.Name) else x.function
    scope = rows.scope
    meaning = scope.find(name.name)
    if not isinstance(meaning, FunctionOf) or not isinstance(meaning.declaration, ast.Law):
        if meaning is not None:
            to.report.add(errors.NOT_A_LAW.at(name.span, name=name.name, what=described(name.name, meaning)[0]))
            return None
        laws = [
            n for n in scope.all() if isinstance(m := scope.find(n), FunctionOf) and isinstance(m.declaration, ast.Law)
        ]
        to.report.add(errors.UNKNOWN_LAW.at(name.span, name=name.name, near=nearest(name.name, laws)))
        return None
    law = meaning.declaration
    values = law_arguments(x, law, meaning.scope, rows, memory, to)
    if values is None:
        return None
    before = len(to.report.errors)
    given = isinstance(x, ast.Call) and bool(x.arguments)
    check_law(law, meaning.scope, values, to, memory, x.span if given else None)
    if len(to.report.errors) > before:
        return None
    numbers = {n: machine(v) for n, v in values.items()}
    return LawUse(law, meaning.scope, numbers), (id(law), *numbers.items())


def law_arguments(
    x: ast.Name | ast.Call, law: ast.Law, home: Scope, rows: Rows, memory: Memory, to: Lowering
) -> dict[str, Number] | None:
    """The exact value of each parameter, defaults included. None after a report."""
    call = x if isinstance(x, ast.Call) else ast.Call(span=x.span, function=x, arguments=())
    given = bind_arguments(call, law.name.name, law.parameters, to.report)
    if given is None:
        return None
    inner = home.child()
    values: dict[str, Number] = {}
    for parameter in law.parameters:
        name = parameter.name.name
        if name in given:
            value = number_of(given[name], rows, memory, to)
        else:
            value = number_of(parameter.default or x, single(inner), memory, to)
        value = None if value is None else checked(parameter, value, inner, memory, to)
        if value is None:
            return None
        values[name] = value
        inner.names[name] = typed(value)
    return values
