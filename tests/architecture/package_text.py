"""The package's files, parsed; what they import and what they do to module-level names."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "neurashed_dsl"
MUTATORS = {
    "append",
    "add",
    "update",
    "pop",
    "popitem",
    "setdefault",
    "clear",
    "extend",
    "insert",
    "remove",
    "discard",
    "sort",
    "reverse",
}


class File(NamedTuple):
    path: Path
    name: str  # as written in messages: model/lower.py
    text: str
    tree: ast.Module


@cache
def files(package: Path = PACKAGE) -> tuple[File, ...]:
    found = []
    for path in sorted(package.rglob("*.py")):
        text = path.read_text("utf-8")
        found.append(File(path, str(path.relative_to(package)), text, ast.parse(text)))
    return tuple(found)


def imports(file: File) -> Iterator[tuple[str, int]]:
    """Every module that a file imports anywhere, with its line; `from a import b` gives both a and a.b. Dots: a relative import."""
    for node in ast.walk(file.tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            yield module, node.lineno
            yield from ((f"{module}.{alias.name}", node.lineno) for alias in node.names)


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    yield from (n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef))


def length(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> int:
    return (node.end_lineno or 0) - node.lineno + 1


def changed_by_functions(file: File) -> Iterator[tuple[str, int]]:
    """Names that are not local to a function, and that the function changes in place."""
    for function in functions(file.tree):
        local = _locals(function)
        for node in ast.walk(function):
            for target in _changed(node):
                if isinstance(target, ast.Name) and target.id not in local:
                    yield target.id, node.lineno


def _locals(function: ast.FunctionDef | ast.AsyncFunctionDef) -> set[str]:
    """Arguments and assigned names, of the function, those inside it and those around it."""
    arguments = {
        a.arg
        for f in functions(function)
        for a in (*f.args.args, *f.args.kwonlyargs, *f.args.posonlyargs, f.args.vararg, f.args.kwarg)
        if a
    }
    assigned = {n.id for n in ast.walk(function) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    return arguments | assigned | {a.arg for n in ast.walk(function) if isinstance(n, ast.Lambda) for a in n.args.args}


def _changed(node: ast.AST) -> list[ast.expr]:
    match node:
        case ast.Assign(targets=targets):
            return [t.value for t in targets if isinstance(t, ast.Subscript | ast.Attribute)]
        case ast.AugAssign(target=ast.Subscript(value=value) | ast.Attribute(value=value)):
            return [value]
        case ast.AugAssign(target=ast.Name() as name):
            return [name]
        case ast.Delete(targets=targets):
            return [t.value for t in targets if isinstance(t, ast.Subscript)]
        case ast.Call(func=ast.Attribute(value=value, attr=attr)) if attr in MUTATORS:
            return [value]
        case _:
            return []
