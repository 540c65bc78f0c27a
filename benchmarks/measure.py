"""Two things every benchmark here needs: hand-written C as functions, and times of several sides from one run."""

import ctypes
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from shutil import which

import numpy as np

FLAGS = ("-O3", "-march=native", "-shared", "-fPIC")


def native(name: str) -> ctypes.CDLL:
    """The functions of NAME.c, compiled into a temporary folder. Raises RuntimeError where there is no C compiler."""
    compiler = which("gcc") or which("cc")
    if compiler is None:
        raise RuntimeError("the benchmarks are measured against C: install gcc")
    library = Path(tempfile.mkdtemp(prefix="benchmark-")) / f"{name}.so"
    source = Path(__file__).with_name(f"{name}.c")
    subprocess.run([compiler, *FLAGS, str(source), "-o", str(library), "-lm"], check=True)
    return ctypes.CDLL(str(library))


def plain(value: object) -> object:
    """What C takes for an array, an int or a float."""
    if isinstance(value, np.ndarray):
        assert value.flags.c_contiguous
        return ctypes.c_void_p(value.ctypes.data)
    return ctypes.c_int64(value) if isinstance(value, int) else ctypes.c_double(value)  # type: ignore[arg-type]


def seconds(sides: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """The least time of each side, for what else the machine does only adds. They take turns, so that it falls on all of them."""
    for run in sides.values():
        run()
    taken: dict[str, list[float]] = {name: [] for name in sides}
    for _ in range(rounds):
        for name, run in sides.items():
            start = time.perf_counter()
            run()
            taken[name].append(time.perf_counter() - start)
    return {name: min(times) for name, times in taken.items()}
