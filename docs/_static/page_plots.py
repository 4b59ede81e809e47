"""A small pyplot for the Python of a page that was built without matplotlib: plots as SVG, by plain Python.

It has what the course, the gallery and the library draw with: lines, points, bars, arrows, areas, contours, images. What it has
not got is an AttributeError or a TypeError; how texts, ticks, grids and legends look is not followed. `install()` names it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

from plot_axes import Axes
from plot_marks import MISSING, Colormaps, Grid, Line, key_svg
from plot_marks import Rectangle as Rectangle

INCH = 84  # pixels, at which text of 10 points is as large as that of a page

_unseen: list[Figure] = []
"""Figures that were made by `subplots`, and that nobody has seen yet."""


class Figure:
    """Some plots beside and below each other, and a legend below all of them."""

    def __init__(
        self, rows: int, columns: int, figsize: tuple[float, float], sharex: bool = False, sharey: bool = False
    ) -> None:
        self.rows, self.columns, self.figsize, self.shared = rows, columns, figsize, {"x": sharex, "y": sharey}
        self.axes = [Axes(self) for _ in range(rows * columns)]
        self.keys: list[Line] = []

    def sharing(self, axes: Axes, axis: str) -> list[Axes]:
        """The axes that have one range with these."""
        return self.axes if self.shared[axis] else [axes]

    def legend(self, handles: Any = None, **style: Any) -> None:
        self.keys += list(handles) if handles is not None else [key for axes in self.axes for key in axes.keys]

    def colorbar(self, filled: Any, ax: Axes, label: str = "", format: Any = None, ticks: Any = ()) -> None:
        """What the colours mean, written below: some heights, each with a sample."""
        count = len(filled.levels) - 1
        chosen = [k for k, level in enumerate(filled.levels[:-1]) if level in [*ticks]][:: max(1, len([*ticks]) // 5)]
        text = format or "{:g}".format
        self.keys += [
            Line([], [], "s", color=filled.colours((k + 0.5) / count), label=f"{label} {text(filled.levels[k], None)}")
            for k in chosen
        ]

    def savefig(self, file: Any, format: str | None = None, **how: Any) -> None:
        kind = format or str(file).rpartition(".")[2]
        if kind != "svg":
            raise ValueError(MISSING.format(f"{kind}, and are SVG"))
        if hasattr(file, "write"):
            file.write(self.svg().encode())
        else:
            Path(file).write_text(self.svg())

    def svg(self) -> str:
        width, height = (INCH * inches for inches in self.figsize)
        across, down, tall, y, made = width / self.columns, height / self.rows, height, height + 14, []
        for k, axes in enumerate(self.axes):
            made.append(axes.svg(k % self.columns * across, k // self.columns * down, across, down))
        x = 30.0
        for key in self.keys:
            wide = 44 + 6.6 * len(str(key.label))
            x, y = (x, y) if x + wide < width else (30.0, y + 18)
            made.append(key_svg(key, x, y))
            x, tall = x + wide, y + 16
        style = f"width: {width:.0f}px; max-width: 100%; height: auto; background: white; font-family: sans-serif"
        head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {tall:.0f}" style="{style}">'
        return f"{head}{''.join(made)}</svg>"

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        if self in _unseen:
            _unseen.remove(self)
        return {"image/svg+xml": self.svg()}


def subplots(
    rows: int = 1,
    columns: int = 1,
    *,
    figsize: Any = (6.4, 4.8),
    sharex: bool = False,
    sharey: bool = False,
    layout: Any = None,
) -> Any:
    """A figure and its axes: one, a list of them, or rows of them."""
    figure = Figure(rows, columns, figsize, sharex, sharey)
    _unseen.append(figure)
    if rows * columns == 1:
        return figure, figure.axes[0]
    if 1 in (rows, columns):
        return figure, Grid(figure.axes)
    return figure, Grid(Grid(figure.axes[k * columns : (k + 1) * columns]) for k in range(rows))


def show() -> None:
    """Shows the figures that nobody has seen yet."""
    while _unseen:
        shown_by(_unseen.pop(0).svg())


def shown_by(svg: str) -> None:
    """What `install` puts in the place of this."""
    raise RuntimeError("nothing has been said to show plots by: install(show_by)")


def new_figure(width: float, height: float, columns: int = 1) -> tuple[Figure, Any]:
    """As `autograd.pictures.figures.new_figure`, for what the library draws."""
    figure = Figure(1, columns, (width, height))
    return figure, figure.axes[0] if columns == 1 else figure.axes


def install(show_by: Callable[[str], None]) -> None:
    """Has this stand in for matplotlib, as far as it goes. `show_by` is given each picture, an SVG."""
    global shown_by
    shown_by = show_by
    matplotlib: Any = ModuleType("matplotlib")
    matplotlib.__path__, matplotlib.colormaps, matplotlib.pyplot = [], Colormaps(), sys.modules[__name__]
    colors: Any = ModuleType("matplotlib.colors")
    colors.BoundaryNorm = lambda levels, count, extend: levels
    lines: Any = ModuleType("matplotlib.lines")
    lines.Line2D = Line
    sys.modules |= {
        "matplotlib": matplotlib,
        "matplotlib.pyplot": sys.modules[__name__],
        "matplotlib.colors": colors,
        "matplotlib.lines": lines,
    }
