"""A graph too large for a page to play, as the groups that it folds into: how much is in each, and between what numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from heapq import heappop, heappush
from typing import Any

from ..engine.backward import pullback
from ..engine.value import Value
from ..pictures.columns import Columns
from ..pictures.graph_description import written
from .groups import Group, Grouping

MOST_PLAYED = 1_500_000
"""How many nodes and edges a page plays: of more it shows a summary."""

MOST_GROUPS = 1000
"""How many groups a summary has."""

Range = list[float]
"""The least and the greatest of some numbers; [inf, -inf] of none."""


def is_too_large(columns: Columns) -> bool:
    """Whether a page of this graph would be a summary."""
    return len(columns.op) + len(columns.operands) > MOST_PLAYED


def summary_of(columns: Columns, grouping: Grouping) -> dict[str, Any]:
    """What a page shows of a graph that it cannot play: of the largest of its groups all but the nodes.

    groups      [name, parent, times, operations, values, adjoints] of each: the last two as [least, greatest], None if there is
                none. What stands beside groups is a group itself
    edges       [from, to] between groups that have no others inside, each before what uses it
    edges_in_all    how many there are between nodes
    """
    shown, within = _largest(grouping, columns)
    of = [within[g] for g in grouping.of]
    operations = [0] * len(shown)
    values, adjoints = [[math.inf, -math.inf] for _ in shown], [[math.inf, -math.inf] for _ in shown]
    edges: dict[tuple[int, int], None] = {}
    found = adjoints_of(columns.nodes, columns.nodes[columns.ends[0]])
    operands = iter(columns.operands)
    for i, (op, count, v, adjoint) in enumerate(zip(columns.op, columns.counts, columns.nodes, found, strict=True)):
        if not op:
            continue
        here = of[i]
        operations[here] += 1
        _widen(values[here], v.data)
        _widen(adjoints[here], adjoint)
        for _ in range(count):
            back = next(operands)
            if back > 0 and of[i - back] != here and columns.op[i - back]:
                edges[of[i - back], here] = None
    for g in range(len(shown) - 1, 0, -1):  # each after its parent
        parent = shown[g].parent
        operations[parent] += operations[g]
        for mine, around in ((values, values), (adjoints, adjoints)):
            for x in mine[g]:
                _widen(around[parent], x)
    rows = zip(shown, operations, values, adjoints, strict=True)
    return {
        "groups": [[*group, count, _written(low_high), _written(slopes)] for group, count, low_high, slopes in rows],
        "edges": [list(edge) for edge in edges],
        "edges_in_all": sum(back > 0 for back in columns.operands),
    }


def adjoints_of(nodes: list[Value], output: Value) -> list[float]:
    """The derivative of `output` by every node; their own `grad` stays as it was."""
    before = [v.grad for v in nodes]
    found = pullback(output, nodes)
    for v, grad in zip(nodes, before, strict=True):
        v.grad = grad
    return found


def _largest(grouping: Grouping, columns: Columns) -> tuple[list[Group], list[int]]:
    """The groups that are shown, each after its parent; and for each group of all which of these holds its own nodes."""
    groups = grouping.groups
    sizes, own = [0] * len(groups), [0] * len(groups)
    for g, op in zip(grouping.of, columns.op, strict=True):
        own[g] += op > 0
    inside: list[list[int]] = [[] for _ in groups]
    for g in range(len(groups) - 1, -1, -1):
        sizes[g] += own[g]
        if g:
            sizes[groups[g].parent] += sizes[g]
            inside[groups[g].parent].append(g)
    shown = [groups[0]]
    within = [0] * len(groups)
    number = {0: 0}
    waiting = [(-sizes[0], 0)]
    while waiting:
        _, g = heappop(waiting)
        if not inside[g] or len(shown) + len(inside[g]) >= MOST_GROUPS:
            continue
        for inner in reversed(inside[g]):
            number[inner] = len(shown)
            shown.append(groups[inner]._replace(parent=number[g]))
            heappush(waiting, (-sizes[inner], inner))
        within[g] = number[g]
        if own[g]:
            within[g] = len(shown)
            shown.append(Group("beside them", number[g], 1))
    opened = {shown[k].parent for k in range(1, len(shown))}
    for g in range(1, len(groups)):
        if g not in number:
            within[g] = within[groups[g].parent]
        elif number[g] not in opened:
            within[g] = number[g]
    return shown, within


def _widen(low_high: Range, x: float) -> None:
    if x < low_high[0] or x != x:
        low_high[0] = x
    if x > low_high[1] or x != x:
        low_high[1] = x


def _written(low_high: Sequence[float]) -> list[float | str] | None:
    return None if low_high[0] > low_high[1] else [*map(written, low_high)]
