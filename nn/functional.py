"""A model called with other numbers for its parameters than its own."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from autograd import Value

from .module import Module, arrays, walk
from .nested import flat, leaves, shape


def functional_call(model: Module, weights: Mapping[str, Any], args: Any, kwargs: Mapping[str, Any] | None = None) -> Any:
    """What the model gives where its parameters are `weights`; under PyTorch's name.

    weights     numbers or Values, or nested lists or arrays of them, by the names of `state_dict()` or `named_parameters()`.
                Parameters that are not named are the model's own
    args        the argument to call the model with; several in a tuple
    kwargs      further arguments by their names

    So a loss is a function of the weights, to be differentiated by them and compiled, and the model stays as it is. ValueError
    for a name that is not known, and for weights of another shape.

    >>> from nn import Neuron
    >>> from autograd import compile, grad
    >>> model = Neuron(2, "linear", rng=0)
    >>> def loss(weights, x, y):
    ...     return (functional_call(model, weights, x) - y) ** 2
    >>> weights = {"weight": [1.0, -2.0], "bias": 0.5}
    >>> compile(grad(loss))(weights, [1.0, 1.0], 0.0)
    {'weight': [-1.0, -1.0], 'bias': -1.0}
    """
    given = args if isinstance(args, tuple) else (args,)
    with swapped(model, _by_id(model, weights)):
        return model(*given, **(kwargs or {}))  # type: ignore[operator]


def _by_id(model: Module, weights: Mapping[str, Any]) -> dict[int, Value]:
    """For the ids of parameters, the Values to put in their places."""
    if not isinstance(weights, Mapping):
        raise TypeError(f"weights are a dict of names and numbers, as state_dict() gives it, and this is {weights!r}")
    own: dict[str, Any] = {**dict(model.named_parameters()), **arrays(model)}
    unknown = [name for name in weights if name not in own]
    if unknown:
        raise ValueError(f"the model has no parameter named {unknown[0]!r}: it has {', '.join(map(repr, arrays(model)))}")
    found: dict[int, Value] = {}
    for name, array in weights.items():
        plain = array.tolist() if hasattr(array, "tolist") else array
        if shape(plain) != shape(own[name]):
            raise ValueError(f"{name} has the shape {shape(own[name])} in the model, and {shape(plain)} in these weights")
        for (_, parameter), x in zip(leaves(own[name]), flat(plain), strict=True):
            found[id(parameter)] = x if isinstance(x, Value) else Value(x)
    return found


@contextmanager
def swapped(model: Module, values: Mapping[int, Value]) -> Iterator[None]:
    """Inside, the model has other Values in the place of its parameters, by the ids of these. What it changes stays changed.

    >>> from nn import Neuron, init
    >>> neuron = Neuron(1, "linear", bias=False, init=init.constant(2.0))
    >>> with swapped(neuron, {id(neuron.weights[0]): Value(3.0)}):
    ...     neuron([1.0]).data
    3.0
    """
    changes: list[tuple[Any, dict[Any, Any], dict[Any, Any]]] = []  # in each container: what was there, and what is now
    for container, _ in contents(model):
        before = container if isinstance(container, dict) else dict(enumerate(container))
        after = {
            key: new
            for key, thing in before.items()
            if (type(thing) is Value or isinstance(thing, tuple)) and (new := _swapped(thing, values)) is not thing
        }
        if after:
            changes.append((container, {key: before[key] for key in after}, after))
            for key, new in after.items():
                container[key] = new
    try:
        yield
    finally:
        for container, before, after in changes:
            for key, new in after.items():
                there = container.get(key) if isinstance(container, dict) else container[key] if key < len(container) else None
                if there is new:
                    container[key] = before[key]


Contents = list[tuple[Any, list[Any]]]
"""The lists and dicts of a model, those of its modules' attributes too, and what is in them, of dicts the keys first."""


def contents(model: Module) -> Contents:
    """What a model is made of, to see later whether it has changed.

    >>> from nn import Neuron
    >>> neuron = Neuron(2, rng=0)
    >>> before = contents(neuron)
    >>> neuron.weights.pop().data = 0.0
    >>> alike(before, contents(neuron))
    False
    """
    found: Contents = []
    for thing in walk(model):
        container = vars(thing) if isinstance(thing, Module) else thing
        if isinstance(container, dict):
            found.append((container, [*container, *container.values()]))
        elif isinstance(container, list):
            found.append((container, list(container)))
    return found


def alike(ones: Contents, others: Contents) -> bool:
    """Whether these are the same lists and dicts, with the same in them."""
    return len(ones) == len(others) and all(
        one is other and len(things) == len(theirs) and all(map(operator.is_, things, theirs))
        for (one, things), (other, theirs) in zip(ones, others, strict=True)
    )


def fill(container: Any, things: list[Any]) -> None:
    if isinstance(container, dict):
        count = len(things) // 2
        container.clear()
        container.update(zip(things[:count], things[count:], strict=True))
    else:
        container[:] = things


def _swapped(thing: Any, values: Mapping[int, Value]) -> Any:
    if type(thing) is Value:
        return values.get(id(thing), thing)
    if isinstance(thing, tuple):
        parts = [_swapped(part, values) for part in thing]
        if any(map(operator.is_not, parts, thing)):
            make: Callable[[Any], Any] = getattr(thing, "_make", type(thing))  # a namedtuple takes its fields one by one
            return make(parts)
    return thing
