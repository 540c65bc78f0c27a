"""What the caller points at: files, and parameters to set."""

from collections.abc import Mapping
from pathlib import Path

from neurashed_dsl.diagnostics import Report, Source, nearest
from neurashed_dsl.model.load import Model
from neurashed_dsl.model.scope import FunctionOf
from neurashed_dsl.syntax import ast
from neurashed_dsl.syntax.decode import decode

ROADS = ("exact", "stepwise")


class WrongUse(Exception):
    """The command is at fault, not the file: no such file, experiment or parameter."""


def read_source(path: Path, report: Report) -> Source:
    """The text of a file. Raises WrongUse if it can't be read."""
    try:
        return decode(str(path), path.read_bytes(), report)
    except FileNotFoundError:
        beside = [p.name for p in path.parent.glob("*.nshed")] if path.parent.is_dir() else []
        near = nearest(path.name, beside)
        hint = f"; did you mean {path.with_name(near)}?" if near else ""
        raise WrongUse(f"there is no file {path}{hint}") from None
    except IsADirectoryError:
        raise WrongUse(f"{path} is a folder") from None
    except OSError as error:
        raise WrongUse(f"{path} can't be read: {error.strerror}") from None


def known_road(road: str | None) -> str:
    """ "" where none is asked for. Raises WrongUse."""
    if road is not None and road not in ROADS:
        near = nearest(road, ROADS)
        raise WrongUse(
            f"there is no road `{road}`" + (f"; did you mean `{near}`?" if near else f": {' or '.join(ROADS)}")
        )
    return road or ""


def refuse_unknown(model: Model, settings: Mapping[str, object]) -> None:
    """Raises WrongUse for a setting that is no parameter."""
    declared = model.documents[model.source.name].items  # a used file's parameters are its own
    own = [d.parameter.name.name for d in declared if isinstance(d, ast.FileParameter)]
    found = [m.declaration for m in model.scope.names.values() if isinstance(m, FunctionOf)]
    models = [d for d in found if isinstance(d, ast.Network | ast.System)]
    known = {*own, *(p.name.name for n in models for p in n.parameters)}
    for name in settings:
        if name not in known:
            near = nearest(name, known)
            raise WrongUse(f"there is no parameter `{name}`" + (f"; did you mean `{near}`?" if near else ""))
