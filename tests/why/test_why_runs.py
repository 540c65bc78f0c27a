"""`nshed why` on whole runs: the state is the run's to the last bit, the history adds up, the changes that it names do what it says."""

import json
import math
import re

import numpy as np
import pytest

import neurashed_dsl as nshed
from neurashed_dsl.diagnostics import NshedError
from neurashed_dsl.driver.why import _Prepared
from neurashed_dsl.why.state import state_of_run

TEXT = """param up = 1.02

law grows(fade = 0.99) {
  fire(x) = up * x
  rest(x) = fade * x
}

network birds {
  level traits { barred, calls, brown, sings }
  level kinds {
    hawk_like = barred
    caller    = calls
    singer    = all(brown, sings)
  }
  classes {
    hawk    <- kinds
    cuckoo  <- kinds
    sparrow <- kinds
  }
  inputs {
    a_hawk:    barred        -> hawk weight 3
    a_cuckoo:  barred, calls -> cuckoo
    a_sparrow: brown, sings  -> sparrow weight 2
  }
  init   λ ~ uniform(0.5, 1)
  update λ by grows
  update η by grows
}

experiment plain {
  model  birds
  run    steps: 90, batch: 2, order: shuffled
  repeat 3, seed: 5
  record strength = amplification(node) every 10
  record weights  = weight() every 10
  record sure     = probability() every 10
}

experiment staged {
  model birds
  stage one { run steps: 30, order: shuffled }
  stage two {
    rewind
    run steps: 40, order: cyclic
  }
  record logs[n in node] = log(λ[n]) every 1
  record sure            = probability() every 1
}

experiment pruned {
  model birds
  stage one {
    run steps: 25, order: shuffled
    snapshot
  }
  stage two {
    prune caller
    run steps: 20, order: shuffled
  }
  stage three {
    rewind to one
    run steps: 30, order: cyclic
  }
  record logs[n in node] = log(λ[n]) every 1
  record sure            = probability() every 1
}

experiment swept {
  model birds
  run   steps: 20
  sweep up in [1.01, 1.05]
  record sure = probability() at end
}
"""


@pytest.fixture(scope="module")
def program() -> nshed.Program:
    return nshed.loads(TEXT)


@pytest.mark.parametrize("experiment", ["plain", "staged", "pruned"])
def test_the_state_is_that_of_the_whole_run(program: nshed.Program, experiment: str) -> None:
    whole = program.run(experiment)
    for step in (0, 20, 30, 60):
        why = program.why(experiment, input="a_cuckoo", step=step, repeat=0).why
        at = whole.isel(repeat=0) if "repeat" in whole.dims else whole
        at = at.sel(step=step)
        if experiment != "plain":
            assert why.state.strengths.nodes.tobytes() == at["logs"].values.tobytes()
        else:
            np.testing.assert_allclose(why.state.strengths.nodes, np.log(at["strength"].values), rtol=0, atol=1e-15)
        np.testing.assert_allclose(why.probabilities, at["sure"].sel(input="a_cuckoo").values, rtol=1e-12)


def test_what_was_pruned_tells_nothing_even_after_the_state_of_before_is_back(program: nshed.Program) -> None:
    before, after, back = (program.why("pruned", input="a_cuckoo", step=s).why for s in (20, 40, 60))
    caller = before.graph.nodes.index("caller")
    assert before.fires[caller]
    for why in (after, back):
        assert not why.fires[caller]
        assert np.isneginf(why.state.strengths.nodes[caller])
        assert why.probabilities[1] < before.probabilities[1]  # of cuckoos nothing else is known than of hawks


@pytest.mark.parametrize("experiment", ["plain", "staged"])
def test_growth_by_counts_is_the_growth_there_was(program: nshed.Program, experiment: str) -> None:
    why = program.why(experiment, input="a_cuckoo", step=55).why
    assert why.counts is not None
    assert why.counts.since == (30 if experiment == "staged" else 0)
    for told in why.told:
        assert told.law is not None
        rested = why.counts.steps - told.lit
        assert told.start + told.lit * math.log(1.02) + rested * math.log(0.99) == pytest.approx(told.now)
        assert told.by.sum() == pytest.approx(told.lit)


def test_a_result_tells_the_same(program: nshed.Program) -> None:
    result = program.run("plain")
    for step in (None, 40):
        told = program.why("plain", input="a_cuckoo", step=step, repeat=1, result=result).data
        ran = program.why("plain", input="a_cuckoo", step=step, repeat=1).data
        assert told["taken_for"] == ran["taken_for"]
        assert told["step"] == ran["step"]
        for one, other in zip(told["classes"], ran["classes"]):
            assert one["log_logit"] == pytest.approx(other["log_logit"])
        assert told["history"] is None


def test_what_it_says_would_change_the_prediction_does(program: nshed.Program) -> None:
    why = program.why("plain", input="a_cuckoo").data
    assert (why["taken_for"], why["label"]) == ("hawk", "cuckoo")
    (flip, *_) = why["changes"]["inputs"]["found"]
    assert why["changes"]["inputs"]["smallest"]
    kept = [t for t in ("barred", "calls") if t not in flip["without"]] + flip["with"]
    other = TEXT.replace(
        "a_cuckoo:  barred, calls -> cuckoo\n",
        f"a_cuckoo:  barred, calls -> cuckoo\n    odd: {', '.join(kept)} -> cuckoo weight 0\n",
    )
    assert nshed.loads(other).why("plain", input="odd").data["taken_for"] == flip["taken_for"]


def test_a_sweep_needs_its_cell(program: nshed.Program) -> None:
    slow, fast = (program.why("swept", input="a_hawk", cell={"up": up}).data for up in (1.01, 1.05))
    assert slow["of"] == "step 20 of swept, up = 1.01"
    assert fast["fires"][0]["log_amplification"] > slow["fires"][0]["log_amplification"]
    result = program.run("swept")
    with pytest.raises(NshedError, match="no λ"):
        program.why("swept", input="a_hawk", cell={"up": 1.05}, result=result)


def test_without_an_experiment_it_explains_the_start() -> None:
    program = nshed.loads(TEXT[: TEXT.index("experiment plain")])
    told = program.why(input="a_hawk")
    assert told.data["step"] == 0
    assert told.data["notes"] == ["no experiment runs it: as birds starts, with seed 0"]
    assert told.data["of"] == "the start of birds"


FITTED = (
    TEXT[: TEXT.index("experiment plain")]
    + """
experiment taught {
  model  birds
  run    steps: 30, order: cyclic
  record sure = probability() at end
  record logs[n in node] = log(λ[n]) at end
  fit    sure[a_hawk, hawk] to 0.6 by up in 1.01..1.2
}
"""
)


def test_what_was_fitted_is_explained_as_fitted() -> None:
    program = nshed.loads(FITTED)
    result = program.run()
    up = float(result["estimate"][0])
    assert abs(up - 1.02) > 1e-3
    told = program.why(input="a_hawk")
    assert told.why.probabilities[0] == pytest.approx(0.6, abs=1e-6)
    assert told.why.state.strengths.nodes.tobytes() == result["logs"].values.tobytes()
    assert told.data["notes"] == [f"as fitted: up = {up:.6g}"]


def test_a_run_that_stops_is_explained_where_it_stops(program: nshed.Program) -> None:
    stopping = nshed.loads(TEXT.replace("  record sure     =", "  stop when step == 7\n  record sure     ="))
    one, other = stopping.why("plain", input="a_hawk"), program.why("plain", input="a_hawk", step=7)
    assert one.text == other.text


def test_huge_numbers(program: nshed.Program) -> None:
    """λ and η beyond any float: shares and words as ever."""
    told = nshed.loads(TEXT.replace("steps: 90, batch: 2", "steps: 400_000, batch: 2")).why("plain", input="a_hawk")
    assert told.data["classes"][0]["log_logit"] > 1000
    assert re.search(r"Z \d\.\d\d·10\^\d{4}", told.text)
    assert sum(p["share"] for p in told.data["paths"]) == pytest.approx(1)
    json.dumps(told.data, allow_nan=False)


def test_it_shows_itself(program: nshed.Program, tmp_path) -> None:
    told = program.why("plain", input="a_cuckoo")
    shown = told._repr_html_()
    assert "<svg" in shown
    assert "<pre>a_cuckoo (cuckoo), step 90 of plain, repeat 0" in shown
    for suffix in ("svg", "png", "pdf", "dot", "mmd", "graphml", "json"):
        told.save(tmp_path / f"why.{suffix}")
        assert (tmp_path / f"why.{suffix}").stat().st_size > 100
    assert '"%: of the logit' not in told.picture.mermaid


def test_a_system_that_scores_in_its_own_way_isn_t_explained() -> None:
    own = """system squares over network {
  state λ[node]: log
  state η[vote]: log
  draw  batch[item] ~ presentation
  λ[n in node] <- if any(fires[batch[i], n] for i in item) then fire(n, λ[n]) else rest(n, λ[n])
  η[e in vote] <- rest(e, η[e])
  observe score[s in sample, n in node]: log = if fires[s, n] then λ[n]^2 else 0
  observe logit[s in sample, c in class]: log = sum(η[e] * score[s, src(e)] for e in votes(c))
}
"""
    text = own + TEXT.replace("model  birds\n  run    steps: 90", "model  squares(birds)\n  run    steps: 90")
    with pytest.raises(NshedError, match="aren't made as `why` would explain them"):
        nshed.loads(text).why("plain", input="a_hawk", step=10)
    bare = (
        text.replace("  observe logit", "  observe lodgit")
        .replace("logit[s", "lodgit[s")
        .replace("  record sure     = probability() every 10\n", "")
    )
    with pytest.raises(NshedError, match="has no logit"):
        nshed.loads(bare).why("plain", input="a_hawk", step=10)


def test_only_what_is_asked_for_is_recorded(program: nshed.Program) -> None:
    prepared = _Prepared(program, "plain", {}, None)
    assert [r.name for r in prepared.study.system.records] == ["why_λ", "why_η", "why_logit"]
    assert state_of_run(prepared.study, 0, 0).step == 0
