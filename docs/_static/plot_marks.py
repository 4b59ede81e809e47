"""What the plots of a page are made of: colours, lines, points, texts, and where a height is crossed."""

from __future__ import annotations

import html
import itertools
import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any

Place = Callable[[float, float], tuple[float, float]]
"""Where a point of a plot is in its picture."""

CYCLE = ["#1f77b4", "#ff7f0e", "#2ca02c", "#d62728", "#9467bd", "#8c564b", "#e377c2", "#7f7f7f", "#bcbd22", "#17becf"]
NAMES = ("blue", "orange", "green", "red", "purple", "brown", "pink", "gray", "olive", "cyan")
COLOURS = {f"tab:{name}": colour for name, colour in zip(NAMES, CYCLE, strict=True)} | {"k": "black", "w": "white"}
MAPS = {
    "Blues": ["#f7fbff", "#d0e1f2", "#94c4df", "#4a98c9", "#1764ab", "#08306b"],
    "RdBu": [
        "#67001f",
        "#b2182b",
        "#d6604d",
        "#f4a582",
        "#fddbc7",
        "#f7f7f7",
        "#d1e5f0",
        "#92c5de",
        "#4393c3",
        "#2166ac",
        "#053061",
    ],
    "gray": ["#000000", "#ffffff"],
    "viridis": ["#440154", "#414487", "#2a788e", "#22a884", "#7ad151", "#fde725"],
}
DASHES: dict[str, str | None] = {"-": "", "--": "6 3", ":": "1.5 3", "-.": "6 3 1.5 3", "": None, "None": None}


def colour_of(given: Any) -> str:
    """A colour as SVG writes it, of a name, #rrggbb, or red, green and blue from 0 to 1.

    >>> colour_of("tab:blue"), colour_of("black"), colour_of((1.0, 0.5, 0.0))
    ('#1f77b4', 'black', '#ff8000')
    """
    if isinstance(given, str):
        return COLOURS.get(given, given)
    return "#" + "".join(f"{round(255 * min(1.0, max(0.0, float(part)))):02x}" for part in [*given][:3])


class Colormap:
    """Colours from 0 to 1, between some that are given."""

    N = 256

    def __init__(self, name: str) -> None:
        self.stops = [[int(stop[k : k + 2], 16) / 255 for k in (1, 3, 5)] for stop in MAPS[name.removesuffix("_r")]]
        if name.endswith("_r"):
            self.stops.reverse()

    def __call__(self, share: float) -> tuple[float, ...]:
        place = min(1.0, max(0.0, share)) * (len(self.stops) - 1)
        k = min(int(place), len(self.stops) - 2)
        return tuple(a + (b - a) * (place - k) for a, b in zip(self.stops[k], self.stops[k + 1], strict=True))


class Colormaps:
    def __getitem__(self, name: str) -> Any:
        return (lambda k: _parts(CYCLE[k])) if name == "tab10" else Colormap(name)


def _parts(colour: str) -> tuple[float, ...]:
    return tuple(int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5))


def map_of(cmap: Any) -> Any:
    return cmap if callable(cmap) else Colormap(cmap or "viridis")


class Line:
    """A line, points, or both."""

    def __init__(self, xs: Iterable[Any], ys: Iterable[Any], fmt: str = "", **style: Any) -> None:
        self.xs, self.ys = [float(x) for x in xs], [float(y) for y in ys]
        if len(self.xs) != len(self.ys):
            raise ValueError(f"a line has as many x as y, and these are {len(self.xs)} and {len(self.ys)}")
        marker = next((sign for sign in fmt if sign in "o.s^d*x"), "")
        letter = next((sign for sign in fmt if sign in "kw"), None)
        dash = fmt.replace(marker, "", 1) if marker else fmt
        dash = dash.replace(letter, "", 1) if letter else dash
        self.marker = style.pop("marker", marker)
        self.dash = style.pop("linestyle", style.pop("ls", dash or ("" if marker else "-")))
        self.colour = colour_of(style.pop("color", style.pop("c", None) or letter or CYCLE[0]))
        self.width = float(style.pop("linewidth", style.pop("lw", 1.5)))
        self.size = float(style.pop("markersize", 3.0 if self.marker == "." else 6.0))
        self.rim = colour_of(style.pop("markeredgecolor", self.colour))
        self.label, self.alpha = style.pop("label", None), style.pop("alpha", 1.0)
        for quiet in ("zorder", "markeredgewidth", "clip_on"):
            style.pop(quiet, None)
        refuse(style)

    def get_ydata(self) -> list[float]:
        return self.ys

    def svg(self, at: Callable[[float, float], tuple[float, float]]) -> str:
        places = [at(x, y) for x, y in zip(self.xs, self.ys, strict=True)]
        pattern = "2 2" if isinstance(self.dash, tuple) else DASHES[self.dash]
        made = ""
        if pattern is not None:
            runs = itertools.groupby(places, key=lambda p: all(map(math.isfinite, p)))
            path = "".join("M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in run) for finite, run in runs if finite)
            ink = f'stroke="{self.colour}" stroke-width="{self.width}" stroke-dasharray="{pattern}"'
            made = f'<path d="{path}" fill="none" {ink}/>'
        if self.marker:
            made += "".join(
                mark(self.marker, x, y, self.size / 2, self.colour, self.rim) for x, y in places if math.isfinite(x + y)
            )
        return f'<g opacity="{self.alpha}">{made}</g>'


SHAPES = {
    "s": "-1,-1 1,-1 1,1 -1,1",
    "^": "0,-1.1 1,0.9 -1,0.9",
    "d": "0,-1.2 0.8,0 0,1.2 -0.8,0",
    "x": "-1,-1 1,1 0,0 1,-1 -1,1 0,0",
}
STAR = [(1.2 if k % 2 == 0 else 0.5, math.pi * k / 5) for k in range(10)]
SHAPES["*"] = " ".join(f"{far * math.sin(angle):.2f},{-far * math.cos(angle):.2f}" for far, angle in STAR)


def mark(marker: str, x: float, y: float, radius: float, colour: str, rim: str, width: float = 0.8) -> str:
    ink = f'fill="{colour}" stroke="{rim}" stroke-width="{width}"'
    if marker in "o.":
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}" {ink}/>'
    points = " ".join(
        f"{x + radius * float(a):.1f},{y + radius * float(b):.1f}" for a, b in (p.split(",") for p in SHAPES[marker].split())
    )
    return f'<polygon points="{points}" {ink}/>'


def arrow(x: float, y: float, across: float, down: float, colour: str) -> str:
    """An arrow from (x, y), with a head that shrinks with a short one."""
    length = math.hypot(across, down)
    if not 0.0 < length < math.inf:
        return ""
    a, b, head = across / length, down / length, min(7.0, length)
    tip, root = (x + across, y + down), (x + across - head * a, y + down - head * b)
    corners = (tip, (root[0] - 0.4 * head * b, root[1] + 0.4 * head * a), (root[0] + 0.4 * head * b, root[1] - 0.4 * head * a))
    points = " ".join(f"{p:.1f},{q:.1f}" for p, q in corners)
    shaft = f'<path d="M{x:.1f} {y:.1f}L{root[0]:.1f} {root[1]:.1f}" stroke="{colour}" stroke-width="1.3"/>'
    return f'{shaft}<polygon points="{points}" fill="{colour}"/>'


def refuse(style: dict[str, Any]) -> None:
    """TypeError for a setting that is left over."""
    if style:
        raise TypeError(MISSING.format(", ".join(style)))


MISSING = "the plots of this page have no {}: run it in a Python of your own, with matplotlib"


def key_svg(key: Line, x: float, y: float) -> str:
    """An entry of a legend: the line or point, and what it is."""
    sample = Line([0.0, 1.0], [0.0, 0.0], color=key.colour, linewidth=key.width, linestyle=key.dash or "")
    made = sample.svg(lambda a, b: (x + 4 + 20 * a, y))
    made += mark(key.marker, x + 14, y, min(key.size, 9) / 2, key.colour, key.rim) if key.marker else ""
    return made + label(x + 30, y, str(key.label), "left", "center", 11, "#111")


def label(
    x: float, y: float, text: str, ha: str, va: str, size: float, colour: str, rotation: float = 0, weight: str = "normal"
) -> str:
    anchor = {"left": "start", "center": "middle", "right": "end"}[ha]
    lower = {"center": 0.35 * size, "top": 0.8 * size}.get(va, 0.0)
    turn = f' transform="rotate({-rotation} {x:.1f} {y:.1f})"' if rotation else ""
    where = (
        f'x="{x:.1f}" y="{y + lower:.1f}" text-anchor="{anchor}" font-size="{size:g}" font-weight="{weight}" fill="{colour}"'
    )
    return f"<text {where}{turn}>{html.escape(str(text).replace('$', ''))}</text>" if text else ""


def border(places: Sequence[float], k: int) -> float:
    """The border below number k: halfway to the one before, and at the ends the place itself."""
    if k in (0, len(places)):
        return places[0 if k == 0 else -1]
    return (places[k - 1] + places[k]) / 2


def levels_of(levels: Any, rows: list[list[float]]) -> list[float]:
    if not isinstance(levels, int):
        return list(map(float, levels))
    finite = [z for row in rows for z in row if math.isfinite(z)]
    low, high = min(finite), max(finite)
    return [low + (high - low) * k / levels for k in range(levels + 1)]


def crossings(xs: list[float], ys: list[float], rows: list[list[float]], level: float) -> Iterable[tuple[Any, Any]]:
    """Where a height is crossed: for each triangle of the grid a piece of the line, or none."""
    for i, j in itertools.product(range(len(ys) - 1), range(len(xs) - 1)):
        a, b, c, d = ((xs[q], ys[p], rows[p][q] - level) for p, q in ((i, j), (i, j + 1), (i + 1, j + 1), (i + 1, j)))
        for triangle in ((a, b, c), (a, c, d)):
            cut = [_between(p, q) for p, q in itertools.combinations(triangle, 2) if (p[2] < 0.0) != (q[2] < 0.0)]
            if len(cut) == 2 and all(map(math.isfinite, cut[0] + cut[1])):
                yield cut[0], cut[1]


def _between(p: Any, q: Any) -> tuple[float, float]:
    share = p[2] / (p[2] - q[2])
    return p[0] + share * (q[0] - p[0]), p[1] + share * (q[1] - p[1])


def share_of(x: float, low: float, high: float, log: bool) -> float:
    """How far along an axis a number is, from 0 to 1; NaN for what a logarithmic axis has no place for."""
    if log:
        if x <= 0.0:
            return math.nan
        x, low, high = math.log(x), math.log(low), math.log(high)
    return (x - low) / ((high - low) or 1.0)


def ticks_between(low: float, high: float, log: bool) -> list[tuple[float, str]]:
    """Round numbers from low to high, some five of them, and how they are written.

    >>> ticks_between(0.0, 1.0, log=False)
    [(0.0, '0'), (0.2, '0.2'), (0.4, '0.4'), (0.6000000000000001, '0.6'), (0.8, '0.8'), (1.0, '1')]
    """
    if log:
        first, last = math.ceil(math.log10(low)), math.floor(math.log10(high))
        every = max(1, (last - first) // 6 + 1)
        return [(10.0**k, f"{10.0**k:g}" if -4 < k < 5 else f"1e{k}") for k in range(first, last + 1, every)]
    step = 10.0 ** math.floor(math.log10((high - low) / 4 or 1.0))
    step *= next(k for k in (1, 2, 2.5, 5, 10) if (high - low) / (step * k) <= 6)
    places = range(math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9) + 1)
    return [(k * step, f"{round(k * step, 12):g}") for k in places]


def counted(numbers: Iterable[Any], bins: int, limits: Any) -> tuple[list[float], list[int]]:
    """The edges of bins of one width, and how many numbers are in each; the last one has its upper edge, too.

    limits      the lowest and the highest edge; None for the least and the largest of the numbers

    >>> counted([0.0, 0.1, 0.9, 1.0, 7.0], 2, (0.0, 1.0))
    ([0.0, 0.5, 1.0], [2, 2])
    """
    given = [float(x) for x in numbers]
    low, high = limits or (min(given), max(given))
    counts = [0] * bins
    for x in given:
        if low <= x <= high:
            counts[min(int((x - low) / (high - low) * bins), bins - 1)] += 1
    return [low + (high - low) * k / bins for k in range(bins + 1)], counts


class Grid(list[Any]):
    """Rows of axes, as matplotlib's array of them is used."""

    def __getitem__(self, place: Any) -> Any:
        return self[place[0]][place[1]] if isinstance(place, tuple) else super().__getitem__(place)

    @property
    def flat(self) -> list[Any]:
        return [axes for row in self for axes in (row if isinstance(row, list) else [row])]

    @property
    def T(self) -> Grid:  # noqa: N802
        return Grid(Grid(column) for column in zip(*self, strict=True))


class Rectangle(dict[str, Any]):
    """What `Axes.add_patch` takes."""

    def __init__(self, corner: Any, width: float, height: float, **style: Any) -> None:
        names = {"facecolor": "fill", "edgecolor": "rim", "linewidth": "thick"}
        super().__init__(x=corner[0], y=corner[1], width=width, height=height)
        self.update({names[name]: value for name, value in style.items()})
