"""From the bytes of a file to a text."""

from neurashed_dsl.diagnostics import Report, Source, Span
from neurashed_dsl.syntax import errors


def decode(name: str, data: bytes, report: Report) -> Source:
    """The text of a file. Bytes that aren't UTF-8 are reported, and shown as question marks."""
    text = data.decode("utf-8", "replace").removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    source = Source(name, text)
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8").removeprefix("\ufeff").replace("\r\n", "\n")
        line = before.count("\n") + 1
        span = Span(source, len(before), len(before) + 1)
        report.add(errors.NOT_UTF8.at(span, line=line, byte=f"{data[error.start]:02X}"))
    return source
