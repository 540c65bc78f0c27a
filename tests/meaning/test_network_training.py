"""`init` and `update`: which law each place has, and where it starts."""

import numpy as np
import pytest
from written_networks import elaborated, made, votes

from neurashed_dsl.diagnostics import Report
from neurashed_dsl.model.edges import EdgeLabels, edges_in
from neurashed_dsl.model.graph import Trained
from neurashed_dsl.model.network import target_places
from neurashed_dsl.model.scope import Lowering
from neurashed_dsl.syntax import ast
from neurashed_dsl.syntax.parse import Source, parse

FRONT = """
param growth = 1.5
law race(up = growth, down = 1/2) {
  fire(x) = up * x
  rest(x) = down * x
}
network n {
  level base { a, b, x[i in 1..3] }
  level top { t = any(a, b)
    u[i in 1..2] = any(x[i..i+1]) }
  classes { k <- t, u
    l[c in 1..2] <- u[c] }
  inputs { i: base -> k }
"""


def trained(statements: str) -> tuple[Trained, Trained]:
    graph = made(FRONT + statements + "}\n")
    return graph.amplification, graph.weights


def uses(of: Trained) -> list[dict[str, float] | None]:
    return [None if law < 0 else dict(of.laws[law].arguments) for law in of.law]


def test_later_statements_win_for_the_nodes_they_name() -> None:
    lam, _ = trained(
        "  update λ by race\n  update λ[a, x[2..3], u] by race(up: 3)\n  update λ[x[3]] by race(3, down: 0.25)\n"
    )
    plain, up, both = {"up": 1.5, "down": 0.5}, {"up": 3, "down": 0.5}, {"up": 3, "down": 0.25}
    assert uses(lam) == [up, plain, plain, up, both, plain, up, up]


def test_equal_laws_are_shared_and_eta_stays_without_one() -> None:
    lam, eta = trained("  update λ by race\n  update λ[a] by race(2)\n  update λ[b] by race(up: 4/2)\n")
    assert len(lam.laws) == 2
    assert lam.law[0] == lam.law[1] != lam.law[2]
    assert eta.law.tolist() == [-1] * 5


@pytest.mark.parametrize(
    ("target", "wanted"),
    [
        ("t -> k", [("t", "k")]),
        ("k", [("t", "k"), ("u[1]", "k"), ("u[2]", "k")]),
        ("l", [("u[1]", "l[1]"), ("u[2]", "l[2]")]),
        ("l[2]", [("u[2]", "l[2]")]),
        ("u[1]", [("u[1]", "k"), ("u[1]", "l[1]")]),
        ("top", [("t", "k"), ("u[1]", "k"), ("u[2]", "k"), ("u[1]", "l[1]"), ("u[2]", "l[2]")]),
        ("u -> l", [("u[1]", "l[1]"), ("u[2]", "l[2]")]),
        ("t, l[1], u[i] for i in 2..2", [("t", "k"), ("u[2]", "k"), ("u[1]", "l[1]"), ("u[2]", "l[2]")]),
    ],
)
def test_edges_are_named_by_their_ends_their_class_or_their_source(target: str, wanted: list[tuple[str, str]]) -> None:
    graph = made(FRONT + f"  update λ by race\n  update η[{target}] by race when both\n}}\n")
    together = graph.weights.together
    assert together is not None
    assert [v for v, law in zip(votes(graph), graph.weights.law) if law >= 0] == wanted
    assert [v for v, t in zip(votes(graph), together) if not t] == wanted


@pytest.mark.parametrize(
    ("target", "wanted"),
    [
        ("a", ["a"]),
        ("base", ["a", "b", "x[1]", "x[2]", "x[3]"]),
        ("t", ["a -> t", "b -> t"]),
        ("u[2]", ["x[2] -> u[2]", "x[3] -> u[2]"]),
        ("a, t -> k", ["a", "t -> k"]),
        ("x -> top", ["x[1] -> u[1]", "x[2] -> u[1]", "x[2] -> u[2]", "x[3] -> u[2]"]),
        ("u -> l[2]", ["u[2] -> l[2]"]),
        ("k", ["t -> k", "u[1] -> k", "u[2] -> k"]),
        ("l", ["u[1] -> l[1]", "u[2] -> l[2]"]),
    ],
)
def test_factors_are_named_by_their_ends_or_by_where_they_lead(target: str, wanted: list[str]) -> None:
    graph = made(FRONT + f"  amplify edges\n  init κ = 1\n  update κ[{target}] by race when tied\n}}\n")
    assert graph.factors is not None
    assert graph.factors.tied is not None
    labels = EdgeLabels(graph, edges_in(graph))
    assert [labels[e] for e in np.flatnonzero(graph.factors.law >= 0)] == wanted
    assert np.flatnonzero(graph.factors.tied).tolist() == np.flatnonzero(graph.factors.law >= 0).tolist()


def test_a_name_that_a_node_and_a_class_bear_is_both() -> None:
    front = FRONT.replace("k <- t, u", "t <- t, u").replace("base -> k", "base -> t")
    graph = made(front + "  amplify edges\n  update κ[t] by race\n}\n")
    assert graph.factors is not None
    labels = EdgeLabels(graph, edges_in(graph))
    named = [labels[e] for e in np.flatnonzero(graph.factors.law >= 0)]
    assert named == ["a -> t", "b -> t", "t -> t", "u[1] -> t", "u[2] -> t"]


def test_starts_keep_their_order_and_their_places() -> None:
    lam, eta = trained(
        "  update λ by race\n  init λ ~ normal(1, sd: growth/15, clip: 2)\n"
        "  init λ[x] = 1/4\n  init η[l] ~ exponential(2)\n"
    )
    first, second = lam.starts
    assert (first.where, first.distribution, first.arguments) == (None, "normal", (1, 0.1, 2))
    assert second.where is not None
    assert (second.where.tolist(), second.distribution, second.arguments) == ([2, 3, 4], None, (0.25,))
    assert eta.starts[0].arguments == (2,)


def test_for_gives_each_repetition_its_own_numbers() -> None:
    lam, eta = trained(
        "  update λ by race\n  for c in 1..2 {\n    init λ[u[c]] = c\n"
        "    update η[u[c] -> l[c]] by race(up: 1 + c)\n  }\n"
    )
    assert [(s.where.tolist(), s.arguments) for s in lam.starts if s.where is not None] == [([6], (1,)), ([7], (2,))]
    assert [u["up"] for u in uses(eta) if u] == [2, 3]


def test_file_parameters_come_with_the_values_they_are_given() -> None:
    graph, report = elaborated(FRONT + "  update λ by race\n}\n", {"growth": 1.25})
    assert graph is not None
    assert report.errors == []
    assert uses(graph.amplification)[0] == {"up": 1.25, "down": 0.5}
    assert {d.code for d in elaborated(FRONT + "  update λ by race\n}\n", {"growth": 0.5})[1].errors} == {
        "law-contract"
    }


@pytest.mark.parametrize("target", ["λ[a, u, x[2]]", "λ[top]", "η[t -> k]", "η[l]", "η[u[2]]"])
def test_targets_of_a_made_network_are_those_of_its_text(target: str) -> None:
    report = Report()
    document = parse(Source("t", f"network z {{\n  init {target} = 2\n}}\n"), report)
    (network,) = document.items
    assert isinstance(network, ast.Network)
    (init,) = network.items
    assert isinstance(init, ast.Init)
    arguments = tuple(ast.Argument(span=t.span, name=None, value=t) for t in init.targets)
    index = ast.Index(span=init.span, base=init.array, arguments=arguments)
    graph = made(FRONT + f"  update λ by race\n  init {target} = 2\n}}\n")
    array, axis = (graph.amplification, "node") if target[0] == "λ" else (graph.weights, "vote")
    found = target_places(index, axis, graph, Lowering(report))
    assert report.found == []
    assert array.starts[0].where is not None
    assert np.array_equal(found, array.starts[0].where)
