"""From an elaborated experiment to its result: one study, or every cell of a sweep."""

import os
import threading
from collections.abc import Callable, Mapping
from functools import partial
from importlib import import_module
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any

from neurashed_dsl.diagnostics import NshedError, Report
from neurashed_dsl.ir.plan import Study, cell_title
from neurashed_dsl.ir.system import TIME_STEP
from neurashed_dsl.model.examine import Elaborated, study_of
from neurashed_dsl.model.graph import Graph
from neurashed_dsl.model.network import firing_words
from neurashed_dsl.model.sweep_cells import cell_of
from neurashed_dsl.values import frozen

if TYPE_CHECKING:
    from concurrent.futures import Executor

    import xarray

    from neurashed_dsl.driver.program import Program
    from neurashed_dsl.runtime.again import Kernels
    from neurashed_dsl.runtime.sweep import Ran, Swept

SMALL = 10**6  # nodes × inputs up to which NumPy makes the firing table
Progress = Callable[[int, int, str], None]


@frozen
class How:
    """How to run: none of it changes a number, but for `road` ("", "exact" or "stepwise"), in the last bits. `folder`: where what was found is
    kept; `executor`: where they go, if not to `jobs` threads. More `starts` of a fit may find a better one."""

    jobs: int | None = None
    progress: Progress | None = None
    folder: Path | None = None
    executor: "Executor | None" = None
    road: str = ""
    starts: int | None = None  # of a fit, in place of what the file says


def firing_table_of(graph: Graph) -> Any:
    """The firing table, uint64[nodes, words]: by the bit-parallel kernel, or where that isn't worth loading it, by NumPy."""
    if graph.circuit.wires * len(graph.inputs.names) <= SMALL:
        return firing_words(graph)
    from neurashed_dsl.backend.firing import firing_table

    return firing_table(graph.circuit, graph.inputs.bits, len(graph.inputs.names))


def result_of(
    program: "Program",
    name: str,
    found: Elaborated,
    seed: int | None,
    how: How,
    beside: "Mapping[str, Any] | None" = None,
) -> "xarray.Dataset":
    """Records, what is derived of them and of what else is `beside` them, and where they came from."""
    from neurashed_dsl.driver.identity import data_hashes, texts_of
    from neurashed_dsl.runtime.after import derived, spread
    from neurashed_dsl.runtime.budget import memory_of, refuse_if_too_large
    from neurashed_dsl.runtime.result import provenance

    sweep = found.sweeps.plan
    refuse_if_too_large(max(found.studies, key=memory_of), how.jobs, cells=sweep.count)
    dataset, status = (_swept if sweep.axes else _single)(program, name, found, seed, how)
    road = dataset.attrs.pop("road")
    dataset = dataset.assign(beside or {})
    doubts = Report()
    for derivative, expr in found.reading.derived:
        dataset[derivative] = spread(derived(expr, dataset, doubts, program.model.records), dataset)
    program.warnings.extend(d for d in doubts.found if str(d) not in map(str, program.warnings))
    study = found.study
    plain = {n: v for n, v in _parameters(study).items() if n not in found.sweeps.written}
    facts = provenance(texts_of(program.model), data_hashes(study), plain, study.plan.seed)
    dataset.attrs |= {"experiment": study.name, "model": study.system.name, **facts, "road": road, "status": status}
    return dataset


def _single(
    program: "Program", name: str, found: Elaborated, seed: int | None, how: How
) -> "tuple[xarray.Dataset, str]":
    """Run it, unless the folder has what the last run found, and would be found again."""
    from neurashed_dsl.driver.identity import keys_of
    from neurashed_dsl.runtime.kept import cells_folder, load_cell, save_cell

    if how.folder is None:
        return _run_whole(found.study, how)
    place = cells_folder(how.folder), keys_of(program, name, found, how.road)[0]
    kept = load_cell(*place, name)
    if kept is not None:
        return kept, "complete"
    dataset, status = _run_whole(found.study, how)
    if status == "complete":
        save_cell(*place, dataset, name)
    return dataset, status


def _run_whole(study: Study, how: How) -> "tuple[xarray.Dataset, str]":
    from neurashed_dsl.runtime.repeat import run_all
    from neurashed_dsl.runtime.result import dataset_of

    # It takes half a second, and kernels need no GIL.
    Thread(target=import_module, args=("xarray",), daemon=True).start()
    finished = run_all(study, how.jobs, how.progress, road=how.road)
    dataset = dataset_of(study, finished.replicates).assign_attrs(road=finished.road.name)
    return dataset, "interrupted" if finished.interrupted else "complete"


def _parameters(study: Study) -> dict[str, float | int | bool]:
    """Those that a user knows: of the file and of the system, not what laws were given."""
    own = {n: v for n, v in study.system.parameters.items() if "." not in n and n != TIME_STEP}
    return own if study.plan.dt is None else {**own, "dt": float(study.plan.dt)}


# --- sweeps ---------------------------------------------------------------------------------------------------------------


def _swept(
    program: "Program", name: str, found: Elaborated, seed: int | None, how: How
) -> "tuple[xarray.Dataset, str]":
    from neurashed_dsl.runtime.combine import combined
    from neurashed_dsl.runtime.result import dataset_of

    swept = _run(program, name, found, seed, how)
    study, sweep = found.study, found.sweeps.plan
    titled = {i: f"{cell_title(sweep, i)}: {message}" for i, message in swept.failures.items()}
    dataset = combined(sweep, swept.cells, titled, dataset_of(study, [None] * study.plan.replicates))
    dataset.attrs["road"] = ", ".join(sorted({str(cell.attrs["road"]) for cell in swept.cells.values()}))
    return dataset, "interrupted" if swept.interrupted else "failed" if swept.failures else "complete"


def _run(program: "Program", name: str, found: Elaborated, seed: int | None, how: How) -> "Swept":
    """Every cell, in threads or wherever the executor has its workers."""
    from concurrent.futures import ThreadPoolExecutor

    from neurashed_dsl.driver.identity import keys_of
    from neurashed_dsl.runtime.again import Kernels
    from neurashed_dsl.runtime.kept import cells_folder
    from neurashed_dsl.runtime.sweep import Store, run_cells

    sweep = found.sweeps.plan
    store = Store(cells_folder(how.folder), keys_of(program, name, found, how.road)) if how.folder else None
    if how.executor is not None:
        from neurashed_dsl.driver.far import origin_of, run_far_cell

        away = partial(run_far_cell, origin_of(program, found), name, seed, how.road)
        return run_cells(name, sweep, away, how.executor, store, how.progress)
    threads = how.jobs or os.cpu_count() or 1
    halt = threading.Event()
    jobs = max(1, threads // sweep.count)
    work = partial(run_cell, program, name, found, seed, jobs, how.road, Kernels(), halt)
    pool, swept = ThreadPoolExecutor(min(threads, sweep.count)), None
    try:
        swept = run_cells(name, sweep, work, pool, store, how.progress, halt)
    finally:
        pool.shutdown(wait=swept is None or not swept.interrupted)  # of cells that aren't finished nothing is kept
    return swept


def run_cell(
    program: "Program",
    name: str,
    found: Elaborated,
    seed: int | None,
    jobs: int,
    road: str,
    kernels: "Kernels",
    halt: threading.Event | None,
    cell: int,
) -> "Ran":
    """One cell from its values to its records."""
    from neurashed_dsl.runtime.again import run_again
    from neurashed_dsl.runtime.budget import refuse_if_too_large
    from neurashed_dsl.runtime.result import dataset_of
    from neurashed_dsl.runtime.sweep import Ran

    try:
        study = cell_study(program, name, found, seed, cell)
        refuse_if_too_large(study, jobs)
        finished = run_again(kernels, study, jobs, road, halt)
        if finished.interrupted:
            return Ran(failure="interrupted")
        return Ran(dataset_of(study, finished.replicates).assign_attrs(road=finished.road.name))
    except NshedError as error:
        return Ran(failure=next(d.message for d in error.diagnostics if d.severity == "error"))
    except MemoryError:
        return Ran(failure="there was no memory left")
    except Exception:
        import traceback

        return Ran(bug=traceback.format_exc())


def cell_study(program: "Program", name: str, found: Elaborated, seed: int | None, cell: int) -> Study:
    """The study of one cell. Raises NshedError."""
    report = Report()
    made = cell_of(program.model, program.model.experiments[name], found.sweeps, cell, program.settings, report)
    report.stop()
    study = study_of(made, seed, firing_table_of, report)
    report.stop()
    assert study is not None
    return study
