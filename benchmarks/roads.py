"""A step of a long run whose laws commute: C that touches every value, nshed step by step, and nshed from record to record at once."""

import math
from collections.abc import Callable
from pathlib import Path

import network
import numpy as np
from measure import seconds
from training import START, Network, c_side, network_for

from neurashed_dsl.driver import loads
from neurashed_dsl.ir.circuit import unpack
from neurashed_dsl.ir.plan import Study
from neurashed_dsl.runtime.leap import leapings_of
from neurashed_dsl.runtime.repeat import prepare
from neurashed_dsl.runtime.roads import road_of
from neurashed_dsl.runtime.simulate import Replicate, simulate

FIGURE4 = Path(__file__).parents[1] / "examples" / "figure4.nshed"
FAR = 10**6


def nshed_side(study: Study, road: str) -> Callable[[], Replicate]:
    """One replicate, with its start, its shuffles and its record; kernels are ready."""
    chosen = road_of(study, road)
    builts, leapings = prepare(study, 1, chosen), leapings_of(chosen)
    return lambda: simulate(study, builts, [], 0, leapings=leapings)


def figure4(rounds: int) -> list[tuple[str, str, float]]:
    """Rows (what, side, seconds for a step)."""
    lines = FIGURE4.read_text("utf-8").partition("# As the paper says")[0]
    experiment = (
        f"experiment far {{\n  model figure4\n  run steps: {FAR}\n  record strength = amplification(parts) at end\n}}\n"
    )
    study, _ = loads(lines + experiment).study()
    graph = study.facts
    fires = np.ascontiguousarray(unpack(study.system.tables["fires"].data, len(graph.inputs.names))).view(np.uint8)
    order = np.tile(np.arange(8), FAR // 8)
    parts = np.arange(13, 19)
    empty = np.zeros(0, np.int64)
    net = Network(fires, graph.inputs.labels.astype(np.int64), np.array([0, 3, 6]), parts, order, empty, empty)
    sides = {
        "C": c_side(net, "multiplicative"),
        "C in vectors": c_side(net, "multiplicative", "_vectors"),
        "nshed, steps": nshed_side(study, "stepwise"),
        "nshed, leaps": nshed_side(study, "exact"),
    }
    found = seconds(sides, rounds)
    return [(f"step of {FAR:,}, Figure 4: 19 nodes, 6 edges to classes", side, t / FAR) for side, t in found.items()]


def measure(nodes: int, edges: int, inputs: int, passes: int, rounds: int) -> list[tuple[str, str, float]]:
    """Rows (what, side, seconds for a step). Raises AssertionError if C and a leap disagree."""
    text = network.text(nodes, edges, inputs, 0.01, "multiplicative")
    near, far = (loads(text, set={"steps": n}).study("training")[0] for n in (passes * inputs, FAR))
    net = network_for(network.shape(nodes, edges, inputs, 0.01), passes * inputs)
    plain_c = c_side(net, "multiplicative")
    grown = plain_c()[0][nodes // 2 :] - START
    strength = np.log(nshed_side(near, "exact")().outs["strength"][0])
    assert np.allclose(strength - math.log(START), grown, rtol=1e-9)
    sides = {"C": plain_c, "nshed, steps": nshed_side(near, "stepwise"), "nshed, leaps": nshed_side(far, "exact")}
    found = seconds(sides, rounds)
    made = {side: FAR if side == "nshed, leaps" else passes * inputs for side in sides}
    what = f"step of {FAR:,}, {nodes} nodes, {edges} edges, {net.fires.mean():.1%} fire"
    return [(what, side, found[side] / made[side]) for side in sides]
