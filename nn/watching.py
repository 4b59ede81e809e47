"""Watching a model at work: inside `watch()`, layers and neurons report their inputs, weighted sums and activations."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import get_ident
from typing import Any, Protocol

from autograd import Value

watchers: dict[int, Watcher] = {}
"""The watcher of each thread that has one. A layer only looks whether there is any, and almost always there is none."""


class Neuron(Protocol):
    """What a `nn.Neuron` shows here of itself."""

    weights: list[Value]
    activation: str


class Layer(Protocol):
    """What a `nn.Layer` shows here of itself."""

    neurons: list[Any]


@dataclass
class Call:
    """One call of a Layer, or of a Neuron outside any: its inputs, and the weighted sum and activation of each neuron."""

    module: Layer | Neuron
    neurons: Sequence[Neuron]
    inputs: tuple[Value | float, ...]
    sums: list[Value] = field(default_factory=list)
    activations: list[Value] = field(default_factory=list)

    @property
    def complete(self) -> bool:
        """Whether every neuron has reported."""
        return len(self.sums) == len(self.neurons)

    def awaits(self, neuron: Neuron) -> bool:
        """Whether this neuron is the next to report."""
        return not self.complete and self.neurons[len(self.sums)] is neuron


class Watcher:
    """Keeps the calls in their order. The reports of a layer's neurons become part of the layer's call."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self._under_way: list[Call] = []

    def layer_begins(self, layer: Layer, inputs: Sequence[Value | float]) -> None:
        call = Call(layer, layer.neurons, tuple(inputs))
        self.calls.append(call)
        self._under_way.append(call)

    def neuron_fired(self, neuron: Neuron, inputs: Sequence[Value | float], weighted_sum: Value, activation: Value) -> None:
        of_layer = bool(self._under_way) and self._under_way[-1].awaits(neuron)
        if of_layer:
            call = self._under_way[-1]
        else:
            call = Call(neuron, [neuron], tuple(inputs))
            self.calls.append(call)
        call.sums.append(weighted_sum)
        call.activations.append(activation)
        if of_layer and call.complete:
            self._under_way.pop()


@contextmanager
def watch() -> Iterator[list[Call]]:
    """A list that every call made inside, in this thread, is added to. Of nested `watch()` blocks only the innermost sees it.

    >>> from nn import Neuron
    >>> with watch() as calls:
    ...     out = Neuron(1, "tanh", rng=0)([0.5])
    >>> calls[0].inputs, calls[0].activations[0] is out
    ((0.5,), True)
    """
    thread, watcher = get_ident(), Watcher()
    before = watchers.get(thread)
    watchers[thread] = watcher
    try:
        yield watcher.calls
    finally:
        if before is None:
            del watchers[thread]
        else:
            watchers[thread] = before


def report_layer(layer: Layer, inputs: Sequence[Value | float]) -> None:
    """Says that a layer is about to call its neurons."""
    watcher = watchers.get(get_ident())
    if watcher is not None:
        watcher.layer_begins(layer, inputs)


def report_neuron(neuron: Neuron, inputs: Sequence[Value | float], weighted_sum: Value, activation: Value) -> None:
    """Says what a neuron made of its inputs."""
    watcher = watchers.get(get_ident())
    if watcher is not None:
        watcher.neuron_fired(neuron, inputs, weighted_sum, activation)
