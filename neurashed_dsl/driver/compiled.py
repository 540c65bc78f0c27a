"""What `nshed compile` shows of an experiment."""

import json
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from neurashed_dsl.ir.plan import Study, Sweep
from neurashed_dsl.model.examine import Elaborated
from neurashed_dsl.model.graph import Graph
from neurashed_dsl.values import frozen

if TYPE_CHECKING:
    from neurashed_dsl.driver.program import Program


@frozen
class Compiled:
    """Texts are made when the study is compiled."""

    summary: Mapping[str, str]
    ast: str
    model: str
    ir: str
    kernel: str
    dot: str
    json: str
    memory: int
    seconds: Mapping[str, float]


def compiled(program: "Program", found: Elaborated) -> Compiled:
    """Make and cache the kernels of a study. Of a sweep: those of one cell, and the memory of all."""
    from neurashed_dsl.ir.text import text_of
    from neurashed_dsl.model.show import model_text, syntax_text
    from neurashed_dsl.passes import lower
    from neurashed_dsl.runtime.budget import memory_of
    from neurashed_dsl.runtime.repeat import prepare
    from neurashed_dsl.runtime.roads import road_of

    study, sweep = found.study, found.sweeps.plan
    seconds: dict[str, float] = {}
    begin = time.perf_counter()
    lowered = lower(study.system)
    seconds["passes"] = time.perf_counter() - begin
    begin = time.perf_counter()
    built = prepare(study)[0]
    seconds["kernel"] = time.perf_counter() - begin
    road = road_of(study)
    memory = memory_of(max(found.studies, key=memory_of), cells=sweep.count)
    summary = _summary(study, sweep, [f"{road.name}: {road.why}", *lowered.notes], memory)
    return Compiled(
        summary=summary,
        ast=syntax_text(program.model.documents.values()),
        model=model_text(program.model),
        ir=text_of(lowered),
        kernel=built.kernel.source,
        dot=program.render(study.name).dot,
        json=json.dumps({**summary, "memory_bytes": memory}, ensure_ascii=False, indent=2),
        memory=memory,
        seconds=seconds,
    )


def _summary(study: Study, sweep: Sweep, notes: Sequence[str], memory: int) -> dict[str, str]:
    plan = study.plan
    sizes = " × ".join(f"{', '.join(axis.values)} {axis.size}" for axis in sweep.axes)
    return {
        "model": study.system.name,
        **(_about_system(study) if study.facts is None else _about_network(study.facts)),
        **(
            {"cells": f"{sweep.count}: {sizes}; what else is said here is of one of them, but for the memory"}
            if sizes
            else {}
        ),
        "steps": f"{plan.steps}"
        + (f" of {float(plan.dt):g}" if plan.dt else "")
        + (f", {plan.repeat} repeats" if plan.repeat else ""),
        "memory": f"{memory / 2**20:.1f} MiB",
        "road": "; ".join(notes),
    }


def _about_network(graph: Graph) -> dict[str, str]:
    return {
        "levels": ", ".join(f"{v.name} {v.stop - v.start}" for v in graph.levels) + f", classes {len(graph.classes)}",
        "edges": f"{len(graph.into_members)} of rules, {len(graph.vote_sources)} to classes",
        "inputs": f"{len(graph.inputs.names)}, {int(graph.inputs.held_out.sum())} held out",
    }


def _about_system(study: Study) -> dict[str, str]:
    system = study.system
    arrays = [f"{s.name}[{', '.join(s.axes)}]" if s.axes else s.name for s in system.slots.values()]
    return {
        "axes": ", ".join(f"{a.name} {a.size}" for a in system.axes.values()) or "none",
        "states": ", ".join(arrays),
        **({"method": system.scheme} if system.flows else {}),
    }
