"""Inputs: what fires in the first level, and the class it belongs to."""

from collections.abc import Sequence
from dataclasses import field

import numpy as np
import numpy.typing as npt

from neurashed_dsl.diagnostics import Span
from neurashed_dsl.ir.evaluate import Memory
from neurashed_dsl.model.graph import Inputs
from neurashed_dsl.model.network import errors
from neurashed_dsl.model.network.classes import Classes
from neurashed_dsl.model.network.columns import Ints
from neurashed_dsl.model.network.declare import Block, Piece, pieces
from neurashed_dsl.model.network.levels import Levels
from neurashed_dsl.model.network.names import LevelNodes, Nodes, names_written
from neurashed_dsl.model.network.refs import Wanted, gathered, members, only_one
from neurashed_dsl.model.network.rows import Rows, column, share_of, shown
from neurashed_dsl.model.scope import Lowering
from neurashed_dsl.syntax import ast
from neurashed_dsl.values import changing

Reals = npt.NDArray[np.float64]
KEPT = 0.5  # the share of a pattern that a part keeps, where nothing is said


@changing
class Samples:
    """Samples of one block, in order. `fires`: pairs (sample, bottom node), each once."""

    names: list[str] = field(default_factory=list)
    labels: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    weights: npt.NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    held_out: npt.NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, np.bool_))
    samples: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    nodes: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    spans: list[Span] = field(default_factory=list)
    hashes: dict[str, str] = field(default_factory=dict)
    crops: Reals = field(default_factory=lambda: np.zeros((0, 2)))  # as `crops` gives them
    counted: bool = False  # the names are numbers only: s1, s2, …


def at_bottom(levels: Levels, to: Lowering) -> Wanted:
    """How a reference to what an input fires is read."""

    def allow(nodes: Nodes | LevelNodes, span: Span) -> bool:
        if nodes.level:
            level, bottom = levels.levels[nodes.level].name, levels.levels[0].name
            to.report.add(errors.NOT_BOTTOM.at(span, name=nodes.name, level=level, bottom=bottom))
        return nodes.level == 0

    return Wanted(allow, hint="an input lists the nodes of the first level that fire")


def lower_inputs(
    block: ast.Inputs, rows: Rows, levels: Levels, classes: Classes, memory: Memory, to: Lowering
) -> Samples:
    wanted = at_bottom(levels, to)
    found = [
        (p, s)
        for p in pieces(block.items, rows, memory, to, Block({}, {}))
        if (s := _samples(p, wanted, classes, memory, to)) is not None
    ]
    return ordered([s for _, s in found], [p.path for p, _ in found])


def _samples(piece: Piece, wanted: Wanted, classes: Classes, memory: Memory, to: Lowering) -> Samples | None:
    declared: ast.InputDecl = piece.declaration
    rows = piece.rows
    fires = gathered(declared.fires, rows, wanted, memory, to)
    label = members(declared.label, rows, classes.wanted, memory, to)
    weights = _weights(declared, rows, memory, to)
    cropped = crops(declared.crop, rows, memory, to)
    if fires is None or label is None or weights is None or cropped is None:
        return None
    if not only_one(label, rows):
        count = f"{len(label.ids) / max(rows.count, 1):.0f}"
        to.report.add(errors.LABEL_NOT_ONE.at(declared.label.span, count=count))
        return None
    names = names_written(piece.name.name.name, piece.indices, rows.count)
    spans = [declared.span] * rows.count
    held = np.zeros(rows.count, np.bool_)
    return Samples(names, label.ids, weights, held, fires.parent, fires.ids, spans, crops=cropped)


def crops(x: ast.Crop | None, rows: Rows, memory: Memory, to: Lowering) -> Reals | None:
    """How often a part of each row's input is shown, and which share of it such a part keeps: [row, 2]. NaN: it isn't cropped. None after a
    report.
    """
    if x is None:
        return np.full((rows.count, 2), np.nan)
    chance = share_of(x.chance, "the probability of `crop`", rows, memory, to)
    keep = np.full(rows.count, KEPT) if x.keep is None else share_of(x.keep, "`keep`", rows, memory, to)
    return None if chance is None or keep is None else np.column_stack([chance, keep])


def _weights(declared: ast.InputDecl, rows: Rows, memory: Memory, to: Lowering) -> npt.NDArray[np.float64] | None:
    if declared.weight is None:
        return np.ones(rows.count)
    values = column(declared.weight, "number", rows, memory, to)
    if values is None:
        return None
    wrong = next((v for v in values if not 0 <= v < float("inf")), None)
    if wrong is not None:
        to.report.add(errors.NEGATIVE_WEIGHT.at(declared.weight.span, value=shown(wrong)))
        return None
    return values.astype(np.float64)


def ordered(blocks: Sequence[Samples], paths: Sequence[tuple[Ints, ...]]) -> Samples:
    """One after another, as the paths say; with no paths, in the order given."""
    whole = Samples()
    starts = np.concatenate([[0], np.cumsum([len(b.names) for b in blocks])]).astype(np.int64)
    count = 0
    for block in blocks:
        whole.names += [f"s{count + i + 1}" for i in range(len(block.names))] if block.counted else block.names
        count += len(block.names) if block.counted else 0
        whole.spans += block.spans
        whole.hashes |= block.hashes
    for name in ("labels", "weights", "held_out", "nodes", "crops"):
        setattr(whole, name, np.concatenate([getattr(whole, name), *(getattr(b, name) for b in blocks)]))
    whole.samples = np.concatenate([whole.samples, *(b.samples + s for b, s in zip(blocks, starts))])
    depth = max(map(len, paths), default=0)
    if depth <= 1:
        return whole
    keys = [
        np.concatenate([p[d] if d < len(p) else np.zeros(len(p[0]), np.int64) for p in paths]) for d in range(depth)
    ]
    return _permuted(whole, np.lexsort(keys[::-1]))


def _permuted(x: Samples, order: Ints) -> Samples:
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order))
    names, spans = [x.names[i] for i in order], [x.spans[i] for i in order]
    parts = x.labels[order], x.weights[order], x.held_out[order], place[x.samples], x.nodes
    return Samples(names, *parts, spans, x.hashes, x.crops[order])


def table_of_inputs(x: Samples, bottom: int, network: ast.Network, to: Lowering) -> Inputs:
    """The samples as bits. Reports names that come twice."""
    first: dict[str, int] = {}
    for at, name in enumerate(x.names):
        if first.setdefault(name, at) != at:
            where = x.spans[first[name]]
            if where == x.spans[at]:
                to.report.add(errors.DECLARED_IN_TURNS.at(where, name=name, family=name.partition("[")[0]))
            else:
                to.report.add(errors.DECLARED_TWICE.at(x.spans[at], name=name, first=where.place))
    if len(x.weights) and not x.weights.sum() > 0:
        to.report.add(errors.NO_WEIGHT.at(network.name.span, name=network.name.name))
    if bottom * len(x.names) > 8 * 2**30:
        to.report.add(errors.TOO_MANY_BITS.at(network.name.span, samples=len(x.names), nodes=bottom))
        x, bottom = Samples(), 0
    bits = np.zeros((bottom, (len(x.names) + 63) // 64), np.uint64)
    np.bitwise_or.at(bits, (x.nodes, x.samples >> 6), np.uint64(1) << (x.samples & 63).astype(np.uint64))
    parts = (None, None) if np.isnan(x.crops).all() else np.nan_to_num(x.crops).T
    return Inputs(x.names, bits, x.labels, x.weights, x.held_out, x.spans, x.hashes, *parts)
