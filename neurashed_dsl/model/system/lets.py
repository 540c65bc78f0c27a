"""Derived arrays: `let` and `observe`, each after those it reads."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from neurashed_dsl.ir.expr import Binder, Range, Var, Whole, arrays
from neurashed_dsl.ir.system import Axis, Let
from neurashed_dsl.model import arithmetic
from neurashed_dsl.model.demands import known_now, single
from neurashed_dsl.model.lower import lower
from neurashed_dsl.model.scope import UNKNOWN, ArrayOf, Lowering, Scope, Typed
from neurashed_dsl.model.system import errors
from neurashed_dsl.model.system.array_parameters import scope_of_text
from neurashed_dsl.model.system.arrays import as_declared, kept_index
from neurashed_dsl.model.system.circles import arranged, groups
from neurashed_dsl.model.system.equations import Equations, axes_of, kind_named, reads_of
from neurashed_dsl.syntax import ast


@dataclass
class Head:
    """What a let says before its text: its binders and axes, and the kind that it declares."""

    item: ast.Let
    inner: Scope
    binders: tuple[Binder, ...]
    axes: tuple[str, ...]
    declared: str | None

    @property
    def name(self) -> str:
        return self.item.name.name

    def array(self, kind: str, element: str | None = None) -> ArrayOf:
        return ArrayOf(self.name, self.axes, kind, element, span=self.item.name.span)


def lower_lets(system: ast.System, scope: Scope, made: Equations, to: Lowering) -> None:
    """All of them, in the order of evaluation."""
    by_name = {i.name.name: i for i in system.items if isinstance(i, ast.Let)}
    for names in groups(reads_of(by_name, to)):
        scope.names |= dict.fromkeys(names, UNKNOWN)
        heads = [h for n in names if (h := _head(by_name[n], scope, made, to)) is not None]
        if len(heads) == len(names):
            _lets(heads, scope, made, to)


def _head(item: ast.Let, scope: Scope, made: Equations, to: Lowering) -> Head | None:
    """None after a report."""
    inner, binders, axes = axes_of(item.binders, scope, to)
    ranged = _own_axes(item, inner, binders, axes, made, to) if len(binders) == len(item.binders) else None
    return ranged and Head(item, inner, *ranged, kind_named(item.type, to) if item.type else None)


def _lets(heads: Sequence[Head], scope: Scope, made: Equations, to: Lowering) -> None:
    """One let, or those that read each other round. Of such ones those without a type hold real numbers."""
    if len(heads) > 1:
        heads = [replace(h, declared=h.declared or "real") for h in heads]
    names = {h.name: h for h in heads}
    promised = {h.name: h.array(h.declared or "real") for h in heads}
    scope.names |= promised
    for h in heads:
        h.inner.names |= promised
    lets = [x for h in heads if (x := _lowered(h, scope, to)) is not None]
    noisy = any(arrays(x.expr) & made.noisy for x in lets)
    found, circle = (lets, []) if noisy and len(lets) == 1 else arranged(lets, to.gradients)
    if noisy and len(heads) > 1:
        circle = [*names, heads[0].name]
    if circle:
        to.report.add(errors.CIRCULAR_LET.at(names[circle[0]].item.name.span, circle=" → ".join(circle)))
    if circle or len(lets) < len(heads):
        scope.names |= dict.fromkeys(names, UNKNOWN)
        for asked in [g for g in to.gradients.values() if g.loss in names]:
            del to.gradients[asked.name]
        return
    made.noisy |= set(names) if noisy else set()
    made.lets += found


def _lowered(h: Head, scope: Scope, to: Lowering) -> Let | None:
    """None after a report."""
    item = h.item
    text = scope_of_text(h.name, h.inner, item.binders, to)
    body = kept_index(single(lower(item.value, text, to), item.value.span, to), to)
    body = as_declared(h.declared, body, item.name, item.value, to) if h.declared else body
    kind = h.declared or body.kind
    if body.kind == "unknown" and h.declared is None:
        return None
    expr = arithmetic.as_log(body) if kind == "log" else arithmetic.as_real(body)
    scope.names[h.name] = h.array(kind, body.axis)
    to.elements |= {h.name: body.axis} if body.axis else {}
    return Let(h.name, h.binders, expr, "real" if kind == "log" else kind, kind == "log", span=item.span)


def _own_axes(
    item: ast.Let, inner: Scope, binders: tuple[Binder, ...], axes: tuple[str, ...], made: Equations, to: Lowering
) -> tuple[tuple[Binder, ...], tuple[str, ...]] | None:
    """Where an array runs over a range of integers, an axis of its own, with the array's name (language.md 8). None after a report."""
    found: list[Binder] = []
    names: list[str] = []
    for written, binder, axis in zip(item.binders, binders, axes):
        if axis != "" or not isinstance(binder.domain, Range):
            found.append(binder)
            names.append(axis)
            continue
        low, high = known_now(binder.domain.low, to), known_now(binder.domain.high, to)
        if low is None or high is None or high <= low:
            kind = errors.RANGE_VARIES if low is None or high is None else errors.EMPTY_AXIS
            to.report.add(kind.at(written.span, name=item.name.name, low=low, high=None if high is None else high - 1))
            return None
        own = item.name.name if item.name.name not in names else f"{item.name.name}_{len(names) + 1}"
        made.axes[own] = Axis(own, int(high - low), int(low))
        to.domains[binder.name] = Whole(own)
        inner.names[written.name] = Typed(arithmetic.shifted(Var(binder.name), int(low)), "int")
        found.append(Binder(binder.name, Whole(own)))
        names.append(own)
    return tuple(found), tuple(names)
