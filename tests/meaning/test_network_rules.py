"""Rules against truth tables made by plain Python booleans."""

from collections.abc import Callable
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from written_networks import REST, elaborated, into, made, truth_table

from neurashed_dsl.ir.circuit import pack, reference, unpack
from neurashed_dsl.ir.wires import all_wires

NAMES = "abcde"
Bits = dict[str, bool]
Rule = tuple[str, Callable[[Bits], bool]]

QUORUM = "rule quorum(share, deps...) = count(deps) >= share * size(deps)\n"
BETWEEN = "rule between(low, high = 3, x, others...) = count(x, others) >= low and count(others) <= high\n"


def network(rule: str, before: str = QUORUM) -> str:
    return (
        f"{before}network n {{\n  level base {{ a, b, c, d, e }}\n  level top {{ t = {rule} }}\n"
        f"  classes {{ k <- t }}\n  inputs {{ i: a -> k }}\n{REST}"
    )


def table_of(rule: str, before: str = QUORUM) -> np.ndarray:
    return truth_table(made(network(rule, before)))[:, 5]


def bits_of(pattern: int) -> Bits:
    return {name: bool(pattern >> i & 1) for i, name in enumerate(NAMES)}


def table_by(function: Callable[[Bits], bool]) -> np.ndarray:
    return np.array([function(bits_of(p)) for p in range(32)])


KNOWN = {
    "any(a, b)": lambda v: v["a"] or v["b"],
    "all(a, b, c)": lambda v: v["a"] and v["b"] and v["c"],
    "none(a, b)": lambda v: not v["a"] and not v["b"],
    "majority(a, b, c, d)": lambda v: v["a"] + v["b"] + v["c"] + v["d"] > 2,
    "majority(a, b, c)": lambda v: v["a"] + v["b"] + v["c"] > 1.5,
    "at_most(1, a, b, c)": lambda v: v["a"] + v["b"] + v["c"] <= 1,
    "exactly(2, a, b, c)": lambda v: v["a"] + v["b"] + v["c"] == 2,
    "a": lambda v: v["a"],
    "not a": lambda v: not v["a"],
    "not exactly(1, a, b)": lambda v: v["a"] == v["b"],
    "a == b": lambda v: v["a"] == v["b"],
    "a != b": lambda v: v["a"] != v["b"],
    "a + 2*b - c >= 2": lambda v: v["a"] + 2 * v["b"] - v["c"] >= 2,
    "0.1*a + 0.2*b >= 0.3": lambda v: v["a"] and v["b"],
    "a/3 + b/6 > 1/3": lambda v: v["a"] and v["b"],
    "(a and b) + (c or d) == 1": lambda v: (v["a"] and v["b"]) != (v["c"] or v["d"]),
    "-a - b <= -1": lambda v: v["a"] or v["b"],
    "2*(a - b) + 3 > c + 3": lambda v: 2 * (v["a"] - v["b"]) > v["c"],
    "at_least(2, a, a, b)": lambda v: v["a"] and v["b"],  # a node named twice is one dependent
    "any(base) and not all(base)": lambda v: 0 < sum(v.values()) < 5,
    "quorum(1/2, base)": lambda v: sum(v.values()) >= 2.5,
    "quorum(share: 0.7, a, b, c)": lambda v: v["a"] + v["b"] + v["c"] >= 2.1,
    "count(a, b) > count(c, d)": lambda v: v["a"] + v["b"] > v["c"] + v["d"],
    "count(a, not b) == size(a, b)": lambda v: v["a"] and not v["b"],
    "if size(base) > 4 then a else b": lambda v: v["a"],
}


@pytest.mark.parametrize("rule", KNOWN)
def test_a_rule_fires_as_it_reads(rule: str) -> None:
    assert (table_of(rule) == table_by(KNOWN[rule])).all()


def test_a_named_rule_takes_defaults_names_and_conditions() -> None:
    def between(v: Bits) -> bool:
        x = v["a"] and v["b"]
        return x + v["c"] + v["d"] + v["e"] >= 2 and v["c"] + v["d"] + v["e"] <= 2

    found = table_of("between(2, 2, a and b, c, d, e)", BETWEEN)
    assert (found == table_by(between)).all()
    assert (table_of("between(high: 2, 2, a and b, c, d, e)", BETWEEN) == found).all()


def test_a_plain_rule_is_one_gate() -> None:
    for rule in ("any(a, b)", "a and not b and c", "not any(a, b)", "a + 2*b >= 2", "not a", "a"):
        circuit = made(network(rule)).circuit
        assert (circuit.wires, len(circuit.target)) == (6, 1), rule


def test_dependents_are_the_nodes_named_wherever_they_stand() -> None:
    assert into(made(network("(e and not b) or 0*a + quorum(1, c, b) >= 1")), "t") == ["a", "b", "c", "e"]
    assert into(made(network("if 1 > 2 then any(a, b) else all(d, c)")), "t") == ["c", "d"]


# --- generated rules -------------------------------------------------------------------------------------------------


def counted(parts: list[Rule]) -> Callable[[Bits], int]:
    return lambda v: sum(f(v) for _, f in parts)


@st.composite
def listed(draw: st.DrawFn, inner: st.SearchStrategy[Rule]) -> Rule:
    parts = draw(st.lists(inner, min_size=1, max_size=4, unique_by=lambda r: r[0]))
    texts, n, k = ", ".join(t for t, _ in parts), counted(parts), draw(st.integers(1, len(parts)))
    size, share = len(parts), draw(st.fractions(Fraction(1, 7), 1, max_denominator=7))
    return draw(
        st.sampled_from(
            [
                (f"any({texts})", lambda v: n(v) > 0),
                (f"all({texts})", lambda v: n(v) == size),
                (f"none({texts})", lambda v: n(v) == 0),
                (f"majority({texts})", lambda v: 2 * n(v) > size),
                (f"at_least({k}, {texts})", lambda v: n(v) >= k),
                (f"at_most({k - 1}, {texts})", lambda v: n(v) < k),
                (f"exactly({k}, {texts})", lambda v: n(v) == k),
                (f"quorum({share}, {texts})", lambda v: n(v) >= share * size),
                (f"(count({texts}) != {k})", lambda v: n(v) != k),
            ]
        )
    )


@st.composite
def weighted(draw: st.DrawFn, inner: st.SearchStrategy[Rule]) -> Rule:
    parts = draw(st.lists(st.tuples(st.fractions(-3, 3, max_denominator=4), inner), min_size=1, max_size=3))
    op, bound = draw(st.sampled_from([">=", "<=", ">", "<", "==", "!="])), draw(st.fractions(-2, 2, max_denominator=4))
    text = " + ".join(f"({w})*({t})" for w, (t, _) in parts)
    functions = [(w, f) for w, (_, f) in parts]

    def holds(v: Bits) -> bool:
        x = sum(w * f(v) for w, f in functions)
        return {">=": x >= bound, "<=": x <= bound, ">": x > bound, "<": x < bound, "==": x == bound, "!=": x != bound}[
            op
        ]

    return f"({text} {op} {bound})", holds


def larger(inner: st.SearchStrategy[Rule]) -> st.SearchStrategy[Rule]:
    return st.one_of(
        inner.map(lambda r: (f"(not {r[0]})", lambda v: not r[1](v))),
        st.tuples(inner, inner).map(lambda p: (f"({p[0][0]} and {p[1][0]})", lambda v: p[0][1](v) and p[1][1](v))),
        st.tuples(inner, inner).map(lambda p: (f"({p[0][0]} or {p[1][0]})", lambda v: p[0][1](v) or p[1][1](v))),
        listed(inner),
        weighted(inner),
    )


def leaf(name: str) -> Rule:
    return name, lambda v: v[name]


RULES = st.recursive(st.sampled_from(NAMES).map(leaf), larger, max_leaves=8)


@settings(max_examples=60, deadline=None)
@given(RULES)
def test_a_generated_rule_fires_as_python_says(rule: Rule) -> None:
    text, function = rule
    wanted = table_by(function)
    graph, report = elaborated(network(text))
    codes = {d.code for d in report.errors}
    if codes & {"always-fires", "never-fires"} and report.errors[0].message.startswith("`t`"):
        assert wanted.all() if "always-fires" in codes else not wanted.any(), text
        return
    if codes:
        assert codes <= {"always-fires", "never-fires"}, text  # of a part: a threshold that nothing can pass
        return
    assert graph is not None
    assert (truth_table(graph)[:, 5] == wanted).all(), text


@settings(max_examples=30, deadline=None)
@given(st.lists(RULES, min_size=1, max_size=4), st.integers(1, 130), st.integers(0, 2**32))
def test_the_bit_parallel_table_is_the_reference_s(rules: list[Rule], samples: int, seed: int) -> None:
    text = network(rules[0][0]).replace(
        "level top {", "level top {\n" + "".join(f"    r{i} = {t}\n" for i, (t, _) in enumerate(rules))
    )
    graph, report = elaborated(text)
    if report.errors or graph is None:
        return
    bits = np.random.default_rng(seed).random((samples, 5)) < 0.5
    words = all_wires(graph.circuit, pack(bits))[: graph.circuit.nodes]
    assert (unpack(words, samples) == reference(graph.circuit, bits)).all()


def test_a_wide_gate_is_counted_exactly() -> None:
    text = (
        "network n {\n  level base { x[i in 1..200] }\n  level top {\n"
        "    t = sum((i % 7 - 3) * x[i] for i in 1..200) >= 5\n    u = at_least(90, x) }\n"
        f"  classes {{ k <- top }}\n  inputs {{ i: x[1] -> k }}\n{REST}"
    )
    graph = made(text)
    bits = np.random.default_rng(5).random((100, 200)) < 0.5
    weights = np.arange(1, 201) % 7 - 3
    words = all_wires(graph.circuit, pack(bits))
    found = unpack(words, 100)[:, 200:202]
    assert (found[:, 0] == (bits @ weights >= 5)).all()
    assert (found[:, 1] == (bits.sum(axis=1) >= 90)).all()
