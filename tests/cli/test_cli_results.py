"""Verbs that look at what there is: show, export, explain, doctor, cache."""

import io
import json

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from made_results import result

from neurashed_dsl.cli.explain import account, kinds, plain
from neurashed_dsl.cli.export import finite, long_table
from neurashed_dsl.cli.found import ending, spread


@pytest.fixture
def kept(tmp_path):
    file = tmp_path / "first.nc"
    result().to_netcdf(file, engine="h5netcdf")
    return file


def test_show_says_what_a_result_holds(nshed, kept):
    ended = nshed("show", kept)
    assert (ended.code, ended.err) == (0, "")
    for words in ("sure", "repeat 2 × step 5", "tabby, panda", "base 1.05", "nshed 0.1.0", "complete"):
        assert words in ended.out


def test_show_says_what_a_file_declares(nshed):
    nshed("new", "first")
    out = nshed("show", "first.nshed").out
    for words in ("param", "race(up, down)", "levels traits, parts", "inputs tabby, manx, panda", "2 claims"):
        assert words in out


@pytest.mark.parametrize("data", [b"", b"network", b"CDF\x01" + bytes(100), b"\x89HDF\r\n\x1a\n" + bytes(100)])
def test_what_is_no_result_is_the_inputs_fault(nshed, tmp_path, data):
    (tmp_path / "odd.nc").write_bytes(data)
    for verb in ("show", "export"):
        ended = nshed(verb, "odd.nc")
        assert ended.code == 1
        assert "-result]: `odd.nc`" in ended.err


def test_a_result_where_a_model_is_wanted(nshed, kept):
    for verb in ("check", "fmt", "run", "test", "compile", "render"):
        ended = nshed(verb, kept)
        assert ended.code == 1, verb
        assert "error[result-for-model]" in ended.err
        assert f"`nshed show {kept}`" in ended.err


def test_a_result_cut_short(nshed, kept, tmp_path):
    (tmp_path / "cut.nc").write_bytes(kept.read_bytes()[:3000])
    assert nshed("show", "cut.nc").code == 1


@pytest.mark.parametrize(
    "attributes",
    [{"claims": "not JSON"}, {"claims": "{}"}, {"claims": '[{"text": "x > 1"}]'}, {"claims": 3}, {"fit": "x"}],
)
def test_show_of_a_result_with_attributes_that_were_spoiled(nshed, tmp_path, attributes):
    result().assign_attrs(attributes).to_netcdf(tmp_path / "odd.nc", engine="h5netcdf")
    ended = nshed("show", "odd.nc")
    assert (ended.code, ended.out) == (1, "")
    assert "error[damaged-result]: `odd.nc`" in ended.err
    assert nshed("export", "odd.nc").code == 0  # its numbers are well


def test_export_is_the_same_in_every_format(nshed, kept, tmp_path):
    table = pd.read_csv(io.StringIO(nshed("export", kept).out))
    for suffix, read in ((".csv", pd.read_csv), (".parquet", pd.read_parquet)):
        assert nshed("export", kept, "-o", f"a{suffix}").code == 0
        pd.testing.assert_frame_equal(read(tmp_path / f"a{suffix}"), table, check_dtype=False)
    assert nshed("export", kept, "-o", "a.npz").code == 0
    with np.load(tmp_path / "a.npz") as arrays:
        np.testing.assert_array_equal(arrays["sure"], result()["sure"].values)
        assert arrays["input"].tolist() == ["tabby", "panda"]
    assert nshed("export", kept, "-o", "a.json").code == 0
    assert json.loads((tmp_path / "a.json").read_text())["data_vars"]["loss"]["data"] == 0.25


def test_export_of_one_record(nshed, kept):
    table = pd.read_csv(io.StringIO(nshed("export", kept, "--only", "right").out))
    assert table.to_dict("list") == {"record": ["right"] * 2, "input": ["tabby", "panda"], "value": [1, 0]}
    ended = nshed("export", kept, "--only", "write")
    assert ended.code == 2
    assert "`right`" in ended.err


@settings(max_examples=25, deadline=None)
@given(st.dictionaries(st.sampled_from("abc"), st.lists(st.sampled_from(["x", "y", "z"]), unique=True), min_size=1))
def test_the_long_table_has_each_number_at_its_place(records):
    sizes = {"x": 2, "y": 3, "z": 1}
    shapes = {name: [sizes[d] for d in dims] for name, dims in records.items()}
    data = {name: (dims, np.random.default_rng(0).normal(size=shapes[name])) for name, dims in records.items()}
    dataset = xr.Dataset(data, {"x": ["left", "right"], "twice": ("y", [0, 2, 4])} if "x" in dims_of(records) else {})
    table = long_table(dataset)
    for name, array in dataset.data_vars.items():
        rows = table[table["record"] == name]
        assert len(rows) == array.size
        for _, row in rows.iterrows():
            here = {d: row[d] for d in array.dims}
            position = {d: list(array[d].values).index(v) for d, v in here.items()}
            assert array.isel(position).item() == row["value"]


def dims_of(records):
    return {d for dims in records.values() for d in dims} if any("y" in d for d in records.values()) else set()


def test_json_has_no_nan():
    assert finite({"a": [float("nan"), float("inf"), 1.5, np.float64(2)], 3: True}) == {
        "a": [None, "inf", 1.5, 2.0],
        "3": True,
    }


def test_the_last_values_in_words():
    assert spread(np.array([1.0, 3.0])) == "2 (1 … 3)"
    assert spread(np.array([1.0, np.nan])) == "1, 1 missing"
    assert spread(np.array([np.nan])) == "no number"
    assert spread(np.array([])) == "no number"
    assert spread(np.array([np.inf, -np.inf])) == "nan (-inf … inf)"
    assert spread(np.array([True, False])) == "0.5 (0 … 1)"
    assert spread(np.array(["a", "b", "c", "d"])) == "a, b, c, …"


def test_an_interrupted_record_ends_where_its_numbers_do():
    values = np.array([[1, 2, np.nan, np.nan], [3, np.nan, np.nan, np.nan]])
    array = xr.DataArray(values, {"step": [0, 10**6, 2 * 10**6, 3 * 10**6]}, ("repeat", "step"))
    assert ending(array) == "at step 1000000: 2, 1 missing"
    assert ending(array.rename(step="time").astype(float).isel(time=[2, 3])) == "at time 3000000: no number"


def test_explain_lists_every_code_that_there_is(nshed):
    listed = [line.split()[0] for line in nshed("explain").out.splitlines()]
    assert listed == sorted(kinds())
    assert {"open-block", "unknown-name", "not-a-result"} <= set(listed)


def test_every_message_can_be_explained(nshed):
    for code, kind in kinds().items():
        assert account(kind).startswith(f"{kind.severity}[{code}]: ")
    ended = nshed("explain", "open-block")
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.startswith("error[open-block]: this `{` is never closed\n")
    assert nshed("explain", "error[open-block]").out == nshed("explain", "open-block").out


def test_templates_in_words():
    assert plain("no node `{name}`, `{{` and {where.line}") == "no node `<name>`, `{` and <where>"


def test_doctor_finds_this_installation_well(nshed):
    ended = nshed("doctor")
    assert ended.code == 0, ended.out
    assert all(line.startswith("✓") for line in ended.out.splitlines())


def test_doctor_says_what_is_wrong(nshed, monkeypatch):
    monkeypatch.setattr(
        "neurashed_dsl.cli.doctor.requires", lambda _: ["numpy>=1", "no-such-thing>=2", "x; extra == 'y'"]
    )
    monkeypatch.setattr("neurashed_dsl.cli.doctor.checks", lambda: iter([("libraries", libraries)]))
    ended = nshed("doctor")
    assert ended.code == 1
    assert "✗ libraries: not installed: no-such-thing" in ended.out


def libraries():
    from neurashed_dsl.cli import doctor

    return doctor.libraries()


@pytest.fixture
def own_cache(nshed, monkeypatch, tmp_path):
    monkeypatch.setenv("NSHED_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache"


def test_the_cache_counts_and_deletes_only_its_own(nshed, own_cache):
    cache = own_cache
    (cache / "__pycache__").mkdir(parents=True)
    name = "nshed_zoo_0123456789abcdef"
    (cache / f"{name}.py").write_text("x" * 600)
    (cache / "__pycache__" / f"{name}.run-1.py311.nbi").write_text("x" * 400)
    (cache / "thesis.tex").write_text("mine")
    out = nshed("cache").out
    assert str(cache) in out
    assert "kernels  1" in out
    assert "1 kB" in out
    assert nshed("cache", "--clear").code == 0
    assert [f.name for f in cache.rglob("*") if f.is_file()] == ["thesis.tex"]


def test_the_cache_before_it_is_there(nshed, own_cache):
    assert "kernels  0" in nshed("cache").out
    assert nshed("cache", "--clear").code == 0
