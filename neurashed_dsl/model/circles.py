"""Functions and rules that call themselves, through others too: reported once, and then known as broken."""

from collections.abc import Iterator, Mapping

from neurashed_dsl.diagnostics import Report
from neurashed_dsl.model.errors import RECURSIVE_FUNCTION
from neurashed_dsl.model.scope import UNKNOWN, Scope
from neurashed_dsl.syntax import ast
from neurashed_dsl.syntax.walk import walk

Calls = Mapping[str, Mapping[str, ast.Call]]  # by caller and callee, the first such call


def report_circles(document: ast.Document, home: Scope, report: Report) -> None:
    """What calls itself means nothing in `home` from now on, so that nobody speaks of it again."""
    own = {d.name.name: d for d in document.items if isinstance(d, ast.Function | ast.Rule)}
    calls: Calls = {
        name: {x.function.name: x for x in reversed(list(_calls(d.body))) if x.function.name in own}
        for name, d in own.items()
    }
    done: set[str] = set()
    for name in own:
        circle = None if name in done else _circle(name, calls)
        if circle:
            done.update(circle)
            shown = " → ".join((*circle, name)) if len(circle) > 1 else ""
            call = calls[name][circle[1] if len(circle) > 1 else name]
            report.add(RECURSIVE_FUNCTION.at(call.span, name=name, circle=shown))
    home.names |= dict.fromkeys(done, UNKNOWN)


def _calls(body: ast.Expr) -> Iterator[ast.Call]:
    return (x for x in walk(body) if isinstance(x, ast.Call))


def _circle(name: str, calls: Calls) -> list[str] | None:
    """The shortest way from a name back to itself, without the end."""
    ways = [[name]]
    seen: set[str] = set()
    for way in ways:
        for callee in calls[way[-1]]:
            if callee == name:
                return way
            if callee not in seen:
                seen.add(callee)
                ways.append([*way, callee])
    return None
