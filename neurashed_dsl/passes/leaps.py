"""Many steps at once: from a system, two others that give its state after any number of steps.

- `counted`: where a place's growth and decay commute, its value hangs on how often it fired and how often it didn't, in whatever order. `tally`
  counts; a step of it is a batch that came `times[step]` times. `apply` makes, of a state and of counts, the state `step` steps later.
- `composed`: affine maps over a period are one affine map. `tally` composes them, a step after another; `apply` applies what has been composed
  `step` times.

Both take a system that has been through the passes up to `inline_lets`, and say why not in words where they can't.
"""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from neurashed_dsl.ir.affine import ONE, ZERO, Line, affine, chosen
from neurashed_dsl.ir.expr import Apply, Const, Expr, Read, Select, Var, arrays, transform
from neurashed_dsl.ir.log_affine import NEVER, log_affine
from neurashed_dsl.ir.system import Axis, Fill, Slot, System
from neurashed_dsl.passes.at_once import X, many
from neurashed_dsl.passes.known import numbers
from neurashed_dsl.passes.moves import Move, moves
from neurashed_dsl.values import frozen

TIMES = "times"
NO_FORM = "the law of {} has no closed form for many steps"


@frozen
class Leaps:
    """`tally` has a slot of its own for each thing that is counted or composed, and no equation where nothing depends on the batch; `apply` reads
    them, and all that it does stands in `settle`. They don't need the passes that went before."""

    tally: System
    apply: System


def counted(system: System) -> Leaps | str:
    """What counts, or why counts don't tell the state."""
    found = moves(system)
    if isinstance(found, str):
        return found
    made = _bare(system)
    for move in found:
        settled = _after_counts(move, system)
        if isinstance(settled, str):
            return settled
        fired = Slot(_fired(move).array, move.slot.axes, "int", _start(0))
        made = _with(made, move, {} if move.lit is None else {fired: _counting(move)}, settled)
    return made


def composed(system: System) -> Leaps | str:
    """What composes, or why the laws have no powers."""
    found = moves(system)
    if isinstance(found, str):
        return found
    made = _bare(system)
    for move in found:
        lines = _lines(move)
        if lines is None:
            return f"a law of {move.slot.name} isn't affine"
        if not _never_negative(move, lines, system):
            return f"a law of {move.slot.name} may multiply by less than 0"
        made = _composing(made, move, lines)
    return made


def _bare(system: System) -> Leaps:
    """The system without equations and records, twice; the first has room for how often each batch came."""
    bare = replace(system, lets=(), late=(), next=(), records=(), probes={}, settle=())
    moment = Axis("moment", 1)
    times = Slot(TIMES, (moment.name,), "int", _start(1))
    tally = replace(bare, axes={**bare.axes, moment.name: moment}, slots={**bare.slots, TIMES: times})
    return Leaps(tally, bare)


def _start(value: float) -> tuple[Fill, ...]:
    return (Fill(None, (Const(value),)),)


def _with(made: Leaps, move: Move, tallied: Mapping[Slot, Expr], value: Expr) -> Leaps:
    """With slots that are tallied, each by its equation, and the value that is made of them."""
    slots = {slot.name: slot for slot in tallied}
    equations = [replace(move.following, updates=((slot.name, law),)) for slot, law in tallied.items()]
    applied = replace(move.following, updates=((move.slot.name, value),))
    tally, apply = made.tally, made.apply
    return Leaps(
        replace(tally, slots={**tally.slots, **slots}, next=(*tally.next, *equations)),
        replace(apply, slots={**apply.slots, **slots}, settle=(*apply.settle, applied)),
    )


# --- counts ---------------------------------------------------------------------------------------------------------------------


def _counting(move: Move) -> Expr:
    own = _fired(move)
    assert move.lit is not None
    return Select(move.lit, Apply("+", (own, Read(TIMES, (Var("step"),)))), own)


def _fired(move: Move) -> Read:
    return Read(f"{move.slot.name}.fired", move.element.index)


def _after_counts(move: Move, system: System) -> Expr | str:
    """The value after `step` steps; or why it isn't known."""
    name, steps = move.slot.name, Var("step")
    if move.lit is None:
        return _often(move.fire, move, move.element, steps, system) or NO_FORM.format(name)
    lines = _lines(move)
    if lines is None or not _commute(move, lines, system):
        return f"growth and decay of {name} don't commute"
    rested = _often(move.rest, move, move.element, Apply("-", (steps, _fired(move))), system)
    grown = None if rested is None else _often(move.fire, move, rested, _fired(move), system)
    return grown or NO_FORM.format(name)


def _often(law: Expr, move: Move, value: Expr, times: Expr, system: System) -> Expr | None:
    """`law` applied to a value so many times. A choice among laws is made once."""
    if isinstance(law, Select) and move.slot.name not in arrays(law.condition):
        yes, no = (_often(x, move, value, times, system) for x in (law.yes, law.no))
        return None if yes is None or no is None else Select(law.condition, yes, no)
    found = many(law, move.element, move.slot, system)
    return None if found is None else found(value, times)


def _commute(move: Move, lines: tuple[Line, Line], system: System) -> bool:
    """At every place: both laws multiply, both add, or one of them keeps its value."""
    found = [_numbers(e, move, system) for line in lines for e in line]
    if any(v is None for v in found):
        return False
    grow, more, fade, less = (np.asarray(v) for v in found)
    one, none = (0.0, -np.inf) if move.slot.log else (1.0, 0.0)
    multiply = (more == none) & (less == none)
    add = (grow == one) & (fade == one)
    keeps = ((grow == one) & (more == none)) | ((fade == one) & (less == none))
    return bool(np.all(multiply | add | keeps))


# --- lines ----------------------------------------------------------------------------------------------------------------------


def _lines(move: Move) -> tuple[Line, Line] | None:
    """(a, c) of both laws; where numbers are held as logarithms, those of a and c."""
    line = log_affine if move.slot.log else affine
    fire, rest = (line(_put(law, move, X), X.name) for law in (move.fire, move.rest))
    return None if fire is None or rest is None else (fire, rest)


def _put(law: Expr, move: Move, value: Expr) -> Expr:
    return transform(law, lambda e: value if e == move.element else e)


def _numbers(e: Expr, move: Move, system: System) -> npt.NDArray[np.float64] | None:
    (place,) = move.element.index
    assert isinstance(place, Var)
    return numbers(e, system, place.name, move.slot.axes[0])


def _never_negative(move: Move, lines: tuple[Line, Line], system: System) -> bool:
    """So that factors have logarithms."""
    found = [_numbers(factor, move, system) for factor, _ in lines]
    return move.slot.log or all(v is not None and bool(np.all(v >= 0)) for v in found)


# --- powers ---------------------------------------------------------------------------------------------------------------------


def _composing(made: Leaps, move: Move, lines: tuple[Line, Line]) -> Leaps:
    """`x.factor` is the logarithm of a, so that a factor near 1 is known to the last bit; `x.amount` is c."""
    (grow, more), (fade, less) = lines
    slot, nothing = move.slot, NEVER if move.slot.log else ZERO
    factor, amount = (Read(f"{slot.name}.{part}", move.element.index) for part in ("factor", "amount"))
    tallied = {
        Slot(factor.array, slot.axes, "real", _start(1), log=True): _lit(
            move, _scaled(factor, grow, slot), _scaled(factor, fade, slot)
        )
    }
    if (more, less) == (nothing, nothing):
        return _with(made, move, tallied, _power(move, factor, None))
    adding = Slot(amount.array, slot.axes, "real", _start(0), log=slot.log)
    tallied[adding] = _lit(move, _put(move.fire, move, amount), _put(move.rest, move, amount))
    return _with(made, move, tallied, _power(move, factor, amount))


def _lit(move: Move, fire: Expr, rest: Expr) -> Expr:
    return fire if move.lit is None else chosen(move.lit, fire, rest)


def _scaled(factor: Expr, by: Expr, slot: Slot) -> Expr:
    """The logarithm of a product; `by` is a factor, or its logarithm."""
    if by == (ZERO if slot.log else ONE):
        return factor
    held = Const(float(by.value)) if isinstance(by, Const) else by
    return Apply("+", (factor, held if slot.log else Apply("log", (held,))))


def _power(move: Move, factor: Expr, amount: Expr | None) -> Expr:
    """a^k·x + c·(a^k - 1)/(a - 1), for k the `step` of `apply`."""
    often = Apply("real", (Var("step"),))
    power = Apply("log_power", (factor, often))
    if move.slot.log:
        grown = Apply("+", (move.element, power))
        added = None if amount is None else Apply("+", (amount, Apply("log_geometric", (factor, often))))
        return grown if added is None else Apply("log_sum", (grown, added))
    grown = Apply("*", (move.element, Apply("exp", (power,))))
    added = None if amount is None else Apply("*", (amount, Apply("geometric", (factor, often))))
    return grown if added is None else Apply("+", (grown, added))
