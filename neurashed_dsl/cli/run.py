"""`nshed run`: results, plots and a report of each experiment.

A claim that doesn't hold is reported and leaves the exit code alone: a run explores, `nshed test` judges.
"""

import hashlib
import json
import shlex
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from neurashed_dsl import __version__
from neurashed_dsl.cli.failure import CELLS_FAILED, INTERRUPTED, WELL
from neurashed_dsl.cli.fitted import fit_table
from neurashed_dsl.cli.found import claim_line, facts, failures, summary
from neurashed_dsl.cli.meter import meter
from neurashed_dsl.cli.store import save
from neurashed_dsl.cli.target import Settings, read_target
from neurashed_dsl.cli.terminal import many, say, tell
from neurashed_dsl.diagnostics import WrongUse
from neurashed_dsl.driver import Program, load
from neurashed_dsl.driver.far import dask_executor
from neurashed_dsl.driver.reading import known_folder
from neurashed_dsl.runtime.after import Claim
from neurashed_dsl.runtime.files import replacing

if TYPE_CHECKING:
    import xarray as xr

MOST_FAILURES = 10  # told one by one
CODES = {"complete": WELL, "failed": CELLS_FAILED, "interrupted": INTERRUPTED}


@dataclass
class Told:
    """What goes into the report: claims, SVG texts by name, and where the numbers came from."""

    claims: list[Claim] = field(default_factory=list)
    pictures: dict[str, str] = field(default_factory=dict)
    facts: dict[str, str] = field(default_factory=dict)


def run(
    model: str,
    settings: Settings,
    seed: int | None,
    jobs: int | None,
    dask: str | None,
    road: str | None,
    out: Path | None,
    allow: tuple[Path, ...],
) -> int:
    """Run one experiment or all, in the order written. The exit code is the worst one; an interrupt ends them all."""
    path, name = read_target(model)
    program = load(path, set=settings, allow=allow, experiment=name)
    tell(program.warnings)
    if not program.experiments:
        raise WrongUse(f"{path} has no experiment to run")
    folder = known_folder(out or Path("results") / path.stem)
    folder.mkdir(parents=True, exist_ok=True)  # before the work, in case it can't be made
    executor = dask_executor(dask) if dask else None
    told = Told()
    worst = WELL
    for each in [name] if name else program.experiments:
        before = len(program.warnings)
        with meter() as progress:
            result = program.run(
                each, seed=seed, jobs=jobs, progress=progress, out=folder, executor=executor, road=road
            )
        tell(program.warnings[before:])
        tell_failures(each, result)
        worst = max(worst, CODES[result.attrs["status"]])
        keep(program, each, result, folder, told)
        if worst == INTERRUPTED:
            return worst
    write_report(path.stem, program.source.text, told, folder / "report.html")
    return worst


def tell_failures(experiment: str, result: "xr.Dataset") -> None:
    """Which cells of a sweep failed, and why; of many, the first."""
    failed = failures(result)
    for message in failed[:MOST_FAILURES]:
        say(f"nshed: {experiment}: the cell {message}")
    if failed:
        total = result["status"].size
        more = f"; {len(failed) - MOST_FAILURES} more" if len(failed) > MOST_FAILURES else ""
        say(f"nshed: {experiment}: {many(len(failed), 'cell')} of {total} failed{more}; run it again to try them again")


def keep(
    program: Program, experiment: str, result: "xr.Dataset", folder: Path, told: Told, quiet: bool = False
) -> None:
    """Write what there is, and unless `quiet` print it; of an interrupted run the result alone: who interrupts doesn't want to wait for pictures."""
    file = folder / f"{experiment}.nc"
    result.attrs["command"] = shlex.join(["nshed", *sys.argv[1:]])
    if result.attrs["status"] == "interrupted":
        save(result, file)
        say(f"nshed: interrupted; what there is lies in {file}")
        return
    claims = program.claims(result, experiment)
    result.attrs["claims"] = json.dumps([stored(claim) for claim in claims], ensure_ascii=False)
    written = save(result, file)
    lines = [experiment, summary(result), fit_table(result), *(f"  {claim_line(claim)}" for claim in claims)]
    if not quiet:
        print("\n".join(filter(None, lines)), flush=True)
    plots = draw(program, experiment, result, folder)
    beside = f", with {many(len(plots), 'plot')} beside it" if plots else ""
    say((f"wrote {file}" if written else f"{file} is as it was") + beside)
    told.claims += claims
    model = str(result.attrs.get("model"))
    if model not in told.pictures:
        told.pictures[model] = drawn(model, lambda: program.render(experiment), origin(result, arrays=False), folder)
    told.pictures |= {f"{experiment}: {name}": svg for name, svg in plots.items()}
    told.facts |= facts(result)


def stored(claim: Claim) -> dict[str, object]:
    """What a result keeps of a claim."""
    return {"text": claim.text, "title": claim.title, "holds": claim.holds, "found": claim.found}


def draw(program: Program, experiment: str, result: "xr.Dataset", folder: Path) -> Mapping[str, str]:
    """Write each plot as SVG and PNG; the SVG texts by name."""
    key = origin(result, arrays=True)
    return {
        name: drawn(f"{experiment}-{name}", make, key, folder) for name, make in program.drawings(result, experiment)
    }


def drawn(stem: str, make: Callable[[], Any], key: str, folder: Path) -> str:
    """The SVG text of a picture, written beside a PNG; both are left alone if they were made of the same source and numbers."""
    vector, bitmap = folder / f"{stem}.svg", folder / f"{stem}.png"
    mark = f"<!-- nshed {stem} {key} -->\n"
    if vector.exists() and bitmap.exists():
        text = vector.read_text(encoding="utf-8", errors="replace")
        if text.endswith(mark):
            return text
    picture = make()
    with replacing(bitmap) as draft:
        picture.save(draft)
    with replacing(vector) as draft:
        picture.save(draft)
        text = draft.read_text(encoding="utf-8").rstrip("\n") + "\n" + mark
        draft.write_text(text, encoding="utf-8")
    return text


def origin(result: "xr.Dataset", *, arrays: bool) -> str:
    """A hash of where a result comes from, and of its numbers."""
    digest = hashlib.sha256(__version__.encode())
    for name in ("source", "data_hashes", "parameters", "versions"):
        digest.update(str(result.attrs.get(name)).encode())
    for variable in sorted(map(str, result.data_vars)) if arrays else ():
        digest.update(variable.encode() + result[variable].values.tobytes())
    return digest.hexdigest()[:16]


def write_report(title: str, source: str, told: Told, file: Path) -> None:
    """One page on all experiments that were run."""
    from neurashed_dsl.render.report import report_html

    page = report_html(title, told.claims, told.pictures, told.facts, source)
    with replacing(file) as draft:
        draft.write_text(page, encoding="utf-8")
    say(f"wrote {file}")
