"""Plots of sweeps: cells stay apart; where there are too many, some of them, evenly."""

import numpy as np
import pytest
import xarray as xr
from matplotlib.colors import to_rgb

from neurashed_dsl.render.curves import SHADES
from neurashed_dsl.render.plot import draw_plot
from neurashed_dsl.render.series import lines_of, some_cells

NOISE = np.linspace(0, 0.05, 21)


def swept(**dims: np.ndarray) -> dict[str, xr.Variable]:
    return {name: xr.Variable((name,), values, {"swept": 1}) for name, values in dims.items()}


def result() -> xr.Dataset:
    rng = np.random.default_rng(3)
    return xr.Dataset(
        {
            "few": (("mu", "repeat", "step"), rng.normal(size=(5, 3, 4))),
            "many": (("noise", "repeat", "step", "input"), rng.normal(size=(21, 3, 4, 2))),
            "grid": (("mu", "noise", "step"), rng.normal(size=(5, 21, 4))),
            "load": (("mu", "repeat", "place"), rng.normal(size=(5, 3, 8))),
            "late": (("mu", "step", "place"), rng.normal(size=(5, 4, 8))),
        },
        {**swept(mu=np.arange(5) / 100, noise=NOISE), "step": np.arange(4) * 10, "place": np.arange(8)},
    )


def drawn(kind: str, name: str, **options: object) -> list[np.ndarray]:
    (axes,) = draw_plot(kind, result(), [name], options).axes
    return [np.asarray(line.get_ydata()) for line in axes.get_lines()]


def test_a_line_for_each_cell() -> None:
    data = result()["few"].mean("repeat").values
    np.testing.assert_allclose(drawn("lines", "few"), data)


def test_of_many_cells_some_are_drawn_evenly() -> None:
    shown = np.linspace(0, 20, 12).round().astype(int)
    data = result()["many"].mean(["repeat", "input"]).values
    np.testing.assert_allclose(drawn("lines", "many"), data[shown])
    _, lines = lines_of(result()["many"], "many")
    assert "12 of 21 cells; mean over input" in lines[0].note
    _, note = some_cells(result()["grid"], "step")
    assert note == "9 of 105 cells"


def test_cells_along_one_axis_go_from_dark_to_light() -> None:
    (axes,) = draw_plot("lines", result(), ["few"], {}).axes
    colors = [to_rgb(line.get_color()) for line in axes.get_lines()]
    np.testing.assert_allclose(colors[0], to_rgb(SHADES[0]), atol=0.01)
    np.testing.assert_allclose(colors[-1], to_rgb(SHADES[-1]), atol=0.01)


def test_curves_have_a_line_for_each_cell() -> None:
    np.testing.assert_allclose(drawn("curves", "load"), result()["load"].mean("repeat").values)
    np.testing.assert_allclose(drawn("curves", "late"), result()["late"].isel(step=-1).values)
    np.testing.assert_allclose(drawn("curves", "late", step=10), result()["late"].sel(step=10).values)


@pytest.mark.parametrize("axes", [("noise", "mu"), ("mu", "noise")])
def test_a_heatmap_over_what_was_swept(axes: tuple[str, str]) -> None:
    x, y = axes
    figure = draw_plot("heatmap", result(), ["grid"], {"x": x, "y": y})
    mesh = figure.axes[0].collections[0]  # the zero contour may stand over it
    cells = result()["grid"].isel(step=-1).transpose(y, x).values
    np.testing.assert_allclose(np.asarray(mesh.get_array()).reshape(cells.shape), cells)
    assert (figure.axes[0].get_xlabel(), figure.axes[0].get_ylabel()) == (x, y)
