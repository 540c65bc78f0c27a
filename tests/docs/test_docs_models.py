"""Every ```nshed block of the documentation is what it says: it is reported what its comments say, and nothing else."""

import pytest
from doc_pages import BLOCKS, FILES, RUN, TALKATIVE, write

import neurashed_dsl as nshed
from neurashed_dsl.diagnostics import Report, Source
from neurashed_dsl.syntax.parse import parse

MODELS = [block for block in BLOCKS if block.language == "nshed"]
CHECKED = [block for block in MODELS if block.kind in ("", "run", "experiment", "network")]
PIECES = [block for block in MODELS if block.kind in ("fragment", "later")]
# Where a piece may stand.
AROUND = (
    "{}",
    "experiment e {{\n{}}}",
    "network n {{\n{}}}",
    "network n {{\nlevel a {{\n{}}}\n}}",
    "system s {{\n{}}}",
)


def test_names_of_files_are_one_files():
    assert len(FILES) == len([block for block in BLOCKS if block.file])


def test_kinds_of_blocks_are_known():
    assert {block.kind for block in MODELS} <= {"", "run", "experiment", "network", "fragment", "later"}


@pytest.mark.parametrize("block", CHECKED, ids=str)
def test_what_is_reported_is_what_the_block_says(block, tmp_path):
    file, above = write(block, tmp_path)
    found = {(d.span.source.position(d.span.start)[0] - above, d.code) for d in nshed.check(file)}
    assert found == block.expected


@pytest.mark.parametrize("block", PIECES, ids=str)
def test_a_piece_is_well_formed(block):
    reports = []
    for around in AROUND:
        report = Report()
        parse(Source("block", around.format(block.text)), report)
        reports.append([d.message for d in report.found])
    assert [] in reports, min(reports, key=len)


@pytest.mark.parametrize("block", [block for block in RUN if block.page not in TALKATIVE], ids=str)
def test_experiments_run_and_claims_hold(block, tmp_path):
    program = nshed.load(write(block, tmp_path)[0])
    claims = [claim for experiment in program.experiments for claim in program.test(experiment)]
    assert claims
    assert [c.text for c in claims if not c.holds] == []
