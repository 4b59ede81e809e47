"""Pictures of training, made with matplotlib, which is imported when the first one is drawn.

Each function returns the matplotlib Figure, which a notebook shows, and writes it if it is given a file.
"""

from __future__ import annotations

import functools
import io
import math
from collections.abc import Mapping, Sequence
from os import PathLike
from typing import IO, Any

from .metrics import confusion_matrix

BLUE, ORANGE = "#2b6cb0", "#c05621"
INK, QUIET, GRID = "#1f2933", "#7b8794", "#e2e8f0"

File = str | PathLike[str] | IO[bytes] | None


def new_figure(width: float, height: float, columns: int = 1) -> tuple[Any, Any]:
    """A Figure so many inches wide and high, and its axes (with several columns, an array of them).

    It is not pyplot's, which would choose a backend for the whole program and keep every figure alive.

    >>> figure, axes = new_figure(7.0, 4.2)
    >>> line = axes.plot([1, 2, 3], [3.0, 1.0, 0.5])
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    figure = _figure_class()(figsize=(width, height), dpi=150, layout="constrained")
    FigureCanvasAgg(figure)
    return figure, figure.subplots(1, columns)


@functools.cache
def _figure_class() -> type[Any]:
    from matplotlib.figure import Figure

    class Picture(Figure):
        """A Figure that notebooks show: they know of pyplot's only."""

        def _repr_png_(self) -> bytes:
            file = io.BytesIO()
            self.savefig(file, format="png", dpi=100)
            return file.getvalue()

    return Picture


def saved(figure: Any, file: File) -> Any:
    """The figure, written to `file` (a path, whose ending says the format, or an open file for a PNG) unless that is None."""
    if file is not None:
        figure.savefig(file)
    return figure


def plot_history(
    history: Mapping[str, Sequence[float]], file: File = None, *, title: str = "", loss_label: str = "loss",
    accuracy_label: str = "accuracy (%)",
) -> Any:  # fmt: skip
    """Losses (left, on a logarithmic scale) and accuracies (right, in percent) over the epochs.

    history         lists of one number per epoch by name; those with "loss" or "accuracy" in their names are drawn

    ValueError for a history without either.

    >>> figure = plot_history({"loss": [1.0, 0.3, 0.1], "test_accuracy": [0.7, 0.9, 0.95]})
    """
    losses = {name: list(numbers) for name, numbers in history.items() if "loss" in name}
    accuracies = {name: [100.0 * a for a in numbers] for name, numbers in history.items() if "accuracy" in name}
    if not any(map(len, [*losses.values(), *accuracies.values()])):
        raise ValueError(f"a history has lists named as 'loss' or 'test_accuracy', and this one has {list(history)}")
    figure, left = new_figure(7.0, 4.2)
    _epochs(left)
    left.grid(True, which="major", color=GRID)
    left.set_title(title)
    lines = []
    if losses:
        lines += _curves(left, losses, BLUE, loss_label)
        if all(x > 0.0 or math.isnan(x) for numbers in losses.values() for x in numbers):
            left.set_yscale("log")
            left.yaxis.set_major_formatter("{x:g}")
    if accuracies:
        lines += _curves(left.twinx() if losses else left, accuracies, ORANGE, accuracy_label)
    if max(len(losses), len(accuracies)) > 1:
        figure.legend(handles=lines, loc="outside lower center", ncols=len(lines), frameon=False)
    return saved(figure, file)


def _epochs(axes: Any) -> None:
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.set_xlabel("epoch")


def _curves(axes: Any, curves: Mapping[str, Sequence[float]], colour: str, label: str) -> list[Any]:
    """One line for each list, all of one colour and told apart by their dashes."""
    lines = []
    for i, (name, numbers) in enumerate(curves.items()):
        dashes = ("-", "--", ":", "-.")[i % 4]
        marker = "o" if len(numbers) == 1 else ""
        style = {"color": colour, "linewidth": 2, "linestyle": dashes, "marker": marker, "label": name.replace("_", " ")}
        lines += axes.plot(range(1, len(numbers) + 1), numbers, **style)
    axes.set_ylabel(label, color=colour)
    return lines


def plot_confusion(
    y_true: Sequence[int], y_pred: Sequence[int], file: File = None, *, classes: int | None = None, title: str = "",
    true_label: str = "class", predicted_label: str = "predicted as",
) -> Any:  # fmt: skip
    """How often each class was predicted as which: `metrics.confusion_matrix`, with darker squares for larger counts.

    classes         how many there are; by default one more than the largest label

    >>> figure = plot_confusion([0, 1, 1, 2], [0, 1, 2, 2], title="one of four wrong")
    """
    counts = confusion_matrix(y_true, y_pred, classes)
    figure, axes = new_figure(6.0, 5.6)
    axes.imshow(counts, cmap="Blues")
    darkest = max(map(max, counts))
    for t, row in enumerate(counts):
        for p, count in enumerate(row):
            if count:
                axes.text(p, t, str(count), ha="center", va="center", color="white" if count > darkest / 2 else INK)
    axes.set_xticks(range(len(counts)))
    axes.set_yticks(range(len(counts)))
    axes.set_xlabel(predicted_label)
    axes.set_ylabel(true_label)
    axes.set_title(title)
    return saved(figure, file)
