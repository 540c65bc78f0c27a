"""A finished drawing of a network or a system: shows itself in a notebook, saves itself by suffix."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from neurashed_dsl.diagnostics import Kind, NshedError, nearest
from neurashed_dsl.values import frozen

if TYPE_CHECKING:
    import graphviz

UNKNOWN_FORMAT = Kind(
    "unknown-format", "no picture format `{suffix}`", "unknown", ("did you mean `{near}`?", "there are {known}")
)


@frozen
class Picture:
    """`dot` and `mermaid` are texts of one drawing; `network` makes what is drawn into a `networkx.DiGraph`. `widest`: how many
    shapes stand side by side; `engine`: what of Graphviz places them."""

    dot: str
    mermaid: str
    summary: str
    network: Callable[[], Any]
    widest: int = 0
    engine: str = "dot"

    def svg(self) -> str:
        from neurashed_dsl.render.layout import draw_svg

        return draw_svg(self.dot, self.summary, self.engine)

    def source(self) -> "graphviz.Source":
        """The drawing for the `graphviz` package: to be changed, or drawn by a Graphviz of one's own."""
        from graphviz import Source

        return Source(self.dot, engine=self.engine)

    def save(self, path: str | Path) -> None:
        """Write by suffix: svg, png, pdf, dot, gv, mmd, graphml, json. Raises NshedError [unknown-format], OSError."""
        save(self, path)

    def _repr_svg_(self) -> str:
        return self.svg()


def save(picture: Picture, path: str | Path) -> None:
    """Write by suffix: svg, png, pdf, dot, gv, mmd, graphml, json. Raises NshedError [unknown-format], OSError."""
    suffix = Path(path).suffix.lower()
    if suffix not in WRITERS:
        raise NshedError(
            [UNKNOWN_FORMAT.at(None, suffix=suffix, near=nearest(suffix, WRITERS), known=" ".join(WRITERS))]
        )
    Path(path).write_bytes(WRITERS[suffix](picture))


def _drawn(form: str) -> Callable[[Picture], bytes]:
    def write(picture: Picture) -> bytes:
        from neurashed_dsl.render.layout import draw

        return draw(picture.dot, form, picture.widest, picture.engine)

    return write


def _exported(form: str) -> Callable[[Picture], bytes]:
    def write(picture: Picture) -> bytes:
        from neurashed_dsl.render.export import graphml, node_link

        network = picture.network()
        return (graphml(network) if form == "graphml" else node_link(network)).encode("utf-8")

    return write


WRITERS: Mapping[str, Callable[[Picture], bytes]] = {
    ".svg": lambda picture: picture.svg().encode("utf-8"),
    ".png": _drawn("png"),
    ".pdf": _drawn("pdf"),
    ".dot": lambda picture: picture.dot.encode("utf-8"),
    ".gv": lambda picture: picture.dot.encode("utf-8"),
    ".mmd": lambda picture: picture.mermaid.encode("utf-8"),
    ".graphml": _exported("graphml"),
    ".json": _exported("json"),
}
