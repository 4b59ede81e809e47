"""What a function can change beside what it gives: lists, counters and attributes that it reaches from its code."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from types import ModuleType
from typing import Any

from ..compiler.surroundings import ENDS, MOST, parts
from ..compiler.unchanged import contents, same


class Surroundings:
    """What a function reaches by names of its own, as it stood when this was made.

    That is what it closes over, the globals that it names, the object whose method it is, and defaults; and what is in these,
    in lists, dicts and attributes. Generators, files and what other modules keep are not looked into.

    >>> history = []
    >>> before = Surroundings(lambda x: history.append(x))
    >>> before.changed()
    False
    >>> history.append(1.0)
    >>> before.changed()
    True
    """

    def __init__(self, f: Callable[..., Any]) -> None:
        self.before = _looked_at(f)
        self.f = f

    def changed(self) -> bool:
        now = _looked_at(self.f)
        return len(now) != len(self.before) or not all(
            a is b and same(x, y) for (a, x), (b, y) in zip(now, self.before, strict=True)
        )


def _looked_at(f: Callable[..., Any]) -> list[tuple[Any, Any]]:
    """(thing, what was in it) for what a function reaches, the nearest first, and `MOST` things at most."""
    found: list[tuple[Any, Any]] = []
    waiting: deque[Any] = deque([f])
    visited: set[int] = set()
    names: set[str] = set()
    while waiting and len(visited) < MOST:
        thing = waiting.popleft()
        if id(thing) in visited:
            continue
        visited.add(id(thing))
        inside = [part.thing for part in parts(thing, names)]
        held = contents(thing)
        if inside or held is not None:
            found.append((thing, inside if held is None else held))
        waiting += [part for part in inside if not isinstance(part, (*ENDS, ModuleType, type))]
    return found
