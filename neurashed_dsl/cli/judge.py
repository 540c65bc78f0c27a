"""`nshed test`: every claim of every experiment, with the value that was found.

The last line is `N passed, M failed`; a file that can't be checked counts as one failure.
"""

import json
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from pathlib import Path

from neurashed_dsl.cli.failure import AT_FAULT, WELL
from neurashed_dsl.cli.found import claim_line
from neurashed_dsl.cli.meter import meter
from neurashed_dsl.cli.run import stored
from neurashed_dsl.cli.target import Settings, Target, read_target
from neurashed_dsl.cli.terminal import say, tell
from neurashed_dsl.diagnostics import NshedError, WrongUse
from neurashed_dsl.driver import load
from neurashed_dsl.driver.far import dask_executor
from neurashed_dsl.runtime.after import Claim

Tested = tuple[Target, Claim]


def judge(
    models: Sequence[str],
    settings: Settings,
    seed: int | None,
    jobs: int | None,
    dask: str | None,
    road: str | None,
    allow: tuple[Path, ...],
    as_json: bool,
) -> int:
    """Exit code 1 if a claim doesn't hold or a file has errors."""
    executor = dask_executor(dask) if dask else None
    tested: list[Tested] = []
    broken = 0
    for target in [t for model in models for t in targets(model)]:
        try:
            for claim in claims(target, settings, seed, jobs, allow, executor, road):
                tested.append((target, claim))
                if not as_json:
                    print(f"{target.path}:{claim.experiment}: {claim_line(claim)}", flush=True)
        except NshedError as error:
            tell(error.diagnostics)
            say(f"{target.path}: not tested")
            broken += 1
    failed = broken + sum(not claim.holds for _, claim in tested)
    if as_json:
        print(json.dumps([in_json(*each) for each in tested], ensure_ascii=False, indent=2))
    else:
        print(f"{len(tested) + broken - failed} passed, {failed} failed")
    return AT_FAULT if failed else WELL


def targets(model: str) -> list[Target]:
    """The file itself, or every `.nshed` file of a folder and the folders in it."""
    if not Path(model).is_dir():
        return [read_target(model)]
    files = sorted(Path(model).rglob("*.nshed"))
    if not files:
        raise WrongUse(f"no .nshed file in the folder `{model}`")
    return [Target(file, None) for file in files]


def claims(
    target: Target,
    settings: Settings,
    seed: int | None,
    jobs: int | None,
    allow: tuple[Path, ...],
    executor: Executor | None = None,
    road: str | None = None,
) -> Iterator[Claim]:
    """Experiment by experiment, as they are found out."""
    program = load(target.path, set=settings, allow=allow)
    tell(program.warnings)
    for experiment in [target.name] if target.name else program.experiments:
        before = len(program.warnings)
        with meter() as progress:
            found = program.test(experiment, seed=seed, jobs=jobs, progress=progress, executor=executor, road=road)
        tell(program.warnings[before:])
        yield from found


def in_json(target: Target, claim: Claim) -> dict[str, object]:
    line, column = claim.span.source.position(claim.span.start)
    place = {"file": claim.span.source.name, "start": {"line": line, "column": column}}
    return {"model": str(target.path), "experiment": claim.experiment, **stored(claim), **place}
