"""The report is read back with the standard library's own HTML parser."""

from dataclasses import dataclass
from html.parser import HTMLParser

from drawn_networks import figure4, hostile

from neurashed_dsl.render.diagram import diagram
from neurashed_dsl.render.report import report_html

VOID = {"meta", "br", "link", "img", "hr", "input"}


@dataclass(frozen=True)
class Claim:
    text: str
    holds: bool
    found: object
    title: str = ""


class Page(HTMLParser):
    """Tags, ids, texts; whether each tag is closed in turn."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.texts: list[tuple[str, str]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.ids += [v or "" for k, v in attrs if k == "id"]
        self.links += [v or "" for k, v in attrs if k in ("src", "href", "xlink:href")]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append((self.open[-1] if self.open else "", data))


def page() -> tuple[str, Page]:
    claims = [Claim("max(mi) > 1.9", True, 1.987654321, "both fit"), Claim("last(p) < 0.5 & <b>", False, "0.7 at <x>")]
    pictures = {"a <picture>": diagram(figure4(), "s1").svg(), "hostile": diagram(hostile()).svg()}
    facts = {"seed": "2021", "param <p>": '"1"'}
    text = report_html(
        "Fitting & <compression>", claims, pictures, facts, "network x {\n  # <script>alert(1)</script>\n}"
    )
    return text, Page(text)


def test_it_is_well_formed_and_needs_nothing_else() -> None:
    text, read = page()
    assert read.open == []
    assert "script" not in read.tags
    assert read.links == []
    assert "http" not in text.replace("http://www.w3.org/", "")
    assert len(read.ids) == len(set(read.ids))
    assert read.tags.count("svg") == 2
    assert "<!DOCTYPE" not in text[20:]


def test_it_says_everything() -> None:
    _, read = page()
    texts = [data for _, data in read.texts]
    for words in (
        "Fitting & <compression>",
        "max(mi) > 1.9",
        "1.98765",
        "both fit",
        "0.7 at <x>",
        "2021",
        "param <p>",
        '"1"',
    ):
        assert words in texts
    assert [data.strip() for tag, data in read.texts if tag == "span" and data.strip() in "✓✗"] == ["✓", "✗"]
    assert "network x {\n  # <script>alert(1)</script>\n}" in texts


def test_nothing_to_report() -> None:
    assert Page(report_html("empty", [], {}, {}, "")).tags.count("section") == 0
