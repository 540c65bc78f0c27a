"""Files and what they bring into scope: `use`, the standard library, parameters of a file with their values.

A name's declaration keeps the scope of its own file, so that a law used elsewhere still reads the parameters beside it.
"""

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field
from pathlib import Path
from typing import Any

from neurashed_dsl.diagnostics import Report, Source, Span, nearest
from neurashed_dsl.ir.evaluate import Memory
from neurashed_dsl.ir.expr import Const, Read
from neurashed_dsl.model import load_errors as errors
from neurashed_dsl.model.constant import evaluated
from neurashed_dsl.model.demands import single
from neurashed_dsl.model.known import Names
from neurashed_dsl.model.lower import lower
from neurashed_dsl.model.parameter import Scalar, Value, checked, of_text
from neurashed_dsl.model.results_given import Result
from neurashed_dsl.model.scope import NAMED_NUMBERS, UNKNOWN, FunctionOf, Lowering, Meaning, MeasureOf, Scope, Typed
from neurashed_dsl.model.trajectory import Trajectory
from neurashed_dsl.resources import folder
from neurashed_dsl.syntax import ast
from neurashed_dsl.syntax.decode import decode
from neurashed_dsl.syntax.kept import parse_kept
from neurashed_dsl.values import changing

GIVEN = "it was given by `--set`, or by a `set … at step`"


@changing
class Model:
    """A file with all it uses: names bound, parameters with values. `settings`: what `--set` gave; `unused` of it is the caller's to refuse."""

    source: Source
    scope: Scope
    experiments: dict[str, ast.Experiment]
    networks: dict[str, ast.Network]
    systems: dict[str, ast.System]
    parameters: dict[str, int | float | bool]
    memory: Memory
    root: Path
    allowed: tuple[Path, ...]
    documents: dict[str, ast.Document] = field(default_factory=dict)  # every file read, by name
    homes: dict[str, Scope] = field(default_factory=dict)  # the scope of each document
    unread: list[Source] = field(default_factory=list)  # texts with syntax errors
    folders: dict[str, Path] = field(default_factory=dict)  # where each document lies: paths in it start there
    path: Path | None = None
    library: tuple[ast.Document, ...] = ()
    results: dict[str, Result] = field(default_factory=dict)  # of other experiments, by what they are written as
    readings: dict[str, Names] = field(
        default_factory=dict
    )  # what may be named of the experiments that were understood
    records: dict[str, Any] = field(
        default_factory=dict
    )  # of other experiments: labelled arrays, by what they are written as
    trajectories: dict[Span, Trajectory] = field(default_factory=dict)  # those read so far, by where they are declared


@changing
class Loading:
    report: Report
    settings: Mapping[str, object]
    root: Path
    allowed: tuple[Path, ...]
    memory: Memory = field(default_factory=Memory)
    parameters: dict[str, int | float | bool] = field(default_factory=dict)
    scopes: dict[Path, Scope] = field(default_factory=dict)
    documents: dict[str, ast.Document] = field(default_factory=dict)
    homes: dict[str, Scope] = field(default_factory=dict)  # the scope of each document
    unread: list[Source] = field(default_factory=list)  # texts with syntax errors
    folders: dict[str, Path] = field(default_factory=dict)
    circle: list[Path] = field(default_factory=list)
    first: bool = True
    before: Model | None = None


def load_model(
    source: Source,
    path: Path | None,
    report: Report,
    settings: Mapping[str, object],
    allowed: Iterable[Path] = (),
    before: Model | None = None,
) -> Model:
    """Parse, follow every `use`, bind names and parameters. `path` None: the text has no folder, and may use files of the working folder.

    `before`: what the same source came to with other settings; its files are neither read nor parsed again.
    """
    root = before.root if before else (path.parent if path else Path()).resolve()
    loading = Loading(report, settings, root, tuple(p.resolve() for p in allowed), before=before)
    documents = before.library if before else tuple(_library(loading))
    library = Scope({name: Typed(Const(value), "real") for name, value in NAMED_NUMBERS.items()})
    for document in documents:
        _declare(document, library, Scope(), loading)
    document = _parsed(source, path and path.resolve(), loading)
    here = path.resolve() if path else root / source.name
    scope = _file_scope(document, here, library, loading)
    return Model(
        document.source,
        scope,
        {d.name.name: d for d in document.items if isinstance(d, ast.Experiment)},
        _networks(document, scope),
        {d.name.name: d for d in document.items if isinstance(d, ast.System)},
        loading.parameters,
        loading.memory,
        root,
        loading.allowed,
        loading.documents,
        loading.homes,
        loading.unread,
        loading.folders,
        path,
        documents,
        **_kept(before),
    )


def _kept(before: Model | None) -> dict[str, Any]:
    """What doesn't depend on settings: what other experiments gave, and data that were read."""
    names = ("results", "readings", "records", "trajectories")
    return {name: getattr(before, name) for name in names} if before else {}


def _networks(document: ast.Document, scope: Scope) -> dict[str, ast.Network]:
    """The file's own, then those that it uses, by the names that it gives them."""
    found = {n: m.declaration for n, m in scope.names.items() if isinstance(m, FunctionOf)}
    own = [n for n, d in found.items() if d in document.items]
    return {n: d for n in (*own, *found) if isinstance(d := found[n], ast.Network)}


def _parsed(source: Source, path: Path | None, loading: Loading) -> ast.Document:
    if loading.before is not None:
        return loading.before.documents[source.name]
    before = len(loading.report.found)
    document = parse_kept(source, path, loading.report)
    if len(loading.report.found) > before:
        loading.unread.append(source)
    return document


def _library(loading: Loading) -> Iterator[ast.Document]:
    """The standard library: every file of `stdlib/`; they share one scope."""
    for file in sorted(folder("stdlib").glob("*.nshed")):
        source = decode(f"stdlib/{file.name}", file.read_bytes(), loading.report)
        yield parse_kept(source, file, loading.report)


def _file_scope(document: ast.Document, path: Path, library: Scope, loading: Loading) -> Scope:
    loading.documents[document.source.name] = document
    scope = library.child()
    loading.scopes[path] = scope
    loading.folders[document.source.name] = path.parent
    loading.homes[document.source.name] = scope
    loading.circle.append(path)
    own = len(loading.homes) == 1
    for item in document.items:
        if isinstance(item, ast.Use):
            _use(item, path, scope, library, loading)
    _declare(document, scope, library, loading, own=own)
    loading.circle.pop()
    return scope


def _declare(document: ast.Document, scope: Scope, library: Scope, loading: Loading, *, own: bool = False) -> None:
    seen: dict[str, Span] = {}
    for item in document.items:
        if isinstance(item, ast.Use):
            continue
        _refuse_array_parameters(item, loading)
        name = item.parameter.name if isinstance(item, ast.FileParameter) else item.name
        key = f"{name.name}()" if isinstance(item, ast.Measure) else name.name
        if key in seen and not isinstance(item, ast.Measure):
            loading.report.add(errors.DECLARED_TWICE.at(name.span, name=name.name, first=seen[key].place))
        elif library.find(key) is not None:
            loading.report.add(errors.SHADOWS_LIBRARY.at(name.span, name=name.name))
        seen.setdefault(key, name.span)
        scope.names[key] = _meaning(item, scope, (key in seen and scope.names.get(key)) or None, loading, own)


def _refuse_array_parameters(item: ast.Declaration, loading: Loading) -> None:
    """Only a system has axes that a parameter could be an array over; a measure may name those of an array that it is given."""
    found = (item.parameter,) if isinstance(item, ast.FileParameter) else getattr(item, "parameters", ())
    patterns = isinstance(item, ast.Measure)
    for parameter in () if isinstance(item, ast.System) else found:
        if parameter.binders and not (patterns and all(b.domain is None for b in parameter.binders)):
            name = parameter.name.name
            pattern = f"{name}[{', '.join(b.name for b in parameter.binders)}]" if patterns else ""
            loading.report.add(errors.ARRAY_PARAMETER_HERE.at(parameter.span, name=name, pattern=pattern))


def _meaning(item: ast.Declaration, scope: Scope, before: Meaning | None, loading: Loading, own: bool) -> Meaning:
    match item:
        case ast.FileParameter(parameter=parameter):
            return _parameter(parameter, scope, loading, own)
        case ast.Measure():
            overloads = before.overloads if isinstance(before, MeasureOf) else ()
            return MeasureOf((*overloads, item), scope, item.name.span)
        case ast.Use():
            return UNKNOWN  # `use` declares nothing itself
        case _:
            return FunctionOf(item, scope, item.name.span)


# --- parameters of a file -------------------------------------------------------------------------------------------------


def _parameter(parameter: ast.Parameter, scope: Scope, loading: Loading, own: bool) -> Typed:
    """A file parameter: an array of rank 0 of its name, with the value that `--set` or the file gives."""
    name = parameter.name.name
    given = loading.settings.get(name) if own else None
    to = Lowering(loading.report, memory=loading.memory)
    value = (
        checked(of_text(given), parameter, scope, to, GIVEN) if given is not None else _default(parameter, scope, to)
    )
    if value is None:
        return UNKNOWN
    kind = (
        "bool" if isinstance(value, bool) else "int" if isinstance(value, int) and not _is_real(parameter) else "real"
    )
    key = name if own or name not in loading.parameters else f"{name} of {len(loading.parameters)}"
    stored = value if kind in ("int", "bool") else float(value)
    loading.parameters[key] = stored
    loading.memory.arrays[key] = Scalar(stored)
    return Typed(Read(key, (), parameter.name.span), kind)


def _is_real(parameter: ast.Parameter) -> bool:
    return parameter.type is not None and parameter.type.name in ("real", "log")


def _default(parameter: ast.Parameter, scope: Scope, to: Lowering) -> Value | None:
    if parameter.default is None:
        to.report.add(errors.PARAMETER_WITHOUT_VALUE.at(parameter.name.span, name=parameter.name.name))
        return None
    typed = single(lower(parameter.default, scope, to), parameter.default.span, to)
    value = None if typed.kind == "unknown" else evaluated(typed.expr, parameter.default.span, to)
    return None if value is None else checked(value, parameter, scope, to, "")


# --- use ----------------------------------------------------------------------------------------------------------------


def _use(item: ast.Use, path: Path, scope: Scope, library: Scope, loading: Loading) -> None:
    target = _resolved(item, path, loading)
    if target is None:
        return
    if target in loading.circle:
        names = [p.name for p in [*loading.circle[loading.circle.index(target) :], target]]
        loading.report.add(errors.CIRCULAR_USE.at(item.span, circle=" → ".join(names)))
        return
    if target not in loading.scopes:
        shown = os.path.normpath(Path(item.span.source.name).parent / item.path.value)
        source = _decoded(shown, target, item, loading)
        if source is None:
            return
        _file_scope(_parsed(source, target, loading), target, library, loading)
    _bring(item, loading.scopes[target], scope, loading)


def _decoded(shown: str, target: Path, item: ast.Use, loading: Loading) -> Source | None:
    if loading.before is not None:
        return loading.before.documents[shown].source
    try:
        return decode(shown, target.read_bytes(), loading.report)
    except OSError as error:
        loading.report.add(
            errors.UNREADABLE.at(item.path.span, path=item.path.value, why=(error.strerror or "").lower())
        )
        return None


def _resolved(item: ast.Use, path: Path, loading: Loading) -> Path | None:
    written = item.path.value
    target = (path.parent / written).resolve()
    if not any(target.is_relative_to(root) for root in (loading.root, *loading.allowed)):
        loading.report.add(errors.OUT_OF_FOLDER.at(item.path.span, path=written))
        return None
    if not os.path.isfile(target):
        beside = [p.name for p in target.parent.glob("*.nshed")] if target.parent.is_dir() else []
        library = target.stem if os.path.isfile(folder("stdlib") / f"{target.stem}.nshed") else ""
        near = "" if library else nearest(target.name, beside)
        near = Path(written).with_name(near).as_posix() if near else ""
        loading.report.add(errors.NO_FILE.at(item.path.span, path=written, near=near, library=library))
        return None
    return target


def _bring(item: ast.Use, theirs: Scope, ours: Scope, loading: Loading) -> None:
    own = theirs.names
    if item.names is None:
        ours.names |= {n: m for n, m in own.items() if not _is_experiment(m)}
        return
    for name, alias in item.names:
        meaning = own.get(name.name) or own.get(f"{name.name}()")
        if meaning is None:
            near = nearest(name.name, own)
            loading.report.add(errors.NOT_IN_FILE.at(name.span, name=name.name, path=item.path.value, near=near))
        else:
            suffix = "()" if isinstance(meaning, MeasureOf) else ""
            ours.names[alias.name + suffix] = meaning


def _is_experiment(meaning: Meaning) -> bool:
    return isinstance(meaning, FunctionOf) and isinstance(meaning.declaration, ast.Experiment)
