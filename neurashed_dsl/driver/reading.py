"""What the caller asks for: roads, and parameters to set."""

from collections.abc import Mapping

from neurashed_dsl.diagnostics import WrongUse, nearest
from neurashed_dsl.model.load import Model
from neurashed_dsl.model.scope import FunctionOf
from neurashed_dsl.syntax import ast

ROADS = ("exact", "stepwise")


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
