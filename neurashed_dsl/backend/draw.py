"""Draws as text: NumPy's numbers written out, one after another or in lanes; what only a Generator can draw, by calls of it."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from neurashed_dsl.backend.names import LANE, Names
from neurashed_dsl.backend.writer import ATOM, Writer
from neurashed_dsl.builtins.draws import DISTRIBUTIONS
from neurashed_dsl.ir.expr import arrays, free
from neurashed_dsl.ir.system import Draw, System

PARTS = "abcn"  # of a stream's state


@dataclass(frozen=True)
class Stream:
    """How a draw is made: its text over `z`, `u` or `rng`, and the names of its stream and of the parts of that."""

    text: str
    argument: str
    parts: tuple[str, ...]

    @property
    def written(self) -> bool:
        return is_written(self.text)


def is_written(text: str) -> bool:
    return not re.search(r"\brng\b", text)


def writable(draw: Draw) -> bool:
    """Can it be drawn in lanes?"""
    return draw.distribution in DISTRIBUTIONS and is_written(DISTRIBUTIONS[draw.distribution].kernel)


def streams(system: System, names: Names) -> dict[str, Stream]:
    """One for each draw that is made in the kernel."""
    found = {}
    for draw in system.draws.values():
        if draw.distribution != "presentation":
            own = names.text[f"rng {draw.name}"]
            parts = tuple(f"{own}[{i}, {LANE}]" if names.lanes else f"{own}_{p}" for i, p in enumerate(PARTS))
            found[draw.name] = Stream(DISTRIBUTIONS[draw.distribution].kernel, own, parts)
    return found


def enter(found: dict[str, Stream], w: Writer) -> None:
    """Streams into registers."""
    for s in found.values():
        if s.written and not w.names.lanes:
            w.line(f"{', '.join(s.parts)} = {', '.join(f'{s.argument}[{i}]' for i in range(len(PARTS)))}")


def leave(found: dict[str, Stream], w: Writer) -> None:
    """And back."""
    for s in found.values():
        if s.written and not w.names.lanes:
            w.line(f"{', '.join(f'{s.argument}[{i}]' for i in range(len(PARTS)))} = {', '.join(s.parts)}")


def number(draw: Draw, s: Stream, w: Writer) -> str:
    """The text of one number, after the lines it needs."""
    args = _arguments(draw, w)
    if not s.written:
        return re.sub(r"\brng\b", s.argument, _sound(draw, s, args, w))
    state = ", ".join(s.parts)
    w.line(f"bits, {state} = next_bits({state})")
    if _needs(s, w) == "u":
        w.line("u = unit(bits)")
    else:
        clip = _clip(args)
        _quick("z", "bits", clip, w)
        with w.block("if margin >= 0:"):
            w.line(f"z, {state} = slow_normal(bits, {clip}, {state})")
    return _sound(draw, s, args, w)


def raw_in_lanes(draw: Draw, s: Stream, target: str, w: Writer) -> None:
    """`z` or `u` for all lanes at once, into `target`; lanes that need more bits than that follow one by one."""
    state = ", ".join(s.parts)
    if _needs(s, w) == "u":
        with w.lanes():
            w.line(f"bits, {state} = next_bits({state})")
            w.line(f"{target} = unit(bits)")
        return
    clip, drawn, margins = _clip(_arguments(draw, w)), w.row("drawn", "bits"), w.row("margins", "int")
    pending = list(w.pending)
    w.line("calm = np.int64(-1)")  # negative while all margins are
    with w.lanes():
        w.line(f"bits, {state} = next_bits({state})")
        _quick(target, "bits", clip, w)
        w.line(f"{drawn}, {margins} = bits, margin")
        w.line("calm &= margin")
    w.pending = pending
    with w.block("if calm >= 0:"), w.lanes(), w.block(f"if {margins} >= 0:"):
        w.line(f"{target}, {state} = slow_normal({drawn}, {clip}, {state})")


def _quick(target: str, bits: str, clip: str, w: Writer) -> None:
    w.line(f"{target}, margin = {'quick_in_lanes' if w.names.lanes else 'quick_normal'}({bits})")
    if clip != "inf":
        w.line(f"margin = margin if abs({target}) <= {clip} else 0")


def finished(draw: Draw, s: Stream, raw: str, w: Writer) -> str:
    """The number made of a raw one."""
    return re.sub(r"\b[zu]\b", lambda _: raw, _sound(draw, s, _arguments(draw, w), w))


def _sound(draw: Draw, s: Stream, args: Sequence[str], w: Writer) -> str:
    """The text of the number; of NaN where arguments that only the run knows are none of this distribution."""
    text, sound = s.text.format(*args), DISTRIBUTIONS[draw.distribution].sound.format(*args)
    return f"({text} if {sound} else nan)" if may_be_none(draw, w.names.given) else text


def may_be_none(draw: Draw, parameters: Collection[str]) -> bool:
    """Has it arguments that weren't known when it was checked?"""
    known = all(arrays(a) <= set(parameters) and not free(a) for a in draw.args)
    return draw.distribution in DISTRIBUTIONS and DISTRIBUTIONS[draw.distribution].sound != "True" and not known


def _needs(s: Stream, w: Writer) -> str:
    normal = re.search(r"\bz\b", s.text) is not None
    quick = "quick_in_lanes" if w.names.lanes else "quick_normal"
    w.helpers |= {"next_bits", "unit", *((quick, "slow_normal") if normal else ())}
    return "z" if normal else "u"


def _arguments(draw: Draw, w: Writer) -> list[str]:
    return [a if re.fullmatch(ATOM, a) else f"({a})" for a in map(w.value, draw.args)]


def _clip(args: Sequence[str]) -> str:
    return args[2] if len(args) > 2 else "inf"
