"""Differential equations become maps, by the scheme that the run asks for; the time becomes steps.

`ir.schemes` has the schemes as data. Draws are held during a step, so all stages read the same ones; what moves within a step (states, and
lets that read them or the time) is worked out anew at each stage, as lets of its own.
"""

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction

from neurashed_dsl.ir.derivative import derivative
from neurashed_dsl.ir.expr import (
    Apply,
    Binder,
    Const,
    Expr,
    Iterate,
    Read,
    Reduce,
    Var,
    domain_parts,
    free,
    rebuild,
    transform,
    with_domain_parts,
)
from neurashed_dsl.ir.noise import own_noise, reading, written_out
from neurashed_dsl.ir.schemes import SCHEMES, Scheme
from neurashed_dsl.ir.system import TIME_STEP, Draw, Flow, Let, Next, System, map_expressions

DT = Read(TIME_STEP)


def discretise(system: System) -> System:
    """A system without `flows`, `whites` and the variable `t`."""
    return _clocked(_stepped(system) if system.flows else system)


def _clocked(system: System) -> System:
    now = Apply("*", (Apply("real", (Var("step"),)), DT))
    time = Var("t")
    return map_expressions(system, lambda x: transform(x, lambda e: now if e == time else e) if "t" in free(x) else x)


def _stepped(system: System) -> System:
    scheme = SCHEMES[system.scheme]
    draws = {
        n: Draw(n, axes, "normal", (Const(0.0), Const(1.0), Const(float("inf")))) for n, axes in system.whites.items()
    }
    lets, slopes = (system.lets, {}) if len(scheme.outer) == 1 else _staged(system, scheme)
    moved = [_moved(f, [_slope(f, s) for s in slopes.get(f.slot, ())], scheme, system) for f in system.flows]
    return replace(
        system,
        draws={**system.draws, **draws},
        lets=tuple(lets),
        next=(*system.next, *moved),
        flows=(),
        whites={},
    )


def _slope(flow: Flow, name: str) -> Expr:
    return Read(name, tuple(Var(b.name) for b in flow.binders))


def _moved(flow: Flow, slopes: list[Expr], scheme: Scheme, system: System) -> Next:
    """x + dt (shares of the slopes) + noise."""
    index = tuple(Var(b.name) for b in flow.binders)
    new = _along(Read(flow.slot, index), slopes or [flow.drift], scheme.outer)
    noise = _noise(flow, system)
    if noise is not None:
        new = Apply("+", (new, noise))
        if scheme.corrected:
            correction = _milstein(flow, system)
            new = new if correction is None else Apply("+", (new, correction))
    return Next(flow.binders, index, ((flow.slot, new),), span=flow.span)


def _along(start: Expr, slopes: list[Expr], shares: tuple[Fraction | int, ...]) -> Expr:
    terms = [s if share == 1 else Apply("*", (Const(share), s)) for s, share in zip(slopes, shares) if share]
    total = terms[0]
    for term in terms[1:]:
        total = Apply("+", (total, term))
    return Apply("+", (start, Apply("*", (DT, total))))


# --- noise ------------------------------------------------------------------------------------------------------------------


def _increment(e: Expr) -> Expr:
    """dW = √dt ξ."""
    return Apply("*", (Apply("sqrt", (DT,)), e))


def _noise(flow: Flow, system: System) -> Expr | None:
    if flow.noise is None:
        return None
    return transform(flow.noise, lambda e: _increment(e) if isinstance(e, Read) and e.array in system.whites else e)


def _milstein(flow: Flow, system: System) -> Expr | None:
    """½ g (∂g/∂x) (dW² − dt), for noise that is diagonal."""
    assert flow.noise is not None
    lets = {x.name: x for x in system.lets if x.name in reading({flow.slot}, system.lets)}
    noise = written_out(flow.noise, lets)
    only = own_noise(noise, system.whites, flow.binders)
    assert only is not None, "checked by the model"
    factor = transform(noise, lambda e: Const(1.0) if e == only else e)
    by_state = derivative(factor, Read(flow.slot, tuple(Var(b.name) for b in flow.binders)))
    if by_state is None:
        return None
    dw = _increment(only)
    spread = Apply("-", (Apply("*", (dw, dw)), DT))
    return Apply("*", (Apply("*", (Const(0.5), Apply("*", (factor, by_state)))), spread))


# --- stages -----------------------------------------------------------------------------------------------------------------


def _staged(system: System, scheme: Scheme) -> tuple[list[Let], Mapping[str, list[str]]]:
    """The lets of all stages, and the names of each state's slopes."""
    lets = list(system.lets)
    slopes: dict[str, list[str]] = {f.slot: [] for f in system.flows}
    moving = _moving_lets(system)
    for i, shares in enumerate(scheme.inner):
        names = {n: f"{n} at {i + 1}" for n in (*slopes, *moving)} if i else {}
        if i:
            lets += [_guess(f, slopes[f.slot], shares, names[f.slot], system) for f in system.flows]
            lets += [_copy(x, names, i, shares) for x in system.lets if x.name in moving]
        for flow in system.flows:
            drift = _at_stage(flow.drift, names, i, shares) if i else flow.drift
            name = f"slope {i + 1} of {flow.slot}"
            binders = tuple(_renamed(b, i) for b in flow.binders)
            lets.append(Let(name, binders, drift, span=flow.span))
        for flow in system.flows:
            slopes[flow.slot].append(f"slope {i + 1} of {flow.slot}")
    return lets, slopes


def _moving_lets(system: System) -> set[str]:
    timed = {x.name for x in system.lets if "t" in free(x.expr)}
    return timed | reading({*timed, *(f.slot for f in system.flows)}, system.lets)


def _guess(flow: Flow, slopes: list[str], shares: tuple[Fraction | int, ...], name: str, system: System) -> Let:
    """The state at a stage: along the slopes so far, with the share of the noise that belongs to the time of the stage."""
    state = Read(flow.slot, tuple(Var(b.name) for b in flow.binders))
    new = _along(state, [_slope(flow, s) for s in slopes], shares)
    noise = _noise(flow, system)
    if noise is not None:
        new = Apply("+", (new, Apply("*", (Const(sum(shares)), noise))))
    stage = len(slopes)
    return Let(name, tuple(_renamed(b, stage) for b in flow.binders), _at_stage(new, {}, stage, ()), span=flow.span)


def _copy(let: Let, names: Mapping[str, str], stage: int, shares: tuple[Fraction | int, ...]) -> Let:
    binders = tuple(_renamed(b, stage) for b in let.binders)
    circle = f"{let.circle} at {stage + 1}" if let.circle else ""
    return replace(
        let, name=names[let.name], circle=circle, binders=binders, expr=_at_stage(let.expr, names, stage, shares)
    )


def _renamed(b: Binder, stage: int) -> Binder:
    return b if stage == 0 else Binder(f"{b.name} at {stage + 1}", b.domain)


def _at_stage(e: Expr, names: Mapping[str, str], stage: int, shares: tuple[Fraction | int, ...]) -> Expr:
    """The expression as a stage reads it: its own states and lets, its time, and bound names of its own, so that nothing is captured."""
    later = Apply("+", (Var("t"), Apply("*", (Const(sum(shares)), DT))))

    def change(e: Expr) -> Expr:
        match e:
            case Var("t"):
                return later if shares else e
            case Var("step"):
                return e
            case Var(name):
                return Var(f"{name} at {stage + 1}", e.span)
            case Read(array, index):
                return replace(e, array=names.get(array, array), index=tuple(map(change, index)))
            case Reduce(_, body, binders, where):
                bound = tuple(_rebound(b) for b in binders)
                return replace(e, body=change(body), binders=bound, where=None if where is None else change(where))
            case Iterate():
                inner = rebuild(e, change)
                assert isinstance(inner, Iterate)
                return replace(inner, variable=f"{e.variable} at {stage + 1}", clock=f"{e.clock} at {stage + 1}")
            case _:
                return rebuild(e, change)

    def _rebound(b: Binder) -> Binder:
        return _renamed(Binder(b.name, with_domain_parts(b.domain, tuple(map(change, domain_parts(b.domain))))), stage)

    return change(e)
