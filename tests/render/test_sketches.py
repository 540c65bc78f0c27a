"""Pictures of systems: who reads whom, as found by hand; plates as sets; structure read back out of DOT, SVG and exports."""

import json
import re
import xml.etree.ElementTree as ET
from io import BytesIO
from pathlib import Path

import networkx
import pygraphviz
import pytest
from drawn_systems import CHAIN_ARROWS, SMALL_ARROWS, program

from neurashed_dsl.driver import WrongUse, loads
from neurashed_dsl.model.scope import FunctionOf
from neurashed_dsl.render.sketch import Sketch, sketch_of

SVG = "{http://www.w3.org/2000/svg}"


def sketch(name: str) -> Sketch:
    found = program().model.scope.find(name)
    assert isinstance(found, FunctionOf)
    return sketch_of(found.declaration, found.scope)


def edges(name: str) -> set[tuple[str, str, str]]:
    network = program().render(name).network()
    return {(a, b, data["kind"]) for a, b, data in network.edges(data=True)}


@pytest.mark.parametrize(("name", "expected"), [("small", SMALL_ARROWS), ("spring_chain", CHAIN_ARROWS)])
def test_arrows_are_who_reads_whom(name: str, expected: set[tuple[str, str, str]]) -> None:
    assert edges(name) == expected


def test_marks_are_what_is_declared() -> None:
    kinds = {mark.text: mark.kind for mark in sketch("small").marks if mark.kind != "motion"}
    assert kinds == {
        "near": "const", "u": "state", "w": "state", "kick": "draw", "total": "let", "pull": "let", "edge": "observe",
        "warmth": "parameter", "loss": "parameter", "rate": "parameter", "size": "parameter", "push": "parameter",
    }  # fmt: skip
    assert {mark.text: mark.note for mark in sketch("small").marks if mark.note} == {
        "u": "~ normal(0, warmth)",
        "kick": "~ uniform(0, rate)",
    }


def test_a_system_over_a_network_shows_what_the_network_gives() -> None:
    given = {mark.text for mark in sketch("neurashed").marks if mark.kind == "given"}
    assert given == {"fires", "label", "shown", "together"}


def test_plates_are_sets_of_axes_one_within_the_other() -> None:
    found = {plate.axes: (plate.within, plate.label) for plate in sketch("small").plates}
    assert found == {
        ("cell",): (None, ("cell = 1..size",)),
        ("0..size",): (None, ("0..size",)),
        ("cell", "cell′"): (("cell",), ("cell = 1..size",)),
        ("side", "cell"): (("cell",), ('side = ["a<b>", "c & d"]',)),
    }


@pytest.mark.parametrize("name", ["small", "spring_chain", "spring_chain_inertial", "langevin_chain", "neurashed"])
def test_dot_has_every_mark_on_its_plate(name: str) -> None:
    drawn, parsed = sketch(name), pygraphviz.AGraph(string=program().render(name).dot)
    assert set(parsed.nodes()) == {mark.key for mark in drawn.marks}
    assert sorted(parsed.edges()) == sorted({(arrow.source, arrow.target) for arrow in drawn.arrows})

    def inside(graph: pygraphviz.AGraph) -> list[pygraphviz.AGraph]:
        return [found for part in graph.subgraphs() for found in (part, *inside(part))]

    plates = {part.name: part for part in inside(parsed)}
    assert set(plates) == {f"cluster{i}" for i in range(len(drawn.plates))}
    for mark in drawn.marks:
        around = [set(plate.axes) for i, plate in enumerate(drawn.plates) if mark.key in plates[f"cluster{i}"]]
        assert all(axes <= set(mark.plate) for axes in around)
        assert not mark.plate or max(around, key=len) == set(mark.plate)


def test_dot_is_as_it_was(golden) -> None:  # type: ignore[no-untyped-def]
    golden(Path(__file__).with_name("small_system.dot"), program().render("small").dot)


def test_svg_says_all_there_is_on_hovering() -> None:
    picture = program().render("small")
    svg = ET.fromstring(picture.svg())
    said = {g.findtext(f"{SVG}title"): g for g in svg.iter(f"{SVG}g") if g.get("class") == "node"}
    assert "let pull[c in cell] = sum(near[c, k] * u[k] for k in cell if k != size) + push(t)" in said
    assert "u[c in cell] <- u[c] + leak(pull[c]) + total + kick[c]" in said
    assert 'side = ["a<b>", "c & d"]' in {t.text for t in svg.iter(f"{SVG}text")}
    assert svg.get("aria-label") == "system small: states u, w; near, kick, total, pull, edge"
    assert "cluster" not in {g.findtext(f"{SVG}title") for g in svg.iter(f"{SVG}g") if g.get("class") == "cluster"}


def test_marks_lie_on_their_plates() -> None:
    def box(element: ET.Element) -> tuple[float, float, float, float]:
        points = [
            tuple(map(float, p)) for e in element.iter() for p in re.findall(r"(-?[\d.]+),(-?[\d.]+)", outline(e))
        ]
        for e in element.iter(f"{SVG}ellipse"):
            x, y, rx, ry = (float(e.get(key, "")) for key in ("cx", "cy", "rx", "ry"))
            points += [(x - rx, y - ry), (x + rx, y + ry)]
        return (
            min(p[0] for p in points),
            min(p[1] for p in points),
            max(p[0] for p in points),
            max(p[1] for p in points),
        )

    def outline(element: ET.Element) -> str:
        return element.get("d", "") + element.get("points", "")

    svg = ET.fromstring(program().render("small").svg())
    groups = {(g.get("class"), g.findtext(f"{SVG}title")): g for g in svg.iter(f"{SVG}g")}
    plates = {title: box(g) for (kind, title), g in groups.items() if kind == "cluster"}
    marks = {mark.hint: mark for mark in sketch("small").marks}
    for (kind, title), group in groups.items():
        mark = marks.get(title or "")
        if kind == "node" and mark is not None and mark.plate:
            place, plate = box(group), plates[" × ".join(mark.plate)]
            assert plate[0] <= place[0] <= place[2] <= plate[2]
            assert plate[1] <= place[1] <= place[3] <= plate[3]


def test_mermaid_is_balanced_and_has_everything() -> None:
    drawn, text = sketch("small"), program().render("small").mermaid
    lines = [line.strip() for line in text.splitlines()]
    assert sum(line.startswith("subgraph") for line in lines) == lines.count("end") == len(drawn.plates)
    assert len(re.findall(r"^\s+\w+ (?:-->|-\.->|==>) \w+$", text, re.MULTILINE)) == len(drawn.arrows)
    assert all(re.search(rf"^\s+{mark.key}[\[({{]", text, re.MULTILINE) for mark in drawn.marks)
    assert all("<" not in label.replace("<br/>", "") for label in re.findall(r'"([^"]*)"', text))


def test_exports_are_read_back(tmp_path: Path) -> None:
    picture = program().render("small")
    for suffix in (".svg", ".png", ".pdf", ".dot", ".mmd", ".graphml", ".json"):
        picture.save(tmp_path / f"small{suffix}")
        assert (tmp_path / f"small{suffix}").stat().st_size > 100
    read = networkx.read_graphml(BytesIO((tmp_path / "small.graphml").read_bytes()))
    assert set(read.edges()) == {(a, b) for a, b, _ in SMALL_ARROWS}
    assert read.nodes["w"]["axes"] == "side cell"
    linked = json.loads((tmp_path / "small.json").read_text("utf-8"))
    assert {(e["source"], e["target"], e["kind"]) for e in linked["edges"]} == SMALL_ARROWS


# --- what a name stands for -------------------------------------------------------------------------------------------------

EXPERIMENTS = """
system drift(rate = 1) {
  axis place = 1..3
  state z[place] = 0
  d/dt z[p in place] = rate
}
experiment moved {
  model  drift(rate: 2)
  run    until: 1, dt: 0.5, method: euler
  record way = z every 0.5
  plot   lines(way)
  plot   chain(way)
}
experiment bare {
  model  drift
  run    until: 1, dt: 0.5, method: euler
  record way = z at end
}
"""


def test_names_of_systems_and_experiments() -> None:
    found = loads(EXPERIMENTS)
    assert found.render().dot == found.render("drift").dot == found.render("moved").dot
    assert "spring_chain" in found.render("spring_chain").dot
    with pytest.raises(WrongUse, match="`drft`; did you mean `drift`"):
        found.render("drft")
    with pytest.raises(WrongUse, match="did you mean `spring_chain`"):
        found.render("sprng_chain")
    with pytest.raises(WrongUse, match="is a system"):
        found.render("moved", input="x")


def test_a_result_of_a_system_is_drawn_by_its_plots(tmp_path: Path) -> None:
    found = loads(EXPERIMENTS)
    result = found.run("moved", jobs=1)
    assert found.render("moved", result=result).figure.axes[0].get_xlabel() == "time"
    chain = found.render("chain_way", result=result)
    springs = [line for line in chain.figure.axes[0].get_lines() if line.get_gid() == "spring"]
    assert [float(s.get_xdata()[-1] - s.get_xdata()[0]) for s in springs] == pytest.approx([0] * 3 + [1] * 3 + [2] * 3)
    with pytest.raises(WrongUse, match="has no `plot`"):
        found.render("bare", result=found.run("bare", jobs=1))
