"""`nshed fit`: the parameters of an experiment's model that come nearest to its data."""

from pathlib import Path

from neurashed_dsl.cli.failure import WELL
from neurashed_dsl.cli.fitted import fit_data
from neurashed_dsl.cli.meter import meter
from neurashed_dsl.cli.run import CODES, Told, keep, write_report
from neurashed_dsl.cli.target import Settings, read_target
from neurashed_dsl.cli.terminal import print_json, tell
from neurashed_dsl.diagnostics import WrongUse
from neurashed_dsl.driver import load
from neurashed_dsl.driver.reading import known_folder


def fit(
    model: str,
    settings: Settings,
    seed: int | None,
    jobs: int | None,
    starts: int | None,
    road: str | None,
    out: Path | None,
    allow: tuple[Path, ...],
    as_json: bool,
) -> int:
    """Fit one experiment, or all that say how, in the order written; what `run` writes of them is written."""
    path, name = read_target(model)
    program = load(path, set=settings, allow=allow, experiment=name)
    tell(program.warnings)
    if not program.fits:
        raise WrongUse(f"no experiment of {path} fits anything: `fit QUANTITY to DATA by PARAMETER in LOW..HIGH`")
    folder = known_folder(out or Path("results") / path.stem)
    folder.mkdir(parents=True, exist_ok=True)
    told, found, worst = Told(), [], WELL
    for each in [name] if name else program.fits:
        before = len(program.warnings)
        with meter() as progress:
            result = program.fit(each, starts=starts, seed=seed, jobs=jobs, progress=progress, road=road)
        tell(program.warnings[before:])
        found.append(fit_data(result))
        worst = max(worst, CODES[result.attrs["status"]])
        keep(program, each, result, folder, told, quiet=as_json)
    write_report(path.stem, program.source.text, told, folder / "report.html")
    if as_json:
        print_json(found)
    return worst
