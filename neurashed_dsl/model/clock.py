"""How long a run is, and what a step is in time: `steps: 2000`, or `until: 100, dt: 0.01`."""

from fractions import Fraction

import numpy as np
import numpy.typing as npt

from neurashed_dsl.diagnostics import Kind, nearest
from neurashed_dsl.ir.schemes import SCHEMES
from neurashed_dsl.model import experiment_errors as errors
from neurashed_dsl.model.constant import constant_number, shown, whole
from neurashed_dsl.model.data_errors import BEYOND_DATA
from neurashed_dsl.model.scope import Lowering, Scope
from neurashed_dsl.model.system import errors as system_errors
from neurashed_dsl.syntax import ast
from neurashed_dsl.values import frozen

NETWORK_RUN = ("steps", "batch", "order")
DATA_RUN = ("steps", "until")
SYSTEM_RUN = ("steps", "until", "dt", "method", "sums")
SUMS = ("plain", "products")
SOME_STEPS = 10**6  # of a run whose end was misread
MOST_STEPS = 2**62
Moments = npt.NDArray[np.float64]


@frozen
class Clock:
    """`dt` None: there are steps and no time. With `dt`, users speak of times. `moments`: the times of data, which needn't be even."""

    steps: int
    dt: Fraction | None = None
    moments: Moments | None = None

    def step(self, x: ast.Expr, what: str, least: int, scope: Scope, to: Lowering) -> int | None:
        """The step that an expression means: a whole number, or the step nearest to a time. None after a report."""
        if self.dt is None and self.moments is None:
            return whole(x, what, least, scope, to)
        value = constant_number(x, scope, to)
        if value is None:
            return None
        if self.moments is not None:
            return self.moment(float(value))
        assert self.dt is not None
        if not 0 <= value < MOST_STEPS * self.dt:
            wanted = "a time from 0 on" if value < 0 else f"a time of at most {shown(MOST_STEPS * self.dt)}"
            report(system_errors.BAD_DT, x, what, wanted, value, to)
            return None
        return max(least, nearest_step(value, self.dt))

    def moment(self, time: float) -> int:
        """The moment nearest to a time; beyond the last one, a step that there isn't."""
        assert self.moments is not None
        end = self.moments[-1] + np.diff(self.moments)[-1:].sum() / 2
        return len(self.moments) if time > end else int(np.abs(self.moments - time).argmin())

    def shown(self, step: int) -> str:
        """`step 100`, `time 0.5`."""
        if self.moments is not None:
            return f"time {self.moments[step]:g}" if step < len(self.moments) else "what is asked for"
        return f"step {step}" if self.dt is None else f"time {shown(step * self.dt)}"

    @property
    def end(self) -> str:
        return self.shown(self.steps)


def clock_of_data(moments: Moments, run: dict[str, ast.Expr], scope: Scope, to: Lowering) -> Clock | None:
    """The clock that walks along data: to their end, or as far as `run` says. None after a report."""
    clock = Clock(len(moments) - 1, moments=moments)
    if not run:
        return clock
    if len(run) == 2:
        to.report.add(system_errors.TWO_ENDS.at(run["until"].span))
        return None
    ((key, x),) = run.items()
    steps = whole(x, "`steps`", 0, scope, to) if key == "steps" else clock.step(x, "until", 0, scope, to)
    if steps is not None and steps > clock.steps:
        to.report.add(BEYOND_DATA.at(x.span, end=float(moments[-1])))
        return None
    return None if steps is None else Clock(steps, moments=moments)


def nearest_step(time: int | float | Fraction, dt: Fraction) -> int:
    return int(Fraction(time) / dt + Fraction(1, 2))


def clock_of(
    name: ast.Name, what: str, run: dict[str, ast.Expr], misread: bool, flows: bool, scope: Scope, to: Lowering
) -> Clock | None:
    """The clock that `run` asks for. `flows`: the model has differential equations. None after a report, and where `run` was misread."""
    dt = _dt(name, run, flows, scope, to) if "dt" in run or flows else None
    if ("dt" in run or flows) and dt is None:
        return None
    if "steps" in run and "until" in run:
        to.report.add(system_errors.TWO_ENDS.at(run["until"].span))
        return None
    if "steps" in run:
        steps = whole(run["steps"], "`steps`", 0, scope, to)
        return None if steps is None else Clock(steps, dt)
    if "until" in run:
        steps = Clock(0, dt or Fraction(1)).step(run["until"], "until", 0, scope, to)
        return None if steps is None else Clock(steps, dt)
    if not misread:
        example = "`run until: 100, dt: 0.01`" if flows else "`run steps: 1000`"
        to.report.add(errors.NO_END.at(name.span, what=what, name=name.name, example=example))
    return None


def _dt(name: ast.Name, run: dict[str, ast.Expr], flows: bool, scope: Scope, to: Lowering) -> Fraction | None:
    if "dt" not in run:
        to.report.add(system_errors.NO_DT.at(name.span, name=name.name))
        return None
    value = constant_number(run["dt"], scope, to)
    if value is None:
        return None
    if not 0 < value < float("inf"):
        report(system_errors.BAD_DT, run["dt"], "dt", "a time above 0", value, to)
        return None
    return Fraction(repr(value)) if isinstance(value, float) else Fraction(value)


def report(kind: Kind, x: ast.Expr, what: str, wanted: str, value: int | float | Fraction, to: Lowering) -> None:
    to.report.add(kind.at(x.span, what=what.strip("`"), wanted=wanted, value=shown(value)))


def method_of(run: dict[str, ast.Expr], model: str, flows: bool, to: Lowering) -> str:
    """The scheme; euler unless `run` says another."""
    x = run.get("method")
    if x is None:
        return "euler"
    name = x.name if isinstance(x, ast.Name) else x.span.text
    if name not in SCHEMES:
        known = ", ".join(f"`{s}`" for s in SCHEMES)
        to.report.add(system_errors.UNKNOWN_METHOD.at(x.span, name=name, known=known, near=nearest(name, SCHEMES)))
        return "euler"
    if not flows:
        to.report.add(system_errors.METHOD_OF_MAP.at(x.span, name=model))
    return name


def plain_sums(run: dict[str, ast.Expr], to: Lowering) -> bool:
    """`sums: plain`: every sum is added in order; otherwise sums of products are taken apart, and large ones are matrix products."""
    x = run.get("sums")
    if x is None:
        return False
    name = x.name if isinstance(x, ast.Name) else x.span.text
    if name not in SUMS:
        to.report.add(system_errors.UNKNOWN_SUMS.at(x.span, name=name, near=nearest(name, SUMS)))
    return name == "plain"
