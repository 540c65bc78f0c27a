"""Is an expression int, real or bool? Derived from its leaves, by the operators' rows."""

from collections.abc import Mapping
from fractions import Fraction
from typing import assert_never

from neurashed_dsl.ir.expr import Apply, Const, Expr, Iterate, Read, Reduce, Select, Var
from neurashed_dsl.ir.operators import OPERATORS, REDUCERS
from neurashed_dsl.ir.system import System


def array_kinds(system: System) -> dict[str, str]:
    """The kind of every array of a system."""
    kinds: dict[str, str] = {name: kind_of_value(v) for name, v in system.parameters.items()}
    kinds |= {
        t.name: {"b": "bool", "f": "real"}.get("b" if t.packed else t.data.dtype.kind, "int")
        for t in system.tables.values()
    }
    kinds |= {s.name: s.kind for s in system.slots.values()}
    kinds |= {d.name: d.kind for d in system.draws.values()}
    kinds |= {x.name: x.kind for x in (*system.hoisted, *system.lets, *system.late)}
    kinds |= dict.fromkeys([*system.probes, *(g.name for g in system.gradients)], "real")
    return kinds


def kind_of_value(value: object) -> str:
    if isinstance(value, bool):
        return "bool"
    return "int" if isinstance(value, int) else "real"


def kind_of(expr: Expr, kinds: Mapping[str, str]) -> str:
    match expr:
        case Const(value):
            return "real" if isinstance(value, Fraction) else kind_of_value(value)
        case Var(name):
            return kinds.get(" var " + name, "int")
        case Read(array, _):
            return kinds[array]
        case Apply(op, args):
            return _join(OPERATORS[op].kind, [kind_of(a, kinds) for a in args])
        case Select(_, yes, no):
            return _join("same", [kind_of(yes, kinds), kind_of(no, kinds)])
        case Reduce(op, body, _, _):
            return _join(REDUCERS[op].kind, [kind_of(body, kinds)])
        case Iterate(_, start, _, _, _, _):
            return kind_of(start, kinds)
        case _:
            assert_never(expr)


def _join(rule: str, kinds: list[str]) -> str:
    if rule != "same":
        return rule
    if "real" in kinds:
        return "real"
    return "bool" if set(kinds) == {"bool"} else "int"
