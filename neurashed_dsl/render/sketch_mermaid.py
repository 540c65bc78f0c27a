"""A sketch of a system as a Mermaid flowchart, for Markdown: a subgraph for each plate."""

from collections.abc import Iterator

from neurashed_dsl.render.escape import for_mermaid, shortened
from neurashed_dsl.render.sketch import Mark, Sketch
from neurashed_dsl.render.sketch_dot import LOOKS

BRACKETS = {
    "state": ("([", "])"),
    "draw": ("{{", "}}"),
    "white": ("{{", "}}"),
    "let": ("(", ")"),
    "observe": ("[[", "]]"),
    "motion": ("((", "))"),
}
ARROWS = {"reads": "-->", "starts": "-.->", "moves": "==>"}


def write_mermaid(sketch: Sketch) -> str:
    """Mermaid text. Keys are those of the sketch; every text is quoted and escaped."""
    lines = ["flowchart LR", *_marks(sketch, (), "  "), *_plates(sketch, None, "  ")]
    lines += [f"  {arrow.source} {ARROWS[arrow.kind]} {arrow.target}" for arrow in sketch.arrows]
    return "\n".join([*lines, *_styles(sketch)]) + "\n"


def _plates(sketch: Sketch, within: tuple[str, ...] | None, indent: str) -> Iterator[str]:
    for number, plate in enumerate(sketch.plates):
        if plate.within == within:
            yield f'{indent}subgraph plate{number}["{for_mermaid(", ".join(plate.label))}"]'
            yield from _marks(sketch, plate.axes, indent + "  ")
            yield from _plates(sketch, plate.axes, indent + "  ")
            yield f"{indent}end"


def _marks(sketch: Sketch, axes: tuple[str, ...], indent: str) -> Iterator[str]:
    yield from (f"{indent}{_mark(mark)}" for mark in sketch.marks if set(mark.plate) == set(axes))


def _mark(mark: Mark) -> str:
    left, right = BRACKETS.get(mark.kind, ("[", "]"))
    text = "<br/>".join(for_mermaid(shortened(line, 36)) for line in (mark.text, mark.note) if line)
    return f'{mark.key}{left}"{text}"{right}'


def _styles(sketch: Sketch) -> Iterator[str]:
    for kind, look in LOOKS.items():
        keys = [mark.key for mark in sketch.marks if mark.kind == kind]
        if keys:
            ink = "#ffffff" if kind == "motion" else "#333333"
            yield f"  classDef {kind} fill:{look.fill},stroke:{look.line},color:{ink}"
            yield f"  class {','.join(keys)} {kind}"
