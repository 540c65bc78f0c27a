"""`set … at step n`: parameters, states, places of a state."""

import numpy as np
import pytest
from small_runs import program

from neurashed_dsl import NshedError, loads

STEADY = "  run steps: 12, order: [x1]\n  record value[n in node] = λ[n] every 1\n  record edges = weight() every 1\n"
UP, DOWN = np.log(1.1), -np.log(1.1) / 2


def sizes(changes: str, law: str = "race") -> dict[str, np.ndarray]:
    found = program(STEADY + changes, law, "  init λ = 1\n  init η = 1").run()
    with np.errstate(divide="ignore"):
        nodes = {str(n): np.log(found["value"].sel(node=n).values) for n in found["node"].values}
        return nodes | {str(e): np.log(found["edges"].sel(edge=e).values) for e in found["edge"].values}


def grown(steps: int, by: float = UP, start: float = 0) -> np.ndarray:
    return start + by * np.arange(steps)


def test_a_parameter() -> None:
    """The value at step n is the old law's; from there on the new law holds, for what fires and what rests."""
    size = sizes("  set base = 2 at step 5")
    np.testing.assert_allclose(size["a"], [*grown(6), *grown(8, np.log(2), 5 * UP)[1:]], atol=1e-12)
    np.testing.assert_allclose(size["b"], [*grown(6, DOWN), *grown(8, -np.log(2) / 2, 5 * DOWN)[1:]], atol=1e-12)


def test_a_parameter_twice() -> None:
    size = sizes("  set base = 1.1 at step 8\n  set base = 2 at step 5")
    back = grown(5, UP, 5 * UP + 3 * np.log(2))[1:]
    np.testing.assert_allclose(size["a"], [*grown(6), *grown(4, np.log(2), 5 * UP)[1:], *back], atol=1e-12)


def test_the_argument_of_a_law() -> None:
    size = sizes("  set spread = 3 at step 4", "race(up: 1 + spread)")
    np.testing.assert_allclose(size["a"], [*grown(5), *grown(9, 4 * UP, 4 * UP)[1:]], atol=1e-12)


def test_arguments_that_become_equal() -> None:
    """Two uses of a law whose arguments differ are a table, and one number where they agree."""
    law = "race(up: 1 + spread)\n  update λ[a] by race(up: 2)"
    size = sizes("  set spread = 1 at step 4", law)
    np.testing.assert_allclose(size["a"], grown(13, 2 * UP), atol=1e-12)
    np.testing.assert_allclose(size["ha"], [*grown(5), *grown(9, 2 * UP, 4 * UP)[1:]], atol=1e-12)


@pytest.mark.parametrize("step", [0, 1, 5, 12])
def test_a_whole_state(step: int) -> None:
    size = sizes(f"  set λ = 3 at step {step}")
    for node, by in (("a", UP), ("b", DOWN)):
        np.testing.assert_allclose(size[node][:step], grown(step, by), atol=1e-12)
        np.testing.assert_allclose(size[node][step:], grown(13 - step, by, np.log(3)), atol=1e-12)


@pytest.mark.parametrize(
    ("target", "changed"),
    [
        ("λ[c]", ["c"]),
        ("λ[high]", ["ha", "hb"]),
        ("λ[a, hb]", ["a", "hb"]),
        ("η[ha -> one]", ["ha -> one"]),
        ("η[two]", ["hb -> two"]),
        ("η", ["ha -> one", "hb -> one", "hb -> two"]),
    ],
)
def test_places(target: str, changed: list[str]) -> None:
    before, after = sizes(""), sizes(f"  set {target} = 7 at step 6")
    for name, size in after.items():
        np.testing.assert_array_equal(size[:6], before[name][:6])
        if name in changed:
            np.testing.assert_allclose(size[6:], np.log(7) + before[name][6:] - before[name][6], atol=1e-12)
        else:
            np.testing.assert_allclose(size[6:], before[name][6:], atol=1e-12)


def test_to_nothing() -> None:
    size = sizes("  set λ[a] = 0 at step 6")
    assert (size["a"][6:] == -np.inf).all()


def test_a_value_below_0_is_refused() -> None:
    with pytest.raises(NshedError) as raised:
        program(STEADY + "  set λ[a] = -1 at step 6")
    assert [d.code for d in raised.value.diagnostics if d.severity == "error"] == ["negative-state"]


def test_elasticity_sees_the_new_law() -> None:
    """Under laws that change nothing, LE is 0/0; before, it is 1 for an input itself."""
    records = "  run steps: 10\n  record le = local_elasticity() every 5\n  set base = 1 at step 5"
    found = program(records, unchecked=True).run()["le"]
    np.testing.assert_array_equal(np.diag(found.isel(step=0)), 1)
    assert bool(found.isel(step=1).isnull().all())


def test_elasticity_at_steps_that_are_not_known() -> None:
    with pytest.raises(NshedError) as raised:
        program("  run steps: 10\n  record le = local_elasticity() when λ[a] > 1")
    assert [d.code for d in raised.value.diagnostics if d.severity == "error"] == ["unplanned-probe"]


def test_elasticity_at_a_stop() -> None:
    records = "  record le = local_elasticity() at end\n  stop when λ[a] > 1.05"
    stopped = program("  run steps: 50, order: [x1]\n" + records, extra="  init λ = 1").run()
    short = program("  run steps: 1, order: [x1]\n  record le = local_elasticity() at end", extra="  init λ = 1").run()
    assert float(stopped["stopped_at"]) == 1
    np.testing.assert_allclose(stopped["le"], short["le"], rtol=1e-12)


def test_a_truth() -> None:
    """Counted from step 3 on, and no longer at place 2 from step 5 on."""
    text = """
system s() {
  axis  i = 1..3
  state counted: bool = false
  state on[i]: bool = true
  state x[i] = 0
  counted <- counted
  on[j in i] <- on[j]
  x[j in i] <- if counted and on[j] then x[j] + 1 else x[j]
}
experiment e {
  model  s
  run    steps: 10
  set    counted = 1 < 2 at step 3
  set    on[2] = false at step 5
  record count = x at end
}
"""
    assert loads(text).run()["count"].values.tolist() == [7, 2, 7]
