"""`nshed explain`: every kind of message there is, from the rows that the stages declare."""

import re
from importlib import import_module

from neurashed_dsl.cli.failure import WELL
from neurashed_dsl.cli.terminal import columns
from neurashed_dsl.diagnostics import Kind, WrongUse, nearest
from neurashed_dsl.resources import PACKAGE

DECLARES = re.compile(r"^[A-Z_0-9]+ = Kind\(", re.MULTILINE)  # only these modules are worth importing


def explain(code: str | None) -> int:
    known = kinds()
    if code is None:
        print(columns([(k.code, k.severity, plain(k.title)) for k in known.values()], indent=""))
        return WELL
    code = re.sub(r".*\[|\].*", "", code)  # `error[syntax]` was copied whole
    if code not in known:
        near = nearest(code, known)
        raise WrongUse(
            f"no message has the code `{code}`"
            + (f"; did you mean `{near}`?" if near else "; `nshed explain` lists them all")
        )
    print(account(known[code]))
    return WELL


def kinds() -> dict[str, Kind]:
    """Every `Kind` that a module of the package declares, by code, in the order of the alphabet."""
    found: dict[str, Kind] = {}
    for file in sorted(PACKAGE.rglob("*.py")):
        if DECLARES.search(file.read_text(encoding="utf-8")):
            module = import_module(".".join((PACKAGE.name, *file.relative_to(PACKAGE).with_suffix("").parts)))
            found |= {value.code: value for value in vars(module).values() if isinstance(value, Kind)}
    return dict(sorted(found.items()))


def plain(template: str) -> str:
    """A template with its fields as words: `no node `{name}`` → `no node `<name>``."""
    named = re.sub(r"(?<!\{)\{(\w+)[^{}]*\}(?!\})", r"<\1>", template)
    return named.replace("{{", "{").replace("}}", "}")


def account(kind: Kind) -> str:
    lines = [f"{kind.severity}[{kind.code}]: {plain(kind.title)}"]
    lines += [f"  at the place: {plain(kind.label)}"] if kind.label else []
    lines += [f"  help: {plain(line)}" for line in kind.help]
    lines += ["", kind.explain] if kind.explain else []
    return "\n".join(lines)
