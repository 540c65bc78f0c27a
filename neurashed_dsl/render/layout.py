"""DOT text to SVG, PNG and PDF with the Graphviz that pygraphviz' wheels carry: no `dot` on the machine is needed.

Labels are measured with the DejaVu fonts that come with matplotlib, so a picture has the same layout on every machine,
with fonts of its own or without.
"""

import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from neurashed_dsl.render.escape import for_html

WIDE = 16  # shapes on a rank; a wider picture gets fewer dots per inch, and is 3000 dots wide all the same
SYSTEM_FONTS = (
    "/usr/share/fonts",
    "/usr/local/share/fonts",
    "/System/Library/Fonts",
    "/Library/Fonts",
    "WINDOWSFONTDIR",
    "~/.fonts",
)
WHOLE = re.compile(r"<title>(network|system)</title>\n")
HINT = re.compile(r'<title>[^<]*</title>\n<g id="a_[^"]*"><a xlink:title="([^"]*)">\n(.*?)</a>\n</g>\n', re.DOTALL)


def draw(dot: str, form: str, widest: int = 0, engine: str = "dot") -> bytes:
    """The picture as `form`: "svg", "png" or "pdf". `widest`: how many shapes stand on the widest rank; `engine`: what of Graphviz
    places them."""
    import pygraphviz

    dpi = 200 if widest < WIDE else 96
    with _fonts(), _without_font_warnings():
        graph = pygraphviz.AGraph(string=dot)
        data: bytes = graph.draw(format=form, prog=engine, args=f"-Gdpi={dpi}" if form == "png" else "")
        graph.close()
    return data


def draw_svg(dot: str, summary: str, engine: str = "dot") -> str:
    """SVG text for browsers and papers: text stays text, each shape says on hovering what it is, and `summary` is there
    for those who can't see."""
    svg = draw(dot, "svg", engine=engine).decode("utf-8")
    svg = WHOLE.sub("", HINT.sub(r"<title>\1</title>\n\2", svg), count=1)
    svg = svg.replace("\\\u2060", "\\")  # the joiner has done its work: `escape.for_dot`
    return svg.replace("<svg ", f'<svg role="img" aria-label="{for_html(summary)}" ', 1)


@contextmanager
def _fonts() -> Iterator[None]:
    """Fontconfig reads its settings once in a process, at the first label; a setting of the user's own is kept."""
    if "FONTCONFIG_FILE" in os.environ or not (fonts := _font_folder()):
        yield
        return
    with tempfile.TemporaryDirectory() as folder:
        settings = Path(folder) / "fonts.conf"
        places = "".join(f"<dir>{for_html(place)}</dir>" for place in (str(fonts), *SYSTEM_FONTS))
        # Never rescanned: the file is gone by then.
        rest = '<cachedir prefix="xdg">fontconfig</cachedir><config><rescan><int>0</int></rescan></config>'
        settings.write_text(f'<?xml version="1.0"?><fontconfig>{places}{rest}</fontconfig>', "utf-8")
        os.environ["FONTCONFIG_FILE"] = str(settings)
        try:
            yield
        finally:
            del os.environ["FONTCONFIG_FILE"]


@contextmanager
def _without_font_warnings() -> Iterator[None]:
    """Fontconfig complains on stderr about settings of the machine, which are no concern of the user. What others say
    there is passed on."""
    with tempfile.TemporaryFile() as said:
        try:
            stderr = os.dup(2)
        except OSError:  # there is no stderr
            yield
            return
        os.dup2(said.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(stderr, 2)
            os.close(stderr)
            said.seek(0)
            for line in said:
                if not line.startswith(b"Fontconfig "):
                    os.write(2, line)


def _font_folder() -> Path | None:
    """Where matplotlib keeps its fonts, found without importing it."""
    spec = find_spec("matplotlib")
    for place in (spec.submodule_search_locations or ()) if spec else ():
        if (fonts := Path(place) / "mpl-data" / "fonts" / "ttf").is_dir():
            return fonts
    return None
