"""What a program declares, a line for each declaration. Takes a source that was loaded without errors."""

from collections.abc import Iterator

from neurashed_dsl.cli.terminal import columns, many
from neurashed_dsl.diagnostics import Report, Source
from neurashed_dsl.syntax import ast
from neurashed_dsl.syntax.parse import parse

KINDS = {
    ast.Use: "use",
    ast.FileParameter: "param",
    ast.Function: "fn",
    ast.Law: "law",
    ast.Rule: "rule",
    ast.Measure: "measure",
    ast.Data: "data",
    ast.Network: "network",
    ast.System: "system",
    ast.Experiment: "experiment",
}


def account(source: Source) -> str:
    rows = [(KINDS[type(item)], heading(item), "; ".join(details(item))) for item in parse(source, Report()).items]
    return columns(rows, indent="") if rows else "nothing is declared"


def heading(item: ast.Declaration) -> str:
    """`race(up, down)`, `base = 1.022`, `"laws.nshed"`."""
    match item:
        case ast.Use():
            return f'"{item.path.value}"'
        case ast.FileParameter():
            return item.parameter.span.text
        case ast.Experiment() | ast.Data():
            return item.name.name
        case _:
            return item.name.name + (f"({', '.join(p.name.name for p in item.parameters)})" if item.parameters else "")


def details(item: ast.Declaration) -> Iterator[str]:
    match item:
        case ast.Network():
            yield from network_details(item)
        case ast.System():
            yield "over a network" if item.over_network else "its own axes"
            yield listed("states", [i.name.name for i in item.items if isinstance(i, ast.State)])
        case ast.Data():
            yield f'of "{item.file.path.value}"'
        case ast.Experiment():
            yield from experiment_details(item)


def network_details(network: ast.Network) -> Iterator[str]:
    yield listed("levels", [i.name.name for i in network.items if isinstance(i, ast.Level)])
    classes = [c for i in network.items if isinstance(i, ast.Classes) for c in i.items]
    yield listed("classes", [c.name.name.name for c in classes if isinstance(c, ast.ClassDecl)])
    yield from (f'inputs from "{i.path.value}"' for i in network.items if isinstance(i, ast.InputsFrom))
    inputs = [i for block in network.items if isinstance(block, ast.Inputs) for i in block.items]
    if inputs:
        yield listed("inputs", [i.name.name.name for i in inputs if isinstance(i, ast.InputDecl)])


def experiment_details(experiment: ast.Experiment) -> Iterator[str]:
    if experiment.title:
        yield f'"{experiment.title.value}"'
    yield from (f"of {i.value.span.text}" for i in experiment.items if isinstance(i, ast.ModelUse))
    yield listed("records", [i.name.name for i in experiment.items if isinstance(i, ast.Record)])
    yield many(sum(isinstance(i, ast.Expect) for i in experiment.items), "claim")


def listed(what: str, names: list[str], most: int = 8) -> str:
    """`levels traits, parts`; a long list is cut."""
    return f"{what} {', '.join(names[:most])}{f' and {len(names) - most} more' if len(names) > most else ''}"
