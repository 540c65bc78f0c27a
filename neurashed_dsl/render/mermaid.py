"""A scene as a Mermaid flowchart, for Markdown: bottom-up, a subgraph for each level, the pathway red."""

from collections.abc import Iterator

from neurashed_dsl.render.escape import for_mermaid, shortened
from neurashed_dsl.render.scene import Scene, Shape

RED = "#d62728"


def write_mermaid(scene: Scene) -> str:
    """Mermaid text. Keys are those of the scene; every text is quoted and escaped."""
    return "\n".join(["flowchart BT", *_levels(scene), *_links(scene), *_styles(scene)]) + "\n"


def _levels(scene: Scene) -> Iterator[str]:
    for r, (name, title) in enumerate(scene.ranks):
        shapes = [shape for shape in scene.shapes if shape.rank == r]
        if shapes:
            yield f'  subgraph t{r}["{for_mermaid(title or name)}"]'
            yield from (f"    {_shape(shape)}" for shape in shapes)
            yield "  end"


def _shape(shape: Shape) -> str:
    text = "<br/>".join(for_mermaid(shortened(line, 36)) for line in (shape.text, shape.note, shape.mark) if line)
    return f'{shape.key}["{text}"]' if shape.kind == "box" else f'{shape.key}(("{text}"))'


def _style(shape: Shape) -> str:
    return "fires" if shape.fires else "pruned" if shape.gone else "rests"


def _links(scene: Scene) -> Iterator[str]:
    for link in scene.links:
        text = f'|"{for_mermaid(link.text)}"|' if link.text else ""
        yield f"  {link.source} {'-.-' if link.vote else '---'}{text} {link.target}"


def _styles(scene: Scene) -> Iterator[str]:
    yield "  classDef rests fill:#ffffff,stroke:#333333,color:#333333"
    yield f"  classDef fires fill:{RED},stroke:{RED},color:#ffffff"
    if any(shape.gone for shape in scene.shapes):
        yield "  classDef pruned fill:#e4e4e4,stroke:#b8b8b8,color:#b8b8b8"
    for name in ("rests", "fires", "pruned"):
        keys = [shape.key for shape in scene.shapes if _style(shape) == name]
        if keys:
            yield f"  class {','.join(keys)} {name}"
    red = [str(i) for i, link in enumerate(scene.links) if link.fires]
    if red:
        yield f"  linkStyle {','.join(red)} stroke:{RED},stroke-width:2px"
