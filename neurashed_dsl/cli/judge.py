"""`nshed test`: every claim of every experiment, with the value that was found.

The last line is `N passed, M failed`; a file that can't be checked counts as one failure.
"""

import contextlib
import io
import json
import multiprocessing
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import BrokenExecutor, Executor, ProcessPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

from neurashed_dsl.cli.failure import AT_FAULT, WELL
from neurashed_dsl.cli.found import claim_words
from neurashed_dsl.cli.meter import meter
from neurashed_dsl.cli.run import stored
from neurashed_dsl.cli.target import Settings, Target, read_target
from neurashed_dsl.cli.terminal import say, tell
from neurashed_dsl.diagnostics import NshedError, WrongUse
from neurashed_dsl.driver import load
from neurashed_dsl.driver.far import dask_executor
from neurashed_dsl.runtime.after import Claim

Found = dict[str, Any]
"""A claim and what was found of it, as `--json` prints it."""


class How(NamedTuple):
    """What holds for all files of one command."""

    settings: Settings
    seed: int | None
    jobs: int | None
    road: str | None
    allow: tuple[Path, ...]


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
    how, executor = How(settings, seed, jobs, road, allow), dask_executor(dask) if dask else None
    todo = [t for model in models for t in targets(model)]
    beside = executor is None and len(todo) > 1 and processes(how) > 1
    tested: list[Found] = []
    broken = 0
    for found in side_by_side(todo, how) if beside else in_turn(todo, how, executor):
        if found is None:
            broken += 1
            continue
        tested.append(found)
        if not as_json:
            words = claim_words(found["text"], found["title"], found["holds"], found["found"])
            print(f"{found['model']}:{found['experiment']}: {words}", flush=True)
    failed = broken + sum(not found["holds"] for found in tested)
    if as_json:
        print(json.dumps(tested, ensure_ascii=False, indent=2))
    else:
        print(f"{len(tested) + broken - failed} passed, {failed} failed")
    return AT_FAULT if failed else WELL


def in_turn(
    todo: Sequence[Target], how: How, executor: Executor | None = None, shown: bool = True
) -> Iterator[Found | None]:
    """The claims of all files; None for a file that can't be tested. With `shown`, how far they are is told on the way."""
    for target in todo:
        try:
            for claim in claims(target, how, executor, shown):
                yield in_json(target, claim)
        except NshedError as error:
            tell(error.diagnostics)
            say(f"{target.path}: not tested")
            yield None


def side_by_side(todo: Sequence[Target], how: How) -> Iterator[Found | None]:
    """The same in the same order, from several processes: numba compiles one kernel at a time in each. Ctrl-C is for this one, which ends them."""
    workers = min(processes(how), len(todo))
    how = how._replace(jobs=processes(how) // workers)
    with meter() as progress, pool_of(workers) as pool:
        try:
            for done, (target, file) in enumerate([(t, pool.submit(alone, t, how)) for t in todo], start=1):
                try:
                    found, told = file.result()
                except BrokenExecutor:
                    found, told = once_more(target, how)
                sys.stderr.write(told)
                progress(done, len(todo), "files")
                yield from found
        except BaseException:
            for child in multiprocessing.active_children():
                child.terminate()
            raise


def pool_of(workers: int) -> ProcessPoolExecutor:
    context = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(workers, context, signal.signal, (signal.SIGINT, signal.SIG_IGN))


def once_more(target: Target, how: How) -> tuple[list[Found | None], str]:
    """As `alone`, with nothing beside it: where one process was ended, its whole pool is, and doesn't say which file it was."""
    with pool_of(1) as pool:
        try:
            return pool.submit(alone, target, how).result()
        except BrokenExecutor:
            return [None], f"{target.path}: not tested: the system ended its process, perhaps for want of memory\n"


def alone(target: Target, how: How) -> tuple[list[Found | None], str]:
    """What one file yields, in a process of its own, and what is to be told of it."""
    with contextlib.redirect_stderr(io.StringIO()) as told:
        return list(in_turn([target], how, shown=False)), told.getvalue()


def processes(how: How) -> int:
    return how.jobs or os.cpu_count() or 1


def targets(model: str) -> list[Target]:
    """The file itself, or every `.nshed` file of a folder and the folders in it."""
    if not Path(model).is_dir():
        return [read_target(model)]
    files = sorted(Path(model).rglob("*.nshed"))
    if not files:
        raise WrongUse(f"no .nshed file in the folder `{model}`")
    return [Target(file, None) for file in files]


def claims(target: Target, how: How, executor: Executor | None, shown: bool) -> Iterator[Claim]:
    """Experiment by experiment, as they are found out."""
    program = load(target.path, set=how.settings, allow=how.allow, experiment=target.name)
    tell(program.warnings)
    run = {"seed": how.seed, "jobs": how.jobs, "executor": executor, "road": how.road}
    for experiment in [target.name] if target.name else program.experiments:
        before = len(program.warnings)
        with meter() if shown else contextlib.nullcontext() as progress:
            found = program.test(experiment, progress=progress, **run)
        tell(program.warnings[before:])
        yield from found


def in_json(target: Target, claim: Claim) -> Found:
    line, column = claim.span.source.position(claim.span.start)
    place = {"file": claim.span.source.name, "start": {"line": line, "column": column}}
    return {"model": str(target.path), "experiment": claim.experiment, **stored(claim), **place}
