"""Systems of the IR, written by hand, for passes to work on."""

from typing import Any

import numpy as np

from neurashed_dsl.ir.expr import Apply, Binder, Const, Expr, Read, Reduce, Var, Whole
from neurashed_dsl.ir.system import Axis, Draw, Grid, Let, Next, Record, Slot, System, Table

N = Var("n")
OVER_NODES = (Binder("n", Whole("node")),)
GRID = Grid(np.array([0]), timeless=True)


def system(**parts: Any) -> System:
    """Four nodes with a state x; a batch of one of two samples; tables `fires`, `law` (one value) and `w`; a parameter p."""
    tables = {
        "fires": Table("fires", ("sample", "node"), np.array([[True, False, True, True], [False, True, False, True]])),
        "law": Table("law", ("node",), np.zeros(4, np.int64)),
        "kind": Table("kind", ("node",), np.array([0, 1, 0, 1])),
        "w": Table("w", ("node",), np.array([0.5, 0.5, 0.5, 0.5])),
    }
    base: dict[str, Any] = {
        "name": "small",
        "axes": {"node": Axis("node", 4), "sample": Axis("sample", 2), "item": Axis("item", 1)},
        "relations": {},
        "parameters": {"p": 2.0, "q": 0.5},
        "tables": tables,
        "slots": {"x": Slot("x", ("node",), "real", ())},
        "draws": {"batch": Draw("batch", ("item",), "presentation")},
        "lets": (),
        "next": (),
    }
    return System(**{**base, **parts})


def x_of(at: Expr = N) -> Read:
    return Read("x", (at,))


def moved(expr: Expr) -> Next:
    """x[n] <- expr"""
    return Next(OVER_NODES, (N,), (("x", expr),))


def recorded(expr: Expr, name: str = "r") -> Record:
    return Record(name, OVER_NODES, expr, GRID)


def let(name: str, expr: Expr, **more: Any) -> Let:
    return Let(name, OVER_NODES, expr, **more)


def lit() -> Expr:
    """any(fires[batch[i], n] for i in item)"""
    return Reduce("any", Read("fires", (Read("batch", (Var("i"),)), N)), (Binder("i", Whole("item")),))


def plus(a: Expr, b: Expr) -> Apply:
    return Apply("+", (a, b))


def times(a: Expr, b: Expr) -> Apply:
    return Apply("*", (a, b))


ONE = Const(1.0)
