"""`nshed fmt`: the canonical form. A file with a syntax error is left as it is."""

import sys
from collections.abc import Sequence
from difflib import unified_diff
from pathlib import Path

from neurashed_dsl.cli.failure import AT_FAULT, WELL
from neurashed_dsl.cli.terminal import say, tell
from neurashed_dsl.diagnostics import Report
from neurashed_dsl.runtime.files import replacing
from neurashed_dsl.syntax.decode import decode, read_source
from neurashed_dsl.syntax.format import format_document
from neurashed_dsl.syntax.parse import parse


def fmt(files: Sequence[str], only_check: bool, diff: bool) -> int:
    """Rewrite files in place, or only say what would change: then exit code 1 if something would."""
    return max([fmt_one(file, only_check, diff) for file in files])


def fmt_one(file: str, only_check: bool, diff: bool) -> int:
    """`-` is standard input, whose canonical form goes to standard output."""
    report = Report()
    if file == "-":
        data = sys.stdin.buffer.read()
        source = decode("<stdin>", data, report)
    else:
        source = read_source(Path(file), report)
        data = Path(file).read_bytes()  # not source.text, in which line ends are made equal
    document = parse(source, report)
    if report.errors:
        tell(report.found)
        return AT_FAULT
    new = format_document(document)
    if only_check or diff:
        return compare(source.name, source.text, new, changed=new.encode() != data, diff=diff)
    if file == "-":
        print(new, end="")
    elif new.encode() != data:
        rewrite(Path(file), new)
    return WELL


def compare(name: str, old: str, new: str, changed: bool, diff: bool) -> int:
    if not changed:
        return WELL
    if diff:
        lines = unified_diff(old.splitlines(True), new.splitlines(True), name, f"{name}, formatted")
        print(
            "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines),
            end="",
        )
    say(f"{name}: would change")
    return AT_FAULT


def rewrite(file: Path, text: str) -> None:
    with replacing(file.resolve()) as draft:  # a link stays a link, to what is rewritten
        draft.write_bytes(text.encode())
    say(f"formatted {file}")
