"""Bit-parallel firing against the scalar reference, and pathways against np.nonzero."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neurashed_dsl.backend.firing import firing_counts, firing_table, pathways
from neurashed_dsl.diagnostics import Bug
from neurashed_dsl.ir.circuit import Circuit, complaints, pack, reference, unpack

LEAST, MOST = np.iinfo(np.int64).min, np.iinfo(np.int64).max


Gate = tuple[int, list[tuple[int, int]], int, int]


def circuit(bottom: int, nodes: int, gates: list[Gate], wires: int | None = None) -> Circuit:
    """Gates as (target, [(source, weight)], low, high)."""
    edges = [edge for _, gate, _, _ in gates for edge in gate]
    return Circuit(
        nodes=nodes,
        bottom=bottom,
        wires=wires or nodes,
        target=np.array([g[0] for g in gates], np.int64),
        offsets=np.cumsum([0, *(len(g[1]) for g in gates)]).astype(np.int64),
        sources=np.array([e[0] for e in edges], np.int32),
        weights=np.array([e[1] for e in edges], np.int64),
        low=np.array([g[2] for g in gates], np.int64),
        high=np.array([g[3] for g in gates], np.int64),
    )


def weights(scale: str) -> st.SearchStrategy[int]:
    return {"one": st.just(1), "small": st.integers(-3, 4), "large": st.integers(-(2**40), 2**40)}[scale]


@st.composite
def gate_edges(draw: st.DrawFn, wires: list[int]) -> tuple[list[tuple[int, int]], int, int]:
    """Edges from some wires (twice the same, too), with bounds near sums that occur."""
    size = draw(st.sampled_from([0, 1, 2, 3, 7, 8, 9, 16, 17, 40]))
    weight = weights(draw(st.sampled_from(["one", "one", "small", "large"])))
    edges = [(draw(st.sampled_from(wires)), draw(weight)) for _ in range(size)]
    some = sum(w for _, w in edges[: draw(st.integers(0, size))])
    low = draw(st.sampled_from([LEAST, 0, 1, some, some + 1, size, sum(w for _, w in edges)]))
    high = draw(st.sampled_from([MOST, MOST, 0, some, low, size - 1]))
    return edges, low, high


@st.composite
def circuits(draw: st.DrawFn) -> Circuit:
    """Up to 6 sensors, then nodes and helpers in a mixed order, each over what came before it."""
    bottom, upper, hidden = draw(st.integers(1, 6)), draw(st.integers(0, 5)), draw(st.integers(0, 3))
    nodes = bottom + upper
    order = draw(st.permutations(range(bottom, nodes + hidden)))
    gates = []
    for position, target in enumerate(order):
        edges, low, high = draw(gate_edges([*range(bottom), *order[:position]]))
        gates.append((target, edges, low, high))
    return circuit(bottom, nodes, gates, nodes + hidden)


def bits(seed: int, samples: int, bottom: int) -> np.ndarray:
    return np.random.default_rng(seed).random((samples, bottom)) < 0.5


@settings(max_examples=150, deadline=None)
@given(circuits(), st.sampled_from([1, 5, 63, 64, 65, 128, 513, 1100]), st.integers(0, 99))
def test_the_table_is_the_reference(made: Circuit, samples: int, seed: int) -> None:
    assert list(complaints(made)) == []
    shown = bits(seed, samples, made.bottom)
    words = firing_table(made, pack(shown), samples)
    assert words.shape == (made.nodes, (samples + 63) // 64)
    assert np.array_equal(unpack(words, samples), reference(made, shown))
    assert not unpack(words, words.shape[1] * 64)[samples:].any()


@settings(max_examples=20, deadline=None)
@given(circuits(), st.integers(0, 99))
def test_permuted_samples_permute_the_columns(made: Circuit, seed: int) -> None:
    shown, order = bits(seed, 150, made.bottom), np.random.default_rng(seed + 1).permutation(150)
    straight = unpack(firing_table(made, pack(shown), 150), 150)
    assert np.array_equal(unpack(firing_table(made, pack(shown[order]), 150), 150), straight[order])


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 300), st.integers(-2, 302), st.integers(-2, 302))
def test_a_count_between_bounds(sources: int, low: int, high: int) -> None:
    """All numbers of firing sources at once: sample s fires the first s of them."""
    made = circuit(sources, sources + 1, [(sources, [(f, 1) for f in range(sources)], low, high)])
    shown = np.tri(sources + 1, sources, -1, dtype=bool)
    fires = unpack(firing_table(made, pack(shown), sources + 1), sources + 1)[:, sources]
    assert np.array_equal(np.nonzero(fires)[0], [s for s in range(sources + 1) if low <= s <= high])


def test_powers_of_two_are_read_back() -> None:
    """A gate for each number n, firing iff the weights 1, 2, 4, ... (and one large offset taken away) spell n."""
    offset = 2**40
    gates = [(8 + n, [*((k, 2**k) for k in range(7)), (7, -offset)], n - offset, n - offset) for n in range(128)]
    made = circuit(8, 8 + 128, gates)
    shown = np.array([[s >> k & 1 for k in range(7)] + [1] for s in range(128)], dtype=bool)
    assert np.array_equal(unpack(firing_table(made, pack(shown), 128), 128)[:, 8:], np.eye(128, dtype=bool))


def test_bits_beyond_the_last_sample_are_dropped() -> None:
    made = circuit(1, 3, [(1, [(0, 1)], LEAST, 0), (2, [], 0, 0)])
    words = firing_table(made, np.full((1, 1), 2**64 - 1, np.uint64), 3)
    assert words.tolist() == [[0b111], [0], [0b111]]


def test_no_samples_and_no_gates() -> None:
    made = circuit(2, 2, [])
    assert firing_table(made, pack(np.zeros((0, 2), bool)), 0).shape == (2, 0)
    assert reference(made, np.zeros((0, 2), bool)).shape == (0, 2)
    offsets, members = pathways(np.zeros((2, 0), np.uint64), 0)
    assert offsets.tolist() == [0]
    assert members.tolist() == []


def test_weights_beyond_what_sums_hold_are_our_bug() -> None:
    made = circuit(1, 2, [(1, [(0, 2**61), (0, 2**61)], 1, MOST)])
    with pytest.raises(Bug, match="2\\^62"):
        firing_table(made, pack(np.ones((1, 1), bool)), 1)


@pytest.mark.parametrize(
    ("gates", "said"),
    [
        ([(1, [(2, 1)], 1, 1), (2, [(0, 1)], 1, 1)], "set later"),
        ([(1, [(1, 1)], 1, 1)], "set later"),
        ([(1, [(0, 1)], 1, 1), (1, [(0, 1)], 1, 1)], "set by two gates"),
        ([(0, [(0, 1)], 1, 1)], "out of range"),
        ([(1, [(3, 1)], 1, 1)], "out of range"),
    ],
)
def test_a_broken_circuit_is_said_to_be(gates: list[Gate], said: str) -> None:
    assert any(said in complaint for complaint in complaints(circuit(1, 3, gates)))


@settings(max_examples=40, deadline=None)
@given(
    st.integers(1, 60),
    st.sampled_from([1, 64, 65, 1023, 1100]),
    st.sampled_from([0.0, 0.02, 0.5, 1.0]),
    st.integers(0, 99),
)
def test_pathways_are_the_nonzero_places(nodes: int, samples: int, share: float, seed: int) -> None:
    fires = np.random.default_rng(seed).random((samples, nodes)) < share
    words = pack(fires)
    offsets, members = pathways(words, samples)
    assert members.dtype == np.int32
    assert np.array_equal(np.diff(offsets), fires.sum(axis=1))
    assert np.array_equal(firing_counts(words, samples), fires.sum(axis=1))
    assert np.array_equal(members, np.nonzero(fires)[1])


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 200), st.integers(0, 20), st.integers(0, 99))
def test_pack_puts_sample_s_at_bit_s(samples: int, nodes: int, seed: int) -> None:
    fires = np.random.default_rng(seed).random((samples, nodes)) < 0.5
    words = pack(fires)
    assert words.shape == (nodes, (samples + 63) // 64)
    assert all(bool(int(words[n, s >> 6]) >> (s & 63) & 1) == fires[s, n] for n in range(nodes) for s in range(samples))
    assert np.array_equal(unpack(words, samples), fires)
