"""What will be learned, in words and as data for other programs. Takes a `Lesson`."""

import math
from collections.abc import Iterator, Sequence
from typing import Any

from neurashed_dsl.model.growth import Path, names_of
from neurashed_dsl.model.learning import BOUNDED, FADES, LEARNED, RIVAL, TIED, UNKNOWN, Growing, Judged, Learned
from neurashed_dsl.model.lessons import Lesson
from neurashed_dsl.model.remedies import Remedy

NAMED, LISTED = 4, 6  # inputs named in a group; groups of a class that are told one by one
ORDER = (RIVAL, FADES, BOUNDED, TIED, UNKNOWN, LEARNED)  # what fails comes first


def lesson_text(lesson: Lesson, where: Sequence[str] = ()) -> str:
    """A paragraph for each class, under a line that says of what."""
    lines = [heading(lesson, where)]
    for places, why in lesson.unknown.items():
        lines.append(f"  of places {places} nothing is known: {why}")
    for learned in lesson.classes:
        lines += ["", *_class(lesson, learned)]
    return "\n".join(lines)


def heading(lesson: Lesson, where: Sequence[str]) -> str:
    batch = "all" if lesson.how.order == "all" else lesson.how.batch
    order = "" if lesson.how.order == "all" else f"{lesson.how.order}, "
    told = f": {', '.join(where)}" if where else ""
    return f"{lesson.graph.name}, {order}batch {batch}{told}"


def _class(lesson: Lesson, learned: Learned) -> Iterator[str]:
    name = lesson.graph.classes[learned.number]
    if not learned.inputs:
        yield f"{name}: no inputs"
        return
    yield f"{name}: {percent(learned.share)} of the presentations"
    groups = _groups(lesson, learned.inputs)
    for group in groups[:LISTED]:
        yield from _group(lesson, group)
    if len(groups) > LISTED:
        left = [j for group in groups[LISTED:] for j in group]
        yield f"  {_verdict(lesson, left[0]):<9} and {len(left)} more inputs, on other paths"
    yield from _remedies(lesson, lesson.remedies.get(learned.number, ()))


def _groups(lesson: Lesson, inputs: Sequence[Judged]) -> list[list[Judged]]:
    """Inputs with the same story, those that fail first, and then those that lead by least."""
    groups: dict[Any, list[Judged]] = {}
    for j in inputs:
        key = (j.verdict, *(None if p is None else (p.nodes, p.vote) for p in (j.path, j.rival_path)))
        groups.setdefault(key, []).append(j)
    return sorted(groups.values(), key=lambda g: (ORDER.index(g[0].verdict), _lead(g[0])))


def _lead(judged: Judged) -> float:
    own, rival = judged.rates
    return own[0] - max(0.0, rival[0]) if math.isfinite(own[0]) else -math.inf


def _group(lesson: Lesson, group: Sequence[Judged]) -> Iterator[str]:
    first = group[0]
    rows = [] if first.path is None else [("carried by", _path(lesson, first.path), first.rates[0])]
    if first.rival_path is not None:
        rows.append(("against", _path(lesson, first.rival_path), first.rates[1]))
    yield f"  {_verdict(lesson, first):<9} {_named(lesson, group)}{_because(lesson, first)}"
    width = max((len(path) for _, path, _ in rows), default=0)
    for word, path, rate in rows:
        yield f"            {word:<10}  {path:<{width}}  {pace(rate)}".rstrip()


def _named(lesson: Lesson, group: Sequence[Judged]) -> str:
    held = lesson.graph.inputs.held_out
    names = [lesson.graph.inputs.names[j.sample] + (" (held out)" if held[j.sample] else "") for j in group]
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more


def _verdict(lesson: Lesson, judged: Judged) -> str:
    return {
        LEARNED: "p → 1",
        RIVAL: "p → 0",
        FADES: f"p → 1/{len(lesson.graph.classes)}" if judged.rates[1][0] < 0 else "p < 1",
        BOUNDED: "p < 1",
        TIED: "a tie",
        UNKNOWN: "unknown",
    }[judged.verdict]


def _because(lesson: Lesson, judged: Judged) -> str:
    if judged.verdict == TIED:
        chance = lesson.how.order == "independent" or (lesson.how.order == "shuffled" and lesson.how.batch > 1)
        return f": both logits grow at one rate; {'chance decides' if chance else 'their starts and how often each is seen decide'}"
    if judged.verdict == FADES:
        return ": its logit shrinks" if judged.path else ": no node that fires leads to its class"
    if judged.verdict == BOUNDED:
        return ": its logit doesn't outgrow the others"
    return ""


def _path(lesson: Lesson, path: Path) -> str:
    return " → ".join(names_of(lesson.graph, path))


def pace(growing: Growing) -> str:
    """`R = 0.0021 a step, doubles in 330 steps`."""
    rate, power = growing
    if not math.isfinite(rate):
        return ""
    if abs(rate) < 1e-9:
        return "doesn't grow" if power == 0 else f"grows as the number of steps{'' if power == 1 else f'^{power:g}'}"
    word = "doubles" if rate > 0 else "halves"
    return f"R = {rate:.3g} a step: {word} in {rounded(math.log(2) / abs(rate))} steps"


def rounded(value: float) -> str:
    """Three digits, and no exponent below a million."""
    return f"{value:.0f}" if 100 <= value < 1e6 else f"{value:.3g}"


def percent(share: float) -> str:
    return f"{100 * share:.3g} %"


# --- remedies -------------------------------------------------------------------------------------------------------------


def _remedies(lesson: Lesson, remedies: Sequence[Remedy]) -> Iterator[str]:
    for i, remedy in enumerate(remedies):
        yield f"  {'would be' if i == 0 else 'or':<9} {'learned if ' if i == 0 else 'if '}{_remedy(lesson, remedy)}"


def _remedy(lesson: Lesson, remedy: Remedy) -> str:
    times = _factor(remedy.factor)
    if remedy.what == "weight":
        assert remedy.before is not None
        assert remedy.after is not None
        return (
            f"shown {times} times as often: {percent(remedy.after)} of the presentations, not {percent(remedy.before)}"
        )
    places = _places(lesson, remedy)
    verb = "grew" if remedy.what == "fire" else "faded"
    if remedy.before is None or remedy.after is None:
        return f"{places} {verb} by {times} times the factor"
    return f"{places} {verb} by {_factor(remedy.after)}, not {remedy.before:.6g}"


def _factor(value: float) -> str:
    """Rounded up, so that what is said is enough: five digits of what is beyond 1."""
    beyond = abs(value - 1)
    digits = 4 if beyond >= 0.1 or beyond == 0 else min(12, 3 - math.floor(math.log10(beyond)))
    scale = 10.0**digits
    return f"{math.ceil(value * scale - 1e-6) / scale:.{digits}f}".rstrip("0").rstrip(".")


def _places(lesson: Lesson, remedy: Remedy) -> str:
    graph = lesson.graph
    names = [graph.nodes[n] for n in remedy.nodes]
    names += [f"{graph.nodes[graph.vote_sources[v]]} → {graph.classes[graph.vote_targets[v]]}" for v in remedy.votes]
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(f"`{name}`" for name in names[:NAMED]) + more


# --- data -----------------------------------------------------------------------------------------------------------------


def lesson_data(lesson: Lesson, where: Sequence[str] = ()) -> dict[str, Any]:
    """Plain data, ready for JSON; what isn't finite is None."""
    return {
        "network": lesson.graph.name,
        "of": list(where),
        "order": lesson.how.order,
        "batch": lesson.how.batch,
        "unknown": dict(lesson.unknown),
        "classes": [_class_data(lesson, c) for c in lesson.classes],
    }


def _class_data(lesson: Lesson, learned: Learned) -> dict[str, Any]:
    return {
        "class": lesson.graph.classes[learned.number],
        "share": learned.share,
        "verdict": learned.verdict,
        "inputs": [_input_data(lesson, j) for j in learned.inputs],
        "would_be_learned_if": [_remedy_data(lesson, r) for r in lesson.remedies.get(learned.number, ())],
    }


def _input_data(lesson: Lesson, judged: Judged) -> dict[str, Any]:
    inputs = lesson.graph.inputs
    rival = None
    if judged.rival_path is not None:
        name = lesson.graph.classes[judged.rival]
        rival = {"class": name, **_path_data(lesson, judged.rival_path, judged.rates[1])}
    return {
        "input": inputs.names[judged.sample],
        "held_out": bool(inputs.held_out[judged.sample]),
        "verdict": judged.verdict,
        **_path_data(lesson, judged.path, judged.rates[0]),
        "rival": rival,
    }


def _path_data(lesson: Lesson, path: Path | None, growing: Growing) -> dict[str, Any]:
    rate, power = growing
    known = math.isfinite(rate)
    return {
        "path": None if path is None else list(names_of(lesson.graph, path)),
        "rate": rate if known else None,
        "power": power,
        "doubling": math.log(2) / rate if known and rate > 0 else None,
    }


def _remedy_data(lesson: Lesson, remedy: Remedy) -> dict[str, Any]:
    graph = lesson.graph
    votes = [[graph.nodes[graph.vote_sources[v]], graph.classes[graph.vote_targets[v]]] for v in remedy.votes]
    kept = {"factor": remedy.factor, "before": remedy.before, "after": remedy.after}
    places = {"nodes" if graph.factors is None else "edges": [graph.nodes[n] for n in remedy.nodes], "votes": votes}
    return {"what": remedy.what, **kept, **places}
