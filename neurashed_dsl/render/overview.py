"""A network too large for single nodes, drawn as boxes: families with counts, and how many edges run between them.

Time and memory are linear in nodes and edges, in numpy.
"""

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from neurashed_dsl.model.graph import Graph
from neurashed_dsl.render.pathway import Pathway, is_fickle
from neurashed_dsl.render.scene import Link, Scene, Shape, family_sizes, firing, ranks, summary
from neurashed_dsl.values import frozen

MOST_BOXES = 8  # on one level; further families share a box
MOST_CLASSES = 12
EXPONENTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


@frozen
class Box:
    """Nodes that are drawn as one. `families` are positions in `graph.families`."""

    text: str
    mark: str
    rank: int
    families: tuple[int, ...]


def count_text(count: int, noun: str, nouns: str = "") -> str:
    """`1 node`, `9,999 nodes`, `10⁵ edges`, `1.23×10⁶ edges`."""
    nouns = nouns or noun + "s"
    if count < 10_000:
        return f"{count:,} {noun if count == 1 else nouns}"
    exponent = len(str(count)) - 1
    factor = f"{count / 10**exponent:.3g}"
    if factor == "10":
        factor, exponent = "1", exponent + 1
    power = f"10{str(exponent).translate(EXPONENTS)}"
    return f"{power if factor == '1' else f'{factor}×{power}'} {nouns}"


def overview(graph: Graph, pathway: Pathway | None = None) -> Scene:
    boxes = [box for rank in range(len(graph.levels)) for box in _boxes_of_level(graph, rank)]
    home = _home(graph, boxes)
    fired = (
        np.zeros(len(boxes), np.int64) if pathway is None else np.bincount(home[pathway.nodes], minlength=len(boxes))
    )
    total = np.bincount(home, minlength=len(boxes))
    shapes = [_box(f"b{i}", box, int(total[i]), int(fired[i]), pathway) for i, box in enumerate(boxes)]
    tops, seat = _class_boxes(graph, pathway)
    links = (*_rule_links(graph, home, len(boxes), pathway), *_vote_links(graph, home, len(boxes), seat, pathway))
    hints = {shape.key: shape.text for shape in (*shapes, *tops)}
    named = tuple(replace(link, hint=f"{hints[link.source]} → {hints[link.target]}: {link.hint}") for link in links)
    return Scene(
        graph.name,
        ranks(graph),
        (*shapes, *tops),
        named,
        summary(graph, pathway),
        firing(graph, pathway),
        fickle=is_fickle(graph),
    )


def _boxes_of_level(graph: Graph, rank: int) -> list[Box]:
    """The largest families of a level for themselves, the others in one box, where the first of them stands."""
    sizes = family_sizes(graph)
    mine = [i for i, family in enumerate(graph.families) if family.level == graph.levels[rank].name and sizes[i]]
    large = set(sorted(mine, key=lambda i: -sizes[i])[: MOST_BOXES - 1] if len(mine) > MOST_BOXES else mine)
    rest = tuple(i for i in mine if i not in large)
    boxes = []
    for i in mine:
        family = graph.families[i]
        if i in large:
            boxes.append(Box(family.name + _extent(family.indices), family.mark, rank, (i,)))
        elif i == rest[0]:
            names = ", ".join(graph.families[k].name for k in rest[:2])
            marks = {graph.families[k].mark for k in rest}
            boxes.append(Box(f"{names}, …", marks.pop() if len(marks) == 1 else "", rank, rest))
    return boxes


def _extent(indices: object) -> str:
    """`[1..50,1..100]` of a family's indices; nothing for a plain node."""
    table = np.asarray(indices, dtype=np.int64)
    if table.ndim < 2 or table.size == 0:
        return ""
    low, high = table.min(axis=0), table.max(axis=0)
    return "[" + ",".join(f"{a}..{b}" if a < b else f"{a}" for a, b in zip(low, high)) + "]"


def _home(graph: Graph, boxes: list[Box]) -> npt.NDArray[np.int64]:
    """The box of each node, shape [nodes]."""
    of_family = np.zeros(len(graph.families), np.int64)
    for i, box in enumerate(boxes):
        of_family[list(box.families)] = i
    return np.repeat(of_family, family_sizes(graph))


def _box(key: str, box: Box, total: int, fired: int, pathway: Pathway | None) -> Shape:
    count = count_text(total, "node")
    if pathway is not None:
        count += f", {fired:,} fire" + "s" * (fired == 1)
    return Shape(key, box.rank, box.text, f"{box.text}: {count}", "box", box.mark, fired > 0, note=count)


def _class_boxes(graph: Graph, pathway: Pathway | None) -> tuple[list[Shape], npt.NDArray[np.int64]]:
    """The classes, one by one if few; and which shape each class is, shape [classes]."""
    top, labels = len(graph.levels), pathway.labels if pathway else ()
    if len(graph.classes) > MOST_CLASSES:
        text = f"{graph.classes[0]}, {graph.classes[1]}, …"
        hint = f"{text}: {len(graph.classes):,} classes" + "".join(f", {graph.classes[i]} fires" for i in labels)
        note = count_text(len(graph.classes), "class", "classes")
        return [Shape("c0", top, text, hint, "box", fires=pathway is not None, note=note)], np.zeros(
            len(graph.classes), np.int64
        )
    shapes = [
        Shape(f"c{i}", top, name, f"class {name}", "class", fires=i in labels) for i, name in enumerate(graph.classes)
    ]
    return shapes, np.arange(len(shapes))


def _pairs(
    left: npt.NDArray[np.int64], right: npt.NDArray[np.int64], width: int, fires: npt.NDArray[np.bool_] | None
) -> list[tuple[int, int, int, bool]]:
    """(left, right, how many, whether one of them fires) of each pair that occurs."""
    codes, inverse, counts = np.unique(left * width + right, return_inverse=True, return_counts=True)
    red = np.zeros(len(codes), np.int64) if fires is None else np.bincount(inverse[fires], minlength=len(codes))
    return [
        (code // width, code % width, n, r > 0) for code, n, r in zip(codes.tolist(), counts.tolist(), red.tolist())
    ]


def _rule_links(graph: Graph, home: npt.NDArray[np.int64], boxes: int, pathway: Pathway | None) -> list[Link]:
    targets = np.repeat(np.arange(len(graph.nodes)), np.diff(graph.into_offsets))
    fires = None if pathway is None else pathway.edges
    return [
        Link(f"b{a}", f"b{b}", count_text(n, "edge"), fires=red, text=count_text(n, "edge"), count=n)
        for a, b, n, red in _pairs(home[graph.into_members], home[targets], boxes, fires)
    ]


def _vote_links(
    graph: Graph, home: npt.NDArray[np.int64], boxes: int, seat: npt.NDArray[np.int64], pathway: Pathway | None
) -> list[Link]:
    fires = None if pathway is None else pathway.votes
    width = max(boxes, len(seat)) or 1
    return [
        Link(f"b{a}", f"c{b}", count_text(n, "vote"), vote=True, fires=red, text=count_text(n, "vote"), count=n)
        for a, b, n, red in _pairs(home[graph.vote_sources], seat[graph.vote_targets], width, fires)
    ]
