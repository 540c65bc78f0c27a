"""What rules are lowered with, and which of their parts are known before anything fires."""

from collections.abc import Callable
from dataclasses import field

from neurashed_dsl.ir.evaluate import Memory
from neurashed_dsl.ir.operators import FUNCTIONS, REDUCERS
from neurashed_dsl.model.demands import report_no_function
from neurashed_dsl.model.network import errors
from neurashed_dsl.model.network.columns import Ints
from neurashed_dsl.model.network.formulas import Part
from neurashed_dsl.model.network.gates import Gates
from neurashed_dsl.model.network.refs import Wanted
from neurashed_dsl.model.network.rows import Rows
from neurashed_dsl.model.scope import UNKNOWN, FunctionOf, Lowering
from neurashed_dsl.syntax import ast
from neurashed_dsl.syntax.walk import walk
from neurashed_dsl.values import changing

COUNTING = ("any", "all", "none", "majority", "at_least", "at_most", "exactly", "count", "size", "sum")
FICKLE = {"maybe": ("p", "rule"), "strong": ("rule", "share")}  # and what they take


@changing
class Building:
    """What rules are lowered with, and what they leave behind: gates, and the nodes named, with the row of the
    declaration that names them.
    """

    to: Lowering
    memory: Memory
    gates: Gates
    wanted: Wanted
    call: Callable[[ast.Call, Rows, "Building"], Part | None]  # `calls.call`, which in turn needs `part`
    mentions: list[tuple[Ints, Ints]] = field(default_factory=list)


def is_constant(x: ast.Expr, rows: Rows) -> bool:
    """Whether nothing in it is a node, a rule, a part that depends on nodes, or unknown."""
    if isinstance(x, ast.Name):
        return _is_known(x.name, rows, called=False)
    inside = list(walk(x))
    if any(isinstance(n, ast.Call) and not n.arguments and n.function.name in COUNTING for n in inside):
        return False
    bound = {n.name for n in inside if isinstance(n, ast.Binder)}
    called = {id(n.function) for n in inside if isinstance(n, ast.Call)}
    names = (n for n in inside if isinstance(n, ast.Name) and n.name not in bound)
    return all(_is_known(n.name, rows, called=id(n) in called) for n in names)


def _is_known(name: str, rows: Rows, *, called: bool) -> bool:
    meaning = rows.scope.find(name)
    if isinstance(meaning, FunctionOf):
        return isinstance(meaning.declaration, ast.Function)
    return meaning is not None or (called and (name in FUNCTIONS or name in REDUCERS))


def unknown_call(x: ast.Call, rows: Rows, b: Building) -> None:
    """Report a call that a rule can't have, unless that was done already."""
    name = x.function.name
    if rows.scope.find(name) is UNKNOWN:
        return  # reported where it is declared
    if name in FUNCTIONS or name in REDUCERS:
        b.to.report.add(errors.NOT_LINEAR.at(x.span, what=f"take `{name}` of nodes"))
    elif isinstance(rows.scope.find(name), FunctionOf):
        b.to.report.add(errors.NOT_LINEAR.at(x.span, what=f"pass nodes to the function `{name}`"))
    else:
        rules = [
            n
            for n in rows.scope.all()
            if isinstance(m := rows.scope.find(n), FunctionOf) and isinstance(m.declaration, ast.Rule)
        ]
        report_no_function(x.function, [*rules, *COUNTING, *FICKLE], b.to)
