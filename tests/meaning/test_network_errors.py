"""Messages about networks, laws and data: whole reports, a golden file for each case."""

import re
from functools import cache
from pathlib import Path

import pytest

from neurashed_dsl.diagnostics import Kind, Report, Source
from neurashed_dsl.diagnostics.show import as_text
from neurashed_dsl.driver import check_source
from neurashed_dsl.model import contracts, data_errors, lints
from neurashed_dsl.model.network import errors

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


def test_each_kind_has_a_golden_file() -> None:
    kinds = {k.code for m in (errors, contracts, lints, data_errors) for k in vars(m).values() if isinstance(k, Kind)}
    seen = {d.code for case in CASES for d in report_of(case).found}
    for golden in (Path(__file__).parents[1] / "errors" / "system").glob("*.err"):  # systems read data, too
        seen |= set(re.findall(r"^error\[([\w-]+)\]", golden.read_text("utf-8"), flags=re.MULTILINE))
    assert kinds - seen == {"no-pyarrow"}, "seen only where pyarrow is missing: see test_data.py"
