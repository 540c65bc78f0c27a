"""Records of other experiments in `derive`: `relative_difference(M, measured.M)`.

They are taken at the times of this experiment's first grid, linearly between their own; a record with repeats stands for its mean.
"""

from typing import Any

import numpy as np

from neurashed_dsl.diagnostics import nearest
from neurashed_dsl.ir.expr import Apply, Const, Var
from neurashed_dsl.model import experiment_errors as words
from neurashed_dsl.model.known import Known, Names, is_time
from neurashed_dsl.model.result_errors import RESULT_SHAPE, UNKNOWN_EXPERIMENT
from neurashed_dsl.model.results_given import text_of
from neurashed_dsl.model.scope import Lowering
from neurashed_dsl.syntax import ast


def others_names(x: ast.Member, names: Names, to: Lowering) -> Names | None:
    """What may be named of another experiment. None after a report, or where that has mistakes of its own."""
    name = x.experiment.name
    if name not in names.others:
        known = ", ".join(f"`{n}`" for n in names.others)
        to.report.add(
            UNKNOWN_EXPERIMENT.at(x.experiment.span, name=name, near=nearest(name, names.others), known=known)
        )
    return names.others.get(name)


def of_other(x: ast.Member, names: Names, inner: Known | None, to: Lowering) -> Known | None:
    """A record of another experiment, with this one's times and labels. None after a report."""
    if inner is None:
        return None
    own: dict[str, Any] = {}
    for dims in names.records.values():
        own = {**dims, **own}
    found: dict[str, Any] = {}
    for d, labels in inner.dims.items():
        if is_time(d):
            clock = next((name for name in own if name in ("time", "step")), "")
            if not clock or own[clock] is None:
                to.report.add(words.NO_TIME.at(x.span, function="derive", name=names.experiment))
                return None
            found[clock] = own[clock]
        elif d in own and labels is not None and own[d] is not None and len(labels) != len(own[d]):
            size = {"given": f"{len(labels)} along `{d}`", "wanted": f"{len(own[d])}"}
            to.report.add(RESULT_SHAPE.at(x.span, text=text_of(x), name=names.experiment, **size))
            return None
        else:
            found[d] = own.get(d, labels)
    return Known(Apply("other", (Var(text_of(x)), *(_dim(d, labels) for d, labels in found.items())), x.span), found)


def _dim(name: str, labels: Any) -> Apply:
    values = np.asarray(labels).tolist()
    return Apply("dim", (Var(name), *(Const(v) if isinstance(v, int | float) else Var(str(v)) for v in values)))
