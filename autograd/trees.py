"""Arguments and results as people shape them: numbers, arrays, and lists, tuples and dicts of them, flattened and put back.

A tree is taken apart into its leaves, which are numbers, Values and arrays, and a Tree that remembers the rest.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from .value import Value


@dataclass(frozen=True)
class Leaf:
    """A number or an array of them: where it stands, as x[1]["a"], its shape (None for a lone number), how many it holds."""

    name: str
    shape: tuple[int, ...] | None
    size: int

    def of(self, numbers: Sequence[Any]) -> Any:
        """The leaf again: a number, a float array, or an array of Values."""
        return numbers[0] if self.shape is None else as_array(numbers, self.shape)


@dataclass(frozen=True)
class Tree:
    """What stands around the leaves: how to build it again from one thing for each leaf."""

    leaves: list[Leaf]
    build: Callable[[Iterator[Any]], Any]

    @property
    def size(self) -> int:
        """How many numbers it holds."""
        return sum(leaf.size for leaf in self.leaves)

    def rebuilt(self, parts: Sequence[Any]) -> Any:
        """The tree with `parts` for its leaves."""
        return self.build(iter(parts))

    def of(self, numbers: Sequence[Any]) -> Any:
        """The tree with these numbers, from left to right."""
        start, parts = 0, []
        for leaf in self.leaves:
            parts.append(leaf.of(numbers[start : start + leaf.size]))
            start += leaf.size
        return self.rebuilt(parts)


def flatten(thing: Any, name: str = "x") -> tuple[list[Any], Tree]:
    """The numbers and Values in a thing, from left to right, and its Tree. TypeError, with the place, for anything else."""
    numbers: list[Any] = []
    leaves: list[Leaf] = []
    return numbers, Tree(leaves, _flatten(thing, name, numbers, leaves))


def _flatten(thing: Any, name: str, numbers: list[Any], leaves: list[Leaf]) -> Callable[[Iterator[Any]], Any]:
    if isinstance(thing, dict):
        keys, kind = list(thing), type(thing)
        inside = [_flatten(thing[key], f"{name}[{key!r}]", numbers, leaves) for key in keys]
        return lambda parts: _dict_of(kind, ((key, build(parts)) for key, build in zip(keys, inside, strict=True)))
    if isinstance(thing, (list, tuple)):
        inside = [_flatten(part, f"{name}[{i}]", numbers, leaves) for i, part in enumerate(thing)]
        make: Callable[[Any], Any] = getattr(thing, "_make", type(thing))  # a namedtuple takes its fields one by one
        return lambda parts: make([build(parts) for build in inside])
    shape = None
    if _is_array(thing):
        if thing.dtype.kind in "biu" and thing.ndim:
            raise TypeError(
                f"{name} is an array of {thing.dtype}, and derivatives are of real numbers: give {name}.astype(float), or keep "
                "it out of the arguments that are differentiated, if it counts or indexes"
            )
        found, shape = thing.ravel().tolist(), thing.shape
    else:
        found = [thing]
    leaves.append(Leaf(name, shape, len(found)))
    for number in found:
        if type(number) is not float and not isinstance(number, Value):
            try:
                number = Value(number).data
            except (TypeError, OverflowError) as problem:
                raise type(problem)(f"{name}: {problem}") from None
        numbers.append(number)
    return next


def _is_array(thing: Any) -> bool:
    numpy = sys.modules.get("numpy")
    return numpy is not None and isinstance(thing, numpy.ndarray)


def _dict_of(kind: type, items: Iterator[tuple[Any, Any]]) -> Any:
    return dict(items) if kind is dict else kind(items)


def as_array(numbers: Sequence[Any], shape: tuple[int, ...]) -> Any:
    """A NumPy array of floats; of objects if there are Values among them."""
    import numpy as np

    kind = object if any(isinstance(number, Value) for number in numbers) else float
    array = np.empty(len(numbers), dtype=kind)
    array[:] = numbers
    return array.reshape(shape)
