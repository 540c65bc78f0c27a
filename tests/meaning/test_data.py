"""`inputs from`: CSV, NPZ and Parquet give the same samples as the same inputs written out."""

import hashlib
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from written_networks import elaborated, made

from neurashed_dsl.diagnostics import Report, Source
from neurashed_dsl.ir.circuit import unpack
from neurashed_dsl.model.data import DataReader
from neurashed_dsl.model.graph import Graph
from neurashed_dsl.model.load import load_model
from neurashed_dsl.model.network import elaborate_network
from neurashed_dsl.model.network.hold_out import stratified
from neurashed_dsl.model.network.samples import distinct
from neurashed_dsl.model.scope import Lowering

FRONT = """network n {
  level base { wings, fins, small, many_legs }
  level top { t = any(base)
    u = none(base) }
  classes { bird <- t, u
    fish <- t }
  update λ by multiplicative
"""
STATEMENTS = (
    'name name\n    label kind\n    fire many_legs when legs >= 4 or kind == "fish"\n    fire small when 10*mass < 3'
)
ROWS = [
    ("robin", "bird", 1, 0, 2, 0.1),
    ("carp", "fish", 0, 1, 0, 0.3),
    ("crab", "fish", 0, 2, 10, 0.29),
    ("ox", "bird", 0, 0, 4, 9),
]
HEADER = ("name", "kind", "wings", "fins", "legs", "mass")
WRITTEN = """  inputs {
    robin: wings, small -> bird
    carp: fins, many_legs -> fish
    crab: fins, small, many_legs -> fish
    ox: many_legs -> bird
  }
}
"""


def from_file(folder: Path, name: str, statements: str = STATEMENTS, front: str = FRONT) -> Graph:
    return made(f'{front}  inputs from "{name}" {{\n    {statements}\n  }}\n}}\n', path=folder / "n.nshed")


def same(one: Graph, other: Graph) -> None:
    assert list(one.inputs.names) == list(other.inputs.names)
    assert (one.inputs.bits == other.inputs.bits).all()
    assert (one.inputs.labels == other.inputs.labels).all()
    assert (one.inputs.weights == other.inputs.weights).all()


def fires(graph: Graph) -> dict[str, set[str]]:
    bits = unpack(graph.inputs.bits, len(graph.inputs.names))
    return {name: {str(graph.nodes[n]) for n in np.flatnonzero(row)} for name, row in zip(graph.inputs.names, bits)}


def write_csv(path: Path, rows: list[tuple[object, ...]] = ROWS, end: str = "\n", start: str = "") -> None:
    path.write_bytes((start + end.join(",".join(map(str, row)) for row in [HEADER, *rows]) + end).encode("utf-8"))


def test_a_csv_is_the_inputs_written_out(tmp_path: Path) -> None:
    write_csv(tmp_path / "a.csv")
    graph = from_file(tmp_path, "a.csv")
    same(graph, made(FRONT + WRITTEN))
    assert graph.inputs.hashes == {"a.csv": hashlib.sha256((tmp_path / "a.csv").read_bytes()).hexdigest()}


@pytest.mark.parametrize(("end", "start"), [("\r\n", ""), ("\n", "\ufeff"), ("\r\n", "\ufeff"), ("\n\n", "")])
def test_line_ends_byte_order_marks_and_blank_lines_don_t_matter(tmp_path: Path, end: str, start: str) -> None:
    write_csv(tmp_path / "a.csv", end=end, start=start)
    same(from_file(tmp_path, "a.csv"), made(FRONT + WRITTEN))


def test_cells_may_be_quoted(tmp_path: Path) -> None:
    rows = [(f'"{row[0]}"', *row[1:5], f'" {row[5]} "') for row in ROWS]
    write_csv(tmp_path / "a.csv", rows)
    same(from_file(tmp_path, "a.csv"), made(FRONT + WRITTEN))
    write_csv(tmp_path / "b.csv", [('"a ""b"", c"', "bird", 1, 0, 2, 1)])
    assert from_file(tmp_path, "b.csv").inputs.names == ['a "b", c']


def test_an_npz_is_the_same_as_a_csv(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", **{name: np.array([row[i] for row in ROWS]) for i, name in enumerate(HEADER)})
    same(from_file(tmp_path, "a.npz"), made(FRONT + WRITTEN))


def test_a_parquet_is_the_same_as_a_csv(tmp_path: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    table = pyarrow.table({name: [row[i] for row in ROWS] for i, name in enumerate(HEADER)})
    parquet.write_table(table, tmp_path / "a.parquet")
    same(from_file(tmp_path, "a.parquet"), made(FRONT + WRITTEN))
    gap = pyarrow.table({name: [row[i] if i != 2 else None for row in ROWS] for i, name in enumerate(HEADER)})
    parquet.write_table(gap, tmp_path / "b.parquet")
    text = f'{FRONT}  inputs from "b.parquet" {{\n    {STATEMENTS}\n  }}\n}}\n'
    assert [d.code for d in elaborated(text, path=tmp_path / "n.nshed")[1].errors] == ["missing-cell"]


def test_a_parquet_without_pyarrow_names_the_cure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    (tmp_path / "a.parquet").write_bytes(b"PAR1")
    text = f'{FRONT}  inputs from "a.parquet" {{\n    label kind\n  }}\n}}\n'
    (found,) = elaborated(text, path=tmp_path / "n.nshed")[1].errors
    assert (found.code, found.helps) == ("no-pyarrow", ['`pip install "nshed[parquet]"`'])


def test_arrays_with_more_dimensions_are_the_columns_of_families(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    image, digit = rng.integers(0, 3, (50, 4, 5)), rng.integers(0, 3, 50)
    np.savez(tmp_path / "a.npz", image=image, digit=digit)
    front = """network n {
  level base { image[i in 1..4, j in 1..5], dark }
  level top { t = any(base) }
  classes { k[d in 0..2] <- t }
  update λ by multiplicative
"""
    graph = from_file(tmp_path, "a.npz", "label digit\n    fire dark when not (digit != 2)", front)
    assert graph.inputs.labels.tolist() == digit.tolist()
    bits = unpack(graph.inputs.bits, 50)
    assert (bits[:, :20] == (image.reshape(50, 20) != 0)).all()
    assert (bits[:, 20] == (digit == 2)).all()
    assert graph.inputs.names[:2] == ["s1", "s2"]


def test_weights_and_columns_that_are_no_names(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(
        "What is it?,wings,fins,small,many_legs,the mass\nbird,1,0,1,0,0.1\nfish,0,1,0,0,2\n"
    )
    graph = from_file(tmp_path, "a.csv", 'label "What is it?"\n    weight 10*wings + fins')
    assert graph.inputs.weights.tolist() == [10, 1]
    assert fires(graph) == {"s1": {"wings", "small"}, "s2": {"fins"}}
    graph = from_file(
        tmp_path,
        "a.csv",
        'label "What is it?"\n    fire fins when "the mass" == 0.1\n    fire wings when "What is it?" != "bird"',
    )
    assert fires(graph) == {"s1": {"small", "fins"}, "s2": {"wings"}}


@given(st.lists(st.sampled_from(["frog", "frog_2", "frog_3", "toad", "toad_2"]), max_size=9))
def test_names_become_distinct_and_keep_what_was_free(names: list[str]) -> None:
    found = distinct(names)
    assert len(set(found)) == len(names)
    assert all(new.startswith(old) for old, new in zip(names, found))
    for name in set(names):
        assert found[names.index(name)] == name, "the first of a name keeps it"


# --- held out ---------------------------------------------------------------------------------------------------------


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(0, 5), min_size=1, max_size=80), st.floats(0, 0.99))
def test_a_share_is_dealt_over_the_classes(labels: list[int], share: float) -> None:
    held = stratified(share, np.array(labels))
    sizes, kept = Counter(labels), Counter(label for label, h in zip(labels, held) if not h)
    for label, size in sizes.items():
        assert kept[label] >= 1
        assert abs(size - kept[label] - min(share * size, size - 1)) < 1 + 1e-9
    assert (stratified(share, np.array(labels)) == held).all()


def test_held_out_by_a_share_or_by_a_column(tmp_path: Path) -> None:
    rows = [(f"r{i}", "bird" if i % 3 else "fish", i % 2, 1, 1, int(i < 7)) for i in range(60)]
    write_csv(tmp_path / "a.csv", rows)
    held = from_file(tmp_path, "a.csv", STATEMENTS + "\n    hold_out 0.25").inputs.held_out
    assert held.sum() == 15
    assert held[::3].sum() == 5
    held = from_file(tmp_path, "a.csv", STATEMENTS + "\n    hold_out mass").inputs.held_out
    assert np.flatnonzero(held).tolist() == list(range(7))
    front = FRONT.replace("network n", "param share = 1/2\nnetwork n")
    assert from_file(tmp_path, "a.csv", STATEMENTS + "\n    hold_out share", front).inputs.held_out.sum() == 30


# --- files ------------------------------------------------------------------------------------------------------------


def errors_with(reader: DataReader, path: str, source: str = "n.nshed") -> list[str]:
    report = Report()
    text = f'{FRONT}  inputs from "{path}" {{\n    {STATEMENTS}\n  }}\n}}\n'
    model = load_model(Source(source, text), None, report, {})
    elaborate_network(model.networks["n"], model.scope, {}, Lowering(report), reader, model.memory)
    return [d.code for d in report.errors]


def test_files_are_read_below_the_root_or_where_it_is_allowed(tmp_path: Path) -> None:
    inside, outside = tmp_path / "inside", tmp_path / "outside"
    inside.mkdir()
    outside.mkdir()
    write_csv(inside / "a.csv")
    write_csv(outside / "a.csv")
    (inside / "link.csv").symlink_to(outside / "a.csv")
    assert errors_with(DataReader(inside), "a.csv") == []
    assert errors_with(DataReader(inside), "./../inside/a.csv") == []
    for path in ("../outside/a.csv", str(outside / "a.csv"), "link.csv"):
        assert errors_with(DataReader(inside), path) == ["out-of-folder"], path
        assert errors_with(DataReader(inside, (outside,)), path) == [], path
    assert errors_with(DataReader(tmp_path, (), {"other.nshed": outside}), "a.csv", "other.nshed") == []
    assert errors_with(DataReader(tmp_path), "a.csv") == ["no-file"]
    assert errors_with(DataReader(inside), "a" * 5000 + ".csv") == ["unreadable-data"]


@settings(max_examples=60, deadline=None)
@given(st.sampled_from([".csv", ".npz", ".parquet"]), st.binary(max_size=300))
def test_no_bytes_break_it(tmp_path_factory: pytest.TempPathFactory, suffix: str, data: bytes) -> None:
    folder = tmp_path_factory.mktemp("bytes")
    (folder / f"a{suffix}").write_bytes(data)
    assert errors_with(DataReader(folder), f"a{suffix}")


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.integers(0, 255))
def test_no_damage_to_an_archive_breaks_it(tmp_path_factory: pytest.TempPathFactory, place: int, value: int) -> None:
    folder = tmp_path_factory.mktemp("damage")
    np.savez_compressed(folder / "a.npz", **{name: np.array([row[i] for row in ROWS]) for i, name in enumerate(HEADER)})
    data = bytearray((folder / "a.npz").read_bytes())
    data[place % len(data)] = value
    (folder / "a.npz").write_bytes(bytes(data))
    errors_with(DataReader(folder), "a.npz")
