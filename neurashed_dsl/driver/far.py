"""A cell of a sweep in another process, perhaps on another machine that has the same files."""

import traceback
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from neurashed_dsl.diagnostics import NshedError, Report, Source, WrongUse
from neurashed_dsl.driver.identity import files_hash
from neurashed_dsl.driver.program import Program
from neurashed_dsl.driver.running import run_cell
from neurashed_dsl.model.examine import Elaborated
from neurashed_dsl.model.load import load_model
from neurashed_dsl.model.results_given import Result
from neurashed_dsl.runtime.again import Kernels
from neurashed_dsl.runtime.sweep import Ran


@dataclass(frozen=True)
class Origin:
    """Where a program came from, in a form that travels. `files`: a hash of all that it read."""

    name: str
    text: str
    path: str | None
    allow: tuple[str, ...]
    settings: tuple[tuple[str, object], ...]
    files: str
    results: tuple[
        tuple[str, tuple[int, ...], bytes, str], ...
    ]  # of other experiments: what they are called, shape, data, hash


def origin_of(program: Program, found: Elaborated) -> Origin:
    path = str(program.path.resolve()) if program.path else None
    allow = tuple(str(p.resolve()) for p in program.allow)
    settings = tuple(sorted(program.settings.items()))
    results = tuple((n, r.data.shape, r.data.tobytes(), r.sha256) for n, r in sorted(program.model.results.items()))
    return Origin(program.source.name, program.source.text, path, allow, settings, files_hash(program, found), results)


@lru_cache(maxsize=2)
def _program(origin: Origin) -> Program:
    """The program, checked where it came from already."""
    source, path = Source(origin.name, origin.text), Path(origin.path) if origin.path else None
    allow, settings, report = tuple(map(Path, origin.allow)), dict(origin.settings), Report()
    model = load_model(source, path, report, settings, allow)
    report.stop()
    model.results |= {
        n: Result(np.frombuffer(data).reshape(shape), sha256) for n, shape, data, sha256 in origin.results
    }
    return Program(source, path, allow, settings, model)


def run_far_cell(origin: Origin, name: str, seed: int | None, road: str, cell: int) -> Ran:
    try:
        program = _program(origin)
        found = program.elaborate(name, seed)
    except NshedError as error:
        return Ran(failure=f"on its worker, {error.diagnostics[0].message}")
    except Exception:
        return Ran(bug=traceback.format_exc())
    if files_hash(program, found) != origin.files:
        return Ran(failure="its worker has other files, or another nshed")
    return run_cell(program, name, found, seed, 1, road, _kernels(origin, name), None, cell)


@lru_cache(maxsize=2)
def _kernels(origin: Origin, name: str) -> Kernels:
    """Those of the experiment's cells that this process has run."""
    return Kernels()


def dask_executor(address: str) -> Executor:
    """The workers of a `dask.distributed` cluster. Raises WrongUse."""
    try:
        from distributed import Client
    except ImportError:
        raise WrongUse("--dask needs dask: pip install 'nshed[dask]'") from None
    try:
        made: Any = Client
        executor: Executor = made(address, timeout="10s", set_as_default=False).get_executor(pure=False)
    except (OSError, ValueError) as error:
        raise WrongUse(f"no dask scheduler answers at {address}: {error or type(error).__name__}") from None
    return executor
