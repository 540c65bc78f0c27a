"""What `nshed render` draws: a network, a system, or a plot of a result."""

from typing import TYPE_CHECKING, Any

from neurashed_dsl.driver.reading import WrongUse
from neurashed_dsl.render.pictures import diagram_of, sketch
from neurashed_dsl.render.subject import system_of

if TYPE_CHECKING:
    from neurashed_dsl.driver.program import Program


def rendered(program: "Program", name: str | None, input: str | None, result: Any, step: int | None) -> Any:
    """A Picture or a Plot. Raises NshedError, WrongUse."""
    # A result may come from an experiment of another file, on a network that this one declares.
    asked = None if result is None else result.attrs.get("experiment")
    plots = dict(program.drawings(result, asked)) if asked in program.experiments else {}
    if name is not None and name in plots:
        return plots[name]()
    system = system_of(program.model, name)
    if system is None:
        return diagram_of(program.graph(name), input, result, step)
    if input is not None or step is not None:
        raise WrongUse(f"`{system.declaration.name.name}` is a system: there is no input, and no λ, to show in it")
    if result is not None and not plots:
        raise WrongUse("the experiment has no `plot` to draw the result by")
    return sketch(system.declaration, system.scope) if result is None else next(iter(plots.values()))()
