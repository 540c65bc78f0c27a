"""A cache for the whole session, and an empty folder to be in."""

import pytest


@pytest.fixture(autouse=True)
def _here(monkeypatch, tmp_path, tmp_path_factory, worker_id):
    """One cache for all workers, those of the command line's tests included: the parser's tables take seconds to make."""
    own = tmp_path_factory.getbasetemp()
    cache = (own if worker_id == "master" else own.parent) / "nshed-cache"
    monkeypatch.setenv("NSHED_CACHE_DIR", str(cache))
    monkeypatch.setattr("neurashed_dsl.cli.meter.PATIENCE", float("inf"))
    monkeypatch.chdir(tmp_path)
