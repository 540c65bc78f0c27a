"""Lets that only records (or `stop when`) read are evaluated when a record is taken, not at every step."""

from dataclasses import replace

from neurashed_dsl.ir.circles import needed
from neurashed_dsl.ir.expr import arrays
from neurashed_dsl.ir.system import System, expressions


def sink(system: System) -> System:
    """Split `lets` into what the equations need and what waits for a record."""
    bare = replace(system, records=(), stop=None, lets=(), late=())
    read, early = needed(set().union(*map(arrays, expressions(bare))), system.lets)
    late = [x for x in system.lets if x.name not in read]
    return replace(system, lets=tuple(early), late=(*late, *system.late))
