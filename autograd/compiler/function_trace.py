"""The trace of compile(): what Python asks number by number, and gets here as nodes that each run computes anew.

`.data` gives a TracedFloat. Python's own `max`, `min` and `sorted` ask a question for each pair, and the recording would hold
for one order of the numbers. So while a function is recorded they are stood in for, in the context that records alone, by
functions that choose by nodes, with the same results: the first of the largest, NaN and all.
"""

from __future__ import annotations

import builtins
import operator
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from ..engine.modes import calling_line, enable_grad, trace_here, tracing
from ..engine.value import Value, plain
from .comparisons import Comparison
from .trace import SORTED, Trace
from .traced_floats import TracedFloat, node_of

TRACED = (Value, TracedFloat)
NUMBERS = (*TRACED, float, int)


class FunctionTrace(Trace):
    """What is recorded of a function that is to run again without its Python code."""

    chooses = True
    plain_arrays = False  # see `Recorded`

    def read(self, v: Value) -> Any:
        if self.way is not None or self.plain_answers:
            return super().read(v)
        reader = calling_line()
        if reader is not None and {"type", "float"} <= {*reader[2].co_names}:
            self.doubts += 1
        return TracedFloat(self, v.detach())

    @contextmanager
    def recording(self) -> Iterator[None]:
        """Inside, what runs in this context is recorded."""
        with _stand_ins, tracing(self), enable_grad():
            yield

    # ---- choices

    def first_of(self, items: Sequence[Any], keys: Sequence[Any], relation: Callable[[Any, Any], Any]) -> Any:
        """The first of the items of which no other is before it: `relation` compares their keys."""
        best, least = items[0], keys[0]
        for item, key in zip(items[1:], keys[1:], strict=True):
            before = relation(key, least)
            best, least = self.chosen(before, item, best), self.chosen(before, key, least)
        return best

    def place_of_first(self, keys: Sequence[Any], relation: Callable[[Any, Any], Any]) -> int | None:
        """The place of the first key that no other is before; None where they have no order, as with NaN among them.

        The recording holds as long as that is the one, whatever order the others are in.
        """
        numbers = [plain(node_of(key)) for key in keys]
        place = 0
        for i, number in enumerate(numbers):
            place = i if relation(number, numbers[place]) else place
        before, after = range(place), range(place + 1, len(keys))
        if not all(relation(numbers[place], numbers[i]) for i in before) or any(
            relation(numbers[i], numbers[place]) for i in after
        ):
            return None
        for i in before:
            bool(relation(keys[place], keys[i]))
        for i in after:
            bool(relation(keys[i], keys[place]))
        return place

    def as_traced(self, array: Any) -> Any:
        """An array of Values, as the function gets it."""
        from .traced_arrays import TracedArray

        return array if self.plain_answers or self.plain_arrays else array.view(TracedArray)

    def in_order(self, items: Sequence[Any], keys: Sequence[Any], relation: Callable[[Any, Any], Any]) -> list[Any]:
        """The items sorted by their keys; those with equal keys stay in order."""
        found, by = list(items), list(keys)
        for end in range(len(found) - 1, 0, -1):
            for i in range(end):
                after = relation(by[i + 1], by[i])
                for each in (found, by):
                    each[i], each[i + 1] = self.chosen(after, each[i + 1], each[i]), self.chosen(after, each[i], each[i + 1])
        return found

    def chosen(self, condition: Any, x: Any, y: Any) -> Any:
        """x where the condition holds, else y."""
        if not isinstance(condition, Comparison):
            return x if condition else y
        condition.asked()
        if x is y:
            return x
        node = condition.where_node(node_of(x), node_of(y))
        return node if Value in (type(x), type(y)) else TracedFloat(self, node)


def _first(name: str, relation: Callable[[Any, Any], Any]) -> Callable[..., Any]:
    """What stands in for max or min."""
    own = getattr(builtins, name)

    def first(*args: Any, **options: Any) -> Any:
        trace = trace_here()
        if not isinstance(trace, FunctionTrace) or trace.way is not None or not args or options.keys() - {"key", "default"}:
            return own(*args, **options)
        items = [*args[0]] if len(args) == 1 else args
        key = options.get("key")
        keys = items if key is None else [*map(key, items)]
        if _chooses(keys, NUMBERS):
            if key is None or _chooses(items, TRACED):
                return trace.first_of(items, keys, relation)
            place = trace.place_of_first(keys, relation)
            if place is not None:
                return items[place]
        if key is None or not keys:
            return own(items, **options)
        return items[own(range(len(items)), key=keys.__getitem__)]

    return first


def _sorted(iterable: Any, /, *, key: Any = None, reverse: Any = False) -> list[Any]:
    trace = trace_here()
    if isinstance(trace, FunctionTrace) and trace.way is None:
        iterable = [*iterable]
        keys = _keys(iterable, key) if len(iterable) <= SORTED else None
        if keys is not None and all([k == k for k in keys]):  # a list with a NaN has no order that one could tell
            return trace.in_order(iterable, keys, operator.gt if reverse else operator.lt)
    return _own_sorted(iterable, key=key, reverse=reverse)


def _keys(items: Sequence[Any], key: Callable[[Any], Any] | None) -> Sequence[Any] | None:
    """What items are sorted by, if a recording can choose among them; else None.

    Items that are themselves no numbers of the recording may be an index or a key of a dict, which no node can be.
    """
    if key is None:
        return items if _chooses(items, NUMBERS) else None
    if not _chooses(items, TRACED):
        return None
    keys = [key(item) for item in items]
    return keys if _chooses(keys, NUMBERS) else None


def _chooses(numbers: Sequence[Any], kinds: tuple[type, ...]) -> bool:
    found = {*map(type, numbers)}
    return len(numbers) > 1 and found <= {*kinds} and not found.isdisjoint((Value, TracedFloat))


class _StandIns:
    """Inside, in any thread, the names of `builtins` have what stands in for them. Elsewhere that does what they do."""

    def __init__(self, **stand_ins: Any) -> None:
        self.stand_ins = stand_ins
        self.own: dict[str, Any] = {}
        self.inside = 0
        self.lock = threading.Lock()
        for name, stand_in in stand_ins.items():
            stand_in.__name__ = stand_in.__qualname__ = name
            stand_in.__module__ = "builtins"
            stand_in.__doc__ = getattr(builtins, name).__doc__

    def __enter__(self) -> None:
        with self.lock:
            self.inside += 1
            if self.inside == 1:
                self.own = {name: getattr(builtins, name) for name in self.stand_ins}
                vars(builtins).update(self.stand_ins)

    def __exit__(self, *exception: Any) -> None:
        with self.lock:
            self.inside -= 1
            if self.inside == 0:
                vars(builtins).update(self.own)


_own_sorted = sorted
_stand_ins = _StandIns(max=_first("max", operator.gt), min=_first("min", operator.lt), sorted=_sorted)


def after_fork_in_child() -> None:
    """Another thread may have held the lock, and is not in the child."""
    _stand_ins.lock = threading.Lock()
