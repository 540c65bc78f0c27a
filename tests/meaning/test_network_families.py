"""Families, slices, comprehensions and `for`: the same network as one that is written out by hand."""

import re
import time
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from written_networks import REST, elaborated, into, made, truth_table, votes

BIG = """
network big(n: int = 10) {
  level features { f[i in 1..n] }
  level low  { a[i in 1..3*n] = at_least(2, f[(i*7 + j*13) % n + 1] for j in 1..10) }
  level high { b[i in 1..3*n] = any(a[(i*11 + j*j*17) % (3*n) + 1] for j in 1..15 if j != 3) }
  classes { y[k in 0..9] <- b[j] for j in 1..3*n if j % 10 == k }
  inputs { s[i in 1..100]: f[(i*31 + j*7) % n + 1] for j in 1..10 -> y[i % 10] }
  init λ ~ uniform(0, 0.01)
  update λ by multiplicative
}
"""


def names(found) -> list[str]:
    return list(map(str, found))


def network(base: str, top: str, classes: str = "k <- top", inputs: str = "i: base -> k", more: str = "") -> str:
    return (
        f"network n {{\n  level base {{\n    {base}\n  }}\n  level top {{\n    {top}\n  }}\n"
        f"  classes {{\n    {classes}\n  }}\n  inputs {{\n    {inputs}\n  }}\n{more}{REST}"
    )


def test_a_family_is_the_network_written_out() -> None:
    short = made(
        network(
            "x[c in 1..2, i in 1..3]",
            "t[c in 1..2] = all(x[c, 1..2]) or x[3 - c, 3]\nu = at_least(2, x[*, 2], x[1, 1])",
        )
    )
    long = made(
        network(
            "x[i in 1..1, j in 1..3], x[i in 2..2, j in 1..3]",
            "t[c in 1..1] = (x[1,1] and x[1,2]) or x[2,3]\nt[c in 2..2] = (x[2,1] and x[2,2]) or x[1,3]\n"
            "u = x[1,2] + x[2,2] + x[1,1] >= 2",
        )
    )
    assert (
        names(short.nodes)
        == names(long.nodes)
        == ["x[1,1]", "x[1,2]", "x[1,3]", "x[2,1]", "x[2,2]", "x[2,3]", "t[1]", "t[2]", "u"]
    )
    assert (short.into_members == long.into_members).all()
    assert (truth_table(short) == truth_table(long)).all()


REPEATED = (
    "for c in 1..2 {\n x[i in c..c, j in 1..c]\n lamp[d in c..c]\n }",
    "for c in 1..2 { for d in 1..c { t[i in c..c, j in d..d] = all(lamp[c], x[c, d]) } }",
    "for c in 1..2 { k[i in c..c] <- t[c, *] }",
    "for c in 1..2 {\n one[i in c..c]: x[c, *] -> k[c]\n two[i in c..c]: lamp[c] -> k[3 - c] weight c\n }",
)


@pytest.mark.parametrize("bare", [False, True], ids=["in c..c", "c"])
def test_for_repeats_declarations(bare: bool) -> None:
    graph = made(network(*(re.sub(r"\w+ in (\w)\.\.\1", r"\1", p) if bare else p for p in REPEATED)))
    assert names(graph.nodes)[:5] == ["x[1,1]", "x[2,1]", "x[2,2]", "lamp[1]", "lamp[2]"]
    assert names(graph.nodes)[5:] == ["t[1,1]", "t[2,1]", "t[2,2]"]
    assert into(graph, "t[2,1]") == ["x[2,1]", "lamp[2]"]
    assert votes(graph) == [("t[1,1]", "k[1]"), ("t[2,1]", "k[2]"), ("t[2,2]", "k[2]")]
    # Inputs stand in the order in which the repetition writes them.
    assert graph.inputs.names == ["one[1]", "two[1]", "one[2]", "two[2]"]
    assert graph.inputs.labels.tolist() == [0, 1, 1, 0]
    assert graph.inputs.weights.tolist() == [1, 1, 1, 2]


def test_levels_families_and_overlaps_are_dependents_once() -> None:
    graph = made(network("a, b, x[i in 1..3]", "t = any(base, a, x, x[2])\nu = majority(x[1..2], x[2..3])"))
    assert into(graph, "t") == ["a", "b", "x[1]", "x[2]", "x[3]"]
    assert into(graph, "u") == ["x[1]", "x[2]", "x[3]"]


def test_if_chooses_by_index() -> None:
    graph = made(
        network(
            "x[i in 1..4]",
            "t[i in 1..4] = if i == 1 then x[4] else if i % 2 == 0 then all(x[i-1], x[i]) else not x[i-1]",
        )
    )
    table = truth_table(graph)
    x = table[:, :4]
    wanted = [x[:, 3], x[:, 0] & x[:, 1], ~x[:, 1], x[:, 2] & x[:, 3]]
    assert (table[:, 4:] == np.array(wanted).T).all()
    assert into(graph, "t[1]") == ["x[4]"], "what isn't taken may be out of range: x[0]"


def test_exact_numbers_reach_indices() -> None:
    graph = made(
        "param share = 0.7\n" + network("x[i in 1..10]", "t = any(x[share * 10])\nu[i in 2..4] = any(x[2*i/2], x[5])")
    )
    assert into(graph, "t") == ["x[7]"], "0.7 is 7/10, not the float below it"
    assert into(graph, "u[3]") == ["x[3]", "x[5]"]


def test_parameters_are_bound_and_checked() -> None:
    text = network("x[i in 1..n]", "t = at_least(k, x)").replace(
        "network n", "network m(n: int = 4 within 1..10, k: int = n // 2)"
    )
    assert len(made(text).nodes) == 5
    graph = made(text, {"n": 6})
    assert graph.circuit.low.tolist() == [3]
    for wrong, code in (({"n": 11}, "out-of-bounds"), ({"n": 2.5}, "not-of-type"), ({"n": 1}, "always-fires")):
        assert {d.code for d in elaborated(text, wrong)[1].errors} == {code}


@settings(max_examples=40, deadline=None)
@given(
    st.integers(1, 6),
    st.integers(1, 4),
    st.integers(-3, 5),
    st.integers(-3, 5),
    st.integers(0, 9),
    st.integers(2, 4),
    st.integers(0, 3),
)
def test_an_index_is_what_python_makes_of_it(n: int, m: int, a: int, b: int, c: int, modulus: int, cut: int) -> None:
    every = cut + 1
    rule = f"any(x[({a}*i + {b}*j*j + {c}) % {modulus}] for j in 1..{m} if (i + j) % {every} == 0) or x[i // {modulus}]"

    def wanted(i: int) -> set[int]:
        return {(a * i + b * j * j + c) % modulus for j in range(1, m + 1) if (i + j) % every == 0} | {i // modulus}

    graph = made(network("x[i in 0..9]", f"t[i in 1..{n}] = {rule}"))
    for i in range(1, n + 1):
        assert into(graph, f"t[{i}]") == [f"x[{k}]" for k in sorted(wanted(i))]


def test_a_million_edges_in_time_and_memory_that_grow_linearly() -> None:
    seconds, peaks = [], []
    for n in (4_000, 16_000):
        tracemalloc.start()
        start = time.perf_counter()
        graph = made(BIG, {"n": n})
        seconds.append(time.perf_counter() - start)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert len(graph.nodes) == 7 * 16_000
    assert len(graph.into_members) > 1_000_000
    assert seconds[1] < 30, "slowed down by the measuring of memory"
    assert peaks[1] < 600e6
    assert peaks[1] < 6 * peaks[0]


@pytest.mark.parametrize(
    ("base", "top"),
    [
        ("a, x[i in 1..1_000_000_000_000]", "t = any(a)"),
        ("a, x[i in 1..100_000, j in 1..100_000]", "t = any(a)"),
        ("x[i in 1..30_000]", "t[i in 1..30_000] = any(x[*])"),
        ("a, x[i in 1..30_000]", "t = any(a) or any(x[i] and x[j] for i in 1..30_000, j in 1..30_000)"),
    ],
)
def test_what_can_t_fit_is_refused_at_once(base: str, top: str) -> None:
    start = time.perf_counter()
    assert {d.code for d in elaborated(network(base, top))[1].errors} == {"too-long"}
    assert time.perf_counter() - start < 5
