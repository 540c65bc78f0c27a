"""`plot` of an experiment: what it shows and its options, checked against what is recorded."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from neurashed_dsl.diagnostics import Span, nearest
from neurashed_dsl.ir.expr import Expr
from neurashed_dsl.ir.plan import Study
from neurashed_dsl.model import experiment_errors as errors
from neurashed_dsl.model.after import lower_after
from neurashed_dsl.model.constant import constant_number, whole
from neurashed_dsl.model.errors import BAD_OPTION, MISSING_ARGUMENT, UNKNOWN_LABEL, WRONG_COUNT, WRONG_TYPE, many
from neurashed_dsl.model.known import Known, Names
from neurashed_dsl.model.load import Model
from neurashed_dsl.model.scope import Lowering
from neurashed_dsl.syntax import ast
from neurashed_dsl.values import frozen

# What each plot can be told. In a run with `dt` there are times, and `step` is called `time`.
PLOTS = {
    "lines": ("x", "log", "level", "title"),
    "heatmap": ("x", "y", "title", "log", "step", "contour", "line"),
    "bars": ("title", "log", "step"),
    "curves": ("x", "title", "log", "step", "chord"),
    "phases": ("x", "y", "colour", "title", "step", "chord"),
    "chain": ("x", "title", "step"),
    "plane": ("x", "simplex", "title"),
    "histogram": ("by", "bins", "log", "title", "step"),
    "arrows": ("x", "y", "least", "title", "step"),
    "pathway": ("title",),
    "graph": ("size", "step", "title"),
}
NETWORKS = ("pathway", "graph")  # plots of a network
INPUTS = ("other", "input")  # dimensions along which there are inputs, each of a class
RECORDS = ("size", "line", "colour")  # options that name one
NEEDED = {"phases": ("x", "y")}


@frozen
class Plotted:
    """`plot heatmap(le, x: input)`: the kind, what it shows, its options (words, numbers, truths)."""

    kind: str
    names: tuple[str, ...]
    options: Mapping[str, Any]
    span: Span
    made: tuple[tuple[str, Expr], ...] = ()  # of what it names, what isn't recorded but said in its place, in order


def read_plot(part: ast.Plot, names: Names, study: Study | None, model: Model, to: Lowering) -> list[Plotted]:
    """The plot that a statement asks for; nothing after a report."""
    kind = part.value.function.name
    if kind not in PLOTS:
        known = ", ".join(f"`{p}`" for p in PLOTS)
        to.report.add(
            errors.UNKNOWN_PLOT.at(part.value.function.span, name=kind, known=known, near=nearest(kind, PLOTS))
        )
        return []
    if study is None and (kind in NETWORKS or any(a.name in ("step", "time") for a in part.value.arguments)):
        return []  # it depends on the model
    if kind in NETWORKS and study is not None and study.facts is None:
        to.report.add(errors.NO_NETWORK_TO_DRAW.at(part.value.span, kind=kind))
        return []
    made = _said(part.value, names, to)
    if made is None:
        return []
    names = replace(names, records={**names.records, **{name: known.dims for name, known in made.items()}})
    shown: list[str] = []
    options: dict[str, Any] = {}
    keys = tuple("time" if key == "step" and study and study.plan.timed else key for key in PLOTS[kind])
    for a in part.value.arguments:
        if a.name is None:
            shown += _shown(kind, a.value, names, study, to)
        elif a.name in keys:
            options["step" if a.name == "time" else a.name] = _option(a.name, a.value, shown, names, study, model, to)
        else:
            other = {"step": "time", "time": "step"}.get(a.name)
            near = other if other in keys else nearest(a.name, keys)
            to.report.add(errors.UNKNOWN_KEY.at(a.span, what=kind, name=a.name, near=near, takes=_listed(keys)))
    _complete(part.value, keys, options, to)
    if options.get("simplex"):
        _three_coordinates(part.value, shown, options, names, to)
    expressions = tuple((name, known.expr) for name, known in made.items())
    return [Plotted(kind, tuple(shown), options, part.span, expressions)]


def _said(call: ast.Call, names: Names, to: Lowering) -> dict[str, Known] | None:
    """The expressions that stand where a record may: `lines(last(sure), mean(x[time: 1..5]))`. None after a report."""
    shown = [
        a.value for a in call.arguments if a.name in RECORDS or (a.name is None and call.function.name not in NETWORKS)
    ]
    found = {text_of(x): lower_after(x, names, to) for x in shown if not isinstance(x, ast.Name | ast.Text)}
    known = {text: x for text, x in found.items() if x is not None}
    return known if len(known) == len(found) else None


def text_of(x: ast.Expr) -> str:
    """What is shown, as it is called in a picture."""
    return x.value if isinstance(x, ast.Text) else " ".join(x.span.text.split())


def _complete(call: ast.Call, keys: Sequence[str], options: Mapping[str, Any], to: Lowering) -> None:
    """There is something to show, and the options are enough and go together."""
    kind = call.function.name
    if kind not in NETWORKS and all(a.name for a in call.arguments):
        to.report.add(WRONG_COUNT.at(call.span, function=kind, takes="records to show", given="none"))
    for key in NEEDED.get(kind, ()):
        if key not in options:
            to.report.add(MISSING_ARGUMENT.at(call.function.span, function=kind, name=f"{key}:", takes=_listed(keys)))
    shown = [a for a in call.arguments if a.name is None]
    if kind == "arrows" and len(shown) > 1:
        to.report.add(
            WRONG_COUNT.at(shown[1].span, function=kind, takes="one record", given=many(len(shown), "record"))
        )
    if options.get("x") is not None and options.get("x") == options.get("y"):
        to.report.add(errors.BAD_OPTIONS.at(call.span, fault="`x` and `y` are one dimension"))


def _three_coordinates(
    call: ast.Call, shown: Sequence[str], options: Mapping[str, Any], names: Names, to: Lowering
) -> None:
    for record in shown:
        dims = names.records.get(record) or {}
        along = options.get("x") or next(reversed(list(dims)), None)
        labels = dims.get(along) if along is not None else None
        if labels is not None and len(labels) != 3:
            fault = (
                f"`simplex: true` is the plane of three coordinates, and `{record}` has {len(labels)} along `{along}`"
            )
            to.report.add(errors.BAD_OPTIONS.at(call.span, fault=fault))


def _listed(keys: Sequence[str]) -> str:
    return ", ".join(f"`{key}:`" for key in keys)


def _shown(kind: str, x: ast.Expr, names: Names, study: Study | None, to: Lowering) -> list[str]:
    """The record (or, for a pathway, the input) that an argument of a plot names."""
    text = text_of(x).replace(" ", "") if kind == "pathway" else text_of(x)
    known = list(study.facts.inputs.names) if study and kind == "pathway" else list(names.records)
    if text in known or text in names.broken:
        return [text]
    if kind == "pathway":
        to.report.add(UNKNOWN_LABEL.at(x.span, axis="input", name=text, size=len(known), near=nearest(text, known)))
        return []
    to.report.add(errors.UNKNOWN_RECORD.at(x.span, name=text, **names.absent(text)))
    return []


def _option(
    name: str, x: ast.Expr, shown: Sequence[str], names: Names, study: Study | None, model: Model, to: Lowering
) -> Any:
    """The value of an option of a plot; None after a report."""
    text = text_of(x)
    match name:
        case "step":
            return whole(x, "`step`", 0, model.scope, to)
        case "time":
            return _number(x, model, to)
        case "bins":
            return whole(x, "`bins`", 1, model.scope, to)
        case "contour" if not isinstance(x, ast.Truth):
            return _number(x, model, to)
        case "level":
            return _number(x, model, to)
        case "least":
            return _share(x, model, to)
        case "by":
            return _group(text, x, shown, names, study, to)
        case "x" | "y":
            return _dimension(text, x, shown, names, (), to)
        case _ if name in RECORDS:
            if text in names.records or text in names.broken:
                return text
            to.report.add(errors.UNKNOWN_RECORD.at(x.span, name=text, **names.absent(text)))
        case "title":
            if isinstance(x, ast.Text):
                return text
            to.report.add(WRONG_TYPE.at(x.span, wanted="a string", got=f"`{text}`", hint=f'`title: "{text}"`'))
        case _:
            if isinstance(x, ast.Truth):
                return x.value
            to.report.add(WRONG_TYPE.at(x.span, wanted="`true` or `false`", got=f"`{text}`"))
    return None


def _dimension(
    text: str, x: ast.Expr, shown: Sequence[str], names: Names, further: Sequence[str], to: Lowering
) -> str | None:
    """A dimension of what is shown, or a word beside them."""
    known = list(dict.fromkeys(d for record in shown for d in names.records.get(record, ())))
    if text in known or text in further or not known:
        return text
    words = {"name": ", ".join(shown), "known": ", ".join(f"`{d}`" for d in (*known, *further))}
    to.report.add(errors.NO_DIMENSION.at(x.span, dimension=text, near=nearest(text, [*known, *further]), **words))
    return None


def _group(text: str, x: ast.Expr, shown: Sequence[str], names: Names, study: Study | None, to: Lowering) -> str | None:
    """What the elements of a histogram fall into: a dimension, or the classes of a network's inputs."""
    inputs = any(d in INPUTS for record in shown for d in names.records.get(record, ()))
    return _dimension(text, x, shown, names, ("class",) if inputs and study and study.facts else (), to)


def _share(x: ast.Expr, model: Model, to: Lowering) -> float | None:
    number = _number(x, model, to)
    if number is not None and not 0 <= number <= 1:
        to.report.add(
            BAD_OPTION.at(x.span, name="least", wanted="a share of the largest, from 0 to 1", got=f"{number:g}")
        )
        return None
    return number


def _number(x: ast.Expr, model: Model, to: Lowering) -> float | None:
    number = constant_number(x, model.scope, to)
    return None if number is None else float(number)
