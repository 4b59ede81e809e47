"""Which parts of a graph are derivatives: what passes of `gradients()` made while the graph was recorded."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class Pass(NamedTuple):
    """A pass of `gradients()`, as far as it is in the graph.

    number      which pass of the recording, from 1
    order       1 for a first derivative, 2 for a derivative of what first derivatives went into, ...
    """

    number: int
    order: int


def passes_in(of: Sequence[int], parents: Sequence[Sequence[int]]) -> list[Pass]:
    """The passes that made nodes of a graph.

    of          for each node the number of the pass it is part of, 0 for none
    parents     for each node the numbers of its operands, which come before it
    """
    orders: dict[int, int] = {}
    highest = [0] * len(of)  # the highest order of a derivative that went into a node of no pass
    for i, number in enumerate(of):
        below = max([orders[of[p]] if of[p] else highest[p] for p in parents[i] if not number or of[p] != number], default=0)
        if number:
            orders[number] = max(orders.get(number, 1), below + 1)
        else:
            highest[i] = below
    return [Pass(number, orders[number]) for number in sorted(orders)]
