"""What `nshed compile --emit ast` and `--emit model` print."""

from collections.abc import Iterable
from dataclasses import fields

from neurashed_dsl.model.load import Model
from neurashed_dsl.syntax import ast


def syntax_text(documents: Iterable[ast.Document]) -> str:
    """The surface tree, a node a line."""
    lines: list[str] = []
    for document in documents:
        lines.append(f"# {document.source.name}")
        for item in document.items:
            _tree(item, 0, lines)
    return "\n".join(lines) + "\n"


def _tree(node: ast.Node, depth: int, lines: list[str], label: str = "") -> None:
    plain = {f.name: getattr(node, f.name) for f in fields(node) if f.name != "span"}
    shown = ", ".join(
        f"{k}={v!r}" for k, v in plain.items() if isinstance(v, str | int | float | bool) and v is not None
    )
    lines.append(f"{'  ' * depth}{label}{type(node).__name__}({shown})")
    for name, value in plain.items():
        children = value if isinstance(value, tuple) else (value,)
        for child in children:
            if isinstance(child, ast.Node):
                _tree(child, depth + 1, lines, f"{name}: ")


def model_text(model: Model) -> str:
    """Names, kinds and values: what was bound."""
    lines = [f"param {name} = {value}" for name, value in model.parameters.items()]
    for kind, items in (("network", model.networks), ("system", model.systems), ("experiment", model.experiments)):
        for name, item in items.items():
            lines.append(f"{kind} {name}: {_contents(item)}")
    return "\n".join(lines) + "\n"


def _contents(item: ast.Network | ast.System | ast.Experiment) -> str:
    counts: dict[str, int] = {}
    for part in item.items:
        counts[type(part).__name__.lower()] = counts.get(type(part).__name__.lower(), 0) + 1
    return ", ".join(f"{n} {k}" for k, n in counts.items())
