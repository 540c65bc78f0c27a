"""Lowering keeps meaning: the evaluator on the lowered system against the evaluator on the system as written."""

import numpy as np
import pytest
from generated_networks import FICKLE, TEMPLATES, Template, programs
from hypothesis import given, settings
from reference_run import reference_run, study_of
from thorough import examples

import neurashed_dsl as nshed
from neurashed_dsl.passes import PASSES

TOLERANCE = 1e-12


def close(a: np.ndarray, b: np.ndarray) -> bool:
    """Relative, but not below what a number near 1 resolves: records of logarithms pass through 0."""
    a, b = np.asarray(a, float), np.asarray(b, float)
    known = np.isfinite(a) & np.isfinite(b)
    same = np.array_equal(np.where(known, 0.0, a), np.where(known, 0.0, b), equal_nan=True)
    gap = np.abs(np.where(known, a, 0.0) - np.where(known, b, 0.0))
    return same and bool((gap <= TOLERANCE * np.maximum(1.0, np.abs(np.where(known, a, 0.0)))).all())


# `right` may tip over where two logits are equal but for rounding.
TIPPING = {"right"}


@pytest.mark.parametrize("template", [*TEMPLATES, *FICKLE], ids=lambda t: t.name)
def test_lowered_equals_unlowered(template: Template) -> None:
    @settings(max_examples=examples(5), deadline=None)
    @given(programs(template))
    def agree(text: str) -> None:
        study = study_of(nshed.loads(text))
        written, lowered = reference_run(study, until="settle_numbers"), reference_run(study)
        for step, (before, after) in enumerate(zip(written, lowered)):
            for name in before.keys() - TIPPING:
                assert close(before[name], after[name]), f"{name} at step {step}"

    agree()


@pytest.mark.parametrize("until", list(dict.fromkeys(p.__name__ for p in PASSES)))
def test_each_pass_keeps_meaning(until: str) -> None:
    """Stop after each pass in turn: what a pass breaks must not be mended by the next."""

    @settings(max_examples=examples(3), deadline=None)
    @given(programs(TEMPLATES[1], steps=12))
    def agree(text: str) -> None:
        study = study_of(nshed.loads(text))
        written, lowered = reference_run(study, until="settle_numbers"), reference_run(study, until=until)
        for before, after in zip(written, lowered):
            for name in before.keys() - TIPPING:
                assert close(before[name], after[name]), name

    agree()
