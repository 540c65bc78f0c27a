"""AST nodes of experiments, one maker for each rule of the grammar."""

from collections.abc import Callable
from typing import Any

from neurashed_dsl.diagnostics import Span
from neurashed_dsl.syntax import ast
from neurashed_dsl.syntax.make_expressions import only


def sweep(span: Span, names: ast.Name | tuple[ast.Name, ...], values: ast.Expr) -> ast.Sweep:
    return ast.Sweep(span=span, names=names if isinstance(names, tuple) else (names,), values=values)


def record(span: Span, name: ast.Name, binders: Any, value: ast.Expr, grid: Any) -> ast.Record:
    kind, at, first = grid or (None, None, None)
    return ast.Record(span=span, name=name, binders=binders or (), value=value, grid=kind, grid_value=at, first=first)


def record_itself(span: Span, name: ast.Name, grid: Any) -> ast.Record:
    """`record x every 10` is `record x = x every 10`."""
    return record(span, name, None, name, grid)


def fit(span: Span, value: ast.Expr, data: Any, *parts: Any) -> ast.Fit:
    """The parts are parameters and options, in any order."""
    parameters = tuple(p for p in parts if isinstance(p, ast.Fitted))
    arguments = tuple(p for p in parts if isinstance(p, ast.Argument))
    return ast.Fit(span=span, value=value, data=data, parameters=parameters, arguments=arguments)


def prune(span: Span, level: ast.Name, *arguments: ast.Argument | None) -> ast.Prune:
    return ast.Prune(span=span, level=level, arguments=tuple(a for a in arguments if a is not None))


EXPERIMENTS: dict[str, Callable[..., Any]] = {
    "experiment": lambda s, name, title, *parts: ast.Experiment(span=s, name=name, title=title, items=parts),
    "model": lambda s, value: ast.ModelUse(span=s, value=value),
    "run": lambda s, *arguments: ast.Run(span=s, arguments=arguments),
    "repeat": lambda s, count, seed: ast.Repeat(span=s, count=count, seed=seed),
    "seed": lambda s, seed: ast.Repeat(span=s, count=None, seed=seed),
    "sweep": sweep,
    "record": record,
    "record_itself": record_itself,
    "every": lambda s, e: ("every", e, None),
    "at": lambda s, e: ("at", e, None),
    "at_end": lambda s: ("end", None, None),
    "at_start": lambda s: ("start", None, None),
    "when": lambda s, condition, first: ("when", condition, first),
    "derive": lambda s, name, value: ast.Derive(span=s, name=name, value=value),
    "fit": fit,
    "fitted": lambda s, name, bound: ast.Fitted(span=s, name=name, bound=bound),
    "data_file": lambda s, path, array: ast.DataFile(span=s, path=path, array=array),
    "plot": lambda s, call: ast.Plot(span=s, value=call),
    "expect": lambda s, claim, share, title: ast.Expect(span=s, claim=claim, share=share, title=title),
    "share": only,
    "stage": lambda s, name, *parts: ast.Stage(span=s, name=name, items=parts),
    "stop": lambda s, condition: ast.Stop(span=s, condition=condition),
    "set_at": lambda s, target, value, step: ast.SetAt(span=s, target=target, value=value, step=step),
    "prune": prune,
    "rewind": lambda s, name: ast.Rewind(span=s, name=name),
    "snapshot": lambda s, name: ast.Snapshot(span=s, name=name),
}
