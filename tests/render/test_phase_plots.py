"""Plots of systems and sweeps, of synthetic results: what is drawn is read back from the figure."""

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import xarray
from matplotlib.figure import Figure

from neurashed_dsl.render.boundaries import place_of
from neurashed_dsl.render.plot import draw_plot, figure_bytes
from neurashed_dsl.render.series import Along, fewer, swept_dimensions, thinned, time_of

NOISE, MU, TIME = np.linspace(0, 0.05, 21), np.linspace(0, 0.06, 13), np.linspace(0, 100, 51)
REPEATS, SPRINGS = 4, 8
SWEPT = {"swept": 1}  # what marks the parameters of a sweep


def dataset() -> xarray.Dataset:
    """Names of dimensions in the order of results: swept parameters, repeats, time, axes."""
    rng = np.random.default_rng(3)
    slope = MU[:, None] - NOISE[None, :] / 2 + 0.001
    bent = np.linspace(1, 0, SPRINGS) + slope[..., None] * 20 * np.linspace(0, 1, SPRINGS) * np.linspace(1, 0, SPRINGS)
    return xarray.Dataset(
        {
            "bend": (("mu", "noise", "repeat"), np.repeat(slope[..., None], REPEATS, 2)),
            "load": (("mu", "noise", "repeat", "place"), np.repeat(bent[:, :, None], REPEATS, 2)),
            "half": (("noise",), NOISE / 2 - 0.001),
            "limit": ((), 0.02),
            "stretch": (("repeat", "time_stretch", "spring"), rng.uniform(0.1, 1, (REPEATS, 51, SPRINGS))),
            "chains": (("mu", "repeat", "time", "spring"), rng.uniform(0.1, 1, (13, REPEATS, 51, SPRINGS))),
            "ended": (("mu", "spring"), rng.uniform(0.1, 1, (13, SPRINGS))),
            "field": (("time", "coord", "class", "spring"), rng.normal(size=(51, 2, 3, SPRINGS))),
            "one": (("spring",), np.array([0.5, 0, np.nan, -0.1, 1, 2, 3, 4])),
            "gaps": (("mu", "noise", "place"), np.full((13, 21, SPRINGS), np.nan)),
        },
        {"mu": ("mu", MU, SWEPT), "noise": ("noise", NOISE, SWEPT), "time": TIME, "time_stretch": TIME, "spring": np.arange(1, SPRINGS + 1),
         "place": np.arange(SPRINGS), "class": ["a", "b", "c"]},
    )  # fmt: skip


def lines(axes: Any, gid: str | None = None) -> list[Any]:
    return [line for line in axes.get_lines() if line.get_gid() == gid and len(line.get_xdata())]


# --- which rows are shown ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("most", [2, 3, 6, 9, 13])
def test_an_even_choice_keeps_both_ends(most: int) -> None:
    for size in range(1, 80):
        found = thinned(xarray.DataArray(np.arange(size), dims="a"), "a", most).values
        assert (found[0], found[-1]) == (0, size - 1)
        assert len(found) == size if size <= most else 1 < len(found) <= most
        assert len(found) == 1 or np.ptp(np.diff(found)) <= 1


def test_a_swept_parameter_may_have_a_name_like_times() -> None:
    coordinates = {"time_constant": ("time_constant", [1.0, 2.0], SWEPT)}
    array = xarray.DataArray(np.zeros((2, 3, 4, 5)), coordinates, ["time_constant", "repeat", "time", "spring"])
    assert (time_of(array), swept_dimensions(array)) == ("time", ["time_constant"])
    assert time_of(array.isel(time=0)) is None


def test_few_rows_are_left_of_many() -> None:
    array = xarray.DataArray(np.zeros((13, 21, 3)), {"class": ["a", "b", "c"]}, ["mu", "noise", "class"])
    fewest, rows = fewer(array, ["mu", "noise", "class"], 12)
    assert rows == ["mu", "noise"]
    assert fewest.sizes["class"] == 3
    assert 6 <= fewest.sizes["mu"] * fewest.sizes["noise"] <= 12


def test_curves_of_times_are_means_of_what_is_neither() -> None:
    data = dataset()
    (axes,) = draw_plot("curves", data, ["field"], {}).axes
    drawn = lines(axes)
    assert len(drawn) == 11  # every tenth time
    assert np.allclose(drawn[1].get_ydata(), data["field"].sel(time=10).mean(["coord", "class"]))
    assert np.allclose(drawn[0].get_xdata(), np.arange(1, SPRINGS + 1))
    assert axes.get_legend().get_texts()[1].get_text() == "time: 10"


def test_curves_of_a_sweep_are_its_cells_at_the_last_time_or_the_one_asked_for() -> None:
    data = dataset()
    (axes,) = draw_plot("curves", data, ["chains"], {}).axes
    means = data["chains"].mean("repeat")
    assert len(lines(axes)) == 7
    assert np.allclose(lines(axes)[2].get_ydata(), means.isel(mu=4, time=-1))
    assert axes.get_legend().get_texts()[2].get_text() == "mu: 0.02"
    (early,) = draw_plot("curves", data, ["chains"], {"step": 9.5}).axes
    assert np.allclose(lines(early)[0].get_ydata(), means.isel(mu=0).sel(time=10))
    (ended,) = draw_plot("curves", data, ["ended"], {}).axes
    assert np.allclose(lines(ended)[-1].get_ydata(), data["ended"][-1])


def test_few_curves_have_bands_of_all_repeats() -> None:
    data = dataset()
    (axes,) = draw_plot("curves", data, ["stretch"], {"step": 0}).axes
    (line,) = lines(axes)
    assert np.allclose(line.get_ydata(), data["stretch"].isel(time_stretch=0).mean("repeat"))
    heights = axes.collections[0].get_paths()[0].vertices[:, 1]
    first = data["stretch"].isel(time_stretch=0)
    assert (heights.min(), heights.max()) == (first.min("repeat").min(), first.max("repeat").max())


def test_chords_join_the_ends_of_curves() -> None:
    (axes,) = draw_plot("curves", dataset(), ["ended"], {"chord": True}).axes
    chords = lines(axes, "chord")
    assert len(chords) == len(lines(axes)) == 7
    for chord, line in zip(chords, lines(axes)):
        assert list(chord.get_ydata()) == [line.get_ydata()[0], line.get_ydata()[-1]]
        assert list(chord.get_xdata()) == [1, SPRINGS]


def test_times_are_spoken_of_as_times() -> None:
    data = dataset()
    assert draw_plot("lines", data, ["stretch"], {}).axes[0].get_xlabel() == "time"
    assert draw_plot("heatmap", data, ["stretch"], {"x": "time_stretch"}).axes[0].get_xlabel() == "time"
    bars = draw_plot("bars", data, ["stretch"], {"step": 9.5}).axes[0]
    expected = data["stretch"].sel(time_stretch=10).mean("repeat")
    assert np.allclose([bar.get_height() for bar in bars.patches], expected)


# --- heatmaps of sweeps -----------------------------------------------------------------------------------------------------


def of_cells(places: Any, coordinates: Any) -> Any:
    """Coordinates of places among cells, for even coordinates: the other way than `place_of`."""
    return coordinates[0] + (np.asarray(places) - 0.5) * (coordinates[1] - coordinates[0])


def test_the_zero_contour_is_where_a_plane_is_zero() -> None:
    axes = draw_plot("heatmap", dataset(), ["bend"], {"x": "noise", "y": "mu"}).axes[0]
    found = np.concatenate([path.vertices for c in axes.collections[1:] for path in c.get_paths()])
    x, y = of_cells(found[:, 0], NOISE), of_cells(found[:, 1], MU)
    assert len(found) > 10
    assert np.allclose(y - x / 2 + 0.001, 0, atol=1e-12)
    assert [t.get_text() for t in axes.get_legend().get_texts()] == ["bend = 0"]


@pytest.mark.parametrize(("contour", "shown"), [(False, 0), (True, 1), (0.01, 1), (5.0, 0), (np.inf, 0)])
def test_a_contour_is_drawn_where_it_is_wanted_and_there_is_one(contour: float, shown: int) -> None:
    axes = draw_plot("heatmap", dataset(), ["bend"], {"x": "noise", "y": "mu", "contour": contour}).axes[0]
    assert len(axes.collections) == 1 + shown


def test_numbers_stand_in_few_cells_that_no_line_crosses() -> None:
    data = dataset()[["bend", "half"]].isel(mu=slice(6), noise=slice(8))
    shown = {"x": "noise", "y": "mu"}
    assert len(draw_plot("heatmap", data, ["bend"], {**shown, "contour": False}).axes[0].texts) == 48
    assert not draw_plot("heatmap", data, ["bend"], shown).axes[0].texts
    assert not draw_plot("heatmap", dataset().isel(mu=slice(4)), ["bend"], {**shown, "contour": False}).axes[0].texts


def test_one_sign_has_no_contour() -> None:
    data = dataset()
    data["above"] = data["bend"] + 1
    assert len(draw_plot("heatmap", data, ["above"], {"x": "noise", "y": "mu"}).axes[0].collections) == 1


def test_a_line_over_a_heatmap_is_in_its_coordinates() -> None:
    data = dataset()
    axes = draw_plot("heatmap", data, ["bend"], {"x": "noise", "y": "mu", "line": "half"}).axes[0]
    (line,) = lines(axes, "line")
    assert np.allclose(of_cells(line.get_xdata(), NOISE), NOISE)
    inside = np.isfinite(line.get_ydata())
    assert np.allclose(of_cells(line.get_ydata()[inside], MU), (NOISE / 2 - 0.001)[inside])
    assert inside.all()
    assert [t.get_text() for t in axes.get_legend().get_texts()] == ["bend = 0", "half"]
    flat = lines(draw_plot("heatmap", data, ["bend"], {"x": "noise", "y": "mu", "line": "limit"}).axes[0], "line")[0]
    assert np.allclose(of_cells(flat.get_ydata(), MU), 0.02)


def test_places_of_numbers_among_cells() -> None:
    axis = Along("rate", np.array([0.001, 0.01, 0.1, 1]))
    assert np.allclose(place_of(axis, np.array([0.001, 0.01, 0.1, 1])), [0.5, 1.5, 2.5, 3.5])
    assert np.allclose(place_of(axis, np.array([0.055, 1.45])), [2, 4])
    assert np.isnan(place_of(axis, np.array([-1, 2.0]))).all()
    falling = Along("rate", np.array([3.0, 2, 1]))
    assert np.allclose(place_of(falling, np.array([3.0, 1.5, 1])), [0.5, 2, 2.5])


def test_ticks_of_numbers_are_few_and_even() -> None:
    axes = draw_plot("heatmap", dataset(), ["bend"], {"x": "noise", "y": "mu"}).axes[0]
    assert [t.get_text() for t in axes.get_xticklabels()] == ["0", "0.01", "0.02", "0.03", "0.04", "0.05"]
    assert [t.get_text() for t in axes.get_yticklabels()] == ["0", "0.01", "0.02", "0.03", "0.04", "0.05", "0.06"]


# --- phase diagrams ---------------------------------------------------------------------------------------------------------


def phases(**options: Any) -> Figure:
    return draw_plot("phases", dataset(), ["load"], {"x": "noise", "y": "mu", **options})


def test_each_cell_has_its_curve() -> None:
    axes = phases().axes[0]
    curves, chords = lines(axes, "curve"), lines(axes, "chord")
    assert len(curves) == len(chords) == 11 * 7
    cells = {(int(c.get_xdata()[0]), int(c.get_ydata()[0])) for c in curves}
    assert cells == {(x, y) for x in range(11) for y in range(7)}
    for curve in curves:
        x, y = curve.get_xdata(), curve.get_ydata()
        assert len({*np.floor(x), *np.floor(x[:1])}) == len(set(np.floor(y))) == 1


def test_a_curve_keeps_its_form() -> None:
    data = dataset()
    for curve, chord in zip(lines(phases().axes[0], "curve"), lines(phases().axes[0], "chord")):
        column, row = int(curve.get_xdata()[0]), int(curve.get_ydata()[0])
        load = data["load"][2 * row, 2 * column, 0].values
        drawn = curve.get_ydata()
        assert np.allclose((drawn - drawn[-1]) / (drawn[0] - drawn[-1]), (load - load[-1]) / (load[0] - load[-1]))
        above = drawn[1:-1] - np.interp(curve.get_xdata()[1:-1], chord.get_xdata(), chord.get_ydata())
        assert (np.sign(above) == np.sign(data["bend"][2 * row, 2 * column, 0].values)).all()  # concave lies above


def test_the_ground_is_the_colour_of_the_same_cells() -> None:
    data = dataset()
    axes = phases(colour="bend").axes[0]
    mesh = axes.collections[0]
    assert np.allclose(mesh.get_array(), data["bend"].mean("repeat")[::2, ::2])
    assert mesh.norm.vmin == -mesh.norm.vmax
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("noise", "mu")
    assert [t.get_text() for t in axes.get_xticklabels()] == ["0", "0.01", "0.02", "0.03", "0.04", "0.05"]
    assert len(phases(chord=False).axes[0].get_lines()) == 77


@pytest.mark.parametrize("name", ["gaps", "bend", "half", "limit", "chains", "stretch", "one"])
def test_phases_of_everything(name: str) -> None:
    options = {"x": "noise", "y": "time" if name == "chains" else "mu", "colour": name, "title": "t"}
    assert b"</svg>" in figure_bytes(draw_plot("phases", dataset(), [name], options), "svg")


# --- chains -----------------------------------------------------------------------------------------------------------------


def ends(line: Any) -> tuple[float, float]:
    return float(line.get_xdata()[0]), float(line.get_xdata()[-1])


def test_springs_are_as_long_as_they_are() -> None:
    data = dataset()
    (axes,) = draw_plot("chain", data, ["stretch"], {}).axes
    springs = lines(axes, "spring")
    times = [0, 20, 40, 60, 80, 100]
    assert [t.get_text() for t in axes.get_yticklabels()] == [f"time: {t}" for t in times]
    for row, time in enumerate(times):
        mine = [ends(s) for s in springs if round(float(s.get_ydata()[0])) == row]
        lengths = [right - left for left, right in mine]
        assert np.allclose(lengths, data["stretch"].sel(time_stretch=time).mean("repeat"))
        gaps = [b[0] - a[1] for a, b in pairwise(mine)]
        blocks = [p for p in axes.patches if p.get_hatch() is None and round(p.get_y() + p.get_height() / 2) == row]
        assert len(blocks) == SPRINGS - 1
        assert np.allclose(gaps, blocks[0].get_width())
        assert np.allclose([b.get_x() for b in blocks], [right for _, right in mine[:-1]])
        walls = sorted(float(w.get_xdata()[0]) for w in lines(axes, "wall") if round(np.mean(w.get_ydata())) == row)
        assert np.allclose(walls, [0, mine[-1][1]])


def test_a_chain_of_one_row_bears_gaps_and_springs_turned_round() -> None:
    (axes,) = draw_plot("chain", dataset(), ["one"], {}).axes
    found = [right - left for left, right in map(ends, lines(axes, "spring"))]
    assert np.allclose(found, [0.5, 0, -0.1, 1, 2, 3, 4])


def test_a_row_for_each_cell_of_a_sweep() -> None:
    data = dataset()
    (axes,) = draw_plot("chain", data, ["chains"], {}).axes
    assert [t.get_text() for t in axes.get_yticklabels()] == [
        f"mu: {m}" for m in ("0", "0.015", "0.03", "0.045", "0.06")
    ]
    first = [right - left for left, right in map(ends, lines(axes, "spring"))][:SPRINGS]
    assert np.allclose(first, data["chains"].isel(mu=0, time=-1).mean("repeat"))


@pytest.mark.parametrize("kind", ["chain", "curves", "heatmap"])
@pytest.mark.parametrize("name", ["gaps", "bend", "half", "limit", "field", "one"])
def test_every_plot_of_everything(kind: str, name: str) -> None:
    assert b"</svg>" in figure_bytes(draw_plot(kind, dataset(), [name], {"title": "t", "line": "half"}), "svg")
