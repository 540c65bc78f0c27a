"""What a text means: trees, places, where a line goes on, which words are names."""

from fractions import Fraction
from itertools import pairwise

import pytest
from syntax_trees import parsed, tree_equal

from neurashed_dsl.diagnostics import Report, Source
from neurashed_dsl.syntax import ast
from neurashed_dsl.syntax.format import format_document
from neurashed_dsl.syntax.parse import parse


def body(text: str) -> ast.Expr:
    function = parsed(f"fn f(x) = {text}").items[0]
    assert isinstance(function, ast.Function)
    return function.body


def same(one: str, other: str) -> bool:
    return tree_equal(body(one), body(other))


@pytest.mark.parametrize(
    ("loose", "tight"),
    [
        ("if a then b else c or d", "if a then b else (c or d)"),
        ("a or b and c", "a or (b and c)"),
        ("a and not b", "a and (not b)"),
        ("not a == b", "not (a == b)"),
        ("not a in b", "not (a in b)"),
        ("a < b + c", "a < (b + c)"),
        ("a + b * c", "a + (b * c)"),
        ("a - b - c", "(a - b) - c"),
        ("a / b // c % d * e", "(((a / b) // c) % d) * e"),
        ("-a * b", "(-a) * b"),
        ("-a^2", "-(a^2)"),
        ("a^-b^c", "a^(-(b^c))"),
        ("a^b^c", "a^(b^c)"),
        ("a or b or c", "(a or b) or c"),
    ],
)
def test_binding_strength(loose: str, tight: str) -> None:
    assert same(loose, tight)


def test_numbers_are_exact() -> None:
    found = {text: body(text) for text in ("3", "0.5", "1e-3", "10_000", "1e3", "0.1e1", "2.0")}
    assert all(isinstance(n, ast.Number) and n.text == t for t, n in found.items())
    values = {t: n.value for t, n in found.items() if isinstance(n, ast.Number)}
    assert values == {
        "3": 3,
        "0.5": Fraction(1, 2),
        "1e-3": Fraction(1, 1000),
        "10_000": 10000,
        "1e3": 1000,
        "0.1e1": 1,
        "2.0": 2,
    }
    assert [type(values[t]) for t in ("3", "1e3", "2.0")] == [int, int, Fraction]


def test_greek_letters_have_ascii_spellings() -> None:
    assert same("λ + η + κ", "lambda + eta + kappa")
    assert same("é", "e\u0301"), "one letter, spelt in two ways"


def test_texts_resolve_their_escapes() -> None:
    text = body(r'"a \"b\" \\ \n # {"')
    assert isinstance(text, ast.Text)
    assert text.value == 'a "b" \\ \n # {'


LINES = [
    ("fn f(x) =\n  if a then b\n  else if c\n  then d\n  else e", "fn f(x) = if a then b else if c then d else e"),
    ("rule f(x) = a or\n  b\n  and c", "rule f(x) = a or b and c"),
    ("fn f(x) = max(a,\n\n  # why\n  b\n)", "fn f(x) = max(a, b)"),
    ("fn f(x) = a +  # why\n\n  b", "fn f(x) = a + b"),
    ("network n\n{\n  level l\n  {\n    a,\n    b\n  }\n}", "network n { level l { a, b } }"),
    ("system s {\n  d/dt x[b in block] =\n    x[b]\n}", "system s { d/dt x[b in block] = x[b] }"),
    ("network n { inputs {\n a: b, c\n -> d\n } }", "network n { inputs { a: b, c -> d } }"),
    ("network n { classes {\n a <-\n b } }", "network n { classes { a <- b } }"),
    ("network n { level l { a, b, } }", "network n { level l { a, b } }"),
    ("experiment e {\n  run steps: 1,\n    batch: 2\n}", "experiment e { run steps: 1, batch: 2 }"),
    ('use "a" (b,\n c as d,\n)', 'use "a" (b, c as d)'),
]


@pytest.mark.parametrize(("long", "short"), LINES)
def test_where_a_line_goes_on(long: str, short: str) -> None:
    assert tree_equal(parsed(long).items, parsed(short).items)


WORDS = [
    "fire",
    "label",
    "name",
    "step",
    "end",
    "start",
    "weight",
    "model",
    "run",
    "rest",
    "level",
    "every",
    "at",
    "when",
    "first",
    "of",
    "network",
    "lambda",
    "from",
    "by",
    "as",
    "init",
]


@pytest.mark.parametrize("word", WORDS)
def test_words_are_names_where_they_mean_nothing(word: str) -> None:
    text = f"""network {word}({word}: {word} = 1) {{
  level {word} {{ {word}, {word}2 }}
  level l {{ {word} = any({word}, {word}[1]) and {word} }}
  classes {{ {word} <- {word} }}
  inputs {{ {word}: {word} -> {word} weight {word} }}
  inputs from "f" {{
    name {word}
    label {word}
    fire {word} when {word} == 1
  }}
  init {word}[{word}] = {word}
  update {word}[{word}] by {word} when {word}
}}
system {word} {{
  state {word}[{word}] = {word}
  {word}[{word} in {word}] <- {word}
}}
experiment {word} {{
  model {word}
  run {word}: {word}
  record {word} = {word} every {word}
  sweep {word} in {word}
  expect {word} < {word} for {word}% of repeats
  stop when {word}
  set {word} = {word} at step {word}
  prune {word} {word}: {word}
  stage {word} {{ snapshot {word} }}
  stage {word} {{ rewind to {word} }}
}}
"""
    assert tree_equal(parsed(text).items, parsed(format_document(parsed(text))).items)


def test_words_that_cannot_be_names() -> None:
    for word in ("if", "then", "else", "and", "or", "not", "in", "for", "true", "false"):
        report = Report()
        parse(Source("test", f"param {word} = 1"), report)
        assert report.found, word


def test_a_node_knows_its_place() -> None:
    text = '# first\nfn f(x) = (a + b) * g(c)  # last\n\nlaw l {\n  fire(x) = "λ"\n}\n'
    document = parsed(text)
    function, law = document.items
    assert isinstance(function, ast.Function)
    assert isinstance(law, ast.Law)
    assert function.span.text == "fn f(x) = (a + b) * g(c)"
    assert function.body.span.text == "(a + b) * g(c)"
    assert isinstance(function.body, ast.Binary)
    assert function.body.right.span.text == "g(c)"
    assert law.parts[0].span.text == 'fire(x) = "λ"'
    assert law.parts[0].span.place == "test:5:3"
    assert [(c.text, c.own_line) for c in document.comments] == [("# first", True), ("# last", False)]
    assert all(one.span.end <= other.span.start for one, other in pairwise(document.items))


def test_a_shared_statement_makes_a_node_of_each_equation() -> None:
    system = parsed("system s { boundary x[0] = 0, x[n + 1] = target }").items[0]
    assert isinstance(system, ast.System)
    assert [type(item) for item in system.items] == [ast.Boundary, ast.Boundary]


def test_what_is_right_is_kept_where_something_is_wrong() -> None:
    report = Report()
    text = "network n {\n  level l { a, b c }\n  classes { d <- a }\n  init = 3\n}\nfn f(x) = x\nlaw = 3\n"
    document = parse(Source("test", text), report)
    network, function = document.items
    assert isinstance(network, ast.Network)
    assert isinstance(function, ast.Function)
    assert [type(item) for item in network.items] == [ast.Level, ast.Classes]
    assert len(report.found) == 3
    assert [d.span.start for d in report.found if d.span] == sorted(d.span.start for d in report.found if d.span)


def test_nodes_do_not_change() -> None:
    name = body("x")
    with pytest.raises(AttributeError):
        name.span = None  # type: ignore[misc, assignment]
    with pytest.raises(TypeError):
        ast.Name(span=name.span)  # type: ignore[call-arg]
    with pytest.raises(TypeError):
        ast.Name(span=name.span, name="x", nme="y")  # type: ignore[call-arg]
