"""The loss as a landscape over one or two weights, and the way gradient descent took through it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from autograd import Value, gradients, is_grad_enabled, topological_order
from autograd.pictures.colours import BLUE, GRID, INK, ORANGE
from autograd.pictures.figures import File, new_figure, saved

from ..arguments import whole
from ..optim import Optimizer

Span = tuple[float, float]


@dataclass(frozen=True, repr=False)
class ErrorSurface:
    """The loss over a grid of one or two weights. Made by `error_surface`.

    names           the weights', for the axes of the picture
    axes            for each weight, the values it took
    losses          losses[i] at axes[0][i], or losses[i][j] at axes[0][i] and axes[1][j]
    path            (w, loss) or (w1, w2, loss) where the descent started and after each of its steps; empty without one
    slopes          the derivatives of the loss with respect to the weights, for each point of the path

    >>> w = Value(1.0)
    >>> error_surface(lambda: w * w, [w], spans=[(0.0, 2.0)], steps=3).losses
    [0.0, 1.0, 4.0]
    """

    names: list[str]
    axes: list[list[float]]
    losses: list[Any]
    path: list[tuple[float, ...]]
    slopes: list[tuple[float, ...]]

    @property
    def points(self) -> list[tuple[float, ...]]:
        """Every point of the grid with its loss, as in `path`."""
        if len(self.axes) == 1:
            return list(zip(self.axes[0], self.losses, strict=True))
        first, second = self.axes
        return [(w1, w2, self.losses[i][j]) for i, w1 in enumerate(first) for j, w2 in enumerate(second)]

    @property
    def lowest(self) -> tuple[float, ...]:
        """The point of the grid where the loss is lowest, and that loss."""
        return _lowest(self.points)

    def plot(self, file: File = None) -> Any:
        """A matplotlib Figure: the curve of the loss over one weight, or its contours over two, the path, the lowest point.

        On a curve the first points of the path have their tangents, whose slopes are what the steps are made of. Contours are
        spaced so that those of a bowl are evenly apart, or by equal factors where the loss ranges over orders of magnitude.

        file        where to write the picture, if anywhere

        ValueError where no loss on the grid is finite (or all are beyond 1e300).
        """
        if not any(map(_drawable, [point[-1] for point in self.points])):
            raise ValueError("there is nothing to plot, no loss on this grid being finite and below 1e300: choose other spans")
        figure, axes = new_figure(*((7.0, 4.4) if len(self.axes) == 1 else (6.6, 5.4)))
        (_draw_curve if len(self.axes) == 1 else _draw_contours)(self, figure, axes)
        return saved(figure, file)

    def __repr__(self) -> str:
        grid = " x ".join(str(len(axis)) for axis in self.axes)
        steps = f", a descent of {len(self.path) - 1} steps" if self.path else ""
        return f"<error surface over {' and '.join(self.names)}: {grid} points{steps}>"


def error_surface(
    loss: Callable[[], Value],
    parameters: Sequence[Value],
    *,
    spans: Sequence[Span] | None = None,
    steps: int = 41,
    optimizer: Optimizer | None = None,
    descent_steps: int = 20,
    names: Sequence[str] | None = None,
) -> ErrorSurface:
    """The loss over one or two weights, all else held fixed, and the path gradient descent takes on it.

    Over a weight of a linear neuron the squared error is a parabola, over two a bowl (Widrow and Hoff 1960).

    loss            a function of no arguments that computes the loss anew, as lambda: mse_loss(model(x), y)
    parameters      one or two weights, as [w] or [w1, w2]
    spans           for each of them (low, high), the ends of its axis; by default around the lowest point of the path, and
                    wide enough for all of it, or, without a path, around the present values
    steps           how many points an axis has
    optimizer       one that steps just these parameters. Its steps from their present values are the path. It keeps momentum
                    and the like afterwards, so make a new one for the next surface
    descent_steps   how many steps it takes
    names           for the axes; by default the labels of the weights, or w, or w1 and w2

    Afterwards, whatever happened, the parameters have the data and the gradient they had; other gradients are not touched.
    TypeError for a loss that is no function or gives no Value, or parameters that are no leaf Values. ValueError for more
    than two of them, the same twice, one that the loss does not depend on, or numbers out of range. RuntimeError for a
    descent inside `no_grad()`.

    >>> from nn import SGD
    >>> w = Value(3.0, label="w")
    >>> surface = error_surface(lambda: (w - 1) ** 2, [w], spans=[(-1.0, 3.0)], steps=5)
    >>> surface.axes, surface.losses, surface.lowest
    ([[-1.0, 0.0, 1.0, 2.0, 3.0]], [4.0, 1.0, 0.0, 1.0, 4.0], (1.0, 0.0))
    >>> error_surface(lambda: (w - 1) ** 2, [w], optimizer=SGD([w], lr=0.25), descent_steps=2).path
    [(3.0, 4.0), (2.0, 1.0), (1.5, 0.25)]
    """
    weights = _checked_weights(parameters)
    measure = _Measure(loss, weights)
    whole(steps, "steps, the points of an axis,", 2)
    whole(descent_steps, "descent_steps", 1)
    if optimizer is not None:
        _check_optimizer(optimizer, weights)
    given = None if spans is None else _checked_spans(spans, weights)
    called = _names(weights, names)
    before = [(p, p.data, p.grad) for p in weights]
    try:
        path, slopes = ([], []) if optimizer is None else _descent(measure, weights, optimizer, descent_steps)
        axes = [_axis(span, steps) for span in given or _spans_around(path, [data for _, data, _ in before])]
        losses = _losses(measure, weights, axes)
    finally:
        for p, data, grad in before:
            p.data, p.grad = data, grad
    measure.check_dependence(called)
    return ErrorSurface(called, axes, losses, path, slopes)


class _Measure:
    """The loss function. It checks that a Value is returned, and notes which weights that was computed from."""

    def __init__(self, loss: Callable[[], Value], weights: list[Value]) -> None:
        if not callable(loss):
            raise TypeError(
                f"loss is a function of no arguments that computes the loss anew, and this is {loss!r}: "
                "give lambda: mse_loss(model(x), y), say"
            )
        self._loss = loss
        self._weights = weights
        self._unused = {id(p) for p in weights}

    def __call__(self) -> Value:
        value = self._loss()
        if not isinstance(value, Value):
            raise TypeError(f"the loss is a Value, and the function gave {value!r}: let it return one Value, not its .data")
        if self._unused:
            # A loss computed under no_grad() has no graph, so it is taken to use all the weights.
            made_from = topological_order(value) if value.op else self._weights
            self._unused -= {id(v) for v in made_from}
        return value

    def check_dependence(self, names: list[str]) -> None:
        for p, name in zip(self._weights, names, strict=True):
            if id(p) in self._unused:
                raise ValueError(
                    f"the loss does not depend on {name} ({p!r}) anywhere on the grid: is it a weight of the model in the loss?"
                )


def _checked_weights(parameters: Any) -> list[Value]:
    if isinstance(parameters, Value):
        raise TypeError("parameters is a list of Values: give [w] for one")
    if not isinstance(parameters, Iterable):
        raise TypeError(f"parameters is a list of one or two Values, and this is {parameters!r}")
    weights = list(parameters)
    for i, p in enumerate(weights):
        if not isinstance(p, Value):
            raise TypeError(f"parameters are Values, and number {i} is {p!r}")
        if p.op:
            raise TypeError(f"parameters are leaves, and number {i} was computed, by {p.op!r}: changing it changes nothing")
    if not 1 <= len(weights) <= 2:
        raise ValueError(f"a surface is over one or two parameters, and here are {len(weights)}: choose two")
    if len({id(p) for p in weights}) < len(weights):
        raise ValueError(f"both parameters are the same Value, {weights[0]!r}: give it once for a curve, or two different ones")
    return weights


def _check_optimizer(optimizer: Any, weights: list[Value]) -> None:
    if not isinstance(optimizer, Optimizer):
        raise TypeError(f"optimizer is an Optimizer, as SGD([w], lr=0.1), and this is {optimizer!r}")
    if {id(p) for p in optimizer.parameters} != {id(p) for p in weights}:
        raise ValueError(
            f"the optimiser steps {len(optimizer.parameters)} parameters, which are not those {len(weights)} of the surface, "
            "so its path would leave it: make one for the same parameters"
        )
    if not is_grad_enabled():
        raise RuntimeError("a descent needs gradients, and inside no_grad() nothing is recorded: call error_surface() outside")


def _checked_spans(spans: Any, weights: list[Value]) -> list[Span]:
    if not hasattr(spans, "__len__") or len(spans) != len(weights):
        raise ValueError(f"spans has (low, high) for each of the {len(weights)} parameters, and this is {spans!r}")
    for span in spans:
        if not hasattr(span, "__len__") or len(span) != 2 or not -math.inf < span[0] < span[1] < math.inf:
            raise ValueError(f"a span is (low, high), two finite numbers of which the first is less, and this is {span!r}")
    return [(float(low), float(high)) for low, high in spans]


def _names(weights: list[Value], names: Sequence[str] | None) -> list[str]:
    if names is None:
        numbered = ["w"] if len(weights) == 1 else ["w1", "w2"]
        return [p.label or name for p, name in zip(weights, numbered, strict=True)]
    if isinstance(names, str) or len(names) != len(weights):
        raise ValueError(f"names has one for each of the {len(weights)} parameters, and this is {names!r}")
    return list(names)


def _descent(
    measure: _Measure, weights: list[Value], optimizer: Optimizer, steps: int
) -> tuple[list[tuple[float, ...]], list[tuple[float, ...]]]:
    """The points of the path, with their losses, and the slopes there."""
    path, slopes = [], []
    for step in range(steps + 1):
        loss = measure()
        slope = tuple(g.data for g in gradients(loss, weights))
        path.append((*[p.data for p in weights], loss.data))
        slopes.append(slope)
        if step < steps:
            for p, g in zip(weights, slope, strict=True):
                p.grad = g
            optimizer.step()
    return path, slopes


def _losses(measure: _Measure, weights: list[Value], axes: list[list[float]]) -> Any:
    if not axes:
        return measure().data
    losses = []
    for w in axes[0]:
        weights[0].data = w
        losses.append(_losses(measure, weights[1:], axes[1:]))
    return losses


def _lowest(points: list[tuple[float, ...]]) -> tuple[float, ...]:
    return min(points, key=lambda point: math.inf if math.isnan(point[-1]) else point[-1])


def _spans_around(path: list[tuple[float, ...]], present: list[float]) -> list[Span]:
    """Spans of equal length, so that angles in the picture are true: downhill crosses the contours at right angles."""
    finite = [point for point in path if all(map(math.isfinite, point))]
    centre = list(_lowest(finite)[:-1]) if finite else present
    furthest = max((abs(w - c) for point in finite for w, c in zip(point, centre, strict=False)), default=0.0)
    reach = min(1.25 * furthest, 1e300) or max(1.0, *map(abs, centre))
    return [(c - reach, c + reach) for c in centre]


def _axis(span: Span, steps: int) -> list[float]:
    low, high = span
    shares = [i / (steps - 1) for i in range(steps)]
    return [low * (1.0 - t) + high * t for t in shares]


# ------------------------------------------------------------------------------------------------ drawing


def _draw_curve(surface: ErrorSurface, figure: Any, axes: Any) -> None:
    (weights,), losses = surface.axes, surface.losses
    axes.plot(weights, [loss if _drawable(loss) else math.nan for loss in losses], color=BLUE, linewidth=2, zorder=2)
    axes.set_xlim(weights[0], weights[-1])
    axes.set_ylim(*_with_margin([loss for loss in losses if _drawable(loss)]))
    axes.set_xlabel(surface.names[0], parse_math=False)
    axes.set_ylabel("loss")
    axes.grid(True, color=GRID)
    if surface.path:
        _draw_tangents(surface, axes)
        _draw_jumps(surface, axes)
        _draw_path(surface, axes, linestyle="")
    _finish(surface, figure, axes)


def _drawable(x: float) -> bool:
    """Whether a picture has a place for it: matplotlib takes sums and differences of the numbers on an axis."""
    return abs(x) < 1e300


def _with_margin(numbers: list[float]) -> Span:
    low, high = min(numbers), max(numbers)
    margin = 0.07 * (high - low) or 0.07 * abs(high) or 0.07
    return low - margin, high + margin


def _draw_tangents(surface: ErrorSurface, axes: Any, most: int = 4) -> None:
    """Of the first few points; each a third of the picture's width long, whatever its slope."""
    (left, right), (bottom, top) = axes.get_xlim(), axes.get_ylim()
    label = "tangents"
    for (w, loss), (slope,) in list(zip(surface.path, surface.slopes, strict=True))[:most]:
        if _shows(axes, w, loss) and _drawable(slope):
            dx = (right - left) / 6.0 / math.hypot(1.0, slope * (right - left) / (top - bottom))
            ends = [w - dx, w + dx], [loss - slope * dx, loss + slope * dx]
            axes.plot(*ends, color=INK, linewidth=1, linestyle=(0, (4, 3)), zorder=3, label=label)
            label = "_"


def _draw_jumps(surface: ErrorSurface, axes: Any) -> None:
    """An arc above the curve from each point to the next, where the two are far enough apart."""
    left, right = axes.get_xlim()
    for (w, loss), (next_w, next_loss) in pairwise(surface.path):
        far_enough = abs(next_w - w) > 0.03 * (right - left)
        if far_enough and _shows(axes, w, loss) and _shows(axes, next_w, next_loss):
            bend = "arc3,rad=-0.35" if next_w > w else "arc3,rad=0.35"
            style = {"arrowstyle": "-|>", "connectionstyle": bend, "color": ORANGE, "linewidth": 1.4, "shrinkB": 3}
            axes.annotate("", (next_w, next_loss), (w, loss), arrowprops=style, zorder=4)


def _shows(axes: Any, x: float, y: float) -> bool:
    """Whether a point lies in the picture. (Dashes and arrows to one far outside would take for ever to draw.)"""
    (left, right), (bottom, top) = axes.get_xlim(), axes.get_ylim()
    return bool(left <= x <= right and bottom <= y <= top)


def _draw_contours(surface: ErrorSurface, figure: Any, axes: Any) -> None:
    from matplotlib import colormaps
    from matplotlib.colors import BoundaryNorm

    first, second = surface.axes
    heights = [[loss if _drawable(loss) else math.nan for loss in row] for row in zip(*surface.losses, strict=True)]
    finite = [loss for row in heights for loss in row if not math.isnan(loss)]
    levels = _levels(finite)
    beyond: Any = "min" if min(finite) < levels[0] else "neither"
    colours = colormaps["Blues"]
    norm = BoundaryNorm(levels, colours.N, extend=beyond)
    filled = axes.contourf(first, second, heights, levels=levels, cmap=colours, norm=norm, extend=beyond)
    axes.contour(first, second, heights, levels=levels, colors="white", linewidths=0.6)
    figure.colorbar(filled, ax=axes, label="loss", format=lambda x, _: _short(x), ticks=levels[::2])
    axes.set_xlim(first[0], first[-1])
    axes.set_ylim(second[0], second[-1])
    if math.isclose(first[-1] - first[0], second[-1] - second[0]):
        axes.set_aspect("equal")
    axes.set_xlabel(surface.names[0], parse_math=False)
    axes.set_ylabel(surface.names[1], parse_math=False)
    if surface.path:
        _draw_path(surface, axes, linestyle="-")
    _finish(surface, figure, axes)


def _levels(losses: list[float], count: int = 16) -> list[float]:
    """The heights of contours: by equal factors if the loss ranges over orders of magnitude, else as those of a bowl."""
    low, high = min(losses), max(losses)
    if low == high:
        return list(_with_margin(losses))
    shares = [i / count for i in range(count)]
    least = sorted(losses)[len(losses) // 100]  # lower losses are a dot in the picture
    if low >= 0.0 and 0.0 < least < 1e-3 * high:
        return [*[least * (high / least) ** t for t in shares], high]
    return [*[low + (high - low) * t * t for t in shares], high]


def _short(x: float) -> str:
    return f"{x:,.0f}" if 1e3 <= abs(x) < 1e6 else f"{x:.3g}"


def _draw_path(surface: ErrorSurface, axes: Any, linestyle: str) -> None:
    points = [point for point in surface.path if all(map(_drawable, point))]
    if not points:
        return
    columns = list(zip(*points, strict=True))[:2]
    crowded = len(surface.path) > 40
    dots = {"marker": "o", "markersize": 2.5 if crowded else 5, "markeredgecolor": ORANGE if crowded else "white"}
    name = f"descent, {len(surface.path) - 1} steps"
    axes.plot(*columns, color=ORANGE, linewidth=1.4, linestyle=linestyle, zorder=5, label=name, markeredgewidth=0.6, **dots)
    start = [column[0] for column in columns]
    axes.plot(*start, marker="o", markersize=9, color=ORANGE, markeredgecolor="white", linestyle="", zorder=6, label="start")


def _finish(surface: ErrorSurface, figure: Any, axes: Any) -> None:
    """The lowest point and the legend."""
    star = {"marker": "*", "markersize": 15, "color": "white", "markeredgecolor": INK, "linestyle": "", "clip_on": False}
    axes.plot(*surface.lowest[:2], **star, zorder=4, label="lowest on the grid")
    handles = axes.get_legend_handles_labels()[0]
    figure.legend(handles=handles, loc="outside lower center", ncols=len(handles), frameon=False, columnspacing=1.2)
