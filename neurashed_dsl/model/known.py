"""What is known of an expression over records before anything runs, and the names that may stand in one."""

from collections.abc import Collection, Mapping
from dataclasses import field
from typing import Any

from neurashed_dsl.diagnostics import nearest
from neurashed_dsl.ir.expr import Expr
from neurashed_dsl.ir.plan import Sweep
from neurashed_dsl.model.scope import Scope
from neurashed_dsl.values import frozen

Dims = Mapping[str, Any]  # dimension -> its coordinate labels (None: not known before the run), time first
PARAMETER, ESTIMATE = "parameter", "estimate"  # the dimension of what is fitted, and what came of it


@frozen
class Known:
    """An expression over records: its dimensions (without `repeat`), and whether it is a truth."""

    expr: Expr
    dims: Dims
    truth: bool = False


@frozen
class Names:
    """What may be named: records and what was derived, with their dimensions; numbers (parameters of the file). `broken`: said with a mistake.
    A swept name is the number that it is in each cell."""

    records: Mapping[str, Dims]
    numbers: Mapping[str, float]
    broken: Collection[str] = ()
    stages: Mapping[str, tuple[float, float] | None] = field(
        default_factory=dict
    )  # the times of each, the last one's end infinite; None: not the same in all cells of the sweep
    sweep: Sweep = field(default_factory=lambda: Sweep(()))
    arrays: Collection[str] = ()  # of the model: they can be recorded
    experiment: str = ""  # whose records they are
    scope: Scope = field(default_factory=Scope)  # of the file, for its functions
    given: Mapping[str, Known] = field(default_factory=dict)  # arguments of the function whose body it is
    others: "Mapping[str, Names | None]" = field(
        default_factory=dict
    )  # of other experiments, in `derive`; None: with mistakes of its own
    parts: Mapping[str, Dims] = field(default_factory=dict)  # of what was derived of some places only: which
    fitted: Collection[str] = ()  # parameters that are fitted: their names are their estimates

    def absent(self, name: str) -> dict[str, str]:
        """What is said of a name that isn't there."""
        known = ", ".join(f"`{n}`" for n in self.records)
        if name in self.arrays:
            return {"known": known, "hint": f"it is of the model: `record {name} every 10`, or `at end`"}
        return {"known": known, "near": nearest(name, [*self.records, *self.numbers, *self.broken])}


def is_time(dimension: str) -> bool:
    return dimension.partition("_")[0] in ("step", "time")
