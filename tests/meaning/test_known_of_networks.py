"""What is known of a network before a run: `require` may read it, and `in` asks whether a relation gives something."""

import pytest
from reference_run import reference_run, study_of

import neurashed_dsl as nshed

TEXT = """
network small {
  level traits { a, b, c }
  level parts {
    d = all(a, b)
    e = any(b, c)
  }
  classes {
    first <- d
    second <- e
  }
  inputs {
    one: a, b -> first
    two: c    -> second weight 3
  }
  init λ = 1
  init η = 1
  update λ by additive(1, 0)
  update η by additive(1, 0)
}
system mine over network {
  state λ[node]: log
  state η[vote]: log
  const reads[n in node] = size(into(n))
  require ASKED "not so"
  λ[n in node] <- λ[n]
  η[v in vote] <- η[v]
}
experiment e {
  model mine(small)
  run steps: 1
  record of_d[n in node] = if n in into(d) then 1 else 0 at start
  record fed[n in traits, m in parts] = n in into(m) at start
  record first_axis[n in node] = if n in axis(λ, 1) then 1 else 0 at start
}
"""
SO = (
    "all(reads[n] <= 2 for n in node)",
    "sum(weight_of[s] for s in trained) == 4",
    "any(label[s] == 2 for s in sample) and size(trained) == 2",
    "all(any(fires[s, n] for n in parts) for s in sample)",
    "count(src(v) in parts for v in vote) == 2",
)


@pytest.mark.parametrize("asked", SO)
def test_what_is_required_of_a_network(asked: str) -> None:
    nshed.loads(TEXT.replace("ASKED", asked))
    with pytest.raises(nshed.NshedError, match="not so"):
        nshed.loads(TEXT.replace("ASKED", f"not ({asked})"))


def test_whether_a_relation_gives_a_node() -> None:
    program = nshed.loads(TEXT.replace("ASKED", "true"))
    found, meant = program.run(jobs=1), reference_run(study_of(program))[0]
    assert found["of_d"].values.tolist() == meant["of_d"].tolist() == [1, 1, 0, 0, 0]
    assert found["fed"].values.tolist() == meant["fed"].tolist() == [[1, 0], [1, 1], [0, 1]]
    assert found["first_axis"].values.tolist() == [1] * 5
