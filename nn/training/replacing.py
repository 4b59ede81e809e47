"""A model called for a recording: its parameters replaced by others, and what it does beside computing found out.

A compiled program has what a model computes from its parameters and a row, and nothing else. What a model does besides, as
drawing random numbers or keeping count of its calls, would happen once and never again, so here it is an error.
"""

from __future__ import annotations

import pickle
import random
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from autograd import Value, topological_order

from ..functional import alike, contents, fill, swapped
from ..module import Module, walk


class NotCompilableError(Exception):
    """Why a training cannot go on compiled, in words. It goes on eagerly then.

    >>> issubclass(NotCompilableError, Exception)
    True
    """


class DrawnError(NotCompilableError):
    """Random numbers were drawn meanwhile: by the model, or by another thread.

    >>> issubclass(DrawnError, NotCompilableError)
    True
    """


@contextmanager
def replaced(model: Module, values: Mapping[int, Value]) -> Iterator[None]:
    """Inside, the model has other Values in the place of its parameters, by the ids of these.

    NotCompilableError if the model is another one afterwards, DrawnError if random numbers were drawn; that is undone.

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
    try:
        with swapped(model, values):
            inside = contents(model)
            yield
            changed = not alike(contents(model), inside)
        if changed:
            raise NotCompilableError("calling the model changes it: it has a state, and a compiled program has none")
        if [pickle.dumps(state()) for state, _ in draws] != states:
            raise DrawnError("the model draws random numbers, as dropout does, and a program would repeat them")
    finally:
        for container, things in before:
            fill(container, things)
        for (now, restore), state in zip(draws, states, strict=True):
            if pickle.dumps(now()) != state:
                restore(pickle.loads(state))


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
