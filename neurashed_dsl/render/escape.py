"""Names come from data and may hold anything: each function makes a text safe for one format, to be read as it was."""

import html
import re

# XML 1.0 has no way to write these: C0 controls get their pictures (␀ … ␟), the others U+FFFD.
_CONTROLS = {i: chr(0x2400 + i) for i in range(0x20)} | {0x7F: "␡"}
_UNWRITABLE = re.compile("[\x80-\x9f\ud800-\udfff\ufffe\uffff]")
_PLAIN_MERMAID = re.compile(r"[^\w \-.,:()\[\]]")


def printable(text: str) -> str:
    """One line that any format can hold: control characters show as pictures, characters XML can't hold as U+FFFD."""
    return _UNWRITABLE.sub("\ufffd", text.translate(_CONTROLS))


def for_html(text: str) -> str:
    """For SVG and HTML, as content or in double quotes."""
    return html.escape(printable(text))


def for_label(text: str) -> str:
    """For the text of Graphviz' HTML-like labels. Backslash escapes are expanded there and can't be quoted: an
    invisible joiner (U+2060) after a backslash makes it none.
    """
    return for_html(text.replace("\\", "\\\u2060"))


def for_dot(text: str) -> str:
    """For a double-quoted DOT attribute. Backslashes halve twice on the way to a node's tooltip, once to an edge's; the
    joiner stops that."""
    return for_label(text).replace("\\", "\\\\")


def for_mermaid(text: str) -> str:
    """For a double-quoted Mermaid label: `#60;` is `<`. Letters of all scripts stay."""
    return _PLAIN_MERMAID.sub(lambda found: f"#{ord(found[0])};", printable(text))


def shortened(text: str, most: int) -> str:
    """At most `most` characters: the middle goes, for names differ at their ends."""
    if len(text) <= most:
        return text
    head = most // 2
    return f"{text[:head]}…{text[len(text) - (most - head - 1) :]}"
