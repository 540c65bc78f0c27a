"""The tables of the documentation name what there is, and links lead somewhere."""

import re

import pytest
from doc_pages import DOCS, PAGES

from neurashed_dsl.builtins.after import AFTER
from neurashed_dsl.builtins.draws import DISTRIBUTIONS
from neurashed_dsl.ir.operators import FUNCTIONS
from neurashed_dsl.model.plots import PLOTS
from neurashed_dsl.model.probes import PROBES
from neurashed_dsl.resources import folder

TEXT = {page: (DOCS / page).read_text(encoding="utf-8") for page in PAGES}


def section(page: str, title: str) -> str:
    return TEXT[page].split(f"## {title}\n", 1)[1].split("\n## ", 1)[0]


def in_code(text: str) -> set[str]:
    """Every word that stands in code."""
    return set(re.findall(r"\w+", " ".join(re.findall(r"`([^`]*)`", text))))


def test_measures():
    library = (folder("stdlib") / "measures.nshed").read_text(encoding="utf-8")
    inner = {"top_logit", "odds", "odds_total", "right", "surprise", "whole_amplification", "parts_of_amplification"}
    inner |= {"means_of", "spreads_of", "norm_of_means", "distance_of_means", "gap"}
    inner |= {"difference", "sum_of_norms", "growth", "mean_over_classes", "apart", "isotropic_growth", "logit_growth"}
    inner |= {"own_logit", "mean_own_logit", "own_logit_apart", "integrals"}
    there = set(re.findall(r"^measure (\w+)", library, re.MULTILINE)) | {*PROBES}
    assert there - inner <= in_code(section("experiments.md", "Measures"))


def test_functions_of_records():
    assert set(AFTER) <= in_code(section("experiments.md", "Functions of records"))


def test_functions_and_distributions():
    assert {*FUNCTIONS, *DISTRIBUTIONS} <= in_code(section("language.md", "Words and layout"))


def test_plots_and_their_options():
    assert {*PLOTS, *(option for options in PLOTS.values() for option in options)} <= in_code(
        section("experiments.md", "Statements")
    )


def test_laws():
    library = (folder("stdlib") / "laws.nshed").read_text(encoding="utf-8")
    assert set(re.findall(r"\blaw (\w+)", library)) <= in_code(
        section("language.md", "Parameters, functions, laws, rules")
    )


def anchors(page: str) -> set[str]:
    titles = re.findall(r"^#+ (.*)$", (DOCS / page).read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


GALLERY = sorted(f"gallery/{page.name}" for page in (DOCS / "gallery").glob("*.md"))


def links(page: str) -> list[str]:
    text = re.sub(r"^```.*?^```$", "", (DOCS / page).read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    return [target for target in re.findall(r"\]\(([^)]+)\)", text) if "://" not in target]


@pytest.mark.parametrize("page", PAGES + GALLERY)
def test_links_lead_somewhere(page):
    for target in links(page):
        file, _, anchor = target.partition("#")
        assert (DOCS / page).parent.joinpath(file or page.rpartition("/")[2]).exists(), target
        assert not anchor or anchor in anchors(file or page), target


def test_the_gallery_shows_every_page_and_picture_it_has():
    assert {target for target in links("gallery.md") if target.startswith("gallery/")} == set(GALLERY)
    shown = {f"gallery/{target}" for page in GALLERY for target in links(page) if target.endswith(".svg")}
    assert shown == {str(p.relative_to(DOCS)) for p in (DOCS / "gallery").rglob("*.svg")}


@pytest.mark.parametrize("page", PAGES)
def test_pages_are_short(page):
    assert len((DOCS / page).read_text(encoding="utf-8").splitlines()) <= 350
