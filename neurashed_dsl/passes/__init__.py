"""The passes: functions `System -> System`, in order, each with its reason."""

from functools import reduce

from neurashed_dsl.ir.system import System
from neurashed_dsl.passes.contract import contract
from neurashed_dsl.passes.differentiate import differentiate
from neurashed_dsl.passes.discretise import discretise
from neurashed_dsl.passes.factor import factor
from neurashed_dsl.passes.hoist import hoist_lets, hoist_parts
from neurashed_dsl.passes.postpone import postpone
from neurashed_dsl.passes.reals import in_reals
from neurashed_dsl.passes.sink import sink
from neurashed_dsl.passes.tidy import drop_unread, fold_tables, inline_lets, settle_numbers
from neurashed_dsl.passes.unroll import unroll

PASSES = (
    differentiate,  # first: the adjoints are lets like all others, which stages of a scheme work out anew
    discretise,  # everything after it sees one kind of equation, and no time but steps
    settle_numbers,  # from here on numbers are what kernels compute with
    in_reals,  # after `settle_numbers`, which says what is real
    fold_tables,  # before anything looks for a form: most choices among laws are no choices
    drop_unread,  # what only the folded branches read
    factor,  # before `hoist_lets`: a part of a sum may be constant
    hoist_lets,  # a full batch's union of pathways is a constant
    sink,  # what only records read is none of the loop's business
    inline_lets,  # `lit` must stand in its equation for `postpone` to see it
    hoist_parts,  # before `postpone`, which asks whether a law adds a constant
    postpone,  # it changes how states are read
    hoist_parts,  # again: the logarithm of a factor by which many rests are made at once
    unroll,  # a sum inside a scan is a matrix product only at a level that is known
    contract,  # last: no one else needs to know of matrices
)


def lower(system: System, until: str | None = None) -> System:
    """All passes, or those up to and including the one named."""
    stop = len(PASSES) if until is None else 1 + [p.__name__ for p in PASSES].index(until)
    return reduce(lambda s, apply: apply(s), PASSES[:stop], system)
