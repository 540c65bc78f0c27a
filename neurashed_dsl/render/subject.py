"""What a name in a file stands for, where a picture of it is wanted."""

from neurashed_dsl.model.load import Model
from neurashed_dsl.model.scope import FunctionOf
from neurashed_dsl.syntax import ast


def system_of(model: Model, name: str | None) -> FunctionOf | None:
    """The system that `name` is, of the file or of the library, or that the experiment of that name runs without a network.
    Without a name: of the first experiment, or the first system, of a file without networks."""
    if name is None:
        name = next(iter([*model.networks, *model.experiments, *model.systems]), "")
    if name in model.networks:
        return None
    uses = (
        [i for i in model.experiments[name].items if isinstance(i, ast.ModelUse)] if name in model.experiments else []
    )
    if uses:
        value = uses[0].value
        found = _system(model, value.name if isinstance(value, ast.Name) else value.function.name)
        return None if found is None or found.declaration.over_network else found
    return _system(model, name)


def _system(model: Model, name: str) -> FunctionOf | None:
    meaning = model.scope.find(name)
    if isinstance(meaning, FunctionOf) and isinstance(meaning.declaration, ast.Data):
        return FunctionOf(model.trajectories[meaning.declaration.span].system, meaning.scope, meaning.span)
    return meaning if isinstance(meaning, FunctionOf) and isinstance(meaning.declaration, ast.System) else None
