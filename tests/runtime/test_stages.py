"""Stages: a run in parts is the run; `rewind` makes it again; steps and times of claims count from a stage's start."""

import numpy as np
import pytest

import neurashed_dsl as nshed
from neurashed_dsl import NshedError
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


def run(body: str, source: str = NETWORK):
    return nshed.loads(source + "experiment e {\n" + body + "\n}").run()


@pytest.mark.parametrize("order", ["cyclic", "shuffled", "independent"])
def test_stages_without_changes_are_one_run(order: str) -> None:
    records = "record l = amplification(parts) every 1\nrecord w = weight() every 1\nrepeat 2, seed: 3"
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
      stage one { run until: 5 }
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
    together, alone = program.run(jobs=1).curve.values, program.run(jobs=32).curve.values
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
