"""Numbers that must be known before the run: `steps: 2000`, `repeat 20`, arguments of a network."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from fractions import Fraction
from typing import Any

from neurashed_dsl.diagnostics import Report, Span, nearest
from neurashed_dsl.ir.evaluate import evaluate
from neurashed_dsl.ir.expr import Expr
from neurashed_dsl.model import errors
from neurashed_dsl.model import experiment_errors as words
from neurashed_dsl.model.arithmetic import as_float
from neurashed_dsl.model.demands import single, wanted
from neurashed_dsl.model.lower import lower
from neurashed_dsl.model.scope import Lowering, Scope
from neurashed_dsl.syntax import ast
from neurashed_dsl.values import frozen


@frozen
class Settings:
    """What the caller decides: values of parameters, the seed. `again` makes the same study with other values."""

    values: Mapping[str, Any] = field(default_factory=dict)
    seed: int | None = None
    again: Callable[[Mapping[str, Any]], Any] | None = None


def constant_number(
    x: ast.Expr, scope: Scope, to: Lowering, sort: str = "number"
) -> int | float | Fraction | bool | None:
    """The value of an expression without indices or states; None after a report. `sort`: "number" or "bool"."""
    typed = single(wanted(lower(x, scope, to), sort, x.span, to), x.span, to)
    return None if typed.kind == "unknown" else evaluated(typed.expr, x.span, to)


def evaluated(expr: Expr, span: Span, to: Lowering) -> Any:
    """The value of an expression that reads nothing but parameters; None after a report."""
    try:
        return evaluate(expr, {}, to.memory)
    except (KeyError, IndexError):
        to.report.add(errors.NOT_CONSTANT.at(span, what="what is known only during the run"))
    except ZeroDivisionError:
        to.report.add(errors.DIVIDED_BY_ZERO.at(span))
    except (OverflowError, ValueError, TypeError):
        to.report.add(errors.NOT_WHOLE.at(span, value="a number that is not finite"))
    return None


def whole(x: ast.Expr, what: str, least: int, scope: Scope, to: Lowering, most: int = 2**62) -> int | None:
    """A whole number of at least `least`."""
    value = constant_number(x, scope, to)
    if value is None:
        return None
    if not least <= value <= most or int(value) != value:
        bound = f"of at most {shown(most)}" if value > most else f"of at least {least}"
        to.report.add(words.BAD_STEPS.at(x.span, what=what, value=shown(value), bound=bound))
        return None
    return int(value)


def shown(value: int | float | Fraction) -> str:
    """A number as a reader expects it: 0.5, 3, 1e+12."""
    return str(value) if isinstance(value, int) and abs(value) < 10**9 else f"{as_float(value):.6g}"


def option(arguments: Sequence[ast.Argument], what: str, keys: Sequence[str], report: Report) -> dict[str, ast.Expr]:
    """Named arguments of a statement; an unknown, unnamed or repeated one is reported."""
    found: dict[str, ast.Expr] = {}
    for a in arguments:
        if a.name is None or a.name not in keys:
            name = a.name or a.value.span.text
            report.add(
                words.UNKNOWN_KEY.at(
                    a.span, what=what, name=name, near=nearest(name, keys), takes=", ".join(f"`{k}:`" for k in keys)
                )
            )
        elif a.name in found:
            report.add(errors.REPEATED_ARGUMENT.at(a.span, name=a.name))
        else:
            found[a.name] = a.value
    return found


def word_of(x: ast.Expr, words: tuple[str, ...], hint: str, to: Lowering) -> str | None:
    """One of some words; None after a report."""
    if isinstance(x, ast.Name) and x.name in words:
        return x.name
    wanted = " or ".join(f"`{w}`" for w in words)
    to.report.add(errors.WRONG_TYPE.at(x.span, wanted=wanted, got=f"`{x.span.text}`", hint=hint))
    return None


def truth_of(x: ast.Expr, to: Lowering) -> bool | None:
    if isinstance(x, ast.Truth):
        return x.value
    to.report.add(errors.WRONG_TYPE.at(x.span, wanted="`true` or `false`", got=f"`{x.span.text}`"))
    return None
