"""Plots of synthetic results: what is drawn is read back from the figure and compared with numpy's own."""

import subprocess
import sys
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
import xarray
from drawn_networks import figure4
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure
from matplotlib.text import Text
from PIL import Image

from neurashed_dsl import loads
from neurashed_dsl.diagnostics import NOWHERE, Bug, NshedError
from neurashed_dsl.model.plots import Plotted
from neurashed_dsl.render.pictures import amplification_of, diagram_of, picture_of
from neurashed_dsl.render.plot import draw_plot, figure_bytes, save_figure
from neurashed_dsl.render.series import lines_of, values

STEPS, REPEATS = np.arange(0, 1001, 20), 5
PARTS = [f"b{i}" for i in range(1, 7)]


def dataset() -> xarray.Dataset:
    rng = np.random.default_rng(7)
    count = len(STEPS)
    animals = ["leopard", "lion", "$bear$", "_tortoise", "a<b>&"]
    return xarray.Dataset(
        {
            "mi": (("repeat", "step"), 1 + rng.uniform(size=(REPEATS, count))),
            "strength": (("repeat", "step", "parts"), np.exp(STEPS[:, None] * rng.uniform(0.01, 0.02, (5, 1, 6)))),
            "wide": (("repeat", "step", "features"), rng.normal(size=(REPEATS, count, 13))),
            "le": (("input", "other"), rng.uniform(0.1, 1, (5, 5))),
            "signed": (("step", "input", "other"), rng.normal(size=(count, 5, 5))),
            "phase": (("repeat", "noise", "mu"), rng.normal(size=(REPEATS, 4, 3))),
            "load": (("step_load", "place"), rng.normal(size=(3, 8))),
            "p": (("repeat", "class"), rng.uniform(size=(REPEATS, 3))),
            "alone": ((), 0.25),
            "gaps": (("step",), np.where(np.arange(count) % 3, np.inf, np.nan)),
            "holes": (("step",), np.where(np.arange(count) % 3, np.arange(count) * 1.0, np.nan)),
            "huge": (("step",), np.array([-1.7e308, 0, 1.7e308])[np.arange(count) % 3]),
            "never": (("step_never",), np.empty(0)),
        },
        {
            "step": STEPS, "parts": PARTS, "features": [f"x[{i}]" for i in range(1, 14)], "input": animals,
            "other": animals,
            "noise": [0.0, 0.1, 0.2, 0.3], "mu": [1.0, 2.0, 3.0], "step_load": [0, 10, 100], "place": np.arange(8),
            "class": ["cat", "dog", "cow"],
        },
    )  # fmt: skip


def texts(figure: Figure) -> str:
    return figure_bytes(figure, "svg").decode("utf-8")


def test_a_line_is_the_mean_of_the_repeats() -> None:
    data = dataset()
    (axes,) = draw_plot("lines", data, ["mi"], {}).axes
    (line,) = axes.get_lines()
    assert np.allclose(line.get_xdata(), STEPS)
    assert np.allclose(line.get_ydata(), data["mi"].mean("repeat"))
    low, high = (
        axes.collections[0].get_paths()[0].vertices[:, 1].min(),
        axes.collections[0].get_paths()[0].vertices[:, 1].max(),
    )
    assert (low, high) == (data["mi"].min(), data["mi"].max())
    assert (axes.get_xlabel(), axes.get_ylabel(), axes.get_yscale()) == ("step", "mi", "linear")


def test_few_elements_are_lines_many_are_a_band() -> None:
    data = dataset()
    (axes,) = draw_plot("lines", data, ["strength", "wide"], {"log": False}).axes
    assert len(axes.get_lines()) == 7
    labels = [t.get_text() for t in axes.get_legend().get_texts()]
    assert labels == [f"strength[{p}]" for p in PARTS] + ["wide"]
    middle = data["wide"].mean(["repeat", "features"])
    assert np.allclose(axes.get_lines()[6].get_ydata(), middle)


def test_a_wide_range_of_positive_values_is_logarithmic() -> None:
    data = dataset()
    scale = {n: draw_plot("lines", data, [n], {}).axes[0].get_yscale() for n in ("strength", "mi", "wide")}
    assert scale == {"strength": "log", "mi": "linear", "wide": "linear"}
    assert draw_plot("lines", data, ["strength"], {"log": False}).axes[0].get_yscale() == "linear"
    assert draw_plot("lines", data, ["mi"], {"log": True}).axes[0].get_yscale() == "log"


def test_x_may_be_another_dimension() -> None:
    (axes,) = draw_plot("lines", dataset(), ["phase"], {"x": "noise"}).axes
    assert [t.get_text() for t in axes.get_legend().get_texts()] == ["phase[mu: 1]", "phase[mu: 2]", "phase[mu: 3]"]
    assert np.allclose(axes.get_lines()[0].get_xdata(), [0, 0.1, 0.2, 0.3])


def test_a_heatmap_is_the_matrix() -> None:
    data = dataset()
    axes = draw_plot("heatmap", data, ["le"], {}).axes[0]
    mesh = axes.collections[0]
    assert np.allclose(mesh.get_array(), data["le"])
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("other", "input")
    assert [t.get_text() for t in axes.get_yticklabels()][:2] == ["leopard", "lion"]
    assert axes.get_ylim() == (5, 0)  # the first row on top
    assert len(axes.texts) == 25
    assert axes.texts[0].get_text() == f"{float(data['le'][0, 0]):.2g}"


def test_a_heatmap_of_times_shows_the_last_or_the_one_asked_for() -> None:
    data = dataset()
    last = draw_plot("heatmap", data, ["signed"], {}).axes[0].collections[0]
    assert np.allclose(last.get_array(), data["signed"][-1])
    early = draw_plot("heatmap", data, ["signed"], {"step": 45}).axes[0].collections[0]
    assert np.allclose(early.get_array(), data["signed"].sel(step=40))
    assert early.norm.vmin == -early.norm.vmax  # white is 0


def test_a_heatmap_turns_as_asked() -> None:
    data = dataset()
    axes = draw_plot("heatmap", data, ["phase"], {"x": "noise", "y": "mu"}).axes[0]
    assert np.allclose(axes.collections[0].get_array(), data["phase"].mean("repeat").transpose("mu", "noise"))
    assert axes.get_ylim() == (0, 3)  # numbers run upwards
    against = draw_plot("heatmap", data, ["strength"], {}).axes[0]
    assert (against.get_xlabel(), against.get_ylabel()) == ("step", "parts")
    assert isinstance(against.collections[0].norm, LogNorm)


def test_bars_are_the_last_values() -> None:
    data = dataset()
    (axes,) = draw_plot("bars", data, ["strength"], {}).axes
    assert np.allclose([bar.get_height() for bar in axes.patches], data["strength"][:, -1].mean("repeat"))
    assert [t.get_text() for t in axes.get_xticklabels()] == PARTS
    early = draw_plot("bars", data, ["strength"], {"step": 0}).axes[0]
    assert np.allclose([bar.get_height() for bar in early.patches], 1)
    figure = draw_plot("bars", data, ["alone", "gaps", "p"], {})
    assert len(figure.axes) == 2


def test_curves_are_a_line_for_each_time() -> None:
    data = dataset()
    (axes,) = draw_plot("curves", data, ["load"], {}).axes
    assert [line.get_ydata().tolist() for line in axes.get_lines()] == data["load"].values.tolist()
    assert [t.get_text() for t in axes.get_legend().get_texts()] == ["step: 0", "step: 10", "step: 100"]
    many = draw_plot("curves", data, ["strength"], {}).axes[0]
    assert len(many.get_lines()) == 11  # every fifth step
    assert np.allclose(many.get_lines()[-1].get_ydata(), data["strength"][:, -1].mean("repeat"))


@pytest.mark.parametrize("kind", ["lines", "heatmap", "bars", "curves"])
@pytest.mark.parametrize("name", ["gaps", "holes", "huge", "never", "alone", "signed", "phase"])
def test_every_plot_of_everything(kind: str, name: str) -> None:
    assert texts(draw_plot(kind, dataset(), [name], {"title": "t"})).rstrip().endswith("</svg>")


def test_gaps_stay_gaps() -> None:
    data = dataset()
    assert np.isnan(values(data["gaps"])).all()
    assert np.isfinite(values(data["holes"])).sum() == np.isfinite(data["holes"]).sum()
    _, (line,) = lines_of(data["holes"], "holes")
    assert np.isnan(line.middle[0])
    assert "no finite values" in texts(draw_plot("lines", data, ["gaps"], {}))


def test_names_are_written_as_they_are() -> None:
    svg = texts(draw_plot("lines", dataset(), ["signed"], {"x": "step", "title": "a $b$ <c> & 多\n"}))
    assert "a $b$ &lt;c&gt; &amp; 多␊" in svg
    svg = texts(draw_plot("heatmap", dataset(), ["le"], {}))
    assert "$bear$" in svg
    assert "_tortoise" in svg
    assert "a&lt;b&gt;&amp;" in svg


def test_the_same_bytes_each_time(tmp_path: Path) -> None:
    for suffix in ("svg", "png", "pdf"):
        save_figure(draw_plot("lines", dataset(), ["strength"], {}), tmp_path / f"one.{suffix}")
        save_figure(draw_plot("lines", dataset(), ["strength"], {}), tmp_path / f"two.{suffix}")
        assert (tmp_path / f"one.{suffix}").read_bytes() == (tmp_path / f"two.{suffix}").read_bytes()
    assert "<dc:date>" not in (tmp_path / "one.svg").read_text("utf-8")
    with Image.open(tmp_path / "one.png") as image:
        assert round(image.info["dpi"][0]) == 300


def test_pyplot_is_left_alone() -> None:
    code = (
        "import sys, xarray; from neurashed_dsl.render.plot import draw_plot, figure_bytes;"
        "figure_bytes(draw_plot('lines', xarray.Dataset({'a': ('step', [1.0, 2.0])}), ['a'], {}), 'svg');"
        "sys.exit('matplotlib.pyplot' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_an_unknown_kind_is_our_bug() -> None:
    with pytest.raises(Bug):
        draw_plot("pie", dataset(), ["mi"], {})


def recorded() -> xarray.Dataset:
    """λ of the upper level as it is, of the lower as a logarithm; and a record that isn't λ."""
    data = xarray.Dataset(
        {
            "high": (("repeat", "step", "parts"), np.ones((2, 3, 6)) * np.array([1.0, 2, 4])[None, :, None]),
            "low": (("repeat", "step", "features"), np.full((2, 3, 13), 0.5)),
            "other": (("step", "parts"), np.full((3, 6), 99.0)),
        },
        {"step": [0, 10, 20], "parts": PARTS, "features": [f"x[{i}]" for i in range(1, 14)]},
    )
    source = """
      record high = amplification(parts) every 10
      record low = log(amplification(features)) every 10
      record other = score(parts)
    """
    return data.assign_attrs(source=source)


def test_amplification_from_a_result() -> None:
    graph = figure4()
    last = amplification_of(graph, recorded(), None)
    assert np.allclose(last[13:], np.log(4))
    assert np.allclose(last[:13], 0.5)
    assert np.allclose(amplification_of(graph, recorded(), 9)[13:], np.log(2))
    assert np.isnan(amplification_of(graph, recorded()[["high"]], 9)[:13]).all()
    assert np.allclose(amplification_of(graph, recorded(), None, ["other"])[13:], np.log(99))


def test_a_diagram_from_a_result() -> None:
    graph = figure4()
    assert "beside the largest" in diagram_of(graph, "s1", recorded(), 10).dot
    with pytest.raises(NshedError) as caught:
        diagram_of(graph, "s1", recorded()[["other"]])
    assert caught.value.diagnostics[0].code == "no-amplification"


def test_pictures_of_plot_statements(tmp_path: Path) -> None:
    graph = figure4()
    both = picture_of(Plotted("pathway", ("s1", "s5"), {"title": "Two"}, NOWHERE), recorded(), graph)
    assert "s1, s5 → y[1], y[2]" in both.svg()
    sized = picture_of(Plotted("graph", (), {"step": 0}, NOWHERE), recorded(), graph)
    assert "beside the largest" in sized.svg()
    plain = picture_of(Plotted("graph", (), {}, NOWHERE), recorded()[["other"]], graph)
    assert "beside the largest" not in plain.svg()
    lines = picture_of(Plotted("lines", ("high",), {}, NOWHERE), recorded(), graph)
    lines.save(tmp_path / "lines.png")
    with Image.open(BytesIO((tmp_path / "lines.png").read_bytes())) as image:
        assert image.format == "PNG"
    assert lines._repr_svg_().startswith("<?xml")


def test_plots_of_expressions() -> None:
    """What stands in a plot is drawn as if it had been derived under that name; a file is called by its words."""
    program = loads("""
system halving {
  axis  k = 1..3
  state x[k] = 1
  x[i in k] <- x[i] * i / 4
}
experiment e {
  model  halving
  run    steps: 4
  record x = x every 1
  plot   lines(x[2], 2 * x[k: 1] + 1, x[3] > 0.5)
}
""")
    ((name, draw),) = program.drawings(program.run("e"), "e")
    (axes,) = draw().figure.axes
    steps = np.arange(5)
    expected = [0.5**steps, 2 * 0.25**steps + 1, 0.75**steps > 0.5]
    assert name == "lines_x_2_2_x_k_1_1_x_3_0_5"
    assert {"x[2]", "2 * x[k: 1] + 1", "x[3] > 0.5"} <= {text.get_text() for text in axes.findobj(Text)}
    np.testing.assert_allclose([line.get_ydata() for line in axes.lines], expected, rtol=1e-12)
