"""Kernels equal the reference evaluator to the last bit, on generated networks."""

import pytest
from generated_networks import FICKLE, TEMPLATES, Template, programs
from hypothesis import given, settings
from hypothesis import strategies as st
from reference_run import reference_run, same_bits, study_of
from thorough import examples

import neurashed_dsl as nshed
from neurashed_dsl.runtime import tabulate

TABULATED_BY_KERNELS = ("three laws", "without a closed form", "edges of all kinds")  # as those of large networks are


@pytest.mark.parametrize("template", [*TEMPLATES, *FICKLE], ids=lambda t: t.name)
def test_kernel_equals_evaluator(template: Template, monkeypatch: pytest.MonkeyPatch) -> None:
    if template.name in TABULATED_BY_KERNELS:
        monkeypatch.setattr(tabulate, "FEW", 0)

    @settings(max_examples=examples(6), deadline=None)
    @given(programs(template), st.integers(0, 1))
    def agree(text: str, replicate: int) -> None:
        program = nshed.loads(text)
        found = program.run(jobs=2).isel(repeat=replicate)
        expected = reference_run(study_of(program), replicate)
        for name in expected[0]:
            for step, values in enumerate(expected):
                assert same_bits(found[name].isel(step=step), values[name]), f"{name} at step {step}"

    agree()
