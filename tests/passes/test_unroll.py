"""Scans and circles of large sums, level by level as matrix products: what they come to, and that they are made."""

import sys
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from generated_scans import scans
from hypothesis import HealthCheck, given, settings
from reference_run import reference_run, study_of

import neurashed_dsl as nshed
from neurashed_dsl.ir.plan import Study
from neurashed_dsl.passes import lower
from neurashed_dsl.runtime.begin import arrays_of
from neurashed_dsl.runtime.bind import argument, build

Values = dict[str, Any]


@pytest.fixture
def every_size(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sums of any size become products."""
    for name in ("contract", "unroll"):
        monkeypatch.setattr(sys.modules[f"neurashed_dsl.passes.{name}"], "large", lambda multiplications: True)


def interpreted(study: Study) -> Values:
    """The records of the kernel's text, run by Python as it stands."""
    built = build(lower(study.system))
    for name, item in vars(built.module).items():
        if hasattr(item, "py_func"):
            setattr(built.module, name, item.py_func)
    arrays = arrays_of(study, built, 0)
    values = [argument(a, built, arrays) for a in built.kernel.functions["advance"]]
    assert built.module.advance(0, study.plan.steps, 1, *values) == study.plan.steps
    return arrays.outs


def plain(study: Study) -> list[Values]:
    """Of the evaluator on the system with its sums as they are written."""
    return reference_run(replace(study, system=replace(study.system, plain_sums=True)))


@pytest.mark.usefixtures("every_size")
@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
@given(scans())
def test_levels_are_the_scan(text: str) -> None:
    study = study_of(nshed.loads(text))
    assert sum(x.product for x in lower(study.system).lets) >= 3
    found, expected = interpreted(study), plain(study)
    for name, values in found.items():
        for step, there in enumerate(expected):
            scale = max(1.0, np.abs(there[name]).max())
            assert np.abs(values[step] - there[name]).max() < 1e-12 * scale, f"{name} at step {step}"
