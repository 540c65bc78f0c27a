"""What all tests share: golden files. Knows nothing of nshed."""

import gc
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Golden = Callable[[Path, str], None]

# As `syntax.parse.parse` sets it: hypothesis complains of a limit that changes while it looks.
sys.setrecursionlimit(20_000)
# numba makes objects by the million and few circles; looking for circles took a tenth of the time.
gc.set_threshold(50_000, 20, 50)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="write golden files anew; read the diff")


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Golden:
    """Compare a text with a file, or write the file under `--update-golden`."""
    update = request.config.getoption("--update-golden")

    def check(expected: Path, actual: str) -> None:
        if update:
            expected.write_text(actual, "utf-8")
        assert expected.exists(), f"{expected.name} is missing; write it with --update-golden and read it"
        assert actual == expected.read_text("utf-8")

    return check
