"""Expressions as documents: as few parentheses as binding strength allows, breaks only where a line may break."""

from collections.abc import Sequence

from neurashed_dsl.syntax import ast
from neurashed_dsl.syntax.pretty import Doc, Group, Nest, Soft

# How strongly an expression holds together; an operand weaker than its place asks for is put in parentheses.
IF, OR, AND, NOT, COMPARISON, SUM, PRODUCT, NEGATIVE, POWER, ATOM = range(10)

_STRENGTH = {
    "or": OR,
    "and": AND,
    **dict.fromkeys(("==", "!=", "<", "<=", ">", ">=", "in"), COMPARISON),
    **dict.fromkeys("+-", SUM),
    **dict.fromkeys(("*", "/", "//", "%"), PRODUCT),
    "^": POWER,
}
_CHAINS = (OR, AND, SUM, PRODUCT)
_ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t"})


def expression(expr: ast.Expr, least: int = IF) -> Doc:
    """In parentheses if it holds together less than `least`."""
    return ["(", _bare(expr), ")"] if strength(expr) < least else _bare(expr)


def strength(expr: ast.Expr) -> int:
    match expr:
        case ast.If():
            return IF
        case ast.Binary():
            return _STRENGTH[expr.op]
        case ast.Unary():
            return NOT if expr.op == "not" else NEGATIVE
    return ATOM


def _bare(expr: ast.Expr) -> Doc:
    match expr:
        case ast.Binary():
            return _binary(expr)
        case ast.If():
            return _if(expr)
        case ast.Unary(op="not"):
            return ["not ", expression(expr.operand, NOT)]
        case ast.Unary():
            return ["-", expression(expr.operand, NEGATIVE)]
        case ast.Call():
            return [expr.function.name, enclosed("(", [_argument(a) for a in expr.arguments], ")")]
        case ast.Index():
            return [expr.base.name, enclosed("[", [_argument(a) for a in expr.arguments], "]")]
        case ast.Pick():
            return [_bare(expr.base), enclosed("[", [_argument(a) for a in expr.arguments], "]")]
        case ast.ListOf():
            return enclosed("[", [expression(item) for item in expr.items], "]")
        case ast.Interval():
            return [expression(expr.low, SUM), "..", expression(expr.high, SUM)]
        case ast.EdgeRef():
            return [expression(expr.source, SUM), " -> ", expression(expr.target, SUM)]
        case ast.Comprehension():
            return _comprehension(expr, Soft(" "))
        case ast.Drawn():
            return ["~", expression(expr.distribution)]
    return _leaf(expr)


def _leaf(expr: ast.Expr) -> Doc:
    match expr:
        case ast.Member():
            return [f"{expr.experiment.name}.", expression(expr.name)]
        case ast.Number():
            return expr.text
        case ast.Name():
            return expr.name
        case ast.Text():
            return text(expr)
        case ast.Truth():
            return "true" if expr.value else "false"
    return "*"


def text(node: ast.Text) -> str:
    return f'"{node.value.translate(_ESCAPES)}"'


def data_file(node: ast.DataFile) -> str:
    return f"from {text(node.path)}" + (f" ({text(node.array)})" if node.array else "")


def _binary(expr: ast.Binary) -> Doc:
    """A chain of operators of one strength is one group, however long: it breaks everywhere or nowhere."""
    holds = _STRENGTH[expr.op]
    if holds == POWER:
        return [expression(expr.left, ATOM), "^", expression(expr.right, POWER)]
    if expr.op == "/" and isinstance(expr.left, ast.Number) and isinstance(expr.right, ast.Number):
        return f"{expr.left.text}/{expr.right.text}"  # a fraction: `11/4`
    links: list[ast.Binary] = [expr]
    while holds in _CHAINS and isinstance(left := links[-1].left, ast.Binary) and _STRENGTH[left.op] == holds:
        links.append(left)
    first = expression(links[-1].left, holds + (holds == COMPARISON))
    return Group([first, Nest([_link(link, holds + 1) for link in reversed(links)])])


def _link(link: ast.Binary, least: int) -> Doc:
    """Words begin the line that they break, marks end the one before it, as a line may go on."""
    right = expression(link.right, least)
    return [Soft(" "), f"{link.op} ", right] if link.op in ("and", "or") else [f" {link.op}", Soft(" "), right]


def _if(expr: ast.If) -> Doc:
    """A chain of `else if` always stands on lines of its own."""
    parts: list[Doc] = []
    last: ast.Expr = expr
    while isinstance(last, ast.If):
        head = "if " if last is expr else "else if "
        yes = Nest([Soft(" "), "then ", expression(last.yes)])
        parts += [Group([head, expression(last.condition), yes]), Soft(" ")]
        last = last.no
    return Group([*parts, "else ", expression(last)], broken=isinstance(expr.no, ast.If))


def _argument(argument: ast.Argument) -> Doc:
    value = data_file(argument.value) if isinstance(argument.value, ast.DataFile) else expression(argument.value)
    return value if argument.name is None else [f"{argument.name}: ", value]


def _comprehension(expr: ast.Comprehension, gap: Doc) -> Doc:
    where: Doc = [gap, "if ", expression(expr.where)] if expr.where is not None else []
    return Group([expression(expr.body), gap, "for ", commas([binder(b) for b in expr.binders]), where])


def listed(exprs: Sequence[ast.Expr]) -> Doc:
    """A list without brackets, where a line can't break before `for`."""
    return commas([_comprehension(e, " ") if isinstance(e, ast.Comprehension) else expression(e) for e in exprs])


def binder(node: ast.Binder) -> Doc:
    return node.name if node.domain is None else [node.name, " in ", expression(node.domain, SUM)]


def binders(nodes: Sequence[ast.Binder]) -> Doc:
    """`[b in block]`, or nothing."""
    return enclosed("[", [binder(b) for b in nodes], "]") if nodes else []


def commas(parts: Sequence[Doc]) -> Doc:
    """A list that fills its lines."""
    return [part for i, item in enumerate(parts) for part in ([",", Soft(" ", fill=True), item] if i else [item])]


def enclosed(opened: str, parts: Sequence[Doc], closed: str) -> Doc:
    """A list in brackets, which stand alone where it breaks."""
    if not parts:
        return opened + closed
    return Group([opened, Nest([Soft(""), commas(parts)]), Soft(""), closed])
