"""Pictures of training, made with matplotlib, which is imported when the first one is drawn.

Each function returns the matplotlib Figure, which a notebook shows, and writes it if it is given a file.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from autograd.derivatives.structures import unframed
from autograd.pictures.colours import BLUE, GRID, INK, ORANGE, QUIET
from autograd.pictures.figures import File, in_legend, new_figure, saved
from autograd.texts import visible

from .metrics import confusion_matrix
from .nested import as_lists


def plot_history(
    history: Mapping[str, Sequence[float]],
    file: File = None,
    *,
    title: str = "",
    loss_label: str = "loss",
    accuracy_label: str = "accuracy (%)",
) -> Any:
    """Losses (left, on a logarithmic scale) and accuracies (right, in percent) over the epochs.

    history         lists of one number per epoch by name; those with "loss" or "accuracy" in their names are drawn
    file            a path or an open file to write the picture to as well; a path says by its ending as what
    title           what stands above it
    loss_label, accuracy_label      what stands beside its axes

    Gives a matplotlib Figure. ValueError for a history without either. ImportError without matplotlib.

    >>> figure = plot_history({"loss": [1.0, 0.3, 0.1], "test_accuracy": [0.7, 0.9, 0.95]})
    """
    losses = {name: list(numbers) for name, numbers in history.items() if "loss" in name}
    accuracies = {name: [100.0 * a for a in numbers] for name, numbers in history.items() if "accuracy" in name}
    if not any(map(len, [*losses.values(), *accuracies.values()])):
        raise ValueError(f"a history has lists named as 'loss' or 'test_accuracy', and this one has {list(history)}")
    figure, left = new_figure(7.0, 4.2)
    _epochs(left)
    left.grid(True, which="major", color=GRID)
    left.set_title(title, parse_math=False)
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
        style = {"color": colour, "linewidth": 2, "linestyle": dashes, "marker": marker}
        lines += axes.plot(range(1, len(numbers) + 1), numbers, label=in_legend(name.replace("_", " ")), **style)
    axes.set_ylabel(label, color=colour, parse_math=False)
    return lines


def plot_confusion(
    y_true: Sequence[int],
    y_pred: Sequence[int],
    file: File = None,
    *,
    classes: int | None = None,
    names: Sequence[str] | None = None,
    title: str = "",
    true_label: str = "class",
    predicted_label: str = "predicted as",
) -> Any:
    """How often each class was predicted as which: `metrics.confusion_matrix`, with darker squares for larger counts.

    y_true, y_pred  numbers of classes, from 0
    classes         how many there are; by default one more than the largest label
    names           what they are called; by default their numbers
    true_label, predicted_label     what stands beside the axes

    file, title, the result and the errors are as of `plot_history`, and `confusion_matrix`.

    >>> figure = plot_confusion([0, 1, 1, 2], [0, 1, 2, 2], title="one of four wrong")
    """
    counts = confusion_matrix(y_true, y_pred, len(names) if names else classes)
    size = max(6.0, 0.35 * len(counts))
    figure, axes = new_figure(size, size - 0.4)
    axes.imshow(counts, cmap="Blues")
    darkest = max(map(max, counts))
    for t, row in enumerate(counts):
        for p, count in enumerate(row):
            if count:
                axes.text(p, t, str(count), ha="center", va="center", color="white" if count > darkest / 2 else INK)
    shown = [visible(name, 24) for name in names or map(str, range(len(counts)))]
    tilted = {"rotation": 45, "ha": "right", "rotation_mode": "anchor"} if max(map(len, shown)) * len(shown) > 50 else {}
    axes.set_xticks(range(len(counts)), shown, parse_math=False, **tilted)
    axes.set_yticks(range(len(counts)), shown, parse_math=False)
    axes.set_xlabel(visible(predicted_label, 60), parse_math=False)
    axes.set_ylabel(visible(true_label, 60), parse_math=False)
    axes.set_title(title, parse_math=False)
    return saved(figure, file)


Part = tuple[Sequence[Any], Sequence[Any]]


def plot_boundary(
    probabilities: Callable[[list[list[float]]], list[list[float]]],
    parts: Mapping[str, Part],
    file: File = None,
    *,
    names: Sequence[str] | None = None,
    labels: Sequence[str] = ("x1", "x2"),
    title: str = "",
    steps: int = 100,
) -> Any:
    """The class that a classifier of two inputs gives to every point of the plane, in colours, and examples as dots.

    probabilities   a function of rows [x1, x2] that gives one number for each class and row
    parts           rows (lists, an array or a data frame) and the numbers of their classes, by what to call them:
                    {"learnt from": (rows, classes), ...}; the points of the first are small, those of the others larger and
                    dark at the rim
    names           of the classes; by default their numbers
    labels          what the two inputs are called
    steps           into how many squares each axis is parted

    The paler a colour, the less sure the classifier; the lines are where it changes its mind. `file`, `title` and the result
    are as of `plot_history`.

    >>> half = lambda rows: [[float(x < 0.5), float(x >= 0.5)] for x, y in rows]
    >>> figure = plot_boundary(half, {"learnt from": ([[0.0, 0.0], [1.0, 1.0]], [0, 1])}, steps=10)
    """
    from matplotlib import colormaps
    from matplotlib.lines import Line2D

    parts = {name: (as_lists(unframed(rows)), list(classes)) for name, (rows, classes) in parts.items()}
    across, up = (_places([row[k] for rows, _ in parts.values() for row in rows], steps) for k in range(2))
    answers = as_lists(probabilities([[x, y] for y in up for x in across]))
    count = len(answers[0])
    colours = [colormaps["tab10"](k % 10)[:3] for k in range(count)]
    figure, axes = new_figure(6.4, 5.6)
    shades = [[1.0 - 0.45 * (1.0 - sum(map(operator.mul, p, part))) for part in zip(*colours, strict=True)] for p in answers]
    extent = (across[0], across[-1], up[0], up[-1])
    axes.imshow(_grid(shades, steps), origin="lower", extent=extent, aspect="auto", interpolation="bilinear")
    for k in range(count if count > 2 else 1):
        lead = [p[k] - max(p[:k] + p[k + 1 :]) for p in answers]
        if min(lead) < 0.0 < max(lead):
            axes.contour(across, up, _grid(lead, steps), levels=[0.0], colors=INK, linewidths=1.0)
    for i, (rows, classes) in enumerate(parts.values()):
        axes.scatter(
            [row[0] for row in rows],
            [row[1] for row in rows],
            c=[colours[int(k)] for k in classes],
            s=34 if i or len(rows) < 30 else 16,
            edgecolors=INK if i else "white",
            linewidths=1.0 if i else 0.5,
        )
    keys = [_key(Line2D, colours[k], "white", visible(name, 24)) for k, name in enumerate(names or map(str, range(count)))]
    keys += [_key(Line2D, "white", INK if i else QUIET, part, 7 if i else 5) for i, part in enumerate(parts)]
    figure.legend(handles=keys, loc="outside lower center", ncols=min(len(keys), 5), frameon=False)
    axes.set_xlabel(visible(labels[0], 60), parse_math=False)
    axes.set_ylabel(visible(labels[1], 60), parse_math=False)
    axes.set_title(title, parse_math=False)
    return saved(figure, file)


def _places(numbers: Sequence[float], steps: int) -> list[float]:
    """So many places along an axis, from a little below the least of some numbers to a little above the largest."""
    low, high = float(min(numbers)), float(max(numbers))
    margin = 0.08 * (high - low or 1.0)
    return [low - margin + (high - low + 2.0 * margin) * k / (steps - 1) for k in range(steps)]


def _grid(things: Sequence[Any], steps: int) -> list[Sequence[Any]]:
    """Rows of so many."""
    return [things[k : k + steps] for k in range(0, len(things), steps)]


def _key(line: Any, fill: Any, rim: str, text: str, size: int = 7) -> Any:
    """An entry of a legend: a point and a text."""
    return line([], [], linestyle="", marker="o", color=fill, markeredgecolor=rim, markersize=size, label=in_legend(text))


def plot_predictions(parts: Mapping[str, Part], file: File = None, *, label: str = "", title: str = "") -> Any:
    """Numbers that were predicted against the true ones: on the line, they are equal.

    parts           true and predicted numbers, by what to call them: {"learnt from": (true, predicted), ...}
    label           what the numbers are

    file, title and the result are as of `plot_history`.

    >>> figure = plot_predictions({"held out": ([1.0, 2.0, 3.0], [1.1, 1.9, 3.2])}, label="height")
    """
    figure, axes = new_figure(6.0, 5.6)
    numbers = [x for pair in parts.values() for column in pair for x in column]
    margin = 0.05 * (max(numbers) - min(numbers) or 1.0)
    axes.set(xlim=(min(numbers) - margin, max(numbers) + margin), ylim=(min(numbers) - margin, max(numbers) + margin))
    axes.axline((min(numbers), min(numbers)), slope=1.0, color=QUIET, linewidth=1.0)
    for i, (name, (true, predicted)) in enumerate(parts.items()):
        size, colour, alpha = (30, ORANGE, 0.9) if i else (18, BLUE, 0.4)
        axes.scatter(true, predicted, s=size, color=colour, alpha=alpha, linewidths=0, label=in_legend(name))
    axes.grid(True, color=GRID)
    axes.set_axisbelow(True)
    axes.set_xlabel(visible(f"true {label}".strip(), 60), parse_math=False)
    axes.set_ylabel(visible(f"predicted {label}".strip(), 60), parse_math=False)
    axes.set_title(title, parse_math=False)
    figure.legend(loc="outside lower center", ncols=len(parts), frameon=False)
    return saved(figure, file)
