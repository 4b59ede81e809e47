"""What a picture of boxes and arrows shows, as plain data: what Graphviz, Mermaid and plain characters are written from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from ..texts import visible

LONGEST_NAME, LONGEST_TIP = 96, 400
"""How many characters of a name are shown in a box, and how many under the pointer."""

Cell = tuple[str, str]
"""A text, and how it stands there: "", "quiet" or "bold"."""


class Box(NamedTuple):
    """A box, or what stands for one.

    kind        "leaf", "made", "output" and "folded" are boxes of cells; "operation", "number", "continued" and "guard" a text
    title       the name, above the cells
    rows        cells, from top to bottom
    tip         what is told under the pointer
    frame       the number of the frame it lies in, 0 for none
    fill        a colour of its own
    below_zero  whether what it is coloured by is negative: then its frame is dashed
    marked      whether it is highlighted
    """

    id: str
    kind: str
    title: str = ""
    rows: Sequence[Sequence[Cell]] = ()
    tip: str = ""
    frame: int = 0
    fill: str = ""
    below_zero: bool = False
    marked: bool = False

    @property
    def lines(self) -> list[str]:
        """What stands in it, line by line."""
        return [*[name_shown(self.title)] * bool(self.title), *["  ".join([text for text, _ in row]) for row in self.rows]]


class Arrow(NamedTuple):
    """An arrow from one box to another, with a text beside it; `headless` between an operation and what it made."""

    tail: str
    head: str
    text: str = ""
    dashed: bool = False
    headless: bool = False
    marked: bool = False


class Frame(NamedTuple):
    """A frame around boxes, with a name, inside another frame or in none (0)."""

    name: str
    parent: int


class Chart(NamedTuple):
    """A picture: boxes, arrows and frames, what is said below it, and how it runs: "right", "left", "down" or "up".

    strips      the ids of boxes that a long picture is cut into, strip by strip, to stand below one another
    """

    boxes: Sequence[Box]
    arrows: Sequence[Arrow]
    frames: Sequence[Frame] = (Frame("", -1),)
    caption: str = ""
    direction: str = "right"
    strips: Sequence[Sequence[str]] = ()


def name_shown(name: str) -> str:
    """A name as a box shows it: what cannot be printed escaped, and cut where it is very long.

    >>> len(name_shown("x" * 10_000))
    96
    """
    return visible(name, LONGEST_NAME)


def columns(ids: Sequence[str], arrows: Sequence[Arrow]) -> dict[str, int]:
    """For each box its column: behind all that lead to it; one that nothing leads to stands just before what it leads to."""
    after: dict[str, list[str]] = defaultdict(list)
    waits_for = dict.fromkeys(ids, 0)
    for arrow in arrows:
        after[arrow.tail].append(arrow.head)
        waits_for[arrow.head] += 1
    column = dict.fromkeys(ids, 0)
    first = [i for i in ids if not waits_for[i]]
    ready = list(first)
    while ready:
        i = ready.pop()
        for j in after[i]:
            column[j] = max(column[j], column[i] + 1)
            waits_for[j] -= 1
            if not waits_for[j]:
                ready.append(j)
    for i in first:
        column[i] = min([column[j] - 1 for j in after[i]], default=0)
    return column
