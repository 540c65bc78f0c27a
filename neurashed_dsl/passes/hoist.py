"""What no state, draw or clock moves leaves the loop: whole lets, and parts of expressions that aren't trivial.

A part with no free index becomes a number, a part with one free index over an axis an array along it. Both are worked out anew at each call of
the kernel, so that parameters stay arguments.
"""

from dataclasses import replace

from neurashed_dsl.ir.circles import together
from neurashed_dsl.ir.expr import (
    Apply,
    Binder,
    Const,
    Expr,
    Read,
    Reduce,
    Select,
    Var,
    Whole,
    arrays,
    free,
    rebuild,
    substitute,
    walk,
)
from neurashed_dsl.ir.kinds import array_kinds, kind_of
from neurashed_dsl.ir.system import Let, System, map_expressions
from neurashed_dsl.passes.tidy import drop_unread


def hoist_lets(system: System) -> System:
    """Lets that only read what is constant during a run."""
    moving = _moving(system)
    hoisted = list(system.hoisted)
    kept: list[Let] = []
    for group in together(system.lets):
        own = {x.name for x in group}
        if any((arrays(x.expr) - own) & moving or "step" in free(x.expr) for x in group):
            moving |= own
            kept += group
        else:
            hoisted += group
    return replace(system, lets=tuple(kept), hoisted=tuple(hoisted))


def _moving(system: System) -> set[str]:
    return {*system.slots, *system.draws, *system.probes}


def hoist_parts(system: System) -> System:
    """Parts of the laws and equations that are constant during a run: `up * log(base)` is worked out once."""
    moving = _moving(system) | {x.name for x in (*system.lets, *system.late)}
    axes = _axes_of_variables(system)
    kinds = array_kinds(system)
    made: dict[Expr, Let] = {}
    # Some of an earlier pass may have been dropped.
    first = 1 + max((int(x.name.split()[1]) for x in system.hoisted if x.name.startswith("constant ")), default=0)

    def lift(e: Expr, guarded: bool = False) -> Expr:
        if isinstance(e, Apply | Reduce) and not arrays(e) & moving and _worth(e) and not (guarded and may_fail(e)):
            over = sorted(free(e))
            if over == [] or (len(over) == 1 and over[0] in axes):
                return _read(e, over)
        match e:
            case Select(condition, yes, no):
                return replace(e, condition=lift(condition, guarded), yes=lift(yes, True), no=lift(no, True))
            case Apply("and" | "or", (first, second)):
                return replace(e, args=(lift(first, guarded), lift(second, True)))
            case Reduce(_, _, _, where):
                return rebuild(e, lambda x: lift(x, guarded or where is not None))
            case _:
                return rebuild(e, lambda x: lift(x, guarded))

    def _read(e: Expr, over: list[str]) -> Expr:
        general = substitute(e, {v: Var(f"at {axes[v]}") for v in over})
        if general not in made:
            name = f"constant {first + len(made)}"
            binders = tuple(Binder(f"at {axes[v]}", Whole(axes[v])) for v in over)
            made[general] = Let(name, binders, general, kind_of(general, kinds))
        return Read(made[general].name, tuple(Var(v) for v in over), e.span)

    changed = replace(system, next=map_expressions(system, lift).next)
    return drop_unread(replace(changed, hoisted=(*changed.hoisted, *made.values())))


def may_fail(e: Expr) -> bool:
    """Does it read an array at places that only a condition keeps inside? Then it can't be worked out everywhere."""
    reads = [x for x in walk(e) if isinstance(x, Read)]
    return any(not isinstance(i, Var | Const) for x in reads for i in x.index) or any(
        isinstance(x, Apply) and x.op in ("within", "//", "%") for x in walk(e)
    )


def _worth(e: Expr) -> bool:
    """More than one operation, or a dear one: not the sum of an index and a number."""
    dear = ("exp", "log", "^", "log_power", "/", "sqrt", "tanh")
    return any(isinstance(x, Reduce | Select) or (isinstance(x, Apply) and x.op in dear) for x in walk(e)) and bool(
        arrays(e)
    )


def _axes_of_variables(system: System) -> dict[str, str]:
    """Binders of equations that run over whole axes."""
    found: dict[str, str] = {}
    for following in system.next:
        found |= {b.name: b.domain.axis for b in following.binders if isinstance(b.domain, Whole)}
    return found
