"""AST nodes of expressions and of the small declarations, one maker for each rule of the grammar."""

import re
from collections.abc import Callable
from fractions import Fraction
from typing import Any

from neurashed_dsl.diagnostics import Report, Span
from neurashed_dsl.syntax import ast, errors
from neurashed_dsl.syntax.spelling import spelled

MOST_DIGITS = 1000

_ESCAPES = {"n": "\n", "t": "\t", '"': '"', "\\": "\\"}


def number(span: Span, text: str, report: Report) -> ast.Number:
    """Exact. A number beyond `MOST_DIGITS` places is refused (and 0): its value could fill the memory."""
    digits, _, exponent = text.replace("_", "").lower().partition("e")
    if len(digits) > MOST_DIGITS or len(exponent) > 5 or abs(int(exponent or 0)) > MOST_DIGITS:
        report.add(errors.HUGE_NUMBER.at(span, most=MOST_DIGITS))
        return ast.Number(span=span, value=0, text=text)
    if "." in digits or exponent.startswith("-"):
        return ast.Number(span=span, value=Fraction(f"{digits}e{exponent or 0}"), text=text)
    return ast.Number(span=span, value=int(digits) * 10 ** int(exponent or 0), text=text)


def text(span: Span, quoted: str, report: Report) -> ast.Text:
    def escape(match: re.Match[str]) -> str:
        if match[1] not in _ESCAPES:
            at = span.start + 1 + match.start()
            report.add(errors.BAD_ESCAPE.at(Span(span.source, at, at + 2), found=match[0]))
        return _ESCAPES.get(match[1], match[1])

    return ast.Text(span=span, value=re.sub(r"\\(.)", escape, quoted[1:-1]))


def name(span: Span, word: str, _: Report | None = None) -> ast.Name:
    return ast.Name(span=span, name=spelled(word))


def binary(span: Span, left: ast.Expr, op: str, right: ast.Expr) -> ast.Binary:
    return ast.Binary(span=span, op=str(op), left=left, right=right)


def parameter(span: Span, name: ast.Name, *rest: Any) -> ast.Parameter:
    inside, type_, default, bound = rest
    words = {"binders" if inside and isinstance(inside[0], ast.Binder) else "arguments": inside} if inside else {}
    return ast.Parameter(span=span, name=name, type=type_, default=default, bound=bound, **words)


def file_argument(span: Span, name: ast.Name, path: ast.Text, array: ast.Text | None) -> ast.Argument:
    file = ast.DataFile(span=path.span.to((array or path).span), path=path, array=array)
    return ast.Argument(span=span, name=name.name, value=file)


def data(span: Span, name: ast.Name, binders: Any, path: ast.Text, *options: Any) -> ast.Data:
    """The name of the array stands first, where one is given; a second one is an option that nothing takes."""
    given = arguments(tuple(o for o in options if o is not None))
    array = given[0].value if given and given[0].name is None and isinstance(given[0].value, ast.Text) else None
    file = ast.DataFile(span=path.span.to((array or path).span), path=path, array=array)
    rest = given[1:] if array is not None else given
    return ast.Data(span=span, name=name, binders=binders or (), file=file, options=rest)


def law(span: Span, unchecked: str | None, name: ast.Name, params: Any, *parts: ast.LawPart) -> ast.Law:
    return ast.Law(span=span, name=name, parameters=params or (), parts=parts, unchecked=unchecked is not None)


def arguments(nodes: tuple[Any, ...]) -> tuple[ast.Argument, ...]:
    """Comprehensions, `*` and edges are arguments, too."""
    return tuple(n if isinstance(n, ast.Argument) else ast.Argument(span=n.span, name=None, value=n) for n in nodes)


def items(_: Span, *parts: Any) -> tuple[Any, ...]:
    return parts


def only(_: Span, part: Any) -> Any:
    return part


LITERALS: dict[str, Callable[[Span, str, Report], ast.Node]] = {"number": number, "text": text, "name": name}

EXPRESSIONS: dict[str, Callable[..., Any]] = {
    "truth": lambda s, word: ast.Truth(span=s, value=word == "true"),
    "star": lambda s, _: ast.Star(span=s),
    "interval": lambda s, low, high: ast.Interval(span=s, low=low, high=high),
    "edge": lambda s, source, target: ast.EdgeRef(span=s, source=source, target=target),
    "comprehension": lambda s, e, binders, where: ast.Comprehension(span=s, body=e, binders=binders, where=where),
    "if_": lambda s, condition, yes, no: ast.If(span=s, condition=condition, yes=yes, no=no),
    "binary": binary,
    "membership": lambda s, left, right: ast.Binary(span=s, op="in", left=left, right=right),
    "not_": lambda s, e: ast.Unary(span=s, op="not", operand=e),
    "negative": lambda s, _, e: ast.Unary(span=s, op="-", operand=e),
    "member": lambda s, experiment, name: ast.Member(span=s, experiment=experiment, name=name),
    "call": lambda s, name, *nodes: ast.Call(span=s, function=name, arguments=arguments(nodes)),
    "index": lambda s, name, *nodes: ast.Index(span=s, base=name, arguments=arguments(nodes)),
    "pick": lambda s, call, *nodes: ast.Pick(span=s, base=call, arguments=arguments(nodes)),
    "list": lambda s, *parts: ast.ListOf(span=s, items=parts),
    "drawn": lambda s, call: ast.Drawn(span=s, distribution=call),
    "argument": lambda s, value: ast.Argument(span=s, name=None, value=value),
    "named": lambda s, name, value: ast.Argument(span=s, name=name.name, value=value),
    "named_file": file_argument,
    "binder": lambda s, name, domain: ast.Binder(span=s, name=name.name, domain=domain),
    "axis_only": lambda s, name: ast.Binder(span=s, name=name.name, domain=None),
    "for_binders": items,
    "binders": items,
    "families": items,
    "targets": items,
    "params": items,
    "param_arguments": items,
    "names": items,
    "imports": items,
    "type": only,
    "use": lambda s, path, names: ast.Use(span=s, path=path, names=names),
    "import": lambda s, theirs, ours: (theirs, ours or theirs),
    "param": parameter,
    "rest_param": lambda s, name, _: ast.Parameter(span=s, name=name, rest=True),
    "file_param": lambda s, parameter: ast.FileParameter(span=s, parameter=parameter),
    "fn": lambda s, name, params, body: ast.Function(span=s, name=name, parameters=params, body=body),
    "rule": lambda s, name, params, body: ast.Rule(span=s, name=name, parameters=params, body=body),
    "data": data,
    "law": law,
    "law_part": lambda s, name, x, body: ast.LawPart(span=s, name=name, argument=x, body=body),
    "measure": lambda s, name, params, binders, type_, body: ast.Measure(
        span=s, name=name, parameters=params or (), binders=binders or (), type=type_, body=body
    ),
}
