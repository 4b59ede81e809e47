"""Structures that hold numbers besides lists, tuples and dicts: dataclasses, and types that were registered."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple, TypeVar

from ..engine.value import Value

Kind = TypeVar("Kind")

_registered: dict[type, tuple[Callable[[Any], tuple[Iterable[Any], Any]], Callable[[Any, Any], Any]]] = {}

PLAIN = frozenset([float, int, list, tuple, dict, Value])

CONSTANTS = (str, bytes, bool, type(None))
"""Of what a field of a dataclass is no number, and goes with the type."""


def register_pytree_node(
    nodetype: type[Kind],
    flatten_func: Callable[[Kind], tuple[Iterable[Any], Any]],
    unflatten_func: Callable[[Any, Any], Kind],
) -> None:
    """Has things of a type of your own taken as structures of numbers, as lists and dicts are: JAX's function, in its meaning.

    nodetype        the type; things of its subclasses are others
    flatten_func    gives (children, aux) of a thing: what holds its numbers, and what else it takes to make it again, with a
                    hash and ==
    unflatten_func  makes a thing of (aux, children); it gets Values too, and arrays with rows

    Dataclasses, namedtuples, lists, tuples and dicts need no registration. ValueError for a type that is registered already.

    >>> class Point:
    ...     def __init__(self, x, y):
    ...         self.x, self.y = x, y
    >>> register_pytree_node(Point, lambda p: ((p.x, p.y), None), lambda aux, children: Point(*children))
    >>> from autograd import grad
    >>> grad(lambda p: p.x * p.y)(Point(2.0, 3.0)).x
    3.0
    """
    if not isinstance(nodetype, type):
        raise TypeError(f"register_pytree_node takes a type, and this is {nodetype!r}")
    if nodetype in _registered or nodetype in PLAIN:
        raise ValueError(f"{nodetype.__name__} is registered already")
    _registered[nodetype] = flatten_func, unflatten_func


def is_registered(kind: type) -> bool:
    """Whether `register_pytree_node` was told of a type."""
    return kind in _registered


class Registered(NamedTuple):
    """How a thing of a registered type is made again."""

    kind: type
    aux: Any

    def make(self, children: Sequence[Any]) -> Any:
        return _registered[self.kind][1](self.aux, tuple(children))


class Fields(NamedTuple):
    """How a dataclass is made again: without its `__init__`, which may look at numbers, or compute from them."""

    kind: type
    names: tuple[str, ...]
    constants: tuple[tuple[str, Any], ...]

    def make(self, values: Sequence[Any]) -> Any:
        made: Any = object.__new__(self.kind)
        for name, value in (*self.constants, *zip(self.names, values, strict=True)):
            object.__setattr__(made, name, value)
        return made


def opened(thing: Any) -> tuple[Registered | Fields, list[tuple[str, Any]]] | None:
    """How a thing is made again, and its parts with the place of each; None for what is no dataclass and not registered."""
    kind = type(thing)
    if kind in PLAIN:
        return None
    if kind in _registered:
        children, aux = _registered[kind][0](thing)
        return Registered(kind, aux), [(f"[{i}]", child) for i, child in enumerate(children)]
    if not hasattr(kind, "__dataclass_fields__"):
        return None
    values = [(field.name, getattr(thing, field.name)) for field in sys.modules["dataclasses"].fields(thing)]
    numbers = [(name, value) for name, value in values if not isinstance(value, CONSTANTS)]
    constants = tuple((name, value) for name, value in values if isinstance(value, CONSTANTS))
    return Fields(kind, tuple(name for name, _ in numbers), constants), [(f".{name}", value) for name, value in numbers]


def unframed(thing: Any) -> Any:
    """The array that the numbers of a data frame, or of a column of one, stand in (pandas, Polars); anything else as it is."""
    return thing.to_numpy() if hasattr(thing, "to_numpy") else thing
