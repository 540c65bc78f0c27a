"""What only a process of its own shows: signals, pipes, terminals."""

import os
import pty
import re
import signal
import subprocess
import sys
import time

import pytest

COMMAND = [sys.executable, "-c", "import sys; from neurashed_dsl.cli import main; sys.exit(main())"]

LONG = """\
network animals {
  level traits {
    cat_head, white_face
  }
  classes {
    feline <- cat_head
    bear <- white_face
  }
  inputs {
    tabby: cat_head -> feline
    panda: white_face -> bear
  }
  init λ = 1
  init η = 1
  update λ by multiplicative(1.02, 0.99)
  update η by multiplicative(1.02, 0.99)
}
experiment endless {
  model animals
  run steps: 1_000_000_000, batch: 1, order: shuffled
  repeat 4
  record sure = probability(label) every 1_000_000
}
"""


@pytest.fixture
def at(tmp_path, cache, monkeypatch):
    monkeypatch.setenv("NSHED_CACHE_DIR", str(cache))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "long.nshed").write_text(LONG, encoding="utf-8")
    return tmp_path


def read_until(handle: int, pattern: str, seconds: float = 120) -> str:
    """What a terminal shows until `pattern` is in it, or the other side has gone."""
    shown = ""
    end = time.monotonic() + seconds
    while time.monotonic() < end and not re.search(pattern, shown):
        try:
            shown += os.read(handle, 4096).decode(errors="replace")
        except OSError:
            break
    return shown


def hear_ctrl_c() -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # tests in the background ignore it, and so would what they start


def test_ctrl_c_at_a_terminal_keeps_what_there_is(at):
    ours, theirs = pty.openpty()
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "100"}
    process = subprocess.Popen(
        [*COMMAND, "run", "long.nshed", "--out", "out"],
        stdout=subprocess.PIPE,
        stderr=theirs,
        env=environment,
        preexec_fn=hear_ctrl_c,
    )
    os.close(theirs)
    shown = read_until(ours, r"endless.*[1-9] ?%")  # kernels are compiled by then
    process.send_signal(signal.SIGINT)
    shown += read_until(ours, "interrupted.*\n")
    out, _ = process.communicate(timeout=60)
    os.close(ours)
    assert process.returncode == 130, shown
    assert "━" in shown  # the bar
    assert "Traceback" not in shown
    assert out == b""
    assert (at / "out" / "endless.nc").exists()
    assert [f.name for f in (at / "out").glob("[!.]*")] == ["endless.nc"]


def alive(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def test_ctrl_c_ends_files_that_are_tested_side_by_side(at):
    (at / "longer.nshed").write_text(LONG, encoding="utf-8")
    process = subprocess.Popen(
        [*COMMAND, "test", ".", "--jobs", "2"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        preexec_fn=hear_ctrl_c,
        start_new_session=True,
    )
    time.sleep(5)  # a terminal's Ctrl-C comes to all of them, wherever they are
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (130, b""), err
    assert err.decode().splitlines()[-1] == "nshed: interrupted"
    end = time.monotonic() + 20
    while alive(process.pid) and time.monotonic() < end:
        time.sleep(0.1)
    assert not alive(process.pid)


@pytest.mark.parametrize("compiled", [0, 2])
def test_ctrl_c_does_not_wait_for_a_kernel_to_compile(at, compiled):
    """What tabulates a large network, for λ and for η, is compiled before there are threads that step; then `advance`, for a second or two, by those."""
    large = "import neurashed_dsl.runtime.tabulate as few; few.FEW = 0"
    kernels = at / "kernels"
    environment = {**os.environ, "NSHED_CACHE_DIR": str(kernels)}
    environment.pop("NUMBA_CACHE_DIR", None)
    process = subprocess.Popen(
        [*COMMAND[:2], f"{large}; {COMMAND[2]}", "run", "long.nshed", "--out", "out", "--stepwise"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment,
        preexec_fn=hear_ctrl_c,
    )

    def made() -> bool:
        return any(kernels.glob("nshed_*.py")) and len(list(kernels.glob("__pycache__/*tabulate*.nbc"))) >= compiled

    end = time.monotonic() + 120
    while process.poll() is None and time.monotonic() < end and not made():
        time.sleep(0.02)
    time.sleep(0.3)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (130, b"")
    assert err.decode().splitlines()[-1] == "nshed: interrupted"
    assert b"Traceback" not in err
    assert not any(kernels.glob("__pycache__/*advance*"))
    assert not any(kernels.glob("**/*tmp*"))
    assert list((at / "out").iterdir()) == []


def test_a_reader_that_goes_away_is_no_mishap(at):
    with subprocess.Popen([*COMMAND, "explain"], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        process.stdout.close()  # before anything was written
        assert process.stderr.read() == b""
    assert process.returncode == 2


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no device that is always full")
def test_a_full_disk_behind_stdout(at):
    with open("/dev/full", "wb") as full:
        ended = subprocess.run([*COMMAND, "explain"], stdout=full, stderr=subprocess.PIPE, timeout=60)
    assert ended.returncode == 2
    assert ended.stderr.decode() == "nshed: no space left on device\n"


FULL = """\
import resource, sys
from pathlib import Path
from made_results import result
from neurashed_dsl.cli.failure import guarded
from neurashed_dsl.cli.store import save
result().to_netcdf(engine="h5netcdf")  # libraries are loaded, and keep what they keep
resource.setrlimit(resource.RLIMIT_FSIZE, (6000, 6000))  # as where a disk is full: no file grows beyond
sys.exit(guarded(lambda: save(result(), Path("first.nc"))))
"""


def test_a_full_disk_is_told_and_leaves_nothing(at):
    (at / "first.nc").write_bytes(b"old")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([os.path.dirname(__file__), *sys.path])}
    done = subprocess.run([sys.executable, "-c", FULL], capture_output=True, text=True, env=environment, check=False)
    assert (done.returncode, done.stderr) == (2, "nshed: file too large\n")
    assert {f.name: f.read_bytes() for f in at.glob("*.nc")} == {"first.nc": b"old"}
