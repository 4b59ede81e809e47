"""One plot of the small pyplot: what stands in it, and its two axes."""

from __future__ import annotations

import bisect
import itertools
import math
from collections.abc import Iterable
from types import SimpleNamespace
from typing import Any

from plot_marks import (
    CYCLE,
    MISSING,
    Line,
    arrow,
    border,
    colour_of,
    counted,
    crossings,
    key_svg,
    label,
    levels_of,
    map_of,
    mark,
    refuse,
    share_of,
    ticks_between,
)


class Axes:
    """One plot.

    figure      gives the axes that have one range with these, by `sharing`
    """

    def __init__(self, figure: Any) -> None:
        self.figure, self.lines, self.drawn, self.keys = figure, [], [], []
        self.xs, self.ys, self.logs = [], [], {"x": False, "y": False}
        self.limits: dict[str, tuple[float, float] | None] = {"x": None, "y": None}
        self.texts: dict[str, Any] = {"x": "", "y": "", "title": ""}
        self.ticks: dict[str, Any] = {"x": None, "y": None}
        self.size, self.equal, self.shown, self.turned, self.tight = 11.0, False, True, False, False
        self.grids: str | None = None
        self.stands = False  # whether bars stand on 0, with no room below
        self.beyond, self.beside = False, 0.0  # whether something stands outside of the frame, and how much room it takes there
        self.legends: Any = None
        self.place: Any = None
        self.spans: dict[str, tuple[float, float]] = {}
        self.twin: Axes | None = None
        axis = SimpleNamespace(
            get_major_locator=lambda: SimpleNamespace(set_params=lambda integer: None), set_major_formatter=lambda text: None
        )
        self.xaxis = self.yaxis = axis

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(MISSING.format(name))

    # ---- what is drawn

    def plot(self, *given: Any, **style: Any) -> list[Line]:
        groups, values = [], list(given)
        while values:
            first = values.pop(0)
            second = values.pop(0) if values and not isinstance(values[0], str) else None
            fmt = values.pop(0) if values and isinstance(values[0], str) else ""
            first = [first] if isinstance(first, (int, float)) else list(first)
            second = [second] if isinstance(second, (int, float)) else second
            groups.append((range(len(first)), first, fmt) if second is None else (first, list(second), fmt))
        made = []
        for xs, ys, fmt in groups:
            own = {} if "color" in style or "c" in style or "k" in fmt else {"color": CYCLE[len(self.lines) % len(CYCLE)]}
            line = Line(xs, ys, fmt, **style, **own)
            self._add(line.svg, line.xs, line.ys)
            self.lines.append(line)
            self.keys += [line] if line.label and not str(line.label).startswith("_") else []
            made.append(line)
        return made

    def _add(self, svg: Any, xs: Iterable[float], ys: Iterable[float]) -> None:
        self.drawn.append(svg)
        self.xs += xs
        self.ys += ys

    def loglog(self, *given: Any, **style: Any) -> list[Line]:
        self.logs = {"x": True, "y": True}
        return self.plot(*given, **style)

    def semilogy(self, *given: Any, **style: Any) -> list[Line]:
        self.logs["y"] = True
        return self.plot(*given, **style)

    def scatter(
        self,
        xs: Any,
        ys: Any,
        s: float = 36,
        c: Any = None,
        color: Any = None,
        marker: str = "o",
        label: Any = None,
        **style: Any,
    ) -> None:
        xs, ys, many = list(xs), list(ys), not isinstance(c, (str, type(None)))
        rim = style.pop("edgecolor", style.pop("edgecolors", None))
        width, alpha = style.pop("linewidth", style.pop("linewidths", 0.8)), style.pop("alpha", 1.0)
        refuse(style)
        inks = (
            [colour_of(one) for one in c] if many else [colour_of(color or c or CYCLE[len(self.keys) % len(CYCLE)])] * len(xs)
        )
        radius = math.sqrt(s) / 2

        def svg(at: Any) -> str:
            dots = zip(xs, ys, inks, strict=True)
            return (
                f'<g opacity="{alpha}">'
                + "".join(mark(marker, *at(x, y), radius, ink, colour_of(rim or ink), width) for x, y, ink in dots)
                + "</g>"
            )

        self._add(svg, xs, ys)
        if label:
            self.keys.append(
                Line([], [], marker, color=inks[0] if inks else CYCLE[0], markeredgecolor=rim or inks[0], label=label)
            )

    def box(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        fill: Any,
        rim: Any = "none",
        thick: float = 1.0,
        alpha: float = 1.0,
    ) -> None:
        def svg(at: Any) -> str:
            (a, b), (c, d) = at(x, y), at(x + width, y + height)
            size = f'x="{min(a, c):.2f}" y="{min(b, d):.2f}" width="{abs(c - a):.2f}" height="{abs(d - b):.2f}"'
            return f'<rect {size} fill="{colour_of(fill)}" stroke="{colour_of(rim)}" stroke-width="{thick}" opacity="{alpha}"/>'

        self._add(svg, [x, x + width], [y, y + height])

    def add_patch(self, patch: Any) -> None:
        self.box(**patch)

    def bar(self, xs: Any, heights: Any, width: float = 0.8, color: Any = None) -> None:
        xs, heights, self.stands = list(xs), list(heights), True
        inks = [color or CYCLE[0]] * len(xs) if color is None or isinstance(color, str) else color
        for x, height, ink in zip(xs, heights, inks, strict=True):
            self.box(x - width / 2, 0.0, width, height, ink)

    def barh(self, y: float, width: float, height: float = 0.8, color: Any = None, label: Any = None) -> None:
        least = width / 1e9  # the left end, where the axis is logarithmic
        self.drawn.append(lambda at: self._bar(at, least, y - height / 2, width, y + height / 2, color or CYCLE[0]))
        self.xs += [width]
        self.ys += [y - height / 2, y + height / 2]
        self.keys += [Line([], [], "s", color=color or CYCLE[0], label=label)] if label else []

    def _bar(self, at: Any, *ends: Any) -> str:
        (a, b), (c, d), ink = at(ends[0], ends[1]), at(ends[2], ends[3]), colour_of(ends[4])
        return f'<rect x="{a:.1f}" y="{min(b, d):.1f}" width="{c - a:.1f}" height="{abs(d - b):.1f}" fill="{ink}"/>'

    def hist(self, numbers: Any, bins: int = 10, range: Any = None, density: bool = False, alpha: float = 1.0) -> None:
        (edges, counts), self.stands = counted(numbers, bins, range), True
        unit = sum(counts) * (edges[1] - edges[0]) if density else 1.0
        for left, count in zip(edges, counts, strict=False):
            self.box(left, 0.0, edges[1] - edges[0], count / unit, CYCLE[0], alpha=alpha)

    def quiver(self, xs: Any, ys: Any, us: Any, vs: Any, color: Any = "black") -> None:
        arrows = [tuple(map(float, one)) for one in zip(xs, ys, us, vs, strict=True)]
        lengths = [math.hypot(u, v) for _, _, u, v in arrows]
        unit = 1.8 * sum(lengths) / len(lengths) * max(10.0, math.sqrt(len(lengths)))  # one as long as the plot is wide

        def svg(at: Any) -> str:
            by = self.place[2] / (unit or 1.0)
            return "".join(arrow(*at(x, y), u * by, -v * by, colour_of(color)) for x, y, u, v in arrows)

        self._add(svg, [x for x, *_ in arrows], [y for _, y, *_ in arrows])

    def axhline(self, y: float = 0.0, **style: Any) -> None:
        self._add(lambda at: Line(self.range("x"), [y, y], **style).svg(at), [], [y])
        self.keys += [Line([], [], **style)] if style.get("label") else []

    def axline(self, xy: Any, slope: float, **style: Any) -> None:
        self.drawn.append(lambda at: Line(xs := self.range("x"), [xy[1] + slope * (x - xy[0]) for x in xs], **style).svg(at))

    def text(
        self,
        x: float,
        y: float,
        text: str,
        ha: str = "left",
        va: str = "baseline",
        fontsize: float = 10,
        color: Any = "black",
        rotation: float = 0,
        weight: str = "normal",
    ) -> None:
        self.drawn.append(lambda at: label(*at(x, y), text, ha, va, fontsize * 1.15, colour_of(color), rotation, weight))

    def annotate(
        self,
        text: str,
        xy: Any,
        xytext: Any = None,
        xycoords: Any = "data",
        va: str = "baseline",
        fontsize: float = 10,
        arrowprops: Any = None,
        zorder: float = 0,
    ) -> None:
        def svg(at: Any) -> str:
            x, y = at(*xy)
            if xycoords != "data":  # ("axes fraction", "data")
                left, _, width, _ = self.place
                x = left + width * xy[0]
            a, b = at(*xytext) if xytext else (x, y)
            line = f'<path d="M{x:.1f} {y:.1f}L{a:.1f} {b:.1f}" stroke="#444" fill="none"/>' if arrowprops is not None else ""
            return line + label(a, b, text, "center" if xytext else "left", va, fontsize * 1.15, "black")

        self.drawn.append(svg)
        self.beyond = True
        if xycoords != "data" and xy[0] > 1.0:
            self.beside = max(self.beside, 0.6 * fontsize * len(text))

    def imshow(
        self,
        rows: Any,
        cmap: Any = None,
        vmin: Any = None,
        vmax: Any = None,
        origin: str = "upper",
        extent: Any = None,
        aspect: str = "equal",
        interpolation: str = "",
    ) -> None:
        rows = [list(row) for row in rows]
        coloured = hasattr(rows[0][0], "__len__")  # red, green and blue in the place of a number
        numbers = [0.0] if coloured else [float(x) for row in rows for x in row]
        low, high = min(numbers) if vmin is None else vmin, max(numbers) if vmax is None else vmax
        colours, tall, wide = map_of(cmap), len(rows), len(rows[0])
        x0, x1, y0, y1 = extent or (-0.5, wide - 0.5, -0.5, tall - 0.5)
        for i, row in enumerate(rows):
            for j, number in enumerate(row):
                fill = number if coloured else colours((float(number) - low) / ((high - low) or 1.0))
                w, h = (x1 - x0) / wide, (y1 - y0) / tall
                self.box(x0 + j * w, y0 + i * h, w, h, fill, fill, 0.3)
        self.equal, self.turned, self.tight = aspect == "equal", origin == "upper", True

    def contourf(
        self,
        xs: Any,
        ys: Any,
        heights: Any,
        levels: Any = 8,
        cmap: Any = None,
        vmin: Any = None,
        vmax: Any = None,
        alpha: float = 1.0,
        norm: Any = None,
        extend: str = "",
    ) -> Any:
        xs, ys, rows = list(map(float, xs)), list(map(float, ys)), [list(map(float, row)) for row in heights]
        levels = levels_of(levels, rows)
        low, high = levels[0] if vmin is None else vmin, levels[-1] if vmax is None else vmax
        colours = map_of(cmap)

        def fill(z: float) -> Any:
            k = min(max(bisect.bisect_right(levels, z) - 1, 0), len(levels) - 2)
            if norm is not None:
                return colours((k + 0.5) / (len(levels) - 1))
            return colours(((levels[k] + levels[k + 1]) / 2 - low) / ((high - low) or 1.0))

        def svg(at: Any) -> str:
            made = []
            for i, row in enumerate(rows):
                for colour, run in itertools.groupby(
                    range(len(row)), key=lambda j: fill(row[j]) if math.isfinite(row[j]) else None
                ):
                    first, *_, last = [*run] * 2
                    (a, b), (c, d) = at(border(xs, first), border(ys, i)), at(border(xs, last + 1), border(ys, i + 1))
                    if colour is not None:
                        size = f'width="{c - a + 0.5:.1f}" height="{b - d + 0.5:.1f}"'
                        made.append(f'<rect x="{a:.1f}" y="{d:.1f}" {size} fill="{colour_of(colour)}"/>')
            return f'<g opacity="{alpha}" shape-rendering="crispEdges">{"".join(made)}</g>'

        self._add(svg, [xs[0], xs[-1]], [ys[0], ys[-1]])
        self.tight = True
        return SimpleNamespace(levels=levels, colours=colours)

    def contour(self, xs: Any, ys: Any, heights: Any, levels: Any = 8, colors: Any = "black", linewidths: float = 1.0) -> None:
        xs, ys, rows = list(map(float, xs)), list(map(float, ys)), [list(map(float, row)) for row in heights]
        pieces = [piece for level in levels_of(levels, rows) for piece in crossings(xs, ys, rows, level)]

        def svg(at: Any) -> str:
            path = "".join("M{:.1f} {:.1f}L{:.1f} {:.1f}".format(*at(*a), *at(*b)) for a, b in pieces)
            return f'<path d="{path}" fill="none" stroke="{colour_of(colors)}" stroke-width="{linewidths}"/>'

        self._add(svg, [xs[0], xs[-1]], [ys[0], ys[-1]])
        self.tight = True

    # ---- what stands around it

    def twinx(self) -> Axes:
        """Axes in the same frame, with heights of their own, which stand on the right."""
        self.twin = Axes(self.figure)
        self.twin.xs = self.xs
        return self.twin

    def set(self, **what: Any) -> None:
        for name, value in what.items():
            getattr(self, f"set_{name}")(value)

    def set_xlabel(self, text: str, **style: Any) -> None:
        self.texts["x"] = text

    def set_ylabel(self, text: str, **style: Any) -> None:
        self.texts["y"] = text

    def set_title(self, text: Any, fontsize: float = 11, **style: Any) -> None:
        self.texts["title"], self.size = str(text), fontsize * 1.15

    def set_xlim(self, left: Any = None, right: Any = None) -> None:
        self._limit("x", left, right)

    def set_ylim(self, bottom: Any = None, top: Any = None) -> None:
        self._limit("y", bottom, top)

    def _limit(self, axis: str, low: Any, high: Any) -> None:
        low, high = low if isinstance(low, (tuple, list)) else (low, high)
        now = self.range(axis)
        self.limits[axis] = (now[0] if low is None else float(low), now[1] if high is None else float(high))

    def set_xticks(self, ticks: Any, labels: Any = None, **style: Any) -> None:
        self.ticks["x"] = (list(ticks), labels and [str(text) for text in labels])

    def set_yticks(self, ticks: Any, labels: Any = None, **style: Any) -> None:
        self.ticks["y"] = (list(ticks), labels and [str(text) for text in labels])

    def set_xscale(self, kind: str, **how: Any) -> None:
        self.logs["x"] = kind == "log"

    def set_yscale(self, kind: str, **how: Any) -> None:
        self.logs["y"] = kind == "log"

    def set_aspect(self, kind: str) -> None:
        self.equal = kind == "equal"

    def set_axis_off(self) -> None:
        self.shown = False

    def set_axis_on(self) -> None:
        self.shown = True

    def set_axisbelow(self, below: bool) -> None:
        pass  # the grid is below what is drawn at all times

    def axis(self, what: str) -> None:
        self.shown = what != "off"

    def grid(self, on: bool = True, axis: str = "both", **style: Any) -> None:
        self.grids = axis if on else None

    def invert_yaxis(self) -> None:
        self.turned = not self.turned

    def legend(self, handles: Any = None, loc: str = "best", **style: Any) -> None:
        self.legends = (list(handles) if handles is not None else None, loc)

    def get_lines(self) -> list[Line]:
        return self.lines

    def get_xlim(self) -> tuple[float, float]:
        return self.range("x")

    def get_ylim(self) -> tuple[float, float]:
        return self.range("y")

    def get_legend_handles_labels(self) -> tuple[list[Line], list[Any]]:
        return self.keys, [key.label for key in self.keys]

    # ---- the picture

    def range(self, axis: str) -> tuple[float, float]:
        """From where to where an axis goes: as was said, or around what is drawn."""
        if (said := self.limits[axis]) is not None:
            return said
        log, sharing = self.logs[axis], self.figure.sharing(self, axis)
        numbers = [
            x for other in sharing for x in (other.xs if axis == "x" else other.ys) if math.isfinite(x) and (x > 0 or not log)
        ]
        low, high = (min(numbers), max(numbers)) if numbers else (0.1, 1.0)
        if log:
            room = (high / low) ** 0.05 if high > low else 2.0
            return low / room, high * room
        room = 0.0 if self.tight else 0.05 * (high - low) or 0.5
        return (low if self.stands and axis == "y" and low == 0.0 else low - room), high + room

    def marks(self, axis: str) -> list[tuple[float, str]]:
        """The ticks of an axis, and what stands at them."""
        low, high = self.range(axis)
        if self.ticks[axis] is not None:
            places, texts = self.ticks[axis]
            return [*zip(places, texts or [f"{place:g}" for place in places], strict=True)]
        return ticks_between(low, high, self.logs[axis])

    def svg(self, left: float, top: float, width: float, height: float) -> str:
        self.spans = {axis: self.range(axis) for axis in "xy"}
        (x0, x1), (y0, y1) = self.spans["x"], self.spans["y"]
        room, right = self._room(), self.twin._room() if self.twin else 12 + self.beside
        below = (8 if self.ticks["x"] == ([], None) else 22) + (16 if self.texts["x"] else 0)
        above = 8 + (1.3 * self.size * (1 + self.texts["title"].count("\n")) if self.texts["title"] else 0)
        if not self.shown:
            room, below = 8, 8
        left, top, width, height = left + room, top + above, width - room - right, height - above - below
        if self.equal:
            unit = min(width / abs(x1 - x0), height / abs(y1 - y0))
            wide, tall = unit * abs(x1 - x0), unit * abs(y1 - y0)
            left, top, width, height = left + (width - wide) / 2, top + (height - tall) / 2, wide, tall
        self.place = left, top, width, height

        at = self._at
        made = []
        if self.shown:
            for where, text in self.marks("x"):
                x = at(where, y0)[0]
                made += [self._grid(x, top, x, top + height)] if self.grids in ("x", "both") else []
                made.append(label(x, top + height + 14, text, "center", "baseline", 11, "#333"))
            for where, text in self.marks("y"):
                y = at(x0, where)[1]
                made += [self._grid(left, y, left + width, y)] if self.grids in ("y", "both") else []
                made.append(label(left - 6, y, text, "right", "center", 11, "#333"))
        frame = f'<rect x="{left:.1f}" y="{top:.1f}" width="{width:.1f}" height="{height:.1f}"'
        inside = "".join(drawn(at) for drawn in self.drawn)
        made.append(f'<clipPath id="cut{id(self)}">{frame}/></clipPath>')
        made.append(inside if self.beyond or not self.shown else f'<g clip-path="url(#cut{id(self)})">{inside}</g>')
        if self.shown:
            made.append(f'{frame} fill="none" stroke="#333" stroke-width="0.8"/>')
            made.append(label(left + width / 2, top + height + below - 4, self.texts["x"], "center", "baseline", 12, "#111"))
            made.append(label(left - room + 12, top + height / 2, self.texts["y"], "center", "baseline", 12, "#111", 90))
        if self.twin is not None:
            self.twin.place, self.twin.logs["x"] = self.place, self.logs["x"]
            self.twin.spans = {"x": (x0, x1), "y": self.twin.range("y")}
            made.append(self.twin._on_the_right(right))
        lines = self.texts["title"].split("\n")
        for k, line in enumerate(lines):
            made.append(
                label(
                    left + width / 2,
                    top - 6 - 1.25 * self.size * (len(lines) - 1 - k),
                    line,
                    "center",
                    "baseline",
                    self.size,
                    "#111",
                )
            )
        if self.legends is not None:
            handles, loc = self.legends
            made.append(self._legend(handles if handles is not None else self.keys, loc, at))
        return "".join(made)

    def _room(self) -> float:
        """What the numbers at the heights, and what they are, take beside the frame."""
        return 14 + 6.2 * max((len(text) for _, text in self.marks("y")), default=0) + (16 if self.texts["y"] else 0)

    def _at(self, x: float, y: float) -> tuple[float, float]:
        left, top, width, height = self.place
        across, up = share_of(x, *self.spans["x"], self.logs["x"]), share_of(y, *self.spans["y"], self.logs["y"])
        return left + width * across, top + height * (up if self.turned else 1.0 - up)

    def _on_the_right(self, room: float) -> str:
        """What these axes have in the frame of others, and their heights beside it."""
        left, top, width, height = self.place
        edge = left + width
        made = [drawn(self._at) for drawn in self.drawn]
        made += [label(edge + 6, self._at(0.0, y)[1], text, "left", "center", 11, "#333") for y, text in self.marks("y")]
        made.append(label(edge + room - 4, top + height / 2, self.texts["y"], "center", "baseline", 12, "#111", 90))
        return "".join(made)

    @staticmethod
    def _grid(x0: float, y0: float, x1: float, y1: float) -> str:
        return f'<path d="M{x0:.1f} {y0:.1f}L{x1:.1f} {y1:.1f}" stroke="#ddd" stroke-width="0.8"/>'

    def _legend(self, keys: list[Line], loc: str, at: Any) -> str:
        left, top, width, height = self.place
        wide, tall = 34 + 6.6 * max((len(str(key.label)) for key in keys), default=0), 17 * len(keys) + 6
        corners = {"upper right": (1, 0), "upper left": (0, 0), "lower left": (0, 1), "lower right": (1, 1)}
        spots = {
            name: (left + 6 + a * (width - wide - 12), top + 6 + b * (height - tall - 12)) for name, (a, b) in corners.items()
        }
        if loc not in spots:  # the best: where the fewest points are
            points = [at(x, y) for line in self.lines for x, y in zip(line.xs, line.ys, strict=True)]
            loc = min(
                spots, key=lambda k: sum(0 <= x - spots[k][0] <= wide and 0 <= y - spots[k][1] <= tall for x, y in points)
            )
        return "".join(key_svg(key, spots[loc][0], spots[loc][1] + 17 * k + 11) for k, key in enumerate(keys))
