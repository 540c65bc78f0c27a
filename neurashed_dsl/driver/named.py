"""What a caller names of a program: an experiment, one that fits, a network. All raise WrongUse for a name that there isn't."""

from collections.abc import Collection
from typing import TYPE_CHECKING

from neurashed_dsl.diagnostics import Report, WrongUse, nearest
from neurashed_dsl.model.examine import graph_of
from neurashed_dsl.model.graph import Graph
from neurashed_dsl.model.scope import Lowering
from neurashed_dsl.syntax.spelling import spelled

if TYPE_CHECKING:
    import xarray

    from neurashed_dsl.driver.program import Program


def experiment_named(program: "Program", name: str | None) -> str:
    if name is None:
        if not program.experiments:
            raise WrongUse(f"{program.source.name} declares no experiment")
        return program.experiments[0]
    name = spelled(name)
    if name not in program.experiments:
        near = nearest(name, program.experiments)
        hint = f"; did you mean `{near}`?" if near else ""
        raise WrongUse(f"{program.source.name} has no experiment `{name}`{hint}")
    return name


def refuse_foreign(dataset: "xarray.Dataset", name: str, records: Collection[str]) -> None:
    """Where a result isn't of the experiment, and lacks what that records."""
    made_by = dataset.attrs.get("experiment")
    missing = [record for record in records if record not in dataset.variables]
    if made_by != name and missing:
        whose = f"is of `{made_by}`" if made_by else "doesn't say what experiment it is of"
        raise WrongUse(f"the result {whose}, and has no `{missing[0]}`, which `{name}` records")


def fit_named(program: "Program", name: str | None) -> str:
    if name is None and program.fits:
        return program.fits[0]
    chosen = experiment_named(program, name)
    if chosen not in program.fits:
        hint = f"; there are {', '.join(program.fits)}" if program.fits else ""
        raise WrongUse(f"`{chosen}` has no `fit`{hint}")
    return chosen


def graph_named(program: "Program", name: str | None) -> Graph:
    known = [*program.networks, *program.experiments]
    if not known:
        raise WrongUse(f"{program.source.name} declares no network")
    chosen = spelled(name or known[0])
    if chosen not in known:
        from neurashed_dsl.render.subject import system_of

        named = [*known, *program.systems]
        near = nearest(chosen, [*named, *(n for n in program.model.scope.all() if system_of(program.model, n))])
        hint = f"; did you mean `{near}`?" if near else f"; there are {', '.join(named)}"
        raise WrongUse(f"{program.source.name} has no network, system or experiment `{chosen}`{hint}")
    if chosen not in program.model.networks:
        return program.study(chosen)[0].facts  # type: ignore[no-any-return]
    report = Report()
    lowering = Lowering(report, memory=program.model.memory)
    graph = graph_of(program.model, program.model.networks[chosen], program.settings, lowering)
    report.stop()
    if graph is None:
        raise WrongUse(f"the network `{chosen}` needs its parameters: --set NAME=VALUE, or an experiment's name")
    return graph
