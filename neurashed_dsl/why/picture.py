"""A `Why` as a picture: the nodes that fire, as large as their λ; on each edge the share of the logit that comes over it."""

from typing import Any

import numpy as np

from neurashed_dsl.render.dot import write_dot
from neurashed_dsl.render.mermaid import write_mermaid
from neurashed_dsl.render.picture import Picture
from neurashed_dsl.render.scene import Link, Scene, Shape, rank_of_nodes, ranks, shares
from neurashed_dsl.why.account import Why
from neurashed_dsl.why.numbers import amount, percent
from neurashed_dsl.why.words import verdict

MOST = 60  # nodes: beyond, those with the largest share
WRITTEN = 0.005  # shares below are neither red nor written


def picture_of(why: Why) -> Picture:
    """Red is what carries the class that is explained; votes for its rival are drawn with their share of its logit."""
    scene = _scene(why)
    widest = max(sum(shape.rank == r for shape in scene.shapes) for r in range(len(scene.ranks)))

    def network() -> Any:
        from neurashed_dsl.render.export import to_networkx
        from neurashed_dsl.render.pathway import pathway

        with np.errstate(over="ignore"):
            sizes = np.exp(why.state.strengths.nodes)
        return to_networkx(why.graph, pathway(why.graph, why.graph.inputs.names[why.asked.sample]), sizes)

    return Picture(write_dot(scene), write_mermaid(scene), scene.summary, network, widest)


def _scene(why: Why) -> Scene:
    graph = why.graph
    kept = _kept(why)
    name = f"{graph.inputs.names[why.asked.sample]}, {why.place}"
    firing = f"{graph.inputs.names[why.asked.sample]}, and carries {graph.classes[why.target]}"
    shapes = (*_nodes(why, kept), *_classes(why))
    levels = (*ranks(graph)[:-1], ("classes", "%: of the logit of a class"))
    return Scene(name, levels, shapes, (*_rules(why, kept), *_votes(why, kept)), verdict(why), firing, "network")


def _kept(why: Why) -> list[int]:
    """The nodes that are drawn, in their order: all that fire, or the strongest of them."""
    lit = np.flatnonzero(why.fires)
    weight = np.maximum(why.shares.nodes, why.rival_shares.nodes)[lit]
    return sorted(lit[np.argsort(-weight, kind="stable")[:MOST]].tolist())


def _nodes(why: Why, kept: list[int]) -> list[Shape]:
    graph, rank = why.graph, rank_of_nodes(why.graph)
    families = {f.start + i: f for f in graph.families for i in range(max(len(f.indices), 1))}
    logs = why.state.strengths.nodes
    sizes = shares(graph, np.where(why.fires, logs, -np.inf), True, False)
    found = []
    for n in kept:
        share = why.shares.nodes[n]
        hint = f"{graph.nodes[n]}: λ {amount(logs[n])}, {percent(share)} of {graph.classes[why.target]}"
        found.append(
            Shape(
                f"n{n}", int(rank[n]), graph.nodes[n], hint, "node", families[n].mark, share >= WRITTEN, float(sizes[n])
            )
        )
    return found


def _classes(why: Why) -> list[Shape]:
    graph, top = why.graph, len(why.graph.levels)
    found = []
    for c in sorted({why.target, why.rival, why.label} - {-1}):
        p = f"p = {why.probabilities[c]:.3g}"
        text = f"{graph.classes[c]}, {p}"
        found.append(
            Shape(f"c{c}", top, text, f"{text}, Z {amount(why.scores.logits[0, c])}", "class", fires=c == why.target)
        )
    return found


def _rules(why: Why, kept: list[int]) -> list[Link]:
    graph, drawn = why.graph, set(kept)
    found = []
    for n in kept:
        row = range(graph.into_offsets[n], graph.into_offsets[n + 1])
        for e in row:
            source = int(graph.into_members[e])
            if source in drawn:
                share = float(why.shares.edges[e] * why.shares.nodes[n])
                hint = f"{graph.nodes[source]} → {graph.nodes[n]}: {percent(share)}"
                found.append(Link(f"n{source}", f"n{n}", hint, fires=share >= WRITTEN, text=_written(share)))
    return found


def _votes(why: Why, kept: list[int]) -> list[Link]:
    graph, drawn, found = why.graph, set(kept), []
    for part in (why.shares, why.rival_shares) if why.rival >= 0 else (why.shares,):
        for v in np.flatnonzero(part.votes > WRITTEN).tolist():
            source = int(graph.vote_sources[v])
            if source in drawn:
                hint = f"{graph.nodes[source]} → {graph.classes[part.target]}: {percent(part.votes[v])}, η {amount(why.state.strengths.votes[v])}"
                mine = part.target == why.target
                found.append(Link(f"n{source}", f"c{part.target}", hint, True, mine, _written(float(part.votes[v]))))
    return found


def _written(share: float) -> str:
    return percent(share) if share >= WRITTEN else ""
