"""A `Why` as plain data for other programs. What can grow beyond any number is given as its natural logarithm; -inf, log 0, as None."""

import math
from typing import Any

import numpy as np

from neurashed_dsl.why.account import Why
from neurashed_dsl.why.factors import Factor
from neurashed_dsl.why.flips import NO_CLASS, Flips
from neurashed_dsl.why.words import verdict

LEAST = 1e-9  # shares below are left out


def data_of(why: Why) -> dict[str, Any]:
    """Ready for JSON."""
    graph, classes = why.graph, why.graph.classes
    logits = why.scores.logits[0]
    return {
        "network": graph.name,
        "of": why.place,
        "step": why.state.step,
        "input": graph.inputs.names[why.asked.sample],
        "label": classes[why.label],
        "taken_for": None if why.leader == NO_CLASS else classes[why.leader],
        "in_words": verdict(why),
        "notes": list(why.notes),
        "classes": [
            {"class": name, "probability": float(why.probabilities[c]), "log_logit": number(logits[c])}
            for c, name in enumerate(classes)
        ],
        "explained": classes[why.target],
        "against": None if why.rival < 0 else classes[why.rival],
        "node": None if why.asked.node is None else graph.nodes[why.asked.node],
        "fires": [_node(why, n) for n in np.flatnonzero(why.fires).tolist()],
        "edges": _edges(why),
        "paths": [_strand(why, s) for s in why.strands],
        "history": _history(why),
        "changes": {
            "factors": [_factor(why, f) for f in why.factors],
            "inputs": _flips(why, why.flips),
            "loses_lead": _flips(why, why.lost),
        },
    }


def number(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def _node(why: Why, node: int) -> dict[str, Any]:
    return {
        "node": why.graph.nodes[node],
        "log_amplification": number(why.state.strengths.nodes[node]),
        "log_score": number(why.scores.nodes[0, node]),
        "share": float(why.shares.nodes[node]),
    }


def _edges(why: Why) -> list[dict[str, Any]]:
    """Edges that fire, with the share of the score (or logit) they lead to."""
    graph, votes = why.graph, why.state.strengths.votes
    owner = np.repeat(np.arange(len(graph.nodes)), np.diff(graph.into_offsets))
    found: list[dict[str, Any]] = [
        {"from": graph.nodes[graph.into_members[e]], "to": graph.nodes[owner[e]], "share": float(why.shares.edges[e])}
        for e in np.flatnonzero(why.shares.edges > LEAST).tolist()
    ]
    for shares in (why.shares, why.rival_shares) if why.rival >= 0 else (why.shares,):
        for v in np.flatnonzero(shares.votes > LEAST).tolist():
            ends = {"from": graph.nodes[graph.vote_sources[v]], "to": graph.classes[shares.target]}
            found.append({**ends, "share": float(shares.votes[v]), "log_weight": number(votes[v])})
    return found


def _strand(why: Why, strand: Any) -> dict[str, Any]:
    graph = why.graph
    end = [graph.classes[graph.vote_targets[strand.vote]]] if strand.vote >= 0 else []
    return {"path": [*(graph.nodes[n] for n in strand.nodes), *end], "share": strand.share}


def _history(why: Why) -> dict[str, Any] | None:
    if why.counts is None:
        return None
    names = why.graph.inputs.names
    return {
        "since": why.counts.since,
        "steps": why.counts.steps,
        "places": [
            {
                **_place(why, t.node, t.vote),
                "log_start": number(t.start),
                "log_now": number(t.now),
                "fired": t.lit,
                "by": {names[s]: float(t.by[s]) for s in np.flatnonzero(t.by).tolist()},
                "factors": None if t.law is None else {"fire": t.law.fire[0], "rest": t.law.rest[0]},
            }
            for t in why.told
        ],
    }


def _place(why: Why, node: int, vote: int) -> dict[str, Any]:
    graph = why.graph
    if vote < 0:
        return {"node": graph.nodes[node]}
    return {"edge": [graph.nodes[graph.vote_sources[vote]], graph.classes[graph.vote_targets[vote]]]}


def _factor(why: Why, factor: Factor) -> dict[str, Any]:
    return {**_place(why, factor.node, factor.vote), "log_factor": factor.log}


def _flips(why: Why, flips: Flips | None) -> dict[str, Any] | None:
    if flips is None:
        return None
    found = [
        {
            "without": [why.graph.nodes[s] for s in flip.sensors if why.fires[s]],
            "with": [why.graph.nodes[s] for s in flip.sensors if not why.fires[s]],
            "taken_for": None if flip.leads == NO_CLASS else why.graph.classes[flip.leads],
        }
        for flip in flips.found
    ]
    return {"found": found, "smallest": flips.smallest, "all_tried_up_to": flips.tried, "sensors": flips.sensors}
