"""Roads: from one record to the next in closed form, or step by step. They agree to rounding, and a closed form is taken only where it holds."""

from collections.abc import Mapping

import numpy as np
import pytest
from generated_networks import MIXED, Template, networks
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from thorough import examples

from neurashed_dsl import NshedError, WrongUse, loads
from neurashed_dsl.driver import Program
from neurashed_dsl.runtime.repeat import run_all

NETWORK = """
network net {{
  level low {{ e[i in 1..4] }}
  level high {{
    a = any(e[1..2])
    b = at_least(2, e[2..4])
  }}
  classes {{
    c1 <- a, b
    c2 <- b
  }}
  inputs {{
    x1: e[1], e[2] -> c1
    x2: e[2], e[3] -> c2
    x3: e[3], e[4] -> c1 weight 2
  }}
  init λ = 0.5
  {updates}
}}
"""
FACTORS = "update λ by multiplicative(1.01, 0.99)\n  update η by multiplicative(1.02, 0.995)"
SUMS = "update λ by additive(0.01, 0.99)\n  update η by additive(0.02, 0.995)"


def program(updates: str, experiment: str, laws: str = "") -> Program:
    return loads(laws + NETWORK.format(updates=updates) + "experiment trial {\n  model net\n" + experiment + "\n}\n")


def outs(p: Program, road: str) -> list[Mapping[str, np.ndarray]]:
    """What each repeat recorded."""
    finished = run_all(p.study("trial")[0], 1, road=road)
    assert (finished.road.name == "stepwise") == (road == "stepwise")
    return [r.outs for r in finished.replicates if r is not None]


def agree(p: Program, tolerance: float = 1e-9) -> None:
    for one, other in zip(outs(p, "stepwise"), outs(p, "exact"), strict=True):
        for name in one:
            np.testing.assert_allclose(other[name], one[name], rtol=tolerance, atol=tolerance, err_msg=name)


# --- where both roads hold, they agree ----------------------------------------------------------------------------------------

RECORDS = """
  record strength[n in node] = log(λ[n]) at {times}
  record weight[e in vote] = log(η[e]) every {every}
  record last_ones = amplification(middle) at end
"""
COMMUTING = Template(
    "commuting",
    "  update λ by multiplicative({a}, {b})\n  update λ[e[2], m1] by multiplicative({a2}, {b2})\n"
    "  update λ[m2] by additive({c}, 1)\n  update η by fading({b})\n  update η[c1] by multiplicative({a}, {b2}) when both",
    "unchecked law fading(b) {\n  fire(x) = x\n  rest(x) = b * x\n}",
)
AFFINE = Template("affine", MIXED)
NOT_LOGS = Template(
    "sums",
    "  update λ by additive({c}, {b})\n  update λ[m1] by saturating({r}, 1, {b})\n  update η by additive({c}, {b2})",
)


@st.composite
def travels(draw: st.DrawFn, template: Template, orders: list[str], batches: list[str]) -> str:
    """A run in two stages, with records at odd steps, states that are set, and a way back."""
    first, second = draw(st.integers(1, 90)), draw(st.integers(1, 90))
    times = sorted(draw(st.sets(st.integers(0, first + second), min_size=1, max_size=5)))
    ways = [f"order: {draw(st.sampled_from(orders))}, batch: {draw(st.sampled_from(batches))}" for _ in range(2)]
    back = draw(st.sampled_from(["", "    rewind\n"]))
    change = f"  set λ[middle] = 0.25 at step {draw(st.integers(0, first + second))}\n"
    records = RECORDS.format(times=times, every=draw(st.integers(1, 40)))
    return (
        f"{template.laws}\n{draw(networks(template))}\nexperiment trial {{\n  model net\n"
        f"  stage one {{ run steps: {first}, {ways[0]} }}\n  stage two {{\n{back}    run steps: {second}, {ways[1]}\n  }}\n"
        f"  repeat 2, seed: {draw(st.integers(0, 1000))}\n{change}{records}}}\n"
    )


NO_SHRINKING = tuple(
    phase for phase in Phase if phase not in (Phase.shrink, Phase.explain)
)  # a smaller case takes minutes
FEW = settings(
    max_examples=examples(4), deadline=None, phases=NO_SHRINKING, suppress_health_check=[HealthCheck.too_slow]
)
ORDERS = ["cyclic", "shuffled", "independent", "[x1, x3, x3, x2, x1]"]


@FEW
@given(travels(COMMUTING, ORDERS, ["1"]))
def test_laws_that_commute_in_any_order(text: str) -> None:
    agree(loads(text))


@FEW
@given(travels(COMMUTING, ORDERS, ["3"]))
def test_laws_that_commute_in_batches(text: str) -> None:
    agree(loads(text))


@FEW
@given(travels(AFFINE, ["cyclic", "[x1, x3, x3, x2, x1]"], ["2"]))
def test_affine_laws_over_and_over(text: str) -> None:
    agree(loads(text))


@FEW
@given(travels(NOT_LOGS, ["cyclic", "[x1, x3, x3, x2, x1]"], ["1"]))
def test_affine_laws_of_numbers_that_are_held_as_they_are(text: str) -> None:
    agree(loads(text))


@pytest.mark.parametrize("updates", [FACTORS, SUMS])
def test_a_full_batch_is_one_map(updates: str) -> None:
    agree(program(updates, "run steps: 300, batch: all\n record z = amplification(high) at [1, 7, 300]"))


def test_edges_that_fire() -> None:
    """Each has a factor and a condition of its own; the form is the same."""
    text = NETWORK.format(updates="amplify edges\n  update κ by multiplicative(1.01, 0.99)").replace("init λ = 0.5", "")
    agree(loads(text + "experiment trial {\n  model net\n  run steps: 300\n  record z = logit() at [37, 300]\n}\n"))


def test_probes_are_taken_where_a_leap_ends() -> None:
    probes = """
  run steps: 210, order: shuffled
  record known = mutual_information(high, input) at [0, 3, 100, 210]
  record le = local_elasticity() at [3, 101]
"""
    agree(program(FACTORS, probes), 1e-7)


def test_what_is_recorded_changes_no_bit() -> None:
    """A state is always worked out from the start."""
    few = outs(program(FACTORS, "run steps: 400\n record l[n in node] = log(λ[n]) at [399]"), "exact")
    more = "\n record other = amplification(high) every 7"
    many = outs(program(FACTORS, "run steps: 400\n record l[n in node] = log(λ[n]) at [399]" + more), "exact")
    np.testing.assert_array_equal(few[0]["l"], many[0]["l"])


@pytest.mark.parametrize("order", ["shuffled", "independent"])
def test_inputs_come_as_they_do_step_by_step(order: str) -> None:
    """Each value that fires doubles and no other changes: log₂ λ counts, so that one input more or less would be seen."""
    text = f"run steps: 5000, order: {order}\n record l[n in node] = log(λ[n]) / log(2) at [0, 777, 778, 4099, 5000]"
    p = program("update λ by multiplicative(2, 1)", text)
    one, other = outs(p, "stepwise")[0]["l"], outs(p, "exact")[0]["l"]
    np.testing.assert_array_equal(np.round(one), np.round(other))


# --- and where they don't, none is taken --------------------------------------------------------------------------------------

WAVERING = "law wavering(a = 1.1, b = 0.9) {\n  fire(x) = a * x * exp(~normal(0, 0.01))\n  rest(x) = b * x\n}\n"
COOLING = "law cooling(a = 1.1, b = 0.9) {\n  fire(x) = x * (1 + (a - 1) / (1 + step))\n  rest(x) = b * x\n}\n"
SQUASHED = "unchecked law squashed(a = 1.1) {\n  fire(x) = a * x + 0.1\n  rest(x) = x / (1 + x)\n}\n"
MIRROR = "unchecked law mirror(a = 1.1) {\n  fire(x) = 1 - a * x\n  rest(x) = 0.5 * x\n}\n"
Z = "\n record z = amplification(high) every 1000"
STEPWISE = {
    "the law of λ draws": (WAVERING, "update λ by wavering", "run steps: 9000, order: cyclic" + Z),
    "the law of λ reads `step`": (COOLING, "update λ by cooling", "run steps: 9000, order: cyclic" + Z),
    "growth and decay of λ don't commute, and the order is shuffled": ("", SUMS, "run steps: 9000" + Z),
    "growth and decay of λ don't commute, and the order is independent": (
        "",
        SUMS,
        "run steps: 9000, order: independent" + Z,
    ),
    "growth and decay of λ don't commute, and a law of λ isn't affine": (
        SQUASHED,
        "update λ by squashed",
        "run steps: 9000, order: cyclic" + Z,
    ),
    "`prune` changes the run": (
        "",
        FACTORS,
        "stage one {\n run steps: 4000, order: cyclic\n}\nstage two {\n prune high keep: 1\n run steps: 5000, order: cyclic\n}"
        + Z,
    ),
    "`stop when` looks at every step": ("", FACTORS, "run steps: 9000\n stop when accuracy() > 2" + Z),
    "`record … when` looks at every step": (
        "",
        FACTORS,
        "run steps: 9000\n record z = amplification(high) when accuracy() > 2 first 1",
    ),
}


@pytest.mark.parametrize("why", STEPWISE)
def test_steps_that_must_be_made_are_made(why: str) -> None:
    laws, updates, experiment = STEPWISE[why]
    p = program(updates, experiment, laws)
    assert p.compile("trial").summary["road"].startswith(f"stepwise: {why}; ")
    assert p.run("trial").attrs["road"] == "stepwise"
    with pytest.raises(NshedError) as refused:
        p.run("trial", road="exact")
    assert refused.value.diagnostics[0].message == f"`trial` can only be run step by step: {why}"


FICKLE = """
network net {{
  level low {{ e[i in 1..3] }}
  level high {{ a = {rule} }}
  classes {{ one <- a }}
  inputs {{
    x: e[1] -> one
    y: e[2], e[3] -> one{crop}
  }}
  update λ by multiplicative(1.01, 0.99)
}}
experiment trial {{
  model net
  run steps: 9000, order: cyclic
  record z = amplification(high) at end
}}
"""


@pytest.mark.parametrize(
    ("rule", "crop", "why"),
    [
        ("maybe(0.5, any(e))", "", "`shown` is drawn at every step"),
        ("strong(any(e), 0.5)", "", "what fires hangs on λ, which changes"),
        ("any(e)", " crop 0.5", "`shown` is drawn at every step"),
    ],
)
def test_pathways_that_are_drawn_or_compete_are_stepped(rule: str, crop: str, why: str) -> None:
    p = loads(FICKLE.format(rule=rule, crop=crop))
    with pytest.raises(NshedError) as refused:
        p.run(road="exact")
    assert refused.value.diagnostics[0].message == f"`trial` can only be run step by step: {why}"
    assert p.run().attrs["road"] == "stepwise"


def test_a_factor_below_0_has_no_logarithm() -> None:
    system = "system flips {\n  axis place = 1..3\n  state x[place] = 1\n  x[p in place] <- -0.5 * x[p] + 1\n}\n"
    p = loads(system + "experiment trial {\n model flips\n run steps: 50\n record x at end\n}")
    with pytest.raises(NshedError, match="the law of x has no closed form for many steps"):
        p.run(road="exact")


# --- which road is taken ------------------------------------------------------------------------------------------------------


def test_the_fastest_road_that_holds_is_taken_and_told() -> None:
    far = "run steps: 100000\n record z = amplification(high) at [50000]"
    assert program(FACTORS, far).run().attrs["road"] == "counts"
    assert program(SUMS, far.replace("100000", "100000, order: cyclic")).run().attrs["road"] == "powers"
    near = program(FACTORS, "run steps: 100000\n record z = amplification(high) every 10")
    assert near.run().attrs["road"] == "stepwise"
    assert near.compile().summary["road"].startswith("stepwise: counts would do, but there are only 10 steps")
    assert program(FACTORS, far).run(road="stepwise").attrs["road"] == "stepwise"


def test_a_sweep_tells_the_roads_of_its_cells(tmp_path) -> None:  # type: ignore[no-untyped-def]
    p = program(SUMS, "run steps: 60000\n sweep order in [cyclic, shuffled]\n record z = amplification(high) at end")
    assert p.run(out=tmp_path).attrs["road"] == "powers, stepwise"
    assert p.run(out=tmp_path).attrs["road"] == "powers, stepwise", "cells that are kept know it, too"
    stepwise = p.run(out=tmp_path, road="stepwise")
    assert stepwise.attrs["road"] == "stepwise"
    exact = p.run(out=tmp_path, road="exact")
    assert exact["status"].values.tolist()[0] == "done"
    assert "don't commute" in exact["status"].values.tolist()[1]


def test_an_unknown_road() -> None:
    with pytest.raises(WrongUse, match="did you mean `exact`"):
        program(FACTORS, "run steps: 10\n record z = amplification(high) at end").run(road="exat")


def test_a_value_that_overflows_is_found_at_its_step() -> None:
    """Where the closed form says infinity, stepping says where."""
    text = "run steps: 100000\n record x at end"
    system = "system bursts {\n  axis place = 1..3\n  state x[place] = 1\n  x[p in place] <- 2 * x[p]\n}\n"
    p = loads(system + "experiment trial {\n model bursts\n " + text + "\n}")
    found = []
    for road in ("exact", "stepwise"):
        with pytest.raises(NshedError) as error:
            p.run(road=road)
        found.append(str(error.value))
    assert found[0] == found[1]
    assert "step 1023" in found[0]
