"""What a picture of a system shows, before any format: its arrays on plates, one for each set of axes, and who reads whom.

It is made of the declaration as it is written, so sizes needn't be known. `sketch_dot` and `sketch_mermaid` write it.
"""

from collections.abc import Iterator, Sequence

from neurashed_dsl.ir.expr import Read as Stored
from neurashed_dsl.model.scope import Scope, Typed
from neurashed_dsl.render.escape import printable, shortened
from neurashed_dsl.render.reads import reads
from neurashed_dsl.syntax import ast
from neurashed_dsl.syntax.walk import walk
from neurashed_dsl.values import frozen

LONGEST_HINT, LONGEST_NOTE, LONGEST_PLATE = 400, 30, 48
KINDS = {
    ast.State: "state",
    ast.Const: "const",
    ast.Draw: "draw",
    ast.White: "white",
    ast.Let: "let",
}
CLOCK = ("t", "dt", "step")
Array = ast.State | ast.Const | ast.Draw | ast.White | ast.Let


@frozen
class Mark:
    """An array, a parameter, or an equation of motion. `key` is unique and holds only letters and digits."""

    key: str
    kind: str  # state const draw white let observe parameter given (by the network) motion
    text: str
    plate: tuple[str, ...]  # the axes, in the order written; an axis that comes again is `axis′`
    hint: str  # as it is declared
    note: str = ""  # what it is drawn from


@frozen
class Arrow:
    """`kind`: "reads"; "starts" (where a state starts, or ends at a boundary); "moves", from an equation to its state."""

    source: str
    target: str
    kind: str


@frozen
class Plate:
    """Marks of one set of axes, within the plate of the most of them; `label` is what it adds to that one."""

    axes: tuple[str, ...]
    within: tuple[str, ...] | None
    label: tuple[str, ...]


@frozen
class Sketch:
    name: str
    marks: tuple[Mark, ...]
    arrows: tuple[Arrow, ...]
    plates: tuple[Plate, ...]  # a plate stands after the one that it is within
    summary: str


def sketch_of(system: ast.System, home: Scope) -> Sketch:
    """A system; `home` is the scope that it is declared in, for the parameters of its file."""
    arrays = [item for item in system.items if isinstance(item, Array)]
    motions = [item for item in system.items if isinstance(item, ast.Next)]
    marks = [_array(item, f"a{i}") for i, item in enumerate(arrays)]
    keys = {mark.text: mark.key for mark in marks}
    marks += [_motion(item, f"m{i}") for i, item in enumerate(motions)]
    pairs = list(dict.fromkeys(_pairs(system, arrays, motions, keys, home)))
    sources = list(dict.fromkeys(source for source, _, _ in pairs if source not in keys))
    for source in sources:
        found = _source(source, f"p{len(keys)}", system, home)
        if found is not None:
            marks.append(found)
            keys[source] = found.key
    arrows = [Arrow(keys[source], target, kind) for source, target, kind in pairs if source in keys]
    arrows += [Arrow(f"m{i}", keys[item.name.name], "moves") for i, item in enumerate(motions)]
    plates = _plates([mark.plate for mark in marks], _ranges(system))
    return Sketch(system.name.name, tuple(marks), tuple(arrows), plates, _summary(system, marks))


def _array(item: Array, key: str) -> Mark:
    kind = "observe" if isinstance(item, ast.Let) and item.observe else KINDS[type(item)]
    note = ""
    if isinstance(item, ast.Draw):
        note = "~ " + _flat(item.distribution)
    elif isinstance(item, ast.State | ast.Const) and item.drawn and item.value is not None:
        note = "~ " + _flat(item.value)
    return Mark(key, kind, item.name.name, _plate(item.binders), _hint(item), shortened(note, LONGEST_NOTE))


def _motion(item: ast.Next, key: str) -> Mark:
    return Mark(key, "motion", "d/dt" if item.differential else "←", _plate(item.binders), _hint(item))


def _source(name: str, key: str, system: ast.System, home: Scope) -> Mark | None:
    """What isn't an array: a parameter, of the system or of its file; in a system over a network, what that one gives."""
    own = next((p for p in system.parameters if p.name.name == name), None)
    if own is not None:
        return Mark(key, "parameter", name, _plate(own.binders), _hint(own))
    meaning = home.find(name)
    if isinstance(meaning, Typed) and isinstance(meaning.expr, Stored) and name not in CLOCK:
        return Mark(key, "parameter", name, (), f"param {name}")
    if system.over_network and meaning is None and any(name in given for given in _indexed(system)):
        return Mark(key, "given", name, (), f"{name}, of the network")
    return None


def _indexed(system: ast.System) -> Iterator[set[str]]:
    for item in system.items:
        yield {node.base.name for node in walk(item) if isinstance(node, ast.Index)}


def _pairs(
    system: ast.System, arrays: Sequence[Array], motions: Sequence[ast.Next], keys: dict[str, str], home: Scope
) -> Iterator[tuple[str, str, str]]:
    """(name that is read, key that reads it, how)."""
    for item in arrays:
        value = item.distribution if isinstance(item, ast.Draw) else None if isinstance(item, ast.White) else item.value
        if value is not None:
            how = "starts" if isinstance(item, ast.State) else "reads"
            yield from ((n, keys[item.name.name], how) for n in reads(value, item.binders, home))
    for i, motion in enumerate(motions):
        yield from ((n, f"m{i}", "reads") for n in reads(motion.value, motion.binders, home))
    for edge in system.items:
        if isinstance(edge, ast.Boundary) and edge.target.base.name in keys:
            yield from ((n, keys[edge.target.base.name], "starts") for n in reads(edge.value, (), home))


# --- plates -----------------------------------------------------------------------------------------------------------------


def _plate(binders: Sequence[ast.Binder]) -> tuple[str, ...]:
    axes: list[str] = []
    for binder in binders:
        axis = binder.name if binder.domain is None else _flat(binder.domain)
        while axis in axes:
            axis += "′"
        axes.append(axis)
    return tuple(axes)


def _ranges(system: ast.System) -> dict[str, str]:
    return {i.name.name: f"{i.name.name} = {_flat(i.domain)}" for i in system.items if isinstance(i, ast.Axis)}


def _plates(used: Sequence[tuple[str, ...]], ranges: dict[str, str]) -> tuple[Plate, ...]:
    by_set = {frozenset(axes): axes for axes in reversed(used) if axes}
    found = []
    for own in sorted(by_set, key=lambda s: (len(s), used.index(by_set[s]))):
        smaller = [s for s in by_set if s < own]
        within = max(smaller, key=lambda s: (len(s), -used.index(by_set[s])), default=None)
        added = [axis for axis in by_set[own] if within is None or axis not in within]
        label = tuple(shortened(ranges.get(axis.rstrip("′"), axis.rstrip("′")), LONGEST_PLATE) for axis in added)
        found.append(Plate(by_set[own], None if within is None else by_set[within], label))
    return tuple(found)


# --- words ------------------------------------------------------------------------------------------------------------------


def _flat(node: ast.Node) -> str:
    return " ".join(node.span.text.split())


def _hint(node: ast.Node) -> str:
    return shortened(_flat(node), LONGEST_HINT)


def _summary(system: ast.System, marks: Sequence[Mark]) -> str:
    """One sentence about the picture, for those who can't see it."""
    states = [mark.text for mark in marks if mark.kind == "state"]
    others = [mark.text for mark in marks if mark.kind not in ("state", "motion", "parameter")]
    text = f"system {system.name.name}: states {', '.join(states) or 'none'}"
    return printable(text + (f"; {', '.join(others)}" if others else ""))
