"""Watching a model at work: inside `watch()`, layers and neurons report what they were given and what they made of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import get_ident
from typing import TYPE_CHECKING

from autograd import Value

if TYPE_CHECKING:
    from .layers import Layer, Neuron

watchers: dict[int, Watcher] = {}
"""The watcher of each thread that has one. It is empty almost always, and that is all a layer asks when it is called."""


@dataclass
class Call:
    """One call of a Layer, or of a Neuron outside any: its inputs, and the weighted sum and activation of each neuron."""

    module: Layer | Neuron
    neurons: list[Neuron]
    inputs: tuple[Value | float, ...]
    sums: list[Value] = field(default_factory=list)
    activations: list[Value] = field(default_factory=list)

    @property
    def complete(self) -> bool:
        return len(self.sums) == len(self.neurons)

    def awaits(self, neuron: Neuron) -> bool:
        return not self.complete and self.neurons[len(self.sums)] is neuron


class Watcher:
    """Keeps the calls in the order they were made. What a layer's neurons report belongs to the layer's call."""

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
    """The list of the calls this thread makes inside, growing as they are made. Of nested ones, the innermost is told."""
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
