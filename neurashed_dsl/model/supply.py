"""What equations, records and checks read of a network: its relations and tables, made where they are asked for."""

from dataclasses import replace

from neurashed_dsl.ir.expr import arrays
from neurashed_dsl.ir.system import Let, System, expressions, relations_read
from neurashed_dsl.model.system import Equations
from neurashed_dsl.model.weave import World


def before_the_run(system: System, equations: Equations, world: World) -> System:
    """What `require` and `warn if` look at: parameters, tables, and what they read of the network."""
    asked = tuple(Let("check", (), c.expr, "bool") for c in equations.checks)
    lets = tuple(let for c in equations.checks for let in c.lets)
    return supply(replace(system, slots={}, draws={}, hoisted=(), lets=lets, late=asked, next=(), flows=()), world)


def supply(system: System, world: World) -> System:
    """Add the relations and tables that the expressions of a system read."""
    read = set().union(*map(arrays, expressions(system)), *(p.tables for p in system.probes.values()))
    rows = relations_read(system)
    worked_out = {x.name for x in system.lets}
    tables = {n: make() for n, make in world.tables.items() if n in read - worked_out and n not in system.tables}
    relations = {n: make() for n, make in world.relations.items() if n in rows}
    return replace(system, tables={**system.tables, **tables}, relations={**system.relations, **relations})
