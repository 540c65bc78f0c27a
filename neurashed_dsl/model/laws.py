"""`fire(n, x)` and `rest(n, x)`: the law of each place, as one expression with its arguments in small tables.

Places that share a law declaration share the expression; their arguments are parameters if they agree, else tables over the uses of the law.
"""

from collections.abc import Callable, Mapping
from dataclasses import field

import numpy as np

from neurashed_dsl.ir.affine import ONE, ZERO, Line, affine
from neurashed_dsl.ir.evaluate import evaluate
from neurashed_dsl.ir.expr import Apply, Binder, Const, Expr, Read, Var, Whole, free, transform
from neurashed_dsl.ir.system import Draw, Table
from neurashed_dsl.model import arithmetic
from neurashed_dsl.model.arguments import bind_arguments
from neurashed_dsl.model.contracts import lower_part
from neurashed_dsl.model.distribution import lower_distribution
from neurashed_dsl.model.errors import WRONG_AXIS
from neurashed_dsl.model.graph import LawUse, Trained
from neurashed_dsl.model.lower import lower
from neurashed_dsl.model.scope import UNKNOWN, Lowering, MacroOf, Meaning, Scope, Typed
from neurashed_dsl.syntax import ast
from neurashed_dsl.syntax.walk import walk
from neurashed_dsl.values import changing

PLACE = "x of a law"
ARRAYS = {"node": "λ", "vote": "η", "edge": "κ"}


@changing
class Laws:
    """The macros `fire` and `rest`, and the arrays that their expressions read."""

    names: dict[str, Meaning] = field(default_factory=dict)
    parameters: dict[str, float | int | bool] = field(default_factory=dict)
    tables: dict[str, Table] = field(default_factory=dict)
    draws: dict[str, Draw] = field(default_factory=dict)


def law_macros(trained: Mapping[str, Trained], to: Lowering) -> Laws:
    """Macros over the axes of `trained` (node and vote, or edge). Argument tables are made now, draws when a law that draws is first applied."""
    made = Laws()
    for axis, what in trained.items():
        _argument_tables(axis, what, made)
        to.nonnegative |= {n for n, v in made.parameters.items() if v >= 0}
        to.nonnegative |= {t.name for t in made.tables.values() if (t.data >= 0).all()}
        to.axes = {**to.axes, f"{ARRAYS[axis]} law": to.axes[axis]}
    made.names |= {part: MacroOf(_macro(part, trained, made)) for part in ("fire", "rest")}
    return made


def _argument_tables(axis: str, trained: Trained, made: Laws) -> None:
    array = ARRAYS[axis]
    made.tables[f"{array}.law"] = Table(f"{array}.law", (axis,), trained.law.astype(np.int64))
    for law, uses in _forms(trained).items():
        for name in trained.laws[uses[0]].arguments:
            values = [trained.laws[u].arguments[name] for u in uses]
            key = f"{array}.{law.name.name}.{name}"
            if len(set(values)) == 1:
                made.parameters[key] = float(values[0])
            else:
                column = np.zeros(len(trained.laws))
                column[uses] = [float(v) for v in values]
                made.tables[key] = Table(key, (f"{array} law",), column)


def _forms(trained: Trained) -> dict[ast.Law, list[int]]:
    """The uses of each law declaration, in the order of their first appearance."""
    forms: dict[ast.Law, list[int]] = {}
    for i, use in enumerate(trained.laws):
        forms.setdefault(use.law, []).append(i)
    return forms


def _macro(part: str, trained: Mapping[str, Trained], made: Laws) -> Callable[[Lowering, Scope, ast.Call], Typed]:
    def call(to: Lowering, scope: Scope, x: ast.Call) -> Typed:
        names = tuple(ast.Parameter(span=x.span, name=ast.Name(span=x.span, name=n)) for n in ("n", "x"))
        values = bind_arguments(x, part, names, to.report)
        if values is None:
            return UNKNOWN
        at, value = lower(values["n"], scope, to), lower(values["x"], scope, to)
        if "unknown" in (at.kind, value.kind):
            return UNKNOWN
        if at.axis is None or at.axis not in trained:
            to.report.add(
                WRONG_AXIS.at(
                    values["n"].span, name=part, wanted=next(iter(trained)), got="no index of what is trained"
                )
            )
            return UNKNOWN
        return _applied(part, at.axis, trained[at.axis], at.expr, value, made, to)

    return call


def _applied(part: str, axis: str, trained: Trained, at: Expr, value: Typed, made: Laws, to: Lowering) -> Typed:
    """The law's expression at one place: a choice among the laws in use there; a place without a law keeps its value."""
    use = Read(f"{ARRAYS[axis]}.law", (at,))
    result: Typed | None = value if (trained.law < 0).any() or not trained.laws else None
    for law, uses in reversed(_forms(trained).items()):
        one = _one(part, law, [trained.laws[u] for u in uses], axis, at, use, value, made, to)
        if result is None:
            result = one
            continue
        here: Expr = Const(False)
        for u in uses:
            same = Apply("==", (use, Const(u)))
            here = same if here == Const(False) else Apply("or", (here, same))
        result = arithmetic.choose(Typed(here, "bool"), one, result, value.expr.span, to)
    return result or value


def _one(
    part: str,
    law: ast.Law,
    uses: list[LawUse],
    axis: str,
    at: Expr,
    index: Expr,
    value: Typed,
    made: Laws,
    to: Lowering,
) -> Typed:
    body = next((p for p in law.parts if p.name.name == part), None)
    if body is None:
        return UNKNOWN
    prefix = f"{ARRAYS[axis]}.{law.name.name}"
    parameters = {n: Typed(_argument(f"{prefix}.{n}", index, made), "real") for n in uses[0].arguments}
    ordinal = 0

    def draw(x: ast.Call, scope: Scope) -> Typed:
        nonlocal ordinal
        ordinal += 1
        name = f"{prefix}.{part}.{ordinal}"
        distribution, args, *_ = lower_distribution(x, scope, to)
        binder = Binder(f"{name}.place", Whole(axis))
        moved = tuple(_moved(a, at, Var(binder.name)) for a in args)
        made.draws[name] = Draw(name, (axis,), distribution, moved, (binder,))
        return Typed(Read(name, (at,)), "real")

    if value.kind == "log" and not any(isinstance(n, ast.Drawn) for n in walk(body)):
        line = _line(body, parameters, uses[0].scope, to)
        if line is not None and all(_fit_for_logs(body, u, to) for u in uses):
            return _on_logarithm(line, value)
    return lower_part(body, parameters, value, uses[0].scope, to, draw)


def _line(body: ast.LawPart, parameters: Mapping[str, Typed], scope: Scope, to: Lowering) -> Line | None:
    """(a, c) of a law a·x + c."""
    typed = lower_part(body, parameters, Typed(Var(PLACE), "real"), scope, to)
    return affine(typed.expr, PLACE) if typed.kind != "unknown" else None


def _fit_for_logs(body: ast.LawPart, use: LawUse, to: Lowering) -> bool:
    """Neither a nor c is below 0 at the numbers of this use, so that a logarithm stays one at any size."""
    line = _line(body, {n: Typed(Const(v), "real") for n, v in use.arguments.items()}, use.scope, to)
    if line is None or any("step" in free(e) for e in line):
        return False
    return all(evaluate(e, {}, to.memory) >= 0 for e in line)


def grows_slowly(trained: Trained, to: Lowering) -> bool:
    """Does no law in use multiply a value by more than 1, so that a float holds it at any number of steps?"""
    return bool(trained.laws) and all(_slow(use, to) for use in trained.laws)


def _slow(use: LawUse, to: Lowering) -> bool:
    parameters = {n: Typed(Const(v), "real") for n, v in use.arguments.items()}
    for part in use.law.parts:
        if any(isinstance(n, ast.Drawn) for n in walk(part)):
            return False
        line = _line(part, parameters, use.scope, to)
        if line is None and (part.name.name == "fire" or use.law.unchecked):
            return False  # a checked `rest` never exceeds x
        if line is not None and (
            "step" in free(line[0]) | free(line[1]) or not 0 <= evaluate(line[0], {}, to.memory) <= 1
        ):
            return False
    return True


def _on_logarithm(line: Line, value: Typed) -> Typed:
    a, c = (Typed(e, "real") for e in line)
    grown = value.expr if line[0] == ONE else Apply("+", (arithmetic.as_log(a), value.expr))
    if line[0] == ZERO:
        return Typed(arithmetic.as_log(c), "log")
    return Typed(grown if line[1] == ZERO else Apply("log_sum", (grown, arithmetic.as_log(c))), "log")


def _moved(expr: Expr, old: Expr, new: Expr) -> Expr:
    return transform(expr, lambda e: new if e == old else e)


def _argument(key: str, index: Expr, made: Laws) -> Expr:
    return Read(key) if key in made.parameters else Read(key, (index,))
