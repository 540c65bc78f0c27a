"""A long function cut into several: the time that numba takes to compile one grows with the square of its length.

It works on the text. Statements that stand side by side become a function of their own, which takes the names that they read and returns those
that are read elsewhere. They run in the same order, so every bit stays what it was.
"""

import ast
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field

from neurashed_dsl.values import changing

LONG = 300  # lines: a shorter function stays whole, for a call costs time, too
PIECE = 80

Names = frozenset[str]
NONE: Names = frozenset()


@changing
class Cutter:
    """The function that is cut, its local names, what holds for its arguments, and the functions made so far."""

    name: str
    lines: list[str]
    local: Names
    known: Mapping[str, str]
    piece: int
    made: list[str] = field(default_factory=list)


def cut(text: str, known: Mapping[str, str], long: int = LONG, piece: int = PIECE) -> list[str]:
    """The functions that one function is cut into; the last one calls the others. `known`: a condition that holds for an argument, by its name,
    which the compiler of each function is told."""
    lines = text.splitlines()
    function = next(x for x in ast.parse(text).body if isinstance(x, ast.FunctionDef))
    arguments = [a.arg for a in function.args.args]
    body = lines[1:]
    c = Cutter(function.name, lines, frozenset(arguments) | stored(function.body), known, piece)
    if len(lines) > long:
        body = _block(function.body, frozenset(arguments), NONE, c)
    return [*c.made, "\n".join([lines[0], *_asserted(arguments, known), *body])]


def _asserted(arguments: Sequence[str], known: Mapping[str, str]) -> list[str]:
    """One assertion: each takes numba as long as ten lines do."""
    conditions = [known[a] for a in arguments if a in known]
    return [f"    assert {' and '.join(conditions)}"] if conditions else []


def _block(body: Sequence[ast.stmt], given: Names, after: Names, c: Cutter) -> list[str]:
    """The lines of a block, its long runs replaced by calls. `given` have values before it; `after` are names that what is around it reads."""
    text: list[str] = []
    runs = _runs(body, c.piece)
    reads = [exposed(run) for run in runs]
    for i, run in enumerate(runs):
        around = after.union(*reads[:i], *reads[i + 1 :])
        text += _run(run, given, around, c)
        given |= assigned(run)
    return text


def _run(run: Sequence[ast.stmt], given: Names, around: Names, c: Cutter) -> list[str]:
    lines = c.lines[run[0].lineno - 1 : run[-1].end_lineno]
    match run:
        case [ast.For(target=target, body=body)] if len(lines) > c.piece:
            inside = _block(body, given | stored([target]), around | exposed(run), c)
            return [*lines[: body[0].lineno - run[0].lineno], *inside]
        case [ast.If(body=body, orelse=[])] if len(lines) > c.piece:
            return [*lines[: body[0].lineno - run[0].lineno], *_block(body, given, around, c)]
    out = stored(run) & around
    taken = (exposed(run) | out - assigned(run)) & c.local
    if len(lines) <= c.piece // 4 or _leaves(run) or not taken <= given:
        return lines
    return [_called(lines, sorted(taken), sorted(out), c)]


def _called(lines: Sequence[str], taken: list[str], out: list[str], c: Cutter) -> str:
    """The call of a new function that does what these lines do."""
    name = f"{c.name}_{len(c.made) + 1}"
    indent = lines[0][: len(lines[0]) - len(lines[0].lstrip())]
    body = [f"    {line.removeprefix(indent)}" for line in lines]
    returned = [f"    return {', '.join(out)}"] if out else []
    c.made.append("\n".join([f"def {name}({', '.join(taken)}):", *_asserted(taken, c.known), *body, *returned]))
    return f"{indent}{', '.join(out)}{' = ' if out else ''}{name}({', '.join(taken)})"


def _runs(body: Sequence[ast.stmt], piece: int) -> list[list[ast.stmt]]:
    """Statements side by side, about `piece` lines together; a longer one, and one that leaves the block, stands alone."""
    runs: list[list[ast.stmt]] = [[]]
    length = 0
    for s in body:
        lines = (s.end_lineno or s.lineno) - s.lineno + 1
        if runs[-1] and (length + lines > piece or _leaves([s]) or _leaves(runs[-1])):
            runs.append([])
            length = 0
        runs[-1].append(s)
        length += lines
    return runs


def _leaves(run: Sequence[ast.stmt], looping: bool = False) -> bool:
    """Does it end the function, or a loop around it?"""
    return any(_leaves_from(s, looping) for s in run)


def _leaves_from(s: ast.stmt, looping: bool) -> bool:
    match s:
        case ast.Return():
            return True
        case ast.Break() | ast.Continue():
            return not looping
        case ast.For() | ast.While():
            return _leaves(s.body, looping=True)
        case ast.If():
            return _leaves([*s.body, *s.orelse], looping)
        case _:
            return False


# --- which names hold what ------------------------------------------------------------------------------------------------


def stored(nodes: Sequence[ast.AST]) -> Names:
    return frozenset(
        x.id for n in nodes for x in ast.walk(n) if isinstance(x, ast.Name) and isinstance(x.ctx, ast.Store)
    )


def assigned(run: Sequence[ast.stmt]) -> Names:
    """Names that surely have a value after it."""
    return _union(_assigned(s) for s in run)


def _assigned(s: ast.stmt) -> Names:
    match s:
        case ast.For() | ast.While():
            return NONE
        case ast.If():
            return assigned(s.body) & assigned(s.orelse)
        case _:
            return stored([s])


def exposed(run: Sequence[ast.stmt]) -> Names:
    """Names whose value before it may be read in it."""
    read, known = NONE, NONE
    for s in run:
        read |= _exposed(s) - known
        known |= _assigned(s)
    return read


def _exposed(s: ast.stmt) -> Names:
    match s:
        case ast.For():
            return _loaded(s.iter) | exposed(s.body) - stored([s.target])
        case ast.While() | ast.If():
            return _loaded(s.test) | exposed(s.body) | exposed(s.orelse)
        case ast.AugAssign(target=target):
            return _loaded(s) | stored([target])
        case _:
            return _loaded(s)


def _loaded(node: ast.AST) -> Names:
    return frozenset(x.id for x in ast.walk(node) if isinstance(x, ast.Name) and isinstance(x.ctx, ast.Load))


def _union(parts: Iterable[Names]) -> Names:
    return NONE.union(*parts)
