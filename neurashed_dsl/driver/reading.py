"""What the caller asks for, if it can be had: roads, seeds, threads, a folder, and parameters to set. All raise WrongUse."""

from collections.abc import Mapping
from operator import index
from pathlib import Path
from typing import Any

from neurashed_dsl.diagnostics import WrongUse, nearest
from neurashed_dsl.model.load import Model
from neurashed_dsl.model.scope import FunctionOf
from neurashed_dsl.syntax import ast
from neurashed_dsl.syntax.spelling import spelled

ROADS = ("exact", "stepwise")
MOST_SEED = 2**62  # as in a file


def known_road(road: str | None) -> str:
    """ "" where none is asked for."""
    if road is not None and road not in ROADS:
        near = nearest(road, ROADS)
        raise WrongUse(
            f"there is no road `{road}`" + (f"; did you mean `{near}`?" if near else f": {' or '.join(ROADS)}")
        )
    return road or ""


def known_seed(seed: Any) -> int | None:
    return None if seed is None else _whole(seed, "seed", 0, MOST_SEED)


def known_jobs(jobs: Any) -> int | None:
    return None if jobs is None else _whole(jobs, "jobs", 1, MOST_SEED)


def _whole(given: Any, what: str, least: int, most: int) -> int:
    try:
        number = least - 1 if isinstance(given, bool) else index(given)
    except TypeError:
        number = least - 1
    if not least <= number <= most:
        bound = f"of at most {most:.2g}" if number > most else f"of at least {least}"
        raise WrongUse(f"`{what}` takes a whole number {bound}, not {given!r}")
    return number


def known_folder(out: Path | str) -> Path:
    """It needn't be there."""
    folder = Path(out)
    there = next((p for p in (folder, *folder.parents) if p.exists()), folder)
    if there.exists() and not there.is_dir():
        raise WrongUse(f"{there} is a file, not a folder")
    return folder


def known_settings(given: Any) -> dict[str, Any]:
    """Values by names as the language spells them; NumPy's numbers become Python's."""
    if not isinstance(given, Mapping):
        raise WrongUse(f"parameters are set by a mapping, {{name: value}}, not {given!r}")
    settings = {spelled(str(n)): v.item() if getattr(v, "ndim", None) == 0 else v for n, v in given.items()}
    for name, value in settings.items():
        if value is None:
            raise WrongUse(f"`{name}` is given no value, but None")
    return settings


def refuse_unknown(model: Model, settings: Mapping[str, object]) -> None:
    """Where a setting is no parameter."""
    declared = model.documents[model.source.name].items  # a used file's parameters are its own
    own = [d.parameter.name.name for d in declared if isinstance(d, ast.FileParameter)]
    found = [m.declaration for m in model.scope.names.values() if isinstance(m, FunctionOf)]
    models = [d for d in found if isinstance(d, ast.Network | ast.System)]
    known = {*own, *(p.name.name for n in models for p in n.parameters)}
    for name in settings:
        if name not in known:
            near = nearest(name, known)
            raise WrongUse(f"there is no parameter `{name}`" + (f"; did you mean `{near}`?" if near else ""))
