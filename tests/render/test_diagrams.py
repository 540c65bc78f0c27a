"""Pictures of networks: their structure is read back out of DOT and SVG and compared with the graph."""

import json
import math
import re
import time
import xml.etree.ElementTree as ET
from html import unescape
from pathlib import Path

import networkx
import numpy as np
import pygraphviz
import pytest
from drawn_networks import HOSTILE, figure1, figure4, hostile, large

from neurashed_dsl.diagnostics import NshedError
from neurashed_dsl.model.graph import Graph
from neurashed_dsl.render.diagram import diagram, dot
from neurashed_dsl.render.export import to_networkx
from neurashed_dsl.render.pathway import pathway
from neurashed_dsl.render.scene import shares

RED = "#d62728"
SVG = "{http://www.w3.org/2000/svg}"


def edges_of(graph: Graph) -> set[tuple[str, str]]:
    """By hand, from the CSR and the votes; classes by name."""
    found = set()
    for target in range(len(graph.nodes)):
        for k in range(graph.into_offsets[target], graph.into_offsets[target + 1]):
            found.add((graph.nodes[graph.into_members[k]], graph.nodes[target]))
    for source, target in zip(graph.vote_sources, graph.vote_targets):
        found.add((graph.nodes[source], graph.classes[target]))
    return found


def drawn(graph: Graph, text: str) -> pygraphviz.AGraph:
    return pygraphviz.AGraph(string=text)


def name_of(graph: Graph, key: str) -> str:
    return graph.nodes[int(key[1:])] if key[0] == "n" else graph.classes[int(key[1:])]


def groups(svg: str, kind: str) -> dict[str, ET.Element]:
    """Shapes or edges of an SVG by what they say on hovering."""
    return {g.findtext(f"{SVG}title") or "": g for g in ET.fromstring(svg).iter(f"{SVG}g") if g.get("class") == kind}


def test_pathway_of_the_paper() -> None:
    graph = figure4()
    way = pathway(graph, "s1")
    assert [graph.nodes[i] for i in np.flatnonzero(way.nodes)] == ["x[1]", "x[2]", "x[7]", "b1", "b2"]
    votes = [
        (graph.nodes[graph.vote_sources[i]], graph.classes[graph.vote_targets[i]]) for i in np.flatnonzero(way.votes)
    ]
    assert votes == [("b1", "y[1]"), ("b2", "y[1]")]


def test_pathways_mirror() -> None:
    graph = figure4()
    for i in range(4):
        one, two = pathway(graph, f"s{i + 1}").nodes, pathway(graph, f"s{i + 5}").nodes
        assert (one[:13] == two[:13][::-1]).all()
        assert (one[13:16] == two[[16, 17, 18]]).sum() >= 1
        assert one[14]  # the dominant node of each class
        assert two[17]


def test_pathway_of_a_batch_is_a_union_of_pathways() -> None:
    graph = figure4()
    both, one, other = pathway(graph, "s1", "s5"), pathway(graph, "s1"), pathway(graph, "s5")
    assert (both.nodes == one.nodes | other.nodes).all()
    assert (both.edges == one.edges | other.edges).all()
    assert (both.votes == one.votes | other.votes).all()
    assert both.labels == (0, 1)


def test_unknown_input() -> None:
    with pytest.raises(NshedError) as caught:
        diagram(figure4(), "s11")
    (found,) = caught.value.diagnostics
    assert found.code == "unknown-input"
    assert found.helps[0] == "did you mean `s1`?"


@pytest.mark.parametrize("graph", [figure1(), figure4(), hostile()], ids=lambda graph: graph.name[:7])
def test_dot_has_the_edges_of_the_graph(graph: Graph) -> None:
    text = diagram(graph).dot
    parsed = drawn(graph, text)
    visible = [e for e in parsed.edges() if e.attr["style"] != "invis"]
    assert {(name_of(graph, a), name_of(graph, b)) for a, b in visible} == edges_of(graph)
    assert len(visible) == len(graph.into_members) + len(graph.vote_sources)


@pytest.mark.parametrize("name", ["1a", "1b", "2", "3"])
def test_red_is_what_fires(name: str) -> None:
    graph = figure1()
    way, parsed = pathway(graph, name), drawn(graph, diagram(graph, name).dot)
    label = graph.classes[way.labels[0]]
    firing = {graph.nodes[i] for i in np.flatnonzero(way.nodes)} | {label}
    shapes = [n for n in parsed.nodes() if n[0] in "nc"]
    assert {name_of(graph, n) for n in shapes if n.attr["fillcolor"] == RED} == firing
    red = {(name_of(graph, a), name_of(graph, b)) for a, b in parsed.edges() if (a, b) and _is_red(parsed, a, b)}
    assert red == {(a, b) for a, b in edges_of(graph) if a in firing and b in firing}


def _is_red(parsed: pygraphviz.AGraph, a: str, b: str) -> bool:
    return bool(parsed.get_edge(a, b).attr["color"] == RED)


def test_votes_are_dashed() -> None:
    parsed = drawn(figure4(), diagram(figure4()).dot)
    dashed = [e for e in parsed.edges() if e.attr["style"] == "dashed"]
    assert len(dashed) == 6
    assert all(target[0] == "c" for _, target in dashed)


@pytest.mark.parametrize("graph", [figure1(), figure4()], ids=["figure1", "figure4"])
def test_levels_rise_and_keep_their_order(graph: Graph) -> None:
    shapes = groups(diagram(graph).svg(), "node")
    place = {}
    for title, group in shapes.items():
        ellipse = group.find(f".//{SVG}ellipse")
        if ellipse is not None:
            place[title.removeprefix("class ").split(" ")[0]] = (
                float(ellipse.get("cx", "")),
                float(ellipse.get("cy", "")),
            )
    rows = [[place[n] for n in graph.nodes[level.start : level.stop]] for level in graph.levels]
    rows.append([place[c] for c in graph.classes])
    assert [len(row) for row in rows] == [level.stop - level.start for level in graph.levels] + [len(graph.classes)]
    assert all(len({y for _, y in row}) == 1 for row in rows)
    heights = [row[0][1] for row in rows]
    assert heights == sorted(heights, reverse=True)  # y grows downwards in SVG
    assert all([x for x, _ in row] == sorted(x for x, _ in row) for row in rows)


def test_area_follows_amplification() -> None:
    graph = figure4()
    sizes = np.arange(19, dtype=float)
    svg = diagram(graph, sizes=sizes).svg()
    radius = {}
    for title, group in groups(svg, "node").items():
        ellipse = group.find(f".//{SVG}ellipse")
        if ellipse is not None:
            radius[title.split(" ")[0].rstrip(",")] = float(ellipse.get("rx", ""))
    areas = np.array([radius[name] ** 2 for name in graph.nodes])
    slope = np.diff(areas)
    assert (slope > 0).all()
    assert np.allclose(slope, slope.mean(), rtol=0.05)  # as areas, not radii


def test_logarithms_draw_as_their_values() -> None:
    graph, values = figure4(), np.linspace(0.5, 3, 19)
    assert dot(graph, sizes=values) == dot(graph, sizes=np.log(values), logarithms=True)
    far = shares(graph, np.log(values) + 1e6, logarithms=True, per_level=False)
    assert np.allclose(far, values / values.max(), rtol=1e-9)


def test_shares_bear_anything() -> None:
    graph = figure4()
    odd = np.ones(19)
    odd[:4] = [0, np.inf, np.nan, 2]
    found = shares(graph, odd, logarithms=False, per_level=True)
    assert found[:4].tolist()[:2] == [0, 1]
    assert math.isnan(found[2])
    assert (found[13:] == 1).all()
    assert (shares(graph, np.zeros(19), logarithms=False, per_level=False) == 0).all()


def test_rules_are_readable() -> None:
    text = diagram(figure4()).svg()
    assert text.count(">≥2<") == 2
    assert text.count(">∨<") == 4


def test_hostile_names_are_read_as_they_are() -> None:
    graph = hostile()
    picture = diagram(graph, *graph.inputs.names)
    svg = picture.svg()
    said = {title.removesuffix(", fires") for title in groups(svg, "node")}
    for name in HOSTILE:
        seen = name.replace("\n", "␊").replace("\t", "␉").replace("\x07", "␇")
        assert seen in said
    assert "<script" not in svg
    texts = {t.text for t in ET.fromstring(svg).iter(f"{SVG}text")}
    assert {'a"b', "<b>&amp;", "back\\slash\\", "\\N\\l\\n\\r\\\\G", "`tick`#;"} <= texts


def test_hostile_names_in_mermaid() -> None:
    graph = hostile()
    text = diagram(graph).mermaid
    labels = re.findall(r'"([^"]*)"', text)
    plain = [re.sub(r"#(\d+);", lambda m: chr(int(m[1])), label) for label in labels]
    assert {"<b>&amp;", 'a"b', "back\\slash\\", "`tick`#;"} <= set(plain)
    outside = re.sub(r'"[^"]*"', "", text)
    assert all(re.fullmatch(r"[\w\s\-.,:#()\[\]{}]*", line) for line in outside.splitlines())


def test_mermaid_has_the_edges_and_the_pathway() -> None:
    graph = figure1()
    text = diagram(graph, "2").mermaid
    links = [line.split() for line in text.splitlines() if " --- " in line or " -.- " in line]
    assert {(name_of(graph, a), name_of(graph, b)) for a, _, b in links} == edges_of(graph)
    (styled,) = re.findall(r"linkStyle ([\d,]+)", text)
    red = {(links[int(i)][0], links[int(i)][2]) for i in styled.split(",")}
    (fires,) = re.findall(r"class ([\w,]+) fires", text)
    assert red == {(a, b) for a, _, b in links if a in fires.split(",") and b in fires.split(",")}


@pytest.mark.parametrize("graph", [figure1(), figure4()], ids=["figure1", "figure4"])
def test_networkx_is_the_graph(graph: Graph) -> None:
    weights = np.arange(len(graph.vote_sources)) / 7
    network = to_networkx(graph, pathway(graph, graph.inputs.names[0]), np.arange(len(graph.nodes)) * 0.5, weights)
    assert set(network.edges) == edges_of(graph)
    assert networkx.is_directed_acyclic_graph(network)
    assert list(network) == [*graph.nodes, *graph.classes]
    assert [network.nodes[n]["lambda"] for n in graph.nodes] == [i * 0.5 for i in range(len(graph.nodes))]
    eta = [
        network.edges[graph.nodes[a], graph.classes[b]]["eta"] for a, b in zip(graph.vote_sources, graph.vote_targets)
    ]
    assert eta == weights.tolist()
    # networkx' own induced subgraph is the paper's definition of a pathway
    firing = [n for n, fires in network.nodes(data="fires") if fires]
    assert set(network.subgraph(firing).edges) == {(a, b) for a, b, fires in network.edges(data="fires") if fires}
    rules = {network.nodes[n]["level"] for n in graph.nodes}
    assert rules == {level.name for level in graph.levels}


def test_exports_are_read_back(tmp_path: Path) -> None:
    graph = hostile()
    sizes = np.linspace(0, 1, len(graph.nodes))
    sizes[3] = np.inf
    picture = diagram(graph, *graph.inputs.names, sizes=sizes)
    for suffix in ("graphml", "json"):
        picture.save(tmp_path / f"net.{suffix}")
    read = networkx.read_graphml(tmp_path / "net.graphml")
    assert (read.number_of_nodes(), read.number_of_edges()) == (14, 13)
    assert read.nodes["<b>&amp;"]["fires"] is True
    whole = json.loads((tmp_path / "net.json").read_text("utf-8"))
    assert {(e["source"], e["target"]) for e in whole["edges"]} >= {('a"b', 'a"b (class)')}
    assert whole["nodes"][3] == {**whole["nodes"][3], "id": "new\nline", "lambda": None}


def test_files_by_suffix(tmp_path: Path) -> None:
    picture = diagram(figure1(), "1a")
    starts = {
        "svg": b"<?xml",
        "png": b"\x89PNG",
        "pdf": b"%PDF",
        "dot": b"digraph",
        "gv": b"digraph",
        "mmd": b"flowchart BT",
    }
    for suffix, start in starts.items():
        picture.save(tmp_path / f"picture.{suffix}")
        assert (tmp_path / f"picture.{suffix}").read_bytes().startswith(start)
    with pytest.raises(NshedError) as caught:
        picture.save(tmp_path / "picture.pgn")
    assert caught.value.diagnostics[0].helps[0] == "did you mean `.png`?"
    assert picture._repr_svg_() == picture.svg()


def test_graphviz_says_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    for graph in (figure1(), figure4(), hostile()):
        diagram(graph, graph.inputs.names[0], sizes=np.linspace(0, 1, len(graph.nodes))).svg()
    assert capfd.readouterr() == ("", "")


def test_a_large_network_is_families_with_counts() -> None:
    graph = large(100_000, 10)
    begin = time.perf_counter()
    picture = diagram(graph)
    svg = picture.svg()
    assert time.perf_counter() - begin < 10
    texts = unescape(" ".join(t.text or "" for t in ET.fromstring(svg).iter(f"{SVG}text")))
    for words in ("x[0..99999]", "10⁵ nodes", "10⁶ edges", "100 classes", "10⁵ votes", "≥2"):
        assert words in texts
    assert len(groups(svg, "node")) == 6  # two families, the classes, three titles
    assert len(picture.dot) < 5000


def test_counts_of_a_large_pathway() -> None:
    graph = large(2000, 5)
    fires = pathway(graph, "s").nodes
    picture = diagram(graph, "s")
    assert f"{fires[:2000].sum():,} fire" in picture.dot
    assert f"{fires[2000:].sum():,} fire" in picture.dot
    assert picture.dot.count(f'fillcolor="{RED}"') == 3


def test_the_graphviz_package_takes_a_picture() -> None:
    import graphviz

    from neurashed_dsl.driver import load

    picture = load(Path(__file__).parents[2] / "examples" / "animals.nshed").render()
    source = picture.source()
    assert isinstance(source, graphviz.Source)
    assert source.source.rstrip() == picture.dot.rstrip()
