"""A chart in plain characters, from left to right: boxes in columns, and arrows in the channels between them.

Names have those of the frames around them before them.
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from .charts import Arrow, Box, Chart, columns

UP, DOWN, LEFT, RIGHT = 1, 2, 4, 8
LINES = dict(zip(range(1, 16), "│││─┘┐┤─└┌├─┴┬┼", strict=True))
"""The character for a line that leaves a place in these directions."""

FRAMES = {False: "┌─┐│└┘", True: "╔═╗║╚╝"}

SWEEPS = 6


def plain_text(chart: Chart) -> str:
    """The chart as lines of text.

    >>> print(plain_text(Chart([Box("a", "leaf", "x"), Box("b", "operation", "×")], [Arrow("a", "b", "3")])), end="")
    ┌───┐       ┌───┐
    │ x │───3──▶│ × │
    └───┘       └───┘
    """
    frames: list[str] = []
    for name, parent in chart.frames:
        frames.append(f"{frames[parent]}{name}." if parent >= 0 else "")
    boxes = {box.id: box._replace(title=box.title and frames[box.frame] + box.title) for box in chart.boxes}
    parts = []
    for strip in chart.strips or [list(boxes)]:
        inside = set(strip)
        parts.append(_Drawing([boxes[i] for i in strip], [a for a in chart.arrows if a.tail in inside]).text())
    return "\n\n".join([*parts, *[chart.caption] * bool(chart.caption)]) + "\n"


def width(text: str) -> int:
    """How many columns of a terminal a text takes.

    >>> width("ab"), width("日本")
    (2, 4)
    """
    return sum([0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text])


class _Hop(NamedTuple):
    """An arrow from one column to the next."""

    tail: str
    head: str
    text: str
    headed: bool


class _Drawing:
    """Where the boxes of one strip stand, in columns and rows of characters. A long arrow passes them as a box of its own."""

    def __init__(self, boxes: Sequence[Box], arrows: Sequence[Arrow]) -> None:
        self.boxes = {box.id: box for box in boxes}
        self.column = columns([box.id for box in boxes], arrows)
        self.hops: list[_Hop] = []
        for k, arrow in enumerate(arrows):
            at = arrow.tail
            for c in range(self.column[arrow.tail] + 1, self.column[arrow.head]):
                passing = f"{k} {c}"  # (no id has a blank)
                self.column[passing] = c
                self.hops.append(_Hop(at, passing, "", False))
                at = passing
            self.hops.append(_Hop(at, arrow.head, arrow.text, not arrow.headless))
        self.into: dict[str, list[str]] = defaultdict(list)
        self.out_of: dict[str, list[str]] = defaultdict(list)
        self.arriving: dict[str, list[_Hop]] = defaultdict(list)
        for hop in self.hops:
            self.arriving[hop.head].append(hop)
            self.into[hop.head].append(hop.tail)
            self.out_of[hop.tail].append(hop.head)
        self.order: list[list[str]] = [[] for _ in range(max(self.column.values(), default=-1) + 1)]
        for i, c in self.column.items():
            self.order[c].append(i)
        self._arrange()

    def height(self, i: str) -> int:
        return max(len(self.boxes[i].lines), len(self.into[i]), 1) + 2 if i in self.boxes else 1

    def _arrange(self) -> None:
        """Puts boxes near those they are joined to, and gives each its first row."""
        self.top: dict[str, int] = {}
        for sweep in range(SWEEPS):
            forward = sweep % 2 == 0
            for boxes in self.order if forward else self.order[::-1]:
                near = self.into if forward else self.out_of
                wanted = {}
                for k, i in enumerate(boxes):
                    middles = [self.middle(j) for j in near[i] if j in self.top]
                    own = self.middle(i) if i in self.top else float(k)
                    wanted[i] = sum(middles) / len(middles) if middles else own
                boxes.sort(key=wanted.__getitem__)
                free = -(10**9)
                tops = []
                for i in boxes:
                    free = max(free, round(wanted[i] - (self.height(i) - 1) / 2))
                    tops.append(free)
                    free += self.height(i) + (i in self.boxes)
                shift = round(
                    sum([wanted[i] - (self.height(i) - 1) / 2 - t for i, t in zip(boxes, tops, strict=True)]) / len(boxes)
                )
                self.top |= {i: t + shift for i, t in zip(boxes, tops, strict=True)}
        least = min(self.top.values(), default=0)
        self.top = {i: t - least for i, t in self.top.items()}

    def middle(self, i: str) -> int:
        return self.top[i] + (self.height(i) - 1) // 2

    def text(self) -> str:
        canvas = _Canvas()
        x = 0
        for c, boxes in enumerate(self.order):
            wide = max([width(line) + 4 for i in boxes if i in self.boxes for line in self.boxes[i].lines], default=1)
            for i in boxes:
                if i in self.boxes:
                    canvas.box(self.boxes[i], x, self.top[i], wide, self.height(i))
                else:
                    canvas.across(self.top[i], x, x + wide, i)
            x += wide
            if c + 1 < len(self.order):
                x = self._channel(canvas, c, x)
        return canvas.text()

    def _channel(self, canvas: _Canvas, c: int, x: int) -> int:
        """Draws the arrows between a column and the next; gives where that begins."""
        ends: dict[str, list[tuple[int, _Hop]]] = defaultdict(list)
        for head in self.order[c + 1]:
            into = sorted(self.arriving[head], key=lambda hop: self.middle(hop.tail))
            first = self.top[head] + (self.height(head) - len(into)) // 2
            for row, hop in enumerate(into, first):
                ends[hop.tail].append((row, hop))
        tails = [tail for tail in self.order[c] if tail in ends]
        tracks = tracks_of({tail: (self.middle(tail), [row for row, _ in ends[tail]]) for tail in tails})
        room = 2 * (max(tracks.values(), default=0) + 1) + 1
        longest = max([width(text) for tail in tails for _, (_, _, text, _) in ends[tail]], default=0)
        last = x + room + longest + 3
        for tail in tails:
            at = x + 1 + 2 * tracks[tail]
            rows = [self.middle(tail), *[row for row, _ in ends[tail]]]
            canvas.across(rows[0], x, at, tail, turns=LEFT)
            canvas.down(at, min(rows), max(rows), tail)
            for row, (_, _, text, headed) in ends[tail]:
                canvas.across(row, at, last, tail, turns=RIGHT)
                canvas.write(last - 3 - width(text), row, text)
                if headed:
                    canvas.write(last - 1, row, "▶")
        return last


def tracks_of(nets: dict[str, tuple[int, list[int]]]) -> dict[str, int]:
    """For each tail, of which the row is given and those its arrows end in, the track that they turn on: so that no two lie on
    one another where that can be.

    >>> tracks_of({"a": (1, [5]), "b": (5, [9]), "c": (6, [8])})
    {'c': 0, 'b': 1, 'a': 2}
    """
    spans = {tail: (min(row, *rows), max(row, *rows)) for tail, (row, rows) in nets.items()}
    exits = {row: tail for tail, (row, _) in nets.items()}
    before: dict[str, set[str]] = {
        tail: {exits[row] for row in rows if row in exits and exits[row] != tail} for tail, (_, rows) in nets.items()
    }
    tracks: dict[str, int] = {}
    waiting = sorted(nets, key=lambda tail: (spans[tail][1] - spans[tail][0], tail))
    while waiting:
        free = [tail for tail in waiting if not before[tail] & {*waiting}]
        tail = (free or waiting)[0]  # (where they wait for each other in a circle, two lines meet)
        waiting.remove(tail)
        low, high = spans[tail]
        taken = {tracks[o] for o in tracks if spans[o][0] <= high and low <= spans[o][1]}
        least = max([tracks[o] + 1 for o in before[tail] if o in tracks], default=0)
        tracks[tail] = next(t for t in range(least, least + len(nets) + 1) if t not in taken)
    return tracks


class _Canvas:
    """Characters in rows, and lines that know whose they are: where two cross, the one that goes down is above."""

    def __init__(self) -> None:
        self.written: dict[tuple[int, int], str] = {}
        self.ways: dict[tuple[int, int], dict[str, int]] = defaultdict(lambda: defaultdict(int))

    def write(self, x: int, y: int, text: str) -> None:
        for c in text:
            if unicodedata.combining(c):
                self.written[x - 1, y] = self.written.get((x - 1, y), " ") + c
                continue
            self.written[x, y] = c
            if width(c) == 2:
                self.written[x + 1, y] = ""
            x += width(c)

    def box(self, box: Box, x: int, y: int, wide: int, high: int) -> None:
        a, line, b, side, c, d = [*FRAMES[box.marked]]
        self.write(x, y, a + line * (wide - 2) + b)
        lines = box.lines
        above = (high - 2 - len(lines)) // 2
        for k in range(high - 2):
            text = lines[k - above] if 0 <= k - above < len(lines) else ""
            room = wide - 4 - width(text)
            before = room // 2 if box.kind == "operation" else 0
            self.write(x, y + 1 + k, f"{side} {' ' * before}{text}{' ' * (room - before)} {side}")
        self.write(x, y + high - 1, c + line * (wide - 2) + d)

    def across(self, y: int, x: int, end: int, whose: str, turns: int = 0) -> None:
        """A line from column x to before `end`; one that turns goes on up or down at its end, or comes from there."""
        for k in range(x, end + (turns == LEFT)):
            way = LEFT | RIGHT
            if turns == LEFT and k == end:
                way = LEFT
            elif turns == RIGHT and k == x:
                way = RIGHT
            self.ways[k, y][whose] |= way

    def down(self, x: int, y: int, end: int, whose: str) -> None:
        for k in range(y, end + 1):
            self.ways[x, k][whose] |= (UP if k > y else 0) | (DOWN if k < end else 0)

    def text(self) -> str:
        for (x, y), ways in self.ways.items():
            if (x, y) not in self.written:
                above = [way for way in ways.values() if way & (UP | DOWN)]
                self.written[x, y] = LINES[above[0] if above else LEFT | RIGHT]
        rows: dict[int, dict[int, str]] = defaultdict(dict)
        for (x, y), c in self.written.items():
            rows[y][x] = c
        return "\n".join([_line(rows.get(y, {})) for y in range(max(rows, default=-1) + 1)])


def _line(row: dict[int, str]) -> str:
    return "".join([row.get(x, " ") for x in range(max(row, default=-1) + 1)]).rstrip()
