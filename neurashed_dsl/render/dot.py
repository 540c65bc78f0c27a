"""A scene as DOT text for Graphviz' `dot`: levels are ranks from the bottom up, a firing pathway is red.

Names of shapes in the DOT are plain keys (`n3`, `c0`); what users wrote stands in HTML-like labels and tooltips,
escaped.
"""

import math
import re
import textwrap
from collections.abc import Iterator

from neurashed_dsl.render.escape import for_dot, for_label, printable, shortened
from neurashed_dsl.render.scene import Link, Scene, Shape

# DejaVu Sans has ∧ ∨ ≥ λ and comes with matplotlib; Verdana is as wide, so labels still fit where a viewer lacks it.
FONT = "DejaVu Sans,Verdana,Helvetica,sans-serif"
RED, INK, LINE, QUIET = "#d62728", "#333333", "#9a9a9a", "#666666"
PALE, PALEST = "#b8b8b8", "#e4e4e4"  # of what is pruned: a node, an edge
PLAIN, SMALLEST, LARGEST = 0.34, 0.09, 0.62  # diameters in inches: without λ, at λ = 0, at the largest λ
NAME_SIZE, MARK_SIZE, LINE_HEIGHT = 9, 11, 14  # points
THINNEST, WIDEST = 0.2, 4.0  # points: at κ = 0, at the largest κ
LONGEST_NAME = 18
MEANINGS = {
    "∨": "∨ any dependent fires",
    "∧": "∧ all fire",
    "≥": "≥m at least m fire",
    "≤": "≤m at most m fire",
    "=": "=m exactly m fire",
}

ASKING = re.compile(r"^(maybe \S+ )+")
ASKED = {
    "maybe": "maybe p with probability p where its rule holds",
    "strong": "strong s if λ is at least s times the level's largest",
}


def write_dot(scene: Scene) -> str:
    """DOT text. Graphviz places the nodes, but keeps them in the order written."""
    lines = [
        "digraph network {",
        *_attributes(scene),
        *(_shape(shape, len(scene.ranks) - 1) for shape in scene.shapes),
        *_ranks(scene),
        *(_link(link) for link in scene.links),
        "}",
    ]
    return "\n".join(lines) + "\n"


def _attributes(scene: Scene) -> Iterator[str]:
    rank = {shape.key: shape.rank for shape in scene.shapes}
    leaps = any(rank[link.target] - rank[link.source] > 1 for link in scene.links)
    boxes = any(shape.kind == "box" for shape in scene.shapes)
    widest = max((sum(shape.rank == r for shape in scene.shapes) for r in range(len(scene.ranks))), default=1)
    gap = 1.0 if boxes else min(max(0.09 * widest, 0.7), 2.4)
    # Straight lines look best, but one that leaps over a level could run through a node: Graphviz bends it round.
    splines = "true" if leaps or boxes else "line"
    yield f"  graph [rankdir=BT, splines={splines}, outputorder=edgesfirst, ranksep={gap:.2f}, nodesep=0.14]"
    yield f'  graph [bgcolor=white, charset="UTF-8", fontname="{FONT}"]'
    yield f"  graph [labelloc=b, labeljust=l, label={_legend(scene)}]"
    yield f'  node [fontname="{FONT}", fontsize={NAME_SIZE}, fontcolor="{INK}", penwidth=0.8]'
    yield f'  edge [fontname="{FONT}", fontsize={NAME_SIZE - 1}, fontcolor="{QUIET}"]'
    yield f'  edge [color="{LINE}", penwidth=0.6, dir=none]'


def _shape(shape: Shape, top: int) -> str:
    fill = RED if shape.fires else PALEST if shape.gone else "white"
    paint = f'fillcolor="{fill}", color="{_ink(shape)}", tooltip="{for_dot(shape.hint)}"'
    if shape.kind == "box":
        return (
            f'  {shape.key} [shape=box, style="rounded,filled", margin="0.12,0.06", label={_box_label(shape)}, {paint}]'
        )
    diameter = PLAIN if math.isnan(shape.share) else _diameter(shape.share)
    label = _circle_label(shape, diameter, above=shape.rank == top)
    return f"  {shape.key} [shape=circle, fixedsize=shape, style=filled, width={diameter:.3f}, label={label}, {paint}]"


def _ink(shape: Shape) -> str:
    return RED if shape.fires else PALE if shape.gone else INK


def _diameter(share: float) -> float:
    """Inches; the area grows evenly with the share."""
    return math.sqrt(SMALLEST**2 + (LARGEST**2 - SMALLEST**2) * share)


def _circle_label(shape: Shape, diameter: float, above: bool) -> str:
    """The rule's mark in the circle where it fits, else beside the name; the name under the circle (over it on top)."""
    height = round(diameter * 72)
    inside = len(shape.mark) <= 2 and height > MARK_SIZE + 6
    # Edges reach a circle through its name: white behind the name keeps it readable.
    name = f'<TR><TD BGCOLOR="white" HEIGHT="{LINE_HEIGHT}">{_name(shape, "" if inside else shape.mark)}</TD></TR>'
    blank = f'<TR><TD HEIGHT="{LINE_HEIGHT}"></TD></TR>'
    mark = font(shape.mark if inside else "", MARK_SIZE, "white" if shape.fires else _ink(shape))
    middle = f'<TR><TD HEIGHT="{height + 4}">{mark}</TD></TR>'
    return table([name, middle, blank] if above else [blank, middle, name])


def _name(shape: Shape, mark: str) -> str:
    text = font(shortened(shape.text, LONGEST_NAME), NAME_SIZE, _ink(shape))
    return text + font(f" {mark}" if mark else "", NAME_SIZE, QUIET)


def _box_label(shape: Shape) -> str:
    ink, quiet = ("white", "white") if shape.fires else (INK, QUIET)
    texts = [font(shortened(shape.text, 2 * LONGEST_NAME), NAME_SIZE + 1, ink), font(shape.note, NAME_SIZE, quiet)]
    texts.append(font(shortened(shape.mark, LONGEST_NAME), NAME_SIZE, quiet))
    return table([f"<TR><TD>{text}</TD></TR>" for text in texts if text])


def table(rows: list[str]) -> str:
    return f'<<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="1">{"".join(rows)}</TABLE>>'


def font(text: str, size: int, color: str) -> str:
    return f'<FONT POINT-SIZE="{size}" COLOR="{color}">{for_label(text)}</FONT>' if text else ""


def _ranks(scene: Scene) -> Iterator[str]:
    """Each level on one rank, its title at the left margin; invisible edges hold titles and order in place."""
    margin = max(_title_width(name, title) for name, title in scene.ranks)
    for r, (name, title) in enumerate(scene.ranks):
        yield f'  t{r} [shape=plaintext, tooltip="{for_dot(title or name)}", label={_level_label(name, title, margin)}]'
        keys = [shape.key for shape in scene.shapes if shape.rank == r]
        yield f"  {{ rank=same; {'; '.join([f't{r}', *keys])} }}"
        if keys:
            yield f"  {' -> '.join([f't{r}', *keys])} [style=invis]"
    if len(scene.ranks) > 1:
        yield f"  {' -> '.join(f't{r}' for r in range(len(scene.ranks)))} [style=invis, weight=1000]"


def _title_lines(title: str) -> list[str]:
    return textwrap.wrap(printable(title), 24)[:4]


def _title_width(name: str, title: str) -> float:
    """Points, roughly: titles of one width stand flush with the margin."""
    return max(
        0.7 * (NAME_SIZE + 2) * min(len(name), 2 * LONGEST_NAME),
        *(0.6 * NAME_SIZE * len(line) for line in _title_lines(title)),
        0,
    )


def _level_label(name: str, title: str, width: float) -> str:
    texts = [f"<B>{font(shortened(name, 2 * LONGEST_NAME), NAME_SIZE + 2, INK)}</B>"]
    texts += [font(line, NAME_SIZE, QUIET) for line in _title_lines(title)]
    return table([f'<TR><TD ALIGN="LEFT" WIDTH="{width:.0f}">{text}</TD></TR>' for text in texts])


def _link(link: Link) -> str:
    width = (1.4 if link.fires else 0.6) + 0.3 * math.log10(max(link.count, 1))
    sized = not math.isnan(link.share)
    width = THINNEST + (WIDEST - THINNEST) * link.share if sized else width
    style = ["style=dashed"] if link.vote else []
    style += [f'color="{RED if link.fires else PALEST}"'] if link.fires or link.gone else []
    style += [f"penwidth={width:.2f}"] if link.fires or link.count > 1 or sized else []
    style += [f'label="{for_dot(" " + link.text)}"'] if link.text else []
    # Where edges cross a number may stand nearer to another one: its colour says whose it is.
    style += [f'fontcolor="{RED}"'] if link.text and link.fires else []
    style += [f'tooltip="{for_dot(link.hint)}"']
    return f"  {link.source} -> {link.target} [{', '.join(style)}]"


def _legend(scene: Scene) -> str:
    heading = [f"<B>{font(shortened(scene.name, 60), NAME_SIZE + 2, INK)}</B>"] if scene.name else []
    rows = [*heading, *(font(text, NAME_SIZE, color) for text, color in _explained(scene))]
    return table([f'<TR><TD ALIGN="LEFT">{text}</TD></TR>' for text in rows])


def _what_fires(scene: Scene) -> str:
    some = "some of it " * any(s.kind == "box" for s in scene.shapes)
    return f"{some}can fire" if scene.fickle else f"{some}fires"


def _explained(scene: Scene) -> Iterator[tuple[str, str]]:
    if scene.firing:
        yield (
            f"● {_what_fires(scene)} for {shortened(scene.firing, 120)}",
            RED,
        )
    marks = {shape.mark for shape in scene.shapes}
    firsts = {ASKING.sub("", mark)[:1] for mark in marks}
    known = [text for first, text in MEANINGS.items() if first in firsts]
    known += [text for word, text in ASKED.items() if any(word in mark.split() for mark in marks)]
    if known:
        yield "rules:  " + ",  ".join(known), QUIET
    if any(link.vote for link in scene.links):
        yield f"dashed:  votes for a class, weighted by {scene.weight}", QUIET
    if not all(math.isnan(link.share) for link in scene.links):
        yield "width:  κ, beside the largest of these edges", QUIET
    if any(shape.gone for shape in scene.shapes):
        yield "grey:  pruned", QUIET
    if scene.sized:
        yield f"area:  λ, beside the largest of {'its level' if scene.sized == 'level' else 'the network'}", QUIET
