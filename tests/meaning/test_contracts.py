"""The contract of laws: g⁺ grows, g⁻ fades, both increase (Su 2021, section 2)."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neurashed_dsl.diagnostics import Report, Source
from neurashed_dsl.ir.evaluate import evaluate
from neurashed_dsl.ir.expr import Const, Var
from neurashed_dsl.model.contracts import Lines, check_law, lines_of, lower_part
from neurashed_dsl.model.scope import Lowering, Scope, Typed
from neurashed_dsl.resources import folder
from neurashed_dsl.syntax import ast
from neurashed_dsl.syntax.parse import parse


def law_of(text: str) -> ast.Law:
    report = Report()
    (law,) = parse(Source("law.nshed", text), report).items
    assert report.found == []
    assert isinstance(law, ast.Law)
    return law


def findings(fire: str, rest: str, parameters: str = "", numbers: dict[str, object] | None = None) -> list[str]:
    report = Report()
    law = law_of(f"law l({parameters}) {{\n  fire(x) = {fire}\n  rest(x) = {rest}\n}}\n")
    check_law(law, Scope(), numbers, Lowering(report))
    return [d.message for d in report.found]


@pytest.mark.parametrize(
    ("fire", "rest"),
    [
        ("1.02 * x", "0.98 * x"),
        ("x + 0.01", "x"),
        ("1.000001 * x + 1e-9", "0 * x"),
        ("2 * x + 1", "x / 3"),
        ("x + 1 / (1 + x)^2 / 4", "x * exp(-0.1)"),
        ("x * 1.022^(11/4)", "x * 1.022^(-1/4)"),
        ("x * (1 + 1 / (step + 1))", "if step < 10 then x else 0.5 * x"),
        ("x * exp(0.1 + ~normal(0, 3))", "x * ~uniform(0, 1)"),
        ("(x + 1) * 2 - 1", "x - x / 4"),
        ("x + sqrt(x)", "min(x, 1)"),
    ],
)
def test_a_law_that_keeps_its_contract_is_let_through(fire: str, rest: str) -> None:
    assert findings(fire, rest) == []


@pytest.mark.parametrize(
    ("fire", "rest", "message"),
    [
        ("x", "x", "`fire` must exceed x: at x = 1 it gives 1"),
        ("1.3 * x", "1.3 * x", "`rest` must not exceed x: at x = 1 it gives 1.3"),
        ("2 * x", "x - 0.001", "`rest` must not go below 0: at x = 0.0005 it gives -0.0005"),
        ("2 * x", "0.5 * x + 0.0001", "`rest` must not exceed x: at x = 0.0001 it gives 0.00015"),
        ("0.999999 * x + 2", "x", "`fire` must exceed x: at x = 4e+06 it gives 4e+06"),
        ("x + 0.5 * (1 - x)", "x", "`fire` must exceed x: at x = 1 it gives 1"),
        ("2 * x", "0.52 * (x / 0.4)^2", "`rest` must not exceed x: at x = 1 it gives 3.25"),
        ("2 * x", "-x", "`rest` must not go below 0: at x = 1 it gives -1"),
        ("x * exp(~normal(-0.5, 1))", "x", "`fire` must exceed x: at x = 1 it gives 0.606531"),
        ("x * (1.5 - step/100)", "x", "`fire` must exceed x: at x = 1 it gives 0.5"),
    ],
)
def test_a_law_that_breaks_it_is_told_where(fire: str, rest: str, message: str) -> None:
    assert findings(fire, rest) == [message]


def test_a_breach_far_out_is_shown_by_a_point_that_breaks_it() -> None:
    (message,) = findings("1.0001 * x - 1e-12", "x")
    at = Fraction(message.split("x = ")[1].split()[0])
    assert Fraction("1.0001") * at - Fraction("1e-12") <= at


NUMBERS = st.fractions(-3, 3, max_denominator=8)


@settings(max_examples=80, deadline=None)
@given(NUMBERS, NUMBERS, NUMBERS, NUMBERS)
def test_lines_are_judged_as_the_theory_of_lines_says(a: Fraction, c: Fraction, b: Fraction, d: Fraction) -> None:
    # a·x + c > x for all x > 0: a >= 1 and c >= 0, but not 1 and 0. 0 <= b·x + d <= x: d = 0 and 0 <= b <= 1.
    messages = findings("a * x + c", "b * x + d", "a, c, b, d", {"a": a, "c": c, "b": b, "d": d})
    assert any("`fire`" in m for m in messages) == (not (a >= 1 and c >= 0 and (a, c) != (1, 0)))
    assert any("`rest`" in m for m in messages) == (not (d == 0 and 0 <= b <= 1))


def test_without_numbers_only_names_are_judged() -> None:
    assert findings("a * x", "b * x", "a, b") == []
    assert findings("a * x", "b * y", "a, b") == ["nothing here is called `y`"]
    assert findings("a * x", "x / a", "a = 1/2") != []


def test_a_part_is_lowered_with_its_argument_bound_to_any_expression() -> None:
    law = law_of("law l(a) {\n  fire(x) = a * x + step\n  rest(x) = x * ~uniform(0, a)\n}\n")
    fire, rest = law.parts
    to = Lowering(Report())
    plain = lower_part(fire, {"a": Typed(Const(3), "int")}, Typed(Const(2), "int"), Scope(), to)
    assert evaluate(plain.expr, {"step": 10}) == 16
    (grows, _) = law_of("law l(a) {\n  fire(x) = a * x\n  rest(x) = x\n}\n").parts
    logarithm = lower_part(grows, {"a": Typed(Const(3), "int")}, Typed(Var("l"), "log"), Scope(), to)
    assert logarithm.kind == "log"
    assert evaluate(logarithm.expr, {"l": 1000.0}) == pytest.approx(1000 + 1.0986122886681098)
    asked: list[str] = []

    def draw(x: ast.Call, scope: Scope) -> Typed:
        asked.append(x.function.name)
        assert isinstance(scope.find("a"), Typed)
        return Typed(Const(0.25), "real")

    drawn = lower_part(rest, {"a": Typed(Const(3), "int")}, Typed(Const(2), "int"), Scope(), to, draw)
    assert (evaluate(drawn.expr), asked, to.report.found) == (0.5, ["uniform"], [])
    lower_part(rest, {"a": Typed(Const(3), "int")}, Typed(Const(2), "int"), Scope(), to)
    assert [d.code for d in to.report.found] == ["draw-not-here"]


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("law l(a) {\n fire(x) = a * x\n rest(x) = x / a\n}", ((2.0, 0.0), (0.5, 0.0))),
        ("law l(a) {\n fire(x) = a * x + 1\n rest(x) = x / a\n}", ((2.0, 1.0), (0.5, 0.0))),
        ("law l(a) {\n fire(x) = a * x\n rest(x) = x / (a + step)\n}", "reads the step"),
        ("law l(a) {\n fire(x) = a * x * ~uniform(1, 2)\n rest(x) = x / a\n}", "draws"),
        ("law l(a) {\n fire(x) = a * x\n rest(x) = x^2 / a\n}", "is no line a·x + c"),
    ],
)
def test_laws_that_are_lines_are_known(text: str, lines: tuple[tuple[float, float], tuple[float, float]] | str) -> None:
    found = lines_of(law_of(text + "\n"), Scope(), {"a": 2}, Lowering(Report()))
    assert ((found.fire, found.rest) if isinstance(found, Lines) else found) == lines


def test_the_laws_of_the_library_keep_the_contract_as_far_as_they_promise() -> None:
    report = Report()
    document = parse(Source("laws.nshed", (folder("stdlib") / "laws.nshed").read_text("utf-8")), report)
    laws = {law.name.name: law for law in document.items if isinstance(law, ast.Law)}
    assert set(laws) == {"multiplicative", "additive", "saturating", "wandering"}
    for law in laws.values():
        check_law(law, Scope(), None, Lowering(report))
    assert report.found == []
    assert [name for name, law in laws.items() if law.unchecked] == ["saturating"]
