"""Numbers don't depend on how a run is cut: chunks of steps, threads, replicates, other records, other draws (language.md 7)."""

import numpy as np
import pytest
import xarray
from reference_run import same_bits, study_of
from small_runs import program

from neurashed_dsl.runtime import simulate as simulation
from neurashed_dsl.runtime.repeat import prepare
from neurashed_dsl.runtime.simulate import simulate

RECORDS = """
  record size[n in node] = log(λ[n]) every 1
  record z = logit() every 3
  record sure = probability(label) at [2, 5, 61]
  record w = weight() when accuracy() > 0.9 first 4
  record last_right = accuracy() at end
"""


def trial(
    order: str = "shuffled", repeat: int = 3, records: str = RECORDS, law: str = "noisy", extra: str = ""
) -> xarray.Dataset:
    return program(
        f"  run steps: 61, order: {order}, batch: 2\n  repeat {repeat}, seed: 9\n{records}", law, extra
    ).run()


def same(a: xarray.Dataset, b: xarray.Dataset, names: list[str] | None = None) -> None:
    for name in names or sorted(a.data_vars):
        assert same_bits(a[name], b[name]), name


@pytest.mark.parametrize("order", ["cyclic", "shuffled", "independent", "[x1, x2, x2, x3, x1]"])
@pytest.mark.parametrize("chunk", [1, 7, 61])
def test_any_chunks(monkeypatch: pytest.MonkeyPatch, order: str, chunk: int) -> None:
    whole = trial(order)
    monkeypatch.setattr(simulation, "LEAST", chunk)
    monkeypatch.setattr(simulation, "_next_chunk", lambda *_: chunk)
    same(whole, trial(order))


@pytest.mark.parametrize("jobs", [1, 2, 5])
def test_any_number_of_threads(jobs: int) -> None:
    made = program(f"  run steps: 61\n  repeat 5, seed: 9\n{RECORDS}", "noisy")
    same(made.run(), made.run(jobs=jobs))


def test_a_replicate_alone_is_one_of_many() -> None:
    many, few = trial(repeat=5), trial(repeat=2)
    names = ["size", "z", "sure", "last_right"]
    same(many.isel(repeat=slice(0, 2)), few, names)
    study = study_of(program(f"  run steps: 61, order: shuffled, batch: 2\n  repeat 5, seed: 9\n{RECORDS}", "noisy"))
    alone = simulate(study, prepare(study), [], 4)
    assert same_bits(alone.outs["size"], many["size"].isel(repeat=4))


def test_what_was_done_before_an_interruption_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(simulation, "LEAST", 5)
    monkeypatch.setattr(simulation, "_next_chunk", lambda *_: 5)
    study = study_of(program(f"  run steps: 61, order: shuffled, batch: 2\n  repeat 5, seed: 9\n{RECORDS}", "noisy"))
    built = prepare(study)
    whole, cut = simulate(study, built, [], 0), simulate(study, built, [], 0, tick=lambda step: step >= 20)
    assert cut.stopped
    assert cut.step == 20
    assert same_bits(cut.outs["size"][:21], whole.outs["size"][:21])
    assert np.isnan(cut.outs["size"][21:]).all()
    assert same_bits(cut.outs["z"][:7], whole.outs["z"][:7])
    assert np.isfinite(cut.outs["last_right"]).all()


def test_replicates_differ() -> None:
    found = trial(repeat=3)
    assert len({float(v) for v in found["size"].isel(step=-1, node=0)}) == 3


def test_the_seed_matters_and_is_fixed() -> None:
    made = program("  run steps: 61\n  record size[n in node] = log(λ[n]) at end", "noisy")
    same(made.run(), made.run())
    assert not same_bits(made.run()["size"], made.run(seed=1)["size"])
    same(made.run(seed=1), made.run(seed=1))
    assert made.run(seed=1).attrs["seed"] == 1


@pytest.mark.parametrize(
    "more",
    [
        "  record other = probability() every 2",
        "  record le = local_elasticity() every 7",
        "  record both = score(high) at [1, 60]\n  record u[i in item] = batch[i] every 1",
    ],
)
def test_another_record_changes_nothing(more: str) -> None:
    alone = "  record size[n in node] = log(λ[n]) every 1\n  record z = logit() every 3\n"
    same(trial(records=alone), trial(records=alone + more), ["size", "z"])


def test_another_draw_leaves_the_others() -> None:
    """b gets noise of its own, and what a, c and ha draw stays."""
    plain, noisier = trial(), trial(extra="  update λ[b] by jumpy", law="noisy")  # fmt: skip
    kept = ["a", "c", "ha"]
    assert same_bits(plain["size"].sel(node=kept), noisier["size"].sel(node=kept))
    assert not same_bits(plain["size"].sel(node="b"), noisier["size"].sel(node="b"))


def test_common_random_numbers() -> None:
    """Other parameters, same draws: the noise that a step adds to log λ is the same."""
    low, high = trial(law="noisy(0.05)"), trial(law="noisy(0.10)")
    fires = low["size"].sel(node="a").diff("step") > -0.009  # it rests by a factor of 0.99
    gap = (high["size"] - low["size"]).sel(node="a").diff("step").where(fires)
    assert float(abs(gap - 0.05).max()) < 1e-12
