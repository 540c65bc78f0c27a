"""Statements as documents, without the blocks they open: one writer for each node of the surface tree."""

from collections.abc import Callable, Sequence
from typing import Any

from neurashed_dsl.syntax import ast
from neurashed_dsl.syntax.format_expressions import (
    SUM,
    binder,
    binders,
    commas,
    data_file,
    enclosed,
    expression,
    listed,
    text,
)
from neurashed_dsl.syntax.pretty import MARK, Doc, Group, Nest, Soft


def definition(head: Doc, value: Any, sign: str = " =") -> Doc:
    """`head = value`. What has operators goes to the next line if it doesn't fit; a call breaks in its brackets."""
    if isinstance(value, ast.If | ast.Binary):
        return Group([head, sign, Nest([Soft(" "), expression(value)])])
    return [head, sign, " ", expression(value)]


def word(keyword: str) -> str:
    """A statement's first word: what follows it lines up with what follows those above and below."""
    return f"{keyword}{MARK} "


def typed(name: ast.Name, bound: Sequence[ast.Binder], type_: ast.Name | None) -> Doc:
    return [name.name, binders(bound), f": {type_.name}" if type_ else ""]


def parameter(node: ast.Parameter) -> Doc:
    if node.rest:
        return f"{node.name.name}..."
    parts: list[Doc] = [node.name.name]
    if node.arguments is not None:
        parts.append(enclosed("(", [a.name for a in node.arguments], ")"))
    parts.append(binders(node.binders))
    if node.type is not None:
        parts.append(f": {node.type.name}")
    if node.default is not None:
        parts += [" = ", expression(node.default)]
    if node.bound is not None:
        parts += [" within ", expression(node.bound)]
    return parts


def parameters(nodes: Sequence[ast.Parameter], always: bool = False) -> Doc:
    return enclosed("(", [parameter(n) for n in nodes], ")") if nodes or always else []


def title(node: ast.Text | None) -> str:
    return f" {text(node)}" if node is not None else ""


def _use(node: ast.Use) -> Doc:
    if node.names is None:
        return f"use {text(node.path)}"
    names = [a.name if a.name == b.name else f"{a.name} as {b.name}" for a, b in node.names]
    return [f"use {text(node.path)} ", enclosed("(", list(names), ")")]


def _node_name(node: ast.NodeName) -> Doc:
    return [node.name.name, binders(node.binders)]


def _nodes(node: ast.NodeDecl) -> Doc:
    if node.rule is None:
        return Nest(commas([_node_name(n) for n in node.names]))
    return definition([_node_name(node.names[0]), MARK], node.rule)


def _input(node: ast.InputDecl) -> Doc:
    fires: Doc = [" ", listed(node.fires)] if node.fires else []
    label: list[Doc] = [MARK, Soft(" ", fill=True), "-> ", expression(node.label)]
    if node.weight is not None:
        label += [" weight ", expression(node.weight)]
    if node.crop is not None:
        label += [" ", _crop(node.crop)]
    return [_node_name(node.name), ":", MARK, Nest([fires, label])]


def _crop(node: ast.Crop) -> list[Doc]:
    kept: list[Doc] = [] if node.keep is None else [" keep ", expression(node.keep)]
    return ["crop ", expression(node.chance), *kept]


def _targets(array: ast.Name, targets: Sequence[ast.Expr]) -> Doc:
    return [array.name, enclosed("[", [expression(t) for t in targets], "]") if targets else ""]


def _start(head: Doc, drawn: bool, value: ast.Expr | ast.DataFile | None) -> Doc:
    """`head`, `head = value`, `head ~ distribution` or `head from "file" ("name")`."""
    if value is None:
        return head
    if isinstance(value, ast.DataFile):
        return [head, " ", data_file(value)]
    return [head, " ~ ", expression(value)] if drawn else definition(head, value)


def _record(node: ast.Record) -> Doc:
    same = isinstance(node.value, ast.Name) and node.value.name == node.name.name
    if same and not node.binders and node.value.span.start == node.name.span.start:
        return [[word("record"), node.name.name], _grid(node)]
    return [definition([word("record"), node.name.name, binders(node.binders), MARK], node.value), _grid(node)]


def _grid(node: ast.Record) -> Doc:
    match node.grid, node.grid_value:
        case None, _:
            return []
        case "at", ast.Interval(low=low, high=high) if _leftmost(low) in ("end", "start"):
            return [" at (", expression(low), ")..", expression(high, SUM)]
        case "at", value if value is not None and _leftmost(value) in ("end", "start"):
            return [" at (", expression(value), ")"]
        case "when", value if value is not None:
            first: Doc = [" first ", expression(node.first)] if node.first is not None else []
            return [" when ", expression(value), first]
        case kind, value if value is not None:
            return [f" {kind} ", expression(value)]
    return f" at {node.grid}"


def _leftmost(expr: ast.Expr) -> str:
    """The name that an expression begins with, or ''."""
    match expr:
        case ast.Binary():
            return _leftmost(expr.left)
        case ast.Interval():
            return _leftmost(expr.low)
        case ast.Call():
            return expr.function.name
        case ast.Index():
            return expr.base.name
        case ast.Name():
            return expr.name
    return ""


def _sweep(node: ast.Sweep) -> Doc:
    names = [n.name for n in node.names]
    return [
        word("sweep"),
        names[0] if len(names) == 1 else enclosed("(", list(names), ")"),
        " in ",
        expression(node.values),
    ]


def _expect(node: ast.Expect) -> Doc:
    share: Doc = []
    if node.share is not None:
        bare = isinstance(node.share, ast.Number | ast.Name)
        share = [" for ", expression(node.share) if bare else ["(", expression(node.share), ")"], "% of repeats"]
    words: Doc = Nest([Soft(" ", fill=True), text(node.title)]) if node.title is not None else []
    return [word("expect"), expression(node.claim), share, words]


def _fit(node: ast.Fit) -> Doc:
    data = data_file(node.data) if isinstance(node.data, ast.DataFile) else expression(node.data)
    parts: list[Doc] = [
        [p.name.name, *([" in ", expression(p.bound)] if p.bound is not None else [])] for p in node.parameters
    ]
    parts += [[f"{a.name}: ", expression(a.value)] for a in node.arguments]
    return [word("fit"), expression(node.value), " to ", data, " by ", Nest(commas(parts))]


def _repeat(node: ast.Repeat) -> Doc:
    if node.count is None:
        return [word("seed"), expression(node.seed)] if node.seed is not None else [word("seed"), "0"]
    seed: Doc = [", seed: ", expression(node.seed)] if node.seed is not None else []
    return [word("repeat"), expression(node.count), seed]


def _arguments(nodes: Sequence[ast.Argument]) -> Doc:
    return Nest(commas([[f"{a.name}: ", expression(a.value)] for a in nodes]))


def _draw(node: ast.Draw) -> Doc:
    return [word("draw"), node.name.name, binders(node.binders), " ~ ", expression(node.distribution)]


def _next(node: ast.Next) -> Doc:
    head: Doc = ["d/dt " if node.differential else "", node.name.name, binders(node.binders)]
    return definition(head, node.value, " =" if node.differential else " <-")


def _check(node: ast.Check) -> Doc:
    head = f"{word('warn')}if " if node.warning else word("require")
    return [head, expression(node.condition), Nest([Soft(" ", fill=True), text(node.words)])]


def _update(node: ast.Update) -> Doc:
    when = f" when {node.when.name}" if node.when else ""
    return [
        word("update"),
        _targets(node.array, node.targets),
        MARK if node.targets else "",
        " by ",
        expression(node.law),
        when,
    ]


def _measure(node: ast.Measure) -> Doc:
    head = [node.name.name, parameters(node.parameters), binders(node.binders)]
    return definition(["measure ", head, f": {node.type.name}" if node.type else ""], node.body)


def _data(node: ast.Data) -> Doc:
    array = [text(node.file.array)] if node.file.array is not None else []
    inside: list[Doc] = [*array, *([f"{o.name}: ", expression(o.value)] for o in node.options)]
    file: list[Doc] = [" ", enclosed("(", inside, ")")] if inside else []
    return ["data ", node.name.name, binders(node.binders), " from ", text(node.file.path), *file]


WRITERS: dict[type[ast.Node], Callable[[Any], Doc]] = {
    ast.Use: _use,
    ast.FileParameter: lambda n: ["param ", parameter(n.parameter)],
    ast.Function: lambda n: definition(["fn ", n.name.name, parameters(n.parameters, always=True)], n.body),
    ast.Rule: lambda n: definition(["rule ", n.name.name, parameters(n.parameters, always=True)], n.body),
    ast.Measure: _measure,
    ast.Data: _data,
    ast.LawPart: lambda n: definition(f"{n.name.name}({n.argument.name})", n.body),
    ast.NodeDecl: _nodes,
    ast.ClassDecl: lambda n: [_node_name(n.name), MARK, " <- ", Nest(listed(n.sources))],
    ast.InputDecl: _input,
    ast.DataName: lambda n: [word("name"), expression(n.column)],
    ast.DataLabel: lambda n: [word("label"), expression(n.column)],
    ast.DataFire: lambda n: [word("fire"), expression(n.node), MARK, " when ", expression(n.condition)],
    ast.DataWeight: lambda n: [word("weight"), expression(n.value)],
    ast.Crop: _crop,
    ast.DataHoldOut: lambda n: ["hold_out ", expression(n.value)],
    ast.Init: lambda n: _start([word("init"), _targets(n.array, n.targets)], n.drawn, n.value),
    ast.Update: _update,
    ast.AmplifyEdges: lambda n: "amplify edges",
    ast.Axis: lambda n: definition([word("axis"), n.name.name], n.domain),
    ast.State: lambda n: _start([word("state"), typed(n.name, n.binders, n.type)], n.drawn, n.value),
    ast.Const: lambda n: _start([word("const"), typed(n.name, n.binders, n.type)], n.drawn, n.value),
    ast.Boundary: lambda n: ["boundary ", definition(expression(n.target), n.value)],
    ast.Draw: _draw,
    ast.White: lambda n: [word("white"), n.name.name, binders(n.binders)],
    ast.Let: lambda n: definition([word("observe" if n.observe else "let"), typed(n.name, n.binders, n.type)], n.value),
    ast.Next: _next,
    ast.Check: _check,
    ast.ModelUse: lambda n: [word("model"), expression(n.value)],
    ast.Run: lambda n: [word("run"), _arguments(n.arguments)],
    ast.Repeat: _repeat,
    ast.Sweep: _sweep,
    ast.Record: _record,
    ast.Derive: lambda n: definition([word("derive"), n.name.name, MARK], n.value),
    ast.Plot: lambda n: [word("plot"), expression(n.value)],
    ast.Fit: _fit,
    ast.Expect: _expect,
    ast.Stop: lambda n: ["stop when ", expression(n.condition)],
    ast.SetAt: lambda n: [
        definition(["set ", expression(n.target)], n.value),
        *([" at step ", expression(n.step)] if n.step is not None else []),
    ],
    ast.Prune: lambda n: [
        f"prune {n.level.name} " if n.arguments else f"prune {n.level.name}",
        _arguments(n.arguments),
    ],
    ast.Rewind: lambda n: f"rewind to {n.name.name}" if n.name else "rewind",
    ast.Snapshot: lambda n: f"snapshot {n.name.name}" if n.name else "snapshot",
}

# What a node says before its `{`, and what stands within.
BLOCKS: dict[type[ast.Node], tuple[Callable[[Any], Doc], Callable[[Any], Sequence[ast.Node]]]] = {
    ast.Law: (
        lambda n: ["unchecked " if n.unchecked else "", "law ", n.name.name, parameters(n.parameters)],
        lambda n: n.parts,
    ),
    ast.Network: (lambda n: ["network ", n.name.name, parameters(n.parameters)], lambda n: n.items),
    ast.Level: (lambda n: f"level {n.name.name}{title(n.title)}", lambda n: n.items),
    ast.Classes: (lambda n: "classes", lambda n: n.items),
    ast.Inputs: (lambda n: "inputs", lambda n: n.items),
    ast.InputsFrom: (lambda n: f"inputs from {text(n.path)}", lambda n: n.items),
    ast.For: (lambda n: ["for ", Nest(commas([binder(b) for b in n.binders]))], lambda n: n.body),
    ast.System: (
        lambda n: ["system ", n.name.name, parameters(n.parameters), " over network" if n.over_network else ""],
        lambda n: n.items,
    ),
    ast.Experiment: (lambda n: f"experiment {n.name.name}{title(n.title)}", lambda n: n.items),
    ast.Stage: (lambda n: f"stage {n.name.name}", lambda n: n.items),
}
