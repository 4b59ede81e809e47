"""What Values themselves keep of how they were made: by detect_anomaly(), the place in the source; by the notes on a script
(`script.py`), the call and the order too.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..engine.value import Value, place_of
from .recording import Call, Place, Record

Made = tuple[Any, str, Any]
"""A call, as a node keeps it: (the call that it is in, or None; its name; its module)."""


class Kept(Record):
    """What the nodes of a graph keep."""

    def __init__(self, nodes: Sequence[Value]) -> None:
        super().__init__()
        found = [(v, place_of(v) or ()) for v in nodes]
        found.sort(key=lambda pair: number_in(pair[1]))
        self.nodes = [v for v, _ in found]
        numbers: dict[Any, int] = {}
        for _, place in found:
            key = (id(place[2]), place[3]) if len(place) > 3 else None
            if key is not None and key not in numbers:
                numbers[key] = len(self.places)
                self.places.append(Place(*place[2:4]))
            self.place_of.append(numbers.get(key, 0))
        self.calls, self.calls_of = numbered([place[4] if len(place) > 4 else None for _, place in found])


def number_in(place: Sequence[Any]) -> int:
    """Which Value of a program this one was, in the order in which they were made; 0 for one from before."""
    number: int = place[5] if len(place) > 5 else 0
    return number


def numbered(made_in: Sequence[Made | None]) -> tuple[list[Call], list[int]]:
    """The calls, each after its parent, 0 for the outermost, which nodes keep as None; and the number of each of `made_in`."""
    calls = [Call(-1, "", None)]
    numbers = {id(None): 0}
    for call in made_in:
        new: list[Made] = []
        while call is not None and id(call) not in numbers:
            new.append(call)
            call = call[0]
        for call in reversed(new):
            numbers[id(call)] = len(calls)
            calls.append(Call(numbers[id(call[0])], *call[1:]))
    return calls, [numbers[id(call)] for call in made_in]
