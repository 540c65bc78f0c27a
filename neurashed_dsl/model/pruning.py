"""`prune features keep: 5, by: random`: which nodes of a network may go, and which of them stay."""

import math
from dataclasses import replace
from fractions import Fraction
from functools import partial

import numpy as np
import numpy.typing as npt

from neurashed_dsl.diagnostics import nearest
from neurashed_dsl.ir.circuit import Bits, without
from neurashed_dsl.ir.plan import Pruning, Study, Without
from neurashed_dsl.ir.system import System
from neurashed_dsl.model import stage_errors as errors
from neurashed_dsl.model.constant import constant_number, option, shown, truth_of, whole, word_of
from neurashed_dsl.model.edges import edges_in
from neurashed_dsl.model.errors import BAD_OPTION, many
from neurashed_dsl.model.experiment_errors import BAD_OPTIONS
from neurashed_dsl.model.firing_lets import tables_of
from neurashed_dsl.model.graph import Graph
from neurashed_dsl.model.scope import Lowering, Scope
from neurashed_dsl.model.weave import Fires
from neurashed_dsl.syntax import ast

AMOUNTS = ("keep", "share", "above")
WAYS = ("strongest", "weakest", "random", "start")
KEYS = (*AMOUNTS, "relative", "by")
MOVED = ("fires", "alive", "shown.pattern", "shown.middle", "shown.span")
EDGES = ("η", "κ", "edges", "votes")


def pruning_of(part: ast.Prune, study: Study, fires: Fires, scope: Scope, to: Lowering) -> Pruning | None:
    """None after a report."""
    graph: Graph | None = study.facts
    if graph is None:
        to.report.add(errors.NOTHING_TO_PRUNE.at(part.span, name=study.system.name))
        return None
    among = _among(part.level, graph, to)
    given = option(part.arguments, "prune", KEYS, to.report)
    if among is None or len(given) < len(part.arguments):
        return None
    by = _way(given["by"], to) if "by" in given else "strongest"
    relative = truth_of(given["relative"], to) if "relative" in given else False
    amounts = [key for key in AMOUNTS if key in given]
    if len(amounts) > 1 or (not amounts and len(among) > 1):
        said = " and ".join(f"`{a}`" for a in amounts)
        to.report.add(errors.WHAT_STAYS.at(part.span, given=f"{said} are two" if said else "nothing is said"))
        return None
    if by is None or relative is None or not _together(part, given, by, to):
        return None
    if amounts and by != "random" and "λ" not in study.system.slots:
        to.report.add(errors.NO_STRENGTH.at(part.span, name=study.system.name))
        return None
    made = Pruning(among, partial(without_some, graph, fires), by, stream=f"prune {part.level.name}")
    made = replace(made, relative=relative)
    return replace(made, keep=0) if not amounts else _amount(made, part, amounts[0], given[amounts[0]], scope, to)


def pruned(graph: Graph, gone: Bits) -> Graph:
    """The network without some of its nodes, as far as it is about who fires: they never do, and thresholds stay."""
    bottom = ~gone[: len(graph.inputs.bits)]
    inputs = replace(graph.inputs, bits=np.where(bottom[:, None], graph.inputs.bits, np.uint64(0)))
    return replace(graph, circuit=without(graph.circuit, gone), inputs=inputs)


def without_some(graph: Graph, fires: Fires, gone: Bits) -> Without:
    edges, left = edges_in(graph), pruned(graph, gone)
    lost = {"node": gone, "vote": gone[graph.vote_sources], "edge": gone[edges.tails] | gone[edges.heads]}
    return Without(left, {"fires": fires(left), "alive": ~gone, **tables_of(left)}, lost)


def movable(system: System) -> System:
    """The system with those tables marked that a pruning replaces."""
    tables = {n: replace(t, moves=n in MOVED) for n, t in system.tables.items()}
    return replace(system, tables=tables)


def _among(target: ast.Name, graph: Graph, to: Lowering) -> npt.NDArray[np.int64] | None:
    """The nodes of a level, of a family, or one node."""
    name = target.name
    ends = [f.start for f in graph.families[1:]] + [len(graph.nodes)]
    found = {f.name: (f.start, end) for f, end in zip(graph.families, ends)}
    found |= {level.name: (level.start, level.stop) for level in graph.levels}
    if name in found:
        return np.arange(*found[name])
    hint = ""
    if name == "classes" or name in graph.classes:
        hint = "classes stay: their labels fire them"
    elif name in EDGES:
        hint = "nodes are pruned; with a node its edges go"
    known = ", ".join(f"`{level.name}`" for level in graph.levels)
    words = {"network": graph.name, "name": name, "near": nearest(name, found), "known": known, "hint": hint}
    to.report.add(errors.UNKNOWN_PRUNED.at(target.span, **words))
    return None


def _way(x: ast.Expr, to: Lowering) -> str | None:
    near = nearest(x.span.text, WAYS)
    return word_of(x, WAYS, f"did you mean `{near}`?" if near else "", to)


def _together(part: ast.Prune, given: dict[str, ast.Expr], by: str, to: Lowering) -> bool:
    """Do the options go together?"""
    fault = ""
    if "above" in given and by in ("weakest", "random"):
        fault = f"`above` is about what is strong, and `by: {by}` is not"
    elif "relative" in given and "above" not in given:
        fault = "`relative` says what `above` is a part of"
    if fault:
        to.report.add(BAD_OPTIONS.at(part.span, fault=fault))
    return not fault


def _amount(made: Pruning, part: ast.Prune, key: str, x: ast.Expr, scope: Scope, to: Lowering) -> Pruning | None:
    if key == "keep":
        keep, size = whole(x, "`keep`", 0, scope, to), len(made.among)
        if keep is not None and keep > size:
            to.report.add(
                errors.KEEPS_TOO_MANY.at(x.span, name=part.level.name, size=many(size, "node"), keep=shown(keep))
            )
            return None
        return None if keep is None else replace(made, keep=keep)
    value = constant_number(x, scope, to)
    if value is None:
        return None
    most, wanted = (1, "a number in 0..1") if key == "share" or made.relative else (math.inf, "a number of at least 0")
    if not 0 <= value <= most or not math.isfinite(value):
        hint = f"of a hundred, that is `share: {shown(value / 100)}`" if key == "share" and 1 < value <= 100 else ""
        to.report.add(BAD_OPTION.at(x.span, name=key, wanted=wanted, got=shown(value), hint=hint))
        return None
    if key == "share":
        return replace(made, share=Fraction(repr(value)) if isinstance(value, float) else Fraction(value))
    return replace(made, above=float(value))
