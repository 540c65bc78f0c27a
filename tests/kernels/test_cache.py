"""Kernels on disk: found by a second process, new when their text is, harmless where nothing can be written."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import numpy as np
import pytest

from neurashed_dsl.backend import cache, kernel
from neurashed_dsl.backend.shared import Shared, shared
from neurashed_dsl.diagnostics import Bug
from neurashed_dsl.resources import cache_folder

ROOT = Path(__file__).parents[2]
KERNEL = """\
import math
import numpy as np
from numba import njit

@njit(cache=True, nogil=True, error_model="numpy")
def half(x):
    return x / 2.0
"""
DRAWING = KERNEL.replace("half(x)", "half(rng)").replace("x / 2.0", "rng.standard_exponential()")
# Prints the value, then how often numba found compiled code and how often it didn't.
PROGRAM = f"""\
from neurashed_dsl.backend import kernel
half = kernel.load({KERNEL!r}, "test").half
print(kernel.call(half, 3.0), sum(half.stats.cache_hits.values()), sum(half.stats.cache_misses.values()))
"""
# The same of a kernel that calls a function which others call, too: of the kernel, then of the function.
CALLING = f"""\
from neurashed_dsl.backend import kernel
from neurashed_dsl.backend.shared import shared
third = kernel.load({KERNEL.replace("half(x)", "third(x)").replace("x / 2.0", "divide(x, 3.0)")!r}, "test", [shared("divide")])
print(kernel.call(third.third, 3.0))
for called in (third.third, third.divide):
    print(sum(called.stats.cache_hits.values()), sum(called.stats.cache_misses.values()))
"""
DRAWN = f"""\
import numpy as np
{PROGRAM.replace(repr(KERNEL), repr(DRAWING)).replace("half, 3.0", "half, np.random.Generator(np.random.SFC64(1))")}"""


def environment(**changes: str) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if k not in ("NUMBA_CACHE_DIR", "NSHED_CACHE_DIR")}
    return {**kept, "PYTHONPATH": str(ROOT), **changes}


def start(program: str = PROGRAM, **changes: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", program],
        env=environment(**changes),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(process: "subprocess.Popen[str]") -> str:
    out, err = process.communicate(timeout=100)
    assert (process.returncode, err) == (0, "")
    return out.strip()


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "kernels"
    monkeypatch.setenv("NSHED_CACHE_DIR", str(folder))
    return folder


def test_a_second_process_compiles_nothing(place: Path) -> None:
    assert finish(start(NSHED_CACHE_DIR=str(place))) == "1.5 0 1"
    assert finish(start(NSHED_CACHE_DIR=str(place))) == "1.5 1 0"
    (found,) = cache.entries()
    assert found.name.startswith("nshed_test_")
    assert {path.suffix for path in found.files} >= {".py", ".nbi", ".nbc"}
    assert cache.size() == found.size == sum(path.stat().st_size for path in place.rglob("*") if path.is_file())


def test_what_numpy_draws_in_a_kernel_is_compiled_once_too(place: Path) -> None:
    rng = np.random.Generator(np.random.SFC64(1))
    drawn = rng.standard_exponential()
    assert finish(start(DRAWN, NSHED_CACHE_DIR=str(place))) == f"{drawn} 0 1"
    assert finish(start(DRAWN, NSHED_CACHE_DIR=str(place))) == f"{drawn} 1 0"


def test_what_kernels_share_is_compiled_once_and_by_processes_that_race(place: Path) -> None:
    for racer in [start(CALLING, NSHED_CACHE_DIR=str(place)) for _ in range(2)]:
        assert finish(racer).startswith("1.0\n")
    another = CALLING.replace("3.0)", "6.0)", 1)
    assert finish(start(another, NSHED_CACHE_DIR=str(place))) == "0.5\n0 1\n1 0"


def test_a_kernel_is_new_when_what_it_calls_is(place: Path) -> None:
    text = KERNEL.replace("x / 2.0", "divide(x, 2.0)")
    first, divide = kernel.load(text, "test", [shared("divide")]), shared("divide")
    changed = Shared(divide.names, divide.text.replace("a / b", "a / b + 1.0"))
    second = kernel.load(text, "test", [changed])
    assert (kernel.call(first.half, 3.0), kernel.call(second.half, 3.0)) == (1.5, 2.5)


def test_processes_may_race(place: Path) -> None:
    racers = [start(NSHED_CACHE_DIR=str(place)) for _ in range(3)]
    assert all(finish(racer).startswith("1.5 ") for racer in racers)
    assert finish(start(NSHED_CACHE_DIR=str(place))) == "1.5 1 0"


def test_threads_compile_once(place: Path) -> None:
    half, together = kernel.load(KERNEL, "test").half, Barrier(2)

    def called(x: float) -> float:
        together.wait()
        return kernel.call(half, x)

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(called, [3.0, 4.0])) == [1.5, 2.0]
    assert sum(half.stats.cache_misses.values()) == 1


def test_numbas_own_folder_is_respected(place: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "numba"
    assert finish(start(NSHED_CACHE_DIR=str(place), NUMBA_CACHE_DIR=str(elsewhere))) == "1.5 0 1"
    assert finish(start(NSHED_CACHE_DIR=str(place), NUMBA_CACHE_DIR=str(elsewhere))) == "1.5 1 0"
    assert list(elsewhere.rglob("*.nbc"))


def test_an_unwritable_numba_folder_does_no_harm(place: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    changes = {"NSHED_CACHE_DIR": str(place), "NUMBA_CACHE_DIR": str(tmp_path / "file" / "numba")}
    assert finish(start(**changes)) == "1.5 0 1"
    assert finish(start(**changes)) == "1.5 1 0"


def test_an_unwritable_folder_means_a_temporary_one(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    blocked = str(tmp_path / "file" / "kernels")
    assert finish(start(NSHED_CACHE_DIR=blocked, TMPDIR=str(tmp_path))) == "1.5 0 1"
    assert finish(start(NSHED_CACHE_DIR=blocked, TMPDIR=str(tmp_path))) == "1.5 1 0"


def test_a_home_that_cannot_be_written_does_no_harm(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    home = {
        "HOME": str(tmp_path / "file"),
        "XDG_CACHE_HOME": str(tmp_path / "file" / "cache"),
        "LOCALAPPDATA": str(tmp_path / "file"),
    }
    assert finish(start(TMPDIR=str(tmp_path), **home)) == "1.5 0 1"


@pytest.mark.skipif(not hasattr(os, "symlink") or not hasattr(os, "getuid"), reason="POSIX only")
def test_a_temporary_folder_that_others_could_fill_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "trap").mkdir()
    (tmp_path / f"nshed-{os.getuid()}").symlink_to(tmp_path / "trap")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setenv("NSHED_CACHE_DIR", str(tmp_path / "file" / "kernels"))
    assert cache_folder().resolve() != (tmp_path / "trap").resolve()


def test_an_edited_text_is_a_new_kernel(place: Path) -> None:
    first = kernel.load(KERNEL, "test")
    second = kernel.load(KERNEL.replace("2.0", "4.0"), "test")
    assert (kernel.call(first.half, 3.0), kernel.call(second.half, 3.0)) == (1.5, 0.75)
    assert kernel.load(KERNEL, "test") is first
    assert len(cache.entries()) == 2


def test_a_damaged_file_is_written_again(place: Path) -> None:
    path = Path(str(kernel.load(KERNEL + "# damaged\n", "test").__file__))
    path.write_text("half an")
    sys.modules.pop(path.stem)
    assert kernel.call(kernel.load(KERNEL + "# damaged\n", "test").half, 3.0) == 1.5


def test_clearing_leaves_what_is_not_ours(place: Path) -> None:
    kernel.load(KERNEL + "# cleared\n", "of two/words")
    mine = [place / "notes.txt", place / "nshed_notes.py", place / "__pycache__" / "other.pyc"]
    for path in mine:
        path.parent.mkdir(exist_ok=True)
        path.write_text("mine")
    assert [entry.name[:19] for entry in cache.entries()] == ["nshed_of_two_words_"]
    assert cache.clear() == 1
    assert cache.entries() == []
    assert sorted(path for path in place.rglob("*") if path.is_file()) == sorted(mine)


def test_a_kernel_that_does_not_type_check_is_our_bug(place: Path) -> None:
    module = kernel.load(KERNEL.replace("x / 2.0", "x.nothing"), "broken")
    with pytest.raises(Bug, match="please report"):
        kernel.call(module.half, 3.0)
    with pytest.raises(Bug, match="please report"):
        kernel.load("def half(:", "broken")
    assert not any(name.startswith("nshed_broken") and name != module.__name__ for name in sys.modules)


def test_errors_that_are_not_numbas_pass(place: Path) -> None:
    with pytest.raises(ZeroDivisionError):
        kernel.call(lambda: 1 // 0)


def test_numba_is_imported_by_the_first_kernel_only() -> None:
    program = "import sys, neurashed_dsl.backend.kernel, neurashed_dsl.backend.firing; print('numba' in sys.modules)"
    found = subprocess.run(
        [sys.executable, "-c", program], env=environment(), capture_output=True, text=True, check=True
    )
    assert found.stdout.strip() == "False"
