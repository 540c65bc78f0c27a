"""Measures that are taken between steps of the loop. They become arrays that `runtime.probe` fills."""

from collections.abc import Mapping
from dataclasses import replace

from neurashed_dsl.diagnostics import NOWHERE
from neurashed_dsl.ir.evaluate import evaluate
from neurashed_dsl.ir.expr import Expr, Range, arrays
from neurashed_dsl.ir.system import Axis, Probe
from neurashed_dsl.model import errors
from neurashed_dsl.model.arguments import bind_arguments
from neurashed_dsl.model.constant import constant_number, option, shown, truth_of, word_of
from neurashed_dsl.model.demands import absent
from neurashed_dsl.model.lower import domain_of, whole_array
from neurashed_dsl.model.lower.measures import measured
from neurashed_dsl.model.scope import UNKNOWN, ArrayOf, Lowering, MeasureOf, Scope, Typed
from neurashed_dsl.syntax import ast

DIRECTIONS = ("means", "hyperplane")
GROUPS = {"input": "sample", "class": "class"}
BOUND = Axis("bound", 3, 1, ("lower", "estimate", "upper"))
MOST_POINTS = 2**20
MOST_NODES = 21201  # dimensions for which there are Sobol' points
OF_INFORMATION = ("L", "of", "floor", "relative", "relative_to", "points", "bounds")


def probes_read(expr: Expr, to: Lowering) -> list[Probe]:
    """The probes that an expression reads, by itself or through measures."""
    read = arrays(expr)
    for let in reversed(to.lets):
        if let.name in read:
            read |= arrays(let.expr)
    return [p for n, p in to.probes.items() if n in read]


def steps_samples(to: Lowering) -> bool:
    """Does a probe need the system stepping on single samples?"""
    return any(p.stepping for p in to.probes.values())


def local_elasticity(to: Lowering, scope: Scope, x: ast.Call) -> Typed:
    """LE(x, x′) over inputs, or averaged over the inputs x of each class (`by: class`)."""
    given = option(x.arguments, "local_elasticity", ("signed", "relative", "by"), to.report)
    if len(given) < len(x.arguments):
        return UNKNOWN
    options: dict[str, object] = {"by": "input"}
    for name, value in given.items():
        found = word_of(value, tuple(GROUPS), "`by: input` or `by: class`", to) if name == "by" else truth_of(value, to)
        if found is None:
            return UNKNOWN
        options[name] = found
    if not isinstance(to.world.get("logit"), ArrayOf):
        to.report.add(errors.NO_ARRAY.at(x.span, name="logit"))
        return UNKNOWN
    name = "local_elasticity " + " ".join(f"{k}={v}" for k, v in sorted(options.items()))
    axes = (GROUPS[str(options["by"])], "sample")
    to.probes.setdefault(name, Probe(name, axes, "local_elasticity", options, stepping=True))
    return whole_array(ArrayOf(name, axes, "real"), x.span, to)


# --- mutual information ---------------------------------------------------------------------------------------------------


def mutual_information(to: Lowering, scope: Scope, x: ast.Call) -> Typed:
    """Bits that a level's activity tells of the input, or of its label; with `bounds: true` an array over `bound`."""
    values = bind_arguments(x, "mutual_information", _parameters(), to.report)
    if values is None:
        return UNKNOWN
    options = _options(values, scope, to)
    if options is None:
        return UNKNOWN
    factors = [to.world.get("λ"), to.world.get("κ")]
    if all(not isinstance(a, ArrayOf) or a.axes not in (("node",), ("edge",)) for a in factors):
        to.report.add(errors.NO_ARRAY.at(x.span, name="λ", hint=absent("λ", to)))
        return UNKNOWN
    # The name stands in the kernel's text, which is the same whatever the options' values are.
    same = (n for n, p in to.probes.items() if p.measure == "mutual_information" and p.options == options)
    name = next(same, f"mutual_information {len(to.probes) + 1}")
    axes = ("bound",) if options["bounds"] else ()
    tables = ("fires", "label", "weight_of", "held")
    to.axes = {**to.axes, "bound": BOUND} if axes else to.axes
    to.probes.setdefault(name, Probe(name, axes, "mutual_information", options, tables))
    return whole_array(ArrayOf(name, axes, "real"), x.span, to)


def _parameters() -> list[ast.Parameter]:
    """Those with a default are recognised by it; the values stand in `_options`."""

    return [_parameter(n, required=n in ("L", "of")) for n in OF_INFORMATION]


def _parameter(name: str, *, required: bool) -> ast.Parameter:
    named = ast.Name(span=NOWHERE, name=name)
    return ast.Parameter(span=NOWHERE, name=named, default=None if required else named)


def _options(values: Mapping[str, ast.Expr], scope: Scope, to: Lowering) -> dict[str, object] | None:
    found: dict[str, object | None] = {
        "level": _level(values["L"], scope, to),
        "of": word_of(values["of"], ("input", "label"), "with `input`, or with its `label`", to),
        "floor": _noise("floor", values, 0.01, scope, to),
        "relative": _noise("relative", values, 0.001, scope, to),
        "relative_to": "spread",
        "points": 4096,
        "bounds": False,
    }
    if "relative_to" in values:
        hint = "of the whole level over the inputs, or of its largest activity"
        found["relative_to"] = word_of(values["relative_to"], ("spread", "max"), hint, to)
    if "points" in values:
        found["points"] = _points(values["points"], scope, to)
    if "bounds" in values:
        found["bounds"] = truth_of(values["bounds"], to)
    return None if None in found.values() else dict(found)


def _level(x: ast.Expr, scope: Scope, to: Lowering) -> tuple[int, int] | None:
    """The nodes from one position up to another; None after a report."""
    domain = domain_of(x, scope, to)
    if domain is None:
        return None
    where, axis, _ = domain
    low, high = (evaluate(e, {}, to.memory) for e in (where.low, where.high)) if isinstance(where, Range) else (0, 0)
    if axis != "node" or low == high:
        to.report.add(errors.WRONG_TYPE.at(x.span, wanted="a level or a family", got=f"`{x.span.text}`"))
        return None
    if high - low > MOST_NODES:
        to.report.add(errors.BAD_OPTION.at(x.span, name="L", wanted=f"of at most {MOST_NODES} nodes", got=high - low))
        return None
    return low, high


def _noise(name: str, values: Mapping[str, ast.Expr], default: float, scope: Scope, to: Lowering) -> float | None:
    if name not in values:
        return default
    value = constant_number(values[name], scope, to)
    if value is None:
        return None
    if not 0 <= value < float("inf"):
        to.report.add(
            errors.BAD_OPTION.at(values[name].span, name=name, wanted="a finite number, at least 0", got=shown(value))
        )
        return None
    return float(value)


def _points(x: ast.Expr, scope: Scope, to: Lowering) -> int | None:
    value = constant_number(x, scope, to)
    if value is None:
        return None
    if not 1 <= value <= MOST_POINTS or 2 ** (int(value).bit_length() - 1) != value:
        wanted, hint = f"a power of 2, at most {MOST_POINTS}", "Sobol' points are even in powers of 2: `points: 4096`"
        to.report.add(errors.BAD_OPTION.at(x.span, name="points", wanted=wanted, got=shown(value), hint=hint))
        return None
    return int(value)


# --- hyperplanes ----------------------------------------------------------------------------------------------------------


def separability(to: Lowering, scope: Scope, x: ast.Call) -> Typed:
    """The share of pairs of classes that are separated, along the difference of their means (the library's measure) or by any hyperplane."""
    plain, by = direction_of(x, to)
    if by is None:
        return UNKNOWN
    if by == "means":
        array = measured(plain, _measure_called("separability", scope), scope, to)
        return whole_array(array, x.span, to) if array else UNKNOWN
    values = bind_arguments(plain, "separability", [_parameter("X", required=True)], to.report)
    if values is None:
        return UNKNOWN
    name = values["X"].name if isinstance(values["X"], ast.Name) else ""
    found = scope.find(name)
    if not isinstance(found, ArrayOf) or found.name not in to.states or len(found.axes) != 3:
        to.report.add(errors.NOT_A_STATE.at(values["X"].span, name=values["X"].span.text))
        return UNKNOWN
    probe = Probe(f"separability {found.name}", (), "separability", {"array": found.name, "log": to.states[found.name]})
    to.probes.setdefault(probe.name, probe)
    return whole_array(ArrayOf(probe.name, (), "real"), x.span, to)


def direction_of(x: ast.Call, to: Lowering) -> tuple[ast.Call, str | None]:
    """A call of `separability` without `by:`, and what that says, `means` if nothing; None after a report."""
    plain = replace(x, arguments=tuple(a for a in x.arguments if a.name != "by"))
    said = [a.value for a in x.arguments if a.name == "by"]
    return plain, word_of(said[-1], DIRECTIONS, "`by: means` or `by: hyperplane`", to) if said else "means"


def _measure_called(name: str, scope: Scope) -> MeasureOf:
    """The measure that this file means, behind the name of the probe."""
    home: Scope | None = scope
    while home is not None:
        if isinstance(found := home.names.get(f"{name}()"), MeasureOf):
            return found
        home = home.parent
    raise AssertionError(f"the library has `{name}`")


OF_STATES = {"separability": separability}  # those that any system has
PROBES = {"local_elasticity": local_elasticity, "mutual_information": mutual_information, **OF_STATES}
WORDS = ("input", "label", "class", "spread", "max", *DIRECTIONS)  # what their arguments may say
