"""Pictures of training: what is drawn in them, that they are written, and that pyplot is left alone."""

import math
import subprocess
import sys

import pytest
from matplotlib import colormaps
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import PathCollection
from matplotlib.contour import QuadContourSet
from matplotlib.figure import Figure

from autograd.pictures.colours import INK
from nn.plots import new_figure, plot_boundary, plot_confusion, plot_history, plot_predictions, saved


def test_figures_are_not_pyplots_and_notebooks_show_them():
    program = "import sys, nn; nn.plots.plot_history({'loss': [1.0]}); print('matplotlib.pyplot' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True).stdout == "False\n"
    figure, axes = new_figure(3.0, 2.0)
    assert type(figure.canvas) is FigureCanvasAgg
    assert axes.figure is figure
    assert figure._repr_png_().startswith(b"\x89PNG")
    assert new_figure(3.0, 2.0, columns=2)[1].shape == (2,)


def test_a_picture_is_written_wholly_or_not_at_all(tmp_path, monkeypatch):
    """As other files: through a link, never over a folder, and what was there stays where the drawing fails."""
    figure = Figure(figsize=(1, 1))
    (tmp_path / "link.png").symlink_to(tmp_path / "new.png")
    saved(figure, tmp_path / "link.png")
    assert (tmp_path / "link.png").is_symlink() and (tmp_path / "new.png").read_bytes().startswith(b"\x89PNG")
    saved(figure, str(tmp_path / "named"))
    assert (tmp_path / "named.png").read_bytes() == (tmp_path / "new.png").read_bytes()
    saved(figure, tmp_path / "drawn.svg")
    assert "<svg" in (tmp_path / "drawn.svg").read_text()
    (tmp_path / "folder.png").mkdir()
    with pytest.raises(OSError):
        saved(figure, tmp_path / "folder.png")
    monkeypatch.setattr(FigureCanvasAgg, "print_png", lambda canvas, file, **how: file.write(b"half of it") / 0)
    before = (tmp_path / "new.png").read_bytes()
    with pytest.raises(ZeroDivisionError):
        saved(figure, tmp_path / "new.png")
    assert (tmp_path / "new.png").read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["drawn.svg", "folder.png", "link.png", "named.png", "new.png"]


def test_losses_are_on_the_left_and_accuracies_on_the_right(tmp_path):
    history = {"loss": [1.0, 0.1], "test_accuracy": [0.5, 0.75], "lr": [0.1, 0.1]}
    figure = plot_history(history, tmp_path / "history.png", title="so it went", loss_label="cross-entropy")
    assert (tmp_path / "history.png").read_bytes().startswith(b"\x89PNG")
    left, right = figure.axes
    assert (left.get_title(), left.get_ylabel(), right.get_ylabel()) == ("so it went", "cross-entropy", "accuracy (%)")
    assert [list(line.get_ydata()) for line in left.get_lines()] == [[1.0, 0.1]]
    assert [list(line.get_ydata()) for line in right.get_lines()] == [[50.0, 75.0]]
    assert list(left.get_lines()[0].get_xdata()) == [1, 2]
    assert left.get_yscale() == "log"
    assert not figure.legends


def test_several_curves_are_told_apart_in_a_legend():
    figure = plot_history({"loss": [1.0, 0.5], "val_loss": [1.0, 0.7], "accuracy": [0.5, 0.6], "val_accuracy": [0.5, 0.5]})
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["loss", "val loss", "accuracy", "val accuracy"]
    assert [line.get_linestyle() for line in figure.axes[0].get_lines()] == ["-", "--"]
    assert len(plot_history({"accuracy": [0.5]}).axes) == 1


@pytest.mark.parametrize("losses", [[0.0, 0.0], [-1.0, 1.0], [math.nan, 1.0], [math.inf, 1.0], [math.nan]])
def test_losses_of_any_kind_are_drawn(losses, tmp_path):
    figure = plot_history({"loss": losses}, tmp_path / "history.png")
    assert figure.axes[0].get_yscale() == ("linear" if min(losses) <= 0.0 else "log")


@pytest.mark.parametrize("history", [{}, {"lr": [0.1]}, {"loss": []}])
def test_a_history_without_curves_is_an_error(history):
    with pytest.raises(ValueError, match="a history has lists named as 'loss'"):
        plot_history(history)


def test_the_confusion_matrix_shows_its_counts(tmp_path):
    with (tmp_path / "confusion.png").open("wb") as file:
        figure = plot_confusion([0, 1, 1, 1], [0, 1, 1, 0], file, classes=3, title="one wrong", true_label="digit")
    assert (tmp_path / "confusion.png").read_bytes().startswith(b"\x89PNG")
    (axes,) = figure.axes
    assert {(text.get_position(), text.get_text()) for text in axes.texts} == {((0, 0), "1"), ((1, 1), "2"), ((0, 1), "1")}
    assert (axes.get_title(), axes.get_ylabel(), axes.get_xlabel()) == ("one wrong", "digit", "predicted as")
    assert [*axes.get_xticks()] == [*axes.get_yticks()] == [0, 1, 2]
    assert axes.images[0].get_array().tolist() == [[1, 0, 0], [1, 2, 0], [0, 0, 0]]
    dark, light = INK, "white"  # a number is read on its square
    assert {text.get_text(): text.get_color() for text in axes.texts} == {"1": dark, "2": light}


def test_classes_are_called_by_their_names_in_the_confusion_matrix(tmp_path):
    names = ["_a", "$x$ $\\frac$", "n" * 50]
    axes = plot_confusion([0, 1], [0, 1], tmp_path / "c.png", names=names).axes[0]
    for labels in (axes.get_xticklabels(), axes.get_yticklabels()):
        assert [text.get_text() for text in labels] == [*names[:2], "n" * 23 + "…"]
    assert {text.get_rotation() for text in axes.get_yticklabels()} == {0.0}
    assert axes.get_xticklabels()[0].get_rotation() == 45.0
    assert plot_confusion([0, 1], [0, 1], names=["a", "b"]).axes[0].get_xticklabels()[0].get_rotation() == 0.0


def leaning_right(rows):
    """The probability of class 1 is that of x > 0.25, roughly."""
    ones = [1.0 / (1.0 + math.exp(-20.0 * (x - 0.25))) for x, _ in rows]
    return [[1.0 - one, one] for one in ones]


def test_the_boundary_is_where_the_classifier_changes_its_mind(tmp_path):
    parts = {"learnt from": ([[-1.0, 5.0], [1.0, 7.0]], [0, 1]), "held out": ([[0.9, 6.0]], [1])}
    figure = plot_boundary(leaning_right, parts, tmp_path / "b.png", names=["$x$", "_b"], labels=["width", "height"])
    (axes,) = figure.axes
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("width", "height")
    learnt, held_out = (points for points in axes.collections if isinstance(points, PathCollection))
    assert learnt.get_offsets().tolist() == [[-1.0, 5.0], [1.0, 7.0]]
    assert held_out.get_offsets().tolist() == [[0.9, 6.0]]
    assert held_out.get_facecolor()[0].tolist() == learnt.get_facecolor()[1].tolist() != learnt.get_facecolor()[0].tolist()
    (contour,) = (lines for lines in axes.collections if isinstance(lines, QuadContourSet))
    line = contour.get_paths()[0].vertices
    assert line[:, 0] == pytest.approx(0.25, abs=0.01)
    assert (line[:, 1].min(), line[:, 1].max()) == pytest.approx(axes.get_ylim())
    assert axes.get_ylim()[0] < 5.0 and axes.get_ylim()[1] > 7.0
    left, right = axes.images[0].get_array()[0, 0], axes.images[0].get_array()[0, -1]
    assert left[2] > left[0] and right[0] > right[2]  # blue for the first class, orange for the second
    assert [text.get_text().strip() for text in figure.legends[0].get_texts()] == [r"\$x\$", "_b", "learnt from", "held out"]


def test_a_classifier_that_never_changes_its_mind_has_no_boundary():
    figure = plot_boundary(lambda rows: [[0.9, 0.1]] * len(rows), {"learnt from": ([[1.0, 1.0]], [0])}, steps=5)
    (axes,) = figure.axes
    assert len(axes.collections) == 1
    assert (*axes.get_xlim(), *axes.get_ylim()) == pytest.approx((0.92, 1.08, 0.92, 1.08))  # round the one point


def test_three_classes_have_a_colour_and_a_boundary_each():
    thirds = [[0.8, 0.1, 0.1], [0.1, 0.8, 0.1], [0.1, 0.1, 0.8]]
    figure = plot_boundary(lambda rows: [thirds[min(int(x), 2)] for x, _ in rows], {"all": ([[0.0, 0.0], [3.0, 1.0]], [0, 2])})
    (axes,) = figure.axes
    (points,) = (points for points in axes.collections if isinstance(points, PathCollection))
    assert [colour[:3].tolist() for colour in points.get_facecolor()] == [[*colormaps["tab10"](k)[:3]] for k in (0, 2)]
    boundaries = [lines for lines in axes.collections if isinstance(lines, QuadContourSet)]
    reached = [{round(x) for path in lines.get_paths() for x in path.vertices[:, 0]} for lines in boundaries]
    assert reached == [{1}, {1, 2}, {2}]
    assert (*points.get_sizes(), *points.get_linewidths()) == (34.0, 0.5)


def test_predictions_stand_against_what_is_true_on_equal_axes(tmp_path):
    figure = plot_predictions(
        {"learnt from": ([1.0, 3.0], [2.0, 2.5]), "held out": ([0.0], [4.0])}, tmp_path / "p.png", label="$"
    )
    (axes,) = figure.axes
    assert axes.get_xlim() == axes.get_ylim() == (-0.2, 4.2)
    assert [points.get_offsets().tolist() for points in axes.collections] == [[[1.0, 2.0], [3.0, 2.5]], [[0.0, 4.0]]]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("true $", "predicted $")
    assert axes.get_axisbelow() is True  # the grid hides no point
    (line,) = axes.get_lines()
    assert (line.get_xy1(), line.get_slope()) == ((0.0, 0.0), 1.0)
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["learnt from", "held out"]
    assert plot_predictions({"held out": ([1.0], [1.0])}).axes[0].get_xlim() == (0.95, 1.05)


ODD = "_a $x$ $\\frac$"  # a formula, and one that is none

LOOKS = {
    "history": lambda: plot_history({ODD + " loss": [1.0], "val_loss": [2.0]}, title=ODD, loss_label=ODD),
    "accuracies": lambda: plot_history({"accuracy": [1.0]}, title=ODD, accuracy_label=ODD),
    "confusion": lambda: plot_confusion([0], [0], names=[ODD], title=ODD, true_label=ODD, predicted_label=ODD),
    "boundary": lambda: plot_boundary(
        leaning_right, {ODD: ([[0.0, 0.0]], [0])}, names=[ODD, ODD], labels=[ODD, ODD], title=ODD, steps=5
    ),
    "predictions": lambda: plot_predictions({ODD: ([1.0], [1.0])}, label=ODD, title=ODD),
}


@pytest.mark.parametrize(("look", "in_legend"), [*zip(LOOKS, (1, 0, 0, 3, 1), strict=True)])
def test_texts_are_shown_as_they_are(look, in_legend):
    figure = LOOKS[look]()
    figure._repr_png_()  # which raises where a text is read as a formula that is none
    assert figure.axes[0].get_title() == ODD
    shown = [text.get_text() for legend in figure.legends for text in legend.get_texts()]
    assert len([text for text in shown if r"a \$x\$ \$\frac\$" in text]) == in_legend
