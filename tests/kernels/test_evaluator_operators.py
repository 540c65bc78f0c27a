"""Every operator and reducer, compiled and evaluated, to the last bit: on ordinary numbers, zeros of both signs, infinities and NaN."""

import itertools
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest
from reference_run import same_bits

from neurashed_dsl.ir.evaluate import Memory, evaluate
from neurashed_dsl.ir.expr import Apply, Binder, Const, Expr, Iterate, Range, Read, Reduce, Row, Select, Var, Whole
from neurashed_dsl.ir.kinds import kind_of
from neurashed_dsl.ir.operators import OPERATORS, REDUCERS
from neurashed_dsl.ir.plan import Plan, Study
from neurashed_dsl.ir.stepping import begin, observe
from neurashed_dsl.ir.system import Axis, Dimension, Grid, Let, Record, Relation, System, Table
from neurashed_dsl.passes import lower
from neurashed_dsl.runtime.bind import build
from neurashed_dsl.runtime.simulate import simulate

INF, NAN = float("inf"), float("nan")
# exp and its kin overflow between 709 and 710, and underflow between -746 and -745.
REALS = [
    0.0,
    -0.0,
    1.0,
    -1.0,
    0.5,
    -0.5,
    1.5,
    2.5,
    -2.5,
    3.0,
    1e-300,
    -1e-8,
    1e-17,
    40.0,
    709.5,
    710.5,
    -740.0,
    -750.0,
    1e300,
    INF,
    -INF,
    NAN,
]
INTS = [0, 1, -1, 2, -2, 3, 7, -7, 64]
ROWS = [[], [0], [2, 3], [20, 0, 2], [21, 2], [19, 6], [20], [5, 4, 3, 2, 6, 11], [9, 9, 10]]
GRID = Grid(np.array([0]), timeless=True)
p, q, r = Var("p"), Var("q"), Var("r")
x, y = Read("x", (p,)), Read("y", (p,))
i, j = Read("i", (q,)), Read("j", (q,))
a, b = Read("a", (q,)), Read("b", (q,))

# Where Python raises or numba is undefined; nothing lowers to these outside their domain.
LESS = {"/", "^", "int", "floor", "ceil", "round"}
POWERS = ("fractional", "log_fractional")
SCALARS = [name for name in OPERATORS if name not in LESS | {"and", "or", "not", "//", "%", "real", "within", *POWERS}]


def operated(name: str) -> Expr:
    return Apply(name, (x, y, Const(2.0))[: OPERATORS[name].arity])


def many_times() -> dict[str, Expr]:
    """Where neither the root nor the logarithm of a negative number is asked for: p s >= q r."""
    some = Apply("min", (Apply("abs", (y,)), Const(5.0)))
    numbers: tuple[tuple[Expr, ...], ...] = (
        (some, Const(0.0), Const(0.3), Const(1.0)),
        (Const(2.0), Const(0.25), some, Const(1.5)),
        (Const(0.5), some, Const(0.0), Const(1.0)),
    )
    each = itertools.product(POWERS, enumerate(numbers), (Const(7.0), Const(3000.0)))
    return {f"{name} {i} {k.value}": Apply(name, (x, *m, k)) for name, (i, m), k in each}


def finite(name: str) -> Expr:
    """Only of numbers that have a whole part."""
    return Select(Apply("<", (Apply("abs", (x,)), Const(1e15))), Apply("real", (Apply(name, (x,)),)), Const(0.0))


def on_integers() -> dict[str, Expr]:
    made = {
        f"int {name}": Apply(name, (i, j)) for name in ("+", "-", "*", "min", "max", "==", "!=", "<", "<=", ">", ">=")
    }
    divisor = Apply("!=", (j, Const(0)))
    made |= {f"int {name}": Select(divisor, Apply(name, (i, j)), Const(0)) for name in ("//", "%")}
    inside = Apply("and", (Apply("<=", (Const(0), i)), Apply("<", (i, Const(3)))))
    made["int within"] = Select(inside, Apply("within", (i, Const(3))), Const(-1))
    made |= {f"int {name}": Apply(name, (i,)) for name in ("neg", "abs", "real", "exp", "sign")}
    made |= {f"truth {name}": Apply(name, (a, b)) for name in ("and", "or", "==")}
    made["truth not"] = Apply("not", (Apply("and", (a, Apply("not", (b,)))),))
    return made


def reduced(name: str) -> dict[str, Expr]:
    """Over rows of a relation, of the elements themselves and of those that pass a filter."""
    binder = Binder("r", Row("row", Var("s")))
    element: Expr = Read("x", (r,))
    if name in ("any", "all", "count"):
        element = Apply(">", (element, Const(0.25)))
    where = Apply("<", (Read("x", (r,)), Const(100.0)))
    two = (Binder("r", Range(Const(2), Var("s"))), Binder("u", Row("row", r)))
    nested: Expr = Apply("*", (Read("x", (Var("u"),)), Apply("real", (r,))))
    return {
        f"{name} plain": Reduce(name, element, (binder,)),
        f"{name} filtered": Reduce(name, element, (binder,), where),
        f"{name} nested": Reduce(
            name, Apply("<", (nested, Const(3.0))) if name in ("any", "all", "count") else nested, two
        ),
    }


def over_rows() -> dict[str, Expr]:
    made: dict[str, Expr] = {}
    for name in REDUCERS:
        made |= reduced(name)
    late = Apply(
        "and",
        (
            Apply(">", (Var("s"), Const(2))),
            Reduce("any", Apply(">", (Read("x", (r,)), Const(0.0))), (Binder("r", Row("row", Var("s"))),)),
        ),
    )
    made["and of a loop"] = late
    made["choice of loops"] = Select(
        Apply("==", (Apply("%", (Var("s"), Const(2))), Const(0))), made["sum plain"], made["mean plain"]
    )
    body = Apply("+", (Apply("*", (Var("v"), Const(0.7))), Apply("real", (Var("clock"),))))
    made["iterated"] = Iterate("v", Const(1.0), "clock", Const(0), Var("s"), body)
    made["read of a let"] = Apply("+", (Read("doubled", (Var("s"),)), Read("running", (Var("s"),))))
    return made


def system() -> System:
    pairs = list(itertools.product(REALS, REALS))
    whole = list(itertools.product(INTS, INTS))
    offsets = np.cumsum([0, *map(len, ROWS)], dtype=np.int64)
    members = np.array([m for row in ROWS for m in row], np.int32)
    points = np.array(REALS)
    tables = {
        "x": np.concatenate([points, [u for u, _ in pairs]]),
        "y": np.concatenate([points[::-1], [v for _, v in pairs]]),
        "i": np.array([u for u, _ in whole], np.int64),
        "j": np.array([v for _, v in whole], np.int64),
        "a": np.array([u > 0 for u, _ in whole]),
        "b": np.array([v > 0 for _, v in whole]),
    }
    axes = {"point": len(tables["x"]), "whole": len(whole), "row": len(ROWS)}
    up = Select(
        Apply(">", (Var("s"), Const(0))),
        Apply("+", (Read("running", (Apply("-", (Var("s"), Const(1))),)), Const(1.0))),
        Const(0.1),
    )
    lets = (
        Let("doubled", (Binder("s", Whole("row")),), Apply("*", (Apply("real", (Var("s"),)), Const(2.0)))),
        Let("running", (Binder("s", Whole("row")),), up, scan="up"),
    )
    return System(
        name="operators",
        axes={n: Axis(n, size) for n, size in axes.items()},
        relations={"row": Relation("row", "row", "point", offsets, members)},
        parameters={},
        tables={n: Table(n, ("point" if n in "xy" else "whole",), data) for n, data in tables.items()},
        slots={},
        draws={},
        lets=lets,
        next=(),
        records=(),
    )


def records() -> list[Record]:
    axes = system().axes
    groups: tuple[tuple[str, str, Mapping[str, Expr]], ...] = (
        ("p", "point", {n: operated(n) for n in SCALARS} | {n: finite(n) for n in ("int", "floor", "ceil", "round")}),
        ("p", "point", many_times()),
        ("q", "whole", on_integers()),
        ("s", "row", over_rows()),
    )
    made = []
    for name, axis, exprs in groups:
        labels = Dimension(axis, list(map(str, range(axes[axis].size))))
        made += [Record(key, (Binder(name, Whole(axis)),), e, GRID, "real", (labels,)) for key, e in exprs.items()]
    return made


RECORDS = records()
PARTS = [tuple(RECORDS[i : i + 15]) for i in range(0, len(RECORDS), 15)]  # numba's time grows faster than a function


@pytest.mark.parametrize("part", range(len(PARTS)))
def test_compiled_equals_evaluated(part: int) -> None:
    whole = replace(system(), records=PARTS[part])
    low = lower(whole)
    compiled = simulate(Study("operators", whole, Plan(0, None, None, 0)), [build(low)], [], 0).outs
    memory = Memory(low)
    begin(low, memory)
    with np.errstate(all="ignore"):
        evaluated = observe(low, memory, 0)
    assert [name for name in evaluated if not same_bits(compiled[name][0], evaluated[name])] == []


@pytest.mark.parametrize("name", sorted(OPERATORS))
def test_kinds_are_what_comes_out(name: str) -> None:
    kinds = {"x": "real", "y": "real", "i": "int", "j": "int", "a": "bool", "b": "bool"}
    args: tuple[Expr, ...] = (
        (a, b)
        if name in ("and", "or", "not")
        else (Const(2), Const(3))
        if name == "within"
        else tuple(map(Const, (4.5, 3.5, 2.5, 1.5, 5.5, 6.0)))
    )
    expr = Apply(name, args[: OPERATORS[name].arity])
    memory = Memory(arrays={"a": np.array([True]), "b": np.array([False])})
    value = evaluate(expr, {"q": 0}, memory)
    assert {"bool": bool, "int": int, "real": float}[kind_of(expr, kinds)] is type(value)
