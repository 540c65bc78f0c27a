"""What asks for too much is refused within the memory of a small machine."""

import subprocess
import sys
from pathlib import Path

import pytest

resource = pytest.importorskip("resource", reason="limits of memory are set by POSIX systems only")

ASK_ALL = """
import resource, sys
resource.setrlimit(resource.RLIMIT_AS, (4 * 2**30, 4 * 2**30))
sys.path.insert(0, sys.argv[1])
from hostile_texts import FORMS, SIZES
from neurashed_dsl.diagnostics import Report, Source
from neurashed_dsl.driver import check_source
for name, (text, code) in {**SIZES, **FORMS}.items():
    report = Report()
    check_source(Source("hostile.nshed", text), None, {}, (), report)
    assert not code or code in {d.code for d in report.found}, name
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024))
"""


def test_no_text_takes_two_gigabytes_or_a_minute() -> None:
    command = [sys.executable, "-c", ASK_ALL, str(Path(__file__).parent)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) < 2 * 2**30
