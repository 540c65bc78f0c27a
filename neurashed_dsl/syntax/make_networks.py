"""AST nodes of networks, one maker for each rule of the grammar."""

from collections.abc import Callable
from typing import Any

from neurashed_dsl.diagnostics import Span
from neurashed_dsl.syntax import ast
from neurashed_dsl.syntax.make_expressions import items, only


def network(span: Span, name: ast.Name, params: Any, *parts: ast.Node) -> ast.Network:
    return ast.Network(span=span, name=name, parameters=params or (), items=parts)


def for_(span: Span, binders: tuple[ast.Binder, ...], *parts: ast.Node) -> ast.For:
    return ast.For(span=span, binders=binders, body=parts)


def input_(span: Span, name: ast.NodeName, fires: Any, *rest: Any) -> ast.InputDecl:
    label, weight, crop = rest
    return ast.InputDecl(span=span, name=name, fires=fires or (), label=label, weight=weight, crop=crop)


def init(drawn: bool) -> Callable[..., ast.Init]:
    def make(span: Span, array: ast.Name, targets: Any, value: ast.Expr) -> ast.Init:
        return ast.Init(span=span, array=array, targets=targets or (), drawn=drawn, value=value)

    return make


def update(span: Span, array: ast.Name, targets: Any, law: ast.Name | ast.Call, when: ast.Name | None) -> ast.Update:
    return ast.Update(span=span, array=array, targets=targets or (), law=law, when=when)


NETWORKS: dict[str, Callable[..., Any]] = {
    "network": network,
    "level": lambda s, name, title, *parts: ast.Level(span=s, name=name, title=title, items=parts),
    "nodes": lambda s, *names: ast.NodeDecl(span=s, names=names, rule=None),
    "node": lambda s, name, rule: ast.NodeDecl(span=s, names=(name,), rule=rule),
    "node_name": lambda s, name, binders: ast.NodeName(span=s, name=name, binders=binders or ()),
    "classes": lambda s, *parts: ast.Classes(span=s, items=parts),
    "class_": lambda s, name, *sources: ast.ClassDecl(span=s, name=name, sources=sources),
    "inputs": lambda s, *parts: ast.Inputs(span=s, items=parts),
    "input": input_,
    "fires": items,
    "weight": only,
    "crop": lambda s, chance, keep: ast.Crop(span=s, chance=chance, keep=keep),
    "inputs_from": lambda s, path, *parts: ast.InputsFrom(span=s, path=path, items=parts),
    "data_name": lambda s, column: ast.DataName(span=s, column=column),
    "data_label": lambda s, column: ast.DataLabel(span=s, column=column),
    "data_fire": lambda s, node, condition: ast.DataFire(span=s, node=node, condition=condition),
    "data_weight": lambda s, value: ast.DataWeight(span=s, value=value),
    "data_hold_out": lambda s, value: ast.DataHoldOut(span=s, value=value),
    "init": init(drawn=False),
    "init_drawn": init(drawn=True),
    "update": update,
    "amplify": lambda s: ast.AmplifyEdges(span=s),
    "for_network": for_,
    "for_level": for_,
    "for_classes": for_,
    "for_inputs": for_,
}
