"""Measures that step the model: `local_elasticity(signed:, relative:, by:)`. They become arrays that `runtime.probe` fills."""

from neurashed_dsl.ir.expr import Expr, arrays
from neurashed_dsl.ir.system import Probe
from neurashed_dsl.model import errors
from neurashed_dsl.model.constant import option
from neurashed_dsl.model.lower import whole_array
from neurashed_dsl.model.scope import UNKNOWN, ArrayOf, Lowering, Scope, Typed
from neurashed_dsl.syntax import ast

GROUPS = {"input": "sample", "class": "class"}


def reads_probe(expr: Expr, to: Lowering) -> bool:
    """Does an expression read, by itself or through measures, what must step the model?"""
    read = arrays(expr)
    for let in reversed(to.lets):
        if let.name in read:
            read |= arrays(let.expr)
    return not read.isdisjoint(to.probes)


def local_elasticity(to: Lowering, scope: Scope, x: ast.Call) -> Typed:
    """LE(x, x′) over inputs, or averaged over the inputs x of each class (`by: class`)."""
    given = option(x.arguments, "local_elasticity", ("signed", "relative", "by"), to.report)
    if len(given) < len(x.arguments):
        return UNKNOWN
    options: dict[str, object] = {"by": "input"}
    for name, value in given.items():
        if name == "by":
            word = value.name if isinstance(value, ast.Name) else ""
            if word not in GROUPS:
                hint = "`by: input` or `by: class`"
                to.report.add(
                    errors.WRONG_TYPE.at(value.span, wanted="`input` or `class`", got=f"`{value.span.text}`", hint=hint)
                )
                return UNKNOWN
            options["by"] = word
        elif isinstance(value, ast.Truth):
            options[name] = value.value
        else:
            to.report.add(errors.WRONG_TYPE.at(value.span, wanted="`true` or `false`", got=f"`{value.span.text}`"))
            return UNKNOWN
    if not isinstance(to.world.get("logit"), ArrayOf):
        to.report.add(errors.NO_ARRAY.at(x.span, name="logit"))
        return UNKNOWN
    name = "local_elasticity " + " ".join(f"{k}={v}" for k, v in sorted(options.items()))
    axes = (GROUPS[str(options["by"])], "sample")
    to.probes.setdefault(name, Probe(name, axes, "local_elasticity", options))
    return whole_array(ArrayOf(name, axes, "real"), x.span, to)
