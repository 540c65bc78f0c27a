"""Pruned networks against networks that never had the nodes: in plain Python, and written in nshed."""

import re
from collections.abc import Callable

import numpy as np
import plain
import pytest
import xarray
from hypothesis import given, settings
from test_plain import Drawn, at, close, networks
from thorough import examples

import neurashed_dsl as nshed

LEVELS = {"low": [f"e[{i}]" for i in range(1, 6)], "middle": ["m1", "m2", "m3", "m4"], "top": ["t1", "t2", "t3"]}
STAGES = """stage dense { run steps: 14 }
stage thin {
  prune low share: 3/5
  prune middle keep: 3, by: weakest
  run steps: 13
}
stage ticket {
  prune top keep: 2, by: start
  prune middle above: 0.3, relative: true
  rewind
  run steps: 13
}"""


def staged(drawn: Drawn) -> str:
    """The program with its run in three stages. Orders go on through them, batches of all are all alike."""
    return re.sub(r"  run steps: 40, (.*)", rf"  run \1\n{STAGES}", drawn.text)


def without(net: plain.Network, gone: set[str]) -> plain.Network:
    """As if it had been written without the nodes; thresholds stay."""

    def left(names: object) -> list[str]:
        return [n for n in names if n not in gone]  # type: ignore[attr-defined]

    return net._replace(
        bottom=left(net.bottom),
        rules={n: (k, left(of)) for n, (k, of) in net.rules.items() if n not in gone},
        votes={c: left(of) for c, of in net.votes.items()},
        inputs={x: (left(on), label) for x, (on, label) in net.inputs.items()},
        laws={n: law for n, law in net.laws.items() if n not in gone},
    )


def strongest(lam: plain.Values, of: list[str], count: int, sign: int = 1) -> list[str]:
    return sorted(of, key=lambda n: -sign * lam[n])[:count]


def compare(net: plain.Network, lam: plain.Values, eta: plain.Weights, now: xarray.Dataset) -> None:
    """What is gone is 0 in every record."""
    close(now["strength"], [lam[n] if n in net.laws else 0 for n in map(str, now["node"].values)])
    edges = [tuple(str(e).split(" -> ")) for e in now["edge"].values]
    close(now["edge_weight"], [eta[f, c] if f in net.laws else 0 for f, c in edges])
    for x in net.inputs:
        score, z = plain.scores(net, x, lam), plain.logits(net, x, lam, eta)
        p = plain.softmax(z)
        close(now["inner"].sel(input=x), [score.get(str(n), 0) for n in now["node"].values])
        close(now["p"].sel(input=x), [p[str(c)] for c in now["class"].values], 1e-9)


@pytest.mark.parametrize("batch", ["1", "2", "all"])
def test_a_pruned_network_is_one_without_the_nodes(batch: str) -> None:
    @settings(max_examples=examples(3), deadline=None)
    @given(networks(batch, both=False))
    def agrees(drawn: Drawn) -> None:
        found = nshed.loads(staged(drawn)).run()
        net, first = drawn.net, found.isel(step=0)
        start = {n: at(first["strength"], node=n) for n in net.laws}
        begun = {(f, c): at(first["edge_weight"], edge=f"{f} -> {c}") for c, of in net.votes.items() for f in of}
        lam, eta = start, begun
        for number, members in enumerate([*drawn.batches, None]):
            if number == 14:
                gone = set(LEVELS["low"]) - set(strongest(lam, LEVELS["low"], 3))
                net = without(net, gone | (set(LEVELS["middle"]) - set(strongest(lam, LEVELS["middle"], 3, -1))))
            elif number == 27:
                middle = [n for n in LEVELS["middle"] if n in net.laws]
                top = max(lam[n] for n in middle)
                weak = {n for n in middle if lam[n] <= 0.3 * top}
                net = without(net, weak | (set(LEVELS["top"]) - set(strongest(start, LEVELS["top"], 2))))
                lam, eta = start, begun
            compare(net, lam, eta, found.isel(step=number))
            if members is not None:
                lam = {n: v for n, v in lam.items() if n in net.laws}
                eta = {(f, c): v for (f, c), v in eta.items() if f in net.laws}
                lam, eta = plain.step(net, members, lam, eta)

    agrees()


LAW = """law race(up = 11/4, down = 1/4) {
  fire(x) = 1.022^up * x
  rest(x) = 1.022^(-down) * x
}
"""
WHOLE = """network net {
  level features { f[i in 1..13] }
  level parts {
    b1 = any(f[1..3])
    b2 = at_least(2, f[2], f[5], f[7])
    b5 = at_least(2, f[7], f[9], f[12])
    b6 = any(f[11..13])
  }
  classes {
    class1 <- b1, b2
    class2 <- b5, b6
  }
  inputs {
    s1: f[1], f[2], f[7]   -> class1
    s3: f[4], f[5], f[7]   -> class1
    s5: f[7], f[12], f[13] -> class2
    s7: f[7], f[9], f[10]  -> class2
  }
  init   λ = 0.003
  init   λ[f[2], f[5], f[7], f[9], f[12], f[13]] = 0.01
  init   λ[b2, b5, b6] = 0.02
  update λ by race
  update η by race
}
"""
THIN = """network net {
  level features { f2, f5, f7, f9, f12, f13 }
  level parts {
    b2 = at_least(2, f2, f5, f7)
    b5 = at_least(2, f7, f9, f12)
    b6 = any(f12, f13)
  }
  classes {
    class1 <- b2
    class2 <- b5, b6
  }
  inputs {
    s1: f2, f7       -> class1
    s3: f5, f7       -> class1
    s5: f7, f12, f13 -> class2
    s7: f7, f9       -> class2
  }
  init   λ[features] = 0.01
  init   λ[parts] = 0.02
  update λ by race
  update η by race
}
"""
PRUNED = "prune features keep: 6\nprune parts keep: 3\n"
MEASURES = """
  record x1 = participation(features) every 100
  record x2 = effective_features(parts) every 100
  record x3 = gini(features) every 100
  record x4 = mutual_information(features, input) every 100
  record x5 = mutual_information(parts, label) every 100
  record x6 = local_elasticity() every 100
  record x7 = overlap() every 100
  record x8 = loss() every 100
  record x9 = accuracy() every 100
  record x10 = probability() every 100
"""


def test_every_measure_is_that_of_the_network_written_without_them() -> None:
    def run(network: str, change: str) -> xarray.Dataset:
        stage = f"stage s {{\n{change}run steps: 300, order: cyclic\n}}"
        return nshed.loads(f"{LAW}{network}experiment e {{\nmodel net\n{stage}{MEASURES}}}").run()

    pruned, written = run(WHOLE, PRUNED), run(THIN, "")
    for i in range(1, 11):
        # Sobol' points are others for another number of directions: they err by at most 0.002 bit.
        near = 0.005 if i in (4, 5) else 0
        np.testing.assert_allclose(pruned[f"x{i}"], written[f"x{i}"], rtol=1e-9, atol=near + 1e-12)


def runs(change: str, repeats: int) -> xarray.Dataset:
    record = "record l = amplification(node) every 10"
    text = f"stage s {{ run steps: 20 }}\nstage t {{\n{change}\nrun steps: 20\n}}\nrun order: shuffled\n{record}"
    network = WHOLE.replace("init   λ = 0.003", "init   λ ~ uniform(0, 0.01)").replace("  init   λ[f[2]", "  #")
    return nshed.loads(f"{LAW}{network}experiment e {{\nmodel net\nrepeat {repeats}, seed: 5\n{text}\n}}").run(jobs=2)


def test_random_pruning_takes_each_node_as_often_and_draws_nothing_else() -> None:
    """Of 13 nodes 5 stay, in 400 repeats: 154 ± 9.7 times each. Those of a smaller number are among those of a larger one."""
    five = runs("prune features keep: 5, by: random", 400).pruned_at
    stay = np.isinf(five.values[:, :13])
    assert (stay.sum(axis=1) == 5).all()
    assert np.isinf(five.values[:, 13:]).all()
    assert (abs(stay.sum(axis=0) - 400 * 5 / 13) < 4 * 9.73).all()
    eight = np.isinf(runs("prune features keep: 8, by: random", 20).pruned_at.values[:, :13])
    assert (eight >= stay[:20]).all()
    # To the last bits: values that rest are brought up to date where something may change.
    pruned, whole = runs("prune features share: 1, by: random", 8), runs("", 8)
    np.testing.assert_allclose(pruned.l, whole.l, rtol=1e-13)


@pytest.mark.parametrize(
    ("how", "stays"),
    [
        ("keep: 2", lambda v: np.argsort(-v, kind="stable")[:2]),
        ("keep: 2, by: weakest", lambda v: np.argsort(v, kind="stable")[:2]),
        ("share: 0.3", lambda v: np.argsort(-v, kind="stable")[:4]),
        ("share: 0.01", lambda v: np.argsort(-v, kind="stable")[:1]),
        ("share: 0", lambda v: []),
        ("above: 0.006", lambda v: np.flatnonzero(v > 0.006)),
        ("above: 0.5, relative: true", lambda v: np.flatnonzero(v > 0.5 * v.max())),
    ],
)
@pytest.mark.parametrize("start", [False, True])
def test_who_stays(how: str, stays: Callable[[np.ndarray], object], start: bool) -> None:
    if start and "weakest" in how:
        return
    found = runs(f"prune features {how}{', by: start' if start else ''}", 6)
    # λ before the pruning is that of the same run without it.
    before = found.l.values[:, 0, :13] if start else runs("", 6).l.values[:, 2, :13]
    for repeat, values in enumerate(before):
        assert set(np.flatnonzero(np.isinf(found.pruned_at.values[repeat, :13]))) == set(stays(values))  # type: ignore[arg-type]


def test_of_equals_the_first_stay() -> None:
    network = (
        WHOLE.replace("init   λ = 0.003", "init   λ = 1")
        .replace("  init   λ[f[2]", "  #")
        .replace("  init   λ[b2", "  #")
    )
    body = "stage s {\nprune features keep: 3\nprune parts keep: 1, by: weakest\nrun steps: 1\n}"
    found = nshed.loads(f"{LAW}{network}experiment e {{\nmodel net\n{body}\n}}").run()
    assert found.node.values[np.isinf(found.pruned_at.values)].tolist() == ["f[1]", "f[2]", "f[3]", "b1"]


def test_the_numbers_do_not_depend_on_threads_and_lanes() -> None:
    network = WHOLE.replace("init   λ = 0.003", "init   λ ~ uniform(0, 0.01)")
    body = """run batch: all
    stage s { run steps: 20 }
    stage t {
      prune features keep: 5, by: random
      run steps: 20
    }
    record l = amplification(node) every 5
    repeat 40, seed: 8"""
    program = nshed.loads(f"{LAW}{network}experiment e {{\nmodel net\n{body}\n}}")
    one, many = program.run(jobs=1), program.run(jobs=40)
    assert one.l.values.tobytes() == many.l.values.tobytes()
    few = nshed.loads(program.model.source.text.replace("repeat 40", "repeat 3")).run()
    assert few.l.values.tobytes() == one.l.values[:3].tobytes()


def test_what_is_pruned_stays_out() -> None:
    """Set to 1 it is 0 still, and a stage that presents otherwise, or sets a parameter, runs without it."""
    network = "param up = 2\n" + LAW.replace("1.022^up", "up") + WHOLE
    body = """stage s {
      prune features keep: 6
      run steps: 2, order: [s1]
    }
    stage t {
      set λ = 1
      set up = 3
      run steps: 1, batch: all
    }
    stage u { run steps: 1, order: [s1] }
    record l = amplification(features) every 1
    record left = count(alive[n] for n in features) every 1
    record fired = pathway() every 1"""
    text = f"{network}experiment e {{\nmodel net\n{body}\n}}".replace("up = 11/4, down", "down")
    found = nshed.loads(text).run()
    gone = np.isfinite(found.pruned_at.values[:13])
    assert (found.left.values == 6).all()
    assert (found.l.values[:, gone] == 0).all()
    assert not found.fired.values[:, :, :13][:, :, gone].any()
    np.testing.assert_allclose(found.l.sel(features="f[2]"), [0.01, 0.02, 1, 3, 9], rtol=1e-12)


def test_edges_go_with_their_nodes() -> None:
    """Factors on edges that are tied are λ: pruned by name, both models stay the same, and no edge of what is gone is left."""
    stages = "stage s { run steps: 9 }\nstage t {\nprune b2\nprune features keep: 8, by: random\nrun steps: 9\n}\nrun order: cyclic\n"
    edges = WHOLE.replace("λ", "κ").replace(
        "race\n  update η by race", "race when tied\n  amplify edges\n  init κ[class1, class2] = 1"
    )
    record = "record p = probability() every 1\nrecord k = amplification(LEVEL) at end\nrecord g = gini(LEVEL) at end"

    def run(network: str, level: str) -> xarray.Dataset:
        text = f"{LAW}{network}experiment e {{\nmodel net\n{stages}{record.replace('LEVEL', level)}\n}}"
        return nshed.loads(text).run()

    nodes, factors = run(WHOLE, "node"), run(edges, "edge")
    np.testing.assert_allclose(factors.p, nodes.p, rtol=1e-9)
    gone = set(nodes.node.values[np.isfinite(nodes.pruned_at.values)])
    assert len(gone) == 6
    ends = [set(str(e).split(" -> ")) for e in factors.edge.values]
    assert ((factors.k.values == 0) == [bool(pair & gone) for pair in ends]).all()
    assert float(factors.g) < 1


FICKLE = """network net {
  level features { f[i in 1..5] }
  level parts {
    b1 = strong(any(f[1..3]), 0.1)
    b2 = maybe(0.5, any(f[2..4]))
    b3 = any(f[3..5])
  }
  classes {
    c1 <- b1, b2
    c2 <- b3
  }
  inputs {
    s1: f[1], f[2] -> c1
    s2: f[3], f[4] -> c2
    s3: f[5] -> c2
  }
  init λ ~ uniform(0.1, 1)
  update λ by race
  update η by race
}
"""


def test_what_is_drawn_or_strong_is_pruned_too() -> None:
    """In networks that work out at each step what fires, nothing that is gone fires, in training or for measures; the rest goes on."""
    stages = "stage s { run steps: 20 }\nstage t {\nprune features keep: 3\nprune b1\nrun steps: 60\n}\nrun order: shuffled\nrepeat 3\n"
    records = """record trained[n in node] = if shown[1, n] then 1 else 0 every 1
    record fired = pathway() every 20
    record l = amplification(node) every 20"""
    found = nshed.loads(f"{LAW}{FICKLE}experiment e {{\nmodel net\n{stages}{records}\n}}").run()
    gone = np.isfinite(found.pruned_at.values)
    assert (gone.sum(axis=1) == 3).all()
    for k, lost in enumerate(gone):
        assert found.trained.values[k, :20][:, lost].any()
        assert not found.trained.values[k, 20:][:, lost].any()
        assert found.trained.values[k, 20:][:, ~lost].any()
        assert not found.fired.values[k, 1:][:, :, lost].any()
        assert (found.l.values[k, 1:][:, lost] == 0).all()
