"""`nshed run`: results, plots and a report of each experiment.

A claim that doesn't hold is reported and leaves the exit code alone: a run explores, `nshed test` judges.
"""

import json
from pathlib import Path

import xarray as xr

from neurashed_dsl.cli.failure import CELLS_FAILED, INTERRUPTED, WELL
from neurashed_dsl.cli.files import replacing
from neurashed_dsl.cli.found import claim_line, summary
from neurashed_dsl.cli.meter import meter
from neurashed_dsl.cli.store import save
from neurashed_dsl.cli.target import Settings, read_target
from neurashed_dsl.cli.terminal import many, say, tell
from neurashed_dsl.driver import Program, WrongUse, load
from neurashed_dsl.runtime.after import Claim

CODES = {"complete": WELL, "failed": CELLS_FAILED, "interrupted": INTERRUPTED}


def run(
    model: str, settings: Settings, seed: int | None, jobs: int | None, out: Path | None, allow: tuple[Path, ...]
) -> int:
    """Run one experiment or all, in the order written. The exit code is the worst one; an interrupt ends them all."""
    path, name = read_target(model)
    program = load(path, set=settings, allow=allow)
    tell(program.warnings)
    if not program.experiments:
        raise WrongUse(f"`{path}` has no experiment to run")
    folder = out or Path("results") / path.stem
    folder.mkdir(parents=True, exist_ok=True)  # before the work, in case it can't be made
    worst = WELL
    for each in [name] if name else program.experiments:
        with meter() as progress:
            result = program.run(each, seed=seed, jobs=jobs, progress=progress)
        worst = max(worst, CODES[result.attrs["status"]])
        keep(program, each, result, folder)
        if worst == INTERRUPTED:
            break
    return worst


def keep(program: Program, experiment: str, result: xr.Dataset, folder: Path) -> None:
    """Write what there is; of an interrupted run the result alone: who interrupts doesn't want to wait for pictures."""
    file = folder / f"{experiment}.nc"
    if result.attrs["status"] == "interrupted":
        save(result, file)
        say(f"nshed: interrupted; what there is lies in {file}")
        return
    claims = program.claims(result, experiment)
    result.attrs["claims"] = json.dumps([stored(claim) for claim in claims], ensure_ascii=False)
    save(result, file)
    print("\n".join([experiment, summary(result), *(f"  {claim_line(claim)}" for claim in claims)]), flush=True)
    plots = program.plots(result, experiment)
    for name, plot in plots:
        for kind in (".svg", ".png"):
            with replacing(folder / f"{experiment}-{name}{kind}") as draft:
                plot.save(draft)
    say(f"wrote {file}" + (f", with {many(len(plots), 'plot')} beside it" if plots else ""))


def stored(claim: Claim) -> dict[str, object]:
    """What a result keeps of a claim."""
    return {"text": claim.text, "title": claim.title, "holds": claim.holds, "found": claim.found}
