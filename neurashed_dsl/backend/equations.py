"""The text of equations: new values for the state, written where the old ones stand or into a buffer."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext

from neurashed_dsl.backend import draw as drawing
from neurashed_dsl.backend.draw import Stream
from neurashed_dsl.backend.fuse import Fused, covers, next_exprs
from neurashed_dsl.backend.pieces import heavy
from neurashed_dsl.backend.writer import Writer
from neurashed_dsl.ir.expr import Apply, Binder, Read, Var, Whole, walk
from neurashed_dsl.ir.operators import NO_NUMBER
from neurashed_dsl.ir.system import Next, System

Still = dict[int, int | None]  # what `in_place` says


def step(system: System, fused: list[Fused], still: Still, streams: dict[str, Stream], w: Writer) -> None:
    # What is assigned last is worked out first, from the old state, so that the others may work in place.
    for following, own in sorted(zip(system.next, fused), key=lambda pair: not pair[0].last):
        move(following, own, streams, system, w, behind=still[id(following)], moving=True)
    for following in system.next:
        if still[id(following)] is None:
            _commit(following, system, w)
    if not system.next:
        w.line("pass")


def move(
    following: Next,
    own: Fused,
    streams: dict[str, Stream],
    system: System,
    w: Writer,
    *,
    behind: int | None,
    moving: bool,
) -> None:
    """New values: in place where no other equation reads the old ones, at once or one element behind, else into a buffer."""
    # A loop over a whole axis looks afterwards whether all values were finite, so that it vectorises; one that draws doesn't.
    whole = all(isinstance(b.domain, Whole) for b in following.binders) and not own.draws
    dense = moving and (whole or w.names.lanes > 0)
    apart = moving and goes_flat(following, system, w)  # the row of all lanes is looked at in a loop of its own
    if dense:
        w.line("sound = True")
    kept = {slot: _kept(slot, w) for slot, _ in following.updates if behind == 1}
    with _all_loops(following, own, w), _where(following, w):
        _own(following, own, streams, w)
        index = [w.value(i) for i in following.index]
        values = [w.value(e) for _, e in following.updates]
        fresh = [w.fresh("new") for _ in values]
        with w.lanes():
            for name, value in zip(fresh, values):
                w.line(f"{name} = {value}")
            for (slot, _), name in zip(following.updates, fresh):
                w.read.add(slot)
                target = _target(slot, index, behind is None, w)
                if slot in kept:
                    _put_behind(slot, index[0], kept[slot], name, w)
                else:
                    w.line(f"{target} = {name}")
                if moving and not apart and _may_fail(following, slot, system):
                    _check(slot, name, dense, target if slot in kept else "", system, w)
    w.held.clear()
    for slot, name in kept.items():
        w.line(f"{w.names.access(slot, ['-1'])} = {name}")
    if dense:
        _stop_if_unsound(following, apart, behind is None, system, w)


@contextmanager
def _all_loops(following: Next, own: Fused, w: Writer) -> Iterator[None]:
    """Loops over the binders. What each run of the innermost one reads at a single place is read before it: it writes to memory, and a compiler
    doesn't know where."""
    outer, inner = following.binders[:-1], following.binders[-1:]
    with w.loops(outer):
        for e in _at_one_place(following, own, outer, w) if not w.names.lanes else ():
            w.held[e.array] = w.ahead(e.array, w.value(e), differs=False)
        with w.loops(inner):
            yield


def _at_one_place(following: Next, own: Fused, outer: Sequence[Binder], w: Writer) -> list[Read]:
    written = {slot for slot, _ in following.updates} | {d.name for d in own.draws} | {x.name for x in own.lets}
    exprs = next_exprs(following) + [x.expr for x in own.lets] + [a for d in own.draws for a in d.args]
    reads = [e for x in exprs for e in walk(x) if isinstance(e, Read) and e.index and e.array not in written]
    places = {array: {e for e in reads if e.array == array} for array in dict.fromkeys(e.array for e in reads)}
    around = [Var(b.name) for b in outer]
    single = [next(iter(found)) for found in places.values() if len(found) == 1]
    return [e for e in single if all(i in around and w.stays(e.array, i) for i in e.index)]


def _own(following: Next, own: Fused, streams: dict[str, Stream], w: Writer) -> None:
    """Draws and lets of this element, held for its equation alone."""
    exprs = next_exprs(following) + [x.expr for x in own.lets]
    apart = w.names.lanes > 0 and any(map(heavy, exprs))  # a reducer inside has loops over lanes of its own
    for draw in own.draws:
        s = streams[draw.name]
        element = w.names.access(draw.name, [w.variables[b.name] for b in following.binders])
        text = drawing.finished(draw, s, element, w) if w.names.lanes else drawing.number(draw, s, w)
        _hold(draw.name, text, apart, w)
    for let in own.lets:
        _hold(let.name, w.value(let.expr), apart, w)


def _hold(name: str, text: str, apart: bool, w: Writer) -> None:
    differs = name in w.names.varying
    if apart and differs:
        w.held[name] = w.row(name, w.kinds[name])
        with w.lanes():
            w.line(f"{w.held[name]} = {text}")
    else:
        w.held[name] = w.ahead(name, text, differs)


def _kept(slot: str, w: Writer) -> str:
    """A name for the new value that waits until its neighbour has read the old one."""
    name = w.fresh(f"{slot}_kept")
    w.line(f"{name} = {w.names.access(slot, ['0'])}")
    return name


def _put_behind(slot: str, index: str, kept: str, name: str, w: Writer) -> None:
    """What was kept goes to its place; the new value is kept."""
    with w.block(f"if {index} > 0:"):
        w.line(f"{w.names.access(slot, [f'{index} - 1'])} = {kept}")
    w.line(f"{kept} = {name}")


def _check(slot: str, name: str, dense: bool, target: str, system: System, w: Writer) -> None:
    """Stop where a value isn't finite, and leave it in `target`, if it isn't there yet. The logarithm of 0 is -inf; `whole` gives a very
    low number for what is none."""
    kind, log = system.slots[slot].kind, system.slots[slot].log
    sound = f"{name} > {NO_NUMBER}" if kind == "int" else f"{name} < inf" if log else f"abs({name}) < inf"
    if dense:
        w.line(f"sound &= {sound}")
        return
    with w.block(f"if not ({sound}):"):
        if target:
            w.line(f"{target} = {name}")
        w.line("return -1 - step")


def _may_fail(following: Next, slot: str, system: System) -> bool:
    """May its next value be no number of its kind?"""
    kept_whole = any(s == slot and isinstance(e, Apply) and e.op == "whole" for s, e in following.updates)
    return system.slots[slot].kind == "real" or kept_whole


def _stop_if_unsound(following: Next, apart: bool, buffered: bool, system: System, w: Writer) -> None:
    for slot, _ in following.updates if apart else ():
        if _may_fail(following, slot, system):
            with w.block(f"for i in range({w.names.text[slot]}.size):"):
                _check(slot, f"{flat(slot, buffered, w)}[i]", True, "", system, w)
    with w.block("if not sound:"):
        w.line("return -1 - step")


def _commit(following: Next, system: System, w: Writer) -> None:
    """Buffered values become the state."""
    if goes_flat(following, system, w):
        for slot, _ in following.updates:
            with w.block(f"for i in range({w.names.text[slot]}.size):"):
                w.line(f"{flat(slot, False, w)}[i] = {flat(slot, True, w)}[i]")
        return
    with w.loops(following.binders), _where(following, w):
        index = [w.value(i) for i in following.index]
        with w.lanes():
            for slot, _ in following.updates:
                w.line(f"{w.names.access(slot, index)} = {_target(slot, index, True, w)}")


def _where(following: Next, w: Writer) -> AbstractContextManager[None]:
    return nullcontext() if following.where is None else w.block(f"if {w.value(following.where)}:")


def _target(slot: str, index: list[str], buffered: bool, w: Writer) -> str:
    if not buffered:
        return w.names.access(slot, index)
    return w.names.element(buffer(slot, w), index, slot in w.names.varying)


def goes_flat(following: Next, system: System, w: Writer) -> bool:
    """With lanes, what covers its slots is one long row."""
    return w.names.lanes > 0 and covers(following, system)


def flat(slot: str, buffered: bool, w: Writer) -> str:
    """The name of that row."""
    return w.names.text[f"flat buffer {slot}" if buffered else f"flat {slot}"]


def buffer(slot: str, w: Writer) -> str:
    w.read.add(f"buffer {slot}")
    return w.names.text[f"buffer {slot}"]
