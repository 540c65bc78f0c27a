"""How far the sweeps of a folder of results are."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from neurashed_dsl.cli.terminal import columns
from neurashed_dsl.diagnostics import WrongUse
from neurashed_dsl.ir.plan import Sweep, cell_title
from neurashed_dsl.runtime.kept import State, states

MOST = 20  # cells told one by one


def account(folder: Path) -> str:
    """A section for each sweep. Raises WrongUse where there is none."""
    found = states(folder)
    if not found:
        raise WrongUse(f"no sweep was run with its results in the folder `{folder}`")
    return "\n".join(line for state in found for line in lines(state))


def lines(state: State) -> Iterator[str]:
    sweep = state.sweep
    sizes = " × ".join(f"{', '.join(axis.values)} {axis.size}" for axis in sweep.axes)
    missing = sweep.count - len(state.done) - len(state.failed) - len(state.running)
    yield f"{state.experiment}: {sweep.count} cells, {sizes}"
    counts = {"done": len(state.done), "failed": len(state.failed), "running": len(state.running), "missing": missing}
    yield columns([(name, f"{count}") for name, count in counts.items() if count or name == "done"])
    yield from listed("failed", (f"{cell_title(sweep, i)}: {message}" for i, message in state.failed.items()))
    yield from listed("running", titles(sweep, state.running))


def titles(sweep: Sweep, cells: Iterable[int]) -> list[str]:
    return [cell_title(sweep, i) for i in sorted(cells)]


def listed(what: str, told: Iterable[str]) -> Iterator[str]:
    told = list(told)
    if told:
        yield what
        yield from (f"  {each}" for each in told[:MOST])
    if len(told) > MOST:
        yield f"  and {len(told) - MOST} more"
