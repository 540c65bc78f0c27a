"""What a run hands back: dimensions and coordinates (language.md 8, "Dimensions"), where it came from, and what is refused before the first step."""

import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import xarray
from reference_run import study_of
from small_runs import program

import neurashed_dsl as nshed
from neurashed_dsl.ir.plan import Study
from neurashed_dsl.runtime import budget, repeat
from neurashed_dsl.runtime.budget import memory_of, refuse_if_too_large
from neurashed_dsl.runtime.result import dataset_of
from neurashed_dsl.runtime.simulate import Replicate

RUN = "  run steps: 6\n"
NODES, EDGES = ["a", "b", "c", "ha", "hb"], ["ha -> one", "hb -> one", "hb -> two"]
INPUTS, CLASSES = ["x1", "x2", "x3"], ["one", "two"]


def unrun(made: nshed.Program) -> xarray.Dataset:
    """The result of which no replicate has run: its shape without its numbers, and without a kernel."""
    study = study_of(made)
    return dataset_of(study, [None] * study.plan.replicates)


@pytest.mark.parametrize(
    ("measure", "dims"),
    [
        ("amplification(high)", {"high": ["ha", "hb"]}),
        ("amplification(low)", {"low": ["a", "b", "c"]}),
        ("weight()", {"edge": EDGES}),
        ("weight(one)", {"edge": EDGES[:2]}),
        ("score(high)", {"input": INPUTS, "high": ["ha", "hb"]}),
        ("logit()", {"input": INPUTS, "class": CLASSES}),
        ("probability()", {"input": INPUTS, "class": CLASSES}),
        ("probability(label)", {"input": INPUTS}),
        ("pathway()", {"input": INPUTS, "node": NODES}),
        ("overlap()", {"input": INPUTS, "other": INPUTS}),
        ("local_elasticity()", {"input": INPUTS, "other": INPUTS}),
        ("local_elasticity(by: class)", {"class": CLASSES}),
        ("accuracy()", {}),
        ("loss()", {}),
    ],
)
def test_dimensions_of_measures(measure: str, dims: dict[str, list[str]]) -> None:
    found = unrun(program(f"{RUN}  repeat 2\n  record value = {measure} every 3"))["value"]
    assert found.dims[:2] == ("repeat", "step")
    assert list(dims) == list(found.dims[2 : 2 + len(dims)])
    for name, labels in dims.items():
        assert found[name].values.tolist() == labels
    assert found["repeat"].values.tolist() == [0, 1]
    assert found["step"].values.tolist() == [0, 3, 6]


@pytest.mark.parametrize(
    ("written", "dims"),
    [
        ("value[n in high] = λ[n]", {"high": ["ha", "hb"]}),
        ("value[n in node] = λ[n]", {"node": NODES}),
        ("value[e in vote] = η[e]", {"edge": EDGES}),
        ("value[s in sample, c in class] = logit[s, c]", {"input": INPUTS, "class": CLASSES}),
        ("value[k in 2..4] = k * λ[a]", {"k": [2, 3, 4]}),
        ("value = sum(λ[n] for n in low)", {}),
        ("value = max(amplification(low))", {}),
    ],
)
def test_dimensions_of_expressions(written: str, dims: dict[str, list[object]]) -> None:
    found = unrun(program(f"{RUN}  record {written} every 3"))["value"]
    assert found.dims == ("step", *dims)
    for name, labels in dims.items():
        assert found[name].values.tolist() == labels


def test_families_have_their_own_dimension() -> None:
    text = """
network net {
  level low { x[c in 1..2, k in 1..2] }
  level high {
    y[c in 1..2] = any(x[c, *])
    z = any(x)
  }
  classes { one[c in 1..2] <- y[c], z }
  inputs { s[c in 1..2]: x[c, 1] -> one[c] }
  update λ by multiplicative
}
experiment trial {
  model net
  run steps: 2
  record value = amplification(x) at end
  record upper = amplification(y) at end
  record level = amplification(high) at end
  record p = probability() at end
}
"""
    found = unrun(nshed.loads(text))
    assert found["value"].dims in (("x",), ("low",))
    assert found[found["value"].dims[0]].values.tolist() == ["x[1,1]", "x[1,2]", "x[2,1]", "x[2,2]"]
    assert found["y"].values.tolist() == ["y[1]", "y[2]"]
    assert found["high"].values.tolist() == ["y[1]", "y[2]", "z"]
    assert found["input"].values.tolist() == ["s[1]", "s[2]"]
    assert found["class"].values.tolist() == ["one[1]", "one[2]"]


def test_parts_of_one_axis_side_by_side() -> None:
    """Weights into two classes have dimensions of two lengths."""
    records = (
        "  record both = weight() at end\n  record first = weight(one) at end\n  record second = weight(two) at end"
    )
    found = program(RUN + records).run()
    assert found["both"].dims == ("edge",)
    assert found["first"].dims == ("edge_first",)
    assert found["edge_first"].values.tolist() == EDGES[:2]
    assert found["second"].dims == ("edge_second",)
    assert found["edge_second"].values.tolist() == EDGES[2:]
    np.testing.assert_array_equal(found["first"], found["both"][:2])


def test_no_repeat_no_dimension() -> None:
    assert unrun(program(f"{RUN}  record value = accuracy() at end"))["value"].dims == ()
    assert unrun(program(f"{RUN}  repeat 1\n  record value = accuracy() at end"))["value"].dims == ("repeat",)


# --- where it came from ---------------------------------------------------------------------------------------------------


def test_provenance() -> None:
    made = program(f"{RUN}  repeat 2, seed: 77\n  record value = accuracy() at end")
    attrs = made.run(set={"base": 1.25}).attrs
    assert "network net {" in attrs["source"]
    assert json.loads(attrs["parameters"])["base"] == 1.25
    assert attrs["seed"] == 77
    assert json.loads(attrs["versions"]).keys() >= {"python", "numpy", "numba", "xarray"}
    assert attrs["experiment"] == "trial"
    assert attrs["status"] == "complete"
    assert json.loads(attrs["data_hashes"]) == {}


def test_a_result_survives_a_file(tmp_path: object) -> None:
    made = program(f"{RUN}  record p = probability() every 2\n  record value = weight(one) when λ[a] > 0")
    found = made.run()
    path = f"{tmp_path}/result.nc"
    found.to_netcdf(path, engine="h5netcdf")
    with xarray.open_dataset(path, engine="h5netcdf") as back:
        xarray.testing.assert_identical(back.load(), found)


# --- memory ---------------------------------------------------------------------------------------------------------------


def test_memory_is_known_before_the_first_step(monkeypatch: pytest.MonkeyPatch) -> None:
    """10⁶ repeats of 10⁶ records fit nowhere: refused at once, and nothing is run or even compiled."""

    def never(*_: object) -> None:
        raise AssertionError("too late")

    monkeypatch.setattr(repeat, "simulate", never)
    made = program("  run steps: 1_000_000\n  repeat 1_000_000\n  record value = probability() every 1")
    with pytest.raises(nshed.NshedError) as raised:
        made.run()
    (found,) = [d for d in raised.value.diagnostics if d.severity == "error"]
    assert found.code == "over-budget"
    assert found.span is not None
    assert "value" in found.span.text


def test_what_is_free_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    made = program("  run steps: 1000\n  repeat 10\n  record value = probability() every 1")
    monkeypatch.setattr(budget, "free_memory", lambda: 1 << 16)
    with pytest.raises(nshed.NshedError):
        made.run()
    monkeypatch.setattr(budget, "free_memory", lambda: 1 << 30)
    assert made.run()["value"].shape == (10, 1001, 3, 2)


def test_the_estimate_grows_with_what_is_asked() -> None:
    def needed(records: str, repeats: int = 4, jobs: int = 2) -> int:
        return memory_of(study_of(program(f"  run steps: 10_000\n  repeat {repeats}\n{records}")), jobs)

    every, rarely, end = (
        needed(f"  record value = probability() {grid}") for grid in ("every 1", "every 100", "at end")
    )
    assert every > 50 * (rarely - end)
    assert every > rarely > end
    assert needed("  record value = probability() every 1", repeats=8) > 1.9 * every
    # At least the numbers themselves: 4 repeats of 10 001 steps, 3 inputs, 2 classes.
    assert every >= 8 * 4 * 10_001 * 6


def test_exactly_at_the_edge() -> None:
    study = study_of(program("  run steps: 100\n  record value = probability() every 1"))
    needed = memory_of(study, 1)
    refuse_if_too_large(study, 1, available=int(needed / budget.SHARE) + 1)
    with pytest.raises(nshed.NshedError):
        refuse_if_too_large(study, 1, available=int(needed / budget.SHARE) - 1)


# --- what is there isn't made again -------------------------------------------------------------------------------------------


KEPT = f"{RUN}  repeat 2, seed: 3\n  record value = amplification(high) every 3\n  derive top = max(value)\n"


def test_a_run_that_its_folder_holds_is_not_made_again(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The same dataset, to names, kinds and bits; what comes after a run is worked out anew."""
    runs: list[Study] = []
    interrupted = False

    def run_all(study: Study, *_: object, **__: object) -> SimpleNamespace:
        """Other numbers each time."""
        runs.append(study)
        rng = np.random.default_rng(len(runs))
        outs = {
            r.name: rng.random((len(r.grid.steps), *(len(d.labels) for d in r.dimensions)))
            for r in study.system.records
        }
        replicates = [Replicate(outs, [], np.zeros(0, np.int64), 6, False)] * study.plan.replicates
        return SimpleNamespace(road=SimpleNamespace(name="stepwise"), replicates=replicates, interrupted=interrupted)

    monkeypatch.setattr(repeat, "run_all", run_all)
    same = program(KEPT)
    first = same.run(out=tmp_path)
    found = same.run(out=tmp_path)
    xarray.testing.assert_identical(found, first)
    assert {n: v.dtype for n, v in found.variables.items()} == {n: v.dtype for n, v in first.variables.items()}
    low = program(KEPT.replace("top = max", "low = min") + "  expect all(last(value) > 0)").run(out=tmp_path)
    xarray.testing.assert_equal(low["low"], first["value"].min("step"))
    assert len(runs) == 1

    def anew(other: nshed.Program, **options: object) -> bool:
        before = len(runs)
        other.run(out=tmp_path, **options)
        return len(runs) > before

    assert anew(program(KEPT.replace("steps: 6", "steps: 7")))
    assert anew(program(KEPT + "  record other = loss()"))
    assert anew(program(KEPT, law="noisy"))
    assert anew(same, seed=4)
    assert anew(same, set={"base": 1.2})
    assert not anew(same, set={"base": 1.2}, jobs=1)
    assert anew(same)
    (tmp_path / ".cells" / "trial.npz").write_bytes(b"spoiled")
    interrupted = True
    assert anew(same)
    assert anew(same)  # what was interrupted isn't the result
