"""Numbers held as logarithms are numbers (language.md 4 and 8): expressions over λ against the same expressions on plain floats."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference_run import reference_run, study_of

import neurashed_dsl as nshed

# Growth by a factor above 1 makes λ a logarithm.
TEXT = """
network net {{
  level low {{ a, b, c }}
  level high {{ h = any(low) }}
  classes {{
    one <- h
    two <- h
  }}
  inputs {{
    x1: a -> one
    x2: b -> two
  }}
  init λ[a] = {a}
  init λ[b] = {b}
  init λ[c] = {c}
  update λ by multiplicative(2, 0.5)
}}
experiment trial {{
  model net
  run steps: 0
{records}
}}
"""


def recorded(expressions: list[str], a: float, b: float, c: float) -> list[float | bool]:
    """The values of expressions over λ[a], λ[b], λ[c], evaluated before any pass."""
    records = "\n".join(f"  record r{i} = {e} at end" for i, e in enumerate(expressions))
    program = nshed.loads(TEXT.format(a=repr(a), b=repr(b), c=repr(c), records=records))
    study = study_of(program)
    assert study.system.slots["λ"].log
    (found,) = reference_run(study, until="settle_numbers")
    return [found[f"r{i}"].item() for i in range(len(expressions))]


POSITIVE = st.floats(1e-3, 1e3)
# nshed beside Python, with holes for parts.
FORMS = [
    ("({x} + {y})",) * 2,
    ("({x} * {y})",) * 2,
    ("({x} - {y})",) * 2,
    ("min({x}, {y})",) * 2,
    ("max({x}, {y})",) * 2,
    ("abs({x} - {y})",) * 2,
    ("-{x}",) * 2,
    ("relu({x} - {y})",) * 2,
    ("sqrt(1 + abs({x}))",) * 2,
    ("log(1 + abs({x}))",) * 2,
    ("exp(-abs({x}))",) * 2,
    ("({x} / (1 + λ[b]))", "({x} / (1 + lam['b']))"),
    ("(1 + λ[c])^0.5 * {x}", "(1 + lam['c'])**0.5 * {x}"),
    ("(if {x} < {y} then {x} else {y})", "({x} if {x} < {y} else {y})"),
    (
        "(if λ[a] >= 2 or λ[b] == λ[c] then λ[a] else {y})",
        "(lam['a'] if lam['a'] >= 2 or lam['b'] == lam['c'] else {y})",
    ),
    ("sum(λ[n] * {x} for n in low)", "sum([v * {x} for v in lam.values()])"),
    ("mean(λ[n] + {y} for n in low)", "(sum([v + {y} for v in lam.values()]) / 3)"),
    ("max(λ[n] for n in low if n != a)", "max(lam['b'], lam['c'])"),
    ("prod(λ[n] for n in low)", "prod(lam.values())"),
]
LEAVES = [*((f"λ[{n}]", f"lam['{n}']") for n in "abcab"), *((n, n) for n in ("0", "1", "2", "0.5", "7/3"))]


@st.composite
def pairs(draw: st.DrawFn, depth: int = 3) -> tuple[str, str]:
    """One expression in both languages."""
    if depth == 0:
        return draw(st.sampled_from(LEAVES))
    parts = draw(pairs(depth - 1)), draw(pairs(depth - 1))
    ours, python = draw(st.sampled_from(FORMS))
    return ours.format(x=parts[0][0], y=parts[1][0]), python.format(x=parts[0][1], y=parts[1][1])


SPACE = {"prod": math.prod, "relu": lambda v: max(v, 0.0), "log": math.log, "exp": math.exp, "sqrt": math.sqrt}


@settings(max_examples=25, deadline=None)
@given(st.lists(pairs(), min_size=6, max_size=6), POSITIVE, POSITIVE, POSITIVE)
def test_expressions_are_those_of_numbers(both: list[tuple[str, str]], a: float, b: float, c: float) -> None:
    found = recorded([ours for ours, _ in both], a, b, c)
    # What a sum of parts of both signs loses is counted in units of its largest part.
    unit = 1e-12 * (3 * max(a, b, c, 7)) ** 4
    for (ours, python), value in zip(both, found):
        expected = eval(python, {**SPACE, "lam": {"a": a, "b": b, "c": c}})
        assert value == pytest.approx(expected, rel=1e-9, abs=min(unit, 1e-6)), ours


@settings(max_examples=30, deadline=None)
@given(st.sampled_from(["<", "<=", ">", ">=", "==", "!="]), POSITIVE, POSITIVE)
def test_comparisons(op: str, a: float, b: float) -> None:
    found = recorded([f"λ[a] {op} λ[b]", f"λ[a] {op} λ[a]", f"λ[a] {op} 0", f"λ[a] {op} -1", f"3 {op} λ[a]"], a, b, 1.0)
    expected = [eval(f"{x} {op} {y}") for x, y in ((a, b), (a, a), (a, 0), (a, -1), (3, a))]
    assert found == expected


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("λ[a]", 0.0),
        ("λ[a] + λ[b]", 3.0),
        ("λ[a] * λ[b]", 0.0),
        ("λ[b] - λ[a]", 3.0),
        ("λ[a] - λ[b]", -3.0),
        ("λ[a] - λ[a]", 0.0),
        ("λ[b] - λ[b]", 0.0),
        ("λ[a] / λ[b]", 0.0),
        ("λ[a]^2", 0.0),
        ("λ[a]^0", 1.0),
        ("λ[b]^0", 1.0),
        ("λ[b]^2", 9.0),
        ("λ[b]^(-1)", 1 / 3),
        ("sqrt(λ[a])", 0.0),
        ("exp(λ[a])", 1.0),
        ("log(λ[b])", math.log(3)),
        ("log(λ[a])", -math.inf),
        ("min(λ[a], λ[b])", 0.0),
        ("max(λ[a], -1)", 0.0),
        ("min(λ[b], -1)", -1.0),
        ("clip(λ[b], 0, 2)", 2.0),
        ("clip(λ[a], -1, 2)", 0.0),
        ("sum(λ[n] for n in low if n == a)", 0.0),
        ("sum(λ[n] for n in low)", 5.0),
        ("λ[b] // 2", 1.0),
        ("λ[b] % 2", 1.0),
        ("-λ[b]", -3.0),
        ("sign(λ[a] - λ[b])", -1.0),
        ("floor(λ[b] + 0.5)", 3.0),
    ],
)
def test_zero_and_three(expression: str, value: float) -> None:
    """λ is 0, 3 and 2; the logarithm of 0 is -∞."""
    (found,) = recorded([expression], 0.0, 3.0, 2.0)
    assert found == pytest.approx(value, rel=1e-14)


def test_nothing_overflows_until_it_must() -> None:
    """2^5000 is beyond a float; its logarithm, its ratios and its comparisons are not."""
    text = TEXT.replace("run steps: 0", "run steps: 5000, order: [x1]")
    expressions = [
        "log(λ[a])",
        "log(λ[a]^3 * λ[a])",
        "λ[a] > λ[b]",
        "log(λ[a] + λ[a])",
        "log(sqrt(λ[a]))",
        "λ[a]",
        "log(λ[b])",
        "λ[a] * λ[b]",
    ]
    records = "\n".join(f"  record r{i} = {e} at end" for i, e in enumerate(expressions))
    found = nshed.loads(text.format(a=1, b=1, c=1, records=records)).run()
    two = math.log(2)
    expected = [5000 * two, 20_000 * two, 1.0, 5001 * two, 2500 * two, math.inf, -5000 * two, 1.0]
    np.testing.assert_allclose([float(found[f"r{i}"]) for i in range(len(expected))], expected, rtol=1e-9)
