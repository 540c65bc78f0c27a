"""A law many times at once: against the same law one time after another, in fractions."""

import math
from fractions import Fraction
from functools import reduce

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from small_systems import N, plus, system, times, x_of

from neurashed_dsl.ir import scalar
from neurashed_dsl.ir.evaluate import evaluate
from neurashed_dsl.ir.expr import Apply, Const, Expr, Read, Select, Var, transform
from neurashed_dsl.ir.fractional import fractional
from neurashed_dsl.ir.system import Slot
from neurashed_dsl.passes.at_once import many

Matrix = tuple[Fraction, Fraction, Fraction, Fraction]
SMALL = st.integers(0, 128).map(lambda n: Fraction(n, 64))


def power(m: Matrix, k: int) -> Matrix:
    """M^k by repeated squaring."""
    if k == 0:
        return Fraction(1), Fraction(0), Fraction(0), Fraction(1)
    half = power(m, k // 2)
    return product(product(half, half), m) if k % 2 else product(half, half)


def product(a: Matrix, b: Matrix) -> Matrix:
    return (
        a[0] * b[0] + a[1] * b[2],
        a[0] * b[1] + a[1] * b[3],
        a[2] * b[0] + a[3] * b[2],
        a[2] * b[1] + a[3] * b[3],
    )


def mapped(m: Matrix, x: Fraction) -> Fraction:
    return (m[0] * x + m[1]) / (m[2] * x + m[3])


def log_of(x: Fraction) -> float:
    if x == 0:
        return -math.inf
    small = Fraction(1, 10**300) < x < 10**300
    return math.log(x) if small else math.log(x.numerator) - math.log(x.denominator)


@st.composite
def matrices(draw: st.DrawFn) -> Matrix:
    p, q, r, s = draw(st.tuples(SMALL, SMALL, SMALL, SMALL))
    # Each form that has roots or eigenvalues of its own: one eigenvalue, an affine map, a fixed point at 0, a constant.
    p, q, r = draw(
        st.sampled_from(
            [(p, q, r), (s, Fraction(0), r), (p, q, Fraction(0)), (p, Fraction(0), r), (Fraction(0), q, Fraction(0))]
        )
    )
    assume(s > 0 and p * s >= q * r)
    return p, q, r, s


@given(matrices(), SMALL, st.sampled_from([0, 1, 2, 3, 10, 100, 2000]))
def test_a_fractional_map_many_times(m: Matrix, x: Fraction, k: int) -> None:
    exact = mapped(power(m, k), x)
    found = scalar.fractional(*map(float, (x, *m, k)))
    if exact > Fraction(10) ** 300:
        return
    assert found == pytest.approx(float(exact), rel=1e-12, abs=1e-290)
    logarithm = math.log(x) if x > 0 else -math.inf
    assert scalar.log_fractional(logarithm, *map(float, (*m, k))) == pytest.approx(log_of(exact), rel=1e-12, abs=1e-12)


@given(st.integers(-64, 64), st.integers(-64, 64), st.integers(0, 64), st.integers(0, 100))
def test_affine_maps_of_either_sign(x: int, c: int, a: int, k: int) -> None:
    exact = reduce(lambda v, _: Fraction(a, 32) * v + c, range(k), Fraction(x))
    found = scalar.fractional(float(x), a / 32, float(c), 0.0, 1.0, float(k))
    assert found == pytest.approx(float(exact), rel=1e-11, abs=1e-11 * max(1.0, (a / 32) ** k))


def test_a_million_rests() -> None:
    """x/(1 + b·x) is x/(1 + k·b·x) after k; a float that takes each step has lost digits."""
    assert scalar.fractional(0.5, 1.0, 0.0, 0.005, 1.0, 1e6) == 0.5 / 2501
    assert scalar.log_fractional(1000.0, 1.0, 0.0, 1.0, 1.0, 4.0) == pytest.approx(-math.log(4), rel=1e-14)


# --- which laws they are -------------------------------------------------------------------------------------------------

X, B = Var("x"), Var("b")
ONE = Const(Fraction(1))


def divided(a: Expr, b: Expr) -> Apply:
    return Apply("/", (a, b))


FORMS = {
    "x / (1 + b x)": divided(X, plus(ONE, times(B, X))),
    "x * (1 / (b + x))": times(X, divided(ONE, plus(B, X))),
    "1 / (1 / x + b)": divided(ONE, plus(divided(ONE, X), B)),
    "(1 + b x) ^ -1": Apply("^", (plus(ONE, times(B, X)), Const(-1))),
    "b - b / (1 + x)": Apply("-", (B, divided(B, plus(ONE, X)))),
    "-(x / (b - x)) / b": divided(Apply("neg", (divided(X, Apply("-", (B, X))),)), B),
    "if b < 2 then x / (1 + x) else b x": Select(
        Apply("<", (B, Const(2))), divided(X, plus(ONE, X)), times(B, X)
    ),
}  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
@given(x=st.fractions(1, 5, max_denominator=50), b=st.fractions(6, 9, max_denominator=50))
def test_a_form_is_what_it_was(form: str, x: Fraction, b: Fraction) -> None:
    found = fractional(FORMS[form], "x")
    assert found is not None
    m = [Fraction(evaluate(e, {"b": b})) for e in found]
    assert mapped((m[0], m[1], m[2], m[3]), x) == evaluate(FORMS[form], {"x": x, "b": b})


@pytest.mark.parametrize(
    "other",
    [
        times(X, Apply("-", (ONE, times(B, X)))),
        divided(X, plus(ONE, times(X, X))),
        Apply("exp", (X,)),
        plus(divided(ONE, X), X),
        Select(Apply("<", (X, ONE)), X, B),
        Apply("^", (X, Const(-2))),
    ],
)
def test_other_forms_are_none(other: Expr) -> None:
    assert fractional(other, "x") is None


# --- what the pass makes of them -------------------------------------------------------------------------------------------


def once(law: Expr, *, log: bool = False, positive: bool = True, **parts: object) -> str | None:
    """The operator that does many at once; None if there is no closed form."""
    slot = Slot("x", ("node",), "real", (), log, positive)
    found = many(law, x_of(), slot, system(**parts))
    made = None if found is None else found(x_of(), Var("k"))
    return made.op if isinstance(made, Apply) else "if" if isinstance(made, Select) else None


def shrunk(b: Expr) -> Apply:
    return Apply("divide", (x_of(), plus(Const(1.0), times(b, x_of()))))


def test_numbers_decide_whether_it_may_be_done() -> None:
    assert once(shrunk(Read("p"))) == "fractional"
    assert once(shrunk(Read("w", (N,)))) == "fractional"
    assert once(shrunk(Read("p")), positive=False) is None  # x may be where the denominator is 0
    assert once(shrunk(Read("p")), parameters={"p": -0.5}) is None
    assert once(plus(times(Read("q"), x_of()), Read("p")), positive=False) == "fractional"
    assert once(plus(times(Read("q"), x_of()), Read("p")), parameters={"p": 1.0, "q": -0.5}) is None
    assert once(shrunk(Apply("real", (Var("step"),)))) is None


def test_logarithms() -> None:
    """x/(1 + b·x) and a·x + c of numbers held as logarithms."""
    b = Apply("log", (Read("p"),))
    assert once(Apply("-", (x_of(), Apply("log_sum", (Const(0.0), plus(b, x_of()))))), log=True) == "log_fractional"
    assert once(Apply("log_sum", (plus(b, x_of()), Const(0.0))), log=True) == "log_fractional"
    assert once(plus(x_of(), b), log=True) == "+"
    assert once(times(x_of(), Const(0.5)), log=True) is None  # a root, not a factor


def test_down_to_a_floor() -> None:
    """max(x - c, 0) is max(x - k·c, 0) after k >= 1; one that could climb from its floor isn't done at once."""
    less = Apply("-", (x_of(), Const(0.25)))
    assert once(Apply("relu", (less,)), positive=False) == "if"
    assert once(Apply("max", (Const(0.0), less))) == "if"
    assert once(Apply("min", (plus(x_of(), Const(0.25)), Read("p")))) == "if"
    assert once(Apply("max", (plus(x_of(), Const(0.25)), Const(0.0)))) is None
    assert once(Apply("max", (times(x_of(), Const(-0.5)), Const(0.0))), positive=False) is None
    slot = Slot("x", ("node",), "real", ())
    for law in (Apply("relu", (less,)), Apply("max", (times(x_of(), Const(0.5)), Const(0.125)))):
        found = many(law, x_of(), slot, system())
        assert found is not None
        for start in (-1.0, -0.0625, 0.0, 0.375, 3.0):
            value = start
            for k in range(20):
                assert evaluate(found(Const(start), Const(k))) == pytest.approx(value, rel=1e-14)
                value = evaluate(transform(law, lambda e, v=value: Const(v) if e == x_of() else e))
