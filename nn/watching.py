"""Watching a model at work: inside `watch()`, layers and neurons report their inputs, weighted sums and activations."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, Protocol

from autograd import Value


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

    def __init__(self, around: Watcher | None) -> None:
        self.around = around
        self.over = False  # whether its block has been left, maybe in another context than the one that entered it
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


_innermost: ContextVar[Watcher | None] = ContextVar("watcher", default=None)


def watcher_here() -> Watcher | None:
    """The watcher of this context, of a thread or of a task, if it has one."""
    watcher = _innermost.get()
    while watcher is not None and watcher.over:
        watcher = watcher.around
    return watcher


@contextmanager
def watch() -> Iterator[list[Call]]:
    """A list that every call made inside is added to, by the thread or the asyncio task that enters and by tasks made inside.

    Of nested `watch()` blocks only the innermost sees a call.

    >>> from nn import Neuron
    >>> with watch() as calls:
    ...     out = Neuron(1, "tanh", rng=0)([0.5])
    >>> calls[0].inputs, calls[0].activations[0] is out
    ((0.5,), True)
    """
    watcher = Watcher(watcher_here())
    _innermost.set(watcher)
    try:
        yield watcher.calls
    finally:
        watcher.over = True
        _innermost.set(watcher_here())
