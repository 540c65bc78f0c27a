"""Matrices as graphs, paths of points in a plane, histograms by group: what is drawn is read back and compared with numpy's own."""

import re

import numpy as np
import pytest
import xarray

import neurashed_dsl as nshed
from neurashed_dsl.diagnostics import NOWHERE
from neurashed_dsl.model.plots import Plotted
from neurashed_dsl.render.arrows import THINNEST, WIDEST, web_of
from neurashed_dsl.render.picture import Picture
from neurashed_dsl.render.pictures import groups_of, picture_of
from neurashed_dsl.render.plane import paths_of
from neurashed_dsl.render.plot import draw_plot

NAMES = ["cat", "dog", 'a "<b>"']
MATRIX = np.array([[1.0, 0.3, -0.2], [0.2, 0.8, 0.01], [-0.5, np.nan, 0.9]])


def matrix() -> xarray.DataArray:
    return xarray.DataArray(MATRIX, dims=("class", "other"), coords={"class": NAMES, "other": NAMES}, name="le")


def drawn(array: xarray.DataArray, **options: object) -> Picture:
    found = picture_of(Plotted("arrows", ("le",), options, NOWHERE), xarray.Dataset({"le": array}), None)
    assert isinstance(found, Picture)
    return found


def test_an_arrow_for_each_number_that_is_large_enough() -> None:
    found = {(a.source, a.target): (a.value, a.share) for a in web_of(matrix(), "le", {}).arrows}
    wanted = {(c, r): v for (r, c), v in np.ndenumerate(MATRIX) if abs(v) >= 0.05}  # from the column to the row
    assert {k: v for k, (v, _) in found.items()} == wanted
    assert all(share == abs(value) for value, share in found.values())  # the largest is 1
    assert len(web_of(matrix(), "le", {"least": 0.0}).arrows) == 8
    assert len(web_of(matrix(), "le", {"least": 0.85}).arrows) == 2
    turned = web_of(matrix(), "le", {"x": "class", "y": "other"}).arrows
    assert {(a.target, a.source): a.value for a in turned} == wanted


def test_an_arrow_is_as_wide_as_its_number_is_large() -> None:
    picture = drawn(matrix())
    widths = [float(w) for w in re.findall(r'-> .*color="#[^"]*", penwidth=([\d.]+)', picture.dot)]
    shares = [a.share for a in web_of(matrix(), "le", {}).arrows]
    assert np.allclose(widths, THINNEST + (WIDEST - THINNEST) * np.array(shares), atol=0.006)
    assert picture.dot.count("n0 -> n0") == picture.dot.count("n1 -> n1") == 1
    assert len(re.findall(r'color="#d55e00', picture.dot)) == 2
    weights = nx_weights(picture)
    assert weights == {(NAMES[c], NAMES[r]): v for (r, c), v in np.ndenumerate(MATRIX) if abs(v) >= 0.05}


def nx_weights(picture: Picture) -> dict[tuple[str, str], float]:
    return {(a, b): w for a, b, w in picture.network().edges(data="weight")}


def test_graphviz_draws_it_and_names_are_safe() -> None:
    svg = drawn(matrix(), title="LE & more").svg()
    assert "LE &amp; more" in svg
    assert "cat → dog: 0.2" in svg.replace("&#45;&gt;", "→")
    assert "below 0" in svg
    assert drawn(matrix()).mermaid.count("-->") == 7


def test_nothing_finite_is_a_picture_without_arrows() -> None:
    assert web_of(matrix() * np.nan, "le", {}).arrows == ()
    assert "<svg" in drawn(matrix() * np.nan).svg()


# --- paths ----------------------------------------------------------------------------------------------------------------


def moving(points: int, coordinates: int, times: int = 4) -> xarray.DataArray:
    data = np.random.default_rng(3).normal(size=(2, times, points, coordinates))
    return xarray.DataArray(
        data,
        dims=("repeat", "time", "class", "coord"),
        coords={"time": np.arange(times) / 2, "class": np.arange(points)},
    )


def distances(at: np.ndarray) -> np.ndarray:
    return np.asarray(np.linalg.norm(at[..., :, None, :] - at[..., None, :, :], axis=-1))


def test_points_of_two_coordinates_stand_where_they_are() -> None:
    array = moving(4, 2)
    (paths,) = paths_of(array, "m", {})
    assert np.allclose(paths.at, array.mean("repeat"))


def test_the_plane_of_three_points_keeps_their_distances() -> None:
    """Three points lie in a plane, whatever the number of coordinates."""
    array = moving(3, 7, times=1)
    (paths,) = paths_of(array, "m", {})
    assert np.allclose(distances(paths.at), distances(array.mean("repeat").values))


def test_the_simplex_plane_keeps_distances_of_what_lies_in_it() -> None:
    array = moving(5, 3)
    array = array - array.mean("coord")
    (paths,) = paths_of(array, "m", {"simplex": True})
    assert np.allclose(distances(paths.at), distances(array.mean("repeat").values))
    corners = paths.corners
    assert corners is not None
    assert np.allclose(corners @ corners.T, np.eye(3) - 1 / 3)  # the directions e_k - 1/3


def test_a_sweep_has_a_panel_for_each_cell() -> None:
    array = xarray.concat([moving(3, 3)] * 2, xarray.Variable("sign", [-1.0, 1.0], {"swept": True}))
    figure = draw_plot("plane", xarray.Dataset({"m": array}), ["m"], {"simplex": True})
    assert [axes.get_title() for axes in figure.axes] == ["m[sign: -1]", "m[sign: 1]"]


def test_a_level_is_drawn_across_lines() -> None:
    data = xarray.Dataset({"c": ("step", [1.0, 0.2, -0.4])}, {"step": [0, 1, 2]})
    (axes,) = draw_plot("lines", data, ["c"], {"level": -0.5}).axes
    (level,) = [line for line in axes.get_lines() if line.get_gid() == "level"]
    assert list(level.get_ydata()) == [-0.5, -0.5]
    assert axes.get_ylim()[0] < -0.5
    assert "-0.5" in [text.get_text() for text in axes.texts]


# --- histograms -----------------------------------------------------------------------------------------------------------


def test_bars_of_a_histogram_are_shares() -> None:
    array = xarray.DataArray(
        np.random.default_rng(0).normal(size=(3, 200)), dims=("class", "n"), coords={"class": NAMES}
    )
    data = xarray.Dataset({"x": array, "alone": array[0]})
    figure = picture_of(Plotted("histogram", ("x",), {"by": "class", "bins": 9}, NOWHERE), data, None).figure  # type: ignore[union-attr]
    outlines = figure.axes[0].patches[1::2]
    heights = [np.asarray(p.get_data().values) - p.get_data().baseline for p in outlines]
    assert len(heights) == 3
    for height, row in zip(heights, array.values[::-1]):
        share = np.histogram(row, np.linspace(float(array.min()), float(array.max()), 10))[0] / 200
        assert np.allclose(height / height.sum(), share)
    alone = draw_plot("histogram", data, ["alone"], {"bins": 5}).axes[0]
    assert np.isclose(alone.patches[0].get_data().values.sum(), 1)


def test_wide_ranges_are_logarithmic_and_gaps_are_left_out() -> None:
    wide = xarray.Dataset({"x": ("n", np.array([*10.0 ** np.arange(-4, 4), np.nan, np.inf]))})
    assert draw_plot("histogram", wide, ["x"], {}).axes[0].get_xscale() == "log"
    assert draw_plot("histogram", wide, ["x"], {"log": False}).axes[0].get_xscale() == "linear"
    draw_plot("histogram", wide * np.nan, ["x"], {})


NETWORK = """
network pets {
  level traits {
    purr, bark
  }
  classes {
    feline <- purr
    canine <- bark
  }
  inputs {
    tom: purr -> feline
    rex: bark -> canine
    ivo: bark -> canine
  }
  update λ by multiplicative(2, 0.5)
}
"""


def test_inputs_of_a_network_are_grouped_by_their_class() -> None:
    graph = nshed.loads(NETWORK).graph("pets")
    le = xarray.DataArray(np.eye(3), dims=("input", "other"), coords={"other": ["ivo", "tom", "rex"]})
    assert groups_of(le, "class", graph) == ("other", ["canine", "feline", "canine"])
    assert groups_of(le[:, 0].drop_vars("other"), "class", None) is None


@pytest.mark.parametrize("kind", ["arrows", "plane", "histogram"])
def test_a_record_that_was_never_taken_is_drawn_as_nothing(kind: str) -> None:
    data = xarray.Dataset({"le": (("step", "class", "other"), np.empty((0, 2, 2)))})
    picture_of(Plotted(kind, ("le",), {}, NOWHERE), data, None)
