"""The small pyplot of the pages, docs/_static/page_plots.py, beside matplotlib where both can say the same."""

import importlib
import math
import sys
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any
from xml.etree import ElementTree

import matplotlib as mpl
import numpy as np
import pytest
from builds import ROOT

mpl.use("Agg")
import matplotlib.pyplot as plt

sys.path.insert(0, str(ROOT / "docs" / "_static"))
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def plots(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    module = importlib.import_module("page_plots")
    monkeypatch.setattr(module, "_unseen", [])
    yield module
    plt.close("all")


def waves(axes: Any) -> None:
    xs = [i / 10 - 3.0 for i in range(61)]
    axes.plot(xs, [math.sin(x) for x in xs], "--", label="sine")
    axes.plot([0.5, 1.5], [-2.0, 2.5], "o", color="black")
    axes.axhline(3.0, color="#7b8794", linewidth=0.8)


def falling(axes: Any) -> None:
    axes.loglog([10.0**-k for k in range(1, 12)], [3.0 * 10.0 ** (-k / 2) for k in range(1, 12)], "s-")


def errors(axes: Any) -> None:
    axes.semilogy([16.0, 4.0, 1.0, 0.25, 0.01], "o-", markersize=3)


def hills(axes: Any) -> None:
    xs, ys = [i / 5 for i in range(11)], [i / 4 - 1.0 for i in range(9)]
    axes.contourf(xs, ys, [[x * y for x in xs] for y in ys], levels=8, cmap="RdBu_r")


def picture(axes: Any) -> None:
    axes.imshow([[0.0, 0.5, 1.0], [1.0, 0.5, 0.0]], cmap="Blues", vmin=0, vmax=1)


def fixed(axes: Any) -> None:
    axes.plot([1.0, 2.0], [3.0, 4.0])
    axes.set(xlim=(0, 5), ylim=(-1.0, 9.0))
    axes.set_ylim(bottom=0.0)


def bars(axes: Any) -> None:
    axes.bar([1, 2, 3], [3.0, 5.0, 0.5])


def sample(axes: Any) -> None:
    axes.hist([0.5, 0.6, 1.5, 2.2, 2.3, 2.4, 9.0], 4, range=(0.0, 4.0), density=True)


def wind(axes: Any) -> None:
    axes.quiver([0.0, 1.0, 2.0], [3.0, 5.0, 4.0], [1.0, 2.0, 0.0], [0.0, -1.0, 3.0])


@pytest.mark.parametrize("draw", [waves, falling, errors, hills, picture, fixed, bars, sample, wind])
def test_axes_go_as_far_as_those_of_matplotlib(plots: ModuleType, draw: Callable[[Any], None]) -> None:
    (_, ours), (_, theirs) = plots.subplots(), plt.subplots()
    draw(ours)
    draw(theirs)
    wanted = sorted(theirs.get_xlim()), sorted(theirs.get_ylim())  # that of an image has its 0 at the top
    assert [*ours.get_xlim()] == pytest.approx(wanted[0]) and [*ours.get_ylim()] == pytest.approx(wanted[1])


def test_plots_beside_each_other_share_a_range(plots: ModuleType) -> None:
    for pyplot in (plots, plt):
        _, (above, below) = pyplot.subplots(2, 1, sharex=True)
        above.plot([0.0, 1.0], [5.0, 6.0])
        below.plot([0.0, 4.0], [1.0, 2.0])
        assert above.get_xlim() == pytest.approx((-0.2, 4.2)) and above.get_ylim() == pytest.approx((4.95, 6.05))


def test_plots_of_a_grid_are_found_by_row_and_column(plots: ModuleType) -> None:
    for pyplot in (plots, plt):
        _, grid = pyplot.subplots(2, 3)
        assert grid[1, 2] is grid[1][2] is list(grid.flat)[5] is grid.T[2, 1]


def drawn(figure: Any) -> ElementTree.Element:
    return ElementTree.fromstring(figure.svg())


def test_every_point_is_where_it_belongs(plots: ModuleType) -> None:
    figure, axes = plots.subplots(figsize=(5, 4))
    axes.plot([0.0, 1.0, 2.0, math.nan], [1.0, 3.0, 2.0, 2.0], "o-", label="a < b")
    axes.axhline(2.5, label="level")
    axes.set(xlim=(0.0, 2.0), ylim=(1.0, 3.0), xlabel="x", title="two\nlines")
    axes.legend()
    dots = [(float(dot.get("cx", "")), float(dot.get("cy", ""))) for dot in drawn(figure).iter(f"{SVG}circle")]
    left, top, width, height = axes.place
    assert dots[:3] == [
        pytest.approx(place, abs=0.06)
        for place in [(left, top + height), (left + width / 2, top), (left + width, top + height / 2)]
    ]
    assert len(dots) == 4  # and that of the legend; NaN has no place
    texts = {text.text for text in drawn(figure).iter(f"{SVG}text")}
    assert {"a < b", "level", "x", "two", "lines", "0.5", "1.5"} <= texts


def test_heights_of_their_own_stand_on_the_right(plots: ModuleType) -> None:
    figure, left = plots.subplots(figsize=(5, 3))
    left.plot([1.0, 2.0, 3.0], [0.1, 0.2, 0.4])
    right = left.twinx()
    right.plot([3.0, 5.0], [40.0, 90.0], "o")
    right.set_ylabel("percent")
    _, theirs = plt.subplots()
    theirs.plot([1.0, 2.0, 3.0], [0.1, 0.2, 0.4])
    other = theirs.twinx()
    other.plot([3.0, 5.0], [40.0, 90.0], "o")
    for ours, wanted in ((left, theirs), (right, other)):
        assert ours.get_xlim() == pytest.approx(wanted.get_xlim()) and ours.get_ylim() == pytest.approx(wanted.get_ylim())
    (x0, y0), (x1, y1) = [(float(d.get("cx", "")), float(d.get("cy", ""))) for d in drawn(figure).iter(f"{SVG}circle")]
    begin, top, width, height = left.place
    assert (x0, x1) == pytest.approx((begin + width * 2.2 / 4.4, begin + width * 4.2 / 4.4), abs=0.06)
    assert (y0, y1) == pytest.approx((top + height * 52.5 / 55.0, top + height * 2.5 / 55.0), abs=0.06)
    texts = {text.text: float(text.get("x", "")) for text in drawn(figure).iter(f"{SVG}text")}
    assert texts["0.1"] < begin and texts["80"] > begin + width < texts["percent"] < 5 * plots.INCH


def test_what_stands_beside_the_frame_has_its_room(plots: ModuleType) -> None:
    """Long names of ticks at the left, remarks at the right, and a legend below."""
    figure, axes = plots.subplots(figsize=(5, 3))
    line, *_ = axes.plot([0.0, 1.0], [0.0, 1.0], label="a line")
    figure.svg()
    left, _, width, _ = axes.place
    axes.set_yticks([0.0, 1.0], ["of a network of neurons", "1"])
    axes.annotate("knows the letter before", (1.01, 0.5), xycoords=("axes fraction", "data"), fontsize=8)
    filled = axes.contourf([0.0, 1.0], [0.0, 1.0], [[0.0, 1.0], [1.0, 2.0]], levels=[0.0, 1.0, 2.0])
    figure.colorbar(filled, axes, label="loss", format=lambda x, _: f"{x:g}", ticks=[0.0, 1.0])
    figure.legend(handles=[line])
    texts = [text.text for text in drawn(figure).iter(f"{SVG}text")]
    assert texts[-3:] == ["loss 0", "loss 1", "a line"]
    assert axes.place[0] > left + 100 and axes.place[0] + axes.place[2] < left + width - 100


def test_contours_run_where_the_height_is(plots: ModuleType) -> None:
    xs = [i / 10 - 1.5 for i in range(31)]
    marks = importlib.import_module("plot_marks")
    pieces = list(marks.crossings(xs, xs, [[x * x + y * y for x in xs] for y in xs], 1.0))
    assert len(pieces) > 50 and all(abs(math.hypot(*end) - 1.0) < 0.006 for piece in pieces for end in piece)


def test_bars_and_images_have_their_colours(plots: ModuleType) -> None:
    figure, axes = plots.subplots()
    axes.bar([1, 2], [3.0, -1.0], color=["#ff0000", "#00ff00"])
    fills = [box.get("fill") for box in drawn(figure).iter(f"{SVG}rect")]
    assert fills.count("#ff0000") == fills.count("#00ff00") == 1
    figure, axes = plots.subplots()
    axes.imshow([[0.0, 1.0]], cmap="gray_r", vmin=0.0, vmax=1.0)
    assert {"#ffffff", "#000000"} <= {box.get("fill") for box in drawn(figure).iter(f"{SVG}rect")}
    figure, axes = plots.subplots()
    axes.imshow([[(1.0, 0.0, 0.0), (0.0, 0.5, 1.0)]])
    assert {"#ff0000", "#0080ff"} <= {box.get("fill") for box in drawn(figure).iter(f"{SVG}rect")}


def test_a_line_without_ends_goes_from_border_to_border(plots: ModuleType) -> None:
    figure, axes = plots.subplots()
    axes.set(xlim=(0.0, 4.0), ylim=(0.0, 4.0))
    axes.axline((1.0, 1.0), slope=0.5)
    [line] = [path.get("d", "") for path in drawn(figure).iter(f"{SVG}path")]
    left, top, width, height = axes.place
    assert line == f"M{left:.1f} {top + height * 0.875:.1f}L{left + width:.1f} {top + height * 0.375:.1f}"


def test_numbers_are_counted_as_numpy_counts_them(plots: ModuleType) -> None:
    numbers = [math.sin(k) for k in range(200)] + [-1.0, 1.0, 0.5]
    marks = importlib.import_module("plot_marks")
    for limits in (None, (-0.5, 0.5)):
        counts, edges = np.histogram(numbers, 8, range=limits)
        ours = marks.counted(numbers, 8, limits)
        assert ours[0] == pytest.approx(list(edges)) and ours[1] == list(counts)


def test_arrows_begin_at_their_points_and_are_as_long_as_matplotlib_draws_them(plots: ModuleType) -> None:
    (figure, ours), (_, theirs) = plots.subplots(), plt.subplots()
    wind(ours)
    wind(theirs)
    theirs.figure.canvas.draw()
    made = [path.get("d", "") for path in drawn(figure).iter(f"{SVG}path")]
    left, top, width, height = ours.place
    (x0, x1), (y0, y1) = ours.range("x"), ours.range("y")
    assert made[0].startswith(f"M{left + width * (0.0 - x0) / (x1 - x0):.1f} {top + height * (y1 - 3.0) / (y1 - y0):.1f}L")
    tips = [polygon.get("points", "").split()[0] for polygon in drawn(figure).iter(f"{SVG}polygon")]
    tip, start = float(tips[0].split(",")[0]), float(made[0][1:].split()[0])
    assert tip - start == pytest.approx(width / theirs.collections[0].scale, rel=0.02)  # the first arrow is (1, 0)


@pytest.mark.parametrize(
    ("name", "share"), [(name, share) for name in ("Blues", "RdBu_r", "viridis") for share in (0.0, 0.2, 0.6, 1.0)]
)
def test_colours_are_those_of_matplotlib(plots: ModuleType, name: str, share: float) -> None:
    ours = importlib.import_module("plot_marks").Colormap(name)(share)
    assert ours == pytest.approx(mpl.colormaps[name](share)[:3], abs=0.06)


def test_a_figure_is_saved_as_svg(plots: ModuleType, tmp_path: Any) -> None:
    figure, axes = plots.subplots()
    axes.plot([1.0, 2.0])
    figure.savefig(tmp_path / "line.svg")
    figures = importlib.import_module("autograd.pictures.figures")
    figures.saved(figure, tmp_path / "again.svg")
    assert (tmp_path / "line.svg").read_text() == (tmp_path / "again.svg").read_text() == figure.svg()
    with pytest.raises(ValueError, match="have no png, and are SVG"):
        figure.savefig(tmp_path / "line.png")


def test_what_it_has_not_got_is_an_error(plots: ModuleType) -> None:
    _, axes = plots.subplots()
    with pytest.raises(TypeError, match="have no hatch: run it in a Python of your own"):
        axes.plot([1.0, 2.0], hatch="/")
    with pytest.raises(AttributeError, match="this page have no streamplot"):
        axes.streamplot([1.0], [1.0], [1.0], [1.0])
    with pytest.raises(ValueError, match="as many x as y"):
        axes.plot([1.0], [1.0, 2.0])


def test_a_block_shows_its_plots_and_what_the_library_draws(monkeypatch: pytest.MonkeyPatch, plots: ModuleType) -> None:
    blocks = importlib.import_module("run_blocks")
    for name in ("matplotlib", "matplotlib.pyplot", "matplotlib.colors", "matplotlib.lines"):
        monkeypatch.setitem(sys.modules, name, sys.modules.get(name))  # so that it is put back
    for module in ("autograd.pictures.figures", "nn.plots"):
        monkeypatch.setattr(importlib.import_module(module), "new_figure", plt.figure)
    blocks.forget()
    blocks.plot_in_page()
    source = "import matplotlib.pyplot as plt\nfigure, axes = plt.subplots()\naxes.plot([1, 2])\nplt.show()\nplt.show()\n"
    assert [part["kind"] for part in importlib.import_module("json").loads(blocks.run(source, ""))["shown"]] == [
        "image/svg+xml"
    ]
    unseen = source.replace("plt.show()\n", "").replace("axes.plot", "axes.scatter").replace("[1, 2]", "[1, 2], [3, 4]")
    shown = importlib.import_module("json").loads(blocks.run(unseen, ""))["shown"]
    assert [part["kind"] for part in shown] == ["image/svg+xml"] and shown[0]["text"].count("<circle") == 2
    monkeypatch.setattr("nn.plots.new_figure", plots.new_figure)
    shown = importlib.import_module("json").loads(blocks.run('nn.plots.plot_history({"loss": [1.0, 0.5]})', ""))["shown"]
    assert [part["kind"] for part in shown] == ["text", "image/svg+xml"] and "epoch" in shown[1]["text"]
    source = 'nn.plots.plot_history({"loss": [1.0, 0.5], "test_accuracy": [0.7, 0.9]})'
    shown = importlib.import_module("json").loads(blocks.run(source, ""))["shown"]
    assert [part["kind"] for part in shown] == ["text", "image/svg+xml"] and "accuracy (%)" in shown[1]["text"]
    monkeypatch.setitem(sys.modules, "numpy", None)
    parts = "{'learnt from': ([[0.0, 0.0], [1.0, 1.0]], [0, 1]), 'held out': ([[0.5, 1.0]], [1])}"
    half = "lambda rows: [[1.0 - x, x] for x, _ in rows]"
    for source, words in (
        (f"nn.plots.plot_boundary({half}, {parts}, labels=('wide', 'tall'), steps=8)", "tall"),
        ("nn.plots.plot_predictions({'held out': ([1.0, 2.0], [1.1, 1.8])}, label='height')", "predicted height"),
    ):
        shown = importlib.import_module("json").loads(blocks.run(source, ""))["shown"]
        assert [part["kind"] for part in shown] == ["text", "image/svg+xml"] and words in shown[1]["text"]
