"""Lets that only records (or `stop when`) read are evaluated when a record is taken, not at every step."""

from dataclasses import replace

from neurashed_dsl.ir.expr import arrays
from neurashed_dsl.ir.system import Let, System, expressions


def sink(system: System) -> System:
    """Split `lets` into what the equations need and what waits for a record."""
    bare = replace(system, records=(), stop=None, lets=(), late=())
    needed = set().union(*map(arrays, expressions(bare)))
    early: list[Let] = []
    late: list[Let] = []
    for let in reversed(system.lets):
        if let.name in needed:
            needed |= arrays(let.expr)
            early.append(let)
        else:
            late.append(let)
    return replace(system, lets=tuple(reversed(early)), late=(*reversed(late), *system.late))
