"""Nested lists: their shape, what stands in them and where, and the same lists of something else."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Any

from autograd import Value
from autograd.derivatives.structures import unframed

Place = tuple[int, ...]
"""The indices of a thing in nested lists; or the lengths of lists that are all as long, from the outermost in."""


def shape(nested: Any) -> Place | None:
    """The lengths of nested lists, () for a lone thing, None where rows differ in length.

    >>> shape([[1, 2, 3], [4, 5, 6]]), shape(7), shape([[1], [2, 3]])
    ((2, 3), (), None)
    """
    if not isinstance(nested, (list, tuple)):
        return ()
    if _is_row(nested):
        return (len(nested),)
    inner = {shape(part) for part in nested}
    if len(inner) > 1 or None in inner:
        return None
    return (len(nested), *(inner.pop() or () if inner else ()))


def flat(nested: Any) -> list[Any]:
    """Everything in nested lists, in one list.

    >>> flat([[1, 2], [3, [4]]]), flat(5)
    ([1, 2, 3, 4], [5])
    """
    if not isinstance(nested, (list, tuple)):
        return [nested]
    return [*nested] if _is_row(nested) else [x for part in nested for x in flat(part)]


def _is_row(things: Sequence[Any]) -> bool:
    """Whether there is something and no list in these: rows are long, and their types few."""
    kinds = {*map(type, things)}
    return bool(kinds) and not any(issubclass(kind, (list, tuple)) for kind in kinds)


def leaves(nested: Any, place: Place = ()) -> Iterator[tuple[Place, Any]]:
    """Everything in nested lists, each with its indices.

    >>> list(leaves([[1, 2], 3]))
    [((0, 0), 1), ((0, 1), 2), ((1,), 3)]
    """
    if not isinstance(nested, (list, tuple)):
        yield place, nested
        return
    for i, part in enumerate(nested):
        yield from leaves(part, (*place, i))


def each(function: Callable[[Any], Any], nested: Any) -> Any:
    """The function of everything in nested lists (or in anything else with a length), in lists of the same shape.

    >>> each(float, [[1, 2], (3,)])
    [[1.0, 2.0], [3.0]]
    """
    return [each(function, part) for part in nested] if hasattr(nested, "__len__") else function(nested)


def as_lists(thing: Any) -> Any:
    """Nested lists, from arrays, data frames and their columns, tuples and lists of any of them.

    >>> import numpy as np
    >>> as_lists([np.array([1, 2]), (3, np.float64(4.0))])
    [[1, 2], [3, 4.0]]
    """
    thing = unframed(thing)
    if hasattr(thing, "tolist"):
        return thing.tolist()
    return [as_lists(part) for part in thing] if isinstance(thing, (list, tuple)) else thing


def numbers_of(nested: Any) -> Any:
    """The data of a Value, or of those in nested lists; numbers stay as they are.

    >>> from autograd import Value
    >>> numbers_of([Value(1.0), [Value(2.0), 3.0]])
    [1.0, [2.0, 3.0]]
    """
    if not hasattr(nested, "__len__"):
        return getattr(nested, "data", nested)
    return [*map(_data, nested)] if _VALUES.issuperset(map(type, nested)) else [numbers_of(part) for part in nested]


def all_parameters(things: Collection[Any]) -> bool:
    """Whether all of these are Values that were not computed.

    >>> x = Value(2.0)
    >>> all_parameters([x, Value(3.0)]), all_parameters([x, x * x])
    (True, False)
    """
    return _VALUES.issuperset(map(type, things)) and not any(map(_operation, things))  # in C, as networks have many


_VALUES, _operation, _data = {Value}, operator.attrgetter("op"), operator.attrgetter("data")


def indexed(name: str, place: Place) -> str:
    """How Python names that place in nested lists.

    >>> indexed("weight", (2, 0))
    'weight[2][0]'
    """
    return name + "".join(f"[{i}]" for i in place)


def mean_of(numbers: Sequence[float]) -> float:
    """The mean of numbers, of which the sum may be beyond the largest float.

    >>> mean_of([1e308, 1e308])
    1e+308
    """
    try:
        return math.fsum(numbers) / len(numbers)
    except OverflowError:
        return math.fsum(x / len(numbers) for x in numbers)
