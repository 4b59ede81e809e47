"""Long pictures cut into strips that stand below one another: what leads from one strip to another is named in both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from .charts import Box, Chart, columns

WIDEST = 1300
"""How wide a picture may be, in points, before it is cut: in a notebook its text is then as small as can be read."""

NARROWEST = 400
"""How wide a strip is at least."""

MOST_CROSSING = 3
"""How many boxes may lead over a cut: where there are more, the picture stays whole."""

THIN = 2.5
"""How many boxes a column may have, on average."""

MUCH = 1.4
"""How many times wider to the right than downwards a picture is that runs downwards."""

BETWEEN = 40
"""How wide the gap between two columns is, with a number in it."""


def fitted(chart: Chart, called: Mapping[str, str]) -> Chart:
    """The chart so that it fits a page: from left to right if there is room, in strips if it is long and thin, else downwards.

    >>> chart = Chart([Box("v", "made", "x")], [])
    >>> fitted(chart, {}) == chart
    True
    """
    column, widths = _measured(chart)
    if _total(widths) <= WIDEST:
        return chart
    strips = wrapped(chart, called)
    if strips.strips:
        return strips
    across = [0.0] * len(widths)
    for box in chart.boxes:
        across[column[box.id]] += _width(box) + BETWEEN / 2
    return chart._replace(direction="down") if MUCH * max(across) < _total(widths) else chart


def _measured(chart: Chart) -> tuple[dict[str, int], list[float]]:
    """The column of each box, and how wide each column is."""
    column = columns([box.id for box in chart.boxes], chart.arrows)
    widths = [0.0] * (max(column.values(), default=-1) + 1)
    for box in chart.boxes:
        widths[column[box.id]] = max(widths[column[box.id]], _width(box))
    return column, widths


def _total(widths: Sequence[float]) -> float:
    return sum(widths) + BETWEEN * len(widths)


def wrapped(chart: Chart, called: Mapping[str, str]) -> Chart:
    """The chart in strips, if it is long and thin; otherwise as it is. `called` has a name for each box that may lead on.

    >>> from .charts import Arrow
    >>> boxes = [Box(f"v{k}", "made", "a name of some length") for k in range(20)]
    >>> arrows = [Arrow(f"v{k}", f"v{k + 1}") for k in range(19)]
    >>> [len(strip) for strip in wrapped(Chart(boxes, arrows), {box.id: box.id for box in boxes}).strips]
    [6, 7, 7, 3]
    """
    column, widths = _measured(chart)
    if _total(widths) <= WIDEST or len(chart.boxes) > THIN * len(widths):
        return chart
    heads: dict[str, list[str]] = {}
    for arrow in chart.arrows:
        heads.setdefault(arrow.tail, []).append(arrow.head)
    led_to = {arrow.head for arrow in chart.arrows}
    with_head = {tail: to[0] for tail, to in heads.items() if tail not in led_to and len({*to}) == 1}  # they go where that goes
    kinds = {box.id: box.kind for box in chart.boxes}
    over: list[set[str]] = [set() for _ in widths]  # what leads over the cut after each column
    for tail, to in heads.items():
        if tail not in with_head:
            for c in range(column[tail], max([column[head] for head in to])):
                over[c].add(tail)
    cuts = [-1]
    while _total(widths[cuts[-1] + 1 :]) > WIDEST:
        good, wide = [], 0.0
        for c in range(cuts[-1] + 1, len(widths) - 1):
            wide += widths[c] + BETWEEN
            if wide > WIDEST:
                break
            if wide >= NARROWEST and len(over[c]) <= MOST_CROSSING and all(kinds[i] != "operation" for i in over[c]):
                good.append(c)
        if not good:
            return chart
        cuts.append(min(good, key=lambda c: (len(over[c]), -c)))
    strip_of = {i: sum([c > cut for cut in cuts[1:]]) for i, c in column.items()}
    strip_of |= {tail: strip_of[head] for tail, head in with_head.items()}
    return _cut(chart, called, column, strip_of, len(cuts))


def _width(box: Box) -> float:
    return 6.2 * max([len(line) for line in box.lines], default=0) + 20.0


def _cut(chart: Chart, called: Mapping[str, str], column: Mapping[str, int], strip_of: Mapping[str, int], strips: int) -> Chart:
    boxes = {box.id: box for box in chart.boxes}
    inside: list[list[str]] = [[] for _ in range(strips)]
    again: dict[str, Box] = {}
    arrows = []
    for arrow in chart.arrows:
        there = strip_of[arrow.head]
        if strip_of[arrow.tail] != there:
            box = boxes[arrow.tail]
            if not box.title and arrow.tail in called:
                box = boxes[arrow.tail] = box._replace(title=called[arrow.tail])
            stub = f"{arrow.tail}s{there}"
            if stub not in again:
                again[stub] = Box(stub, "continued", box.title or "from above", box.rows[:1], box.tip)
                inside[there].append(stub)
            arrow = arrow._replace(tail=stub)
        arrows.append(arrow)
    for i in sorted(boxes, key=lambda i: column[i]):
        inside[strip_of[i]].append(i)
    framed = [box._replace(frame=0) for box in [*again.values(), *boxes.values()]]
    said = f"{chart.caption} In {strips} rows: a dashed box stands for that of its name in a row above.".strip()
    return chart._replace(boxes=framed, arrows=arrows, frames=chart.frames[:1], strips=inside, caption=said)
