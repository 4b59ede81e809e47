"""Module: anything with parameters. Its attributes are its registration."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from autograd import Value


class Module:
    """The base of neurons, layers and networks.

    Every leaf Value that is an attribute of a module, or stands in a list, tuple or dict that is one, is a parameter, and so
    are those of modules among its attributes: in the order the attributes were set. A parameter found twice counts once.

    >>> class Line(Module):
    ...     def __init__(self):
    ...         self.slope, self.intercept = Value(1.0), Value(0.0)
    ...     def __call__(self, x):
    ...         return self.slope * x + self.intercept
    >>> [name for name, _ in Line().named_parameters()]
    ['slope', 'intercept']
    """

    def parameters(self) -> list[Value]:
        """The parameters, each once, in a fixed order."""
        return [parameter for _, parameter in self.named_parameters()]

    def named_parameters(self) -> list[tuple[str, Value]]:
        """(dotted name, parameter) in the order of `parameters()`, as "layers.0.neurons.2.bias"."""
        found: dict[int, tuple[str, Value]] = {}
        for name, parameter in _leaves(self, "", set()):
            found.setdefault(id(parameter), (name, parameter))
        return list(found.values())

    def zero_grad(self) -> None:
        """Sets the gradient of every parameter to 0: backward() accumulates into leaves."""
        for parameter in self.parameters():
            parameter.grad = 0.0


def _leaves(thing: Any, name: str, visited: set[int]) -> Iterator[tuple[str, Value]]:
    if isinstance(thing, Value):
        if not thing.op:
            yield name, thing
        return
    if id(thing) in visited:  # shared, or a module that refers back to itself
        return
    visited.add(id(thing))
    if isinstance(thing, Module):
        inside: Any = vars(thing).items()
    elif isinstance(thing, (list, tuple)):
        inside = enumerate(thing)
    elif isinstance(thing, dict):
        inside = thing.items()
    else:
        return
    for key, part in inside:
        yield from _leaves(part, f"{name}.{key}" if name else str(key), visited)
