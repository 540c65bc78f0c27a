"""Texts that ask for too much are refused at once, with words; none is answered by a traceback, a hang or a full memory."""

import random
import time
from pathlib import Path

import pytest
from hostile_texts import FORMS, SIZES, network

from neurashed_dsl.diagnostics import Report, Source, WrongUse
from neurashed_dsl.diagnostics.show import as_json, as_text
from neurashed_dsl.driver import check, check_source, load
from neurashed_dsl.runtime import budget

SECONDS = 20  # on a busy machine


def report_of(text: str) -> Report:
    report = Report()
    begin = time.monotonic()
    check_source(Source("hostile.nshed", text), None, {}, (), report)
    assert time.monotonic() - begin < SECONDS
    return report


@pytest.mark.parametrize(("text", "code"), [*SIZES.values(), *FORMS.values()], ids=[*SIZES, *FORMS])
def test_a_hostile_text_is_answered_with_the_right_message(text: str, code: str) -> None:
    report = report_of(text)
    found, wrong = report.found, [d.code for d in report.errors]
    assert code in wrong if code else not wrong
    shown = as_text(found, width=100)
    assert len(shown) < 40_000
    assert "Traceback" not in shown
    assert len(as_json(found)) == len(found)


@pytest.mark.parametrize("seed", range(3))
def test_a_file_of_random_bytes(seed: int, tmp_path: Path) -> None:
    file = tmp_path / "noise.nshed"
    file.write_bytes(random.Random(seed).randbytes(20_000))
    assert {d.code for d in check(file)} & {"not-utf8", "forbidden-character"}


@pytest.mark.parametrize(
    "value",
    [float("nan"), float("inf"), -float("inf"), 10**400, 1e308, -1, "text", "", "\n", "0x1", [], object()],
)
def test_any_value_of_a_parameter_is_taken_or_refused(value: object, tmp_path: Path) -> None:
    file = tmp_path / "set.nshed"
    file.write_text(
        "param share: real = 0.5 within 0..1\nparam count: int = 1\nparam other = 2\nparam flag: bool = true\n", "utf-8"
    )
    for name in ("share", "count", "other", "flag"):
        assert {d.code for d in check(file, {name: value})} <= {"wrong-parameter", "out-of-bound"}


def test_no_value_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "set.nshed"
    file.write_text("param count: int = 1\n", "utf-8")
    with pytest.raises(WrongUse, match="`count` is given no value, but None"):
        check(file, {"count": None})


def test_a_record_of_too_many_numbers_is_refused_before_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "wide.nshed"
    file.write_text(network(inputs="\n    q[i in 1..10^4]: a -> k", items="record x = overlap() at end"), "utf-8")
    monkeypatch.setattr(budget, "free_memory", lambda: 2**30)
    with pytest.raises(Exception, match="GiB") as refusal:
        load(file).run()
    assert [d.code for d in refusal.value.diagnostics] == ["over-budget"]
