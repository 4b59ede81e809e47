"""A model called for a recording: its parameters replaced by others, and what it does beside computing found out.

A compiled program has what a model computes from its parameters and a row, and nothing else. What a model does besides, as
drawing random numbers or keeping count of its calls, would happen once and never again, so here it is an error.
"""

from __future__ import annotations

import operator
import pickle
import random
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from autograd import Value, topological_order

from ..module import Module, walk


class NotCompilableError(Exception):
    """Why a training cannot go on compiled, in words. It goes on eagerly then.

    >>> issubclass(NotCompilableError, Exception)
    True
    """


@contextmanager
def replaced(model: Module, values: Mapping[int, Value]) -> Iterator[None]:
    """Inside, the model has other Values in the place of its parameters, by the ids of these.

    NotCompilableError if the model is another one afterwards, or has drawn random numbers; that is undone.

    >>> from nn import Neuron, init
    >>> neuron = Neuron(1, "linear", bias=False, init=init.constant(2.0))
    >>> with replaced(neuron, {id(neuron.weights[0]): Value(3.0)}):
    ...     neuron([1.0]).data
    3.0
    >>> neuron([1.0]).data
    2.0
    """
    before = contents(model)
    draws = _generators(model)
    states = [pickle.dumps(state()) for state, _ in draws]
    for container, things in before:
        if any(type(thing) in (Value, tuple) for thing in things):
            _fill(container, [_swapped(thing, values) for thing in things])
    inside = contents(model)
    try:
        yield
        if not alike(contents(model), inside):
            raise NotCompilableError("calling the model changes it: it has a state, and a compiled program has none")
        if [pickle.dumps(state()) for state, _ in draws] != states:
            raise NotCompilableError("the model draws random numbers, as dropout does, and a program would repeat them")
    finally:
        for container, things in before:
            _fill(container, things)
        for (now, restore), state in zip(draws, states, strict=True):
            if pickle.dumps(now()) != state:
                restore(pickle.loads(state))


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


def _fill(container: Any, things: list[Any]) -> None:
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


def _generators(model: Module) -> list[tuple[Callable[[], Any], Callable[[Any], Any]]]:
    """How to read and set the state of every generator of random numbers that a model is likely to draw from."""
    import numpy as np

    found: list[tuple[Callable[[], Any], Callable[[Any], Any]]] = [
        (random.getstate, random.setstate),
        (np.random.get_state, np.random.set_state),
    ]
    for module in walk(model):
        for part in vars(module).values() if isinstance(module, Module) else ():
            if isinstance(part, random.Random):
                found.append((part.getstate, part.setstate))
            elif isinstance(part, np.random.Generator):
                bits = part.bit_generator
                found.append((lambda bits=bits: bits.state, lambda state, bits=bits: setattr(bits, "state", state)))  # type: ignore[misc]
    return found


def check_reached(result: Value, model: Module, stepped: Mapping[int, Any]) -> None:
    """NotCompilableError if a result was computed from a parameter itself, past its replacement: one kept in another place."""
    for v in topological_order(result):
        if id(v) in stepped:
            name = next(name for name, p in model.named_parameters() if p is v)
            raise NotCompilableError(f"the model takes {name} from elsewhere than its attributes")
