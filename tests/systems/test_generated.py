"""Kernels equal the reference evaluator to the last bit, on generated systems."""

from generated_systems import programs
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from reference_run import reference_run, same_bits, study_of
from thorough import examples

import neurashed_dsl as nshed


# Each compiles a kernel.
@settings(max_examples=examples(4), deadline=None, suppress_health_check=list(HealthCheck))
@given(programs(), st.integers(0, 1))
def test_kernel_equals_evaluator(text: str, replicate: int) -> None:
    program = nshed.loads(text)
    found = program.run(jobs=1).isel(repeat=replicate)
    study = study_of(program)
    expected = reference_run(study, replicate)
    for record in study.system.records:
        name, last = record.name, record.grid.timeless
        for step in [study.plan.steps] if last else range(study.plan.steps + 1):
            here = found[name] if last else found[name].isel({found[name].dims[0]: step})
            assert same_bits(here, expected[step][name]), f"{name} at step {step}"
