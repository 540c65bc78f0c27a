"""Generated kernels: self-contained, readable, and nothing is allocated in the loop over steps."""

import builtins
import dis
import re
from typing import Any

import pytest
from generated_networks import FICKLE, TEMPLATES, Template
from hypothesis import given, settings
from reference_run import study_of

import neurashed_dsl as nshed
from neurashed_dsl.backend.write import write_kernel
from neurashed_dsl.passes import lower


def kernel_of(template: Template) -> str:
    """The kernel of some network under the template's laws."""
    from generated_networks import programs

    texts: list[str] = []

    @settings(max_examples=1, deadline=None, database=None)
    @given(programs(template))
    def one(text: str) -> None:
        texts.append(text)

    one()
    return write_kernel(lower(study_of(nshed.loads(texts[0])).system)).source


@pytest.mark.parametrize("template", [*TEMPLATES, *FICKLE], ids=lambda t: t.name)
def test_kernels(template: Template) -> None:
    source = kernel_of(template)
    imported = set(re.findall(r"^(?:import|from) (\w+)", source, re.M))
    assert imported - {"decimal"} == {"math", "numpy", "numba"}
    loop = source.partition("def advance(")[2].partition("for step in range(start, stop + final):")[2]
    assert loop
    assert not re.search(r"np\.(empty|zeros|array|ones|full|append|concatenate)|\[\]|\.append|\.copy\(", loop)
    assert ("κ" if template.edges else "λ") in source
    # Loops, not a statement for each node.
    assert source.count("\n") < 400
    found: dict[str, Any] = {}
    exec(source.replace("cache=True, ", ""), found)  # a text without a file has no cache
    functions = [f.py_func for f in found.values() if hasattr(f, "py_func")]
    read = {i.argval for f in functions for i in dis.get_instructions(f) if i.opname == "LOAD_GLOBAL"}
    assert read <= found.keys() | vars(builtins).keys()
