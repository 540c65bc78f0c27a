"""The last level: classes, and the votes (edges with a weight η) that lead to them."""

from collections.abc import Sequence

import numpy as np

from neurashed_dsl.diagnostics import Span
from neurashed_dsl.ir.evaluate import Memory
from neurashed_dsl.model.network import errors
from neurashed_dsl.model.network.columns import Ints
from neurashed_dsl.model.network.declare import Block, Piece, declare, names_of, pieces
from neurashed_dsl.model.network.levels import Levels
from neurashed_dsl.model.network.names import LevelNodes, Nodes, meaning_of, written
from neurashed_dsl.model.network.refs import Allow, Wanted, gathered
from neurashed_dsl.model.network.rows import Rows
from neurashed_dsl.model.scope import UNKNOWN, Lowering, Meaning, Scope
from neurashed_dsl.syntax import ast
from neurashed_dsl.values import frozen


@frozen
class Classes:
    """Names in the order of their ids; votes grouped by class, sources ascending. `wanted`: how a reference to a
    class is read. `lost`: ids of the classes with votes that weren't understood.
    """

    names: list[str]
    sources: Ints
    targets: Ints
    wanted: Wanted
    lost: frozenset[int] = frozenset()


def lower_classes(found: Sequence[tuple[ast.Classes, Rows]], levels: Levels, memory: Memory, to: Lowering) -> Classes:
    block = Block({}, {})
    placed: list[tuple[Piece, int]] = []
    for number, (item, rows) in enumerate(found):
        if number:
            to.report.add(errors.TWO_CLASSES.at(item.span, where=found[0][0].span.place))
            break
        placed = declare(list(pieces(item.items, rows, memory, to, block)), -1, block, to)
    sources, targets, lost = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)], set[int]()
    wanted = Wanted(_in_last(levels, to), hint="classes get their scores from nodes")
    for piece, start in placed:
        votes = gathered(piece.declaration.sources, piece.rows, wanted, memory, to)
        if votes is None:
            lost |= {*range(start, start + piece.rows.count)}
            continue
        fed = np.bincount(votes.parent, minlength=piece.rows.count) > 0
        if not fed.all():
            at = int(np.argmin(fed))
            name = written(piece.name.name.name, [int(c[at]) for c in piece.indices])
            to.report.add(errors.CLASS_UNFED.at(piece.declaration.span, name=name))
        sources.append(votes.ids)
        targets.append(votes.parent + start)
    to_, from_ = np.concatenate(targets), np.concatenate(sources)
    order = np.lexsort((from_, to_))
    return Classes(names_of(placed), from_[order], to_[order], class_names(block), frozenset(lost))


def _in_last(levels: Levels, to: Lowering) -> Allow:
    last = max((x.level for x in levels.levels if x.count), default=0)

    def allow(nodes: Nodes | LevelNodes, span: Span) -> bool:
        if nodes.level != last:
            title, last_title = levels.levels[nodes.level].name, levels.levels[last].name
            to.report.add(errors.NOT_LAST_LEVEL.at(span, name=nodes.name, level=title, last=last_title))
        return nodes.level == last

    return allow


def class_names(block: Block) -> Wanted:
    """Classes have names of their own: a node and a class may bear the same one."""
    meanings: dict[str, Meaning] = dict.fromkeys(block.broken, UNKNOWN)
    meanings |= {name: meaning_of(nodes) for name, nodes in block.names.items()}

    def find(name: str, scope: Scope) -> Meaning | None:
        return meanings.get(name)

    return Wanted(
        lambda nodes, span: True, errors.UNKNOWN_CLASS, "a class is wanted", find, lambda scope: list(meanings)
    )
