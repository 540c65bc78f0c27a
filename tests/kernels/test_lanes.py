"""Replicates side by side in vector lanes: the same bits as each alone, and as the reference evaluator; NumPy's own random numbers."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hand_written_systems import apply, at, record, spring_chain, study, systems
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from reference_run import reference_run, same_bits
from thorough import examples

import neurashed_dsl as nshed
from neurashed_dsl.backend.lanes import LANES, can_run_in_lanes
from neurashed_dsl.diagnostics import NshedError
from neurashed_dsl.ir.expr import Binder, Const, Expr, Select, Var, Whole
from neurashed_dsl.ir.system import Axis, Draw, Fill, Grid, Next, Slot, System
from neurashed_dsl.passes import lower
from neurashed_dsl.runtime.bind import build
from neurashed_dsl.runtime.budget import memory_of
from neurashed_dsl.runtime.repeat import prepare, run_all
from neurashed_dsl.runtime.simulate import simulate, simulate_side_by_side
from neurashed_dsl.runtime.streams import stream


# An example takes some seconds to compile: none is made smaller.
@settings(
    max_examples=examples(2),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    phases=[Phase.reuse, Phase.generate],
)
@given(systems(), st.integers(0, 5))
def test_lanes_equal_one_alone_and_the_evaluator(system: System, seed: int) -> None:
    wanted = study(system, 12, 3, seed)
    low = lower(system)
    assert can_run_in_lanes(low)
    one, many = build(low), build(low, lanes=True)
    side_by_side = simulate_side_by_side(wanted, [many], [0, 1, 2])
    for replicate in range(3):
        alone = simulate(wanted, [one], [], replicate).outs
        expected = reference_run(wanted, replicate) if replicate < 2 else None
        for name, values in alone.items():
            assert same_bits(side_by_side[replicate].outs[name], values), f"{name} in lane {replicate}"
            if expected is not None:
                assert same_bits(values, [e[name] for e in expected]), f"{name} of replicate {replicate}"


@pytest.mark.parametrize("shared", [False, True])
@pytest.mark.parametrize("clip", [math.inf, 2.0, 0.5])
def test_the_spring_chain_is_the_authors_loop(shared: bool, clip: float) -> None:
    """A second implementation: NumPy arrays, NumPy's generator, facts/spring_block.md."""
    steps = 300
    found = run_all(study(spring_chain(steps, clip=clip, shared=shared), steps, 2 * LANES - 3), 1).replicates
    for replicate in (0, 1, LANES - 1, LANES + 2):
        rng, x = stream(0, replicate, "draw xi"), np.zeros(7)
        for _ in range(steps):
            z = np.array([bounded(rng, clip) for _ in range(1 if shared else 7)])
            force = (np.append(x[1:], 1.0) - 2 * x + np.append(0.0, x[:-1])) + 0.1 * z
            x = x + 0.01 * np.where(force > 0.1, force - 0.1, np.where(force < -0.1, force + 0.1, 0.0))
        run = found[replicate]
        assert run is not None
        assert (run.outs["load"][-1] == 1.0 - x).all()


def bounded(rng: np.random.Generator, clip: float) -> float:
    while True:
        z = rng.standard_normal()
        if abs(z) <= clip:
            return float(z)


def noise(distribution: str, args: tuple[float, ...], size: int, steps: int) -> System:
    """What is drawn, kept for a step."""
    i = Var("i")
    draw = Draw("xi", ("site",), distribution, tuple(map(Const, args)))
    slot = Slot("x", ("site",), "real", (Fill(None, (Const(0.0),)),))
    following = Next((Binder("i", Whole("site")),), (i,), (("x", at("xi", i)),))
    kept = record("x", "site", size, at("x", Var("r")), steps)
    return System(
        "noise", {"site": Axis("site", size)}, {}, {}, {}, {"x": slot}, {"xi": draw}, (), (following,), (kept,)
    )


@pytest.mark.parametrize(
    ("distribution", "args"),
    [
        ("normal", (0.0, 1.0)),
        ("normal", (0.5, 2.0)),
        ("uniform", (-1.0, 2.5)),
        ("lognormal", (0.1, 0.7)),
        ("bernoulli", (0.4,)),
    ],
)
@pytest.mark.parametrize("repeat", [1, LANES])
def test_drawn_numbers_are_numpys(distribution: str, args: tuple[float, ...], repeat: int) -> None:
    """A hundred thousand of each: every layer of the ziggurat, its edges and its tail."""
    size, steps = 100, 1000
    found = run_all(study(noise(distribution, args, size, steps), steps, repeat), 1).replicates
    for replicate in {0, repeat - 1}:
        rng, run = stream(0, replicate, "draw xi"), found[replicate]
        assert run is not None
        shape = (steps, size)
        expected = (
            (rng.random(shape) < args[0]) * 1.0
            if distribution == "bernoulli"
            else getattr(rng, distribution)(*args, shape)
        )
        assert (run.outs["x"][1:] == expected).all()


def test_repeats_and_jobs_leave_each_replicate_as_it_was() -> None:
    def loads(repeat: int, jobs: int) -> np.ndarray:
        wanted = study(spring_chain(100, every=50), 100, repeat)
        return np.array([r.outs["load"] for r in run_all(wanted, jobs).replicates if r is not None])

    most = loads(2 * LANES + 5, 1)
    for repeat, jobs in (
        (1, 1),
        (LANES // 2, 1),
        (LANES, 1),
        (LANES, 2),
        (LANES + 1, 1),
        (2 * LANES, 2),
        (2 * LANES + 5, 2),
    ):
        assert (loads(repeat, jobs) == most[:repeat]).all()


@pytest.mark.parametrize(
    ("repeat", "jobs", "lanes"),
    [
        (1, 1, 0),
        (LANES // 2, 1, 0),
        (LANES, 1, LANES),
        (LANES, 2, 0),  # eight each are sooner done
        (2 * LANES, 2, LANES),
        (2 * LANES, 16, 0),
        (100 * LANES, 16, LANES),
    ],
)
def test_lanes_where_they_end_sooner(repeat: int, jobs: int, lanes: int) -> None:
    assert [b.kernel.lanes for b in prepare(study(spring_chain(10), 10, repeat), jobs)] == [lanes]


def test_memory_counts_lanes() -> None:
    """Eleven alone keep no more than what they record; twelve in lanes keep sixteen's."""
    steps = 1000
    alone, beside, full = (memory_of(study(spring_chain(steps), steps, n), 1) for n in (11, 12, LANES))
    assert beside == full
    recorded = 2 * 8 * 7 * (steps + 1)
    assert LANES * recorded < full < LANES * recorded * 1.1
    assert 11 * recorded < alone < 11 * recorded * 1.1


@pytest.mark.parametrize(
    ("reads", "buffered"),
    [((-1,), False), ((1,), False), ((-1, 0, 1), False), ((-2,), True), ((2,), True), ((-1, 1, 2), True)],
)
def test_neighbours_are_read_as_they_were(reads: tuple[int, ...], buffered: bool) -> None:
    """A noisy chain in which each place reads others, 0 beyond the ends; NumPy makes whole steps."""
    size, steps, i = 6, 50, Var("i")
    plain = noise("normal", (0.0, 1.0), size, steps)
    total: Expr = at("xi", i)
    for o in reads:
        there = i if o == 0 else apply("+" if o > 0 else "-", i, Const(abs(o)))
        inside = Const(True) if o == 0 else apply("<" if o > 0 else ">=", there, Const(size if o > 0 else 0))
        total = apply("+", total, apply("*", Const(0.5), Select(inside, at("x", there), Const(0.0))))
    following = Next((Binder("i", Whole("site")),), (i,), (("x", total),))
    wanted = study(replace(plain, next=(following,)), steps)
    (built,) = prepare(wanted)
    assert ("buffer_x" in built.kernel.source) == buffered
    rng, x, expected = stream(0, 0, "draw xi"), np.zeros(size), [np.zeros(size)]
    for _ in range(steps):
        new = rng.standard_normal(size)
        for o in reads:
            new = new + 0.5 * np.array([x[k + o] if 0 <= k + o < size else 0.0 for k in range(size)])
        expected.append(x := new)
    assert same_bits(simulate(wanted, [built], [], 0).outs["x"], expected)


def test_a_fault_names_replicate_and_step() -> None:
    """x doubles where a draw is large; the first step at which any replicate overflows is known from NumPy."""
    i, steps = Var("i"), 40
    burst = Select(apply(">", at("xi", i), Const(2.0)), Const(1e308), Const(1.0))
    wild = noise("normal", (0.0, 1.0), 3, steps)
    slot = Slot("x", ("site",), "real", (Fill(None, (Const(100.0),)),))
    following = Next((Binder("i", Whole("site")),), (i,), (("x", apply("*", at("x", i), burst)),))
    wanted = study(
        System(wild.name, wild.axes, {}, {}, {}, {"x": slot}, wild.draws, (), (following,), wild.records), steps, LANES
    )
    large = [np.argwhere(stream(0, r, "draw xi").standard_normal((steps, 3)) > 2) for r in range(LANES)]
    step, replicate = min((int(found[0][0]), r) for r, found in enumerate(large) if len(found))
    with pytest.raises(NshedError) as caught:
        run_all(wanted, 1)
    (fault,) = caught.value.diagnostics
    assert f"step {step} of repeat {replicate}" in fault.message
    with pytest.raises(NshedError) as caught:
        simulate(wanted, [build(lower(wanted.system))], [], replicate)
    assert caught.value.diagnostics[0].message == fault.message


def test_what_differs_in_more_than_numbers_runs_alone() -> None:
    chain = lower(spring_chain(10))
    assert can_run_in_lanes(chain)
    for change in (
        {"stop": apply(">", at("x", Const(0)), Const(0.5))},
        {"draws": {"xi": Draw("xi", ("block",), "poisson", (Const(1.0),))}},
        {"records": (chain.records[0].__class__("x", (), Const(1.0), Grid(None, Const(True), 3)),)},
        {"axes": {"block": Axis("block", 10**6)}},
    ):
        assert not can_run_in_lanes(System(**{**vars(chain), **change}))


def test_an_axis_may_bear_the_name_of_an_array_that_lanes_do_not_share() -> None:
    """That of an `observe` over a range does."""
    text = """
system walk(n: int = 3) {
  axis site = 1..n
  state x[site] = 0
  draw xi[site] ~ normal(0, 1)
  x[i in site] <- x[i] + xi[i]
  boundary x[0] = 0
  observe load[i in 0..n] = x[i]
}
experiment e {
  model walk
  run steps: 4
  repeat 12, seed: 5
  record middle = mean(load) every 1
}
"""
    program = nshed.loads(text)
    wanted, _ = program.study("e")
    assert prepare(wanted, 1)[0].kernel.lanes == LANES
    assert prepare(wanted, 12)[0].kernel.lanes == 0
    assert same_bits(program.run(jobs=1)["middle"], program.run(jobs=12)["middle"])
