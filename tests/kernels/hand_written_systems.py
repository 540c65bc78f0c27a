"""Systems written as IR by hand, and generated ones: what the front end makes of `system` declarations, without it.

`spring_chain` is equations 5 and 6 of facts/spring_block.md; `systems()` draws small ones with every kind of draw, let, reducer and choice
that can run in lanes.
"""

import math

import numpy as np
from hypothesis import strategies as st

from neurashed_dsl.ir.expr import Apply, Binder, Const, Expr, Iterate, Range, Read, Reduce, Select, Var, Whole
from neurashed_dsl.ir.plan import Plan, Study
from neurashed_dsl.ir.system import Axis, Dimension, Draw, Fill, Grid, Let, Next, Record, Slot, System

ZERO = (Fill(None, (Const(0.0),)),)


def apply(op: str, *args: Expr) -> Expr:
    return Apply(op, args)


def at(array: str, *index: Expr) -> Expr:
    return Read(array, index)


def study(system: System, steps: int, repeat: int | None = None, seed: int = 0) -> Study:
    return Study(system.name, system, Plan(steps, None, repeat, seed))


def record(name: str, axis: str, size: int, value: Expr, steps: int, every: int = 1) -> Record:
    grid = Grid(np.arange(0, steps + 1, every))
    dimension = Dimension(axis, np.arange(1, size + 1))
    return Record(name, (Binder("r", Whole(axis)),), value, grid, dimensions=(dimension,))


def spring_chain(steps: int, every: int = 1, shared: bool = False, **settings: float) -> System:
    """x <- x + dt friction(k Δx + ξ), reads beyond the walls being choices on the index."""
    p = {
        "k": 1.0,
        "mu_right": 0.1,
        "mu_left": 0.1,
        "noise": 0.1,
        "clip": math.inf,
        "target": 1.0,
        "dt": 0.01,
        **settings,
    }
    b, one = Var("b"), Const(1)
    here, below, above = at("x", b), apply("-", b, one), apply("+", b, one)
    left = Select(apply("<", below, Const(0)), Const(0.0), at("x", below))
    right = Select(apply(">", above, Const(6)), Read("target"), at("x", above))
    bend = apply("+", apply("-", right, apply("*", Const(2.0), here)), left)
    xi = Read("xi") if shared else at("xi", b)
    axis = (Binder("b", Whole("block")),)
    force = Let("force", axis, apply("+", apply("*", Read("k"), bend), xi))
    moved = apply("+", here, apply("*", Read("dt"), friction(at("force", b))))
    draw = Draw("xi", () if shared else ("block",), "normal", (Const(0.0), Read("noise"), Read("clip")))
    load = record("load", "block", 7, apply("-", Read("target"), at("x", Var("r"))), steps, every)
    slot = Slot("x", ("block",), "real", ZERO)
    parts = ({"block": Axis("block", 7)}, {}, p, {}, {"x": slot}, {"xi": draw})
    return System("spring_chain", *parts, (force,), (Next(axis, (b,), (("x", moved),)),), (load,))


def friction(z: Expr) -> Expr:
    backward = Select(apply("<", z, apply("neg", Read("mu_left"))), apply("+", z, Read("mu_left")), Const(0.0))
    return Select(apply(">", z, Read("mu_right")), apply("-", z, Read("mu_right")), backward)


# --- generated ------------------------------------------------------------------------------------------------------------

SIZE, STEPS = 5, 12
DRAWS = {
    "normal": (
        (Const(0.25), Const(0.5), Const(math.inf)),
        (Const(0.0), Const(1.0), Const(0.7)),
        (Read("p"), Const(2.0), Const(math.inf)),
    ),
    "uniform": ((Const(-1.0), Read("p")),),
    "lognormal": ((Const(0.0), Const(0.25)),),
    "bernoulli": ((Const(0.3),),),
}
UNARY = ("neg", "abs", "tanh", "sin", "exp", "relu", "sign", "sigmoid", "softplus", "cos")
BINARY = ("+", "-", "*", "divide", "min", "max", "power")
REDUCERS = ("sum", "mean", "max", "min", "prod", "log_sum")
CHECKS = ("any", "all", "count")


@st.composite
def expressions(draw: st.DrawFn, index: Expr, arrays: tuple[str, ...], depth: int = 2) -> Expr:
    """A real number made of parameters, arrays @ site at `index` or beside it, draws and reducers."""

    def inner(i: Expr = index, less: int = 1) -> Expr:
        return draw(expressions(i, arrays, depth - less))

    kind = draw(
        st.sampled_from(
            ["leaf"] if depth <= 0 else ["leaf", "unary", "binary", "binary", "choice", "wall", "fold", "turns"]
        )
    )
    match kind:
        case "leaf":
            leaves = [Const(0.5), Read("p"), Read("q"), Read("shared"), *(at(a, index) for a in arrays)]
            return draw(st.sampled_from(leaves))
        case "unary":
            return apply(draw(st.sampled_from(UNARY)), inner())
        case "binary":
            return apply(draw(st.sampled_from(BINARY)), inner(), inner())
        case "choice":
            both = draw(st.sampled_from(("and", "or")))
            condition = apply(both, apply("<", inner(), inner(less=2)), apply(">", inner(less=2), Const(0.1)))
            return Select(condition, inner(), inner())
        case "wall":
            step = draw(st.sampled_from((-1, 1)))
            beside = apply("+", index, Const(step))
            outside = apply("<", beside, Const(0)) if step < 0 else apply(">", beside, Const(SIZE - 1))
            return Select(outside, inner(), at(draw(st.sampled_from(arrays)), beside))
        case "fold":
            return _fold(draw, arrays, depth)
        case _:
            name = f"v{draw(st.integers(0, 10**9))}"
            body = apply("*", Const(0.5), apply("+", Var(name), inner(less=2)))
            return Iterate(name, inner(less=2), f"t{name}", Const(0), Const(3), body)


def _fold(draw: st.DrawFn, arrays: tuple[str, ...], depth: int) -> Expr:
    name = f"j{draw(st.integers(0, 10**9))}"
    domain = draw(st.sampled_from((Whole("site"), Range(Const(1), Const(4), "site"))))
    body = draw(expressions(Var(name), arrays, depth - 2))
    where = apply("<", draw(expressions(Var(name), arrays, 0)), Const(1.0)) if draw(st.booleans()) else None
    op = draw(st.sampled_from((*REDUCERS, *CHECKS)))
    if op in CHECKS:
        truth = Reduce(op, apply("<", body, Const(0.3)), (Binder(name, domain),), where)
        return apply("real", truth) if op == "count" else Select(truth, Const(0.75), Const(-0.25))
    return Reduce(op, body, (Binder(name, domain),), where)


def _bounded(e: Expr) -> Expr:
    return Select(apply("==", e, e), apply("tanh", e), Const(0.25))


@st.composite
def systems(draw: st.DrawFn) -> System:
    """Two states, three draws (one shared), two lets (one a scan), bounded equations."""
    distributions = [draw(st.sampled_from(sorted(DRAWS))) for _ in range(2)]
    each = {
        name: Draw(name, ("site",), d, draw(st.sampled_from(DRAWS[d])))
        for name, d in zip(("xi", "zeta"), distributions)
    }
    each["shared"] = Draw("shared", (), "normal", (Const(0.0), Const(0.1), Const(2.0)))
    i = Var("i")
    axis = (Binder("i", Whole("site")),)
    pull = Let("pull", axis, draw(expressions(i, ("x", "y", "xi", "zeta"))))
    below = at("climb", apply("-", i, Const(1)))
    climb = Select(apply("<", i, Const(1)), Const(0.0), apply("+", apply("*", Const(0.5), below), at("x", i)))
    lets = (pull, Let("climb", axis, climb, scan="up"))
    arrays = ("x", "y", "pull", "climb", draw(st.sampled_from(("xi", "zeta"))))
    # Small: it is numba that takes the time.
    lets += tuple(Let(f"next {n}", axis, draw(expressions(i, arrays, depth=1))) for n in ("x", "y"))
    updates = {n: _bounded(at(f"next {n}", i)) for n in ("x", "y")}
    if draw(st.booleans()):
        following = (Next(axis, (i,), tuple(updates.items())),)
    else:
        following = tuple(Next(axis, (i,), (item,)) for item in updates.items())
    records = tuple(record(f"record {n}", "site", SIZE, at(n, Var("r")), STEPS) for n in ("x", "y"))
    start = (Fill(None, (Const(-0.5), Const(0.5)), "uniform", "init x"),)
    slots = {"x": Slot("x", ("site",), "real", start), "y": Slot("y", ("site",), "real", ZERO)}
    parts = ({"site": Axis("site", SIZE)}, {}, {"p": 0.8, "q": -0.3}, {}, slots, each)
    return System("generated", *parts, lets, following, records)
