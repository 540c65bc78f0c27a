"""How a rule reads beside a node in a picture: `∨`, `∧`, `≥2`, `a ∧ ¬b`."""

import re

from neurashed_dsl.model.network.building import FICKLE
from neurashed_dsl.model.scope import FunctionOf, Scope
from neurashed_dsl.syntax import ast

LONGEST = 28
SIGNS = {"any": "∨", "all": "∧", "none": "¬∨", "majority": ">½"}
THRESHOLDS = {"at_least": "≥", "at_most": "≤", "exactly": "="}
SYMBOLS = ((r"\band\b", "∧"), (r"\bor\b", "∨"), (r"\bnot\s+", "¬"), (">=", "≥"), ("<=", "≤"), ("!=", "≠"), ("==", "="))


def mark(rule: ast.Expr | None, scope: Scope) -> str:
    """The shortest true thing to say about a rule."""
    match rule:
        case None:
            return ""
        case ast.Call():
            return _call(rule, scope)
        case ast.Binary(op="and" | "or") if _plain(rule, rule.op, scope):
            return SIGNS["all" if rule.op == "and" else "any"]
        case ast.Name() | ast.Index():
            return "="
        case _:
            return spelt(rule.span.text)


def _call(rule: ast.Call, scope: Scope) -> str:
    name = rule.function.name
    meaning = scope.find(name)
    if isinstance(meaning, FunctionOf) and isinstance(meaning.declaration, ast.Rule):
        return name
    if name in FICKLE and len(rule.arguments) == 2:
        return _fickle(name, rule, scope)
    if not all(_is_reference(a.value) for a in rule.arguments[name in THRESHOLDS :]):
        return spelt(rule.span.text)
    if name in THRESHOLDS and rule.arguments:
        return THRESHOLDS[name] + spelt(rule.arguments[0].span.text)
    return SIGNS.get(name, name)


def _fickle(name: str, rule: ast.Call, scope: Scope) -> str:
    """`maybe 0.5 ∨`, `∨ strong 0.9`."""
    plain = (a.value for a in rule.arguments if a.name is None)
    given = dict(zip(FICKLE[name], plain)) | {a.name: a.value for a in rule.arguments if a.name is not None}
    if given.keys() != set(FICKLE[name]):
        return spelt(rule.span.text)
    inner = mark(given["rule"], scope)
    if name == "maybe":
        return f"maybe {spelt(given['p'].span.text)} {inner}"
    return f"{inner} strong {spelt(given['share'].span.text)}"


def _plain(x: ast.Expr, op: str, scope: Scope) -> bool:
    """A chain of one operator over names of nodes."""
    while isinstance(x, ast.Binary) and x.op == op:
        if not _is_reference(x.right):
            return False
        x = x.left
    return _is_reference(x)


def _is_reference(x: ast.Expr) -> bool:
    return isinstance(x, ast.Name | ast.Index) or (isinstance(x, ast.Comprehension) and _is_reference(x.body))


def spelt(text: str) -> str:
    """Source text with signs for words, cut to a length that fits a picture."""
    text = " ".join(text.split())
    for pattern, sign in SYMBOLS:
        text = re.sub(pattern, sign, text)
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
