"""Messages about networks, laws and data: whole reports, a golden file for each case."""

from functools import cache
from pathlib import Path

import pytest

from neurashed_dsl.diagnostics import Report, Source
from neurashed_dsl.diagnostics.show import as_text
from neurashed_dsl.driver import check_source

FOLDERS = [Path(__file__).parents[1] / "errors" / name for name in ("network", "data")]
CASES = sorted(case for folder in FOLDERS for case in folder.glob("*.nshed"))


@cache
def report_of(case: Path) -> Report:
    report = Report()
    check_source(Source(case.name, case.read_text("utf-8")), case, {}, (), report)
    return report


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.parent.name}-{case.stem}")
def test_whole_report_of_a_network_with_mistakes(case: Path, golden) -> None:
    golden(case.with_suffix(".err"), as_text(report_of(case).found))
