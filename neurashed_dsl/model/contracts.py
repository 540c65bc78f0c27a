"""A law's contract (language.md 2): `fire` grows, `rest` fades, both increase. Exact for affine laws, by sampling for
others.

A law that draws is judged at the mean of its draws, one that reads `step` at some steps. `unchecked law` is judged
for its form only.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from fractions import Fraction
from itertools import pairwise
from typing import Any

from neurashed_dsl.builtins.draws import DISTRIBUTIONS
from neurashed_dsl.diagnostics import Kind, Span, nearest
from neurashed_dsl.ir.affine import affine
from neurashed_dsl.ir.evaluate import MEMORY, Memory, closure, evaluate
from neurashed_dsl.ir.expr import Const, Expr, Var, free, substitute
from neurashed_dsl.model.demands import single, wanted
from neurashed_dsl.model.distribution import lower_distribution
from neurashed_dsl.model.lower import lower
from neurashed_dsl.model.scope import UNKNOWN, Lowering, Scope, Typed
from neurashed_dsl.syntax import ast
from neurashed_dsl.syntax.walk import walk
from neurashed_dsl.values import frozen

PARTS = ("fire", "rest")
Draw = Callable[[ast.Call, Scope], Typed]

UNKNOWN_PART = Kind(
    "unknown-part",
    "a law has no part `{name}`",
    "`fire` or `rest`",
    ("did you mean `{near}`?",),
    explain="A law says what becomes of a value that fires in the batch, `fire(x)`, and of one that rests, `rest(x)`.",
)
MISSING_PART = Kind("missing-part", "the law `{law}` doesn't say `{part}`", "`{part}(x) = …` is missing")
REPEATED_PART = Kind("repeated-part", "`{part}` stands twice in the law `{law}`", "again here")
BROKEN_CONTRACT = Kind(
    "law-contract",
    "`{part}` must {what}: at {argument} = {at} it gives {gives}",
    "in the law `{law}`{where}",
    ("`{part}` is said at {place}", "`unchecked law {own}` switches this check off"),
    explain="What fires grows, fire(x) > x; what rests fades, 0 <= rest(x) <= x; both increase (Su 2021, section 2).",
)

# What a reader likes to see in a counter-example comes first.
POINTS = (1.0, 0.5, 2.0, 0.1, 10.0, 0.2, 5.0, 0.4, 0.8, 0.01, 100.0, 0.001, 1000.0)
GRID = tuple(10.0 ** (k / 20) for k in range(-120, 121))
STEPS = (0, 1, 2, 3, 10, 100, 1000, 10_000, 1_000_000)
SLACK = 1e-12


def lower_part(
    part: ast.LawPart,
    parameters: Mapping[str, Typed],
    x: Typed,
    scope: Scope,
    lowering: Lowering,
    draw: Draw | None = None,
) -> Typed:
    """The body of `fire` or `rest` with its argument bound to any expression, and `step` known. `~` goes to `draw`."""
    names = {"step": Typed(Var("step"), "int"), **parameters, part.argument.name: x}
    with _drawing(lowering, draw):
        body = wanted(lower(part.body, scope.child(names), lowering), "number", part.body.span, lowering)
        return single(body, part.body.span, lowering)


@contextmanager
def _drawing(lowering: Lowering, draw: Draw | None) -> Iterator[None]:
    outer, lowering.draw = lowering.draw, draw
    try:
        yield
    finally:
        lowering.draw = outer


def check_law(
    law: ast.Law,
    scope: Scope,
    arguments: Mapping[str, Any] | None,
    lowering: Lowering,
    memory: Memory | None = None,
    use: Span | None = None,
) -> None:
    """Report what is wrong with a law at these arguments (numbers by parameter; None: its defaults). A parameter
    without a number stands for any, and then only names are checked. `use`: where the arguments are given, which is
    where to mend a contract that they break.
    """
    if not _well_formed(law, lowering):
        return
    known = memory or lowering.memory
    given = _defaults(law, scope, lowering, known) if arguments is None else arguments
    parameters = {p.name.name: _parameter(p.name.name, given) for p in law.parameters}
    judged = not law.unchecked and len(given) >= len(law.parameters)
    for part in law.parts:
        x = Typed(Var(part.argument.name + ".x"), "real")
        before = len(lowering.report.errors)
        body = lower_part(part, parameters, x, scope, lowering, lambda call, inner: _mean(call, inner, lowering))
        if judged and body.kind != "unknown" and len(lowering.report.errors) == before:
            _judge(law, part, body.expr, given, lowering, known, use)


def _judge(
    law: ast.Law,
    part: ast.LawPart,
    body: Expr,
    given: Mapping[str, Any],
    to: Lowering,
    memory: Memory,
    use: Span | None,
) -> None:
    reads_step = "step" in free(body)
    for step in STEPS if reads_step else STEPS[:1]:
        broken = _broken(part.name.name, substitute(body, {"step": Const(step)}), part.argument.name, memory)
        if broken:
            numbers = {**given, "step": step} if reads_step else given
            where = ", ".join(f"{name} = {_shown(value)}" for name, value in numbers.items())
            words = {"law": law.name.name, "where": f" with {where}" if where else "", "argument": part.argument.name}
            if not any(d.kind is BROKEN_CONTRACT and d.span == part.span for d in to.report.found):
                note = {"own": law.name.name} if use is None else {"place": part.span.place}
                to.report.add(BROKEN_CONTRACT.at(use or part.span, **words, **broken, **note))
            return


def _shown(value: Any) -> str:
    return f"{float(value):.6g}"


def _defaults(law: ast.Law, scope: Scope, to: Lowering, memory: Memory) -> dict[str, Any]:
    """The numbers of the defaults, each of which may read those before it; as far as they can be worked out now."""
    numbers: dict[str, Any] = {}
    for parameter in law.parameters:
        names = {n: _parameter(n, numbers) for n in numbers}
        if parameter.default is None:
            continue
        found = wanted(lower(parameter.default, scope.child(names), to), "number", parameter.default.span, to)
        try:
            numbers[parameter.name.name] = evaluate(found.expr, memory=memory)
        except (KeyError, ZeroDivisionError, OverflowError):
            continue
    return numbers


def _well_formed(law: ast.Law, to: Lowering) -> bool:
    seen: set[str] = set()
    fine = True
    for part in law.parts:
        name = part.name.name
        if name not in PARTS:
            to.report.add(UNKNOWN_PART.at(part.name.span, name=name, near=nearest(name, PARTS)))
            fine = False
        elif name in seen:
            to.report.add(REPEATED_PART.at(part.name.span, part=name, law=law.name.name))
            fine = False
        seen.add(name)
    for name in PARTS:
        if name not in seen and fine:
            to.report.add(MISSING_PART.at(law.name.span, law=law.name.name, part=name))
            fine = False
    return fine


def _parameter(name: str, given: Mapping[str, Any]) -> Typed:
    if name not in given:
        return Typed(Var("parameter " + name), "real")
    value = given[name]
    exact = Fraction(repr(value)) if isinstance(value, float) and abs(value) < float("inf") else value
    return Typed(Const(exact), "int" if isinstance(exact, int) else "real")


def _mean(call: ast.Call, scope: Scope, to: Lowering) -> Typed:
    name, args, *_ = lower_distribution(call, scope, to)
    return Typed(DISTRIBUTIONS[name].mean(args), "real") if name else UNKNOWN


Affine = tuple[float, float]


@frozen
class Lines:
    """fire(x) = a·x + c and rest(x) = a·x + c, whatever the step, without draws."""

    fire: Affine
    rest: Affine


def lines_of(law: ast.Law, scope: Scope, arguments: Mapping[str, Any], lowering: Lowering) -> Lines | str:
    """What a law comes to at these arguments; or, where it isn't of that form, why: words that follow its name."""
    parameters = {p.name.name: _parameter(p.name.name, arguments) for p in law.parameters}
    parts: dict[str, Affine] = {}
    for part in law.parts:
        if any(isinstance(n, ast.Drawn) for n in walk(part)):
            return "draws"
        body = lower_part(part, parameters, Typed(Var(" x"), "real"), scope, lowering)
        if body.kind != "unknown" and "step" in free(body.expr):
            return "reads the step"
        try:
            line = None if body.kind == "unknown" else _line(body.expr, " x", lowering.memory)
        except (KeyError, ZeroDivisionError, OverflowError):
            return "can't be worked out before the run"
        if line is None:
            return "is no line a·x + c"
        parts[part.name.name] = float(line[0]), float(line[1])
    return Lines(**parts) if parts.keys() == set(PARTS) else "isn't whole"


# --- judging --------------------------------------------------------------------------------------------------------


def _broken(part: str, expr: Expr, argument: str, memory: Memory) -> dict[str, str] | None:
    """What the part must do and doesn't, with a point that shows it; None if the contract holds."""
    variable = argument + ".x"
    try:
        line = _line(expr, variable, memory)
        points = POINTS if line is None else (*POINTS, *_telling(part, *line))
        value = closure(expr)
        values = [(x, float(value({variable: x, MEMORY: memory}))) for x in (*points, *(GRID if line is None else ()))]
    except (KeyError, ZeroDivisionError, OverflowError):
        return None  # reads what only the run knows, or has been reported
    if line is not None and _holds(part, *line):
        return None
    for x, y in values:
        what = _fault(part, x, y, strict=line is not None or 1e-3 <= x <= 1e3)
        if what:
            return {"part": part, "what": what.format(x=argument), "at": f"{x:.6g}", "gives": f"{y:.6g}"}
    falls = _falling(sorted(values))
    return {"part": part, "what": f"not fall as {argument} grows", **falls} if falls else None


def _line(expr: Expr, variable: str, memory: Memory) -> tuple[Any, Any] | None:
    """The numbers a and c of a·x + c, exact where they are; None for another form."""
    found = affine(expr, variable)
    return None if found is None else (evaluate(found[0], memory=memory), evaluate(found[1], memory=memory))


def _fault(part: str, x: float, y: float, *, strict: bool) -> str:
    if part == "fire":
        return "" if y > x or (not strict and y >= x * (1 - SLACK)) else "exceed {x}"
    if not y >= 0:
        return "not go below 0"
    return "not exceed {x}" if y > x * (1 + SLACK) else ""


def _falling(values: list[tuple[float, float]]) -> dict[str, str] | None:
    for (before, y), (x, higher) in pairwise(values):
        if higher < y - SLACK * abs(y):
            return {"at": f"{x:.6g}", "gives": f"{higher:.6g}, less than {y:.6g} at {before:.6g}"}
    return None


def _holds(part: str, a: Any, c: Any) -> bool:
    """The contract of a·x + c for all x > 0, exactly."""
    if part == "fire":
        return bool(a >= 1 and c >= 0 and (a > 1 or c > 0))
    return bool(c == 0 and 0 <= a <= 1)


def _telling(part: str, a: Any, c: Any) -> list[float]:
    """Points where a·x + c breaks its contract, if it does and the ordinary points don't show it."""
    points = []
    if a != 1 and c != 0 and -c / (a - 1) > 0:
        crossing = -c / (a - 1)  # where a·x + c = x
        points += [float(crossing / 2), float(crossing * 2)]
    if c < 0 < a:
        points.append(float(-c / (2 * a)))
    return points + ([float(c / 2)] if c > 0 else []) + ([float(2 * c / -a)] if a < 0 < c else [])
