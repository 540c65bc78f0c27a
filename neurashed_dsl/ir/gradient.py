"""Reverse-mode differentiation of a system: for each `Gradient`, lets that work it out, once, from the last to the first.

The adjoint of an array is a let over the same indices. What a let reads through reducers is made a let of its own first, so that nothing is
worked out twice. Let and adjoint of a scan run opposite ways, and so do the lets of a circle and their adjoints.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial, reduce

import numpy as np

from neurashed_dsl.ir.adjoint import Aside, Backward, Place, Share, followed
from neurashed_dsl.ir.apart import Apart, isolated
from neurashed_dsl.ir.circles import needed, together
from neurashed_dsl.ir.derivative import ONE, ZERO
from neurashed_dsl.ir.expr import (
    Apply,
    Binder,
    Const,
    Expr,
    Read,
    Var,
    Whole,
    arrays,
)
from neurashed_dsl.ir.gather import Around, Inverse, gathered
from neurashed_dsl.ir.kinds import array_kinds
from neurashed_dsl.ir.system import Gradient, Let, Relation, System
from neurashed_dsl.values import frozen

OTHER_WAY = {"": "", "up": "down", "down": "up"}


@frozen
class Fault:
    """What has no derivative, in which let, and what needs it."""

    expr: Expr
    let: Let
    gradient: Gradient


def differentiated(system: System) -> tuple[System, list[Fault]]:
    """The system without `gradients`, which is as it should be if there are no faults."""
    asked: dict[str, list[Gradient]] = {}
    for g in system.gradients:
        asked.setdefault(g.loss, []).append(g)
    system = replace(system, gradients=())
    names = [x.name for x in (*system.hoisted, *system.lets, *system.late)]
    faults: list[Fault] = []
    # A loss may read the gradient of one before it.
    for loss in sorted(asked, key=names.index):
        making = _Making.of(system)
        system = making.differentiate(loss, asked[loss])
        faults += [Fault(e, let, asked[loss][0]) for e, let in making.faults]
    return system, faults


def reads_in_vain(system: System) -> list[Gradient]:
    """Gradients that are 0, because the loss doesn't depend on the array."""
    lets = (*system.hoisted, *system.lets, *system.late)
    return [g for g in system.gradients if g.of not in _needed([g.loss], lets, system.gradients)]


def _needed(names: Iterable[str], lets: Iterable[Let], gradients: Iterable[Gradient] = ()) -> set[str]:
    """What these arrays are made of, themselves included; a gradient that isn't worked out yet, of what its loss is."""
    losses = {g.name: g.loss for g in gradients}

    def reads(x: Let) -> set[str]:
        read = arrays(x.expr)
        return read | {losses[name] for name in read & losses.keys()}

    return needed(names, lets, reads)[0]


@dataclass
class _Making:
    """A system while one loss is differentiated. `lets`: all of them in order, each with the list it is in."""

    system: System
    lets: list[tuple[str, Let]]
    around: Around
    apart: Apart
    faults: list[tuple[Expr, Let]] = field(default_factory=list)
    end: int = 0  # the place of the first let after the loss
    known: dict[str, Const] = field(default_factory=dict)  # adjoints that are numbers

    @classmethod
    def of(cls, system: System) -> "_Making":
        lets = [(where, x) for where in ("hoisted", "lets", "late") for x in getattr(system, where)]
        serial = len(lets)
        names = iter(range(10**9))
        positions = {
            t.name: t.axes[0] for t in system.tables.values() if len(t.axes) == 1 and t.data.dtype.kind in "iu"
        }
        around = Around(
            {a.name: a.size for a in system.axes.values()},
            positions,
            lambda stem: f"{stem.split('.')[0]}.{serial}g{next(names)}",
        )
        return cls(system, lets, around, Apart(around.fresh, array_kinds(system)))

    def differentiate(self, loss: str, wanted: Sequence[Gradient]) -> System:
        targets = dict.fromkeys(g.of for g in wanted)
        active = self._active(loss, targets)[0]
        for where, group in _groups(self.lets, active):
            k = self._place(group[0])
            self.lets[k : k + len(group)] = [(where, x) for x in isolated(group, self.apart)]
        active, drawn = self._active(loss, targets)
        where, made = self._adjoints(loss, active, drawn, targets)
        made += [self._gradient(g, made) for g in wanted]
        self.lets[self.end : self.end] = [(where, x) for x in made]
        return self._finished()

    def _place(self, let: Let) -> int:
        return next(i for i, (_, x) in enumerate(self.lets) if x is let)

    def _finished(self) -> System:
        hoisted, lets, late = (tuple(x for there, x in self.lets if there == w) for w in ("hoisted", "lets", "late"))
        relations = {n: r for n, i in self.around.inverses.items() if (r := _turned(n, i, self.system)) is not None}
        known = {**self.system.relations, **relations}
        return replace(self.system, relations=known, hoisted=hoisted, lets=lets, late=late)

    # --- what depends on what -----------------------------------------------------------------------------------------

    def _active(self, loss: str, targets: Iterable[str]) -> tuple[frozenset[str], frozenset[str]]:
        """Arrays that lie between the targets and the loss, these included; draws that depend on a target."""
        lets = [x for _, x in self.lets]
        moved, drawn = set(targets), set[str]()

        def follow(some: Iterable[Let]) -> None:
            for group in together(some):
                if any(followed(x.expr) & (moved | drawn) for x in group):
                    moved.update(x.name for x in group)

        follow(self.system.hoisted)  # what draws may read
        for draw in self.system.draws.values():
            if set().union(*map(arrays, draw.args)) & (moved | drawn) and draw.name not in moved:
                drawn.add(draw.name)
        follow(lets)
        return frozenset(moved & _needed([loss], lets)), frozenset(drawn)

    # --- adjoints -----------------------------------------------------------------------------------------------------

    def _adjoints(
        self, loss: str, active: frozenset[str], drawn: frozenset[str], targets: Iterable[str]
    ) -> tuple[str, list[Let]]:
        """The adjoints of everything that is active, in the order of their making."""
        shares: dict[str, list[Share]] = {name: [] for name in active}
        made: list[Let] = []
        where = next(w for w, x in self.lets if x.name == loss)
        for list_of, group in reversed(_groups(self.lets, active)):
            values: list[Let] = []
            self._backward(group, loss, shares, drawn, values, made)
            k = 1 + self._place(group[-1])
            self.lets[k:k] = [(list_of, x) for x in values]
            # Adjoints read values of what was before the loss, and those of the loss itself.
            self.end = k + len(values) if group[0].name == loss else self.end + len(values)
        for target in targets:
            if target in active and all(x.name != target for _, x in self.lets):
                binders = tuple(Binder(self.around.fresh(a), Whole(a)) for a in self._axes(target))
                made.append(Let(f"d {loss} / d {target}", binders, self._total(shares[target], binders, ())))
        return where, made

    def _backward(
        self,
        group: Sequence[Let],
        loss: str,
        shares: dict[str, list[Share]],
        drawn: frozenset[str],
        values: list[Let],
        made: list[Let],
    ) -> None:
        """The adjoints of a let or of those of a circle, and what they hand on."""

        def hand_on(let: Let, moved: Iterable[str], adjoints: Aside) -> None:
            way = Backward(
                frozenset(moved),
                drawn,
                partial(self.apart.aside, stem=let.name, into=values),
                adjoints,
                self.around.fresh,
            )
            index = tuple(Var(b.name) for b in let.binders)
            own = self.known.get(let.name, Read(_adjoint(loss, let), index))
            way.through(let.expr, own, Read(let.name, index), Place(let.binders))
            self.faults += [(e, let) for e in way.faults]
            for share in way.shares:
                shares[share.array].append(share)

        self.apart.kinds |= {_adjoint(loss, let): "real" for let in group}
        names = {x.name for x in group}
        for let in group if group[0].scan else ():
            # What they hand to each other stands in the adjoints' own equations, which lets of their own would read in a circle.
            hand_on(let, names, lambda e, at: e)
        made += [x for let in reversed(group) if (x := self._adjoint_of(let, loss, shares[let.name])) is not None]
        for let in group:
            inside = f"{_adjoint(loss, let)} inside"
            hand_on(let, shares.keys() - names, partial(self.apart.aside, stem=inside, into=made))

    def _adjoint_of(self, let: Let, loss: str, shares: list[Share]) -> Let | None:
        """None if it is a number."""
        binders = tuple(Binder(self.around.fresh(b.name), b.domain) for b in let.binders)
        expr = self._total(shares, binders, (_seed(let),) if let.name == loss else ())
        if isinstance(expr, Const) and not let.circle:
            self.known[let.name] = expr
            return None
        name, scan = _adjoint(loss, let), OTHER_WAY[let.scan]
        circle = f"d {loss} / d {let.circle}" if let.circle else ""
        return Let(name, binders, expr, scan=scan, circle=circle, level=let.level, span=let.span)

    def _total(self, shares: list[Share], binders: tuple[Binder, ...], seed: tuple[Expr, ...]) -> Expr:
        terms = [*seed, *(t for s in shares if (t := gathered(s, binders, self.around)) != ZERO)]
        return reduce(lambda a, b: Apply("+", (a, b)), terms) if terms else ZERO

    def _gradient(self, g: Gradient, made: list[Let]) -> Let:
        """By the array's numbers: one that is held as its logarithm has d log x / dx = 1 / x."""
        let = next((x for _, x in self.lets if x.name == g.of), None)
        domains = [b.domain for b in let.binders] if let else [Whole(a) for a in self._axes(g.of)]
        binders = tuple(Binder(self.around.fresh("at"), d) for d in domains)
        index = tuple(Var(b.name) for b in binders)
        name = f"d {g.loss} / d {g.of}"
        expr: Expr = Read(name, index) if any(x.name == name for x in made) else self.known.get(g.of, ZERO)
        if let.log if let else g.of in self.system.slots and self.system.slots[g.of].log:
            expr = Apply("*", (expr, Apply("exp", (Apply("neg", (Read(g.of, index),)),))))
        return Let(g.name, binders, expr, span=g.span)

    def _axes(self, array: str) -> tuple[str, ...]:
        s = self.system
        found = s.slots.get(array) or s.draws.get(array) or s.tables.get(array)
        return found.axes if found else ()


def _groups(lets: Sequence[tuple[str, Let]], active: frozenset[str]) -> list[tuple[str, tuple[Let, ...]]]:
    """The lets that are active, those of a circle together, each with the list they are in."""
    lists = {x.name: where for where, x in lets}
    return [(lists[g[0].name], g) for g in together(x for _, x in lets) if g[0].name in active]


def _adjoint(loss: str, let: Let) -> str:
    return f"d {loss} / d {let.name}"


def _seed(loss: Let) -> Expr:
    return Apply("exp", (Read(loss.name),)) if loss.log else ONE


def _turned(name: str, inverse: Inverse, system: System) -> Relation | None:
    """The inverse in CSR form; None while what it is the inverse of isn't known yet."""
    size = system.axes[inverse.source].size
    if inverse.of in system.relations:
        of = system.relations[inverse.of]
        rows = np.repeat(np.arange(len(of.offsets) - 1, dtype=np.int32), np.diff(of.offsets))
        members, target = of.members, of.source
    elif inverse.of in system.tables:
        members, target = system.tables[inverse.of].data, system.tables[inverse.of].axes[0]
        rows = np.arange(len(members), dtype=np.int32)
    else:
        return None
    order = np.argsort(members, kind="stable")
    offsets = np.concatenate([[0], np.cumsum(np.bincount(members, minlength=size))]).astype(np.int64)
    return Relation(name, inverse.source, target, offsets, rows[order])
