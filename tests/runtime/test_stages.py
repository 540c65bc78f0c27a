"""Stages: a run in parts is the run; `rewind` makes it again, from the start or a snapshot; a stage may stop; steps and times of claims count from a
stage's start."""

import numpy as np
import pytest

import neurashed_dsl as nshed
from neurashed_dsl import NshedError
from neurashed_dsl.runtime import simulate
from neurashed_dsl.runtime.together import in_lanes, lowered

NETWORK = """
law race(up = 1.2, down = 0.9) {
  fire(x) = up * x
  rest(x) = down * x
}
network pair {
  level base { a, b, c }
  level parts {
    p = a or b
    q = b and c
  }
  classes {
    one <- p
    two <- q
  }
  inputs {
    x: a -> one
    y: b, c -> two
    z: b -> one
  }
  update λ by race
  update η by race
}
"""


STATES = "record l = amplification(node) every 1\nrecord w = weight() every 1\n"  # the same records: the same kernel


def run(body: str, source: str = NETWORK):
    return nshed.loads(source + "experiment e {\n" + body + "\n}").run()


@pytest.mark.parametrize("order", ["cyclic", "shuffled", "independent"])
def test_stages_without_changes_are_one_run(order: str) -> None:
    records = STATES + "repeat 2, seed: 3"
    whole = run(f"model pair\nrun steps: 50, order: {order}\n{records}")
    parts = run(f"model pair\nrun order: {order}\nstage s {{ run steps: 20 }}\nstage t {{ run steps: 30 }}\n{records}")
    assert (whole.l.values == parts.l.values).all()
    assert (whole.w.values == parts.w.values).all()
    assert parts.stage.values.tolist() == ["s"] * 20 + ["t"] * 31


@pytest.mark.parametrize("batch", ["1", "2", "all"])
def test_rewound_and_trained_alike_comes_out_alike(batch: str) -> None:
    found = run(
        f"""model pair
        stage s {{ run steps: 24, order: cyclic, batch: {batch} }}
        stage other {{ run steps: 7, order: shuffled }}
        stage t {{
          rewind
          run steps: 24, order: cyclic, batch: {batch}
        }}
        record l = amplification(parts) every 1"""
    )
    values = found.l.values
    assert np.allclose(values[0:24], values[31:55], rtol=1e-12)
    assert not np.allclose(values[24:31], values[0:7])


def test_a_stage_presents_in_its_own_way() -> None:
    """One step on all three inputs, then cyclic steps: what fires is known for each."""
    found = run(
        """model pair
        stage s { run steps: 1, batch: all }
        stage t { run steps: 1, order: [x] }
        record l = amplification(parts) every 1"""
    )
    assert np.allclose(found.l.values, [[1, 1], [1.2, 1.2], [1.44, 1.08]])


def test_a_snapshot_is_the_state_of_its_moment_and_changes_nothing() -> None:
    """At the end of a stage, of one's own name; what comes is the same to the last bit."""
    head = "model pair\nrun order: shuffled\nrepeat 3, seed: 9\n" + STATES
    plain = run(head + "stage s { run steps: 17 }\nstage t { run steps: 13 }")
    kept = run(
        head + "stage s {\nrun steps: 17\nsnapshot trained\n}\nstage t {\nsnapshot\nrun steps: 13\nsnapshot late\n}"
    )
    assert kept.snapshot.values.tolist() == ["trained", "t", "late"]
    assert (kept.l.values == plain.l.values).all()
    for name, step in (("trained", 17), ("t", 17), ("late", 30)):
        np.testing.assert_allclose(kept["snapshot_λ"].sel(snapshot=name), plain.l.sel(step=step), rtol=1e-14)
        np.testing.assert_allclose(kept["snapshot_η"].sel(snapshot=name), plain.w.sel(step=step), rtol=1e-14)


def test_rewound_to_a_snapshot() -> None:
    found = run(
        """model pair
        run order: [x, y, z]
        stage s {
          run steps: 5
          snapshot early
        }
        stage t { run steps: 6, order: [y] }
        stage u {
          rewind to early
          run steps: 6
        }
        stage v {
          rewind
          run steps: 1, order: [x]
        }
        """
        + STATES
    )
    assert np.allclose(
        found.l.values[5:11],
        found.l.values[5] * 1.2 ** _fired(found, "y") * 0.9 ** (np.arange(6)[:, None] - _fired(found, "y")),
    )
    assert np.allclose(found.l.values[11], found.l.values[5], rtol=1e-14)
    assert np.allclose(found.l.values[17], 1)


def _fired(found, name: str) -> np.ndarray:  # type: ignore[no-untyped-def]
    """How often each node has fired after so many steps on one input."""
    fires = {"y": ["b", "c", "p", "q"]}[name]
    return np.outer(np.arange(6), [n in fires for n in found.node.values])


def test_what_stands_after_run_is_done_at_the_end() -> None:
    found = run(
        """model pair
        stage s {
          set λ = 5
          run steps: 2, order: [x, z]
          set λ = 3
        }
        """
        + STATES
    )
    assert np.allclose(found.l.sel(node="q"), [5, 4.5, 3])


COUNT = """system count {
  state n = 0
  state start = 0
  n <- n + 1
  start <- start
}
"""


@pytest.mark.parametrize("chunk", [1, 64])
def test_a_stage_stops_and_the_next_begins_at_its_step(chunk: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(simulate, "LEAST", chunk)
    found = run(
        """model count
        stage s {
          stop when n >= 4
          set start = 7 at step 8
          run steps: 10
        }
        stage t {
          stop when n > 100
          run steps: 5
        }
        record m = n every 1
        record k = start every 1
        record last = n at end
        derive far = last(m, stage: s)
        expect stopped_at_s == 4 and stopped_at_t == inf""",
        COUNT,
    )
    nothing = [np.nan] * 5
    np.testing.assert_array_equal(found.m.values, [0, 1, 2, 3, 4, *nothing, 4, 5, 6, 7, 8, 9])
    np.testing.assert_array_equal(found.k.values, [0] * 5 + nothing + [7] * 6)
    assert float(found["last"]) == 9
    assert float(found.stopped_at_s) == 4
    assert float(found.stopped_at_t) == np.inf


@pytest.mark.parametrize("order", ["cyclic", "shuffled", "independent"])
def test_what_comes_after_a_stop_does_not_depend_on_chunks(order: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """And it is what would have come without it."""
    body = f"""model pair
    run order: {order}
    repeat 4, seed: 2
    stage s {{
      stop when λ[q] < 0.5
      run steps: 100
    }}
    stage t {{ run steps: 20 }}
    {STATES}"""
    found = []
    for chunk in (1, 7, 64):
        monkeypatch.setattr(simulate, "LEAST", chunk)
        monkeypatch.setattr(simulate, "CHUNK", 2 * chunk)
        found.append(run(body))
    assert found[0].l.values.tobytes() == found[1].l.values.tobytes() == found[2].l.values.tobytes()
    whole = run(body.replace("stop when λ[q] < 0.5", "")).l.values
    stops = found[0].stopped_at_s.values
    assert (stops < 100).all()
    for repeat, stop in enumerate(stops.astype(int)):
        np.testing.assert_allclose(found[0].l.values[repeat, 100:], whole[repeat, stop : stop + 21], rtol=1e-12)


def test_another_batch_beside_another_parameter() -> None:
    """Each stage has its batch and the values set so far: what fires grows by `up`, q fires for y alone."""
    source = "param up = 2\n" + NETWORK.replace("up = 1.2, ", "")
    found = run(
        """model pair
        stage s { run steps: 1, order: [x] }
        stage t {
          set up = 3
          run steps: 1, batch: all
          set up = 5
        }
        stage u { run steps: 2, order: [y] }
        stage v {
          set up = 7 at step 1
          run steps: 2, batch: 2, order: [x, z]
        }
        """
        + STATES,
        source,
    )
    assert np.allclose(found.l.sel(node="p"), np.cumprod([1, 2, 3, 5, 5, 5, 7]))
    assert np.allclose(found.l.sel(node="q"), np.cumprod([1, 0.9, 3, 5, 5, 0.9, 0.9]))


def test_stages_of_one_batch_share_a_system() -> None:
    body = "\n".join(f"stage s{i} {{ run steps: 2, batch: {1 + i % 2} }}" for i in range(6))
    study, _ = nshed.loads(f"{NETWORK}experiment e {{\nmodel pair\n{body}\n}}").study()
    assert len(list(lowered(study))) == 2


CHAIN = ""


def test_set_at_the_start_of_a_stage_is_set_at_its_step() -> None:
    head = "model spring_chain(mu_right: 0.02)\nrepeat 3, seed: 2\nrecord c = load every 1\n"
    staged = run(
        head + "run dt: 0.05\nstage still { run until: 10 }\nstage shaken {\nset noise = 0.1\nrun until: 10 }", CHAIN
    )
    plain = run(head + "run until: 20, dt: 0.05\nset noise = 0.1 at step 200", CHAIN)
    assert (staged.c.values == plain.c.values).all()
    assert (np.ptp(staged.c.values[:, :10], axis=0) == 0).all()
    assert (staged.c.values[:, -1, 1:].std(axis=0) > 0).all()


def test_repeats_side_by_side_change_as_each_does_alone() -> None:
    """32 repeats on one thread run in lanes, on 32 threads each alone: the same bits, through `set`, `rewind` and a state's new value."""
    text = """experiment e {
      model  spring_chain(mu_right: 0.02, noise: 0.05)
      run    dt: 0.05
      repeat 32, seed: 4
      stage one {
        run until: 5
        snapshot
      }
      stage two {
        set noise = 0.2
        set x[3] = 0.4
        run until: 5
      }
      stage again {
        rewind
        run until: 5
      }
      record curve = load every 0.5
    }"""
    program = nshed.loads(text)
    systems = list(lowered(program.study()[0]))
    assert in_lanes(program.study()[0], systems, 1)
    assert not in_lanes(program.study()[0], systems, 32)
    wide, narrow = program.run(jobs=1), program.run(jobs=32)
    assert wide.snapshot_x.values.tobytes() == narrow.snapshot_x.values.tobytes()
    together, alone = wide.curve.values, narrow.curve.values
    assert together.tobytes() == alone.tobytes()
    assert (together[:, 10, 3] == 1 - 0.4).all()
    assert (together[:, 20] == 1).sum() == 32 * 8, "back at the start, where no block has moved"
    assert (np.ptp(together[:, -1, 1:-1], axis=0) > 0).all()


def test_claims_count_from_the_start_of_a_stage() -> None:
    program = nshed.loads(
        """system count {
          state n = 0
          n <- n + 1
        }
        experiment e {
          model count
          stage s { run steps: 10 }
          stage t { run steps: 20 }
          record n every 1
          record m = n every 1
          expect first_step(m >= 4, stage: s) == 4
          expect first_step(m >= 4, stage: t) == 0
          expect first_step(m >= 14, stage: t) == 4
          expect first_step(m > 11, stage: s) == inf
          expect last(m, stage: s) == 9 and last(m, stage: t) == 30
        }""".replace("          record n every 1\n", "")
    )
    assert [c.holds for c in program.test()] == [True] * 5


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("stage s { run order: cyclic }", "no-end"),
        ("stage s { run steps: 3 }\nstage s { run steps: 3 }", "said-twice"),
        ("stage s { run steps: 3 }\nexpect last(l, stage: tt) > 0", "no-stage"),
        ("run steps: 3\nset λ = 2", "set-without-step"),
    ],
)
def test_mistakes(body: str, code: str) -> None:
    with pytest.raises(NshedError) as caught:
        run("model pair\nrecord l = loss()\n" + body)
    assert code in [d.code for d in caught.value.diagnostics]
