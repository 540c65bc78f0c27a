"""From a file, or its bytes, to a text."""

from pathlib import Path

from neurashed_dsl.diagnostics import Report, Source, Span, WrongUse, nearest
from neurashed_dsl.syntax import errors

HDF5 = b"\x89HDF\r\n\x1a\n"  # what a result begins with


def decode(name: str, data: bytes, report: Report) -> Source:
    """The text of a file. Bytes that aren't UTF-8 are reported, and shown as question marks; of a result, which has no text, that it is one."""
    if data.startswith(HDF5):
        report.add(errors.A_RESULT.at(None, name=name))
        return Source(name, "")
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


def read_source(path: Path, report: Report) -> Source:
    """The text of a file. Raises WrongUse if it can't be read."""
    try:
        return decode(str(path), path.read_bytes(), report)
    except FileNotFoundError:
        beside = [p.name for p in path.parent.glob("*.nshed")] if path.parent.is_dir() else []
        near = nearest(path.name, beside)
        hint = f"; did you mean {path.with_name(near)}?" if near else ""
        raise WrongUse(f"there is no file {path}{hint}") from None
    except IsADirectoryError:
        raise WrongUse(f"{path} is a folder") from None
    except OSError as error:
        raise WrongUse(f"{path} can't be read: {error.strerror}") from None
