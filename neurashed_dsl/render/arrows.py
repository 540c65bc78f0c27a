"""A matrix as a graph: its labels in a ring, an arrow for each number, as wide as that is large.

An entry below `least` (a share of the largest) gets no arrow; a negative one is red, a small one pale. What stands on the diagonal is a loop.
Of few arrows each bears its number.
"""

import math
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from neurashed_dsl.render.dot import FONT, INK, NAME_SIZE, QUIET, font, table
from neurashed_dsl.render.escape import for_dot, for_mermaid, printable, shortened
from neurashed_dsl.render.picture import Picture
from neurashed_dsl.values import frozen

if TYPE_CHECKING:
    from xarray import DataArray

BLUE, RED = "#0072b2", "#d55e00"  # above and below 0, for all eyes
LEAST = 0.05
THINNEST, WIDEST = 0.4, 5.0  # points
PALEST, DARKEST = 0x30, 0xD0  # of 255
GAP = 0.9  # inches between two nodes of the ring
ASIDE = math.radians(
    16
)  # an arrow leaves and reaches a circle so far beside the middle: there is room for the one that runs back
MOST_NUMBERS = 25  # arrows
BESIDE = 0.11  # inches between an arrow and the middle of its number
Point = tuple[float, float]
LONGEST_NAME = 18


@frozen
class Arrow:
    source: int
    target: int
    value: float
    share: float  # of the largest


@frozen
class Web:
    """Names of the nodes, and arrows from the columns of a matrix to its rows."""

    title: str
    names: tuple[str, ...]
    arrows: tuple[Arrow, ...]
    least: float
    words: tuple[str, str]  # the dimensions of sources and targets


def web_of(array: "DataArray", name: str, options: Mapping[str, Any]) -> Web:
    """An arrow from the element of `x:` (the last dimension) to that of `y:` (the first), at `step`; the mean of the repeats."""
    from neurashed_dsl.render.series import grid_of

    x, y, data, _ = grid_of(array, options.get("x"), options.get("y"), options.get("step"))
    least = LEAST if options.get("least") is None else float(options["least"])
    labels = [axis.names or tuple(f"{position:.6g}" for position in axis.positions) for axis in (x, y)]
    names = tuple(dict.fromkeys([*labels[1], *labels[0]]))
    largest = float(np.nanmax(np.abs(data), initial=0.0, where=np.isfinite(data)))
    arrows = [
        Arrow(names.index(labels[0][column]), names.index(labels[1][row]), float(value), abs(value) / largest)
        for (row, column), value in np.ndenumerate(data)
        if largest > 0 and np.isfinite(value) and value != 0 and abs(value) / largest >= least
    ]
    return Web(str(options.get("title") or name), names, tuple(arrows), least, (x.name, y.name))


def draw_arrows(array: "DataArray", name: str, options: Mapping[str, Any]) -> Picture:
    web = web_of(array, name, options)

    def network() -> Any:
        import networkx

        graph = networkx.DiGraph(name=printable(web.title))
        graph.add_nodes_from(printable(n) for n in web.names)
        for a in web.arrows:
            graph.add_edge(printable(web.names[a.source]), printable(web.names[a.target]), weight=a.value)
        return graph

    largest = max((a.value for a in web.arrows), key=abs, default=0.0)
    count = f"{len(web.names)} nodes, {len(web.arrows)} arrows, the widest {largest:.3g}"
    return Picture(_dot(web), _mermaid(web), printable(f"{web.title}: {count}"), network, len(web.names), "neato")


def _dot(web: Web) -> str:
    lines = [
        "digraph network {",
        # Every place is given: what Graphviz has to do is to draw.
        '  graph [layout=neato, splines=line, outputorder=edgesfirst, bgcolor=white, charset="UTF-8", pad=0.2]',
        f'  graph [fontname="{FONT}"]',
        f"  graph [labelloc=b, labeljust=l, label={_legend(web)}]",
        f'  node [shape=circle, style=filled, fillcolor=white, color="{INK}", fontname="{FONT}", fontsize={NAME_SIZE}, '
        f'fontcolor="{INK}", penwidth=0.8, fixedsize=true, width={_diameter(web):.2f}]',
        f'  edge [fontname="{FONT}", fontsize={NAME_SIZE - 2}, arrowsize=0.6]',
        *_nodes(web),
        *_arrows(web),
        "}",
    ]
    return "\n".join(lines) + "\n"


def _nodes(web: Web) -> Iterator[str]:
    for i, name in enumerate(web.names):
        text = for_dot(shortened(name, LONGEST_NAME))
        yield f'  n{i} [{_at(*_place(web, i))}, label="{text}", tooltip="{for_dot(name)}"]'


def _place(web: Web, i: int) -> tuple[float, float]:
    """Clockwise in a ring, the first on top."""
    count = len(web.names)
    radius, angle = max(1.0, count * (_diameter(web) + GAP) / (2 * math.pi)), math.pi / 2 - 2 * math.pi * i / count
    return radius * math.cos(angle), radius * math.sin(angle)


def _at(x: float, y: float) -> str:
    return f'pos="{x:.3f},{y:.3f}!"'


def _line(web: Web, a: Arrow) -> tuple[Point, Point, Point]:
    """Where an arrow leaves one circle and reaches another, to the right of the line between their middles, and where its number stands: to the
    right of it, nearer to its source."""
    (x, y), (to_x, to_y) = _place(web, a.source), _place(web, a.target)
    along, radius = math.atan2(to_y - y, to_x - x), _diameter(web) / 2
    out, back = along - ASIDE, along + math.pi + ASIDE
    start = x + radius * math.cos(out), y + radius * math.sin(out)
    end = to_x + radius * math.cos(back), to_y + radius * math.sin(back)
    right = BESIDE * math.sin(along), -BESIDE * math.cos(along)
    number = start[0] + (end[0] - start[0]) * 0.4 + right[0], start[1] + (end[1] - start[1]) * 0.4 + right[1]
    return start, end, number


def _diameter(web: Web) -> float:
    """Inches of each node: the longest name fits."""
    return max(0.4, 0.09 * min(max(map(len, web.names), default=0), LONGEST_NAME))


def _arrows(web: Web) -> Iterator[str]:
    numbered = len(web.arrows) <= MOST_NUMBERS
    for k, a in enumerate(web.arrows):
        paint = f"{BLUE if a.value > 0 else RED}{round(PALEST + (DARKEST - PALEST) * a.share):02x}"
        width = THINNEST + (WIDEST - THINNEST) * a.share
        hint = for_dot(f"{web.names[a.source]} → {web.names[a.target]}: {a.value:.3g}")
        look = f'color="{paint}", penwidth={width:.2f}, tooltip="{hint}"'
        number = f"<{font(f'{a.value:.2g}', NAME_SIZE - 2, INK)}>" if numbered else '""'
        if a.source == a.target:
            side = _outside(a.source, len(web.names))
            yield f"  n{a.source} -> n{a.source} [tailport={side}, headport={side}, {look}, label={number}]"
            continue
        start, end, middle = _line(web, a)
        for key, place in (("s", start), ("t", end)):
            yield f'  {key}{k} [shape=point, width=0.01, style=invis, label="", {_at(*place)}]'
        yield f"  s{k} -> t{k} [{look}]"
        if numbered:
            yield f'  m{k} [shape=none, style="", fixedsize=false, width=0, height=0, label={number}, tooltip="{hint}", {_at(*middle)}]'


def _outside(i: int, count: int) -> str:
    """The point of the compass at which a node of the ring looks outwards."""
    return ("n", "ne", "e", "se", "s", "sw", "w", "nw")[round(8 * i / count) % 8]


def _legend(web: Web) -> str:
    shares = f"arrows from {web.words[0]} to {web.words[1]}, as wide as the number is large"
    left = f"; below {web.least:.3g} of the largest: none" if web.least > 0 else ""
    rows = [f"<B>{font(shortened(web.title, 60), NAME_SIZE + 2, INK)}</B>", font(shares + left, NAME_SIZE, QUIET)]
    if any(a.value < 0 for a in web.arrows):
        rows.append(font("below 0", NAME_SIZE, RED))
    return table([f'<TR><TD ALIGN="LEFT">{row}</TD></TR>' for row in rows])


def _mermaid(web: Web) -> str:
    nodes = [f'  n{i}(("{for_mermaid(shortened(name, 36))}"))' for i, name in enumerate(web.names)]
    arrows = [f'  n{a.source} -->|"{for_mermaid(f"{a.value:.2g}")}"| n{a.target}' for a in web.arrows]
    return "\n".join(["flowchart LR", *nodes, *arrows]) + "\n"
