"""Expressions over the columns of a data file: `legs == 4`, `kind == "bird" and weight > 0.5`, one value for each
sample.
"""

from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

from neurashed_dsl.ir.evaluate import Memory
from neurashed_dsl.ir.expr import Var
from neurashed_dsl.ir.operators import FUNCTIONS
from neurashed_dsl.model import data_errors as errors
from neurashed_dsl.model.network.cells import Cells, is_text, looked_up, numbers, strings
from neurashed_dsl.model.network.rows import Rows, column, taken
from neurashed_dsl.model.scope import Lowering, Scope, Typed
from neurashed_dsl.syntax import ast
from neurashed_dsl.syntax.walk import walk
from neurashed_dsl.values import changing


@changing
class _Columns:
    """Names that stand for columns, and their values, in one expression."""

    cells: Cells
    scope: Scope
    env: dict[str, npt.NDArray[Any]]
    fine: bool = True


def over_samples(
    x: ast.Expr, kind: str, cells: Cells, rows: Rows, memory: Memory, to: Lowering
) -> npt.NDArray[Any] | None:
    """A "bool" or a "number" for each sample. Columns hide other names. None after a report."""
    count = len(cells.sheet.rows)
    columns = _Columns(cells, rows.scope.child(), {})
    plain = _without_strings(x, columns)
    for name in {n.name: n for n in walk(plain) if isinstance(n, ast.Name)}.values():
        _bind(name, columns)
    if not columns.fine:
        return None
    samples = taken(rows, np.zeros(count, np.int64), columns.scope)
    return column(plain, kind, replace(samples, env={**samples.env, **columns.env}), memory, to)


def _bind(name: ast.Name, columns: _Columns) -> None:
    if name.name in columns.scope.names:
        return
    sheet = columns.cells.sheet
    if name.name not in sheet.columns:
        if columns.scope.find(name.name) is None and name.name not in FUNCTIONS:
            looked_up(name.name, name.span, columns.cells)
            columns.fine = False
        return
    if is_text(sheet.columns[name.name]) and not isinstance(sheet.columns[name.name], np.ndarray):
        # A column of numbers with a slip in it is told by its cell; one of words was meant as words.
        texts = sheet.columns[name.name]
        if not any(_numeric(t) for t in texts):
            columns.cells.to.report.add(errors.TEXT_COLUMN.at(name.span, path=sheet.path, column=name.name))
            columns.fine = False
            return
    values = numbers(name.name, name.span, columns.cells)
    if values is None:
        columns.fine = False
        return
    _add(name.name, exactly(values), "int" if values.dtype == np.int64 else "real", columns)


def _numeric(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def exactly(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Decimals as the exact numbers that they are written as, so that `share == 0.1` holds where 0.1 is written."""
    if values.dtype == np.int64:
        return values
    exact = np.empty(len(values), object)
    exact[:] = [Fraction(repr(v)) for v in values.tolist()]
    return exact


def _add(name: str, values: npt.NDArray[Any], kind: str, columns: _Columns) -> None:
    variable = f"column {name}"
    columns.env[variable] = values
    columns.scope.names[name] = Typed(Var(variable), kind)


def _without_strings(x: ast.Expr, columns: _Columns) -> ast.Expr:
    """The expression with every comparison of strings worked out, and a name in its place."""
    match x:
        case ast.Binary(op="==" | "!=") if isinstance(x.left, ast.Text) or isinstance(x.right, ast.Text):
            return _compared(x, columns)
        case ast.Binary():
            return replace(x, left=_without_strings(x.left, columns), right=_without_strings(x.right, columns))
        case ast.Unary():
            return replace(x, operand=_without_strings(x.operand, columns))
        case ast.If():
            condition, yes, no = (_without_strings(e, columns) for e in (x.condition, x.yes, x.no))
            return replace(x, condition=condition, yes=yes, no=no)
        case ast.Call():
            arguments = tuple(replace(a, value=_without_strings(a.value, columns)) for a in x.arguments)
            return replace(x, arguments=arguments)
        case ast.Text():
            columns.cells.to.report.add(errors.NO_STRING.at(x.span))
            columns.fine = False
            return x
        case _:
            return x


def _compared(x: ast.Binary, columns: _Columns) -> ast.Expr:
    """`kind == "bird"`. A string beside a number or another string may name a column that no plain name can."""
    known = columns.cells.sheet.columns
    left, right = x.left, x.right
    if isinstance(left, ast.Text) and not (left.value in known and not isinstance(right, ast.Name)):
        left, right = right, left
    if isinstance(left, ast.Text) and not isinstance(right, ast.Text):
        _bind(ast.Name(span=left.span, name=left.value), columns)
        named = ast.Name(span=left.span, name=left.value)
        return replace(x, left=named, right=_without_strings(right, columns))
    name = left.name if isinstance(left, ast.Name) else left.value if isinstance(left, ast.Text) else None
    if name is None or not isinstance(right, ast.Text):
        columns.cells.to.report.add(errors.NO_STRING.at(right.span))
        columns.fine = False
        return x
    if looked_up(name, left.span, columns.cells) is None:
        columns.fine = False
        return x
    texts = strings(name, left.span, columns.cells)
    if texts is None:
        columns.fine = False
        return x
    made = f"comparison {len(columns.env)}"
    equal = np.array([t == right.value for t in texts], np.bool_)
    _add(made, equal if x.op == "==" else ~equal, "bool", columns)
    return ast.Name(span=x.span, name=made)
