"""The report of an experiment: one HTML page that needs nothing else, neither a network nor scripts."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from neurashed_dsl.render.escape import printable
from neurashed_dsl.values import frozen

HEADER = re.compile(r"\A(?:<\?xml[^>]*>|<!DOCTYPE[^>]*>|<!--.*?-->|\s)+", re.DOTALL)
METADATA = re.compile(r"<metadata>.*?</metadata>", re.DOTALL)
NAMED = re.compile(r'\b(id="|href="#|url\(#)')


class Claimed(Protocol):
    """What the report reads of a claim; a `title` is shown, too, if there is one."""

    @property
    def text(self) -> str: ...
    @property
    def holds(self) -> bool: ...
    @property
    def found(self) -> Any: ...


@frozen
class Shown:
    name: str
    svg: Any  # markupsafe.Markup: made by `diagram` or `plot`, which escape all names


@frozen
class Judged:
    text: str
    title: str
    holds: bool
    found: str


def report_html(
    title: str, claims: Sequence[Claimed], pictures: Mapping[str, str], facts: Mapping[str, str], source: str
) -> str:
    """The page. `pictures` are SVG texts of `diagram` and `plot` by name; all else is escaped. `facts` are shown as
    they are: parameters, seed, versions. Lines of `source` are kept."""
    from jinja2 import Environment, FileSystemLoader
    from markupsafe import Markup

    page = Environment(loader=FileSystemLoader(Path(__file__).parent), autoescape=True, trim_blocks=True)
    return page.get_template("report.html.j2").render(
        title=printable(title),
        claims=[_judged(claim) for claim in claims],
        held=sum(bool(claim.holds) for claim in claims),
        pictures=[Shown(printable(n), Markup(inlined(svg, f"p{i}-"))) for i, (n, svg) in enumerate(pictures.items())],
        facts={printable(str(name)): printable(str(value)) for name, value in facts.items()},
        source="\n".join(printable(line) for line in source.splitlines()),
    )


def inlined(svg: str, prefix: str) -> str:
    """An SVG document as an element of a page: without its header, and with ids that no other picture has."""
    body = METADATA.sub("", HEADER.sub("", svg, count=1))
    return NAMED.sub(rf"\g<1>{prefix}", body)


def _judged(claim: Claimed) -> Judged:
    found = claim.found
    text = f"{found:.6g}" if isinstance(found, float) else str(found)
    title = str(getattr(claim, "title", "") or "")
    return Judged(printable(claim.text), printable(title), bool(claim.holds), printable(text))
