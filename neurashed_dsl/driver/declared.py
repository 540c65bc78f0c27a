"""How a program shows itself: at a prompt in a line, in a notebook as a table."""

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from neurashed_dsl.driver.program import Program

MOST = 8  # names told of each sort


def declared(program: "Program") -> dict[str, tuple[str, ...]]:
    return {"experiments": program.experiments, "networks": program.networks, "systems": program.systems}


def in_words(program: "Program") -> str:
    """`<zoo.nshed: experiments learning, phases; networks zoo>`."""
    told = [f"{sort} {_listed(names)}" for sort, names in declared(program).items() if names]
    return f"<{program.source.name}: {'; '.join(told) or 'nothing to run or draw'}>"


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(names[:MOST]) + (f" and {len(names) - MOST} more" if len(names) > MOST else "")


def in_html(program: "Program") -> str:
    cells = "".join(f"<tr><th>{k}</th><td>{', '.join(v) or '–'}</td></tr>" for k, v in declared(program).items())
    return f"<table><caption>{escape(program.source.name)}</caption>{cells}</table>"
