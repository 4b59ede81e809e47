"""What a function can change beside what it gives: lists, counters and attributes that it reaches from its code."""

from __future__ import annotations

import functools
from collections import deque
from collections.abc import Callable, Iterator
from types import CodeType, FunctionType, MethodType, ModuleType
from typing import Any

from ..engine.numbers import of_numpy
from ..engine.value import Value

HOLDS_MORE = (list, dict, set, deque, bytearray)
"""What is changed in place, and looked into."""

ENDS = (ModuleType, type, Value, str, int, float, complex, bytes, type(None))
"""What is not looked into. (The number in a Value is read anew by what is compiled.)"""

MOST = 10_000
"""How many things are looked at."""


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


def same(now: Any, before: Any) -> bool:
    """Whether two looks at a thing saw the same."""
    if isinstance(now, bytes) or isinstance(before, bytes):
        return bool(now == before)
    return len(now) == len(before) and all(x is y for x, y in zip(now, before, strict=True))


def _looked_at(f: Callable[..., Any]) -> list[tuple[Any, Any]]:
    """(thing, what was in it) for what a function reaches, the nearest first, and `MOST` things at most."""
    found: list[tuple[Any, Any]] = []
    waiting: deque[Any] = deque([f])
    visited: set[int] = set()
    while waiting and len(visited) < MOST:
        thing = waiting.popleft()
        if id(thing) in visited:
            continue
        visited.add(id(thing))
        if isinstance(thing, of_numpy("ndarray")):
            found.append((thing, [*thing.ravel()] if thing.dtype.hasobject else thing.tobytes()))
            continue
        inside = [*_inside(thing)]
        if inside or isinstance(thing, HOLDS_MORE):
            found.append((thing, inside))
        waiting += [part for part in inside if not isinstance(part, ENDS)]
    return found


def _inside(thing: Any) -> Iterator[Any]:
    if isinstance(thing, FunctionType):
        yield from _reached(thing)
    elif isinstance(thing, MethodType):
        yield thing.__self__
        yield thing.__func__
    elif isinstance(thing, functools.partial):
        yield from (thing.func, *thing.args, *thing.keywords.values())
    elif isinstance(thing, dict):
        yield from thing
        yield from thing.values()
    elif isinstance(thing, (list, tuple, set, deque, bytearray)):
        yield from thing
    elif isinstance(getattr(thing, "__dict__", None), dict):
        yield from vars(thing).values()
        if isinstance(getattr(type(thing), "__call__", None), FunctionType):  # noqa: B004 (its code is wanted)
            yield type(thing).__call__


def _reached(f: FunctionType) -> Iterator[Any]:
    """What is in the cells of a function, in its defaults, and in the globals that its code and the code inside name."""
    for cell in f.__closure__ or ():
        try:
            yield cell.cell_contents
        except ValueError:  # not filled yet
            continue
    yield from f.__defaults__ or ()
    yield from (f.__kwdefaults__ or {}).values()
    for name in dict.fromkeys(_names(f.__code__)):
        if name in f.__globals__:
            yield f.__globals__[name]
    if hasattr(f, "__wrapped__"):
        yield f.__wrapped__


def _names(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names(constant)
