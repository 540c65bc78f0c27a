"""A sketch of a system as DOT text: plates are clusters, arrays have a form and a colour for what they are, parameters are
small. Keys are plain; what users wrote stands in labels and tooltips, escaped."""

from collections.abc import Iterator

from neurashed_dsl.render.dot import FONT, INK, NAME_SIZE, QUIET, font, table
from neurashed_dsl.render.escape import for_dot, shortened
from neurashed_dsl.render.sketch import Mark, Plate, Sketch
from neurashed_dsl.values import frozen

MOVES, READS = "#0072b2", "#8a8a8a"
LONGEST_NAME = 28


@frozen
class Look:
    """How a kind of mark is drawn, and what the legend says of it."""

    shape: str
    style: str
    fill: str
    line: str
    words: str


LOOKS = {
    "state": Look("ellipse", "filled", "#cfe3f5", "#0072b2", "state"),
    "const": Look("box", "filled", "#e8e8e8", "#555555", "const"),
    "given": Look("box", "filled,dashed", "#f5f5f5", "#555555", "of the network (dashed)"),
    "draw": Look("hexagon", "filled", "#fde3bf", "#b06f00", "draw"),
    "white": Look("octagon", "filled", "#fff4c2", "#a08400", "white noise"),
    "let": Look("box", "rounded,filled", "#ffffff", "#333333", "let"),
    "observe": Look("box", "rounded,filled,bold", "#d3efe4", "#00735a", "observe"),
    "parameter": Look("plaintext", "filled", "none", "none", ""),
    "motion": Look("circle", "filled", "#0072b2", "#0072b2", ""),
}


def write_dot(sketch: Sketch) -> str:
    """DOT text, from what is given on the left to the equations of motion on the right."""
    lines = [
        "digraph system {",
        f'  graph [rankdir=LR, nodesep=0.22, ranksep=0.45, bgcolor=white, charset="UTF-8", fontname="{FONT}"]',
        f"  graph [labelloc=b, labeljust=l, label={_legend(sketch)}]",
        f'  node [fontname="{FONT}", fontsize={NAME_SIZE}, fontcolor="{INK}", penwidth=0.9, height=0.34, margin="0.09,0.04"]',
        f'  edge [color="{READS}", penwidth=0.7, arrowsize=0.55]',
        *_marks(sketch, (), "  "),
        *_plates(sketch, None, "  "),
        *(_arrow(arrow.source, arrow.target, arrow.kind) for arrow in sketch.arrows),
        "}",
    ]
    return "\n".join(lines) + "\n"


def _plates(sketch: Sketch, within: tuple[str, ...] | None, indent: str) -> Iterator[str]:
    for number, plate in enumerate(sketch.plates):
        if plate.within == within:
            yield f"{indent}subgraph cluster{number} {{"
            yield f"{indent}  graph [{_plate_look(plate)}]"
            yield from _marks(sketch, plate.axes, indent + "  ")
            yield from _plates(sketch, plate.axes, indent + "  ")
            yield f"{indent}}}"


def _plate_look(plate: Plate) -> str:
    rows = [f'<TR><TD ALIGN="RIGHT">{font(line, NAME_SIZE - 1, QUIET)}</TD></TR>' for line in plate.label]
    tooltip = for_dot(" × ".join(plate.axes))
    return (
        f'style=rounded, color="#b5b5b5", labelloc=b, labeljust=r, margin=10, tooltip="{tooltip}", label={table(rows)}'
    )


def _marks(sketch: Sketch, axes: tuple[str, ...], indent: str) -> Iterator[str]:
    """Those on the plate of these axes, whatever their order."""
    for mark in sketch.marks:
        if set(mark.plate) == set(axes):
            yield f"{indent}{mark.key} [{_mark(mark)}]"


def _mark(mark: Mark) -> str:
    look = LOOKS[mark.kind]
    ink = "white" if mark.kind == "motion" else QUIET if mark.kind == "parameter" else INK
    size = NAME_SIZE + 1 if mark.kind not in ("parameter", "motion") else NAME_SIZE - 1
    texts = [font(shortened(mark.text, LONGEST_NAME), size, ink), font(mark.note, NAME_SIZE - 2, QUIET)]
    label = table([f"<TR><TD>{text}</TD></TR>" for text in texts if text])
    small = {
        "parameter": ', height=0.1, width=0.1, margin="0.02"',
        "motion": ', height=0.36, width=0.36, fixedsize=true, margin="0"',
    }.get(mark.kind, "")
    paint = f'style="{look.style}", fillcolor="{look.fill}", color="{look.line}"'
    return f'shape={look.shape}, label={label}, {paint}, tooltip="{for_dot(mark.hint)}"{small}'


def _arrow(source: str, target: str, kind: str) -> str:
    looks = {"moves": f' [color="{MOVES}", penwidth=1.6, arrowsize=0.8]', "starts": " [style=dotted]"}
    return f"  {source} -> {target}{looks.get(kind, '')}"


def _legend(sketch: Sketch) -> str:
    kinds = {mark.kind for mark in sketch.marks}
    swatches = [
        f'<TD BORDER="1" BGCOLOR="{look.fill}" COLOR="{look.line}">{font(look.words, NAME_SIZE - 1, INK)}</TD>'
        for kind, look in LOOKS.items()
        if kind in kinds and look.words
    ]
    said = {arrow.kind for arrow in sketch.arrows}
    words = [
        font(text, NAME_SIZE - 1, color)
        for kind, text, color in (
            ("reads", "→ is read by", QUIET),
            ("starts", "dotted: is read for its start or its boundary", QUIET),
            ("moves", "→ moves", MOVES),
        )
        if kind in said
    ]
    cells = "".join(swatches) + "".join(f"<TD>  {word}</TD>" for word in words)
    name = f"<B>{font(shortened(sketch.name, 60), NAME_SIZE + 2, INK)}</B>"
    key = f'<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="4" CELLPADDING="3"><TR>{cells}</TR></TABLE>' if cells else ""
    return table([f'<TR><TD ALIGN="LEFT">{row}</TD></TR>' for row in (name, key) if row])
