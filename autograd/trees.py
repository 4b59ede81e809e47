"""Arguments and results as people shape them: numbers, arrays, and lists, tuples and dicts of them, flattened and put back.

A tree is taken apart into its numbers and a Tree, which remembers the rest. Its leaves are lone numbers and arrays.
"""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from .value import Value


class Leaf(NamedTuple):
    """A lone number (its shape is None) or an array of them."""

    shape: tuple[int, ...] | None
    size: int


NUMBER = Leaf(None, 1)


class Tree:
    """What stands around the numbers: the leaves in their order, and how to build it all again."""

    def __init__(self, leaves: list[Leaf], build: Callable[[Iterator[Any]], Any]) -> None:
        self.leaves = leaves
        self.size = sum([leaf.size for leaf in leaves])
        self._build = build
        self._of_lone_numbers = all([leaf is NUMBER for leaf in leaves])

    @property
    def is_number(self) -> bool:
        """Whether it is one number and nothing around it."""
        return self._build is next

    def rebuilt(self, parts: Sequence[Any]) -> Any:
        """The tree with `parts` for its leaves."""
        return self._build(iter(parts))

    def of(self, numbers: Sequence[Any]) -> Any:
        """The tree with these numbers, from left to right; arrays of Values where there are Values."""
        if self._of_lone_numbers:
            return self.rebuilt(numbers)
        start, parts = 0, []
        for leaf in self.leaves:
            part = numbers[start : start + leaf.size]
            parts.append(part[0] if leaf.shape is None else as_array(part, leaf.shape))
            start += leaf.size
        return self.rebuilt(parts)


def form(thing: Any) -> Any:
    """What stands around the numbers, as something to look up by: lists, tuples, the keys of dicts, the shapes of arrays.

    >>> form([1.0, (2.0, 3.0)]) == form([4.0, (5.0, 6.0)]) != form([1.0, [2.0, 3.0]])
    True
    """
    if isinstance(thing, (list, tuple)):
        return type(thing), *map(form, thing)
    if isinstance(thing, dict):
        return type(thing), *[(key, type(key), form(part)) for key, part in thing.items()]
    return thing.shape if _is_array(thing) else None


class MisfitError(Exception):
    """Something that is no number, met on the way into a tree; `place` grows on the way out."""

    def __init__(self, problem: Exception) -> None:
        self.place = ""
        self.problem = problem


def flatten(thing: Any, name: str = "x") -> tuple[list[Any], Tree]:
    """The floats and Values in a thing, from left to right, and its Tree.

    TypeError, with the place, for anything that is no number and holds none; `name` is what a message calls the thing.
    """
    numbers: list[Any] = []
    leaves: list[Leaf] = []
    try:
        return numbers, Tree(leaves, _flatten(thing, numbers, leaves))
    except MisfitError as misfit:
        place = name + misfit.place
        raise type(misfit.problem)(f"{place}: {misfit.problem}") from None


def _flatten(thing: Any, numbers: list[Any], leaves: list[Leaf]) -> Callable[[Iterator[Any]], Any]:
    kind = type(thing)
    if kind is float or kind is Value:
        numbers.append(thing)
        leaves.append(NUMBER)
        return next
    if isinstance(thing, (list, tuple)):
        return _flatten_list(thing, numbers, leaves)
    if isinstance(thing, dict):
        keys = list(thing)
        inside = _flatten_inside([(f"[{key!r}]", thing[key]) for key in keys], numbers, leaves)
        return lambda parts: _dict_of(kind, zip(keys, [build(parts) for build in inside], strict=True))
    try:
        if _is_array(thing):
            found = _numbers_of(thing)
            numbers += found
            leaves.append(Leaf(thing.shape, len(found)))
        else:
            numbers.append(Value(thing).data)
            leaves.append(NUMBER)
    except (TypeError, OverflowError) as problem:
        raise MisfitError(problem) from None
    return next


def _flatten_list(thing: list[Any] | tuple[Any, ...], numbers: list[Any], leaves: list[Leaf]) -> Callable[[Iterator[Any]], Any]:
    make: Callable[[Any], Any] = getattr(thing, "_make", type(thing))  # a namedtuple takes its fields one by one
    if {float, Value}.issuperset(map(type, thing)):
        count = len(thing)
        numbers += thing
        leaves += [NUMBER] * count
        return lambda parts: make(list(itertools.islice(parts, count)))
    inside = _flatten_inside([(f"[{i}]", part) for i, part in enumerate(thing)], numbers, leaves)
    return lambda parts: make([build(parts) for build in inside])


def _flatten_inside(
    parts: list[tuple[str, Any]], numbers: list[Any], leaves: list[Leaf]
) -> list[Callable[[Iterator[Any]], Any]]:
    inside = []
    for place, part in parts:
        try:
            inside.append(_flatten(part, numbers, leaves))
        except MisfitError as misfit:
            misfit.place = place + misfit.place
            raise
    return inside


def _is_array(thing: Any) -> bool:
    numpy = sys.modules.get("numpy")
    return numpy is not None and isinstance(thing, numpy.ndarray)


def _numbers_of(array: Any) -> list[Any]:
    if array.dtype.kind in "biu" and array.ndim:
        raise TypeError(
            f"this is an array of {array.dtype}, and derivatives are of real numbers: give it as .astype(float), or keep it "
            "out of the arguments that are differentiated, if it counts or indexes"
        )
    return [x if isinstance(x, (float, Value)) else Value(x).data for x in array.ravel().tolist()]


def _dict_of(kind: type, items: Any) -> Any:
    return dict(items) if kind is dict else kind(items)


def as_array(numbers: Sequence[Any], shape: tuple[int, ...]) -> Any:
    """A NumPy array of floats; of objects if there are Values among them."""
    import numpy as np

    array = np.empty(len(numbers), dtype=object if Value in set(map(type, numbers)) else float)
    array[:] = numbers
    return array.reshape(shape)


def names(thing: Any, name: str) -> list[str]:
    """What each number in a thing is called, in the order of `flatten`: x[0]["a"], x[1, 2] in an array.

    >>> names([1.0, {"a": 2.0}], "x")
    ['x[0]', "x[1]['a']"]
    """
    if isinstance(thing, dict):
        return [found for key, part in thing.items() for found in names(part, f"{name}[{key!r}]")]
    if isinstance(thing, (list, tuple)):
        return [found for i, part in enumerate(thing) for found in names(part, f"{name}[{i}]")]
    if _is_array(thing):
        places = itertools.product(*map(range, thing.shape))
        return [name + (f"[{', '.join(map(str, place))}]" if place else "") for place in places]
    return [name]
